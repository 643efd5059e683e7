// statement.hpp: the M-Pesa organisation statement beside the books: the only second source there is, exported by a person
// from Safaricom's portal as CSV.
//
// Rows are matched by receipt. What differs is listed; nothing that is booked is ever changed by it. Money that stands in
// the statement alone can be taken in as the confirmation that got lost: it then goes the way of every confirmation, so
// it finds its prompt or its invoice, and a receipt is still booked once. Tested by refunds/statement_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/money.hpp"
#include "payments/ledger.hpp"
#include "payments/refunds.hpp"
#include "store/tenant.hpp"

namespace clinicpro::invoices::statement {

struct Row {
    std::string receipt;
    Instant completed_at;
    Money paid_in;    // zero for money that went out
    Money withdrawn;  // zero for money that came in
    std::string account;  // what the payer typed
    std::string party;    // "2547******678 - NAME": personal data
    std::string details;
};
struct Read {
    std::vector<Row> rows;  // completed ones
    int64_t skipped = 0;    // not completed, or neither in nor out
};
// Columns are found by their names in the portal's header line; lines above it are skipped. Error kInvalid names the
// line and the column that cannot be read.
Result<Read> parse(std::string_view csv);

struct Difference {
    enum class Kind { kOnlyInStatement, kOnlyInBooks, kAmountDiffers, kWentOutUnknown, kRefundDiffers };
    Kind kind;
    std::string receipt;
    Money in_statement, in_books;
    Instant at;
    TransactionId payment;  // when the books have one
    RefundId refund;
    std::string sentence;   // what it means and what to do
    size_t row = 0;         // of the statement, for kOnlyInStatement
};
std::string_view to_string(Difference::Kind kind);

struct Comparison {
    Instant from, to;  // of the first and the last row
    int64_t matched = 0;
    Money matched_amount;
    std::vector<Difference> differences;  // in order of time
};
// Error kInvalid when the statement has no row.
Result<Comparison> compare(store::ClinicTx& tx, const Read& statement);

}  // namespace clinicpro::invoices::statement
