// books_controller.hpp: what a clinic's books say: one payment explained, a range of days summed up, and tables to take
// away. Tested by refunds/explain_test, refunds/report_test and refunds/export_test.
#pragma once

#include "web/call.hpp"

namespace clinicpro::web::books {

Result<Answer> explain(const Call& call, store::ClinicTx& tx);
Result<Answer> analytics(const Call& call, store::ClinicTx& tx);  // ?from=2026-11-01&to=2026-11-30, East African days
Result<Answer> payments_csv(const Call& call, store::ClinicTx& tx);
Result<Answer> invoices_csv(const Call& call, store::ClinicTx& tx);
Result<Answer> ledger_csv(const Call& call, store::ClinicTx& tx);

}  // namespace clinicpro::web::books
