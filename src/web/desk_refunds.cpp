// desk_refunds.cpp: money that goes back: asked for on a payment, decided by a second person, and how it ended.
//
// Who asked sees no button to approve; payments::refunds refuses it as well. Nothing here moves money: approving leaves
// a job (promise P-04).
#include "base/text.hpp"
#include "invoices/invoice_search.hpp"
#include "invoices/refund.hpp"
#include "web/desk_names.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_parts.hpp"
#include "web/desk_refund_parts.hpp"

namespace clinicpro::web::front_desk {
namespace {

using clinics::Permission;
using payments::Refund;
using payments::RefundEvidence;
using payments::RefundState;
using payments::RefundWay;

constexpr int kPage = 50;

std::string path_of(const Call& call, RefundId id, std::string_view deed = {}) {
    return call.path("/refunds/" + id.to_text() + std::string(deed));
}

Html row(const Call& call, const Refund& r, const std::string& asked_by) {
    const Words& w = call.words;
    Html state = state_badge(w, r);
    if (r.attention) state += badge("bad", w("desk.look"), "triangle-alert");
    return el("tr", cell(w("desk.when"), when(call, r.created_at)),
              cell(w("desk.refund"), el("a", at("href", path_of(call, r.id)), r.amount.to_display())),
              cell(w("desk.refund.reason"), r.reason), cell(w("desk.refund.asked_by"), asked_by),
              cell(w("desk.state"), el("span", at("class", "row tight"), state)));
}

// What a second person reads before money leaves.
std::string consequence(const Words& w, const Refund& r) {
    const std::string amount = r.amount.to_display();
    return w("desk.refund.sure." + std::string(to_string(r.way)), {{"amount", amount}, {"phone", r.payee_masked}});
}

// Whether a person may say that now; the table of refunds knows.
bool may(const Refund& r, RefundEvidence::Kind kind) {
    return payments::apply(r, {.kind = kind}).changed;
}

bool may_decide(const Call& call, const Refund& r) {
    return may(r, RefundEvidence::Kind::kApproved) && r.requested_by != call.actor() &&
           call.may(Permission::kApproveRefunds);
}

Html decision(const Call& call, const Refund& r) {
    const Words& w = call.words;
    Html note = field(
        call, {.name = "note", .label = "desk.refund.note", .required = false, .max = payments::refunds::kReasonMax});
    return together(
        folded(w("desk.refund.approve"), "check",
               post_form(call, path_of(call, r.id, "/approve"),
                         together(el("p", consequence(w, r)), button(w("desk.refund.approve_sure"), "check")), "stack"),
               "button"),
        folded(w("desk.refund.decline"), "x",
               post_form(call, path_of(call, r.id, "/reject"),
                         together(note, button(w("desk.refund.decline_sure"), "x", "button danger")), "stack")));
}

// Why somebody who looks at a request has no button for it.
Html who_decides(const Call& call, const Refund& r) {
    if (r.state != RefundState::kRequested || may_decide(call, r)) return {};
    const bool own = r.requested_by == call.actor();
    return notice("", "info", el("p", call.words(own ? "desk.refund.own" : "desk.refund.somebody_else")));
}

// A person who knows says how it ended.
Html settle_form(const Call& call, const Refund& r) {
    const Words& w = call.words;
    std::vector<Option> outcomes = {{"done", w("desk.refund.went_back")}};
    if (may(r, RefundEvidence::Kind::kSettledFailed)) outcomes.push_back({"failed", w("desk.refund.went_not")});
    Html fields = choice(call, "outcome", "desk.refund.outcome", outcomes, "done");
    fields += field(call, {.name = "reference",
                           .label = "desk.refund.reference",
                           .required = false,
                           .max = payments::refunds::kReferenceMax});
    fields += field(call, {.name = "note", .label = "desk.refund.how_known", .max = payments::refunds::kReasonMax});
    fields += button(w("desk.save"), "check");
    return folded(w(r.way == RefundWay::kByHand ? "desk.refund.paid_back" : "desk.refund.settle"), "hand-coins",
                  post_form(call, path_of(call, r.id, "/settle"), fields, "stack"));
}

Html deeds(const Call& call, const Refund& r) {
    const Words& w = call.words;
    Html all;
    if (may_decide(call, r)) all += decision(call, r);
    if (may(r, RefundEvidence::Kind::kSettledDone) && call.may(Permission::kApproveRefunds)) all += settle_form(call, r);
    if (may(r, RefundEvidence::Kind::kCancelled) && call.may(Permission::kRequestRefunds)) {
        all += folded(w("desk.refund.cancel"), "x",
                      post_form(call, path_of(call, r.id, "/cancel"),
                                together(el("p", w("desk.refund.cancel_text")),
                                         button(w("desk.refund.cancel_sure"), "x", "button danger")),
                                "stack"));
    }
    return all.empty() ? all : el("div", at("class", "row actions"), all);
}

Result<Html> facts_of(const Call& call, store::ClinicTx& tx, const Refund& r) {
    const Words& w = call.words;
    Names names(call, tx);
    TRY(const auto payment, payments::ledger::find(tx, r.payment));
    TRY(const std::string asked_by, names.of(r.requested_by));
    Html facts = fact(w("desk.payment"), el("a", at("href", call.path("/payments/" + r.payment.to_text())),
                                            payment.receipt.value_or(payment.amount_received.to_display())));
    if (payment.invoice) {
        TRY(const auto about, invoices::invoice_search::describe(tx, payment.invoice));
        facts += fact(w("desk.patient"), about.patient);
    }
    facts += fact(w("desk.refund.reason"), r.reason);
    facts += fact(w("desk.refund.way"), w("desk.refund.way." + std::string(to_string(r.way))));
    if (!r.payee_masked.empty()) facts += fact(w("desk.phone"), r.payee_masked);
    facts += fact(w("desk.refund.asked_by"), together(asked_by, ", ", when(call, r.created_at)));
    if (r.decided_at) {
        TRY(const std::string decided_by, names.of(r.decided_by));
        facts += fact(w("desk.refund.decided_by"), together(decided_by, ", ", when(call, *r.decided_at)));
    }
    if (r.sent_at) facts += fact(w("desk.refund.sent_at"), when(call, *r.sent_at));
    if (r.settled_at) facts += fact(w("desk.settled_at"), when(call, *r.settled_at));
    if (!r.reference.empty()) facts += fact(w("desk.refund.reference"), el("span", at("class", "number"), r.reference));
    return el("dl", at("class", "facts"), facts);
}

Result<Done> decide(const Call& call, jobs::Context& context, store::ClinicTx& tx, RefundEvidence evidence,
                    std::string_view done) {
    TRY(const RefundId id, RefundId::parse(call.param(0)));
    TRY(const Refund before, payments::refunds::find(tx, id));
    evidence.witness = call.actor();
    TRY(payments::refunds::record(context, tx, before, evidence));
    return Done{path_of(call, id, "?done=" + std::string(done))};
}

// The fields of the API's body and of this page's form have other names.
std::unexpected<Error> about_field(Error error, std::string_view from, std::string_view to) {
    if (error.field == from) error.field = to;
    return std::unexpected(std::move(error));
}

}  // namespace

Result<Shown> refunds(const Call& call, store::ClinicTx& tx) {
    const bool all = call.query("show") == "all";
    payments::refunds::Page page{.limit = kPage, .state = all ? "" : "open"};
    if (const auto before = RefundId::parse(call.query("before"))) page.before = before->value;
    TRY(const auto found, payments::refunds::list(tx, page));
    const Words& w = call.words;
    Names names(call, tx);
    Html rows;
    for (const Refund& one : found) {
        TRY(const std::string asked_by, names.of(one.requested_by));
        rows += row(call, one, asked_by);
    }
    Html main = heading(w("desk.tab.refunds"), el("a", at("href", call.path(all ? "/refunds" : "/refunds?show=all")),
                                                  w(all ? "desk.refund.open_only" : "desk.refund.all")));
    main += el("p", at("class", "soft"), w("desk.refund.text"));
    main += el("div", at("class", "card flush"), at("id", "live-list"),
               page.before == 0 ? flag("data-live") : flag("data-live", false),
               found.empty() ? nothing(w(all ? "desk.refund.none" : "desk.refund.none_open"), "circle-check")
                             : table({w("desk.when"), w("desk.refund"), w("desk.refund.reason"),
                                      w("desk.refund.asked_by"), w("desk.state")},
                                     rows));
    std::optional<std::string> next;
    if (int(found.size()) == kPage) next = found.back().id.to_text();
    main += pager(call, call.path(all ? "/refunds?show=all&" : "/refunds?"), next);
    return Shown{.title = w("desk.tab.refunds"), .main = main, .tab = "refunds"};
}

Result<Shown> refund(const Call& call, store::ClinicTx& tx) {
    TRY(const RefundId id, RefundId::parse(call.param(0)));
    TRY(const Refund r, payments::refunds::find(tx, id));
    TRY(const Html facts, facts_of(call, tx, r));
    const Words& w = call.words;
    Html story = el("p", at("class", "row"), state_badge(w, r));
    if (r.attention) story = together(notice("bad", "triangle-alert", w.said(*r.attention)), story);
    story += el("p", el("strong", what_happened(w, r)));
    if (!r.attention) story += el("p", at("class", "soft"), what_next(w, r));
    const std::string title = w("desk.refund_of", {{"amount", r.amount.to_display()}});
    Html main = heading(title);
    main += who_decides(call, r);
    main += deeds(call, r);
    main += el("div", at("class", "halves"),
               el("section", at("class", "card stack"), at("id", "live-story"), flag("data-live"), story),
               el("section", at("class", "card"), at("id", "live-facts"), flag("data-live"), facts));
    return Shown{.title = title, .main = main, .tab = "refunds"};
}

Result<Done> ask_refund(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    invoices::RefundWish wish;
    TRY(wish.payment, TransactionId::parse(call.param(0)));
    TRY(payments::ledger::find(tx, wish.payment));
    const auto amount = Money::parse(call.form["amount"]);
    if (!amount) return fail(Code::kInvalid, amount.error().message, "amount");
    wish.amount = *amount;
    if (call.form["way"] == "by_hand") wish.way = RefundWay::kByHand;
    if (!call.form["phone"].empty()) {
        auto phone = Msisdn::parse(call.form["phone"]);
        if (!phone) return fail(Code::kInvalid, phone.error().message, "phone");
        wish.phone = *std::move(phone);
        if (!wish.way) wish.way = RefundWay::kPayout;  // another phone than the one that paid
    }
    wish.reason = call.form["reason"];
    wish.actor = call.actor();
    const auto asked = invoices::refund::ask(context, tx, call.services.vault, call.services.payback, wish);
    if (!asked) return about_field(asked.error(), "amount_cents", "amount");
    return Done{path_of(call, asked->id, "?done=refund_asked")};
}

Result<Done> approve_refund(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    return decide(call, context, tx, {.kind = RefundEvidence::Kind::kApproved}, "refund_approved");
}
Result<Done> reject_refund(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    std::string note(text::clip(call.form["note"], payments::refunds::kReasonMax));
    return decide(call, context, tx, {.kind = RefundEvidence::Kind::kRejected, .text = std::move(note)},
                  "refund_declined");
}
Result<Done> cancel_refund(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    return decide(call, context, tx, {.kind = RefundEvidence::Kind::kCancelled}, "refund_cancelled");
}

Result<Done> settle_refund(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(const RefundId id, RefundId::parse(call.param(0)));
    TRY(payments::refunds::find(tx, id));
    const std::string_view outcome = call.form["outcome"];
    if (outcome != "done" && outcome != "failed") return fail(Code::kInvalid, "Say how it ended: done or failed.", "outcome");
    TRY(invoices::refund::settle(context, tx, id,
                                 {.done = outcome == "done",
                                  .reference = std::string(call.form["reference"]),
                                  .note = std::string(call.form["note"]),
                                  .actor = call.actor()}));
    return Done{path_of(call, id, "?done=refund_settled")};
}

}  // namespace clinicpro::web::front_desk
