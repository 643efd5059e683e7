// The runner wakes when poked and when something is due, and drains.
#include "jobs/runner.hpp"

#include <future>

#include "tests/jobs/fixture.hpp"

namespace clinicpro::jobs {
namespace {

class runner : public JobsTest {
protected:
    runner() : JobsTest(false) { w.emplace(*database, client, real_ids, real); }

    // A handler that tells when it ran.
    std::unique_ptr<Handler> telling() {
        return std::make_unique<Lambda>([this](Context& context, store::ClinicTx&, const Job&) -> Result<Plan> {
            {
                const std::lock_guard lock(mutex);
                ran.push_back(context.now());
            }
            changed.notify_all();
            return Next{Done{}};
        });
    }
    bool wait_for(size_t count) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::seconds(20), [&] { return ran.size() >= count; });
    }

    SystemClock real;
    IdMaker real_ids{real, 2};
    std::optional<Worker> w;
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Instant> ran;
};

TEST_F(runner, a_poke_does_not_wait_for_the_poll) {
    w->handle("tell", telling());
    Runner r(*w, real);
    constexpr size_t kRounds = 20;
    const auto before = std::chrono::steady_clock::now();
    for (size_t i = 0; i < kRounds; ++i) {
        enqueue("tell");
        r.wake();
        ASSERT_TRUE(wait_for(i + 1));
    }
    EXPECT_LT(std::chrono::steady_clock::now() - before, Runner::kPoll * kRounds * 3 / 4);
}

TEST_F(runner, a_job_runs_when_it_is_due_and_not_before) {
    w->handle("tell", telling());
    const Instant due = real.now() + 300ms;
    enqueue("tell", 0, due);
    Runner r(*w, real);
    ASSERT_TRUE(wait_for(1));
    EXPECT_GE(ran[0], due);
}

TEST_F(runner, finds_work_that_nobody_announced) {
    w->handle("tell", telling());
    Runner r(*w, real);
    enqueue("tell");
    EXPECT_TRUE(wait_for(1));
}

TEST_F(runner, draining_waits_for_requests_on_their_way_and_takes_nothing_new) {
    w->handle("call", one_call());
    w->handle("tell", telling());
    std::promise<void> sent;
    client.script = [&](const net::ClientRequest&) -> std::optional<net::Outcome> {
        sent.set_value();
        return std::nullopt;
    };
    enqueue("call");
    Runner r(*w, real);
    sent.get_future().wait();
    EXPECT_FALSE(r.drain(Duration(0)));
    enqueue("tell");
    auto drained = std::async(std::launch::async, [&] { return r.drain(20s); });
    EXPECT_EQ(drained.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
    client.end(0, net::Response{});
    EXPECT_TRUE(drained.get());
    EXPECT_EQ(effects(), "plan,absorb:call");
    EXPECT_TRUE(ran.empty());
}

}  // namespace
}  // namespace clinicpro::jobs
