#include "invoices/explain_words.hpp"

#include "base/json.hpp"

namespace clinicpro::invoices::explain {
namespace {

struct Action {
    std::string_view name, words;
};
constexpr Action kActions[] = {
    {"payment.created", "A payment was asked for."},
    {"payment.sending", "The prompt was about to be sent."},
    {"payment.pending", "Safaricom took the prompt; the phone shows it."},
    {"payment.unknown", "Nobody knows whether the prompt reached the phone; it is not sent again."},
    {"payment.paid", "The payment counts as paid."},
    {"payment.paid_without_receipt", "The payment counts as paid on the word of a status query; its receipt is awaited."},
    {"payment.failed", "The payment failed; no money moved."},
    {"payment.expired", "Nobody ever said whether this was paid, and the waiting ended."},
    {"payment.attention_raised", "It was put on the list of what a person should look at."},
    {"payment.attention_cleared", "A person looked at it."},
    {"invoice.paid", "The invoice is paid in full."},
    {"invoice.part_paid", "The invoice is paid in part."},
    {"invoice.overpaid", "The invoice is paid in full, and some money is left over."},
    {"invoice.late_money", "The money came too late for this invoice."},
    {"invoice.corrected", "The invoice was corrected: M-Pesa took its word back."},
    {"invoice.refunded", "The money was taken off the invoice, because it went back."},
    {"appointment.confirmed", "The visit was confirmed by a person."},
    {"appointment.completed", "The visit took place."},
    {"appointment.cancelled", "The visit was cancelled."},
    {"appointment.released", "The visit's time was given free."},
    {"appointment.moved", "The visit was moved."},
    {"appointment.link_revoked", "The patient's link was made new."},
    {"refund.requested", "A refund was asked for."},
    {"refund.approved", "A second person approved the refund, or it may be sent again."},
    {"refund.sending", "The refund was about to be sent to M-Pesa."},
    {"refund.pending", "M-Pesa took the refund; its result is awaited."},
    {"refund.unknown", "Nobody knows whether the refund was done; it is being checked."},
    {"refund.done", "The money went back."},
    {"refund.failed", "The refund failed; nothing went back."},
    {"refund.rejected", "The refund was not approved."},
    {"refund.cancelled", "The refund was cancelled."},
    {"refund.attention_raised", "The refund was put on the list of what a person should look at."},
};

std::string account_words(std::string_view account) {
    if (account == "mpesa") return "M-Pesa";
    if (account == "clearing") return "what has just come in";
    if (account == "invoice") return "the invoice";
    if (account == "unallocated") return "unallocated money";
    if (account == "by_hand") return "the payer, by hand";
    return std::string(account);
}

}  // namespace

std::string words_of_action(std::string_view action, std::string_view detail) {
    std::string out;
    for (const Action& known : kActions) {
        if (known.name == action) out = known.words;
    }
    if (out.empty()) out = std::string(action) + ".";
    const auto document = json::Document::parse(detail);
    if (!document) return out;
    const json::View root = document->root();
    const auto money = [&](std::string_view name, std::string_view before, std::string_view after) {
        if (const auto cents = root[name].integer(); cents && *cents > 0) {
            out += " " + std::string(before) + Money::from_cents(*cents).to_display() + std::string(after) + ".";
        }
    };
    const auto word = [&](std::string_view name, std::string_view before) {
        if (const auto text = root[name].scalar_if_any(); text && !text->empty()) {
            out += " " + std::string(before) + *text + (text->ends_with('.') ? "" : ".");
        }
    };
    money("received", "Received: ", "");
    money("amount", "Amount: ", "");
    money("went_back", "Went back: ", "");
    money("unallocated", "Left over: ", "");
    money("taken_back", "Taken off: ", "");
    word("receipt", "Receipt ");
    word("reference", "Reference ");
    word("code", "Code ");
    word("confirms", "It confirms the visit ");
    word("duplicate_of", "The same money is booked under ");
    word("attention", "");
    return out;
}

std::string words_of_notice(std::string_view method, std::string_view state, std::string_view note) {
    std::string out = "Safaricom sent ";
    if (method == "mpesa.stk") out += "the outcome of the prompt";
    else if (method == "mpesa.c2b") out += "the confirmation of a payment to the paybill";
    else if (method.ends_with(".timeout")) out += "word that the refund waited too long in a queue";
    else if (method.ends_with(".status")) out += "the answer to our question about the refund";
    else if (method.starts_with("mpesa.refund")) out += "the result of the refund";
    else out += "a notice (" + std::string(method) + ")";
    out += state == "rejected" ? "; it was not believed." : state == "done" ? "." : "; it is " + std::string(state) + ".";
    if (!note.empty()) out += " " + std::string(note);
    return out;
}

std::string words_of_line(std::string_view debit, std::string_view credit, Money amount, std::string_view note) {
    std::string out = amount.to_display() + " booked from " + account_words(debit) + " to " + account_words(credit) + ".";
    if (!note.empty()) out += " (" + std::string(note) + ")";
    return out;
}

}  // namespace clinicpro::invoices::explain
