// session.hpp: a browser that is signed in.
//
// The cookie holds 256 random bits, the database their SHA-256. A session ends after two hours without use, after
// twelve hours whatever happens (a working day), by signing out, by a new password, and by disabling the person. Stage
// `code` is the time between the password and the authenticator's code: it opens nothing, lasts five minutes, and
// becomes another session with another token, so that no token ever gains rights. The CSRF token is derived from the
// cookie, cannot be computed from what is stored, and is worth nothing in another session. Tested by
// clinics/session_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clinics/clinic.hpp"
#include "clinics/user.hpp"

namespace clinicpro::clinics {

struct Session {
    enum class Stage { kCode, kFull };
    SessionId id;
    Stage stage = Stage::kFull;
    std::string peer;     // the address it was made from
    std::string browser;  // as the browser calls itself, cut short
    Instant created_at;
    Instant seen_at;
};

struct SignedIn {
    Session session;
    User user;
    Clinic clinic;  // id 0 for an operator

    Principal principal() const {
        return {.clinic = user.clinic, .role = user.role, .key = {}, .user = user.id, .label = user.full_name};
    }
};

namespace sessions {

inline constexpr Duration kIdle = std::chrono::hours(2);
inline constexpr Duration kLife = std::chrono::hours(12);
inline constexpr Duration kCodeLife = std::chrono::minutes(5);
inline constexpr Duration kSeenEvery = std::chrono::minutes(1);  // how exact seen_at is: a write a minute, not a page
inline constexpr int kSessionsPerUserMax = 10;                   // the oldest goes when there are more
inline constexpr size_t kBrowserMax = 120;

struct Begin {
    UserId user;
    Session::Stage stage = Session::Stage::kFull;
    std::string peer;
    std::string browser;
};
// The token, for the cookie: the only time it can be seen.
Result<Secret<>> begin(store::ClinicTx& tx, const Begin& wanted, IdMaker& ids, crypto::Entropy& entropy, Instant now);
// Writes down that the person signed in: in the row, and in the audit trail.
Result<> note_sign_in(store::ClinicTx& tx, UserId user, Instant now);
// Nothing when there is no such live session. kForbidden when the clinic is suspended.
Result<std::optional<SignedIn>> find(store::Tx& tx, std::string_view token, Instant now);
// Remembers that it is in use, when the last such note is older than kSeenEvery.
Result<> touch(store::ClinicTx& tx, SessionId id, Instant now);
// Newest first; live ones only.
Result<std::vector<Session>> list(store::ClinicTx& tx, UserId user, Instant now);
// kNotFound when the person has no such session.
Result<> end(store::ClinicTx& tx, UserId user, SessionId id);
// All of a person's, or all but one.
Result<> end_all(store::ClinicTx& tx, UserId user, SessionId but = {});
// Deletes what is over, a few hundred rows at a time.
Result<> sweep(store::Tx& tx, Instant now);

// What every form of this session must send back.
std::string csrf_token(std::string_view token);
bool csrf_matches(std::string_view token, std::string_view sent);

}  // namespace sessions
}  // namespace clinicpro::clinics
