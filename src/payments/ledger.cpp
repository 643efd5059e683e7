#include "payments/ledger.hpp"

#include "base/json.hpp"
#include "clinics/audit.hpp"
#include "payments/day_sums.hpp"

namespace clinicpro::payments::ledger {
namespace {

#define TRANSACTION_COLUMNS                                                                                       \
    "id, method, state, invoice_id, amount_expected, amount_received, amount_allocated, account, receipt, "       \
    "payer_masked, result_code, result_text, witness, attention, duplicate_of, created_at, sent_at, settled_at, " \
    "amount_held, amount_refunded, provider_sent_at "

constexpr store::Sql kFind = "SELECT " TRANSACTION_COLUMNS "FROM transactions WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kByReceipt =
    "SELECT " TRANSACTION_COLUMNS
    "FROM transactions WHERE clinic_id = $1 AND receipt = $2 AND receipt IS NOT NULL AND duplicate_of IS NULL";
// Sorted here, not by SQL: asked for an order by id, SQLite walks all of the clinic's payments by their primary key.
constexpr store::Sql kOfInvoice =
    "SELECT " TRANSACTION_COLUMNS
    "FROM transactions WHERE clinic_id = $1 AND invoice_id = $2 AND invoice_id IS NOT NULL";
// Ids are ordered by time, so this reads the clinic's newest rows and no index has to be kept for it.
constexpr store::Sql kWaitingFor =
    "SELECT " TRANSACTION_COLUMNS
    "FROM transactions WHERE clinic_id = $1 AND id > $3 AND amount_expected = $2 AND payer_mark IS NOT NULL AND "
    "(state IN ('created', 'sending', 'pending', 'unknown', 'paid_without_receipt', 'expired') "
    "OR (state = 'failed' AND id > $4)) ORDER BY id DESC LIMIT $5";
constexpr Duration kAnswerWithin = 60s;  // longer than a request may take
constexpr int64_t kIdsPerMilli = int64_t(1) << 22;  // base/ids.hpp
constexpr store::Sql kList =
    "SELECT " TRANSACTION_COLUMNS
    "FROM transactions WHERE clinic_id = $1 AND (CAST($2 AS BIGINT) = 0 OR id < $2) AND ($3 = '' OR state = $3) "
    "AND (CAST($4 AS BIGINT) = 0 OR invoice_id = $4) ORDER BY id DESC LIMIT $5";
constexpr store::Sql kListAttention =
    "SELECT " TRANSACTION_COLUMNS
    "FROM transactions WHERE clinic_id = $1 AND (CAST($2 AS BIGINT) = 0 OR id < $2) AND ($3 = '' OR state = $3) "
    "AND (CAST($4 AS BIGINT) = 0 OR invoice_id = $4) AND attention IS NOT NULL ORDER BY id DESC LIMIT $5";
constexpr store::Sql kInsert =
    "INSERT INTO transactions (clinic_id, id, method, state, invoice_id, amount_expected, amount_received, "
    "amount_allocated, account, payer_masked, payer_mark, payer_sealed, result_code, result_text, witness, created_at, "
    "updated_at) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, $8, $9, $10, '', '', '', $11, $11)";
constexpr store::Sql kArrive =
    "INSERT INTO transactions (clinic_id, id, method, state, invoice_id, amount_expected, amount_received, "
    "amount_allocated, account, receipt, payer_masked, result_code, result_text, witness, attention, created_at, "
    "settled_at, updated_at) VALUES ($1, $2, $3, 'paid', $4, $5, $5, 0, $6, $7, $8, '0', '', $9, $10, $11, $11, $11)";
// The old state in the WHERE makes this a compare-and-set: two instances cannot both move the same row.
constexpr store::Sql kUpdate =
    "UPDATE transactions SET state = $4, amount_received = $5, receipt = $6, result_code = $7, result_text = $8, "
    "witness = $9, attention = $10, duplicate_of = $11, sent_at = $12, settled_at = $13, provider_sent_at = $14, "
    "updated_at = $15 "
    "WHERE clinic_id = $1 AND id = $2 AND state = $3";
constexpr store::Sql kMove =
    "INSERT INTO ledger (clinic_id, id, transaction_id, invoice_id, debit, credit, amount, note, at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
// Never more than was received, even when two instances settle one payment at the same moment.
constexpr store::Sql kCountAllocated =
    "UPDATE transactions SET amount_allocated = amount_allocated + $3, updated_at = $4 "
    "WHERE clinic_id = $1 AND id = $2 AND ($3 <= 0 OR amount_allocated + $3 <= amount_received)";
constexpr store::Sql kAttach =
    "UPDATE transactions SET invoice_id = $3 WHERE clinic_id = $1 AND id = $2 AND invoice_id IS NULL";

std::optional<int64_t> or_null(InvoiceId id) {
    return id ? std::optional(id.value) : std::nullopt;
}
std::optional<std::string_view> or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

Transaction read(const store::Row& row) {
    return {.id = row.id<TransactionId>(0),
            .method = row.string(1),
            .state = state_from(row.text(2)),
            .invoice = row.id<InvoiceId>(3),
            .amount_expected = row.money(4),
            .amount_received = row.money(5),
            .amount_allocated = row.money(6),
            .account = row.string(7),
            .receipt = row.maybe_string(8),
            .payer_masked = row.string(9),
            .result_code = row.string(10),
            .result_text = row.string(11),
            .witness = row.string(12),
            .attention = row.maybe_string(13),
            .duplicate_of = row.id<TransactionId>(14),
            .created_at = row.instant(15),
            .sent_at = row.maybe_instant(16),
            .settled_at = row.maybe_instant(17),
            .amount_held = row.money(18),
            .amount_refunded = row.money(19),
            .provider_sent_at = row.maybe_instant(20)};
}

// One balanced line. A negative amount is the same movement backwards.
// `method` matters only for what comes in.
Result<> move(jobs::Context& context, store::ClinicTx& tx, TransactionId id, InvoiceId invoice, std::string_view debit,
              std::string_view credit, Money amount, std::string_view note, std::string_view method = {}) {
    if (amount.is_zero()) return {};
    TRY(day_sums::add_line(tx, debit, credit, method, amount, context.now()));
    const bool back = amount < Money();
    const Money size = back ? Money() - amount : amount;
    TRY(tx.execute(kMove, context.ids().next(), id, or_null(invoice), back ? credit : debit, back ? debit : credit,
                   size, note, context.now()));
    return {};
}

Result<> audit_state(jobs::Context& context, store::ClinicTx& tx, const Transaction& t, std::string_view action,
                     std::string_view actor) {
    json::Writer w;
    w.begin_object().field("state", to_string(t.state)).field("received", t.amount_received.cents());
    if (t.receipt) w.field("receipt", *t.receipt);
    if (!t.result_code.empty()) w.field("code", t.result_code);
    if (t.attention) w.field("attention", *t.attention);
    if (t.duplicate_of) w.field("duplicate_of", t.duplicate_of.to_text());
    const std::string detail = w.end_object().take();
    const std::string subject = t.id.to_text();
    TRY(clinics::audit::append(
        tx, {.at = context.now(), .actor = actor, .action = action, .subject = subject, .detail = detail}));
    return {};
}

}  // namespace

Result<> insert(jobs::Context& context, store::ClinicTx& tx, const NewTransaction& made) {
    const auto mark = made.payer_mark.empty() ? std::nullopt : std::optional(store::Blob{made.payer_mark});
    const auto sealed = made.payer_sealed.empty() ? std::nullopt : std::optional(store::Blob{made.payer_sealed});
    auto inserted = tx.execute(kInsert, made.id, made.method, to_string(made.state), or_null(made.invoice),
                               made.amount_expected, made.account, made.payer_masked, mark, sealed, context.now());
    if (!inserted && inserted.error().code == Code::kConflict) {
        return fail(Code::kConflict,
                    "This phone already has an open payment prompt for this invoice. Wait for its answer before "
                    "sending another.",
                    {}, inserted.error().detail);
    }
    if (!inserted) return std::unexpected(std::move(inserted).error());
    Transaction t{.id = made.id, .method = made.method, .state = made.state};
    return audit_state(context, tx, t, "payment.created", made.actor);
}

Result<> arrive(jobs::Context& context, store::ClinicTx& tx, const Arrival& a) {
    TRY(tx.execute(kArrive, a.id, a.method, or_null(a.invoice), a.amount, a.account, a.receipt, a.payer_masked,
                   to_string(a.witness), or_null(a.attention), context.now()));
    TRY(move(context, tx, a.id, a.invoice, "mpesa", "clearing", a.amount, a.receipt, a.method));
    Transaction t{.id = a.id, .state = State::kPaid, .amount_received = a.amount, .receipt = a.receipt};
    if (!a.attention.empty()) t.attention = a.attention;
    TRY(audit_state(context, tx, t, "payment.paid", to_string(a.witness)));
    return context.enqueue(tx, {tx.clinic(), std::string(kSettledJob), a.id.value, context.now()});
}

Result<Transaction> find(store::ClinicTx& tx, TransactionId id) {
    std::optional<Transaction> found;
    TRY(tx.each(kFind, [&](const store::Row& row) { found = read(row); }, id));
    if (!found) return fail(Code::kNotFound, "There is no payment under this id.");
    return *std::move(found);
}

Result<std::optional<Transaction>> by_receipt(store::ClinicTx& tx, std::string_view receipt) {
    std::optional<Transaction> found;
    TRY(tx.each(kByReceipt, [&](const store::Row& row) { found = read(row); }, receipt));
    return found;
}

Result<std::vector<Transaction>> of_invoice(store::ClinicTx& tx, InvoiceId invoice) {
    std::vector<Transaction> found;
    TRY(tx.each(kOfInvoice, [&](const store::Row& row) { found.push_back(read(row)); }, invoice));
    std::ranges::sort(found, {}, &Transaction::id);
    return found;
}

Result<std::vector<Transaction>> waiting_for(jobs::Context& context, store::ClinicTx& tx, Money amount) {
    const int64_t newest = context.ids().next();
    const auto made_within = [&](Duration age) { return newest - age / 1ms * kIdsPerMilli; };
    std::vector<Transaction> found;
    TRY(tx.each(
        kWaitingFor, [&](const store::Row& row) { found.push_back(read(row)); }, amount, made_within(kLateWord),
        made_within(kLateSuccess), kWaitingMax));
    return found;
}

namespace {

// Money under another receipt than the one this payment already has, once.
Result<> book_beside(jobs::Context& context, store::ClinicTx& tx, const Transaction& t, const Evidence& evidence) {
    TRY(const auto booked, by_receipt(tx, evidence.receipt));
    if (booked) return {};
    return arrive(
        context, tx,
        {.id = context.ids().make<TransactionId>(),
         .method = t.method,
         .invoice = t.invoice,
         .amount = *evidence.amount,
         .account = t.account,
         .receipt = evidence.receipt,
         .payer_masked = t.payer_masked,
         .attention = "This came as a second receipt for a payment that already has " + t.receipt.value_or("another") +
                      ". Both moved, so both are booked; the patient probably paid twice.",
         .witness = evidence.witness});
}

}  // namespace

Result<Transaction> record(jobs::Context& context, store::ClinicTx& tx, const Transaction& before,
                           const Evidence& evidence) {
    Change change = apply(before, evidence);
    if (!change.changed) return before;
    if (change.is_other_money) {
        TRY(book_beside(context, tx, before, evidence));
        return before;
    }

    Transaction now = before;
    now.state = change.to;
    if (evidence.kind == Evidence::Kind::kSendStarted) now.sent_at = context.now();
    if (evidence.provider_now && evidence.witness == Witness::kPushReply && now.sent_at) {
        // No request takes less than nothing, or so long: then the clock was set meanwhile, and only the earliest time is sure.
        // A smaller step is not seen.
        const Duration measured = context.now() - *now.sent_at;
        const bool is_sure = measured >= 0s && measured <= kAnswerWithin;
        now.provider_sent_at = *evidence.provider_now - (is_sure ? measured : kAnswerWithin);
    }
    if (change.clears_attention) now.attention.reset();
    if (!change.attention.empty()) now.attention = change.attention;
    if (now.state != before.state) {
        now.witness = to_string(evidence.witness);
        now.result_code = evidence.code;
        now.result_text = evidence.text;
        // By the clock that says when money moves, where it told the time: ours may be minutes wrong.
        now.settled_at = is_open(now.state) ? std::nullopt : std::optional(evidence.provider_now.value_or(context.now()));
    }

    Money credit = change.credit;
    if (!change.receipt.empty()) {
        TRY(const auto booked, by_receipt(tx, change.receipt));
        now.receipt = change.receipt;
        if (booked && booked->id != before.id) {
            // The same money came in through another channel first: this attempt books nothing, and gives back what a
            // status query may have made it book.
            now.duplicate_of = booked->id;
            if (evidence.witness == Witness::kQuery) {
                // A query tells no receipt, so somebody found this one by its looks.
                now.attention =
                    "A status query says this was paid, and the same amount already stands under receipt " +
                    change.receipt +
                    ". It is taken to be the same money. Look for a second receipt in the M-Pesa statement.";
            } else if (booked->method == before.method) {
                // A notice without this attempt's name was taken for the answer to another attempt.
                now.attention =
                    "Receipt " + change.receipt +
                    " is already booked on another attempt, so nothing was booked here. If the payer answered "
                    "both, a second receipt is missing: look for it in the M-Pesa statement.";
            }
            credit = Money() - before.amount_received;
        }
    }
    now.amount_received = before.amount_received + credit;

    TRY(const int64_t rows,
        tx.execute(kUpdate, now.id, to_string(before.state), to_string(now.state), now.amount_received, now.receipt,
                   now.result_code, now.result_text, now.witness, now.attention,
                   now.duplicate_of ? std::optional(now.duplicate_of.value) : std::nullopt, now.sent_at, now.settled_at,
                   now.provider_sent_at, context.now()));
    if (rows != 1) return fail(Code::kConflict, "This payment changed at the same moment. Try again.");
    TRY(move(context, tx, now.id, now.invoice, "mpesa", "clearing", credit,
             now.receipt ? std::string_view(*now.receipt) : std::string_view("by status query"), now.method));
    TRY(day_sums::add_attempt(tx, before, now));
    TRY(audit_state(context, tx, now, "payment." + std::string(to_string(now.state)), to_string(evidence.witness)));
    // A duplicate too: its invoice may be waiting for what stands unallocated under the other witness.
    const bool new_twin = now.duplicate_of && !before.duplicate_of && now.invoice;
    if (now.amount_received != now.amount_allocated || new_twin) {
        TRY(context.enqueue(tx, {tx.clinic(), std::string(kSettledJob), now.id.value, context.now()}));
    }
    return now;
}

Result<> set_provider(store::ClinicTx& tx, TransactionId id, std::string_view mark, std::string_view sealed) {
    TRY(
        tx.execute("UPDATE transactions SET provider_mark = $3, provider_sealed = $4 "
                   "WHERE clinic_id = $1 AND id = $2",
                   id, store::Blob{mark}, store::Blob{sealed}));
    return {};
}

Result<std::string> provider_sealed(store::ClinicTx& tx, TransactionId id) {
    std::string found;
    TRY(tx.each(
        "SELECT provider_sealed FROM transactions WHERE clinic_id = $1 AND id = $2",
        [&](const store::Row& row) { found = row.string(0); }, id));
    return found;
}

Result<std::string> payer_sealed(store::ClinicTx& tx, TransactionId id) {
    std::string found;
    TRY(tx.each(
        "SELECT payer_sealed FROM transactions WHERE clinic_id = $1 AND id = $2",
        [&](const store::Row& row) { found = row.string(0); }, id));
    return found;
}

Result<> allocate(jobs::Context& context, store::ClinicTx& tx, TransactionId id, InvoiceId invoice, Money amount,
                  Destination destination, std::string_view note, bool attached) {
    const bool to_invoice = destination == Destination::kInvoice;
    TRY(move(context, tx, id, invoice, "clearing", to_invoice ? "invoice" : "unallocated", amount, note));
    TRY(const int64_t rows, tx.execute(kCountAllocated, id, amount, context.now()));
    if (rows != 1) return fail(Code::kConflict, "This payment was settled at the same moment. Try again.");
    if (to_invoice && invoice && !attached) TRY(tx.execute(kAttach, id, invoice));
    return {};
}

Result<> reassign(jobs::Context& context, store::ClinicTx& tx, TransactionId id, InvoiceId invoice, Money amount,
                  std::string_view note) {
    TRY(move(context, tx, id, invoice, "unallocated", "invoice", amount, note));
    TRY(tx.execute(kCountAllocated, id, Money(), context.now()));
    if (invoice) TRY(tx.execute(kAttach, id, invoice));
    return {};
}

Result<> give_back(jobs::Context& context, store::ClinicTx& tx, TransactionId id, InvoiceId invoice, Money amount,
                   Destination source, Exit exit, std::string_view note) {
    CHECK(amount.is_positive());
    return move(context, tx, id, invoice, source == Destination::kInvoice ? "invoice" : "unallocated",
                exit == Exit::kProvider ? "mpesa" : "by_hand", amount, note);
}

Result<std::vector<Transaction>> list(store::ClinicTx& tx, const Page& page) {
    std::vector<Transaction> found;
    const store::RowSink sink = [&](const store::Row& row) { found.push_back(read(row)); };
    TRY(page.attention ? tx.each(kListAttention, sink, page.before, page.state, page.invoice.value, page.limit)
                       : tx.each(kList, sink, page.before, page.state, page.invoice.value, page.limit));
    return found;
}

Result<> raise_attention(jobs::Context& context, store::ClinicTx& tx, TransactionId id, std::string_view sentence) {
    TRY(Transaction t, find(tx, id));
    TRY(tx.execute("UPDATE transactions SET attention = $3, updated_at = $4 WHERE clinic_id = $1 AND id = $2", id,
                   sentence, context.now()));
    t.attention = std::string(sentence);
    return audit_state(context, tx, t, "payment.attention_raised", "system");
}

Result<> clear_attention(jobs::Context& context, store::ClinicTx& tx, TransactionId id, std::string_view actor) {
    TRY(Transaction t, find(tx, id));
    TRY(tx.execute("UPDATE transactions SET attention = NULL, updated_at = $3 WHERE clinic_id = $1 AND id = $2", id,
                   context.now()));
    t.attention.reset();
    return audit_state(context, tx, t, "payment.attention_cleared", actor);
}

#undef TRANSACTION_COLUMNS

}  // namespace clinicpro::payments::ledger
