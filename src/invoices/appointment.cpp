#include "invoices/appointment.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "clinics/audit.hpp"
#include "invoices/notices.hpp"
#include "invoices/reminder.hpp"
#include "payments/ledger.hpp"

namespace clinicpro::invoices {
namespace {

using State = AppointmentState;
constexpr std::pair<State, std::string_view> kStates[] = {{State::kHeld, "held"},
                                                          {State::kConfirmed, "confirmed"},
                                                          {State::kCompleted, "completed"},
                                                          {State::kCancelled, "cancelled"},
                                                          {State::kReleased, "released"}};

#define APPOINTMENT_COLUMNS                                                                                    \
    "id, patient_id, kind, state, title, starts_at, ends_at, link_generation, meeting_generation, hold_until, " \
    "created_at, updated_at, host, revision, remind_at "
constexpr store::Sql kInsert =
    "INSERT INTO appointments (clinic_id, id, patient_id, kind, state, title, starts_at, ends_at, link_generation, "
    "meeting_generation, hold_until, created_at, updated_at, host) "
    "VALUES ($1, $2, $3, $4, 'held', $5, $6, $7, 0, 0, $8, $9, $9, $10)";
constexpr store::Sql kFind = "SELECT " APPOINTMENT_COLUMNS "FROM appointments WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kList =
    "SELECT " APPOINTMENT_COLUMNS
    "FROM appointments WHERE clinic_id = $1 AND starts_at >= $2 AND starts_at < $3 AND ($4 = '' OR state = $4) "
    "ORDER BY starts_at, id LIMIT $5";
constexpr store::Sql kPatient = "SELECT 1 FROM patients WHERE clinic_id = $1 AND id = $2";
// All changes at once, guarded by what was read.
constexpr store::Sql kUpdate =
    "UPDATE appointments SET state = $3, starts_at = $4, ends_at = $5, link_generation = $6, meeting_generation = $7, "
    "updated_at = $8, revision = $13, remind_at = $14 WHERE clinic_id = $1 AND id = $2 AND state = $9 AND "
    "starts_at = $10 AND ends_at = $11 AND link_generation = $12";
constexpr store::Sql kMoneyOnHold =
    "SELECT 1 FROM invoices WHERE clinic_id = $1 AND appointment_id = $2 AND appointment_id IS NOT NULL "
    "AND amount_paid > 0 LIMIT 1";
constexpr store::Sql kPaidInvoices =
    "SELECT id, amount_paid FROM invoices WHERE clinic_id = $1 AND appointment_id = $2 AND appointment_id IS NOT NULL "
    "AND amount_paid > 0";

Appointment read(const store::Row& row) {
    const auto kind = appointment_kind_from(row.text(2));
    const auto state = appointment_state_from(row.text(3));
    CHECK(kind && state);
    return {row.id<AppointmentId>(0), row.id<PatientId>(1), *kind,          *state,
            row.string(4),            row.instant(5),       row.instant(6), row.integer(7),
            row.integer(8),           row.maybe_instant(9), row.instant(10), row.instant(11),
            row.string(12),           row.integer(13),      row.maybe_instant(14)};
}

Result<> check_times(Instant starts_at, Instant ends_at) {
    if (ends_at <= starts_at) return fail(Code::kInvalid, "A visit must end after it starts.", "ends_at");
    if (ends_at - starts_at > appointments::kLengthMax) {
        return fail(Code::kInvalid, "A visit lasts at most 24 hours. Check the dates.", "ends_at");
    }
    return {};
}

std::unexpected<Error> wrong_state(const Appointment& visit, std::string_view wanted) {
    return fail(Code::kConflict, "This visit is " + std::string(to_string(visit.state)) + ", so it cannot be " +
                                     std::string(wanted) + ".",
                "state");
}

// Writes `now` over `before` and says so in the audit trail.
Result<Appointment> change(jobs::Context& context, store::ClinicTx& tx, const Appointment& before, Appointment now,
                           std::string_view action, std::string_view actor) {
    now.updated_at = context.now();
    TRY(const int64_t rows,
        tx.execute(kUpdate, now.id, to_string(now.state), now.starts_at, now.ends_at, now.link_generation,
                   now.meeting_generation, now.updated_at, to_string(before.state), before.starts_at, before.ends_at,
                   before.link_generation, now.revision, now.remind_at));
    if (rows != 1) return fail(Code::kConflict, "This visit changed at the same moment. Look at it again.");
    json::Writer detail;
    detail.begin_object().field("from", to_string(before.state)).field("to", to_string(now.state));
    if (now.starts_at != before.starts_at || now.ends_at != before.ends_at) {
        detail.field("starts_at", to_iso(now.starts_at)).field("ends_at", to_iso(now.ends_at));
    }
    detail.end_object();
    TRY(clinics::audit::append(tx, {context.now(), actor, action, now.id.to_text(), detail.take()}));
    return now;
}

Result<> keep_meeting(jobs::Context& context, store::ClinicTx& tx, const Appointment& visit) {
    if (visit.kind != AppointmentKind::kVirtual) return {};
    return context.enqueue(tx, {tx.clinic(), std::string(kKeepMeetingJob), visit.id.value, context.now()});
}

Result<> tell(jobs::Context& context, store::ClinicTx& tx, const Appointment& visit, messaging::Template which) {
    return notices::queue(context, tx,
                          {.effect_key = std::string(messaging::to_string(which)) + ":" +
                                         std::to_string(visit.id.value) + ":" + std::to_string(visit.revision),
                           .which = which,
                           .patient = visit.patient,
                           .appointment = visit.id});
}

// Money for a visit that will not take place waits for a decision, so its payment is put on a person's list.
Result<> suggest_refund(jobs::Context& context, store::ClinicTx& tx, AppointmentId id) {
    std::vector<std::pair<InvoiceId, Money>> paid;
    TRY(tx.each(kPaidInvoices, [&](const store::Row& row) { paid.emplace_back(row.id<InvoiceId>(0), row.money(1)); }, id));
    for (const auto& [invoice, amount] : paid) {
        TRY(const auto attempts, payments::ledger::of_invoice(tx, invoice));
        for (const payments::Transaction& t : attempts) {
            const bool can_go_back = (t.amount_received - t.amount_held - t.amount_refunded).is_positive();
            if (t.duplicate_of || t.attention || !can_go_back) continue;
            TRY(payments::ledger::raise_attention(context, tx, t.id,
                                                  "The visit was cancelled after " + amount.to_display() +
                                                      " was paid for it. Offer another time, or refund it."));
        }
    }
    return {};
}

}  // namespace

std::string_view to_string(AppointmentKind kind) { return kind == AppointmentKind::kVirtual ? "virtual" : "onsite"; }

std::string_view to_string(AppointmentState state) {
    for (const auto& [known, name] : kStates) {
        if (known == state) return name;
    }
    CHECK(false);
    return {};
}

std::optional<AppointmentKind> appointment_kind_from(std::string_view text) {
    if (text == "virtual") return AppointmentKind::kVirtual;
    if (text == "onsite") return AppointmentKind::kOnsite;
    return std::nullopt;
}

std::optional<AppointmentState> appointment_state_from(std::string_view text) {
    for (const auto& [known, name] : kStates) {
        if (name == text) return known;
    }
    return std::nullopt;
}

namespace appointments {

Result<> check_host(std::string_view host) {
    const bool clean = std::all_of(host.begin(), host.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (host.size() > kHostMax || !clean || host == "me") {
        return fail(Code::kInvalid,
                    "The host must be the meeting provider's own name for the practitioner, such as an e-mail address of "
                    "at most 254 characters.",
                    "host");
    }
    return {};
}

Result<Appointment> create(jobs::Context& context, store::ClinicTx& tx, const NewAppointment& wanted) {
    const std::string title(text::trim(wanted.title));
    if (title.size() > kTitleMax) return fail(Code::kInvalid, "The title is too long: use at most 120 bytes.", "title");
    if (!text::is_utf8(title)) return fail(Code::kInvalid, "The title is not readable text (UTF-8).", "title");
    TRY(check_times(wanted.starts_at, wanted.ends_at));
    TRY(check_host(wanted.host));
    if (!wanted.host.empty() && wanted.kind != AppointmentKind::kVirtual) {
        return fail(Code::kInvalid, "A visit at the clinic has no meeting, so it takes no host.", "host");
    }
    if (wanted.ends_at <= context.now()) {
        return fail(Code::kInvalid, "This visit would already be over. Check the date.", "starts_at");
    }
    if (wanted.hold_until && *wanted.hold_until <= context.now()) {
        return fail(Code::kInvalid, "A visit can only be held until a time that is still to come.", "hold_until");
    }
    bool known = false;
    TRY(tx.each(kPatient, [&](const store::Row&) { known = true; }, wanted.patient));
    if (!known) return fail(Code::kInvalid, "There is no such patient. Add the patient first.", "patient");

    Appointment made{.id = context.ids().make<AppointmentId>(),
                     .patient = wanted.patient,
                     .kind = wanted.kind,
                     .title = title,
                     .starts_at = wanted.starts_at,
                     .ends_at = wanted.ends_at,
                     .hold_until = wanted.hold_until,
                     .created_at = context.now(),
                     .updated_at = context.now(),
                     .host = wanted.host};
    TRY(tx.execute(kInsert, made.id, made.patient, to_string(made.kind), made.title, made.starts_at, made.ends_at,
                   made.hold_until, made.created_at, made.host));
    TRY(clinics::audit::append(tx, {context.now(), wanted.actor, "appointment.held", made.id.to_text()}));
    if (made.hold_until) {
        TRY(context.enqueue(tx, {tx.clinic(), std::string(kReleaseJob), made.id.value, *made.hold_until}));
    }
    return made;
}

Result<Appointment> find(store::ClinicTx& tx, AppointmentId id) {
    std::optional<Appointment> found;
    TRY(tx.each(kFind, [&](const store::Row& row) { found = read(row); }, id));
    if (!found) return fail(Code::kNotFound, "There is no visit under this id.");
    return *std::move(found);
}

Result<std::vector<Appointment>> list(store::ClinicTx& tx, const Window& window) {
    std::vector<Appointment> found;
    TRY(tx.each(kList, [&](const store::Row& row) { found.push_back(read(row)); }, window.from, window.until,
                window.state ? to_string(*window.state) : std::string_view(), std::clamp(window.limit, 1, kPageMax)));
    return found;
}

Window day_of(Instant at) {
    constexpr int64_t kDay = Duration(24h).count();
    constexpr int64_t kEat = Duration(3h).count();
    const int64_t local = at.micros + kEat;
    const int64_t into = ((local % kDay) + kDay) % kDay;
    const Instant from{at.micros - into};
    return {from, Instant{from.micros + kDay}};
}

Result<Appointment> confirm(jobs::Context& context, store::ClinicTx& tx, AppointmentId id, std::string_view actor) {
    TRY(const Appointment before, find(tx, id));
    if (before.state != State::kHeld && before.state != State::kReleased) return wrong_state(before, "confirmed");
    Appointment after = before;
    after.state = State::kConfirmed;
    after.remind_at = reminders::next(after.starts_at, context.now());
    TRY(Appointment now, change(context, tx, before, std::move(after), "appointment.confirmed", actor));
    TRY(keep_meeting(context, tx, now));
    TRY(reminders::arm(context, tx, id, now.remind_at));
    if (now.kind == AppointmentKind::kVirtual) TRY(tell(context, tx, now, messaging::Template::kLinkReady));
    return now;
}

Result<Appointment> complete(jobs::Context& context, store::ClinicTx& tx, AppointmentId id, std::string_view actor) {
    TRY(const Appointment before, find(tx, id));
    if (before.state != State::kConfirmed) return wrong_state(before, "completed");
    Appointment after = before;
    after.state = State::kCompleted;
    after.remind_at.reset();
    return change(context, tx, before, std::move(after), "appointment.completed", actor);
}

Result<Appointment> cancel(jobs::Context& context, store::ClinicTx& tx, AppointmentId id, std::string_view actor) {
    TRY(const Appointment before, find(tx, id));
    if (before.state != State::kHeld && before.state != State::kConfirmed) return wrong_state(before, "cancelled");
    Appointment after = before;
    after.state = State::kCancelled;
    after.remind_at.reset();
    if (before.state == State::kConfirmed) ++after.revision;
    TRY(Appointment now, change(context, tx, before, std::move(after), "appointment.cancelled", actor));
    TRY(keep_meeting(context, tx, now));  // which takes the meeting down
    TRY(notices::drop_outdated(tx, id, "The visit was cancelled before this message went out."));
    TRY(suggest_refund(context, tx, id));
    // Nobody was told of a visit that was only held.
    if (before.state == State::kConfirmed) TRY(tell(context, tx, now, messaging::Template::kVisitCancelled));
    return now;
}

Result<Appointment> release(jobs::Context& context, store::ClinicTx& tx, AppointmentId id, std::string_view actor) {
    TRY(const Appointment before, find(tx, id));
    if (before.state != State::kHeld) return wrong_state(before, "released");
    Appointment after = before;
    after.state = State::kReleased;
    return change(context, tx, before, std::move(after), "appointment.released", actor);
}

Result<Appointment> reschedule(jobs::Context& context, store::ClinicTx& tx, AppointmentId id, Instant starts_at,
                               Instant ends_at, std::string_view actor) {
    TRY(check_times(starts_at, ends_at));
    if (ends_at <= context.now()) {
        return fail(Code::kInvalid, "This visit would already be over. Check the date.", "starts_at");
    }
    TRY(const Appointment before, find(tx, id));
    if (before.state != State::kHeld && before.state != State::kConfirmed) return wrong_state(before, "moved");
    if (before.starts_at == starts_at && before.ends_at == ends_at) return before;
    Appointment after = before;
    after.starts_at = starts_at;
    after.ends_at = ends_at;
    if (before.state == State::kConfirmed) {
        ++after.revision;
        after.remind_at = reminders::next(starts_at, context.now());
    }
    TRY(Appointment now, change(context, tx, before, std::move(after), "appointment.moved", actor));
    if (now.state == State::kConfirmed) {
        TRY(keep_meeting(context, tx, now));
        TRY(notices::drop_outdated(tx, id, "The visit was moved before this message went out."));
        TRY(tell(context, tx, now, messaging::Template::kVisitMoved));
        TRY(reminders::arm(context, tx, id, now.remind_at));
    }
    return now;
}

Result<Appointment> revoke_link(jobs::Context& context, store::ClinicTx& tx, AppointmentId id, std::string_view actor) {
    TRY(const Appointment before, find(tx, id));
    Appointment after = before;
    ++after.link_generation;
    return change(context, tx, before, std::move(after), "appointment.link_revoked", actor);
}

clinics::Link join_link(ClinicId clinic, AppointmentId id, int64_t link_generation) {
    return {clinics::Link::Purpose::kJoin, clinic, id.value, uint8_t(link_generation)};
}

}  // namespace appointments

Result<jobs::Plan> HoldKeeper::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) {
    const AppointmentId id{job.subject};
    TRY(const Appointment visit, appointments::find(tx, id));
    if (visit.state != State::kHeld || !visit.hold_until) return jobs::Next{jobs::Done{}};
    bool has_money = false;
    TRY(tx.each(kMoneyOnHold, [&](const store::Row&) { has_money = true; }, id));
    if (!has_money) TRY(appointments::release(context, tx, id, "system"));
    return jobs::Next{jobs::Done{}};
}

#undef APPOINTMENT_COLUMNS

}  // namespace clinicpro::invoices
