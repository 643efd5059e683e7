// shares.hpp: on which invoices a payment's money stands now, read from its lines in the ledger. Tested by
// invoices/correction_test and refunds/reversal_test.
#pragma once

#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "store/tenant.hpp"

namespace clinicpro::invoices {

struct Share {
    InvoiceId invoice;
    Money amount;  // what went there less what was taken away; may be zero
};
// The newest invoice first. `expected`: what should be found at least.
Result<std::vector<Share>> shares_of(store::ClinicTx& tx, TransactionId payment, Money expected);

}  // namespace clinicpro::invoices
