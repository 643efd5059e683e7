// reminder.hpp: when a patient is reminded of a confirmed visit: a day before and an hour before.
//
// The visit's row says when the next reminder is due (remind_at); a job "visit.remind" wakes at that time and queues
// the message, once per reminder and revision of the visit. A job of a time that is no longer the visit's finds nothing
// due and ends, so a moved visit has one set of reminders and a cancelled one none. Tested by invoices/reminder_test.
#pragma once

#include <optional>

#include "invoices/appointment.hpp"

namespace clinicpro::invoices {

inline constexpr std::string_view kRemindJob = "visit.remind";  // subject: the appointment

namespace reminders {

inline constexpr Duration kDayBefore = 24h;
inline constexpr Duration kHourBefore = 1h;
inline constexpr Duration kJustTold = 30min;  // nobody is reminded of what they were told half an hour ago

// The first reminder later than `told` + kJustTold; nothing when none is left.
std::optional<Instant> next(Instant starts_at, Instant told);
// Wakes the job at that time, if there is one.
Result<> arm(jobs::Context& context, store::ClinicTx& tx, AppointmentId visit, std::optional<Instant> at);

}  // namespace reminders

class Reminder final : public jobs::Handler {
public:
    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
};

}  // namespace clinicpro::invoices
