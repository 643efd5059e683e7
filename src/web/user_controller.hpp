// user_controller.hpp: the people of a clinic, for its administrators.
//
// Nobody chooses a password for somebody else: making a person answers a one-time link with which they choose it, and
// so does inviting them again. Links are in the answer that makes them and nowhere else. Tested by web/user_test.
#pragma once

#include "web/call.hpp"

namespace clinicpro::web::user {

Result<Deed> create(const Call& call);
Result<Answer> list(const Call& call, store::ClinicTx& tx);
Result<Answer> show(const Call& call, store::ClinicTx& tx);
Result<Deed> set_role(const Call& call);
Result<Deed> disable(const Call& call);
Result<Deed> enable(const Call& call);
Result<Deed> invite(const Call& call);
Result<Deed> turn_off_two_step(const Call& call);
Result<Answer> list_sessions(const Call& call, store::ClinicTx& tx);
Result<Deed> end_sessions(const Call& call);

}  // namespace clinicpro::web::user
