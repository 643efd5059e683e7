// google_check.hpp: what `check` finds out about a connection to Google, in sentences for the clinic's administrator.
//
// Nothing is made: a token is asked for and the calendar is read. Tested by meetings/google_answers_test.
#pragma once

#include "meetings/google_settings.hpp"
#include "meetings/google_token.hpp"

namespace clinicpro::meetings {

// What the token showed, kept between two turns as text.
struct GoogleTokenFacts {
    std::optional<int64_t> skew_seconds;
    std::string missing_scopes;
    static GoogleTokenFacts of(const GoogleSettings& settings, const GoogleToken& token);
    static GoogleTokenFacts parse(std::string_view text);
    std::string text() const;
};

Checked google_check_failed(const Failed& failure);  // no token: nothing else can be tried
Checked google_checked(const GoogleSettings& settings, const std::string& account, const GoogleTokenFacts& facts,
                       const net::Outcome& calendar, Instant now);

}  // namespace clinicpro::meetings
