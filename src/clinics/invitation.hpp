// invitation.hpp: a one-time link with which a person chooses the password: the first one, or a new one when it is
// forgotten.
//
// The link holds 256 random bits and is shown once, to whoever invited; the database holds its SHA-256. It works once
// and for three days, and a new one replaces the old one. Looking at it changes nothing: messengers do that by
// themselves. Tested by clinics/invitation_test.
#pragma once

#include <string_view>

#include "clinics/user.hpp"

namespace clinicpro::clinics::invitations {

inline constexpr Duration kLife = std::chrono::hours(72);  // over a weekend

// Withdraws any earlier one. kConflict when the person is disabled.
Result<Secret<>> make(store::ClinicTx& tx, UserId id, crypto::Entropy& entropy, const users::Doer& by);
// Whose it is. kNotFound, with one sentence, when it is unknown, used, replaced or too old, or its person disabled.
Result<User> find(store::Tx& tx, std::string_view token, Instant now);
// Sets the password and ends the invitation, once. `hash` is from crypto::hash_password.
Result<User> accept(store::Tx& tx, std::string_view token, const Secret<>& hash, Instant now);
Result<> withdraw(store::ClinicTx& tx, UserId id);

}  // namespace clinicpro::clinics::invitations
