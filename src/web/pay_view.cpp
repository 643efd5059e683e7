#include "web/pay_view.hpp"

#include "clinics/clinic.hpp"
#include "daraja/codes.hpp"
#include "daraja/stk.hpp"
#include "invoices/meeting_keeper.hpp"
#include "invoices/patient.hpp"
#include "mpesa/config.hpp"
#include "mpesa/stk_push.hpp"

namespace clinicpro::web {
namespace {

using invoices::InvoiceState;
using payments::State;

// M-Pesa itself says how long: the same amount again (17), another session on the phone (1001), overloaded (26, 9999).
std::optional<Instant> earliest_again(const payments::Transaction& failed, Instant now) {
    const auto& meaning = daraja::meaning_of(failed.result_code);
    const bool waits =
        meaning.result_class == daraja::ResultClass::kRepeated || meaning.result_class == daraja::ResultClass::kBusy;
    if (!waits || failed.result_code.empty() || !failed.settled_at) return std::nullopt;
    const Instant at = *failed.settled_at + meaning.wait;
    return at > now ? std::optional(at) : std::nullopt;
}

}  // namespace

std::string_view to_string(PayStep step) {
    switch (step) {
        case PayStep::kOwed: return "owed";
        case PayStep::kSending: return "sending";
        case PayStep::kWaiting: return "waiting";
        case PayStep::kChecking: return "checking";
        case PayStep::kUnclear: return "unclear";
        case PayStep::kFailed: return "failed";
        case PayStep::kPaid: return "paid";
        case PayStep::kVoid: return "void";
        case PayStep::kOff: return "off";
        case PayStep::kByHand: return "by_hand";
    }
    return {};
}

PayState step_of(const PayFacts& facts) {
    if (facts.invoice == InvoiceState::kVoid) return {PayStep::kVoid, {}, {}};
    if (facts.invoice == InvoiceState::kPaid || facts.invoice == InvoiceState::kOverpaid)
        return {PayStep::kPaid, {}, {}};
    // What is open comes first, also when newer attempts ended: any of them may still take money.
    std::optional<size_t> doubted, unclear, last;
    for (size_t i = facts.attempts.size(); i-- > 0;) {
        const payments::Transaction& t = facts.attempts[i];
        if (t.method != mpesa::kStkMethod) continue;
        switch (t.state) {
            case State::kCreated:
            case State::kSending: return {PayStep::kSending, i, {}};
            case State::kPending: return {PayStep::kWaiting, i, {}};
            case State::kUnknown: return {PayStep::kChecking, i, {}};
            case State::kExpired:
                // Until a person has looked: then there is no sentence for one any more.
                if (t.attention && !unclear) unclear = i;
                break;
            case State::kFailed:
                if (mpesa::is_doubted(t, facts.now) && !doubted) doubted = i;
                break;
            case State::kPaid:
            case State::kPaidWithoutReceipt: break;
        }
        if (!last) last = i;
    }
    if (doubted) return {PayStep::kChecking, doubted, {}};
    if (unclear) return {PayStep::kUnclear, unclear, {}};
    if (facts.visit_is_off) return {PayStep::kOff, {}, {}};
    if (!facts.prompts) return {PayStep::kByHand, {}, {}};
    if (last && facts.attempts[*last].state == State::kFailed) {
        return {PayStep::kFailed, last, earliest_again(facts.attempts[*last], facts.now)};
    }
    return {PayStep::kOwed, {}, {}};
}

bool PayView::is_live() const {
    if (step == PayStep::kVoid || step == PayStep::kOff) return false;
    if (step != PayStep::kPaid) return true;
    return visit && visit->kind == invoices::AppointmentKind::kVirtual && !has_link &&
           visit->state == invoices::AppointmentState::kConfirmed;
}

Result<PayView> pay_view(store::ClinicTx& tx, const clinics::Link& link, Instant now) {
    if (link.purpose != clinics::Link::Purpose::kPay || link.clinic != tx.clinic()) {
        return fail(Code::kNotFound, "This link is no longer valid. Ask the clinic for a new one.");
    }
    PayView view;
    TRY(view.invoice, invoices::find(tx, InvoiceId{link.subject}));
    TRY(view.items, invoices::items(tx, view.invoice.id));
    TRY(const auto clinic, clinics::find(tx.raw(), tx.clinic()));
    view.clinic = clinic.name;
    view.colour = clinic.colour;
    TRY(const auto patient, invoices::patients::find(tx, view.invoice.patient));
    view.phone = patient.phone_masked;
    if (view.invoice.appointment) {
        TRY(view.visit, invoices::appointments::find(tx, view.invoice.appointment));
        TRY(const auto meeting, invoices::meeting_keeper::of_visit(tx, view.visit->id));
        view.has_link = meeting && meeting->has_link;
    }
    PayFacts facts{.invoice = view.invoice.state, .now = now};
    facts.visit_is_off = view.visit && (view.visit->state == invoices::AppointmentState::kCancelled ||
                                        view.visit->state == invoices::AppointmentState::kReleased);
    const auto config = mpesa::config::shown(tx);
    if (config) {
        view.shortcode = config->shortcode;
        view.is_till = config->shortcode_kind == daraja::ShortcodeKind::kTill;
        facts.prompts = config->active && clinic.status == clinics::Clinic::Status::kActive;
    } else if (config.error().code == Code::kConfig) {
        facts.prompts = false;
    } else {
        return std::unexpected(config.error());
    }
    // M-Pesa moves whole shillings, and no more than so many at once; the rest is a next payment.
    view.ask = std::min(Money::from_shillings(view.invoice.still_due().shillings()), daraja::kPushMax);
    if (view.ask < daraja::kPushMin) facts.prompts = false;

    TRY(facts.attempts, payments::ledger::of_invoice(tx, view.invoice.id));
    const PayState state = step_of(facts);
    view.step = state.step;
    view.again_at = state.again_at;
    if (state.prompt) view.prompt = facts.attempts[*state.prompt];
    for (const payments::Transaction& t : facts.attempts) {
        if (t.method == mpesa::kStkMethod && now - t.created_at < 24h) ++view.prompts_today;
        if (t.amount_received.is_positive() && !t.duplicate_of) view.received.push_back(t);
    }
    if (!facts.attempts.empty()) view.newest = facts.attempts.back().id;
    return view;
}

std::string pay_url(std::string_view public_url, const clinics::LinkSigner& links, ClinicId clinic, InvoiceId invoice) {
    return std::string(public_url) + "/p/" +
           links.short_form({.purpose = clinics::Link::Purpose::kPay, .clinic = clinic, .subject = invoice.value});
}

}  // namespace clinicpro::web
