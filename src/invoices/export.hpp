// export.hpp: payments, invoices and the ledger as CSV, oldest first, a page at a time.
//
// Amounts are shillings with two decimals, times stand in UTC and in East African Time, phones are masked. Every page
// has the header; `next` names where the following one begins. Tested by refunds/books_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "store/tenant.hpp"

namespace clinicpro::invoices {

struct ExportPage {
    std::string csv;
    int64_t next = 0;  // the last id of a full page: give it as `after`; 0: this was the last page
};

namespace exports {

enum class What { kPayments, kInvoices, kLedger };
std::optional<What> what_from(std::string_view word);  // "payments", "invoices", "ledger"

inline constexpr int kPageMax = 10'000;  // about 2 MB

struct Wish {
    What what = What::kPayments;
    std::optional<Instant> from = {};  // made at or after
    std::optional<Instant> to = {};    // made before
    int64_t after = 0;                 // an id
    int limit = kPageMax;
    bool with_header = true;
};
Result<ExportPage> page(store::ClinicTx& tx, const Wish& wish);

}  // namespace exports
}  // namespace clinicpro::invoices
