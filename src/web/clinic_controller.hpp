// clinic_controller.hpp: tenants, their API keys and the audit trail.
//
// A key's text is in the answer that makes it and nowhere else afterwards. Every change here leaves an audit entry with
// the acting key. Tested by web/clinic_test.
#pragma once

#include "web/call.hpp"

namespace clinicpro::web::clinic {

Result<Answer> create(const Call& call);  // Own: clinics::create has transactions of its own
Result<Answer> list(const Call& call, store::ClinicTx& tx);
Result<Answer> show(const Call& call, store::ClinicTx& tx);
Result<Deed> set_status(const Call& call);
Result<Deed> set_colour(const Call& call);

Result<Deed> create_key(const Call& call);
Result<Answer> list_keys(const Call& call, store::ClinicTx& tx);
Result<Deed> revoke_key(const Call& call);

Result<Answer> list_audit(const Call& call, store::ClinicTx& tx);
Result<Answer> verify_audit(const Call& call, store::ClinicTx& tx);

}  // namespace clinicpro::web::clinic
