#include "invoices/shares.hpp"

namespace clinicpro::invoices {
namespace {

constexpr store::Sql kOnInvoices =
    "SELECT invoice_id, CAST(SUM(CASE WHEN credit = 'invoice' THEN amount ELSE -amount END) AS BIGINT) FROM ledger "
    "WHERE clinic_id = $1 AND id > $3 AND transaction_id = $2 AND (credit = 'invoice' OR debit = 'invoice') "
    "GROUP BY invoice_id ORDER BY invoice_id DESC";
constexpr int64_t kIdsPerMinute = int64_t(60'000) << 22;  // base/ids.hpp

}  // namespace

Result<std::vector<Share>> shares_of(store::ClinicTx& tx, TransactionId payment, Money expected) {
    std::vector<Share> shares;
    // Ids are ordered by time, so a line is younger than its payment and the end of the table is enough to read. Unless a server's
    // clock was set back between the two: then all of it is.
    for (const int64_t from : {payment.value - kIdsPerMinute, int64_t(0)}) {
        shares.clear();
        Money found;
        TRY(tx.each(
            kOnInvoices,
            [&](const store::Row& row) {
                shares.push_back({row.id<InvoiceId>(0), row.money(1)});
                found = found + row.money(1);
            },
            payment, from));
        if (found >= expected) break;
    }
    return shares;
}

}  // namespace clinicpro::invoices
