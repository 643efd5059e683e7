// google_token.hpp: a Grant from Google, by a signed assertion (service account) or a refresh token (user's consent).
//
// Asking for a token changes nothing, so whatever goes wrong on the way is worth another try; what Google refuses is
// told apart by who can cure it (meetings.md 1.8, 1.9). Tested by meetings/google_connection_test.
#pragma once

#include <optional>
#include <variant>

#include "meetings/adapter.hpp"
#include "meetings/google_settings.hpp"

namespace clinicpro::meetings {

struct GoogleToken {
    Grant grant;
    std::optional<std::string> scopes;  // what was granted, when Google says so: a user may have unticked some
    std::optional<Duration> skew;       // our clock minus Google's, by the Date of the answer
};
// Names the account in Grant::api_url, so that a token is never used for another one.
std::string google_grant_home(const GoogleSettings& settings, const std::string& account);

// Error kConfig when the private key cannot sign.
Result<net::ClientRequest> google_token_request(const GoogleSettings& settings, const std::string& account,
                                                Instant now);
std::variant<GoogleToken, Failed> read_google_token(const GoogleSettings& settings, const std::string& account,
                                                    const net::Outcome& outcome, Instant now);

// The scopes that are asked for and not among those granted.
std::string missing_google_scopes(const GoogleSettings& settings, std::string_view granted);

// "a=b&c=d" with everything escaped.
std::string form(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

}  // namespace clinicpro::meetings
