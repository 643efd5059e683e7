// seal.cpp: XChaCha20-Poly1305 over libsodium. Seal and open stand on the payment path, so each makes one output string
// and puts the associated data on the stack.
#include "crypto/seal.hpp"

#include <sodium.h>

#include <array>
#include <cstring>

#include "base/text.hpp"

namespace clinicpro::crypto {
namespace {

constexpr size_t kKey = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr size_t kKeyIdMax = 32;
constexpr size_t kKeysMax = 16;  // one current, the rest on their way out

const unsigned char* octets(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* octets(std::string& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

// What a box is for: letter | clinic | purpose.
class AssociatedData {
public:
    AssociatedData(char letter, ClinicId clinic, std::string_view purpose) : size_(1 + 8 + purpose.size()) {
        CHECK(purpose.size() <= DataKey::kPurposeMax);
        bytes_[0] = static_cast<unsigned char>(letter);
        for (size_t i = 0; i < 8; ++i) bytes_[1 + i] = static_cast<unsigned char>(uint64_t(clinic.value) >> (8 * i));
        if (!purpose.empty()) std::memcpy(bytes_.data() + 9, purpose.data(), purpose.size());
    }
    const unsigned char* data() const { return bytes_.data(); }
    size_t size() const { return size_; }

private:
    std::array<unsigned char, 9 + DataKey::kPurposeMax> bytes_;
    size_t size_;
};

// head | nonce | box
std::string lock(std::string_view key, std::string_view head, std::string_view plain, const AssociatedData& about,
                 Entropy& entropy) {
    const std::string nonce = entropy.bytes(kNonce);
    CHECK(nonce.size() == kNonce && key.size() == kKey);
    std::string out;
    out.resize(head.size() + kNonce + plain.size() + kTag);
    std::memcpy(out.data(), head.data(), head.size());
    std::memcpy(out.data() + head.size(), nonce.data(), kNonce);
    crypto_aead_xchacha20poly1305_ietf_encrypt(octets(out) + head.size() + kNonce, nullptr, octets(plain), plain.size(),
                                               about.data(), about.size(), nullptr, octets(nonce), octets(key));
    return out;
}

// `box` is nonce | box, without the head.
std::optional<Secret<>> unlock(std::string_view key, std::string_view box, const AssociatedData& about) {
    if (box.size() < kNonce + kTag) return std::nullopt;
    std::string plain(box.size() - kNonce - kTag, '\0');
    const std::string_view sealed = box.substr(kNonce);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(octets(plain), nullptr, nullptr, octets(sealed), sealed.size(),
                                                   about.data(), about.size(), octets(box), octets(key)) != 0) {
        return std::nullopt;
    }
    return Secret<>(std::move(plain));
}

bool is_key_id(std::string_view id) {
    return !id.empty() && id.size() <= kKeyIdMax && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

std::unexpected<Error> bad_ring(std::string what) {
    return fail(Code::kConfig,
                std::move(what) + " Make a key with `clinicpro key master` and keep it outside the database.",
                "master_key");
}

}  // namespace

// --- DataKey ---------------------------------------------------------------------------------------------------------

DataKey::DataKey(ClinicId clinic, Secret<> bytes) : clinic_(clinic), bytes_(std::move(bytes)) {
    CHECK(sodium_init() >= 0);
    CHECK(bytes_.reveal().size() == kKey);
    fingerprint_key_ = derive("fingerprint");
}

std::string DataKey::seal(std::string_view plain, std::string_view purpose, Entropy& entropy) const {
    return lock(bytes_.reveal(), "S", plain, AssociatedData('S', clinic_, purpose), entropy);
}

Result<Secret<>> DataKey::open(std::string_view sealed, std::string_view purpose) const {
    if (sealed.starts_with('S')) {
        if (auto plain = unlock(bytes_.reveal(), sealed.substr(1), AssociatedData('S', clinic_, purpose))) {
            return *std::move(plain);
        }
    }
    return fail(Code::kInternal, "A stored secret cannot be opened; it was changed or moved. Enter it again.", {},
                "clinic " + std::to_string(clinic_.value) + ", purpose " + std::string(purpose.substr(0, 40)));
}

std::string DataKey::fingerprint(std::string_view plain, std::string_view purpose) const {
    const AssociatedData about('F', clinic_, purpose);
    const unsigned char length = static_cast<unsigned char>(about.size());  // keeps purpose and plain apart
    crypto_generichash_state state;
    std::string out(16, '\0');
    crypto_generichash_init(&state, octets(fingerprint_key_.reveal()), kKey, out.size());
    crypto_generichash_update(&state, &length, 1);
    crypto_generichash_update(&state, about.data(), about.size());
    crypto_generichash_update(&state, octets(plain), plain.size());
    crypto_generichash_final(&state, octets(out), out.size());
    return out;
}

Secret<> DataKey::derive(std::string_view purpose) const {
    const AssociatedData about('D', clinic_, purpose);
    std::string out(kKey, '\0');
    crypto_generichash(octets(out), out.size(), about.data(), about.size(), octets(bytes_.reveal()), kKey);
    return Secret<>(std::move(out));
}

// --- Keyring ---------------------------------------------------------------------------------------------------------

struct Keyring::Opened {
    DataKey key;
    bool is_current = false;  // wrapped by the current master key under its current id
};

Result<Keyring> Keyring::parse(const Secret<>& text) {
    Keyring ring;
    std::string_view rest = text.reveal();
    for (;;) {
        rest = text::trim(rest);
        if (rest.empty()) break;
        const std::string_view item = rest.substr(0, rest.find_first_of(" \t\r\n"));
        rest.remove_prefix(item.size());
        const size_t number = ring.keys_.size() + 1;
        const std::string which = "Master key " + std::to_string(number);
        if (number > kKeysMax)
            return bad_ring("There are more than 16 master keys. Drop those that no longer wrap anything.");

        const size_t colon = item.find(':');
        const std::string id(colon == item.npos ? std::string_view("k1") : item.substr(0, colon));
        const std::string_view encoded = colon == item.npos ? item : item.substr(colon + 1);
        if (!is_key_id(id))
            return bad_ring(which + " has a bad id; before the colon stand 1 to 32 letters, digits, - or _.");
        auto bytes = text::from_base64(encoded);
        if (!bytes) return bad_ring(which + " is not base64.");
        if (bytes->size() != kKey) {
            return bad_ring(which + " has " + std::to_string(bytes->size()) + " bytes instead of 32.");
        }
        for (const auto& [other, unused] : ring.keys_) {
            if (other == id)
                return bad_ring("Two master keys have the id " + id + "; write each as id:key with its own id.");
        }
        ring.keys_.emplace_back(id, Secret<>(*std::move(bytes)));
    }
    if (ring.keys_.empty()) return bad_ring("There is no master key.");
    return ring;
}

std::string Keyring::make_master_key(Entropy& entropy) {
    // A random id, so that an old and a new key can stand in one ring without anybody counting.
    const std::string id = "k" + entropy.hex(3);
    return id + ":" + text::to_base64(entropy.bytes(kKey));
}

std::string Keyring::wrap(ClinicId clinic, const Secret<>& data_key, Entropy& entropy) const {
    const auto& [id, master] = keys_.front();
    std::string head = "W";
    head += char(id.size());
    head += id;
    return lock(master.reveal(), head, data_key.reveal(), AssociatedData('W', clinic, id), entropy);
}

std::string Keyring::wrap_new(ClinicId clinic, Entropy& entropy, std::optional<DataKey>* made) const {
    Secret<> bytes(entropy.bytes(kKey));
    std::string wrapped = wrap(clinic, bytes, entropy);
    if (made != nullptr) made->emplace(clinic, std::move(bytes));
    return wrapped;
}

Result<Keyring::Opened> Keyring::find_and_open(ClinicId clinic, std::string_view wrapped) const {
    const auto damaged = [&] {
        return fail(Code::kInternal, "A stored data key is damaged. Restore the database from a backup.", {},
                    "clinic " + std::to_string(clinic.value));
    };
    if (wrapped.size() < 2 || wrapped[0] != 'W') return damaged();
    const size_t id_size = static_cast<unsigned char>(wrapped[1]);
    if (wrapped.size() != 2 + id_size + kNonce + kKey + kTag) return damaged();
    const std::string_view id = wrapped.substr(2, id_size);
    if (!is_key_id(id)) return damaged();
    // Every key is tried: the right key under another id is still the right key.
    const AssociatedData about('W', clinic, id);
    for (const auto& [name, master] : keys_) {
        if (auto bytes = unlock(master.reveal(), wrapped.substr(2 + id_size), about)) {
            return Opened{DataKey(clinic, *std::move(bytes)), &master == &keys_.front().second && name == id};
        }
    }
    return fail(
        Code::kConfig,
        "The master key does not open this database. Give the key it was made with (id " + std::string(id) + ").",
        "master_key", "clinic " + std::to_string(clinic.value));
}

Result<DataKey> Keyring::unwrap(ClinicId clinic, std::string_view wrapped) const {
    TRY(Opened opened, find_and_open(clinic, wrapped));
    return std::move(opened.key);
}

Result<std::string> Keyring::rewrap(ClinicId clinic, std::string_view wrapped, Entropy& entropy) const {
    TRY(Opened opened, find_and_open(clinic, wrapped));
    if (opened.is_current) return std::string();
    return wrap(clinic, opened.key.bytes_, entropy);
}

}  // namespace clinicpro::crypto
