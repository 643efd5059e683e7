#include "invoices/settlement.hpp"

#include "base/json.hpp"
#include "clinics/audit.hpp"
#include "invoices/account_number.hpp"
#include "invoices/notices.hpp"
#include "invoices/reminder.hpp"

namespace clinicpro::invoices {
namespace {

#define TARGET_COLUMNS "i.id, i.state, i.amount_due, i.amount_paid, i.patient_id, a.id, a.kind, a.state, a.starts_at "
constexpr store::Sql kById =
    "SELECT " TARGET_COLUMNS
    "FROM invoices i LEFT JOIN appointments a ON a.clinic_id = i.clinic_id AND a.id = i.appointment_id "
    "WHERE i.clinic_id = $1 AND i.id = $2";
constexpr store::Sql kByAccount =
    "SELECT " TARGET_COLUMNS
    "FROM invoice_accounts k JOIN invoices i ON i.clinic_id = k.clinic_id AND i.id = k.invoice_id "
    "LEFT JOIN appointments a ON a.clinic_id = i.clinic_id AND a.id = i.appointment_id "
    "WHERE k.clinic_id = $1 AND k.account_key = $2";
// What was read stands in the WHERE: two payments at once cannot both count from the same sum.
constexpr store::Sql kUpdateInvoice =
    "UPDATE invoices SET amount_paid = $3, state = $4, updated_at = $5 "
    "WHERE clinic_id = $1 AND id = $2 AND amount_paid = $6 AND state = $7";
constexpr store::Sql kConfirmVisit =
    "UPDATE appointments SET state = 'confirmed', updated_at = $3, remind_at = $4 "
    "WHERE clinic_id = $1 AND id = $2 AND state = 'held' AND starts_at = $5";

Target read(const store::Row& row) {
    const auto state = invoice_state_from(row.text(1));
    CHECK(state);
    Target target{.invoice = row.id<InvoiceId>(0),
                  .state = *state,
                  .due = row.money(2),
                  .paid = row.money(3),
                  .patient = row.id<PatientId>(4),
                  .appointment = row.id<AppointmentId>(5)};
    if (target.appointment) {
        const auto kind = appointment_kind_from(row.text(6));
        const auto visit = appointment_state_from(row.text(7));
        CHECK(kind && visit);
        target.kind = *kind;
        target.visit = *visit;
        target.starts_at = row.instant(8);
    }
    return target;
}

InvoiceState state_of(Money paid, Money due) {
    return paid.is_zero() ? InvoiceState::kOpen : paid < due ? InvoiceState::kPartPaid : InvoiceState::kPaid;
}

Result<> write_invoice(jobs::Context& context, store::ClinicTx& tx, const Target& target, Money paid,
                       InvoiceState state) {
    TRY(const int64_t rows, tx.execute(kUpdateInvoice, target.invoice, paid, to_string(state), context.now(),
                                       target.paid, to_string(target.state)));
    if (rows != 1) return fail(Code::kConflict, "This invoice changed at the same moment. Try again.");
    return {};
}

messaging::Template message_for(const Target& target, const Split& split, bool confirmed) {
    using enum messaging::Template;
    switch (split.why) {
        case Split::Leftover::kVoid:
        case Split::Leftover::kVisitCancelled:
        case Split::Leftover::kVisitReleased: return kLate;
        case Split::Leftover::kTooMuch:
        case Split::Leftover::kAlreadyPaid: return kOverpaid;
        case Split::Leftover::kNone: break;
    }
    if (split.state == InvoiceState::kPartPaid) return kPartPaid;
    if (!confirmed) return kPaid;
    return target.kind == AppointmentKind::kVirtual ? kPaidVirtual : kPaidOnsite;
}

}  // namespace

Split decide(const Target& target, Money amount, bool by_person) {
    CHECK(amount.is_positive());
    Split split{.state = target.state};
    const auto refuse = [&](Split::Leftover why) {
        split.rest = amount;
        split.why = why;
        return split;
    };
    if (target.state == InvoiceState::kVoid) return refuse(Split::Leftover::kVoid);
    const bool finished = target.state == InvoiceState::kPaid || target.state == InvoiceState::kOverpaid;
    if (target.appointment && !by_person && !finished) {
        if (target.visit == AppointmentState::kCancelled) return refuse(Split::Leftover::kVisitCancelled);
        if (target.visit == AppointmentState::kReleased) return refuse(Split::Leftover::kVisitReleased);
    }
    const Money open = target.due - target.paid;
    if (!open.is_positive()) {
        split.state = InvoiceState::kOverpaid;
        return refuse(Split::Leftover::kAlreadyPaid);
    }
    split.to_invoice = std::min(open, amount);
    split.rest = amount - split.to_invoice;
    split.state = state_of(target.paid + split.to_invoice, target.due);
    if (split.rest.is_positive()) {
        split.why = Split::Leftover::kTooMuch;
        split.state = InvoiceState::kOverpaid;
    }
    split.confirms =
        split.state != InvoiceState::kPartPaid && target.appointment && target.visit == AppointmentState::kHeld;
    return split;
}

Result<std::optional<Target>> find_target(store::ClinicTx& tx, InvoiceId invoice) {
    std::optional<Target> found;
    TRY(tx.each(kById, [&](const store::Row& row) { found = read(row); }, invoice));
    return found;
}

Result<std::optional<Target>> find_target(store::ClinicTx& tx, std::string_view typed_account) {
    std::optional<Target> found;
    const std::string key = account_number::canonical(typed_account);
    if (key.empty()) return found;
    TRY(tx.each(kByAccount, [&](const store::Row& row) { found = read(row); }, key));
    return found;
}

Result<> settle(jobs::Context& context, store::ClinicTx& tx, const Target& target, const Split& split,
                const Settled& what) {
    const Money paid = target.paid + split.to_invoice;
    if (split.to_invoice.is_positive() || split.state != target.state) {
        TRY(write_invoice(context, tx, target, paid, split.state));
    }
    bool confirmed = target.appointment && target.visit == AppointmentState::kConfirmed;
    if (split.confirms) {
        const auto remind_at = reminders::next(target.starts_at, context.now());
        TRY(const int64_t rows,
            tx.execute(kConfirmVisit, target.appointment, context.now(), remind_at, target.starts_at));
        if (rows != 1) return fail(Code::kConflict, "This visit changed at the same moment. Try again.");
        TRY(reminders::arm(context, tx, target.appointment, remind_at));
        confirmed = true;
    }
    // One entry for the invoice and the visit it confirms: each entry costs the hot path a link of the chain.
    json::Writer detail;
    detail.begin_object()
        .field("payment", what.transaction.to_text())
        .field("amount", split.to_invoice.cents())
        .field("paid", paid.cents());
    if (split.rest.is_positive()) detail.field("unallocated", split.rest.cents());
    if (split.confirms) detail.field("confirms", target.appointment.to_text());
    detail.end_object();
    const std::string_view action = split.why == Split::Leftover::kNone || split.why == Split::Leftover::kTooMuch ||
                                            split.why == Split::Leftover::kAlreadyPaid
                                        ? to_string(split.state)
                                        : std::string_view("late_money");
    TRY(clinics::audit::append(
        tx, {context.now(), what.actor, "invoice." + std::string(action), target.invoice.to_text(), detail.take()}));
    const bool partial = split.state == InvoiceState::kPartPaid;
    TRY(notices::queue(context, tx,
                       {.effect_key = std::string(what.effect),
                        .which = message_for(target, split, confirmed),
                        .patient = target.patient,
                        .invoice = target.invoice,
                        .appointment = confirmed ? target.appointment : AppointmentId{},
                        .transaction = what.transaction,
                        .amount = what.amount,
                        .rest = partial ? target.due - paid : split.rest}));
    if (split.confirms && target.kind == AppointmentKind::kVirtual) {
        TRY(context.enqueue(tx, {tx.clinic(), std::string(kKeepMeetingJob), target.appointment.value, context.now()}));
    }
    return {};
}

Result<> take_back(jobs::Context& context, store::ClinicTx& tx, const Target& target, Money amount,
                   const TakenBack& what) {
    CHECK(amount.is_positive() && amount <= target.paid);
    const Money paid = target.paid - amount;
    // Nothing is owed any more for a visit that will not take place: an open invoice would ask for it again.
    const bool is_off = target.appointment && (target.visit == AppointmentState::kCancelled ||
                                               target.visit == AppointmentState::kReleased);
    const bool is_refund = what.action == kRefunded;
    const InvoiceState state =
        is_refund && is_off && paid.is_zero() ? InvoiceState::kVoid : state_of(paid, target.due);
    TRY(write_invoice(context, tx, target, paid, state));
    json::Writer detail;
    detail.begin_object()
        .field("payment", what.transaction.to_text())
        .field("taken_back", amount.cents())
        .field("paid", paid.cents())
        .field("state", to_string(state))
        .field("why", what.why)
        .end_object();
    TRY(clinics::audit::append(
        tx, {context.now(), what.actor, what.action, target.invoice.to_text(), detail.take()}));
    return {};
}

#undef TARGET_COLUMNS

}  // namespace clinicpro::invoices
