// google_errors.hpp: what a refusal of the Calendar or Meet API means, and who can cure it (meetings.md 1.6).
//
// Both error shapes are read: Calendar's errors[].reason and Meet's status with details[].reason. A body that is no
// JSON came from something in between. Tested by meetings/google_answers_test.
#pragma once

#include <optional>

#include "meetings/adapter.hpp"
#include "meetings/google_settings.hpp"

namespace clinicpro::meetings {

struct GoogleRefusal {
    int status = 0;
    std::string reason;   // "rateLimitExceeded", "PERMISSION_DENIED" ...; empty when the body said none
    std::string message;  // Google's own words, clipped; for people who look closer
    bool readable = false;
};
GoogleRefusal read_google_refusal(const net::Response& response);

// A final "no", or "not now": the request was certainly not carried out. For a readable 400 to 499 and any 429, except
// 401, 404, 409 and 410, whose meaning depends on what was asked.
Failed google_failure(const GoogleRefusal& refusal, const net::Response& response, const GoogleSettings& settings,
                      const std::string& account, Instant now);

// Retry-After in seconds, at most a day; else `otherwise`.
Duration google_retry_after(const net::Response& response, Duration otherwise);

}  // namespace clinicpro::meetings
