// seal.hpp: secrets at rest.
//
// Envelope: a master key (from the environment or a file, never from the database) wraps one random data key per
// clinic; the data key seals values with XChaCha20-Poly1305. The clinic id and the purpose are associated data, so a
// value moved to another clinic's row, or another column, does not open. Rotation re-wraps data keys only.
// Formats: wrapped key  = 'W' | key id length | key id | nonce(24) | box;  sealed value = 'S' | nonce(24) | box.
// Associated data: the format letter | clinic (8 bytes, little endian) | purpose, or key id for a wrapped key.
// Tested by crypto/seal_test.
#pragma once

#include <memory>
#include <optional>
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
    // Another 32-byte key for one purpose, such as signing links; it tells nothing about this key.
    Secret<> derive(std::string_view purpose) const;
    ClinicId clinic() const { return clinic_; }

    static constexpr size_t kPurposeMax = 120;  // "credential:" and a name of 64 fit; CHECKed

private:
    friend class Keyring;
    ClinicId clinic_;
    Secret<> bytes_;
    Secret<> fingerprint_key_;
};

// The master keys the operator gave us: one current, any number of older ones that still open.
class Keyring {
public:
    // Text form: "id:base64key" items separated by spaces or newlines; the first is current. A bare base64 key gets the
    // id "k1". Each key is 32 bytes. Error kConfig says how to make one (`clinicpro key master`).
    static Result<Keyring> parse(const Secret<>& text);
    static std::string make_master_key(Entropy& entropy);  // the text form of a new key

    // A new random data key, wrapped with the current master key; also left open in `made` unless that is null.
    std::string wrap_new(ClinicId clinic, Entropy& entropy, std::optional<DataKey>* made = nullptr) const;
    // Error kConfig when no key in the ring opens it: a wrong master key. Error kInternal when the bytes are damaged.
    Result<DataKey> unwrap(ClinicId clinic, std::string_view wrapped) const;
    // The same data key wrapped with the current master key; empty when it already is.
    Result<std::string> rewrap(ClinicId clinic, std::string_view wrapped, Entropy& entropy) const;
    const std::string& current_id() const { return keys_.front().first; }

private:
    struct Opened;
    std::string wrap(ClinicId clinic, const Secret<>& data_key, Entropy& entropy) const;
    Result<Opened> find_and_open(ClinicId clinic, std::string_view wrapped) const;
    std::vector<std::pair<std::string, Secret<>>> keys_;  // id, 32 bytes; never empty
};

}  // namespace clinicpro::crypto
