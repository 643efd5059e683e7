#include "invoices/refund_sources.hpp"

#include "invoices/settlement.hpp"
#include "invoices/shares.hpp"

namespace clinicpro::invoices::refund_sources {
namespace {

using payments::ledger::Destination;

constexpr store::Sql kFree =
    "SELECT id, amount, invoice_id FROM unallocated WHERE clinic_id = $1 AND state = 'open' AND transaction_id = $2 "
    "AND refund_id IS NULL AND (CAST($3 AS BIGINT) = 0 OR id = $3) ORDER BY id DESC";
constexpr store::Sql kHeld =
    "SELECT id, amount, invoice_id FROM unallocated WHERE clinic_id = $1 AND state = 'open' AND refund_id = $2 "
    "ORDER BY id";
constexpr store::Sql kHold =
    "UPDATE unallocated SET refund_id = $3, amount = $4 WHERE clinic_id = $1 AND id = $2 AND state = 'open' "
    "AND refund_id IS NULL AND amount = $5";
// What is left of a row of which a part is refunded stays on the list as a row of its own, as it was.
constexpr store::Sql kSplit =
    "INSERT INTO unallocated (clinic_id, id, transaction_id, amount, reason, suggestion, state, invoice_id, "
    "resolved_by, created_at) SELECT clinic_id, CAST($3 AS BIGINT), transaction_id, CAST($4 AS BIGINT), reason, "
    "suggestion, 'open', invoice_id, '', created_at FROM unallocated WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kRelease =
    "UPDATE unallocated SET refund_id = NULL WHERE clinic_id = $1 AND state = 'open' AND refund_id = $2";
constexpr store::Sql kSpend =
    "UPDATE unallocated SET state = 'withdrawn', amount = $3, resolved_by = $4, resolved_at = $5 "
    "WHERE clinic_id = $1 AND id = $2 AND state = 'open'";
// The invoice whose surplus went back is no longer overpaid once nothing of it is left.
constexpr store::Sql kNoLongerOverpaid =
    "UPDATE invoices SET state = 'paid', updated_at = $3 WHERE clinic_id = $1 AND id = $2 AND state = 'overpaid' "
    "AND NOT EXISTS (SELECT 1 FROM unallocated u WHERE u.clinic_id = $1 AND u.invoice_id = $2 AND u.state = 'open')";

struct Part {
    int64_t id = 0;
    Money amount;
    InvoiceId invoice;
};

payments::ledger::Exit exit_of(const payments::Refund& refund) {
    return refund.way == payments::RefundWay::kByHand ? payments::ledger::Exit::kByHand
                                                      : payments::ledger::Exit::kProvider;
}

Result<> split_off(jobs::Context& context, store::ClinicTx& tx, int64_t id, Money rest) {
    TRY(tx.execute(kSplit, id, context.ids().next(), rest));
    return {};
}

}  // namespace

Result<> hold(jobs::Context& context, store::ClinicTx& tx, const payments::Refund& refund, UnallocatedId chosen) {
    std::vector<Part> rows;
    TRY(tx.each(
        kFree, [&](const store::Row& row) { rows.push_back({row.integer(0), row.money(1), {}}); }, refund.payment,
        chosen));
    Money wanted = refund.amount;
    for (const Part& row : rows) {
        if (wanted.is_zero()) break;
        const Money held = std::min(row.amount, wanted);
        TRY(const int64_t changed, tx.execute(kHold, row.id, refund.id, held, row.amount));
        if (changed != 1) return fail(Code::kConflict, "Somebody decided about this money at the same moment. Try again.");
        if (held < row.amount) TRY(split_off(context, tx, row.id, row.amount - held));
        wanted = wanted - held;
    }
    if (chosen && wanted.is_positive()) {
        return fail(Code::kConflict, "This money was already decided about. Look at the list again.", "unallocated_id");
    }
    return {};
}

Result<> release(store::ClinicTx& tx, RefundId refund) {
    TRY(tx.execute(kRelease, refund));
    return {};
}

Result<Taken> take(jobs::Context& context, store::ClinicTx& tx, const payments::Refund& refund, std::string_view note) {
    Taken taken;
    Money wanted = refund.amount_done;
    std::vector<Part> rows;
    const store::RowSink collect = [&](const store::Row& row) {
        rows.push_back({row.integer(0), row.money(1), row.id<InvoiceId>(2)});
    };
    const auto spend = [&]() -> Result<> {
        for (const Part& row : rows) {
            if (wanted.is_zero()) break;
            const Money part = std::min(row.amount, wanted);
            TRY(payments::ledger::give_back(context, tx, refund.payment, row.invoice, part, Destination::kUnallocated,
                                            exit_of(refund), note));
            TRY(const int64_t changed, tx.execute(kSpend, row.id, part, refund.witness, context.now()));
            if (changed != 1) return fail(Code::kConflict, "This money was decided about at the same moment. Try again.");
            if (part < row.amount) TRY(split_off(context, tx, row.id, row.amount - part));
            if (row.invoice) {
                taken.meant_for = row.invoice;
                TRY(tx.execute(kNoLongerOverpaid, row.invoice, context.now()));
            }
            wanted = wanted - part;
        }
        rows.clear();
        return {};
    };
    TRY(tx.each(kHeld, collect, refund.id));
    TRY(spend());
    TRY(release(tx, refund.id));  // what was held and not needed

    TRY(const auto shares, shares_of(tx, refund.payment, wanted));
    for (const Share& share : shares) {
        if (wanted.is_zero()) break;
        const Money part = std::min(share.amount, wanted);
        if (!part.is_positive()) continue;
        TRY(const auto target, find_target(tx, share.invoice));
        CHECK(target);  // an invoice is never deleted
        TRY(payments::ledger::give_back(context, tx, refund.payment, share.invoice, part, Destination::kInvoice,
                                        exit_of(refund), note));
        TRY(take_back(context, tx, *target, part,
                      {.transaction = refund.payment,
                       .action = kRefunded,
                       .why = refund.id.to_text(),
                       .actor = refund.witness}));
        taken.invoices.push_back(share.invoice);
        wanted = wanted - part;
    }
    if (wanted.is_positive()) {
        // Another refund still held it when this one was asked for, and has let it go since.
        TRY(tx.each(kFree, collect, refund.payment, int64_t(0)));
        TRY(spend());
    }
    if (!wanted.is_zero()) {  // a payment's money stands in one of these two places
        return fail(Code::kInternal, "The books do not show where " + wanted.to_display() + " of this refund came from.");
    }
    return taken;
}

}  // namespace clinicpro::invoices::refund_sources
