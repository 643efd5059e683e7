// correction.hpp: when a provider takes its word back and less money arrived than was given out.
//
// A status query may say "paid" before the receipt names a smaller amount, or before the same money turns out to be
// booked through another channel (ledger.hpp). The excess is booked back, first from unallocated, then from the
// invoices it went to; what the other channel brought then takes its place. Anything that is not made whole by that is
// shown to a person. The visit stays as it is. Tested by invoices/correction_test.
#pragma once

#include "payments/ledger.hpp"

namespace clinicpro::invoices {

// Gives the invoice what stands unallocated under the same money's other witness. True when the invoice is then paid in
// full.
Result<bool> refill_from_twin(jobs::Context& context, store::ClinicTx& tx, TransactionId twin, InvoiceId invoice);

// `transaction.amount_allocated` is above `amount_received`; afterwards they are equal.
Result<> correct(jobs::Context& context, store::ClinicTx& tx, const payments::Transaction& transaction);

}  // namespace clinicpro::invoices
