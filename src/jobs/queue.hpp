// queue.hpp: the durable queue's rows. A job stands in the same transaction as the change that wants it.
//
// Dead jobs stay for a person. Tested by jobs/worker_test over both engines' contract (SQLite here).
#pragma once

#include <functional>
#include <vector>

#include "jobs/job.hpp"

namespace clinicpro::jobs {

// Adds jobs from outside the worker: always a row, then a wake-up once the caller has committed.
class QueueContext final : public Context {
public:
    QueueContext(IdMaker& ids, Instant now) : ids_(ids), now_(now) {}
    Instant now() const override { return now_; }
    IdMaker& ids() override { return ids_; }
    Result<> enqueue(store::ClinicTx& tx, NewJob job) override;

private:
    IdMaker& ids_;
    const Instant now_;
};

// A row as the worker sees it.
struct Leased {
    Job job;
    int64_t fence = 0;
};

namespace queue {

Result<> insert(store::Tx& tx, IdMaker& ids, Instant now, const NewJob& job);
// As insert, but already leased with a request on its way.
Result<Leased> insert_leased(store::Tx& tx, IdMaker& ids, Instant now, const NewJob& job, std::string_view step,
                             Instant lease_until);
// The row of a job that was planned before it had one, under the id and fence it already carries.
Result<> insert_as(store::Tx& tx, Instant now, const Leased& job);
// Jobs that may run now, oldest first, locked against other instances until the transaction ends.
Result<std::vector<Leased>> due(store::Tx& tx, Instant now, int limit);
Result<> lease(store::Tx& tx, Leased& job, std::string_view step, Instant until);
// Each returns false when the fence moved: another instance took the job over.
Result<bool> finish(store::Tx& tx, const Leased& job);
Result<bool> again(store::Tx& tx, const Leased& job, Instant at, int attempt, std::string_view note);
// Counts a failed absorb; the lease and its step stay.
Result<bool> stumble(store::Tx& tx, const Leased& job, int attempt, std::string_view note);
Result<bool> bury(store::Tx& tx, const Leased& job, std::string_view reason);
// Locks the job and says whether this lease still owns it.
Result<bool> owns(store::Tx& tx, const Leased& job);
// Brings a waiting job of this kind and subject forward to now. Nothing happens when there is none.
Result<> hasten(store::ClinicTx& tx, std::string_view kind, int64_t subject, Instant now);
// When the next job may run; nothing when the queue is empty.
Result<std::optional<Instant>> next_due(store::Tx& tx);

struct Listed {
    JobId id;
    std::string kind, state, note;
    int64_t subject = 0, attempt = 0;
    Instant run_at;
};
// Of one clinic, newest first; only dead ones when `dead`.
Result<std::vector<Listed>> list(store::ClinicTx& tx, bool dead, int limit);
// Makes a dead job ready again. kNotFound when it is not dead.
Result<> revive(store::ClinicTx& tx, JobId id, Instant now);

}  // namespace queue
}  // namespace clinicpro::jobs
