// google_space.hpp: the Meet settings of one meeting, touched only where the clinic turned one on (meetings.md 2).
//
// The space of an event's link is found by its meeting code, which is not kept: it may be given to somebody else a year
// later. Tested by meetings/google_event_test.
#pragma once

#include "meetings/google_settings.hpp"

namespace clinicpro::meetings {

std::string google_space_body(const GoogleSettings& settings);  // {"config": ...} with what is turned on
std::string google_space_mask(const GoogleSettings& settings);  // the same as updateMask

struct GoogleSpace {
    std::string name;  // "spaces/..."
    std::string link;
    bool as_wanted = false;
};
Result<GoogleSpace> read_google_space(const GoogleSettings& settings, std::string_view body);

}  // namespace clinicpro::meetings
