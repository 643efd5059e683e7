#include "invoices/unallocated.hpp"

#include "clinics/audit.hpp"
#include "invoices/account_number.hpp"
#include "invoices/settlement.hpp"

namespace clinicpro::invoices::unallocated {
namespace {

constexpr store::Sql kInsert =
    "INSERT INTO unallocated (clinic_id, id, transaction_id, amount, reason, suggestion, state, invoice_id, "
    "resolved_by, "
    "created_at) VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, '', $8)";
#define UNALLOCATED_COLUMNS                                                                                   \
    "u.id, u.transaction_id, u.amount, u.reason, u.suggestion, u.state, u.invoice_id, u.resolved_by, "       \
    "u.created_at, u.resolved_at, t.receipt, t.account, t.payer_masked, u.refund_id "                        \
    "FROM unallocated u JOIN transactions t ON t.clinic_id = u.clinic_id AND t.id = u.transaction_id "
constexpr store::Sql kFind = "SELECT " UNALLOCATED_COLUMNS "WHERE u.clinic_id = $1 AND u.id = $2";
constexpr store::Sql kListOpen =
    "SELECT " UNALLOCATED_COLUMNS
    "WHERE u.clinic_id = $1 AND u.state = 'open' AND u.refund_id IS NULL AND (CAST($2 AS BIGINT) = 0 OR u.id < $2) "
    "ORDER BY u.id DESC LIMIT $3";
constexpr store::Sql kList =
    "SELECT " UNALLOCATED_COLUMNS
    "WHERE u.clinic_id = $1 AND (CAST($2 AS BIGINT) = 0 OR u.id < $2) "
    "AND ($3 = '' OR ($3 = u.state AND u.refund_id IS NULL) "
    "OR ($3 = 'refunding' AND u.state = 'open' AND u.refund_id IS NOT NULL) "
    "OR ($3 = 'refunded' AND u.state = 'withdrawn' AND u.refund_id IS NOT NULL)) ORDER BY u.id DESC LIMIT $4";
constexpr store::Sql kAllocate =
    "UPDATE unallocated SET state = 'allocated', amount = $3, invoice_id = $4, resolved_by = $5, resolved_at = $6 "
    "WHERE clinic_id = $1 AND id = $2 AND state = 'open' AND refund_id IS NULL AND amount = $7";
// The invoice whose surplus this was is no longer overpaid once nothing of it is left open.
constexpr store::Sql kNoLongerOverpaid =
    "UPDATE invoices SET state = 'paid', updated_at = $3 WHERE clinic_id = $1 AND id = $2 AND state = 'overpaid' "
    "AND NOT EXISTS (SELECT 1 FROM unallocated u WHERE u.clinic_id = $1 AND u.invoice_id = $2 AND u.state = 'open')";
constexpr store::Sql kRecent =
    "SELECT i.account, i.reference, i.amount_due - i.amount_paid FROM "
    "(SELECT clinic_id, account, reference, amount_due, amount_paid, state FROM invoices WHERE clinic_id = $1 "
    "ORDER BY id DESC LIMIT $2) i WHERE i.state IN ('open', 'part_paid')";

// A row that a refund holds or took has a word of its own.
std::string state_of(const store::Row& row) {
    if (row.is_null(13)) return row.string(5);
    return row.text(5) == "open" ? "refunding" : "refunded";
}

Unallocated read(const store::Row& row) {
    return {.id = row.id<UnallocatedId>(0),
            .transaction = row.id<TransactionId>(1),
            .amount = row.money(2),
            .reason = row.string(3),
            .suggestion = row.string(4),
            .state = state_of(row),
            .invoice = row.id<InvoiceId>(6),
            .resolved_by = row.string(7),
            .created_at = row.instant(8),
            .resolved_at = row.maybe_instant(9),
            .receipt = row.string(10),
            .account = row.string(11),
            .payer_masked = row.string(12),
            .refund = row.id<RefundId>(13)};
}

Result<> insert(jobs::Context& context, store::ClinicTx& tx, const NewUnallocated& made) {
    TRY(tx.execute(kInsert, context.ids().make<UnallocatedId>(), made.transaction, made.amount, made.reason,
                   made.suggestion, made.meant_for ? std::optional(made.meant_for.value) : std::nullopt,
                   context.now()));
    return {};
}

std::unexpected<Error> takes_nothing(const Split& split) {
    return fail(Code::kConflict,
                split.why == Split::Leftover::kVoid
                    ? "This invoice is void. Make a new one and assign the money to that."
                    : "This invoice is already paid in full. Choose another one, or refund the money.",
                "invoice");
}

}  // namespace

Result<> put(jobs::Context& context, store::ClinicTx& tx, const NewUnallocated& made) {
    TRY(payments::ledger::allocate(context, tx, made.transaction, made.meant_for, made.amount,
                                   payments::ledger::Destination::kUnallocated, made.reason));
    return insert(context, tx, made);
}

Result<std::vector<Unallocated>> list(store::ClinicTx& tx, const Page& page) {
    std::vector<Unallocated> found;
    const store::RowSink sink = [&](const store::Row& row) { found.push_back(read(row)); };
    const int limit = std::clamp(page.limit, 1, kPageMax);
    TRY(page.state == "open" ? tx.each(kListOpen, sink, page.before, limit)
                             : tx.each(kList, sink, page.before, page.state, limit));
    return found;
}

Result<Unallocated> find(store::ClinicTx& tx, UnallocatedId id) {
    std::optional<Unallocated> found;
    TRY(tx.each(kFind, [&](const store::Row& row) { found = read(row); }, id));
    if (!found) return fail(Code::kNotFound, "There is no unallocated money under this id.");
    return *std::move(found);
}

Result<Assigned> assign(jobs::Context& context, store::ClinicTx& tx, UnallocatedId id, InvoiceId invoice,
                        std::string_view actor) {
    TRY(const Unallocated money, find(tx, id));
    if (money.state == "refunding") {
        return fail(Code::kConflict, "This money is being refunded. Cancel that refund first.", "state");
    }
    if (money.state != "open") {
        return fail(Code::kConflict, "This money was already decided about. Look at the list again.", "state");
    }
    TRY(const auto target, find_target(tx, invoice));
    if (!target) return fail(Code::kNotFound, "There is no invoice under this number.", "invoice");
    Split split = decide(*target, money.amount, true);
    if (!split.to_invoice.is_positive()) return takes_nothing(split);
    const Money rest = split.rest;
    // What is left was unallocated before and stays so; it makes nothing overpaid.
    split.rest = Money();
    if (split.why == Split::Leftover::kTooMuch) {
        split.why = Split::Leftover::kNone;
        split.state = InvoiceState::kPaid;
    }

    TRY(const int64_t rows, tx.execute(kAllocate, id, split.to_invoice, invoice, actor, context.now(), money.amount));
    if (rows != 1) return fail(Code::kConflict, "Somebody else decided about this money at the same moment.", "state");
    if (rest.is_positive()) {
        TRY(insert(context, tx, {money.transaction, rest, money.reason, money.suggestion, money.invoice}));
    }
    TRY(payments::ledger::reassign(context, tx, money.transaction, invoice, split.to_invoice, actor));
    TRY(settle(context, tx, *target, split,
               {.transaction = money.transaction,
                .effect = "assigned:" + std::to_string(id.value),
                .amount = split.to_invoice,
                .actor = actor}));
    if (money.invoice && money.invoice != invoice) {
        TRY(tx.execute(kNoLongerOverpaid, money.invoice, context.now()));
    }
    TRY(clinics::audit::append(tx, {context.now(), actor, "unallocated.assigned", id.to_text()}));
    return Assigned{split.to_invoice, rest};
}

Result<std::string> suggest(store::ClinicTx& tx, std::string_view typed, Money amount) {
    struct Candidate {
        std::string account, reference;
        Money due;
        int distance = kSuggestDistance + 1;
    };
    const std::string key = account_number::canonical(typed);
    Candidate nearest;
    bool two_as_near = false;
    Candidate exact;  // due exactly this amount
    int exact_count = 0;
    TRY(tx.each(
        kRecent,
        [&](const store::Row& row) {
            Candidate one{row.string(0), row.string(1), row.money(2)};
            if (!key.empty()) {
                one.distance = account_number::distance(key, one.account, kSuggestDistance);
                if (!one.reference.empty()) {
                    one.distance = std::min(
                        one.distance,
                        account_number::distance(key, account_number::canonical(one.reference), kSuggestDistance));
                }
            }
            if (one.due == amount && ++exact_count == 1) exact = one;
            // The amount decides between two equally near.
            if (one.distance > kSuggestDistance || one.distance > nearest.distance) return;
            if (one.distance == nearest.distance) {
                const bool better = one.due == amount && nearest.due != amount;
                if (!better) two_as_near |= (one.due == amount) == (nearest.due == amount);
                if (!better) return;
            }
            two_as_near = false;
            nearest = std::move(one);
        },
        kSuggestFrom));
    const auto name = [](const Candidate& one) {
        return "account " + account_number::shown(one.account) +
               (one.reference.empty() ? std::string() : " (" + one.reference + ")");
    };
    if (nearest.distance <= kSuggestDistance && !two_as_near) {
        return "Probably meant: " + name(nearest) + ", " + nearest.due.to_display() +
               " still due. Assign it there if the payer agrees.";
    }
    if (exact_count == 1) {
        return "One open invoice is due exactly this amount: " + name(exact) +
               ". Ask the payer before assigning it there.";
    }
    return std::string("Ask the payer what it was for, then assign it to that invoice, or refund it.");
}

#undef UNALLOCATED_COLUMNS

}  // namespace clinicpro::invoices::unallocated
