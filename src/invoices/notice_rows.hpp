// notice_rows.hpp: what the parts that write notices share: how a text is sealed, and reports that came early.
#pragma once

#include <string_view>

#include "store/tenant.hpp"

namespace clinicpro::invoices::notices {

inline constexpr std::string_view kSealedBody = "notice.body";

// Applies the report that came before the answer naming its message, if there is one.
Result<> take_early_report(store::ClinicTx& tx, ClinicId account, std::string_view provider_id);

}  // namespace clinicpro::invoices::notices
