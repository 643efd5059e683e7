// desk_period.hpp: the range of days that a report is about, as an address and as a form.
#pragma once

#include "web/desk.hpp"

namespace clinicpro::web::front_desk {

// East African days since 1970, both included.
struct Period {
    int64_t first = 0, last = 0;

    // From "from" and "to" of the address; the last thirty days for what is left out or no date.
    static Period asked_for(const Call& call);
    std::string query() const;  // "from=2026-11-01&to=2026-11-30"
};
// Two dates and a button, and the usual ranges as links.
Html period_form(const Call& call, const Period& period);

}  // namespace clinicpro::web::front_desk
