// TOTP against RFC 6238 appendix B (SHA-1, the last six of its eight digits) and base 32 against RFC 4648 section 10.
#include "crypto/totp.hpp"

#include <gtest/gtest.h>

namespace clinicpro::crypto {
namespace {

const Secret<> kSecret("12345678901234567890");

Instant second(int64_t n) {
    return Instant{n * 1'000'000};
}

TEST(totp, gives_the_codes_of_rfc_6238) {
    const std::pair<int64_t, const char*> vectors[] = {{59, "287082"},         {1111111109, "081804"},
                                                       {1111111111, "050471"}, {1234567890, "005924"},
                                                       {2000000000, "279037"}, {20000000000, "353130"}};
    for (const auto& [at, code] : vectors) EXPECT_EQ(totp_code(kSecret, totp_step(second(at))), code) << at;
}

TEST(totp, a_code_is_taken_one_step_early_or_late_and_not_two) {
    const Instant now = second(1'111'111'111);
    const int64_t step = totp_step(now);
    for (int64_t off = -1; off <= 1; ++off)
        EXPECT_EQ(totp_match(kSecret, totp_code(kSecret, step + off), now, 0), step + off);
    for (const int64_t off : {-2, 2}) EXPECT_FALSE(totp_match(kSecret, totp_code(kSecret, step + off), now, 0));
}

TEST(totp, a_code_works_once) {
    const Instant now = second(1'111'111'111);
    const int64_t step = totp_step(now);
    const std::string code = totp_code(kSecret, step);
    EXPECT_EQ(totp_match(kSecret, code, now, step - 1), step);
    EXPECT_FALSE(totp_match(kSecret, code, now, step));
    EXPECT_FALSE(totp_match(kSecret, totp_code(kSecret, step - 1), now, step));  // nor an older one after it
}

TEST(totp, spaces_are_forgiven_and_nothing_else_is) {
    const Instant now = second(1'111'111'111);
    EXPECT_TRUE(totp_match(kSecret, "050 471", now, 0));
    for (const char* wrong : {"", "050470", "50471", "0504711", "abcdef", "000000"}) {
        EXPECT_FALSE(totp_match(kSecret, wrong, now, 0)) << wrong;
    }
}

TEST(base32, gives_the_published_texts_without_padding) {
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "MY"},
                                                           {"fo", "MZXQ"},
                                                           {"foo", "MZXW6"},
                                                           {"foob", "MZXW6YQ"},
                                                           {"fooba", "MZXW6YTB"},
                                                           {"foobar", "MZXW6YTBOI"}};
    for (const auto& [plain, text] : vectors) EXPECT_EQ(to_base32(plain), text);
}

TEST(otpauth, names_issuer_and_account_safely) {
    EXPECT_EQ(
        otpauth_uri(kSecret, "Mlimani Clinic", "a:b@c.ke").reveal(),
        "otpauth://totp/Mlimani%20Clinic:a%3Ab%40c.ke?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Mlimani%20Clinic");
}

}  // namespace
}  // namespace clinicpro::crypto
