// payment_search.hpp: payments as a clinic's desk looks for them: by what somebody has in hand, newest first, in pages.
//
// A receipt, an account number as the payer typed it, an invoice's own reference, the end of a phone number or all of
// it, or a patient's name: each is asked through an index of its own, and what they find is put together by id. Ids are
// ordered by time, so a page begins where the last one ended and a day is a range of ids; a clinic with a hundred
// thousand payments answers like one with ten. Tested by invoices/desk_search_test on both engines; measured by
// bench/desk.sh.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "clinics/vault.hpp"
#include "invoices/invoice.hpp"
#include "payments/ledger.hpp"

namespace clinicpro::invoices {

struct FoundPayment {
    payments::Transaction payment;
    std::string reference;  // of its invoice; empty: none
    std::string patient;    // the name; empty: no invoice
};

namespace payment_search {

enum class Show { kAll, kPaid, kWaiting, kFailed, kAttention };

struct Query {
    std::string text = {};  // as typed; empty: everything
    Show show = Show::kAll;
    std::optional<Instant> from = {};   // made at or after
    std::optional<Instant> until = {};  // made before
    int64_t before = 0;                 // an id; 0: from the newest
    int limit = 50;                     // 1..kPageMax
};
inline constexpr int kPageMax = 200;
inline constexpr size_t kTextMax = 120;
inline constexpr int kLookedThrough =
    1'000;  // of what fits a text, the newest; about 5 ms. A day or more text narrows it
// A prompt is settled or given up long before: what waits is younger.
inline constexpr Duration kWaitingLooksBack = std::chrono::hours(72);

// Newest first. `now` bounds how far back waiting payments are looked for.
Result<std::vector<FoundPayment>> find(store::ClinicTx& tx, clinics::Vault& vault, const Query& query, Instant now);

}  // namespace payment_search
}  // namespace clinicpro::invoices
