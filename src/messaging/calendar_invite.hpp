// calendar_invite.hpp: a visit as an iCalendar invitation (RFC 5545, 5546, 6047; meetings.md 6.3).
//
// The UID is the visit's for all its life; SEQUENCE rises with every change a patient is told of, so a calendar takes a
// move for a move and a cancellation for a cancellation, whatever order the mails come in. Times are UTC, so no time
// zone needs describing. Tested by messaging/calendar_invite_test.
#pragma once

#include <string>

#include "base/clock.hpp"

namespace clinicpro::messaging {

struct Invite {
    enum class Method { kRequest, kCancel };
    Method method = Method::kRequest;
    std::string uid;  // "apt_0c5...@pay.clinic.example"
    int64_t sequence = 0;
    Instant stamp;  // when this message was put together
    Instant starts_at;
    Instant ends_at;
    std::string summary;   // "Online visit, Mlimani Clinic": no name, no reason
    std::string location;  // the patient's link, or the clinic
    std::string url;       // the patient's link; empty for a visit at the clinic
    std::string organizer_name;
    std::string organizer;  // mail addresses
    std::string attendee;
};

std::string_view to_string(Invite::Method method);  // "REQUEST" | "CANCEL": also the mail part's method parameter
// Lines end in CRLF and are folded at 75 octets, never inside a character.
std::string write_ics(const Invite& invite);

}  // namespace clinicpro::messaging
