// worker.hpp: lease -> plan -> send -> absorb, in batches.
//
// One step of the worker is one write body: outcomes that came back are absorbed, sources are drained, due jobs are
// planned, each in a savepoint of its own so that one bad row fails alone. Requests leave only after the commit. A job
// enqueued for now inside a step is planned in the same transaction and needs a row only if it sends or fails.
// The worker knows no thread: the runner calls `step` in a loop, a simulation calls it on virtual time.
// Tested by jobs/worker_test.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "jobs/queue.hpp"

namespace clinicpro::jobs {

// Work that waits in a table of its own instead of the queue.
class Source {
public:
    virtual ~Source() = default;
    // Handles up to `limit` items inside `tx`; returns how many it took.
    virtual Result<int> drain(Context& context, store::Tx& tx, int limit) = 0;
};

struct WorkerOptions {
    int batch = 256;             // jobs or notices in one transaction: beyond this the gain is small (stack.md)
    int in_flight_max = 512;     // requests on their way
    int attempts_max = 12;       // failed plans of one job before a person must look: about an hour of back-off
    Duration lease_slack = 30s;  // added to a request's own time-out
};

class Worker {
public:
    Worker(store::Database& database, net::Client& client, IdMaker& ids, const Clock& clock,
           WorkerOptions options = {});
    ~Worker();

    void handle(std::string kind, std::unique_ptr<Handler> handler);
    void drain_from(Source& source) { sources_.push_back(&source); }
    // Called, from any thread, when there is something for the next step. It must be quick and not call the worker.
    void on_ready(std::function<void()> wake);

    struct Progress {
        int taken = 0;                    // items handled; above zero: step again at once
        std::optional<Instant> next_due;  // known when nothing was taken
    };
    // One batch. `accept_new` false: only absorb outcomes (draining).
    Result<Progress> step(bool accept_new = true);
    int in_flight() const;

private:
    struct Returned;
    struct Shared;
    class StepContext;
    Result<> plan_one(StepContext& context, store::Tx& tx, Leased leased);
    Result<> absorb_one(StepContext& context, store::Tx& tx, const Returned& returned);
    Result<> settle(store::Tx& tx, const Leased& leased, const Next& next, Instant now);
    Result<> run_inline(StepContext& context, store::Tx& tx);
    Handler* handler(const std::string& kind) const;

    store::Database& database_;
    net::Client& client_;
    IdMaker& ids_;
    const Clock& clock_;
    const WorkerOptions options_;
    std::map<std::string, std::unique_ptr<Handler>> handlers_;
    std::vector<Source*> sources_;
    std::shared_ptr<Shared> shared_;
};

}  // namespace clinicpro::jobs
