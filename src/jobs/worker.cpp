#include "jobs/worker.hpp"

#include <utility>

namespace clinicpro::jobs {
namespace {

constexpr int kInlineMax =
    4096;  // jobs planned inside one step: 256 payments start three each; beyond it they get rows
constexpr Duration kRetryLeast = 1s;
constexpr Duration kRetryMost = 10min;

int jitter_of(const JobId& id) {
    return int(uint64_t(id.value) * 2654435761u % 1000);
}

}  // namespace

// A request that came back, waiting to be absorbed.
struct Worker::Returned {
    Leased leased;
    std::string step;
    net::Outcome outcome;
};

// Outlives the worker while requests are on their way: their completions may come on the client's thread at any time.
struct Worker::Shared {
    std::mutex mutex;
    std::vector<Returned> returned;
    int in_flight = 0;
    int absorbing = 0;  // taken from `returned` by a step that has not committed yet
    std::function<void()> wake;
};

// What handlers see inside one step. Jobs for now are kept aside and planned in the same transaction.
class Worker::StepContext final : public Context {
public:
    StepContext(IdMaker& ids, Instant now) : ids_(ids), now_(now) {}
    Instant now() const override { return now_; }
    IdMaker& ids() override { return ids_; }
    Result<> enqueue(store::ClinicTx& tx, NewJob job) override {
        if (job.run_at <= now_ && int(inline_jobs.size()) < kInlineMax) {
            inline_jobs.push_back(std::move(job));
            return {};
        }
        return queue::insert(tx.raw(), ids_, now_, job);
    }

    Result<> nested(store::Tx& tx, const std::function<Result<>()>& body) override {
        const size_t before = inline_jobs.size();
        auto result = tx.nested(body);
        if (!result) inline_jobs.resize(before);
        return result;
    }

    struct Sending {
        Leased leased;
        Send send;
    };
    std::vector<NewJob> inline_jobs;
    std::vector<Sending> sendings;  // leave after the commit
    int taken = 0;

private:
    IdMaker& ids_;
    const Instant now_;
};

Worker::Worker(store::Database& database, net::Client& client, IdMaker& ids, const Clock& clock, WorkerOptions options)
    : database_(database),
      client_(client),
      ids_(ids),
      clock_(clock),
      options_(options),
      shared_(std::make_shared<Shared>()) {}

Worker::~Worker() {
    const std::lock_guard lock(shared_->mutex);
    shared_->wake = nullptr;
}

void Worker::handle(std::string kind, std::unique_ptr<Handler> handler) {
    CHECK(handlers_.emplace(std::move(kind), std::move(handler)).second);
}

void Worker::on_ready(std::function<void()> wake) {
    const std::lock_guard lock(shared_->mutex);
    shared_->wake = std::move(wake);
}

int Worker::in_flight() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->in_flight + shared_->absorbing + int(shared_->returned.size());
}

Handler* Worker::handler(const std::string& kind) const {
    const auto found = handlers_.find(kind);
    return found == handlers_.end() ? nullptr : found->second.get();
}

Result<Worker::Progress> Worker::step(bool accept_new) {
    std::vector<Returned> returned;
    int room = 0;
    {
        const std::lock_guard lock(shared_->mutex);
        returned = std::move(shared_->returned);
        shared_->returned.clear();
        shared_->absorbing = int(returned.size());
        room = options_.in_flight_max - shared_->in_flight;
    }

    // The body may run more than once, so everything it makes is made anew in it.
    std::unique_ptr<StepContext> context;
    Progress progress;
    const auto body = [&](store::Tx& tx) -> Result<> {
        context = std::make_unique<StepContext>(ids_, clock_.now());
        progress = {};
        for (const Returned& one : returned) TRY(absorb_one(*context, tx, one));
        if (!accept_new) return {};
        for (Source* source : sources_) {
            TRY(const int taken, source->drain(*context, tx, options_.batch));
            TRY(run_inline(*context, tx));
            context->taken += taken;
        }
        if (room <= 0) return {};  // an answer wakes us; until then a due job would only make us spin
        TRY(auto due, queue::due(tx, context->now(), std::min(options_.batch, room)));
        context->taken += int(due.size());
        for (Leased& leased : due) TRY(plan_one(*context, tx, std::move(leased)));
        if (context->taken == 0) {
            TRY(progress.next_due, queue::next_due(tx));
        }
        return {};
    };
    if (auto written = database_.write(body); !written) {
        // Nothing was remembered: the answers stay for the next step. A lost commit answer is the same: the fence
        // tells.
        const std::lock_guard lock(shared_->mutex);
        shared_->absorbing = 0;
        shared_->returned.insert(shared_->returned.begin(), std::make_move_iterator(returned.begin()),
                                 std::make_move_iterator(returned.end()));
        return std::unexpected(std::move(written).error());
    }

    progress.taken = context->taken + int(returned.size());
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->absorbing = 0;
        shared_->in_flight += int(context->sendings.size());
    }
    for (auto& sending : context->sendings) {
        net::send(client_, std::move(sending.send.request),
                  [shared = shared_, leased = std::move(sending.leased),
                   step = std::move(sending.send.step)](net::Outcome outcome) mutable {
                      // Woken under the lock: after on_ready(nullptr) returned, nobody is in the old waker any more.
                      const std::lock_guard lock(shared->mutex);
                      shared->returned.push_back({std::move(leased), std::move(step), std::move(outcome)});
                      --shared->in_flight;
                      if (shared->wake) shared->wake();
                  });
    }
    return progress;
}

