// presence.hpp: whether a visit's meeting is being held, as its provider tells: for the desk, and to see who never
// came.
//
// Events arrive twice, late and in any order (meetings.md 3.7); the rows are a set, so none of that matters. A meeting
// is in progress while an instance of it has started and not ended. Tested by invoices/presence_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "meetings/adapter.hpp"
#include "store/tenant.hpp"

namespace clinicpro::invoices::presence {

struct Told {
    meetings::Kind provider = meetings::Kind::kZoom;
    std::string provider_id;
    std::string instance;
    bool started = false;  // else it ended
    Instant at;
};
// False: the provider's account has other meetings too; nothing is kept of them.
Result<bool> record(store::ClinicTx& tx, const Told& told, Instant now);
inline constexpr int kEventsMax = 200;  // of one meeting; a visit has a handful

struct Presence {
    bool in_progress = false;
    std::optional<Instant> started_at;  // the first time
    std::optional<Instant> ended_at;    // the last time; empty while in progress
};
Result<Presence> of_visit(store::ClinicTx& tx, AppointmentId appointment, Instant now);
inline constexpr Duration kHeldMax = 25h;  // a meeting whose end was never told is over by then

}  // namespace clinicpro::invoices::presence
