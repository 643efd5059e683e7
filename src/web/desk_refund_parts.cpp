#include "web/desk_refund_parts.hpp"

#include "web/desk_parts.hpp"

namespace clinicpro::web::front_desk {
namespace {

using payments::Refund;
using payments::RefundState;
using payments::Transaction;

constexpr int kShown = 20;  // of one payment

// The page itself keeps what M-Pesa wants from one refund; a payment that counts as paid and can still give something.
Result<Html> ask_form(const Call& call, store::ClinicTx& tx, const Transaction& p) {
    if (!call.may(clinics::Permission::kRequestRefunds) || p.duplicate_of || p.state != payments::State::kPaid) {
        return Html();
    }
    TRY(const Money left, payments::refunds::left_of(tx, p.id));
    if (!left.is_positive()) return Html();
    const Words& w = call.words;
    Html fields = el("p", at("class", "soft"), w("desk.refund.ask_text"));
    fields += field(
        call,
        {.name = "amount", .label = "desk.refund.amount", .value = left.to_text(), .inputmode = "decimal", .max = 16});
    fields += choice(call, "way", "desk.refund.way",
                     {{"mpesa", w("desk.refund.way.mpesa")}, {"by_hand", w("desk.refund.way.by_hand")}}, "mpesa");
    fields += field(call, {.name = "phone",
                           .label = "desk.refund.phone",
                           .type = "tel",
                           .inputmode = "tel",
                           .required = false,
                           .max = 20});
    fields += field(call, {.name = "reason", .label = "desk.refund.reason", .max = payments::refunds::kReasonMax});
    fields += button(w("desk.refund.ask_sure"), "undo-2");
    return folded(w("desk.refund.ask"), "undo-2",
                  post_form(call, call.path("/payments/" + p.id.to_text() + "/refund"), fields, "stack"));
}

}  // namespace

Html state_badge(const Words& words, const Refund& r) {
    const std::string id = "desk.refund.state." + std::string(to_string(r.state));
    switch (r.state) {
        case RefundState::kRequested: return badge("warn", words(id), "hourglass");
        case RefundState::kApproved:
        case RefundState::kSending:
        case RefundState::kPending: return badge("", words(id), "clock");
        case RefundState::kUnknown: return badge("warn", words(id), "hourglass");
        case RefundState::kDone: return badge("good", words(id), "check");
        case RefundState::kFailed: return badge("bad", words(id), "x");
        case RefundState::kRejected:
        case RefundState::kCancelled: return badge("plain", words(id), "x");
    }
    return {};
}

std::string what_happened(const Words& words, const Refund& r) {
    const Money shown = r.state == RefundState::kDone ? r.amount_done : r.amount;
    const std::string amount = shown.to_display();
    std::string said =
        words("desk.refund.say." + std::string(to_string(r.state)), {{"amount", amount}, {"reference", r.reference}});
    const bool told_why = r.state == RefundState::kFailed || r.state == RefundState::kRejected;
    if (told_why && !r.result_text.empty()) said += " " + words.said(r.result_text);
    return said;
}

std::string what_next(const Words& words, const Refund& r) {
    if (r.attention) return words.said(*r.attention);
    if (r.state == RefundState::kApproved && r.way == payments::RefundWay::kByHand) {
        return words("desk.refund.next_by_hand");
    }
    return words("desk.refund.next." + std::string(to_string(r.state)));
}

Result<Html> refunds_of(const Call& call, store::ClinicTx& tx, const Transaction& payment) {
    TRY(const auto found, payments::refunds::list(tx, {.limit = kShown, .payment = payment.id}));
    TRY(const Html form, ask_form(call, tx, payment));
    Html rows;
    for (const Refund& one : found) {
        rows += el("li", el("a", at("href", call.path("/refunds/" + one.id.to_text())), one.amount.to_display()),
                   state_badge(call.words, one), el("span", at("class", "soft small"), one.reason));
    }
    Html out;
    if (!found.empty()) out += el("ul", at("class", "rows"), rows);
    out += form;
    return out.empty() ? out : card(call.words("desk.tab.refunds"), out);
}

}  // namespace clinicpro::web::front_desk
