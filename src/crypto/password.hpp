// password.hpp: passwords as Argon2id, in libsodium's self-describing text form.
//
// Cost: 3 passes over 64 MiB with one lane, above the OWASP minimum (2 passes over 19 MiB) and the memory of RFC 9106's
// second choice: about 0.1 s of one core for us, and so for each guess of whoever steals the table. Callers bound how
// many run at once and never hash on an I/O or a writer thread. Tested by crypto/password_test.
#pragma once

#include <string>
#include <string_view>

#include "base/log.hpp"

namespace clinicpro::crypto {

inline constexpr unsigned long long kPasswordPasses = 3;
inline constexpr size_t kPasswordMemory = 64 * 1024 * 1024;

std::string hash_password(const Secret<>& password);
// False for a text that is no hash of ours.
bool password_matches(const Secret<>& password, std::string_view hash);
// True when the hash was made at another cost: make it anew at the next sign-in.
bool password_is_outdated(std::string_view hash);

}  // namespace clinicpro::crypto
