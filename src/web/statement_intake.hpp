// statement_intake.hpp: what stands in an M-Pesa statement alone is handed to the inbox, row by row: the same for the desk, the API
// and the command line. Tested by web/desk_reports_test, refunds/statement_test and tests/cli_test.sh.
#pragma once

#include "invoices/statement.hpp"
#include "mpesa/lost_confirmation.hpp"

namespace clinicpro::web {

// Returns how many rows were handed in. The caller wakes the runner.
Result<int64_t> take_in(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, const invoices::statement::Read& read,
                        const invoices::statement::Comparison& compared, const std::string& actor);

}  // namespace clinicpro::web
