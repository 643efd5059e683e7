// receipt_html.cpp: the receipt, to be printed or saved. Declared in pay_html.hpp.
#include "invoices/account_number.hpp"
#include "web/assets.hpp"
#include "web/pay_html.hpp"

namespace clinicpro::web {
namespace {

Html fact(const std::string& name, const std::string& value, std::string_view classes = {}) {
    return el("div", classes.empty() ? flag("class", false) : at("class", classes), el("dt", name),
              el("dd", at("class", "number"), value));
}

}  // namespace

Html receipt_main(const PayView& view, const Words& words, const PayAddresses& addresses) {
    const invoices::Invoice& invoice = view.invoice;
    Html card = el("h1", words("receipt.title"));
    card += el("p", el("strong", view.clinic));
    Html head = fact(words("receipt.invoice"),
                     invoice.reference.empty() ? invoices::account_number::shown(invoice.account) : invoice.reference);
    if (!invoice.reference.empty())
        head += fact(words("receipt.account"), invoices::account_number::shown(invoice.account));
    head += fact(words("receipt.made"), to_eat_words(invoice.created_at));
    card += el("dl", at("class", "facts"), head);

    Html sums;
    for (const invoices::Item& item : view.items) {
        std::string what = item.description;
        if (item.quantity != 1) what += " × " + std::to_string(item.quantity);
        sums += fact(what, Money::from_cents(item.quantity * item.unit_price.cents()).to_display());
    }
    sums += fact(words("pay.total"), invoice.amount_due.to_display(), "total");
    sums += fact(words("receipt.paid"), invoice.amount_paid.to_display());
    sums += fact(words("receipt.rest"), invoice.still_due().to_display());
    card += el("dl", at("class", "facts"), sums);

    card += el("h2", words("receipt.payments"));
    for (const payments::Transaction& t : view.received) {
        Html facts = fact(words("receipt.amount"), t.amount_received.to_display());
        facts += fact(words("receipt.receipt"), t.receipt.value_or(words("receipt.follows")));
        facts += fact(words("receipt.time"), to_eat_words(t.settled_at.value_or(t.created_at)) + " EAT");
        if (!t.payer_masked.empty()) facts += fact(words("receipt.payer"), phone_shown(t.payer_masked));
        card += el("dl", at("class", "facts"), facts);
    }
    Html out = el("section", at("class", "card stack"), card);
    out += el("div", at("class", "stack off-paper"),
              el("button", at("class", "button big"), at("type", "button"), flag("data-print"), flag("hidden"),
                 icon("printer"), words("receipt.print")),
              el("a", at("class", "button second big"), at("href", addresses.page), icon("arrow-left"),
                 words("receipt.back")));
    return el("div", at("class", "stack"), out);
}

}  // namespace clinicpro::web
