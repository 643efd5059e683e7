// refund_controller.hpp: money that goes back: asked for by one person, approved by another, settled by M-Pesa or a
// person with a proof. Tested by refunds/payout_test.
#pragma once

#include "web/call.hpp"

namespace clinicpro::web::refund {

Result<Deed> ask(const Call& call);
Result<Answer> list(const Call& call, store::ClinicTx& tx);
Result<Answer> show(const Call& call, store::ClinicTx& tx);
Result<Deed> approve(const Call& call);
Result<Deed> reject(const Call& call);
Result<Deed> cancel(const Call& call);
Result<Deed> settle(const Call& call);

}  // namespace clinicpro::web::refund
