// day_sums.hpp: what each East African day brought, as sums that a report adds up.
//
// Written at the end of the transaction that writes what they sum up, so they agree with the ledger to the cent at any moment; a day
// in the past changes only when something of that day does, such as a late answer. Tested by refunds/books_test
// against a fold over every row.
#pragma once

#include <functional>
#include <string_view>

#include "payments/transaction.hpp"
#include "store/tenant.hpp"

namespace clinicpro::payments::day_sums {

int64_t day_of(Instant at);    // days since 1970, East African Time
Instant start_of(int64_t day);  // its midnight

// What is summed up. `code`, `seconds`: for an attempt its outcome ("paid", "failed/1032", "expired") and, when paid,
// the whole seconds from the prompt; for a refund where the money went; for a link the seconds from paid to ready.
inline constexpr std::string_view kIn = "in";
inline constexpr std::string_view kUnallocated = "unallocated";
inline constexpr std::string_view kAssigned = "assigned";
inline constexpr std::string_view kRefund = "refund";
inline constexpr std::string_view kAttempt = "attempt";
inline constexpr std::string_view kLink = "link";

struct Sum {
    int64_t day = 0;
    std::string_view what, method, code;
    int64_t seconds = 0;
    int64_t n = 0;
    int64_t cents = 0;
};
Result<> add(store::ClinicTx& tx, const Sum& sum);

// A line of the ledger; `amount` is negative when it goes backwards.
Result<> add_line(store::ClinicTx& tx, std::string_view debit, std::string_view credit, std::string_view method,
                  Money amount, Instant at);
// An attempt to pay that changed; what the payer started by himself is no attempt.
Result<> add_attempt(store::ClinicTx& tx, const Transaction& before, const Transaction& now);

// Of days from `first` to `last`, both included, in order.
Result<> each(store::ClinicTx& tx, int64_t first, int64_t last, const std::function<void(const Sum&)>& sink);

}  // namespace clinicpro::payments::day_sums
