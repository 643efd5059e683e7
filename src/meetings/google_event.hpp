// google_event.hpp: the calendar event that carries a Meet link: the bytes we send, and what we read back.
//
// No patient's name, guest or reason stands in an event; our mark stands in its private properties, so that nothing
// made by hand is ever taken for ours. The id follows from the intent's key alone, which makes creating idempotent
// (meetings.md 1.2 to 1.4). Tested by meetings/google_event_test with golden bytes.
#pragma once

#include <optional>

#include "meetings/adapter.hpp"

namespace clinicpro::meetings {

inline constexpr std::string_view kGoogleMark = "clinicpro";  // private property: "meeting"
inline constexpr std::string_view kGoogleMarkValue = "meeting";
inline constexpr std::string_view kGoogleKeyMark = "clinicpro_key";  // private property: the intent's key

// 52 characters of base32hex over SHA-256: Google asks for a-v and 0-9, and for as many random bits as a UUID.
std::string google_event_id(std::string_view key);

std::string google_insert_body(const Intent& intent);
std::string google_move_body(const Intent& intent);
// Asks for a conference anew. `now` makes the request id another one: the same id again is ignored by Google.
std::string google_conference_body(std::string_view event_id, Instant now);

struct GoogleEvent {
    enum class Conference { kNone, kPending, kFailed, kMade };
    std::string id;
    bool cancelled = false;
    std::string key;  // from our mark; empty: not ours
    Conference conference = Conference::kNone;
    std::string link;  // empty until there is one
    std::string code;  // Meet's code of the link
    std::optional<Instant> start, end;
    std::optional<Instant> created;
};
Result<GoogleEvent> read_google_event(std::string_view body);

// One page of events.list; events without our mark are left out.
struct GooglePage {
    std::vector<GoogleEvent> events;
    std::string next;  // page token
};
Result<GooglePage> read_google_page(std::string_view body);

}  // namespace clinicpro::meetings
