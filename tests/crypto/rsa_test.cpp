// RS256 against a signature made by the openssl command line, and keys that cannot be used.
#include "crypto/rsa.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace clinicpro::crypto {
namespace {

// Invented keys: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048, then 1024, then an elliptic curve.
const Secret<> kKey{R"(-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQDUz0TMttTQdOEM
ZnyRxVxiZbfEC4kPyE/m9UYFxpufyzyWL9QMTJDVzMveVqOBAdfHORFS7/e0rR6M
R7uurGI1pl9p1P9G6MHN+2nbV588TWgpqWs1qk2+Xb2DRjHdCM6UUuDyaSZ4CVfK
UZMRhh2cZISHkvhgDRzKpXALt7GVYqB8ck1xBlyLsWsFgy+Lh5u759ut/xccoXD4
LUQCfFahJaROXJ7cpIiZEd/F1eBJkZebfejxzY/yvy9/v13ohuRcL3CeS5j1oONn
N97JeF7ET79YAqJefj8bLXstDY/yjsY8tVDtVlAR0MMf9YbQGMdoxnU28DUAEViZ
BKQxuSNRAgMBAAECggEAA69KDuxcf3aCngsZPZHoAVknByk2+JO8lHBrQ7bWY3wq
oqQV3RenS1hmMEWaQ6XTRWMO0nuOs61qsb2dOY9JDQpCLSwvtlvZ3TXs9YwNGQdz
FgOVtGJsQa9QVHlO7DeWkhlkRTY+YQYyY7GpZPyIPzi7Vbic/dbESJr4N2+5Dq/U
I/EV9aR+0shvAfvY1R2eMHc3J8nnI+/V2KPaQZiRW+ulQ+IJs7TKphagazSyCQqp
owryRJcvkA/UcmFLZq4sCvLJlTpw+KoeA3tkCEUtZWSGR/ylT/uBOJr0lMilIZ37
L5IuUiXkV+4YwzwffBVfHrczLvin0n26kCZH4/vatQKBgQD4KN1EUF4bK1yPfwel
QUq8UVxpyPKBHxraneySv0J+IkE7XCYo/ygVmx7KnQ8KXR98dpyrP3rhMNUyGn/G
OYrW5y1QsgsNVomGB/uoWFR2oMgIVDdLFx9ePyTX2HVgtvA9+bPGTrsv+kXBgB6v
wdPF2bRuDhNGx9a42IevRi+zXQKBgQDbiH2m4i0V1DtpclL5PMT0Jw4nKeaIJu3K
wPgEID2/WAgRvsON5JgPwUHfOOGgr1Hcfl41vF9k/Jgmvu0vWVpNnPpVnLj4kAMw
kWV+ipX3drz5SEfOB0jy/tljmc2Acj7do8Mhh0PDd343aWHt9sh8NZqm2JXpux9B
/GuTkfmEhQKBgGBE+hGWW+uOVsoULZMeUS/dIEypd+o/dtt4iF4ldFYaU9QDW4pr
8dDv7HINm9gZaC2QlhaY+cKCfzKAtTDhAct8w0eayk7SU2d7kVUtbxbWKMOSaCDp
R3H4bQKPJnnufiSMygEUaemi3YzDdyQXvV/zpNtM+o1q2RG8bmbAg6DBAoGAC3TH
+dl7uNPmdc49fjwpmwQevPR2z0wYxKflSXHVRxL0+NgXpGP1e3z+TwPM4nHDt9nw
WKWH5OE5n2v/PKVRDRPQDH+tN2tsfzBXN49L3CoaGngnJx1CNUwPVB9GlhlgJnjR
SgKhCqZFs+aP8bcbJ0A03dgXmqblLrBZfM31U3ECgYAWE08oEI9UQ/Z+TY3VI4ok
rREwiGwurku7oSzftkRqFkl6Q/17G18iQdyxEs6hM3tq9SzagOITjUNDaRS1bQS3
rVuNCYMrI6Y3oG54xFBSNisn9Ck8AYlzF9FPMEgSLy3Kb+zvKnGKWlozkx4xr0DD
vTPEOrf90YdatarBh76Bhg==
-----END PRIVATE KEY-----
)"};
const Secret<> kShortKey{R"(-----BEGIN PRIVATE KEY-----
MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAKl/8MrqKGH/Ug23
s+3e/CwcB3WyPPr6Z1fzLZ4iuyKyajzgvkzwdEup51vCpBkViEfl9u45F2kg/B9B
VB8f4lcpUcJqd/qOnTHCBpdOzZCYbQFBaLOnodi/wRFZqiiCBcbjMb0iIEVFp0x5
Y3WoyNL0kO6DRfrWwNd48EdSK+6HAgMBAAECgYEAhrIVOCs8TCQJoL0LT0yUOLlN
dEpgC1JSLaIh7jjLXZdKtXYjxCCRSk+Ke3EB1q01z2z//e+AmxqLQIs5vkIoKrCQ
W5ZkQMggKCkxape5TRPxi9qocpBM5Y7JeM2p0YUu/e+/iV3ZNBZBnRkjaZOwnccD
e8mVz+rINkZSLp60IQECQQDVTg9IZsQOBdrmBq/rLZBnwUxvcUr+uyiziZ3UmOoX
fE/qHP+T1i+57HqwO04KKrdif9aHK00nSdre4EZ+mQ0JAkEAy21Du+dqWWtzwYbY
es6dlCrhqxfTV6j/qTQINWJBaOIB3zfZ9e9kqyk5oJJlKo+1NjMOU1E2sA3ULw8x
RPiTDwJAQf1TRw/b6YawMOeytuwyt5aaggOnsuTN87VIacQg78EarA/qlZ72xus9
DZZbT1PlxghMoyanSNdVagwyYuoQmQJAYHaGqQLajl6CvKFZ5Bo35PvUmRIqOKY9
3Zl7zvyxsa+CXbwZUiLb5MIevoLNEDqnHnVldKLNQPy9wjb9EQyihwJBANVDH1/o
NzytH3gj5uhaG4JK/r3Fo36e9rmkp4D3wtTXv75Fw2qBcD+BHr8dniVEFgq8gISW
mAFJ6n5fPW98lqE=
-----END PRIVATE KEY-----
)"};
const Secret<> kCurveKey{R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgcCLZXF/nvWA3MIFe
542cD7GBVGcqKzcoG5m5TnalGjWhRANCAARR549M0h+XOS+7lnjY8mRUsNxRK1N9
/dnl4mwEFeP//RJMY5TSLMw+CUGcth+U5Mj/NJzr9eHpVi3h/fSZa4oH
-----END PRIVATE KEY-----
)"};
constexpr const char* kPublicKey = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1M9EzLbU0HThDGZ8kcVc
YmW3xAuJD8hP5vVGBcabn8s8li/UDEyQ1czL3lajgQHXxzkRUu/3tK0ejEe7rqxi
NaZfadT/RujBzftp21efPE1oKalrNapNvl29g0Yx3QjOlFLg8mkmeAlXylGTEYYd
nGSEh5L4YA0cyqVwC7exlWKgfHJNcQZci7FrBYMvi4ebu+fbrf8XHKFw+C1EAnxW
oSWkTlye3KSImRHfxdXgSZGXm33o8c2P8r8vf79d6IbkXC9wnkuY9aDjZzfeyXhe
xE+/WAKiXn4/Gy17LQ2P8o7GPLVQ7VZQEdDDH/WG0BjHaMZ1NvA1ABFYmQSkMbkj
UQIDAQAB
-----END PUBLIC KEY-----
)";
// printf header.claims | openssl dgst -sha256 -sign key.pem | basenc --base64url
constexpr const char* kSignature =
    "N8rUAVHxuaXlild3Zf7itrJ73RDr1Qh_l7DSiFB4MaDdarqPdvQMT62D1rxzNISBzZhlw9ANYjbkm2OMIZEwbiEBcQSYFcuB7Rhg"
    "vPF6ui0KBmBXiHMzhm2EXftbIb36ycG0t6EGirz4bjmuGyEeo2tgoGBypaoHwrKT-NbdGSqaQ-LyEwuJgu4xF7OBnsZceXcdfcrv"
    "AW9-xIcLecHUsH9f1FB2_WHpjGvKNbzNK4fSKH12wgohbYkhLFUj7fwOf0n0eZKuJiVmZQa7aOSJGAU7IRHxosiIT7uPPQqKYzmo"
    "-th_MMYo2mwT3W-1oArD0HR6ER0nvIVxSt5YqvQ1og";

