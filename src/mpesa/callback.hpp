// callback.hpp: the addresses Safaricom calls back, and how much a caller's own address is worth.
//
// An address carries a signed token, so a forged one is refused without touching the database. Words are neutral and lower
// case because Daraja refuses some (daraja.md 2.7, 4.2). Safaricom signs nothing; its published source addresses drift
// (6.2), so an unknown one is a warning, never a refusal: dropping loses the only delivery.
// Tested by mpesa/callback_test and web tests.
#pragma once

#include <string>
#include <string_view>

#include "clinics/link.hpp"
#include "mpesa/config.hpp"

namespace clinicpro::mpesa::callback {

// "/n/s/<token>": the outcome of one prompt.
std::string stk_url(const Config& config, const clinics::LinkSigner& links, ClinicId clinic, TransactionId id);
// "/n/v/<token>" and "/n/c/<token>": validation and confirmation of one clinic's shortcode, by generation.
std::string c2b_validation_url(const Config& config, const clinics::LinkSigner& links, ClinicId clinic);
std::string c2b_confirmation_url(const Config& config, const clinics::LinkSigner& links, ClinicId clinic);

// "/n/m/<token>": what became of one refund. Four addresses in one form; the generation of the link tells them apart.
enum class RefundNews : uint8_t { kResult = 0, kTimeout = 1, kStatus = 2, kStatusTimeout = 3 };
std::string refund_url(const Config& config, const clinics::LinkSigner& links, ClinicId clinic, RefundId id,
                       RefundNews news);

// Whether the address is one Safaricom publishes, or this machine itself (a simulator).
bool is_known_peer(std::string_view ip);

}  // namespace clinicpro::mpesa::callback
