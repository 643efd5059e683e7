// invoice_controller.hpp: what patients owe. Amounts come from the items; only payments change what is paid.
//
// An invoice is found by its id, by its account number or by the clinic's own reference, however they are typed.
// Tested by web/visit_test.
#pragma once

#include "web/call.hpp"

namespace clinicpro::web::invoice {

Result<Deed> create(const Call& call);
Result<Answer> list(const Call& call, store::ClinicTx& tx);
Result<Answer> show(const Call& call, store::ClinicTx& tx);
Result<Deed> void_one(const Call& call);

}  // namespace clinicpro::web::invoice
