// desk_invoices.cpp: invoices searched and filtered, one invoice with its pay link, and a prompt to the patient's
// phone.
#include "base/text.hpp"
#include "invoices/account_number.hpp"
#include "invoices/invoice_search.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_parts.hpp"
#include "web/pay_view.hpp"
#include "web/payment_controller.hpp"

namespace clinicpro::web::front_desk {
namespace {

using invoices::invoice_search::Query;
using invoices::invoice_search::Show;

constexpr int kPage = 50;
constexpr std::pair<Show, std::string_view> kShows[] = {
    {Show::kAll, "all"}, {Show::kDue, "due"}, {Show::kOverpaid, "overpaid"}, {Show::kVoid, "void"}};

Query query_of(const Call& call) {
    Query query{.text = call.query("q"), .limit = kPage};
    for (const auto& [show, name] : kShows) {
        if (call.query("show") == name) query.show = show;
    }
    if (const auto before = InvoiceId::parse(call.query("before"))) query.before = before->value;
    return query;
}

Html filters(const Call& call) {
    Html shows;
    for (const auto& [show, name] : kShows) {
        shows += el("option", at("value", name), flag("selected", call.query("show") == name),
                    call.words("desk.invoices." + std::string(name)));
    }
    return el(
        "form", at("method", "get"), at("action", call.path("/invoices")), at("class", "filters"), at("role", "search"),
        el("div", at("class", "field wide-field"), el("label", at("for", "f-q"), call.words("desk.search_invoices")),
           el("input", at("id", "f-q"), at("name", "q"), at("type", "search"), at("value", call.query("q")),
              at("maxlength", "120"), at("placeholder", call.words("desk.search_invoices_hint")))),
        el("div", at("class", "field"), el("label", at("for", "f-show"), call.words("desk.show")),
           el("select", at("id", "f-show"), at("name", "show"), shows)),
        button(call.words("desk.search"), "search"));
}

Html row(const Call& call, const invoices::FoundInvoice& one) {
    const Words& w = call.words;
    const invoices::Invoice& i = one.invoice;
    return el(
        "tr", cell(w("desk.when"), when(call, i.created_at)),
        cell(w("desk.patient"), el("a", at("href", call.path("/invoices/" + i.id.to_text())), one.patient)),
        cell(w("desk.what"), one.what),
        cell(w("desk.account_number"), i.reference.empty() ? invoices::account_number::shown(i.account) : i.reference),
        cell(w("desk.still_due"), amount(i.still_due()), "money"), cell(w("desk.state"), state_badge(w, i.state)));
}

Html prompt_form(const Call& call, const invoices::Invoice& i) {
    const Words& w = call.words;
    Html fields = field(call, {.name = "phone",
                               .label = "desk.prompt_phone",
                               .type = "tel",
                               .inputmode = "tel",
                               .required = false,
                               .max = 20});
    fields += field(call, {.name = "amount",
                           .label = "desk.prompt_amount",
                           .value = i.still_due().to_text(),
                           .inputmode = "decimal",
                           .max = 16});
    fields += button(w("desk.prompt_send"), "smartphone");
    return folded(w("desk.prompt"), "smartphone",
                  post_form(call, call.path("/invoices/" + i.id.to_text() + "/prompt"), fields, "stack"), "button");
}

Result<Html> attempts(const Call& call, store::ClinicTx& tx, InvoiceId id) {
    TRY(const auto all, payments::ledger::of_invoice(tx, id));
    Html rows;
    for (auto p = all.rbegin(); p != all.rend(); ++p) {
        rows += el("li", el("a", at("href", call.path("/payments/" + p->id.to_text())), when(call, p->created_at)),
                   amount(p->amount_received.is_positive() ? p->amount_received : p->amount_expected),
                   state_badge(call.words, *p),
                   el("span", at("class", "soft small"), p->receipt.value_or(p->payer_masked)));
    }
    return all.empty() ? nothing(call.words("desk.no_payments"), "receipt") : el("ul", at("class", "rows"), rows);
}

}  // namespace

Result<Shown> invoices(const Call& call, store::ClinicTx& tx) {
    const Query query = query_of(call);
    TRY(const auto found, invoices::invoice_search::find(tx, call.services.vault, query));
    const Words& w = call.words;
    Html rows, actions;
    for (const auto& one : found) rows += row(call, one);
    if (call.may(clinics::Permission::kManageInvoices)) {
        actions =
            el("a", at("class", "button"), at("href", call.path("/invoices/new")), icon("plus"), w("desk.new_invoice"));
    }
    std::optional<std::string> next;
    if (int(found.size()) == kPage) next = found.back().invoice.id.to_text();
    Html list = found.empty() ? nothing(w("desk.nothing_found"), "search")
                              : table({w("desk.when"), w("desk.patient"), w("desk.what"), w("desk.account_number"),
                                       "#" + w("desk.still_due"), w("desk.state")},
                                      rows);
    Html main = heading(w("desk.tab.invoices"), actions);
    main += filters(call);
    main += el("div", at("class", "card flush"), at("id", "live-list"),
               query.before == 0 ? flag("data-live") : flag("data-live", false), list);
    main += pager(call,
                  call.path("/invoices?q=" + text::percent_encode(call.query("q")) +
                            "&show=" + text::percent_encode(call.query("show")) + "&"),
                  next);
    return Shown{.title = w("desk.tab.invoices"), .main = main, .tab = "invoices"};
}

Result<Shown> invoice(const Call& call, store::ClinicTx& tx) {
    TRY(const InvoiceId id, InvoiceId::parse(call.param(0)));
    TRY(const auto one, invoices::invoice_search::describe(tx, id));
    TRY(const auto items, invoices::items(tx, id));
    TRY(const Html payments_html, attempts(call, tx, id));
    const Words& w = call.words;
    const invoices::Invoice& i = one.invoice;
    Html lines;
    for (const auto& item : items) {
        lines += fact(item.quantity == 1 ? item.description : std::to_string(item.quantity) + " × " + item.description,
                      amount(Money::from_cents(item.unit_price.cents() * item.quantity)));
    }
    lines += el("div", at("class", "total"), el("dt", w("desk.total")), el("dd", amount(i.amount_due)));
    lines += fact(w("desk.paid_so_far"), amount(i.amount_paid));
    lines += fact(w("desk.still_due"), amount(i.still_due()));

    Html about = fact(w("desk.patient"), one.patient);
    about += fact(w("desk.phone"), one.phone_masked);
    about +=
        fact(w("desk.account_number"), el("span", at("class", "number"), invoices::account_number::shown(i.account)));
    if (!i.reference.empty()) about += fact(w("desk.reference"), i.reference);
    if (i.appointment)
        about += fact(w("desk.visit"),
                      el("a", at("href", call.path("/visits/" + i.appointment.to_text())), w("desk.open_visit")));
    about += fact(w("desk.made_at"), when(call, i.created_at));

    const bool due = i.still_due().is_positive();
    Html actions;
    if (due && call.may(clinics::Permission::kTakePayments)) actions += prompt_form(call, i);
    if (i.amount_paid.is_zero() && i.state != invoices::InvoiceState::kVoid &&
        call.may(clinics::Permission::kManageInvoices)) {
        actions += folded(
            w("desk.void"), "x",
            post_form(call, call.path("/invoices/" + id.to_text() + "/void"),
                      together(el("p", w("desk.void_text")), button(w("desk.void_sure"), "x", "button danger"))));
    }
    Html pay;
    if (due) {
        const std::string url = pay_url(call.services.public_url, call.services.links, call.clinic.id, id);
        pay = card(w("desk.pay_link"),
                   together(el("div", at("class", "qr"),
                               el("img", at("src", url.substr(call.services.public_url.size()) + "/qr.svg"),
                                  at("alt", w("desk.pay_qr")), at("width", "200"), at("height", "200"))),
                            el("div", at("class", "field"), el("label", at("for", "f-pay"), w("desk.patient_link")),
                               el("input", at("id", "f-pay"), at("class", "copy"), flag("readonly"), at("value", url)),
                               el("p", at("class", "hint"), w("desk.pay_link_hint")))));
    }
    Html main = heading(one.patient + " · " + i.amount_due.to_display(), state_badge(w, i.state));
    if (!actions.empty()) main += el("div", at("class", "row actions"), actions);
    main += el(
        "div", at("class", "halves"),
        el("div", at("class", "stack"), el("section", at("class", "card"), el("dl", at("class", "facts"), about)),
           el("section", at("class", "card"), at("id", "live-lines"), flag("data-live"),
              el("dl", at("class", "facts"), lines))),
        el("div", at("class", "stack"),
           el("div", at("id", "live-payments"), flag("data-live"), card(w("desk.tab.payments"), payments_html)), pay));
    return Shown{.title = one.patient, .main = main, .tab = "invoices"};
}

Result<Done> void_invoice(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(const InvoiceId id, InvoiceId::parse(call.param(0)));
    TRY(invoices::void_invoice(context, tx, id, call.actor()));
    return Done{call.path("/invoices/" + id.to_text() + "?done=voided")};
}

Result<Done> send_prompt(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    payment::Prompt wanted;
    TRY(wanted.invoice, InvoiceId::parse(call.param(0)));
    wanted.actor = call.actor();
    if (!call.form["phone"].empty()) {
        auto phone = Msisdn::parse(call.form["phone"]);
        if (!phone) return fail(Code::kInvalid, phone.error().message, "phone");
        wanted.phone = *std::move(phone);
    }
    const auto asked = Money::parse(call.form["amount"]);
    if (!asked) return fail(Code::kInvalid, asked.error().message, "amount");
    wanted.amount = *asked;
    auto made = payment::prompt(call.services, context, tx, wanted);
    if (!made) {
        Error error = std::move(made).error();
        if (error.field == "amount_cents") error.field = "amount";
        return std::unexpected(std::move(error));
    }
    return Done{call.path("/payments/" + made->to_text() + "?done=prompted")};
}

}  // namespace clinicpro::web::front_desk
