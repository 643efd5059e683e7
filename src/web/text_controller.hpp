// text_controller.hpp: the wording of messages: the program's and the clinic's own, each seen before it is used.
//
// Tested by web/message_test.
#pragma once

#include "web/call.hpp"

namespace clinicpro::web::message_text {

Result<Answer> list(const Call& call, store::ClinicTx& tx);
Result<Answer> preview(const Call& call, store::ClinicTx& tx);  // POST, because a text is long; changes nothing
Result<Deed> put(const Call& call);
Result<Deed> reset(const Call& call);

}  // namespace clinicpro::web::message_text
