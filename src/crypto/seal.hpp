// seal.hpp: secrets at rest.
//
// Envelope: a master key (from the environment or a file, never from the database) wraps one random data key per
// clinic; the data key seals values with XChaCha20-Poly1305. The clinic id and the purpose are associated data, so a
// value moved to another clinic's row, or another column, does not open. Rotation re-wraps data keys only.
// Formats: wrapped key  = 'W' | key id length | key id | nonce(24) | box;  sealed value = 'S' | nonce(24) | box.
// Tested by crypto/seal_test.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "crypto/entropy.hpp"

namespace clinicpro::crypto {

// One clinic's (or the system's, clinic 0) data key, open in memory.
class DataKey {
public:
    DataKey(ClinicId clinic, Secret<> bytes);  // 32 bytes
    std::string seal(std::string_view plain, std::string_view purpose, Entropy& entropy) const;
    // Error kInternal when the bytes were altered, belong elsewhere, or the key is wrong.
    Result<Secret<>> open(std::string_view sealed, std::string_view purpose) const;
    // Keyed digest for equality look-ups over sealed values, such as a phone number. 16 bytes.
    std::string fingerprint(std::string_view plain, std::string_view purpose) const;
    ClinicId clinic() const { return clinic_; }

private:
    ClinicId clinic_;
    Secret<> bytes_;
};

// The master keys the operator gave us: one current, any number of older ones that still open.
class Keyring {
public:
    // Text form: "id:base64key" items separated by spaces or newlines; the first is current. A bare base64 key gets the
    // id "k1". Each key is 32 bytes. Error kConfig says how to make one (`clinicpro key master`).
    static Result<Keyring> parse(const Secret<>& text);
    static std::string make_master_key(Entropy& entropy);  // the text form of a new key

    std::string wrap_new(ClinicId clinic, Entropy& entropy, DataKey* made) const;
    // Error kConfig when no key in the ring opens it: a wrong master key.
    Result<DataKey> unwrap(ClinicId clinic, std::string_view wrapped) const;
    // The same data key wrapped with the current master key; nothing when it already is.
    Result<std::string> rewrap(ClinicId clinic, std::string_view wrapped, Entropy& entropy) const;
    const std::string& current_id() const { return keys_.front().first; }

private:
    std::vector<std::pair<std::string, Secret<>>> keys_;
};

}  // namespace clinicpro::crypto
