#include "jobs/queue.hpp"

namespace clinicpro::jobs {

Result<> QueueContext::enqueue(store::ClinicTx& tx, NewJob job) {
    return queue::insert(tx.raw(), ids_, now_, job);
}

namespace queue {
namespace {

constexpr store::Sql kInsert =
    "INSERT INTO jobs (clinic_id, id, kind, subject, state, run_at, attempt, fence, step, note, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, '', $9)";
// Jobs that wait for one shared thing come back at the same instant: the least tried goes first, whichever clinic it is
// of.
constexpr store::Sql kDueSqlite =
    "SELECT clinic_id, id, kind, subject, attempt, fence, step, state FROM jobs "
    "WHERE state <> 'dead' AND run_at <= $1 ORDER BY run_at, attempt, id LIMIT $2";
constexpr store::Sql kDuePostgres =
    "SELECT clinic_id, id, kind, subject, attempt, fence, step, state FROM jobs "
    "WHERE state <> 'dead' AND run_at <= $1 ORDER BY run_at, attempt, id LIMIT $2 FOR UPDATE SKIP LOCKED";
constexpr store::Sql kLease =
    "UPDATE jobs SET state = 'leased', run_at = $3, step = $4, fence = fence + 1 "
    "WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kFinish = "DELETE FROM jobs WHERE clinic_id = $1 AND id = $2 AND fence = $3";
constexpr store::Sql kAgain =
    "UPDATE jobs SET state = 'ready', run_at = $4, attempt = $5, note = $6, step = '' "
    "WHERE clinic_id = $1 AND id = $2 AND fence = $3";
constexpr store::Sql kBury =
    "UPDATE jobs SET state = 'dead', note = $4 WHERE clinic_id = $1 AND id = $2 AND fence = $3";
// The state as well: an answer that was absorbed by a commit whose own answer was lost may come a second time.
constexpr store::Sql kOwnsSqlite =
    "SELECT 1 FROM jobs WHERE clinic_id = $1 AND id = $2 AND fence = $3 AND state = 'leased'";
constexpr store::Sql kOwnsPostgres =
    "SELECT 1 FROM jobs WHERE clinic_id = $1 AND id = $2 AND fence = $3 AND state = 'leased' FOR UPDATE";

}  // namespace

Result<> insert(store::Tx& tx, IdMaker& ids, Instant now, const NewJob& job) {
    store::ClinicTx clinic(tx, job.clinic);
    TRY(clinic.execute(kInsert, ids.next(), job.kind, job.subject, "ready", job.run_at, 0, "", now));
    return {};
}

Result<Leased> insert_leased(store::Tx& tx, IdMaker& ids, Instant now, const NewJob& job, std::string_view step,
                             Instant lease_until) {
    Leased leased{{JobId{ids.next()}, job.clinic, job.kind, job.subject, 0, {}}, 1};
    store::ClinicTx clinic(tx, job.clinic);
    TRY(clinic.execute(kInsert, leased.job.id, job.kind, job.subject, "leased", lease_until, leased.fence, step, now));
    return leased;
}

Result<> insert_as(store::Tx& tx, Instant now, const Leased& job) {
    store::ClinicTx clinic(tx, job.job.clinic);
    TRY(clinic.execute(kInsert, job.job.id, job.job.kind, job.job.subject, "ready", now, job.fence, "", now));
    return {};
}

Result<std::vector<Leased>> due(store::Tx& tx, Instant now, int limit) {
    std::vector<Leased> found;
    const store::RowSink sink = [&](const store::Row& row) {
        Leased one{{row.id<JobId>(1), ClinicId{row.integer(0)}, row.string(2), row.integer(3), int(row.integer(4)), {}},
                   row.integer(5)};
        if (row.text(7) == "leased") one.job.interrupted_step = row.string(6);
        found.push_back(std::move(one));
    };
    TRY(tx.each(tx.pick(kDueSqlite, kDuePostgres), sink, now, limit));
    return found;
}

Result<> lease(store::Tx& tx, Leased& job, std::string_view step, Instant until) {
    TRY(store::ClinicTx(tx, job.job.clinic).execute(kLease, job.job.id, until, step));
    ++job.fence;
    return {};
}

Result<bool> finish(store::Tx& tx, const Leased& job) {
    TRY(const int64_t rows, store::ClinicTx(tx, job.job.clinic).execute(kFinish, job.job.id, job.fence));
    return rows == 1;
}

Result<bool> again(store::Tx& tx, const Leased& job, Instant at, int attempt, std::string_view note) {
    TRY(const int64_t rows, store::ClinicTx(tx, job.job.clinic).execute(kAgain, job.job.id, job.fence, at, attempt, note));
    return rows == 1;
}

Result<bool> stumble(store::Tx& tx, const Leased& job, int attempt, std::string_view note) {
    TRY(const int64_t rows, store::ClinicTx(tx, job.job.clinic)
                                .execute("UPDATE jobs SET attempt = $4, note = $5 "
                                         "WHERE clinic_id = $1 AND id = $2 AND fence = $3",
                                         job.job.id, job.fence, attempt, note));
    return rows == 1;
}

Result<bool> bury(store::Tx& tx, const Leased& job, std::string_view reason) {
    TRY(const int64_t rows, store::ClinicTx(tx, job.job.clinic).execute(kBury, job.job.id, job.fence, reason));
    return rows == 1;
}

Result<bool> owns(store::Tx& tx, const Leased& job) {
    bool found = false;
    const store::RowSink sink = [&](const store::Row&) { found = true; };
    TRY(store::ClinicTx(tx, job.job.clinic).each(tx.pick(kOwnsSqlite, kOwnsPostgres), sink, job.job.id, job.fence));
    return found;
}

Result<> hasten(store::ClinicTx& tx, std::string_view kind, int64_t subject, Instant now) {
    TRY(tx.execute(
        "UPDATE jobs SET run_at = $4 WHERE clinic_id = $1 AND subject = $2 AND kind = $3 AND state = 'ready' "
        "AND run_at > $4",
        subject, kind, now));
    return {};
}

Result<std::optional<Instant>> next_due(store::Tx& tx) {
    std::optional<Instant> at;
    TRY(tx.each("SELECT MIN(run_at) FROM jobs WHERE state <> 'dead'",
                [&](const store::Row& row) { at = row.maybe_instant(0); }));
    return at;
}

Result<std::vector<Listed>> list(store::ClinicTx& tx, bool dead, int limit) {
    std::vector<Listed> found;
    TRY(tx.each(
        "SELECT id, kind, state, note, subject, attempt, run_at FROM jobs WHERE clinic_id = $1 AND "
        "(state = 'dead' OR $2 = 0) ORDER BY id DESC LIMIT $3",
        [&](const store::Row& row) {
            found.push_back({row.id<JobId>(0), row.string(1), row.string(2), row.string(3), row.integer(4),
                             row.integer(5), row.instant(6)});
        },
        dead, limit));
    return found;
}

Result<> revive(store::ClinicTx& tx, JobId id, Instant now) {
    TRY(const int64_t rows, tx.execute("UPDATE jobs SET state = 'ready', run_at = $3, attempt = 0 "
                                       "WHERE clinic_id = $1 AND id = $2 AND state = 'dead'",
                                       id, now));
    if (rows == 0) return fail(Code::kNotFound, "There is no stopped job under this id.");
    return {};
}

}  // namespace queue
}  // namespace clinicpro::jobs
