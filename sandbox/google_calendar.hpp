// google_calendar.hpp: Calendar API v3, as much of it as keeping appointments needs: calendars.get, and events insert,
// get, patch, delete and list (meetings.md 1, 7.2). Tested by sandbox/google_calendar_test.
#pragma once

#include "sandbox/google_state.hpp"

namespace clinicpro::sandbox::google_calendar_api {

net::Response calendar(GoogleCall& call, std::string_view calendar);
net::Response insert(GoogleCall& call, std::string_view calendar);
net::Response list(GoogleCall& call, std::string_view calendar);
net::Response get(GoogleCall& call, std::string_view calendar, std::string_view event);
net::Response patch(GoogleCall& call, std::string_view calendar, std::string_view event);
net::Response remove(GoogleCall& call, std::string_view calendar, std::string_view event);

}  // namespace clinicpro::sandbox::google_calendar_api
