#include "invoices/correction.hpp"

#include "base/log.hpp"
#include "invoices/settlement.hpp"
#include "invoices/shares.hpp"
#include "invoices/unallocated.hpp"

namespace clinicpro::invoices {
namespace {

constexpr std::string_view kNote = "taken back: the provider corrected the amount";

constexpr store::Sql kOpenRows =
    "SELECT id, amount FROM unallocated WHERE clinic_id = $1 AND transaction_id = $2 AND state = 'open' "
    "AND refund_id IS NULL ORDER BY id "
    "DESC";
constexpr store::Sql kWithdraw =
    "UPDATE unallocated SET state = 'withdrawn', resolved_by = 'system', resolved_at = $3 "
    "WHERE clinic_id = $1 AND id = $2 AND state = 'open'";
constexpr store::Sql kShrink =
    "UPDATE unallocated SET amount = amount - $3 WHERE clinic_id = $1 AND id = $2 AND state = 'open'";
constexpr store::Sql kAttention =
    "UPDATE transactions SET attention = $3, updated_at = $4 WHERE clinic_id = $1 AND id = $2";

struct Part {
    int64_t id = 0;
    Money amount;
};

Result<Money> from_unallocated(jobs::Context& context, store::ClinicTx& tx, const payments::Transaction& t,
                               Money excess) {
    std::vector<Part> rows;
    TRY(tx.each(kOpenRows, [&](const store::Row& row) { rows.push_back({row.integer(0), row.money(1)}); }, t.id));
    for (const Part& row : rows) {
        if (excess.is_zero()) break;
        const Money take = std::min(row.amount, excess);
        TRY(payments::ledger::allocate(context, tx, t.id, {}, Money() - take,
                                       payments::ledger::Destination::kUnallocated, kNote));
        TRY(const int64_t changed, take == row.amount ? tx.execute(kWithdraw, row.id, context.now())
                                                      : tx.execute(kShrink, row.id, take));
        if (changed != 1) return fail(Code::kConflict, "This money was decided about at the same moment. Try again.");
        excess = excess - take;
    }
    return excess;
}

Result<Money> from_invoices(jobs::Context& context, store::ClinicTx& tx, const payments::Transaction& t, Money excess,
                            std::vector<InvoiceId>& touched) {
    TRY(const auto shares, shares_of(tx, t.id, excess));
    for (const Share& share : shares) {
        if (excess.is_zero()) break;
        const Money take = std::min(share.amount, excess);
        if (!take.is_positive()) continue;
        const InvoiceId invoice = share.invoice;
        TRY(const auto target, find_target(tx, invoice));
        if (!target) continue;  // an invoice is never deleted; the excess is then shown to a person
        TRY(payments::ledger::allocate(context, tx, t.id, invoice, Money() - take,
                                       payments::ledger::Destination::kInvoice, kNote));
        TRY(take_back(context, tx, *target, take,
                      {.transaction = t.id, .action = kCorrected, .why = std::string(kNote), .actor = "system"}));
        touched.push_back(invoice);
        excess = excess - take;
    }
    return excess;
}

}  // namespace

Result<bool> refill_from_twin(jobs::Context& context, store::ClinicTx& tx, TransactionId twin, InvoiceId invoice) {
    std::vector<Part> rows;
    TRY(tx.each(kOpenRows, [&](const store::Row& row) { rows.push_back({row.integer(0), row.money(1)}); }, twin));
    for (const Part& row : rows) {
        TRY(const auto target, find_target(tx, invoice));
        if (!target || target->paid >= target->due || target->state == InvoiceState::kVoid) break;
        TRY(unallocated::assign(context, tx, UnallocatedId{row.id}, invoice, "system"));
    }
    TRY(const auto target, find_target(tx, invoice));
    return target && target->paid == target->due;
}

Result<> correct(jobs::Context& context, store::ClinicTx& tx, const payments::Transaction& t) {
    Money excess = t.amount_allocated - t.amount_received;
    CHECK(excess.is_positive());
    std::vector<InvoiceId> touched;
    TRY(excess, from_unallocated(context, tx, t, excess));
    TRY(excess, from_invoices(context, tx, t, excess, touched));

    bool whole = excess.is_zero();
    for (const InvoiceId invoice : touched) {
        bool filled = false;
        if (t.duplicate_of) {
            TRY(filled, refill_from_twin(context, tx, t.duplicate_of, invoice));
        }
        whole = whole && filled;
    }
    if (whole) return {};
    log::warn("payment.corrected", {{"clinic", tx.clinic().value}, {"payment", t.id.to_text()}});
    TRY(tx.execute(kAttention, t.id,
                   "M-Pesa corrected this payment to " + t.amount_received.to_display() +
                       " after more was counted. Its invoice is no longer paid in full: look at the visit and ask the "
                       "patient for the rest.",
                   context.now()));
    return {};
}

}  // namespace clinicpro::invoices
