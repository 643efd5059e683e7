// Argon2id: what it accepts, what it costs, and when a hash is to be made anew.
#include "crypto/password.hpp"

#include <gtest/gtest.h>

namespace clinicpro::crypto {
namespace {

TEST(password, matches_its_own_hash_only) {
    const std::string hash = hash_password(Secret<>("correct horse"));
    EXPECT_TRUE(hash.starts_with("$argon2id$"));
    EXPECT_TRUE(password_matches(Secret<>("correct horse"), hash));
    EXPECT_FALSE(password_matches(Secret<>("correct horse "), hash));
    EXPECT_NE(hash_password(Secret<>("correct horse")), hash);
    for (const std::string& bad : {std::string(), std::string("plain"), std::string(500, '$'), hash.substr(0, 40)}) {
        EXPECT_FALSE(password_matches(Secret<>("correct horse"), bad));
    }
}

TEST(password, the_hash_names_the_documented_cost) {
    const std::string hash = hash_password(Secret<>("correct horse"));
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$")) << hash;
    EXPECT_FALSE(password_is_outdated(hash));
}

TEST(password, a_hash_of_another_cost_or_none_is_outdated) {
    const std::string cheap =
        "$argon2id$v=19$m=8192,t=1,p=1$gCnNKC3QSiZnil4QDRDcog$ACe0ZSFzqu6BqGaYdr+4YxBwnEZttW1j5YWTk3Tp/WQ";
    for (const std::string& old : {cheap, std::string(), std::string("plain"), std::string(500, 'x')}) {
        EXPECT_TRUE(password_is_outdated(old)) << old;
    }
}

}  // namespace
}  // namespace clinicpro::crypto
