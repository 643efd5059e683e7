#include "payments/refunds.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "clinics/audit.hpp"

namespace clinicpro::payments::refunds {
namespace {

using Kind = RefundEvidence::Kind;

#define REFUND_COLUMNS                                                                                        \
    "id, transaction_id, way, state, amount, amount_done, reason, requested_by, decided_by, payee_masked, "  \
    "originator_id, conversation_id, reference, result_code, result_text, witness, attention, booked, "      \
    "created_at, decided_at, sent_at, settled_at "
constexpr store::Sql kFind = "SELECT " REFUND_COLUMNS "FROM refunds WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kByReference =
    "SELECT " REFUND_COLUMNS "FROM refunds WHERE clinic_id = $1 AND reference = $2 AND reference <> ''";
constexpr store::Sql kList =
    "SELECT " REFUND_COLUMNS
    "FROM refunds WHERE clinic_id = $1 AND (CAST($2 AS BIGINT) = 0 OR id < $2) AND ($3 = '' OR state = $3) "
    "ORDER BY id DESC LIMIT $4";
constexpr store::Sql kListOpen =
    "SELECT " REFUND_COLUMNS
    "FROM refunds WHERE clinic_id = $1 AND (CAST($2 AS BIGINT) = 0 OR id < $2) "
    "AND state IN ('requested', 'approved', 'sending', "
    "'pending', 'unknown') ORDER BY id DESC LIMIT $3";
constexpr store::Sql kOfPayment =
    "SELECT " REFUND_COLUMNS "FROM refunds WHERE clinic_id = $1 AND transaction_id = $2 "
    "AND (CAST($3 AS BIGINT) = 0 OR id < $3) LIMIT $4";
constexpr store::Sql kInsert =
    "INSERT INTO refunds (clinic_id, id, transaction_id, way, state, amount, amount_done, reason, requested_by, "
    "decided_by, payee_masked, payee_sealed, originator_id, conversation_id, reference, result_code, result_text, "
    "witness, booked, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, 'requested', $5, 0, $6, $7, '', $8, $9, '', '', '', '', '', '', 0, $10, $10)";
// The old state in the WHERE makes this a compare-and-set: two instances cannot both move the same row.
constexpr store::Sql kUpdate =
    "UPDATE refunds SET state = $4, amount_done = $5, decided_by = $6, reference = $7, result_code = $8, "
    "result_text = $9, witness = $10, attention = $11, booked = $12, decided_at = $13, sent_at = $14, "
    "settled_at = $15, updated_at = $16 WHERE clinic_id = $1 AND id = $2 AND state = $3";
// Never more than was received, whoever else asks at the same moment.
constexpr store::Sql kHold =
    "UPDATE transactions SET amount_held = amount_held + $3, updated_at = $4 WHERE clinic_id = $1 AND id = $2 "
    "AND amount_held + amount_refunded + $3 <= amount_received";
constexpr store::Sql kRelease =
    "UPDATE transactions SET amount_held = amount_held - $3, amount_refunded = amount_refunded + $4, updated_at = $5 "
    "WHERE clinic_id = $1 AND id = $2 AND amount_held >= $3";
constexpr store::Sql kLeft =
    "SELECT amount_received - amount_held - amount_refunded FROM transactions WHERE clinic_id = $1 AND id = $2";

Refund read(const store::Row& row) {
    const auto way = refund_way_from(row.text(2));
    const auto state = refund_state_from(row.text(3));
    CHECK(way && state);
    return {.id = row.id<RefundId>(0),
            .payment = row.id<TransactionId>(1),
            .way = *way,
            .state = *state,
            .amount = row.money(4),
            .amount_done = row.money(5),
            .reason = row.string(6),
            .requested_by = row.string(7),
            .decided_by = row.string(8),
            .payee_masked = row.string(9),
            .originator_id = row.string(10),
            .conversation_id = row.string(11),
            .reference = row.string(12),
            .result_code = row.string(13),
            .result_text = row.string(14),
            .witness = row.string(15),
            .attention = row.maybe_string(16),
            .booked = row.integer(17) != 0,
            .created_at = row.instant(18),
            .decided_at = row.maybe_instant(19),
            .sent_at = row.maybe_instant(20),
            .settled_at = row.maybe_instant(21)};
}

Result<> audit_state(jobs::Context& context, store::ClinicTx& tx, const Refund& r, std::string_view action,
                     std::string_view actor) {
    json::Writer w;
    w.begin_object().field("payment", r.payment.to_text()).field("state", to_string(r.state));
    w.field("amount", r.amount.cents()).field("way", to_string(r.way));
    if (!r.reference.empty()) w.field("reference", r.reference).field("went_back", r.amount_done.cents());
    if (!r.result_code.empty()) w.field("code", r.result_code);
    if (r.attention) w.field("attention", *r.attention);
    const std::string detail = w.end_object().take();
    TRY(clinics::audit::append(
        tx, {.at = context.now(), .actor = actor, .action = action, .subject = r.id.to_text(), .detail = detail}));
    return {};
}

bool is_a_persons(Kind kind) {
    return kind == Kind::kApproved || kind == Kind::kRejected || kind == Kind::kCancelled ||
           kind == Kind::kSettledDone || kind == Kind::kSettledFailed;
}

std::unexpected<Error> not_now(const Refund& r, Kind kind) {
    std::string why = "This refund is " + std::string(to_string(r.state)) + ", so it cannot be ";
    switch (kind) {
        case Kind::kApproved: why += "approved."; break;
        case Kind::kRejected: why += "rejected."; break;
        case Kind::kCancelled:
            why += "cancelled: only one that was not sent yet can be. Wait for its answer, or settle it by hand.";
            break;
        default:
            why += r.state == RefundState::kApproved
                       ? "settled by hand: M-Pesa is about to do it. Cancel it first."
                       : "settled by hand: only one whose answer is awaited or that failed can be.";
            break;
    }
    return fail(Code::kConflict, std::move(why), "state");
}

}  // namespace

Result<> insert(jobs::Context& context, store::ClinicTx& tx, const NewRefund& made) {
    CHECK(made.amount.is_positive());
    TRY(const int64_t held, tx.execute(kHold, made.payment, made.amount, context.now()));
    if (held != 1) {
        return fail(Code::kConflict,
                    "More would go back than this payment brought: some of it is being refunded or went back already.",
                    "amount_cents");
    }
    const auto sealed = made.payee_sealed.empty() ? std::nullopt : std::optional(store::Blob{made.payee_sealed});
    TRY(tx.execute(kInsert, made.id, made.payment, to_string(made.way), made.amount, made.reason, made.actor,
                   made.payee_masked, sealed, context.now()));
    TRY(const Refund r, find(tx, made.id));
    return audit_state(context, tx, r, "refund.requested", made.actor);
}

Result<Refund> find(store::ClinicTx& tx, RefundId id) {
    std::optional<Refund> found;
    TRY(tx.each(kFind, [&](const store::Row& row) { found = read(row); }, id));
    if (!found) return fail(Code::kNotFound, "There is no refund under this id.");
    return *std::move(found);
}

Result<std::optional<Refund>> by_reference(store::ClinicTx& tx, std::string_view reference) {
    std::optional<Refund> found;
    if (reference.empty()) return found;
    TRY(tx.each(kByReference, [&](const store::Row& row) { found = read(row); }, reference));
    return found;
}

Result<std::vector<Refund>> list(store::ClinicTx& tx, const Page& page) {
    std::vector<Refund> found;
    const store::RowSink sink = [&](const store::Row& row) { found.push_back(read(row)); };
    const int limit = std::clamp(page.limit, 1, kPageMax);
    if (page.payment) {
        // Sorted and chosen here: a payment has few refunds, and asked for an order SQLite walks the primary key.
        TRY(tx.each(kOfPayment, sink, page.payment, page.before, kPageMax));
        std::erase_if(found, [&](const Refund& r) {
            return page.state == "open" ? !is_open(r.state) : !page.state.empty() && to_string(r.state) != page.state;
        });
        std::ranges::sort(found, std::ranges::greater(), &Refund::id);
        if (int(found.size()) > limit) found.resize(size_t(limit), found.front());
        return found;
    }
    TRY(page.state == "open" ? tx.each(kListOpen, sink, page.before, limit)
                             : tx.each(kList, sink, page.before, page.state, limit));
    return found;
}

Result<Money> left_of(store::ClinicTx& tx, TransactionId payment) {
    Money left;
    TRY(tx.each(kLeft, [&](const store::Row& row) { left = row.money(0); }, payment));
    return left;
}

Result<Refund> record(jobs::Context& context, store::ClinicTx& tx, const Refund& before,
                      const RefundEvidence& evidence) {
    if (evidence.kind == Kind::kApproved && evidence.witness == before.requested_by) {
        return fail(Code::kForbidden,
                    "You asked for this refund, so somebody else has to approve it: two people look at money that leaves.");
    }
    const RefundChange change = apply(before, evidence);
    if (!change.changed) {
        if (is_a_persons(evidence.kind)) return not_now(before, evidence.kind);
        return before;
    }
    Refund now = before;
    now.state = change.to;
    if (change.clears_attention) now.attention.reset();
    if (!change.attention.empty()) now.attention = change.attention;
    if (evidence.kind == Kind::kApproved || evidence.kind == Kind::kRejected || evidence.kind == Kind::kCancelled) {
        now.decided_by = evidence.witness;
        now.decided_at = context.now();
    }
    if (evidence.kind == Kind::kSendStarted) now.sent_at = context.now();
    const bool moved = now.state != before.state;
    if (moved) {
        now.witness = evidence.witness;
        now.result_code = evidence.code;
        now.result_text = evidence.text;
        now.settled_at = is_open(now.state) ? std::nullopt : std::optional(context.now());
    }
    if (moved && now.state == RefundState::kDone) {
        now.amount_done = evidence.amount.value_or(before.amount);
        if (!now.amount_done.is_positive() || now.amount_done > before.amount) {
            return fail(Code::kInvalid, "At most " + before.amount.to_display() + " can have gone back by this refund.",
                        "amount_cents");
        }
        now.reference = evidence.reference;
        TRY(const auto other, by_reference(tx, now.reference));
        if (other && other->id != now.id) {
            return fail(Code::kConflict, "The reference " + now.reference + " already proves another refund.", "reference");
        }
    }
    // Once it ended, or came back from having failed, the invoices have to take notice.
    if (moved && !is_open(now.state)) now.booked = false;

    TRY(const int64_t rows,
        tx.execute(kUpdate, now.id, to_string(before.state), to_string(now.state), now.amount_done, now.decided_by,
                   now.reference, now.result_code, now.result_text, now.witness, now.attention, now.booked,
                   now.decided_at, now.sent_at, now.settled_at, context.now()));
    if (rows != 1) return fail(Code::kConflict, "This refund changed at the same moment. Try again.");

    if (moved && !is_open(now.state)) {
        if (!is_open(before.state)) {  // failed, and a person found that it was done
            TRY(const int64_t held, tx.execute(kHold, now.payment, now.amount, context.now()));
            if (held != 1) {
                return fail(Code::kConflict,
                            "This payment's money was promised or given back by another refund since. Settle that one first.",
                            "state");
            }
        }
        TRY(const int64_t released,
            tx.execute(kRelease, now.payment, now.amount, now.amount_done, context.now()));
        CHECK(released == 1);  // what an open refund holds is counted
        TRY(context.enqueue(tx, {tx.clinic(), std::string(kRefundEndedJob), now.id.value, context.now()}));
    }
    const std::string action = moved ? "refund." + std::string(to_string(now.state)) : "refund.attention_raised";
    TRY(audit_state(context, tx, now, action, evidence.witness));
    if (evidence.kind == Kind::kApproved && now.way != RefundWay::kByHand) {
        TRY(context.enqueue(tx, {tx.clinic(), std::string(kRefundApprovedJob), now.id.value, context.now()}));
    }
    return now;
}

Result<> set_ids(store::ClinicTx& tx, RefundId id, std::string_view originator_id, std::string_view conversation_id) {
    TRY(tx.execute("UPDATE refunds SET originator_id = $3, conversation_id = $4 WHERE clinic_id = $1 AND id = $2", id,
                   originator_id, conversation_id));
    return {};
}

Result<std::string> payee_sealed(store::ClinicTx& tx, RefundId id) {
    std::string found;
    TRY(tx.each(
        "SELECT payee_sealed FROM refunds WHERE clinic_id = $1 AND id = $2",
        [&](const store::Row& row) { found = row.string(0); }, id));
    return found;
}

Result<> set_booked(store::ClinicTx& tx, RefundId id, bool booked) {
    TRY(tx.execute("UPDATE refunds SET booked = $3 WHERE clinic_id = $1 AND id = $2", id, booked));
    return {};
}

#undef REFUND_COLUMNS

}  // namespace clinicpro::payments::refunds
