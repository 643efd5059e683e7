// entropy.cpp: the operating system's generator through libsodium.
#include "crypto/entropy.hpp"

#include <sodium.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace clinicpro::crypto {

std::string Entropy::hex(size_t count) {
    return text::to_hex(bytes(count));
}
std::string Entropy::base64url(size_t count) {
    return text::to_base64url(bytes(count));
}

SystemEntropy::SystemEntropy() {
    CHECK(sodium_init() >= 0);
}

std::string SystemEntropy::bytes(size_t count) {
    std::string out(count, '\0');
    randombytes_buf(out.data(), out.size());
    return out;
}

}  // namespace clinicpro::crypto
