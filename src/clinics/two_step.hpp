// two_step.hpp: the second step of signing in: six digits of an authenticator app, or a recovery code.
//
// The app's secret is sealed with the clinic's key and counts only after one of its codes was typed back. Ten recovery
// codes of 60 random bits are shown once; the database holds their keyed fingerprints; each works once. A code of the
// app works once as well (crypto/totp.hpp). Tested by clinics/two_step_test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "clinics/user.hpp"
#include "clinics/vault.hpp"

namespace clinicpro::clinics::two_step {

inline constexpr int kRecoveryCodes = 10;

// A new secret, which waits until confirm(). kConflict when the second step is on already.
Result<Secret<>> enrol(store::ClinicTx& tx, Vault& vault, UserId id);
// The secret that waits, to show it again after a mistyped code. kConflict when none does.
Result<Secret<>> waiting(store::ClinicTx& tx, Vault& vault, UserId id);
// Turns it on. Returns the recovery codes: the only time they can be seen. kInvalid, field "code", when it is wrong.
Result<std::vector<Secret<>>> confirm(store::ClinicTx& tx, Vault& vault, UserId id, std::string_view code,
                                      const users::Doer& by);
// True when `typed` is a fresh code of the app or an unused recovery code; then it is used.
Result<bool> accept(store::ClinicTx& tx, Vault& vault, UserId id, std::string_view typed, Instant now);
// New recovery codes; the old ones stop working.
Result<std::vector<Secret<>>> renew_codes(store::ClinicTx& tx, Vault& vault, UserId id, const users::Doer& by);
Result<int> codes_left(store::ClinicTx& tx, UserId id);
// By the person, or by an administrator when the phone is lost. Off already: nothing changes.
Result<> turn_off(store::ClinicTx& tx, UserId id, const users::Doer& by);

}  // namespace clinicpro::clinics::two_step
