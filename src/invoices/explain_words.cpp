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
    {"payment.paid_without_receipt",
     "The payment counts as paid on the word of a status query; its receipt is awaited."},
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
    {"payment.corrected", "The payment was corrected: M-Pesa took its word back."},
    {"appointment.held", "The time of the visit was held for the patient."},
    {"appointment.link_sent", "The link was sent to the patient again."},
    {"appointment.confirmed", "The visit was confirmed by a person."},
    {"appointment.completed", "The visit took place."},
    {"appointment.cancelled", "The visit was cancelled."},
    {"appointment.released", "The visit's time was given free."},
    {"appointment.moved", "The visit was moved."},
    {"appointment.link_revoked", "The patient's link was made new."},
    {"meeting.opened", "The patient entered the visit."},
    {"meeting.started", "The visit by video began."},
    {"meeting.ended", "The visit by video ended."},
    {"meeting.host_link", "The way in for the clinic was fetched."},
    {"meeting.fell_back", "The meeting was made by another provider."},
    {"meeting.moved", "The meeting was moved to another provider."},
    {"meeting.failed", "The meeting could not be made."},
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

std::string filled_in(const Phrase& phrase) {
    std::string out;
    std::string_view rest = phrase.pattern;
    for (size_t open = rest.find('{'); open != rest.npos; open = rest.find('{')) {
        const size_t close = rest.find('}', open);
        if (close == rest.npos) break;
        out += rest.substr(0, open);
        for (const auto& [name, value] : phrase.filled) {
            if (name == rest.substr(open + 1, close - open - 1)) out += value;
        }
        rest.remove_prefix(close + 1);
    }
    return out.append(rest);
}

}  // namespace

std::string in_english(const Phrases& phrases) {
    std::string out;
    for (const Phrase& one : phrases) {
        if (!out.empty()) out += " ";
        // What has places is ours; a note that somebody wrote stands as it is, braces and all.
        out += one.filled.empty() ? one.pattern : filled_in(one);
    }
    return out;
}

Phrases words_of_action(std::string_view action, std::string_view detail) {
    Phrases out;
    for (const Action& known : kActions) {
        if (known.name == action) out = {{std::string(known.words)}};
    }
    if (out.empty()) out = {{std::string(action) + "."}};
    const auto document = json::Document::parse(detail);
    if (!document) return out;
    const json::View root = document->root();
    const auto money = [&](std::string_view name, std::string_view pattern) {
        if (const auto cents = root[name].integer(); cents && *cents > 0) {
            out.push_back({std::string(pattern), {{"amount", Money::from_cents(*cents).to_display()}}});
        }
    };
    const auto word = [&](std::string_view name, std::string_view pattern) {
        const auto text = root[name].scalar_if_any();
        if (!text || text->empty()) return;
        const std::string said = text->ends_with('.') ? text->substr(0, text->size() - 1) : *text;
        out.push_back({std::string(pattern), {{"word", said}}});
    };
    money("received", "Received: {amount}.");
    money("amount", "Amount: {amount}.");
    money("went_back", "Went back: {amount}.");
    money("unallocated", "Left over: {amount}.");
    money("taken_back", "Taken off: {amount}.");
    word("receipt", "Receipt {word}.");
    word("reference", "Reference {word}.");
    word("code", "Code {word}.");
    word("confirms", "It confirms the visit {word}.");
    word("duplicate_of", "The same money is booked under {word}.");
    if (const auto text = root["attention"].scalar_if_any(); text && !text->empty()) {
        out.push_back({*text + (text->ends_with('.') ? "" : ".")});
    }
    return out;
}

Phrases words_of_notice(std::string_view method, std::string_view state, std::string_view note) {
    std::string what = "a notice (" + std::string(method) + ")";
    if (method == "mpesa.stk")
        what = "the outcome of the prompt";
    else if (method == "mpesa.c2b")
        what = "the confirmation of a payment to the paybill";
    else if (method.ends_with(".timeout"))
        what = "word that the refund waited too long in a queue";
    else if (method.ends_with(".status"))
        what = "the answer to our question about the refund";
    else if (method.starts_with("mpesa.refund"))
        what = "the result of the refund";
    Phrases out;
    if (state == "rejected")
        out = {{"Safaricom sent {what}; it was not believed.", {{"what", what}}}};
    else if (state == "done")
        out = {{"Safaricom sent {what}.", {{"what", what}}}};
    else
        out = {{"Safaricom sent {what}; it is {state}.", {{"what", what}, {"state", std::string(state)}}}};
    if (!note.empty()) out.push_back({std::string(note)});
    return out;
}

Phrases words_of_line(std::string_view debit, std::string_view credit, Money amount, std::string_view note) {
    Phrases out = {{"{amount} booked from {from} to {to}.",
                    {{"amount", amount.to_display()}, {"from", account_words(debit)}, {"to", account_words(credit)}}}};
    if (!note.empty()) out.push_back({"(" + std::string(note) + ")"});
    return out;
}

}  // namespace clinicpro::invoices::explain
