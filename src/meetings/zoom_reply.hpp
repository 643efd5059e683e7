// zoom_reply.hpp: what Zoom's refusals mean, and when to come back.
//
// The code in the body decides, not the status: one code comes under several (meetings.md 3.4). A body may be empty,
// HTML or XML. A sentence says what the clinic's administrator can do. Tested by meetings/zoom_reply_test.
#pragma once

#include <string>
#include <string_view>

#include "meetings/adapter.hpp"

namespace clinicpro::meetings::zoom {

struct Refusal {
    int status = 0;
    int64_t code = 0;    // 0: the body is not Zoom's JSON
    std::string text;    // Zoom's message, clipped and on one line
    std::string fields;  // "password: ..." of errors[], clipped
    bool is_json = false;
};
Refusal read_refusal(const net::Response& response);

bool is_token_refused(const Refusal& refusal);     // 401, 124, 4700: fetch another once
bool is_scope_missing(const Refusal& refusal);     // 4711
bool is_gone(const Refusal& refusal);              // 3001, or a plain 404 that names no user
bool is_ended(const Refusal& refusal);             // 3007
bool is_page_expired(const Refusal& refusal);      // 300 about next_page_token
bool is_passcode_refused(const Refusal& refusal);  // 300 about the password

// For a refusal that none of the above takes care of.
Failed to_failed(const Refusal& refusal, const net::Response& response, std::string_view host, Instant now);

// Retry-After as seconds, HTTP date or ISO 8601 (meetings.md 3.5), not before a second from now and not after
// kRetryMax; `otherwise` from now when there is none.
Instant retry_at(const net::Response& response, Duration otherwise, Instant now);
inline constexpr Duration kRetryMax = 25h;  // a daily cap ends within 24
// 00:00 UTC, when the cap of 100 creates and updates per host ends.
Instant next_utc_midnight(Instant now);

// The scopes we need of the app, as its page in Zoom's marketplace spells them.
inline constexpr std::string_view kScopes[] = {"meeting:write:meeting:admin",      "meeting:read:meeting:admin",
                                               "meeting:read:list_meetings:admin", "meeting:update:meeting:admin",
                                               "meeting:delete:meeting:admin",     "user:read:user:admin",
                                               "user:read:settings:admin"};
// Those of kScopes that `granted` (space-separated) lacks, with ", " between them. Apps made before 2024 have the
// classic scopes meeting:write:admin, meeting:read:admin and user:read:admin, which hold them all.
std::string missing_scopes(std::string_view granted);

// The token endpoint has a shape of its own: {"reason", "error"}.
Failed token_failed(const net::Response& response, Instant now);

}  // namespace clinicpro::meetings::zoom
