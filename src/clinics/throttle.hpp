// throttle.hpp: how often somebody may try to sign in, counted in the database: over all instances and restarts.
//
// For an account the last attempts count until a day without any; for an address those of the current hour.
// An attempt is counted before the password is looked at, so a hundred guesses at once are a hundred attempts. A right
// one is taken back. After some free attempts each further one must wait, half a minute first, twice as long each time,
// at most a quarter of an hour: a person who forgot the password is not locked out for good, and a guesser gets about a
// hundred guesses a day. Accounts that do not exist are counted alike, so the answer tells nothing. Tested by
// clinics/throttle_test.
#pragma once

#include <string>
#include <string_view>

#include "clinics/vault.hpp"

namespace clinicpro::clinics::throttle {

inline constexpr int kFreeForAccount = 5;
inline constexpr int kFreeForAddress = 30;  // a reception, or a whole village, may share one address
inline constexpr Duration kWaitFirst = std::chrono::seconds(30);
inline constexpr Duration kWaitMax = std::chrono::minutes(15);
inline constexpr Duration kAccountMemory = std::chrono::hours(24);
inline constexpr Duration kAddressHour = std::chrono::hours(1);

// What is counted: never the name or address itself, but its fingerprint.
enum class Kind { kPassword, kCode, kAddress };
Result<std::string> mark_of(store::ClinicTx& tx, Vault& vault, Kind kind, std::string_view name);

// Counts one attempt. kTooMany, with the time to wait, when it must not be made now; then nothing is counted.
Result<> take(store::ClinicTx& tx, Kind kind, std::string_view mark, Instant now);
// True when the next attempt has to wait: the moment to tell the audit trail.
Result<bool> is_blocked(store::ClinicTx& tx, std::string_view mark, Instant now);
// The account's owner got in: it starts anew. For an address only this attempt is taken back, because whoever guesses
// may have an account as well; and past the free ones the wait stays.
Result<> give_back(store::ClinicTx& tx, Kind kind, std::string_view mark);
// Deletes what is forgotten, a few hundred rows at a time.
Result<> sweep(store::Tx& tx, Instant now);

}  // namespace clinicpro::clinics::throttle
