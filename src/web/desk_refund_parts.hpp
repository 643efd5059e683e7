// desk_refund_parts.hpp: a refund in words and as a badge, and the form that asks for one, for the pages that show it.
// Tested by web/desk_refunds_test.
#pragma once

#include "payments/refunds.hpp"
#include "web/desk.hpp"

namespace clinicpro::web::front_desk {

Html state_badge(const Words& words, const payments::Refund& refund);
std::string what_happened(const Words& words, const payments::Refund& refund);
std::string what_next(const Words& words, const payments::Refund& refund);

// Of one payment: what was asked for so far, and the form to ask for more of it when something is left and may be
// asked.
Result<Html> refunds_of(const Call& call, store::ClinicTx& tx, const payments::Transaction& payment);

}  // namespace clinicpro::web::front_desk
