// desk_statement.cpp: M-Pesa's own statement beside the books: what differs, in sentences; and, when a person ticks it,
// what stands in the statement alone is taken in as the confirmations that got lost. Nothing that is booked is changed.
#include "web/desk_pages.hpp"
#include "web/desk_parts.hpp"
#include "web/statement_intake.hpp"

namespace clinicpro::web::front_desk {
namespace {

namespace book = invoices::statement;

constexpr size_t kShown = 500;  // of the differences; a statement that differs in more is another clinic's

Html upload_form(const Call& call) {
    const Words& w = call.words;
    const bool wrong = call.problem != nullptr;
    Html fields = el("div", at("class", "field"), el("label", at("for", "f-statement"), w("desk.statement.file")),
                     el("input", at("id", "f-statement"), at("name", "statement"), at("type", "file"),
                        at("accept", ".csv,text/csv"), flag("required"), at("aria-describedby", "f-statement-hint"),
                        wrong ? at("aria-invalid", "true") : flag("aria-invalid", false)),
                     el("p", at("class", "hint"), at("id", "f-statement-hint"), w("desk.statement.file_hint")));
    fields += el("label", at("class", "choice"),
                 el("input", at("type", "checkbox"), at("name", "take_in"), at("value", "yes")),
                 el("span", w("desk.statement.take_in")));
    fields += button(w("desk.statement.compare"), "upload");
    return el("section", at("class", "card narrow"), upload(call, call.path("/statement"), fields));
}

Html row(const Call& call, const book::Difference& d) {
    const Words& w = call.words;
    Html receipt = d.receipt;
    if (d.refund)
        receipt = el("a", at("href", call.path("/refunds/" + d.refund.to_text())), d.receipt);
    else if (d.payment)
        receipt = el("a", at("href", call.path("/payments/" + d.payment.to_text())), d.receipt);
    return el("tr", cell(w("desk.when"), when(call, d.at)), cell(w("desk.receipt"), receipt),
              cell(w("desk.statement.in_statement"), amount(d.in_statement), "money"),
              cell(w("desk.statement.in_books"), amount(d.in_books), "money"),
              cell(w("desk.statement.meaning"), w.said(d.sentence), "long"));
}

Html shown(const Call& call, const book::Comparison& c, int64_t taken_in) {
    const Words& w = call.words;
    const std::string count = std::to_string(c.matched), sum = c.matched_amount.to_display();
    Html out =
        el("p", w("desk.statement.matched",
                  {{"count", count}, {"amount", sum}, {"from", short_day(w, c.from)}, {"to", short_day(w, c.to)}}));
    if (taken_in > 0) {
        out += notice("good", "circle-check",
                      el("p", w("desk.statement.taken_in", {{"count", std::to_string(taken_in)}})));
    }
    Html rows;
    for (size_t i = 0; i < std::min(kShown, c.differences.size()); ++i) rows += row(call, c.differences[i]);
    if (c.differences.empty()) {
        out += notice("good", "circle-check", el("p", w("desk.statement.same")));
    } else {
        out +=
            el("p", el("strong", w("desk.statement.differences", {{"count", std::to_string(c.differences.size())}})));
        out += el("div", at("class", "card flush"),
                  table({w("desk.when"), w("desk.receipt"), "#" + w("desk.statement.in_statement"),
                         "#" + w("desk.statement.in_books"), w("desk.statement.meaning")},
                        rows));
    }
    return out;
}

Shown page(const Call& call, const Html& result) {
    const Words& w = call.words;
    Html main = heading(w("desk.statement"));
    main += el("p", at("class", "soft"), w("desk.statement.text"));
    main += result;
    main += upload_form(call);
    return {.title = w("desk.statement"), .main = main, .tab = "reports"};
}

}  // namespace

Result<Shown> statement(const Call& call, store::ClinicTx&) {
    return page(call, {});
}

Result<Done> compare_statement(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    if (call.form["statement"].empty()) {
        return fail(Code::kInvalid, "Choose the statement that you exported from M-Pesa's portal as CSV.");
    }
    TRY(const book::Read read, book::parse(call.form["statement"]));
    TRY(const book::Comparison compared, book::compare(tx, read));
    int64_t taken_in = 0;
    if (call.form.has("take_in")) {
        TRY(taken_in, take_in(context, tx, call.services.vault, read, compared, call.actor()));
    }
    return Done{.to = call.path("/statement"), .shown = page(call, shown(call, compared, taken_in))};
}

}  // namespace clinicpro::web::front_desk
