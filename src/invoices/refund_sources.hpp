// refund_sources.hpp: where the money of a refund is taken from: what stands unallocated first, then the invoices.
//
// Unallocated money is held for the refund from the moment it is asked for, so nobody assigns it to an invoice
// meanwhile; a part is split off into a row of its own. An invoice gives its part only when the money is gone.
// Tested by refunds/reversal_test and payout_test.
#pragma once

#include "invoices/unallocated.hpp"
#include "payments/refunds.hpp"

namespace clinicpro::invoices::refund_sources {

// Holds up to `amount` of the payment's open unallocated money, or of the one row that was chosen. kConflict when that
// row was decided about meanwhile.
Result<> hold(jobs::Context& context, store::ClinicTx& tx, const payments::Refund& refund, UnallocatedId chosen);
// Puts it back on the list.
Result<> release(store::ClinicTx& tx, RefundId refund);

struct Taken {
    std::vector<InvoiceId> invoices;  // that gave their part back
    InvoiceId meant_for;              // what the unallocated money had come in for; 0: nothing
};
// Books `refund.amount_done` out of its places; `note` goes on every line.
Result<Taken> take(jobs::Context& context, store::ClinicTx& tx, const payments::Refund& refund, std::string_view note);

}  // namespace clinicpro::invoices::refund_sources
