// webhook_controller.hpp: where a clinic wants to hear what happened, what happened, and hearing it again.
// Tested by web/webhook_test.
#pragma once

#include "web/call.hpp"

namespace clinicpro::web::webhook {

Result<Deed> create(const Call& call);
Result<Answer> list(const Call& call, store::ClinicTx& tx);
Result<Answer> show(const Call& call, store::ClinicTx& tx);
Result<Deed> set_state(const Call& call);
Result<Deed> rotate(const Call& call);
Result<Deed> remove(const Call& call);
Result<Deed> ping(const Call& call);
Result<Answer> list_deliveries(const Call& call, store::ClinicTx& tx);
Result<Answer> list_events(const Call& call, store::ClinicTx& tx);
Result<Deed> resend(const Call& call);

}  // namespace clinicpro::web::webhook
