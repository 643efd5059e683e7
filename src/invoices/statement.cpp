#include "invoices/statement.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "payments/redact.hpp"

namespace clinicpro::invoices::statement {
namespace {

// What the books have in the statement's time. The slack: M-Pesa's second and our word of it are not the same moment, so
// near the ends of the statement nothing is missed that stands in the next one.
constexpr store::Sql kBooked =
    "SELECT id, receipt, amount_received, settled_at FROM transactions WHERE clinic_id = $1 AND settled_at >= $2 "
    "AND settled_at <= $3 AND receipt IS NOT NULL AND duplicate_of IS NULL";
constexpr Duration kEdge = 15min;

std::string moved(const Row& row) {
    return row.paid_in.is_positive() ? row.paid_in.to_display() + " came in" : row.withdrawn.to_display() + " went out";
}

Result<> compare_in(store::ClinicTx& tx, const Row& row, size_t number, Comparison& result) {
    TRY(const auto booked, payments::ledger::by_receipt(tx, row.receipt));
    Difference d{.kind = Difference::Kind::kOnlyInStatement,
                 .receipt = row.receipt,
                 .in_statement = row.paid_in,
                 .at = row.completed_at,
                 .row = number};
    if (!booked) {
        d.sentence = moved(row) + " and the books do not have it: its confirmation was lost. Take it in, or look at it first.";
        result.differences.push_back(std::move(d));
        return {};
    }
    if (booked->amount_received == row.paid_in) {
        ++result.matched;
        result.matched_amount = result.matched_amount + row.paid_in;
        return {};
    }
    d.kind = Difference::Kind::kAmountDiffers;
    d.in_books = booked->amount_received;
    d.payment = booked->id;
    d.sentence = "The statement says " + row.paid_in.to_display() + ", the books say " +
                 booked->amount_received.to_display() +
                 ". Nothing was changed: the callback that was booked may have been forged. Ask the payer.";
    result.differences.push_back(std::move(d));
    return {};
}

Result<> compare_out(store::ClinicTx& tx, const Row& row, Comparison& result) {
    TRY(const auto refund, payments::refunds::by_reference(tx, row.receipt));
    Difference d{.kind = Difference::Kind::kWentOutUnknown,
                 .receipt = row.receipt,
                 .in_statement = row.withdrawn,
                 .at = row.completed_at};
    if (refund && refund->amount_done == row.withdrawn) {
        ++result.matched;
        return {};
    }
    if (refund) {
        d.kind = Difference::Kind::kRefundDiffers;
        d.in_books = refund->amount_done;
        d.payment = refund->payment;
        d.refund = refund->id;
        d.sentence = "The statement says " + row.withdrawn.to_display() + " went back, the refund says " +
                     refund->amount_done.to_display() + ". Nothing was changed; find out which is true.";
    } else {
        d.sentence = moved(row) + " (" + std::string(text::clip(payments::with_masked_phones(row.details), 80)) +
                     ") and no refund here has this receipt. If it was a refund that is in doubt, settle it with this "
                     "receipt; transfers and charges need nothing.";
    }
    result.differences.push_back(std::move(d));
    return {};
}

}  // namespace

std::string_view to_string(Difference::Kind kind) {
    switch (kind) {
        case Difference::Kind::kOnlyInStatement: return "only_in_statement";
        case Difference::Kind::kOnlyInBooks: return "only_in_books";
        case Difference::Kind::kAmountDiffers: return "amount_differs";
        case Difference::Kind::kWentOutUnknown: return "went_out_unknown";
        case Difference::Kind::kRefundDiffers: return "refund_differs";
    }
    return "";
}

Result<Comparison> compare(store::ClinicTx& tx, const Read& statement) {
    if (statement.rows.empty()) return fail(Code::kInvalid, "This statement has no completed movement of money.");
    Comparison result{.from = statement.rows.front().completed_at, .to = statement.rows.front().completed_at};
    std::set<std::string, std::less<>> receipts;
    for (size_t i = 0; i < statement.rows.size(); ++i) {
        const Row& row = statement.rows[i];
        result.from = std::min(result.from, row.completed_at);
        result.to = std::max(result.to, row.completed_at);
        // Charges of a payment stand under its receipt again.
        const bool again = !receipts.insert(row.receipt).second;
        if (row.paid_in.is_positive()) {
            TRY(compare_in(tx, row, i, result));
        } else if (!again) {
            TRY(compare_out(tx, row, result));
        }
    }
    TRY(tx.each(
        kBooked,
        [&](const store::Row& row) {
            if (receipts.contains(row.text(1))) return;
            Difference d{.kind = Difference::Kind::kOnlyInBooks,
                         .receipt = row.string(1),
                         .in_books = row.money(2),
                         .at = row.instant(3),
                         .payment = row.id<TransactionId>(0)};
            d.sentence = d.in_books.to_display() +
                         " is booked and the statement does not have it. If the statement is whole and of this shortcode, the "
                         "callback was forged: do not give the service, and tell whoever runs the server.";
            result.differences.push_back(std::move(d));
        },
        result.from + kEdge, result.to - kEdge));
    std::ranges::sort(result.differences, [](const Difference& a, const Difference& b) {
        return std::tie(a.at.micros, a.receipt) < std::tie(b.at.micros, b.receipt);
    });
    return result;
}

}  // namespace clinicpro::invoices::statement
