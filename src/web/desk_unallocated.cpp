// desk_unallocated.cpp: money that fits nowhere yet, each with its reason, and one tap to where it probably belongs.
#include "base/json.hpp"
#include "base/text.hpp"
#include "clinics/audit.hpp"
#include "invoices/account_number.hpp"
#include "invoices/invoice_search.hpp"
#include "invoices/unallocated.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_parts.hpp"

namespace clinicpro::web::front_desk {
namespace {

constexpr int kPage = 30;
constexpr size_t kReasonMax = 200;

// The invoice that the suggestion names by its account number ("account 123 456 782"), if it still takes money.
Result<std::optional<invoices::FoundInvoice>> suggested(store::ClinicTx& tx, const invoices::Unallocated& money) {
    constexpr std::string_view kName = "account ";
    const size_t at = money.suggestion.find(kName);
    if (at == std::string::npos) return std::nullopt;
    const auto typed = invoices::find_typed(tx, std::string_view(money.suggestion).substr(at + kName.size(), 11));
    if (!typed && typed.error().code == Code::kNotFound) return std::nullopt;
    if (!typed) return std::unexpected(typed.error());
    if (!typed->still_due().is_positive()) return std::nullopt;
    TRY(auto found, invoices::invoice_search::describe(tx, typed->id));
    return found;
}

Html reason_field(const Call& call) {
    return field(call, {.name = "reason", .label = "desk.match_reason", .max = kReasonMax});
}

Html match_forms(const Call& call, const invoices::Unallocated& money,
                 const std::optional<invoices::FoundInvoice>& guess) {
    const Words& w = call.words;
    const std::string action = call.path("/unallocated/" + money.id.to_text());
    Html forms;
    if (guess) {
        const std::string account = invoices::account_number::shown(guess->invoice.account);
        forms += post_form(
            call, action,
            together(el("input", at("type", "hidden"), at("name", "to"), at("value", guess->invoice.account)),
                     el("input", at("type", "hidden"), at("name", "reason"), at("value", "As suggested: " + account)),
                     button(w("desk.match_to", {{"patient", guess->patient}, {"account", account}}), "check")));
    }
    const Html other = together(field(call, {.name = "to", .label = "desk.match_account", .max = 40}),
                                reason_field(call), button(w("desk.match"), "check"));
    forms += folded(w("desk.match_other"), "search", post_form(call, action, other, "stack"));
    return forms;
}

Html entry(const Call& call, const invoices::Unallocated& money, const std::optional<invoices::FoundInvoice>& guess) {
    const Words& w = call.words;
    Html facts = fact(w("desk.receipt"), el("a", at("href", call.path("/payments/" + money.transaction.to_text())),
                                            money.receipt.empty() ? w("desk.payment") : money.receipt));
    facts += fact(w("desk.typed_account"), money.account.empty() ? "-" : money.account);
    facts += fact(w("desk.phone"), money.payer_masked);
    facts += fact(w("desk.came"), when(call, money.created_at));
    Html out = el("div", at("class", "row between"), el("p", at("class", "code"), money.amount.to_display()),
                  money.state == "open" ? Html() : badge("plain", w("desk.una." + money.state)));
    out += el("p", w.said(money.reason));
    out += el("p", at("class", "soft"), w.said(money.suggestion));
    out += el("dl", at("class", "facts"), facts);
    if (money.state == "open" && call.may(clinics::Permission::kAllocateMoney)) {
        out += match_forms(call, money, guess);
        out += el("p", at("class", "small"),
                  el("a", at("href", call.path("/payments/" + money.transaction.to_text())), w("desk.una_refund")));
    }
    return el("li", at("class", "card stack tight"), out);
}

}  // namespace

Result<Shown> unallocated(const Call& call, store::ClinicTx& tx) {
    invoices::unallocated::Page page{.limit = kPage};
    if (const auto before = UnallocatedId::parse(call.query("before"))) page.before = before->value;
    if (call.query("show") == "all") page.state.clear();
    TRY(const auto found, invoices::unallocated::list(tx, page));
    const Words& w = call.words;
    Html entries;
    for (const auto& money : found) {
        std::optional<invoices::FoundInvoice> guess;
        if (money.state == "open") {
            TRY(guess, suggested(tx, money));
        }
        entries += entry(call, money, guess);
    }
    const bool all = page.state.empty();
    Html main = heading(w("desk.tab.unallocated"),
                        el("a", at("href", call.path(all ? "/unallocated" : "/unallocated?show=all")),
                           w(all ? "desk.una_open_only" : "desk.una_all")));
    main += el("p", at("class", "soft"), w("desk.una_text"));
    main += found.empty() ? el("div", at("class", "card"), nothing(w("desk.una_none"), "circle-check"))
                          : el("ul", at("class", "cards"), at("id", "live-list"),
                               page.before == 0 ? flag("data-live") : flag("data-live", false), entries);
    std::optional<std::string> next;
    if (int(found.size()) == kPage) next = found.back().id.to_text();
    main += pager(call, call.path(all ? "/unallocated?show=all&" : "/unallocated?"), next);
    return Shown{.title = w("desk.tab.unallocated"), .main = main, .tab = "unallocated"};
}

Result<Done> match_unallocated(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(const UnallocatedId id, UnallocatedId::parse(call.param(0)));
    TRY(invoices::unallocated::find(tx, id));
    const std::string reason(text::clip(call.form["reason"], kReasonMax));
    if (reason.empty()) return fail(Code::kInvalid, "Say in a few words why it belongs there.", "reason");
    const auto target = invoices::find_typed(tx, call.form["to"]);
    if (!target && target.error().code == Code::kNotFound) {
        return fail(Code::kInvalid, "No invoice has this account number or reference. Check it and try again.", "to");
    }
    if (!target) return std::unexpected(target.error());
    TRY(invoices::unallocated::assign(context, tx, id, target->id, call.actor()));
    json::Writer detail;
    detail.begin_object().field("reason", reason).field("invoice", target->id.to_text()).end_object();
    const std::string subject = id.to_text(), actor = call.actor(), written = detail.take();
    TRY(clinics::audit::append(
        tx,
        {.at = context.now(), .actor = actor, .action = "unallocated.reason", .subject = subject, .detail = written}));
    return Done{call.path("/unallocated?done=matched")};
}

}  // namespace clinicpro::web::front_desk
