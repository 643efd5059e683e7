#include "payments/inbox.hpp"

#include <map>

namespace clinicpro::payments {
namespace {

constexpr std::string_view kPurpose = "inbox";
constexpr Duration kParkFor = 24h;  // a row that has not appeared in a day never will by itself
constexpr Duration kParkRetry = 60s;
constexpr int kTriesMax = 8;  // of a notice that fails for a reason of ours; then a person must look

constexpr store::Sql kInsert =
    "INSERT INTO inbox (clinic_id, id, method, subject, body, peer, peer_known, state, note, attempt, run_at, "
    "received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'new', '', 0, $8, $8)";
constexpr store::Sql kDueSqlite =
    "SELECT clinic_id, id, method, subject, body, peer, peer_known, attempt, received_at, state FROM inbox "
    "WHERE state IN ('new', 'parked') AND run_at <= $1 ORDER BY run_at LIMIT $2";
constexpr store::Sql kDuePostgres =
    "SELECT clinic_id, id, method, subject, body, peer, peer_known, attempt, received_at, state FROM inbox "
    "WHERE state IN ('new', 'parked') AND run_at <= $1 ORDER BY run_at LIMIT $2 FOR UPDATE SKIP LOCKED";
constexpr store::Sql kSettle =
    "UPDATE inbox SET state = $3, note = $4, attempt = $5, run_at = $6, transaction_id = $7 "
    "WHERE clinic_id = $1 AND id = $2";

struct Due {
    Notice notice;
    std::string method;
    std::string sealed;
    int64_t attempt = 0;
};

}  // namespace

Inbox::Inbox(store::Database& database, clinics::Vault& vault, crypto::Entropy& entropy, IdMaker& ids,
             const Clock& clock, const Methods& methods)
    : database_(database), vault_(vault), entropy_(entropy), ids_(ids), clock_(clock), methods_(methods) {}

Result<InboxId> Inbox::put(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, const Arrived& notice) {
    TRY(const crypto::DataKey* key, vault.key(tx));
    const std::string sealed = key->seal(notice.body, kPurpose, vault.entropy());
    const auto id = context.ids().make<InboxId>();
    TRY(tx.execute(kInsert, id, notice.method, notice.subject, store::Blob{sealed}, notice.peer, notice.peer_known,
                   context.now()));
    return id;
}

void Inbox::on_stored(std::function<void()> wake) {
    const std::lock_guard lock(waker_->mutex);
    waker_->wake = std::move(wake);
}

void Inbox::store(Arrived notice, std::function<void(Result<>)> done) {
    // The clinic's key is nearly always open in memory already, so sealing happens here, off the writer's thread.
    std::string sealed;
    if (const crypto::DataKey* key = vault_.cached(notice.clinic)) {
        sealed = key->seal(notice.body, kPurpose, entropy_);
        notice.body.clear();
    }
    const InboxId id = ids_.make<InboxId>();
    const Instant now = clock_.now();
    auto kept = std::make_shared<std::pair<Arrived, std::string>>(std::move(notice), std::move(sealed));
    database_.submit(
        [&vault = vault_, &entropy = entropy_, kept, id, now](store::Tx& tx) -> Result<> {
            auto& [arrived, body] = *kept;
            if (body.empty()) {
                TRY(const crypto::DataKey* key, vault.key(tx, arrived.clinic));
                body = key->seal(arrived.body, kPurpose, entropy);
            }
            store::ClinicTx clinic(tx, arrived.clinic);
            TRY(clinic.execute(kInsert, id, arrived.method, arrived.subject, store::Blob{body}, arrived.peer,
                               arrived.peer_known, now));
            return {};
        },
        [waker = waker_, done = std::move(done)](Result<> stored) {
            const bool kept_safe = stored.has_value();
            done(std::move(stored));
            const std::lock_guard lock(waker->mutex);
            if (kept_safe && waker->wake) waker->wake();
        });
}

Result<int> Inbox::drain(jobs::Context& context, store::Tx& tx, int limit) {
    std::vector<Due> due;
    const store::RowSink sink = [&](const store::Row& row) {
        Due one;
        one.notice = {.id = row.id<InboxId>(1),
                      .clinic = ClinicId{row.integer(0)},
                      .subject = row.integer(3),
                      .peer = row.string(5),
                      .peer_known = row.integer(6) != 0,
                      .received_at = row.instant(8)};
        one.method = row.string(2);
        one.sealed = row.string(4);
        one.attempt = row.integer(7);
        due.push_back(std::move(one));
    };
    TRY(tx.each(tx.pick(kDueSqlite, kDuePostgres), sink, context.now(), limit));
    for (Due& one : due) {
        Handled handled;
        const auto taken = context.nested(tx, [&]() -> Result<> {
            Method* const method = methods_.find(one.method);
            if (method == nullptr) {
                handled = {Verdict::kRejected, "No payment method called \"" + one.method + "\" is installed."};
                return {};
            }
            TRY(const crypto::DataKey* key, vault_.key(tx, one.notice.clinic));
            TRY(const Secret<> body, key->open(one.sealed, kPurpose));
            one.notice.body = body.reveal();
            store::ClinicTx clinic(tx, one.notice.clinic);
            TRY(handled, method->take(context, clinic, one.notice));
            return {};
        });
        std::string_view state = "done";
        Instant run_at = context.now();
        int64_t attempt = one.attempt;
        if (!taken) {
            // Whatever the code, it is this notice's own trouble; were it the database's, the statement below would
            // fail too.
            ++attempt;
            state = attempt >= kTriesMax ? "rejected" : "parked";
            run_at = context.now() + jobs::back_off(int(attempt), 1s, 5min, int(one.notice.id.value % 1000));
            handled.note = taken.error().message;
        } else if (handled.verdict == Verdict::kParked) {
            const bool too_old = context.now() - one.notice.received_at > kParkFor;
            state = too_old ? "rejected" : "parked";
            run_at = context.now() + kParkRetry;
        } else if (handled.verdict == Verdict::kRejected) {
            state = "rejected";
            log::warn("inbox.rejected", {{"clinic", one.notice.clinic.value},
                                         {"notice", one.notice.id.to_text()},
                                         {"method", one.method},
                                         {"why", handled.note}});
        }
        store::ClinicTx clinic(tx, one.notice.clinic);
        const auto about = handled.payment ? std::optional(handled.payment.value) : std::nullopt;
        TRY(clinic.execute(kSettle, one.notice.id, state, handled.note, attempt, run_at, about));
        if (!taken) {
            log::failure("inbox.failed", taken.error(), {{"notice", one.notice.id.to_text()}, {"method", one.method}});
        }
    }
    return int(due.size());
}

Result<std::vector<Inbox::Listed>> Inbox::list(store::ClinicTx& tx, std::string_view state, int limit) {
    std::vector<Listed> found;
    TRY(tx.each(
        "SELECT id, method, state, note, peer, peer_known, attempt, subject, received_at FROM inbox "
        "WHERE clinic_id = $1 AND ($2 = '' OR state = $2) ORDER BY id DESC LIMIT $3",
        [&](const store::Row& row) {
            found.push_back({row.id<InboxId>(0), row.string(1), row.string(2), row.string(3), row.string(4),
                             row.integer(5) != 0, row.integer(6), row.integer(7), row.instant(8)});
        },
        state, limit));
    return found;
}

Result<Secret<>> Inbox::open(store::ClinicTx& tx, clinics::Vault& vault, InboxId id) {
    std::optional<std::string> sealed;
    TRY(tx.each(
        "SELECT body FROM inbox WHERE clinic_id = $1 AND id = $2",
        [&](const store::Row& row) { sealed = row.string(0); }, id));
    if (!sealed) return fail(Code::kNotFound, "There is no notice under this id.");
    TRY(const crypto::DataKey* key, vault.key(tx));
    return key->open(*sealed, kPurpose);
}

Result<> Inbox::retry(store::ClinicTx& tx, InboxId id, Instant now) {
    TRY(const int64_t rows,
        tx.execute("UPDATE inbox SET state = 'new', run_at = $3, attempt = 0 WHERE clinic_id = $1 AND id = $2 "
                   "AND state IN ('parked', 'rejected')",
                   id, now));
    if (rows == 0) return fail(Code::kNotFound, "There is no parked or rejected notice under this id.");
    return {};
}

}  // namespace clinicpro::payments
