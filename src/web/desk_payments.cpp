// desk_payments.cpp: payments searched and filtered, and one payment with where its money went.
#include "base/text.hpp"
#include "invoices/invoice_search.hpp"
#include "invoices/payment_search.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_parts.hpp"
#include "web/desk_refund_parts.hpp"

namespace clinicpro::web::front_desk {
namespace {

using invoices::payment_search::Query;
using invoices::payment_search::Show;

constexpr int kPage = 50;
constexpr std::pair<Show, std::string_view> kShows[] = {{Show::kAll, "all"},
                                                        {Show::kPaid, "paid"},
                                                        {Show::kWaiting, "waiting"},
                                                        {Show::kFailed, "failed"},
                                                        {Show::kAttention, "attention"}};

// A filter that makes no sense shows everything rather than an error: it came from an address bar.
Query query_of(const Call& call) {
    Query query{.text = call.query("q"), .limit = kPage};
    for (const auto& [show, name] : kShows) {
        if (call.query("show") == name) query.show = show;
    }
    if (const auto day = read_day(call.query("day"), "day")) {
        query.from = *day;
        query.until = *day + 24h;
    }
    if (const auto before = TransactionId::parse(call.query("before"))) query.before = before->value;
    return query;
}

Html filters(const Call& call) {
    Html shows;
    const std::string now = call.query("show").empty() ? "all" : call.query("show");
    for (const auto& [show, name] : kShows) {
        shows += el("option", at("value", name), flag("selected", name == now),
                    call.words("desk.show." + std::string(name)));
    }
    return el(
        "form", at("method", "get"), at("action", call.path("/payments")), at("class", "filters"), at("role", "search"),
        el("div", at("class", "field wide-field"), el("label", at("for", "f-q"), call.words("desk.search_payments")),
           el("input", at("id", "f-q"), at("name", "q"), at("type", "search"), at("value", call.query("q")),
              at("maxlength", "120"), at("placeholder", call.words("desk.search_payments_hint")))),
        el("div", at("class", "field"), el("label", at("for", "f-show"), call.words("desk.show")),
           el("select", at("id", "f-show"), at("name", "show"), shows)),
        el("div", at("class", "field"), el("label", at("for", "f-day"), call.words("desk.day")),
           el("input", at("id", "f-day"), at("name", "day"), at("type", "date"), at("value", call.query("day")))),
        button(call.words("desk.search"), "search"));
}

std::string address_of(const Call& call) {
    return call.path("/payments?q=" + text::percent_encode(call.query("q")) +
                     "&show=" + text::percent_encode(call.query("show")) +
                     "&day=" + text::percent_encode(call.query("day")) + "&");
}

Html row(const Call& call, const invoices::FoundPayment& found) {
    const Words& words = call.words;
    const payments::Transaction& p = found.payment;
    const std::string who =
        found.patient.empty() ? (p.payer_masked.empty() ? words("desk.somebody") : p.payer_masked) : found.patient;
    const Money shown = p.amount_received.is_positive() ? p.amount_received : p.amount_expected;
    Html state = state_badge(words, p);
    if (p.attention) state += badge("bad", words("desk.look"), "triangle-alert");
    return el(
        "tr", cell(words("desk.when"), when(call, p.created_at)),
        cell(words("desk.who"),
             together(el("a", at("href", call.path("/payments/" + p.id.to_text())), who),
                      found.patient.empty() ? Html() : el("span", at("class", "soft small"), " ", p.payer_masked))),
        cell(words("desk.account_number"), found.reference.empty() ? p.account : found.reference),
        cell(words("desk.receipt"), p.receipt.value_or("")), cell(words("desk.amount"), amount(shown), "money"),
        cell(words("desk.state"), el("span", at("class", "row tight"), state)));
}

}  // namespace

Result<Shown> payments(const Call& call, store::ClinicTx& tx) {
    const Query query = query_of(call);
    TRY(const auto found, invoices::payment_search::find(tx, call.services.vault, query, call.now()));
    Html rows;
    for (const auto& one : found) rows += row(call, one);
    const Words& w = call.words;
    std::optional<std::string> next;
    if (int(found.size()) == kPage) next = found.back().payment.id.to_text();
    Html list = found.empty() ? nothing(w("desk.nothing_found"), "search")
                              : table({w("desk.when"), w("desk.who"), w("desk.account_number"), w("desk.receipt"),
                                       "#" + w("desk.amount"), w("desk.state")},
                                      rows);
    Html main = heading(w("desk.tab.payments"));
    main += filters(call);
    main += el("div", at("class", "card flush"), at("id", "live-list"),
               query.before == 0 ? flag("data-live") : flag("data-live", false), list);
    main += pager(call, address_of(call), next);
    return Shown{.title = w("desk.tab.payments"), .main = main, .tab = "payments"};
}

Result<Shown> payment(const Call& call, store::ClinicTx& tx) {
    TRY(const TransactionId id, TransactionId::parse(call.param(0)));
    TRY(const auto p, payments::ledger::find(tx, id));
    const Words& w = call.words;
    Html facts;
    if (p.invoice) {
        TRY(const auto about, invoices::invoice_search::describe(tx, p.invoice));
        facts += fact(w("desk.patient"), about.patient);
        facts += fact(w("desk.invoice"),
                      el("a", at("href", call.path("/invoices/" + p.invoice.to_text())),
                         about.invoice.reference.empty() ? about.invoice.account : about.invoice.reference));
    }
    facts += fact(w("desk.asked"), amount(p.amount_expected));
    facts += fact(w("desk.received"), amount(p.amount_received));
    facts += fact(w("desk.allocated"), amount(p.amount_allocated));
    if (p.amount_refunded.is_positive()) facts += fact(w("desk.refunded"), amount(p.amount_refunded));
    facts += fact(w("desk.phone"), p.payer_masked);
    facts += fact(w("desk.account_number"), p.account);
    if (p.receipt) facts += fact(w("desk.receipt"), el("span", at("class", "number"), *p.receipt));
    facts += fact(w("desk.method"), method_words(w, p.method));
    facts += fact(w("desk.made_at"), when(call, p.created_at));
    if (p.settled_at) facts += fact(w("desk.settled_at"), when(call, *p.settled_at));
    Html story = el("p", at("class", "row"), state_badge(w, p));
    story += el("p", el("strong", what_happened(w, p)));
    story += el("p", at("class", "soft"), what_next(w, p));
    if (p.attention) {
        story = together(notice("bad", "triangle-alert", w.said(*p.attention)), story);
        if (call.may(clinics::Permission::kAllocateMoney)) {
            story += post_form(call, call.path("/payments/" + id.to_text() + "/seen"),
                               button(w("desk.mark_seen"), "check", "button second"));
        }
    }
    TRY(const Html refunds_html, refunds_of(call, tx, p));
    Html main =
        heading(w("desk.payment_of",
                  {{"amount", (p.amount_received.is_positive() ? p.amount_received : p.amount_expected).to_display()}}),
                el("a", at("class", "button second"), at("href", call.path("/payments/" + id.to_text() + "/explain")),
                   icon("list-tree"), w("desk.explain")));
    main += el("div", at("class", "halves"),
               el("div", at("class", "stack"),
                  el("section", at("class", "card stack"), at("id", "live-story"), flag("data-live"), story),
                  refunds_html),
               el("section", at("class", "card"), at("id", "live-facts"), flag("data-live"),
                  el("dl", at("class", "facts"), facts)));
    return Shown{.title = w("desk.payment"), .main = main, .tab = "payments"};
}

Result<Done> clear_attention(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(const TransactionId id, TransactionId::parse(call.param(0)));
    TRY(payments::ledger::find(tx, id));
    TRY(payments::ledger::clear_attention(context, tx, id, call.actor()));
    return Done{call.path("/payments/" + id.to_text() + "?done=seen")};
}

}  // namespace clinicpro::web::front_desk
