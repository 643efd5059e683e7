// lost_confirmation.hpp: money that stands in the M-Pesa statement and whose confirmation never came, handed to the inbox as
// the confirmation it would have been.
//
// So it meets the same rules: it answers its prompt, finds its invoice or stands unallocated, and its receipt is booked
// once, even when the real confirmation comes the same moment. Tested by refunds/statement_test.
#pragma once

#include <string>

#include "base/money.hpp"
#include "mpesa/stk_push.hpp"

namespace clinicpro::mpesa {

struct LostConfirmation {
    std::string receipt;
    Money amount;
    Instant paid_at;
    std::string account;  // what the payer typed
    std::string payer;    // as the statement shows the phone; may be empty
    std::string actor;    // who handed the statement in
};
// kConfig without an M-Pesa configuration. The caller wakes the runner.
Result<> hand_in(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, const LostConfirmation& lost);

}  // namespace clinicpro::mpesa
