// google_event.hpp: an event as the Calendar API takes and shows it, with the conference that hangs on it.
//
// meetings.md 1.2 to 1.5. Stricter than Google: a field it does not know is refused, so a typing error is no silence.
// Tested by sandbox/google_calendar_test.
#pragma once

#include "sandbox/google_state.hpp"

namespace clinicpro::sandbox {

// Takes what stands in the body into the event: for insert all that is needed, for PATCH what changed. On a refusal the
// event is in pieces: work on a copy.
std::optional<net::Response> take_event_body(GoogleCall& call, GoogleEvent& event, bool inserting);
// `createRequest`, where conferenceDataVersion=1 was said.
std::optional<net::Response> take_conference(GoogleCall& call, GoogleEvent& event);

// A look at an event brings a pending conference nearer to its end.
void look_at(GoogleCall& call, GoogleEvent& event);
void write_event(json::Writer& out, const GoogleCall& call, const GoogleEvent& event);
std::string event_link(const GoogleCall& call, const GoogleEvent& event);  // empty until there is one
std::string etag(const GoogleEvent& event);

// A JSON value as it was.
void copy_json(json::Writer& out, json::View value);

}  // namespace clinicpro::sandbox
