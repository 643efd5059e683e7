// google_meet.hpp: Meet API v2, as much of it as a clinic's settings need: spaces create, get (also by meeting code),
// patch and endActiveConference (meetings.md 2). Tested by sandbox/google_calendar_test.
#pragma once

#include "sandbox/google_state.hpp"

namespace clinicpro::sandbox::google_meet_api {

net::Response create(GoogleCall& call);
net::Response get(GoogleCall& call, std::string_view name);  // what follows "spaces/"
net::Response patch(GoogleCall& call, std::string_view name);
net::Response end(GoogleCall& call, std::string_view name);

}  // namespace clinicpro::sandbox::google_meet_api
