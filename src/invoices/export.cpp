#include "invoices/export.hpp"

#include <algorithm>

#include "base/csv.hpp"
#include "base/ids.hpp"
#include "invoices/account_number.hpp"

namespace clinicpro::invoices::exports {
namespace {

// The moment in the WHERE is compared as well as the id: an id is made a little before or after the moment it stands for.
constexpr store::Sql kPayments =
    "SELECT id, created_at, settled_at, method, state, receipt, account, invoice_id, payer_masked, amount_expected, "
    "amount_received, amount_allocated, amount_refunded, result_code, attention, duplicate_of FROM transactions "
    "WHERE clinic_id = $1 AND id > $2 AND created_at >= $3 AND created_at < $4 AND id < $6 ORDER BY id LIMIT $5";
constexpr store::Sql kInvoices =
    "SELECT id, created_at, account, reference, state, amount_due, amount_paid, patient_id, appointment_id FROM invoices "
    "WHERE clinic_id = $1 AND id > $2 AND created_at >= $3 AND created_at < $4 AND id < $6 ORDER BY id LIMIT $5";
constexpr store::Sql kLedger =
    "SELECT id, at, transaction_id, invoice_id, debit, credit, amount, note FROM ledger "
    "WHERE clinic_id = $1 AND id > $2 AND at >= $3 AND at < $4 AND id < $6 ORDER BY id LIMIT $5";
constexpr Instant kEver{INT64_MAX};
constexpr int64_t kIdsPerMilli = int64_t(1) << 22;  // base/ids.hpp
constexpr Duration kSlack = 1h;                     // clocks of several instances; a batch that waited

template <class T>
std::string id_or_nothing(T id) {
    return id ? id.to_text() : std::string();
}

void header(csv::Writer& out, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) out.text(name);
    out.end();
}

void payment(csv::Writer& out, const store::Row& row) {
    out.text(row.id<TransactionId>(0).to_text()).times(row.instant(1)).times(row.maybe_instant(2));
    out.text(row.text(3)).text(row.text(4)).text(row.text(5)).text(row.text(6));
    out.text(id_or_nothing(row.id<InvoiceId>(7))).text(row.text(8));
    for (const int column : {9, 10, 11, 12}) out.money(row.money(column));
    out.text(row.text(13)).text(row.text(14)).text(id_or_nothing(row.id<TransactionId>(15))).end();
}

void invoice(csv::Writer& out, const store::Row& row) {
    out.text(row.id<InvoiceId>(0).to_text()).times(row.instant(1));
    out.text(account_number::shown(row.string(2))).text(row.text(3)).text(row.text(4));
    const Money due = row.money(5), paid = row.money(6);
    out.money(due).money(paid).money(row.text(4) == "void" ? Money() : due - paid);
    out.text(row.id<PatientId>(7).to_text()).text(id_or_nothing(row.id<AppointmentId>(8))).end();
}

void line(csv::Writer& out, const store::Row& row) {
    out.text(row.id<LedgerId>(0).to_text()).times(row.instant(1));
    out.text(row.id<TransactionId>(2).to_text()).text(id_or_nothing(row.id<InvoiceId>(3)));
    out.text(row.text(4)).text(row.text(5)).money(row.money(6)).text(row.text(7)).end();
}

// Ids are ordered by time, so a page begins near its first row and ends near its last, not at the clinic's.
int64_t id_at(Instant moment) {
    static const int64_t kEpoch = parse_iso("2025-01-01T00:00:00Z")->micros / 1000;
    const int64_t millis = std::clamp<int64_t>(moment.micros / 1000 - kEpoch, 0, INT64_MAX / kIdsPerMilli);
    return millis * kIdsPerMilli;
}

}  // namespace

std::optional<What> what_from(std::string_view word) {
    if (word == "payments") return What::kPayments;
    if (word == "invoices") return What::kInvoices;
    if (word == "ledger") return What::kLedger;
    return std::nullopt;
}

Result<ExportPage> page(store::ClinicTx& tx, const Wish& wish) {
    const int limit = std::clamp(wish.limit, 1, kPageMax);
    const Instant from = wish.from.value_or(Instant{0});
    const Instant to = wish.to.value_or(kEver);
    const int64_t after = std::max(wish.after, wish.from ? id_at(from - kSlack) : 0);
    const int64_t before = wish.to ? id_at(to + kSlack) : INT64_MAX;
    csv::Writer out;
    int64_t last = 0;
    const auto run = [&](store::Sql sql, void (*write)(csv::Writer&, const store::Row&)) {
        return tx.each(
            sql,
            [&](const store::Row& row) {
                write(out, row);
                last = row.integer(0);
            },
            after, from, to, limit, before);
    };
    Result<int64_t> rows = 0;
    switch (wish.what) {
        case What::kPayments:
            if (wish.with_header) {
                header(out, {"payment", "asked_utc", "asked_eat", "settled_utc", "settled_eat", "method", "state",
                             "receipt", "account", "invoice", "payer", "asked_kes", "received_kes", "allocated_kes",
                             "refunded_kes", "code", "attention", "duplicate_of"});
            }
            rows = run(kPayments, payment);
            break;
        case What::kInvoices:
            if (wish.with_header) {
                header(out, {"invoice", "made_utc", "made_eat", "account", "reference", "state", "due_kes", "paid_kes",
                             "still_due_kes", "patient", "appointment"});
            }
            rows = run(kInvoices, invoice);
            break;
        case What::kLedger:
            if (wish.with_header) {
                header(out, {"line", "at_utc", "at_eat", "payment", "invoice", "from", "to", "amount_kes", "note"});
            }
            rows = run(kLedger, line);
            break;
    }
    if (!rows) return std::unexpected(std::move(rows).error());
    return ExportPage{out.take(), *rows == limit ? last : 0};
}

}  // namespace clinicpro::invoices::exports
