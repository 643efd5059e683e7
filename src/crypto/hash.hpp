// hash.hpp: digests, keyed digests, constant-time comparison, and Daraja's one RSA form.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/log.hpp"

namespace clinicpro::crypto {

std::string sha256(std::string_view bytes);  // 32 bytes
// HMAC-SHA256 as others compute it (webhooks, HS256 tokens); a key of any length. 32 bytes.
std::string hmac_sha256(const Secret<>& key, std::string_view message);
// Keyed BLAKE2b. `key` is 32 bytes (CHECKed); `size` 16..32 bytes out.
std::string mac(std::string_view key, std::string_view message, size_t size = 16);
bool equal_in_constant_time(std::string_view a, std::string_view b);

// base64( RSA PKCS#1 v1.5 (plain) ) with the public key of a PEM certificate: Daraja's SecurityCredential
// (daraja.md 5.2). Validity dates are not checked: the published certificates have all expired.
Result<std::string> rsa_encrypt_with_certificate(std::string_view pem, const Secret<>& plain);
// The other way, with the PEM private key: what the holder of the certificate's key does. kInvalid when it is not so
// encrypted.
Result<Secret<>> rsa_decrypt_with_key(std::string_view pem, std::string_view base64);

}  // namespace clinicpro::crypto
