#include "web/books_controller.hpp"

#include <charconv>

#include "daraja/codes.hpp"
#include "invoices/explain.hpp"
#include "invoices/export.hpp"
#include "invoices/report.hpp"
#include "web/body.hpp"
#include "web/views.hpp"

namespace clinicpro::web::books {
namespace {

namespace sums = payments::day_sums;

constexpr int64_t kUsualDays = 30;

std::string date_of(int64_t day) {
    const std::string s = to_eat_stamp(sums::start_of(day));
    return s.substr(0, 4) + "-" + s.substr(4, 2) + "-" + s.substr(6, 2);
}

// "2026-11-23": a day of East Africa.
Result<int64_t> day(const net::Request& request, std::string_view name, int64_t otherwise) {
    const std::string word = request.query_value(name);
    if (word.empty()) return otherwise;
    if (word.size() == 10) {
        if (const auto at = parse_iso(word + "T00:00:00+03:00")) return sums::day_of(*at);
    }
    return fail(Code::kInvalid, "The query parameter " + std::string(name) + " must be a date such as 2026-11-23.",
                std::string(name));
}

// What a code of "failed/1032" says to people.
std::string reason_of(std::string_view outcome) {
    constexpr std::string_view kFailed = "failed/";
    if (!outcome.starts_with(kFailed)) return "Nobody ever said how it ended.";
    const std::string_view code = outcome.substr(kFailed.size());
    if (code.empty()) return "It could not be sent.";
    const auto& meaning = daraja::meaning_of(code);
    return meaning.sentence.empty() ? "M-Pesa answered " + std::string(code) + "." : std::string(meaning.sentence);
}

void write(json::Writer& w, std::string_view name, const invoices::Spread& spread) {
    w.key(name).begin_object().field("count", spread.n).field("median_seconds", spread.median);
    w.field("p90_seconds", spread.p90).end_object();
}

void write(json::Writer& w, std::string_view name, std::string_view key,
           const std::map<std::string, std::pair<int64_t, Money>>& sums_by) {
    w.key(name).begin_array();
    for (const auto& [word, sum] : sums_by) {
        w.begin_object().field(key, word).field("count", sum.first).field("amount_cents", sum.second.cents()).end_object();
    }
    w.end_array();
}

Result<Answer> table(const Call& call, store::ClinicTx& tx, invoices::exports::What what, std::string_view name) {
    TRY(query::only(call.request, {"from", "to", "after", "limit"}));
    invoices::exports::Wish wish{.what = what};
    TRY(wish.from, query::time(call.request, "from"));
    TRY(wish.to, query::time(call.request, "to"));
    TRY(wish.limit, query::limit(call.request, invoices::exports::kPageMax, invoices::exports::kPageMax));
    const std::string after = call.request.query_value("after");
    if (!after.empty()) {
        const auto parsed = std::from_chars(after.data(), after.data() + after.size(), wish.after);
        if (parsed.ec != std::errc() || parsed.ptr != after.data() + after.size() || wish.after < 0) {
            return fail(Code::kInvalid, "Give as after what the header X-Next-After of the page before said.", "after");
        }
        wish.with_header = false;
    }
    TRY(auto page, invoices::exports::page(tx, wish));
    Answer answer{200, std::move(page.csv)};
    answer.type = "text/csv; charset=utf-8; header=" + std::string(wish.with_header ? "present" : "absent");
    answer.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + call.clinic.slug + "-" +
                                                           std::string(name) + ".csv\"");
    if (page.next != 0) answer.headers.emplace_back("X-Next-After", std::to_string(page.next));
    return answer;
}

}  // namespace

Result<Answer> explain(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    TRY(const TransactionId id, TransactionId::parse(call.param(0)));
    const bool with_bodies = clinics::allows(call.principal.role, clinics::Permission::kReadAudit);
    TRY(const auto payment, payments::ledger::find(tx, id));
    TRY(const auto happened, invoices::explain::payment(tx, call.services.vault, id, with_bodies));
    json::Writer w;
    w.begin_object().key("payment");
    view::write(w, payment);
    w.key("events").begin_array();
    for (const invoices::Happening& h : happened) {
        w.begin_object().field("at", to_iso(h.at)).field("who", h.who).field("kind", h.kind);
        w.field("sentence", h.sentence);
        w.field("body", h.body.empty() ? std::nullopt : std::optional(h.body)).field("body_hidden", h.body_hidden);
        w.end_object();
    }
    w.end_array().end_object();
    return Answer{200, w.take()};
}

Result<Answer> analytics(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {"from", "to"}));
    const Instant now = call.services.clock.now();
    TRY(const int64_t last, day(call.request, "to", sums::day_of(now)));
    TRY(const int64_t first, day(call.request, "from", last - kUsualDays + 1));
    TRY(const invoices::Report r, invoices::report::make(tx, first, last, now));
    json::Writer w;
    w.begin_object().field("from", date_of(r.first)).field("to", date_of(r.last));
    w.field("collected_cents", r.collected.cents()).field("refunded_cents", r.refunded.cents());
    w.field("unallocated_cents", r.unallocated.cents()).field("assigned_cents", r.assigned.cents());
    write(w, "methods", "method", r.by_method);
    write(w, "refunds_to", "to", r.refunds_to);
    w.key("prompts").begin_object().field("decided", r.prompts).field("paid", r.prompts_paid);
    w.field("success_permille", r.success_permille()).key("not_paid").begin_array();
    for (const auto& [outcome, n] : r.not_paid) {
        w.begin_object().field("outcome", outcome).field("count", n).field("reason", reason_of(outcome)).end_object();
    }
    w.end_array().end_object();
    write(w, "prompt_to_paid", r.prompt_to_paid);
    write(w, "paid_to_link", r.paid_to_link);
    w.key("visits").begin_object().field("completed", r.visits_completed).field("cancelled", r.visits_cancelled);
    w.field("released", r.visits_released).field("to_come", r.visits_to_come);
    w.field("not_completed", r.visits_not_completed).end_object();
    w.key("open").begin_object().field("unallocated", r.open_unallocated);
    w.field("unallocated_cents", r.open_unallocated_amount.cents()).field("refunds", r.open_refunds);
    w.field("refunds_cents", r.open_refunds_amount.cents()).end_object();
    w.key("days").begin_array();
    for (const invoices::DayReport& one : r.days) {
        w.begin_object().field("day", date_of(one.day)).field("payments", one.payments);
        w.field("collected_cents", one.collected.cents()).field("refunded_cents", one.refunded.cents());
        w.field("unallocated_cents", one.unallocated.cents()).end_object();
    }
    w.end_array().end_object();
    return Answer{200, w.take()};
}

Result<Answer> payments_csv(const Call& call, store::ClinicTx& tx) {
    return table(call, tx, invoices::exports::What::kPayments, "payments");
}
Result<Answer> invoices_csv(const Call& call, store::ClinicTx& tx) {
    return table(call, tx, invoices::exports::What::kInvoices, "invoices");
}
Result<Answer> ledger_csv(const Call& call, store::ClinicTx& tx) {
    return table(call, tx, invoices::exports::What::kLedger, "ledger");
}

}  // namespace clinicpro::web::books
