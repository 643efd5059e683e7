#include "crypto/password.hpp"

#include <sodium.h>

#include <algorithm>

namespace clinicpro::crypto {
namespace {

// libsodium wants zero-terminated text of a fixed size; nothing when this cannot be a hash.
bool copy_hash(std::string_view hash, char (&out)[crypto_pwhash_STRBYTES]) {
    if (hash.empty() || hash.size() >= crypto_pwhash_STRBYTES) return false;
    std::copy(hash.begin(), hash.end(), out);
    return true;
}

}  // namespace

std::string hash_password(const Secret<>& password) {
    CHECK(sodium_init() >= 0);
    char out[crypto_pwhash_STRBYTES];
    const std::string& text = password.reveal();
    // Fails only when the memory cannot be had; then this machine can do nothing else either.
    CHECK(crypto_pwhash_str(out, text.data(), text.size(), kPasswordPasses, kPasswordMemory) == 0);
    return out;
}

bool password_matches(const Secret<>& password, std::string_view hash) {
    char stored[crypto_pwhash_STRBYTES] = {};
    if (!copy_hash(hash, stored)) return false;
    const std::string& text = password.reveal();
    return crypto_pwhash_str_verify(stored, text.data(), text.size()) == 0;
}

bool password_is_outdated(std::string_view hash) {
    char stored[crypto_pwhash_STRBYTES] = {};
    return !copy_hash(hash, stored) || crypto_pwhash_str_needs_rehash(stored, kPasswordPasses, kPasswordMemory) != 0;
}

}  // namespace clinicpro::crypto
