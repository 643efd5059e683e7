#include "crypto/totp.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/text.hpp"
#include "crypto/hash.hpp"

namespace clinicpro::crypto {

std::string totp_code(const Secret<>& secret, int64_t step) {
    unsigned char counter[8];
    for (int i = 0; i < 8; ++i) counter[i] = static_cast<unsigned char>(uint64_t(step) >> (56 - 8 * i));
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    const std::string& key = secret.reveal();
    CHECK(HMAC(EVP_sha1(), key.data(), int(key.size()), counter, sizeof counter, digest, &size) != nullptr &&
          size == 20);
    // RFC 4226 5.3: the last four bits say where the 31 bits are taken.
    const unsigned offset = digest[19] & 15u;
    uint32_t number = 0;
    for (unsigned i = 0; i < 4; ++i) number = number << 8 | digest[offset + i];
    std::string text = std::to_string((number & 0x7FFFFFFFu) % 1'000'000);
    return std::string(size_t(kTotpDigits) - text.size(), '0') + text;
}

int64_t totp_step(Instant at) {
    return at.micros / kTotpStep.count();
}

std::optional<int64_t> totp_match(const Secret<>& secret, std::string_view typed, Instant now, int64_t used) {
    std::string digits;
    for (const char c : typed) {
        if (c != ' ') digits += c;
    }
    std::optional<int64_t> found;
    // All three are compared, so the time tells nothing about which one it was.
    for (int64_t step = totp_step(now) - 1; step <= totp_step(now) + 1; ++step) {
        if (equal_in_constant_time(totp_code(secret, step), digits) && step > used && !found) found = step;
    }
    return found;
}

std::string to_base32(std::string_view bytes) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string out;
    uint32_t held = 0;
    int bits = 0;
    for (const char c : bytes) {
        held = (held << 8 | uint8_t(c)) & 0xFFFu;
        for (bits += 8; bits >= 5; bits -= 5) out += kAlphabet[held >> (bits - 5) & 31u];
    }
    if (bits > 0) out += kAlphabet[held << (5 - bits) & 31u];
    return out;
}

Secret<> otpauth_uri(const Secret<>& secret, std::string_view issuer, std::string_view account) {
    const std::string name = text::percent_encode(issuer);
    return Secret<>("otpauth://totp/" + name + ":" + text::percent_encode(account) +
                    "?secret=" + to_base32(secret.reveal()) + "&issuer=" + name);
}

}  // namespace clinicpro::crypto
