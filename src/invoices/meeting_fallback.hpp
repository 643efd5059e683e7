// meeting_fallback.hpp: which provider makes a clinic's meetings when the chosen one cannot.
//
// Nothing falls back unless the clinic said so, in an order it can see. It happens only when it is certain that the
// first provider made nothing, it is audited, and the appointment says so (meetings.md 5.2, 5.3: silent fall-back is
// what people complain about). Tested by invoices/meeting_fallback_test.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "invoices/meeting.hpp"

namespace clinicpro::invoices::meeting_fallback {

// The patient's door opens 15 minutes before the visit; by then another provider must have had its time.
inline constexpr Duration kBefore = 20min;
inline constexpr Duration kPatience = 1min;  // for a visit that was paid late

// In order; empty: never.
Result<std::vector<meetings::Kind>> order(store::ClinicTx& tx);
// Replaces the order. Error kInvalid when a provider stands there twice or is not set up for this clinic.
Result<> set_order(jobs::Context& context, store::ClinicTx& tx, const std::vector<meetings::Kind>& order,
                   std::string_view actor);

// The one after `failed`, when `first` is the chosen provider.
std::optional<meetings::Kind> next_after(meetings::Kind failed, meetings::Kind first,
                                         const std::vector<meetings::Kind>& order);
// From here on trouble that may pass is not waited out any more.
Instant latest(const Visit& visit, const Meeting& meeting);
// Whether the provider is given up for this meeting. Nothing of it may be in doubt.
bool gives_up(meetings::Failed::Fault fault, const Visit& visit, const Meeting& meeting, bool tries_left, Instant now);

}  // namespace clinicpro::invoices::meeting_fallback
