// totp.hpp: the six digits of an authenticator app (RFC 6238: HMAC-SHA-1, 30 seconds, the only form all apps share).
//
// A code is taken one step early or late, for clocks that are off by half a minute, and never at or before a step that
// was already used, so a code that somebody saw being typed is worth nothing. Tested by crypto/totp_test against the
// vectors of the RFC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace clinicpro::crypto {

inline constexpr size_t kTotpSecretBytes = 20;  // RFC 4226 asks for 160 bits
inline constexpr Duration kTotpStep = std::chrono::seconds(30);
inline constexpr int kTotpDigits = 6;

std::string totp_code(const Secret<>& secret, int64_t step);
int64_t totp_step(Instant at);
// The step whose code `typed` is (spaces are forgiven), if it is near `now` and after `used`.
std::optional<int64_t> totp_match(const Secret<>& secret, std::string_view typed, Instant now, int64_t used);

std::string to_base32(std::string_view bytes);  // RFC 4648, upper case, no padding: what apps take by hand
// "otpauth://totp/ISSUER:ACCOUNT?secret=...&issuer=ISSUER", for a QR code. It holds the secret.
Secret<> otpauth_uri(const Secret<>& secret, std::string_view issuer, std::string_view account);

}  // namespace clinicpro::crypto
