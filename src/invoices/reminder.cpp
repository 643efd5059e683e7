#include "invoices/reminder.hpp"

#include "invoices/notices.hpp"

namespace clinicpro::invoices {
namespace {

constexpr store::Sql kNext =
    "UPDATE appointments SET remind_at = $3 WHERE clinic_id = $1 AND id = $2 AND remind_at = $4";

}  // namespace

namespace reminders {

std::optional<Instant> next(Instant starts_at, Instant told) {
    for (const Duration before : {kDayBefore, kHourBefore}) {
        if (starts_at - before > told + kJustTold) return starts_at - before;
    }
    return std::nullopt;
}

Result<> arm(jobs::Context& context, store::ClinicTx& tx, AppointmentId visit, std::optional<Instant> at) {
    if (!at) return {};
    return context.enqueue(tx, {tx.clinic(), std::string(kRemindJob), visit.value, *at});
}

}  // namespace reminders

Result<jobs::Plan> Reminder::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) {
    const AppointmentId id{job.subject};
    TRY(const Appointment visit, appointments::find(tx, id));
    if (visit.state != AppointmentState::kConfirmed || !visit.remind_at || *visit.remind_at > context.now()) {
        return jobs::Next{jobs::Done{}};  // moved, cancelled, or reminded already
    }
    const Instant last = visit.starts_at - reminders::kHourBefore;
    // After a long stop only the reminder that is still true goes out.
    const bool hour = context.now() >= last;
    if (context.now() < visit.starts_at) {
        const auto which = hour ? messaging::Template::kReminderHour : messaging::Template::kReminderDay;
        TRY(notices::queue(context, tx,
                           {.effect_key = std::string(messaging::to_string(which)) + ":" + std::to_string(id.value) +
                                          ":" + std::to_string(visit.revision),
                            .which = which,
                            .patient = visit.patient,
                            .appointment = id}));
    }
    const std::optional<Instant> next = hour ? std::nullopt : std::optional(last);
    TRY(tx.execute(kNext, id, next, *visit.remind_at));
    TRY(reminders::arm(context, tx, id, next));
    return jobs::Next{jobs::Done{}};
}

}  // namespace clinicpro::invoices