TEST(rs256, it_signs_as_the_openssl_command_does) {
    const auto signature = rs256_sign(kKey, "header.claims");
    ASSERT_TRUE(signature) << signature.error().message;
    EXPECT_EQ(text::to_base64url(*signature), kSignature);
}

TEST(rs256, the_public_half_of_the_key_takes_that_signature_and_no_other) {
    const auto published = rsa_public_key(kKey);
    ASSERT_TRUE(published);
    EXPECT_EQ(*published, kPublicKey);
    const std::string signature = *text::from_base64url(kSignature);
    EXPECT_TRUE(rs256_matches(*published, "header.claims", signature));
    EXPECT_FALSE(rs256_matches(*published, "header.claimz", signature));
    std::string bent = signature;
    bent[7] = char(bent[7] ^ 1);
    EXPECT_FALSE(rs256_matches(*published, "header.claims", bent));
    EXPECT_FALSE(rs256_matches(*published, "header.claims", ""));
    EXPECT_FALSE(rs256_matches("no key", "header.claims", signature));
    EXPECT_FALSE(rs256_matches("", "header.claims", signature));
}

TEST(rs256, a_key_that_cannot_be_used_is_refused_with_a_sentence) {
    std::string cut = kKey.reveal();
    cut.resize(cut.size() / 2);
    for (const Secret<>& wrong :
         {Secret<>(""), Secret<>("secret"), Secret<>(cut), kShortKey, kCurveKey, Secret<>(std::string(70'000, 'x'))}) {
        for (const auto& result : {rs256_sign(wrong, "m"), rsa_public_key(wrong)}) {
            ASSERT_FALSE(result);
            EXPECT_EQ(result.error().code, Code::kConfig);
            EXPECT_EQ(result.error().field, "private_key");
            EXPECT_TRUE(result.error().message.ends_with('.'));
        }
    }
}

}  // namespace
}  // namespace clinicpro::crypto
