// message_controller.hpp: how a clinic's messages travel: its accounts and quiet hours, and the server's default.
//
// Secrets go in and never come out. Tested by web/message_test.
#pragma once

#include "web/call.hpp"

namespace clinicpro::web::message {

Result<Answer> show(const Call& call, store::ClinicTx& tx);  // of the clinic, or on the server's address the default
Result<Deed> put(const Call& call);
Result<Deed> clear(const Call& call);
Result<Deed> rotate_reports(const Call& call);
Result<Answer> trial(const Call& call);  // Own: sends, and waits for the answer

}  // namespace clinicpro::web::message
