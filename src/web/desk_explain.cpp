// desk_explain.cpp: one payment from the first click to the last message, as a receptionist reads it; the bytes behind
// each sentence are folded away, and shown to whoever may see the audit trail.
#include "invoices/explain.hpp"
#include "web/desk_names.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_parts.hpp"

namespace clinicpro::web::front_desk {
namespace {

using invoices::Happening;
using invoices::Phrase;

constexpr size_t kPlacesMax = 4;  // in one phrase

std::string said(const Words& words, const Phrase& phrase) {
    if (phrase.filled.empty()) return words.said(phrase.pattern);
    std::array<std::string, kPlacesMax> values;
    std::array<Filled, kPlacesMax> filled;
    for (size_t i = 0; i < std::min(kPlacesMax, phrase.filled.size()); ++i) {
        values[i] = words.said(phrase.filled[i].second);
        filled[i] = {phrase.filled[i].first, values[i]};
    }
    return words(phrase.pattern, {filled[0], filled[1], filled[2], filled[3]});
}

std::string said(const Words& words, const invoices::Phrases& phrases) {
    std::string all;
    for (const Phrase& one : phrases) all += (all.empty() ? "" : " ") + said(words, one);
    return all;
}

std::string_view icon_of(std::string_view kind) {
    if (kind == "wire") return "smartphone";
    if (kind == "refund") return "undo-2";
    if (kind == "ledger") return "file-text";
    if (kind == "invoice") return "file-text";
    if (kind == "visit") return "calendar";
    if (kind == "meeting") return "video";
    if (kind == "message") return "send";
    return "receipt";
}

// "14:05:09": what happens around one payment is a matter of seconds.
Html time_of(Instant moment) {
    const std::string stamp = to_eat_stamp(moment);
    return el("time", at("datetime", to_iso(moment)),
              stamp.substr(8, 2) + ":" + stamp.substr(10, 2) + ":" + stamp.substr(12, 2));
}

Result<Html> entry(const Call& call, Names& names, const Happening& h) {
    const Words& w = call.words;
    // On the wire the trail has an address, and people know who is behind it; unless somebody took it in by hand.
    const bool named = h.who == "this server" || h.who.starts_with("usr_") || h.who.starts_with("key_") || h.who.starts_with("cli:");
    TRY(const std::string who, names.of(h.kind == "wire" && !named ? "callback" : h.who));
    Html out = el("p", at("class", "timeline-head"), time_of(h.at), icon(icon_of(h.kind)),
                  el("span", at("class", "soft small"), who));
    out += el("p", said(w, h.phrases));
    if (!h.body.empty()) {
        out += el("details", at("class", "small"), el("summary", w("desk.explain.bytes")),
                  el("pre", at("class", "bytes"), at("tabindex", "0"), h.body));
    }
    const bool technical = h.kind == "wire" || h.kind == "ledger";
    return el("li", at("class", technical ? "step technical" : "step"), out);
}

// A heading for each day, when there are several.
Result<Html> timeline(const Call& call, store::ClinicTx& tx, const std::vector<Happening>& all) {
    Names names(call, tx);
    Html out, steps;
    std::string day;
    const auto close_day = [&] {
        if (!steps.empty()) out += together(el("h2", day), el("ol", at("class", "timeline"), steps));
        steps = {};
    };
    for (const Happening& h : all) {
        if (day_words(call.words, h.at) != day) {
            close_day();
            day = day_words(call.words, h.at);
        }
        TRY(const Html one, entry(call, names, h));
        steps += one;
    }
    close_day();
    return out;
}

}  // namespace

Result<Shown> explain_payment(const Call& call, store::ClinicTx& tx) {
    TRY(const TransactionId id, TransactionId::parse(call.param(0)));
    TRY(const auto p, payments::ledger::find(tx, id));
    const bool with_bytes = call.may(clinics::Permission::kReadAudit);
    TRY(const auto all, invoices::explain::payment(tx, call.services.vault, id, with_bytes));
    TRY(const Html steps, timeline(call, tx, all));
    const Words& w = call.words;
    const Money shown = p.amount_received.is_positive() ? p.amount_received : p.amount_expected;
    Html main = heading(w("desk.explain.title", {{"amount", shown.to_display()}}),
                        el("a", at("class", "button second"), at("href", call.path("/payments/" + id.to_text())),
                           icon("arrow-left"), w("desk.payment")));
    main += el("section", at("class", "card stack tight"), at("id", "live-outcome"), flag("data-live"),
               el("p", at("class", "row"), state_badge(w, p)), el("p", el("strong", what_happened(w, p))),
               el("p", at("class", "soft"), what_next(w, p)));
    Html how = el("p", at("class", "soft"), w("desk.explain.text"));
    const bool hidden = std::ranges::any_of(all, [](const Happening& h) { return h.body_hidden; });
    if (hidden) how += el("p", at("class", "soft"), w("desk.explain.hidden"));
    main += how;
    main += el("section", at("class", "card stack"), at("id", "live-timeline"), flag("data-live"), steps);
    return Shown{.title = w("desk.explain.title", {{"amount", shown.to_display()}}), .main = main, .tab = "payments"};
}

}  // namespace clinicpro::web::front_desk
