// rsa.hpp: RS256 signatures (RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518 3.3): how a service account proves who it is to
// Google (meetings.md 1.8). OpenSSL is included in rsa.cpp only. Tested by crypto/rsa_test.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/log.hpp"

namespace clinicpro::crypto {

inline constexpr int kRsaBitsMin = 2048;  // Google's are 2048; shorter keys can be broken

// The raw signature. `private_key_pem` is PKCS#8 or PKCS#1 text. Error kConfig (field "private_key") when it cannot be
// read, is no RSA key or is too short; the sentence names neither product nor file, so callers may show it.
Result<std::string> rs256_sign(const Secret<>& private_key_pem, std::string_view message);
// False for any key that cannot be read, too.
bool rs256_matches(std::string_view public_key_pem, std::string_view message, std::string_view signature);
// The public half as PEM (SubjectPublicKeyInfo). Errors as rs256_sign.
Result<std::string> rsa_public_key(const Secret<>& private_key_pem);

}  // namespace clinicpro::crypto
