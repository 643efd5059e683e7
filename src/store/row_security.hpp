// row_security.hpp: PostgreSQL itself keeps clinics apart, row by row.
//
// Every table that has a clinic_id gets one policy: a row is shown, changed or added only when it belongs to the clinic
// that the transaction named (clinicpro.clinic), or when the transaction said that it looks over all clinics. Without
// either nothing is there. So a statement that forgets its clinic, or mixes up two, finds no row instead of somebody
// else's (promise P-07). It binds the tables' owner too, but not a superuser and not a role with BYPASSRLS: `serve` warns
// when it runs as one. SQLite has no such thing; there ClinicTx stands alone. Tested by store/row_security_test.
#pragma once

#include "store/database.hpp"

namespace clinicpro::store {

inline constexpr std::string_view kAllClinics = "all";
inline constexpr Sql kSpeakFor = "SELECT set_config('clinicpro.clinic', $1, true)";

// Gives every table with a clinic_id its policy; part of each migration. Does nothing on SQLite.
Result<> enforce_row_security(Tx& tx);

// False on PostgreSQL when the role of this connection passes by every policy. Always true on SQLite.
Result<bool> row_security_binds(Tx& tx);

}  // namespace clinicpro::store
