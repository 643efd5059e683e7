// report.hpp: how a clinic's money came in over a range of East African days.
//
// Added up from the day sums that the ledger keeps (payments/day_sums.hpp) and from the visits of those days, so a
// range of a year is a few thousand rows. Every sum agrees with the ledger to the cent. Tested by refunds/books_test
// against a fold over every row.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "payments/day_sums.hpp"

namespace clinicpro::invoices {

// Of waiting times in whole seconds.
struct Spread {
    int64_t n = 0;
    int64_t median = 0;  // half of them took at most this long
    int64_t p90 = 0;     // nine in ten
};

struct DayReport {
    int64_t day = 0;
    Money collected;    // what came in, corrections taken off
    Money refunded;     // what went back
    Money unallocated;  // what of it fitted nowhere at first
    int64_t payments = 0;
    std::map<std::string, Money> by_method;  // what was collected
};

struct Report {
    int64_t first = 0, last = 0;  // days, both included
    std::vector<DayReport> days;  // every day of the range, also the empty ones
    Money collected, refunded, unallocated, assigned;
    std::map<std::string, std::pair<int64_t, Money>> by_method;   // payments and what they brought
    std::map<std::string, std::pair<int64_t, Money>> refunds_to;  // "mpesa", "by_hand"
    // Prompts made on those days that are decided by now.
    int64_t prompts = 0, prompts_paid = 0;
    std::map<std::string, int64_t> not_paid;  // "failed/1032", "expired": how many
    Spread prompt_to_paid;                    // by days on which the prompt was made
    Spread paid_to_link;                      // by days on which the link was made
    // Visits that start on those days.
    int64_t visits_completed = 0, visits_cancelled = 0, visits_released = 0;
    int64_t visits_to_come = 0;        // confirmed, and not over yet
    int64_t visits_not_completed = 0;  // confirmed and over, and nobody completed them: no-shows, or not written down
    // As it stands now, whatever the range.
    int64_t open_unallocated = 0, open_refunds = 0;
    Money open_unallocated_amount, open_refunds_amount;

    int64_t success_permille() const { return prompts == 0 ? 0 : prompts_paid * 1000 / prompts; }
};

namespace report {
inline constexpr int64_t kDaysMax = 400;  // a year and its leap day, with room to compare
// Error kInvalid when the range is empty or longer than kDaysMax.
Result<Report> make(store::ClinicTx& tx, int64_t first, int64_t last, Instant now);
}  // namespace report
}  // namespace clinicpro::invoices