Result<> Worker::plan_one(StepContext& context, store::Tx& tx, Leased leased) {
    Handler* const chosen = handler(leased.job.kind);
    if (chosen == nullptr) {
        TRY(queue::bury(tx, leased, "This program has no handler for the job kind \"" + leased.job.kind + "\"."));
        return {};
    }
    std::optional<Send> send;
    const auto planned = context.nested(tx, [&]() -> Result<> {
        send.reset();
        store::ClinicTx clinic(tx, leased.job.clinic);
        TRY(Plan plan, chosen->plan(context, clinic, leased.job));
        if (auto* next = std::get_if<Next>(&plan)) return settle(tx, leased, *next, context.now());
        send = std::get<Send>(std::move(plan));
        const Instant until = context.now() + net::timeout_of(send->request) + options_.lease_slack;
        return queue::lease(tx, leased, send->step, until);
    });
    if (!planned) {
        // Whatever the code, it is this job's own trouble; were it the database's, the next statement would fail as
        // well.
        const int attempt = leased.job.attempt + 1;
        if (attempt >= options_.attempts_max) {
            TRY(queue::bury(tx, leased, planned.error().message));
        } else {
            const Duration wait = back_off(attempt, kRetryLeast, kRetryMost, jitter_of(leased.job.id));
            TRY(queue::again(tx, leased, context.now() + wait, attempt, planned.error().message));
        }
        log::failure("job.failed", planned.error(), {{"kind", leased.job.kind}, {"job", leased.job.id.to_text()}});
        return {};
    }
    if (send) context.sendings.push_back({std::move(leased), *std::move(send)});
    return run_inline(context, tx);
}

Result<> Worker::absorb_one(StepContext& context, store::Tx& tx, const Returned& returned) {
    const auto absorbed = context.nested(tx, [&]() -> Result<> {
        TRY(const bool ours, queue::owns(tx, returned.leased));
        if (!ours) {
            log::warn("job.fenced", {{"kind", returned.leased.job.kind}, {"job", returned.leased.job.id.to_text()}});
            return {};
        }
        store::ClinicTx clinic(tx, returned.leased.job.clinic);
        TRY(const Next next, handler(returned.leased.job.kind)
                                 ->absorb(context, clinic, returned.leased.job, returned.step, returned.outcome));
        return settle(tx, returned.leased, next, context.now());
    });
    if (!absorbed) {
        // The row stays leased with its step: when the lease lapses, plan is told that this request's fate is unknown.
        const int attempt = returned.leased.job.attempt + 1;
        if (attempt >= options_.attempts_max) {
            TRY(queue::bury(tx, returned.leased, absorbed.error().message));
        } else {
            TRY(queue::stumble(tx, returned.leased, attempt, absorbed.error().message));
        }
        log::failure("job.absorb_failed", absorbed.error(),
                     {{"kind", returned.leased.job.kind}, {"job", returned.leased.job.id.to_text()}});
        return {};
    }
    return run_inline(context, tx);
}

// Plans the jobs that the last item started. Each in its own savepoint; a row only for what sends or fails.
Result<> Worker::run_inline(StepContext& context, store::Tx& tx) {
    for (size_t i = 0; i < context.inline_jobs.size(); ++i) {
        const NewJob job = context.inline_jobs[i];
        Handler* const chosen = handler(job.kind);
        CHECK(chosen != nullptr);  // enqueued by our own code under a kind that wiring forgot
        std::optional<Send> send;
        std::optional<Leased> leased;
        const auto planned = context.nested(tx, [&]() -> Result<> {
            send.reset();
            store::ClinicTx clinic(tx, job.clinic);
            TRY(Plan plan, chosen->plan(context, clinic, {{}, job.clinic, job.kind, job.subject, 0, {}}));
            if (auto* out = std::get_if<Send>(&plan)) {
                send = std::move(*out);
                const Instant until = context.now() + net::timeout_of(send->request) + options_.lease_slack;
                TRY(leased, queue::insert_leased(tx, ids_, context.now(), job, send->step, until));
                return {};
            }
            const Next& next = std::get<Next>(plan);
            if (std::holds_alternative<Done>(next)) return {};
            const Leased row{{JobId{ids_.next()}, job.clinic, job.kind, job.subject, 0, {}}, 0};
            TRY(queue::insert_as(tx, context.now(), row));
            return settle(tx, row, next, context.now());
        });
        if (!planned) {
            NewJob later = job;
            later.run_at = context.now() + kRetryLeast;
            TRY(queue::insert(tx, ids_, context.now(), later));
            log::failure("job.failed", planned.error(), {{"kind", job.kind}});
            continue;
        }
        if (send) context.sendings.push_back({*std::move(leased), *std::move(send)});
    }
    context.inline_jobs.clear();
    return {};
}

Result<> Worker::settle(store::Tx& tx, const Leased& leased, const Next& next, Instant now) {
    if (std::holds_alternative<Done>(next)) {
        TRY(queue::finish(tx, leased));
    } else if (const auto* again = std::get_if<Again>(&next)) {
        const int attempt = leased.job.attempt + (again->progress ? 0 : 1);
        TRY(queue::again(tx, leased, std::max(again->at, now), attempt, again->why));
    } else {
        const std::string& reason = std::get<Dead>(next).reason;
        log::warn("job.dead", {{"kind", leased.job.kind}, {"job", leased.job.id.to_text()}, {"reason", reason}});
        TRY(queue::bury(tx, leased, reason));
    }
    return {};
}

}  // namespace clinicpro::jobs
