// What the worker promises: one step is one transaction, requests leave after it, and a crash anywhere leaves a row
// that says what to do next.
#include <future>
#include <thread>

#include "tests/jobs/fixture.hpp"

namespace clinicpro::jobs {
namespace {

const net::Outcome kYes = net::Response{.status = 200};

class worker : public JobsTest {};

TEST_F(worker, plans_sends_and_absorbs) {
    Worker w(*database, client, ids, clock);
    w.handle("call", one_call());
    enqueue("call");
    run(w);
    EXPECT_EQ(effects(), "plan");
    EXPECT_EQ(client.count(), 1);
    EXPECT_EQ(w.in_flight(), 1);
    EXPECT_EQ(words("SELECT state || ' ' || step FROM jobs"), "leased call");

    client.end(0, kYes);
    run(w);
    EXPECT_EQ(effects(), "plan,absorb:call");
    EXPECT_EQ(rows(), 0);
    EXPECT_EQ(w.in_flight(), 0);
}

TEST_F(worker, a_request_leaves_only_after_its_plan_is_committed) {
    Worker w(*database, client, ids, clock);
    w.handle("call", one_call());
    enqueue("call");
    std::string seen;
    client.script = [&](const net::ClientRequest&) -> std::optional<net::Outcome> {
        seen = words("SELECT state || ' ' || step FROM jobs");  // another connection sees only what is committed
        return std::nullopt;
    };
    run(w);
    EXPECT_EQ(seen, "leased call");
}

TEST_F(worker, a_plan_that_cannot_be_committed_sends_nothing) {
    testing::FlakyDatabase flaky(*database);
    Worker w(flaky, client, ids, clock);
    w.handle("call", one_call());
    enqueue("call");
    flaky.next = testing::FlakyDatabase::Fault::kCommitRefused;
    EXPECT_FALSE(w.step());
    EXPECT_EQ(client.count(), 0);
    EXPECT_EQ(effects(), "");
    run(w);
    EXPECT_EQ(client.count(), 1);
}

TEST_F(worker, an_answer_that_cannot_be_committed_is_kept_for_the_next_step) {
    testing::FlakyDatabase flaky(*database);
    Worker w(flaky, client, ids, clock);
    w.handle("call", one_call());
    enqueue("call");
    run(w);
    client.end(0, kYes);
    flaky.next = testing::FlakyDatabase::Fault::kCommitRefused;
    EXPECT_FALSE(w.step());
    EXPECT_EQ(effects(), "plan");
    run(w);
    EXPECT_EQ(effects(), "plan,absorb:call");
    EXPECT_EQ(rows(), 0);
}

TEST_F(worker, an_answer_whose_commit_was_lost_but_done_is_not_absorbed_twice) {
    testing::FlakyDatabase flaky(*database);
    Worker w(flaky, client, ids, clock);
    w.handle("again", std::make_unique<Lambda>(
                          [](Context&, store::ClinicTx&, const Job&) -> Result<Plan> {
                              return Send{"call", net::ClientRequest{.url = "http://other/call"}};
                          },
                          [](Context& context, store::ClinicTx& tx, const Job&, std::string_view,
                             const net::Outcome&) -> Result<Next> {
                              TRY(effect(context, tx, "absorb"));
                              return Again{context.now() + 60s, false, "later"};
                          }));
    enqueue("again");
    run(w);
    client.end(0, kYes);
    flaky.next = testing::FlakyDatabase::Fault::kAnswerLost;
    EXPECT_FALSE(w.step());
    run(w);
    EXPECT_EQ(effects(), "absorb");
    EXPECT_EQ(number("SELECT attempt FROM jobs"), 1);
}

TEST_F(worker, a_crash_after_the_plan_is_seen_as_an_interrupted_step) {
    enqueue("call");
    {
        Worker w(*database, client, ids, clock);
        w.handle("call", one_call());
        run(w);
    }
    Worker w(*database, client, ids, clock);
    w.handle("call", one_call());
    run(w);
    EXPECT_EQ(effects(), "plan") << "the lease still holds";
    clock.pass(30s + WorkerOptions{}.lease_slack - 1us);
    run(w);
    EXPECT_EQ(effects(), "plan");
    clock.pass(1us);
    run(w);
    EXPECT_EQ(effects(), "plan,interrupted:call");
    EXPECT_EQ(client.count(), 1);
    EXPECT_EQ(rows(), 0);
}

TEST_F(worker, an_answer_for_a_worker_that_is_gone_changes_nothing) {
    enqueue("call");
    {
        Worker w(*database, client, ids, clock);
        w.handle("call", one_call());
        run(w);
    }
    client.end(0, kYes);  // its completion outlives the worker
    EXPECT_EQ(effects(), "plan");
    EXPECT_EQ(rows(), 1);
}

TEST_F(worker, a_lease_that_was_taken_over_absorbs_nothing) {
    const auto again_and_again = [] {
        return std::make_unique<Lambda>(
            [](Context&, store::ClinicTx&, const Job&) -> Result<Plan> {
                return Send{"call", net::ClientRequest{.url = "http://other/call"}};
            },
            [](Context& context, store::ClinicTx& tx, const Job&, std::string_view,
               const net::Outcome& outcome) -> Result<Next> {
                TRY(effect(context, tx, std::get<net::Response>(outcome).body));
                return Done{};
            });
    };
    Worker first(*database, client, ids, clock), second(*database, client, ids, clock);
    first.handle("call", again_and_again());
    second.handle("call", again_and_again());
    enqueue("call");
    run(first);
    clock.pass(61s);
    run(second);
    ASSERT_EQ(client.count(), 2);
    client.end(0, net::Response{.body = "first"});
    run(first);
    EXPECT_EQ(effects(), "");
    EXPECT_EQ(rows(), 1);
    client.end(1, net::Response{.body = "second"});
    run(second);
    EXPECT_EQ(effects(), "second");
    EXPECT_EQ(rows(), 0);
    EXPECT_NE(logged.find("job.fenced"), std::string::npos);
}

TEST_F(worker, two_workers_never_take_the_same_job) {
    Worker first(*database, client, ids, clock), second(*database, client, ids, clock);
    first.handle("call", one_call());
    second.handle("call", one_call());
    for (int i = 0; i < 20; ++i) enqueue("call", i);
    run(first);
    run(second);
    EXPECT_EQ(client.count(), 20);
}

TEST_F(worker, jobs_for_now_run_in_the_same_transaction_and_need_no_row) {
    Worker w(*database, client, ids, clock);
    w.handle("a", std::make_unique<Lambda>([](Context& context, store::ClinicTx& tx, const Job&) -> Result<Plan> {
                 TRY(effect(context, tx, "a"));
                 TRY(context.enqueue(tx, {tx.clinic(), "b", 5, context.now()}));
                 return Next{Done{}};
             }));
    w.handle("b", std::make_unique<Lambda>([](Context& context, store::ClinicTx& tx, const Job& job) -> Result<Plan> {
                 TRY(effect(context, tx, "b" + std::to_string(job.subject)));
                 TRY(context.enqueue(tx, {tx.clinic(), "c", 6, context.now()}));
                 TRY(context.enqueue(tx, {tx.clinic(), "c", 7, context.now() + 5s}));
                 return Next{Done{}};
             }));
    w.handle("c", plain("c"));
    enqueue("a");
    const int64_t groups = database->statistic().groups;
    EXPECT_EQ(must(w.step()).taken, 1);
    EXPECT_EQ(database->statistic().groups, groups + 1);
    EXPECT_EQ(effects(), "a,b5,c");
    EXPECT_EQ(words("SELECT kind || subject FROM jobs"), "c7");
}

TEST_F(worker, an_inline_job_that_sends_gets_a_leased_row) {
    Worker w(*database, client, ids, clock);
    w.handle("a", std::make_unique<Lambda>([](Context& context, store::ClinicTx& tx, const Job&) -> Result<Plan> {
                 TRY(context.enqueue(tx, {tx.clinic(), "call", 5, context.now()}));
                 return Next{Done{}};
             }));
    w.handle("call", one_call());
    enqueue("a");
    run(w);
    EXPECT_EQ(words("SELECT kind || ' ' || state || ' ' || step FROM jobs"), "call leased call");
    client.end(0, kYes);
    run(w);
    EXPECT_EQ(effects(), "plan,absorb:call");
    EXPECT_EQ(rows(), 0);
}

TEST_F(worker, an_inline_job_that_fails_gets_a_row_and_its_parent_stands) {
    Worker w(*database, client, ids, clock);
    const Instant first = clock.now();
    w.handle("a", std::make_unique<Lambda>([](Context& context, store::ClinicTx& tx, const Job&) -> Result<Plan> {
                 TRY(effect(context, tx, "a"));
                 TRY(context.enqueue(tx, {tx.clinic(), "weak", 5, context.now()}));
                 return Next{Done{}};
             }));
    w.handle("weak", std::make_unique<Lambda>([&](Context& context, store::ClinicTx& tx, const Job&) -> Result<Plan> {
                 TRY(effect(context, tx, "weak"));
                 TRY(context.enqueue(tx, {tx.clinic(), "child", 5, context.now()}));
                 // Not counted: a body that failed may run again with all around it (decision 19).
                 if (context.now() == first) return fail(Code::kConflict, "Not now.");
                 return Next{Done{}};
             }));
    w.handle("child", plain("child"));
    enqueue("a");
    run(w);
    EXPECT_EQ(effects(), "a") << "the failed job's own changes and jobs are undone";
    EXPECT_EQ(rows(), 1);
    clock.pass(2s);
    run(w);
    EXPECT_EQ(effects(), "a,weak,child");
    EXPECT_EQ(rows(), 0);
}

TEST_F(worker, an_inline_job_may_wait_or_stop_for_a_person) {
    Worker w(*database, client, ids, clock);
    w.handle("a", std::make_unique<Lambda>([](Context& context, store::ClinicTx& tx, const Job&) -> Result<Plan> {
                 TRY(context.enqueue(tx, {tx.clinic(), "waits", 0, context.now()}));
                 TRY(context.enqueue(tx, {tx.clinic(), "stops", 0, context.now()}));
                 return Next{Done{}};
             }));
    w.handle("waits", std::make_unique<Lambda>([](Context& context, store::ClinicTx&, const Job&) -> Result<Plan> {
                 return Next{Again{context.now() + 60s, false, "not yet"}};
             }));
    w.handle("stops", std::make_unique<Lambda>([](Context&, store::ClinicTx&, const Job&) -> Result<Plan> {
                 return Next{Dead{"A person must look."}};
             }));
    enqueue("a");
    run(w);
    EXPECT_EQ(words("SELECT kind || ' ' || state || ' ' || attempt || ' ' || note FROM jobs ORDER BY id"),
              "waits ready 1 not yet,stops dead 0 A person must look.");
}

TEST_F(worker, says_when_the_next_job_is_due) {
    Worker w(*database, client, ids, clock);
    w.handle("good", plain("good"));
    EXPECT_FALSE(must(w.step()).next_due);
    enqueue("good", 0, clock.now() + 7s);
    enqueue("good", 0, clock.now() + 3s);
    EXPECT_EQ(must(w.step()).next_due, clock.now() + 3s);
}

TEST_F(worker, draining_absorbs_but_takes_nothing_new) {
    Worker w(*database, client, ids, clock);
    w.handle("call", one_call());
    enqueue("call", 1);
    run(w);
    enqueue("call", 2);
    client.end(0, kYes);
    EXPECT_EQ(must(w.step(false)).taken, 1);
    EXPECT_EQ(must(w.step(false)).taken, 0);
    EXPECT_EQ(effects(), "plan,absorb:call");
    EXPECT_EQ(client.count(), 1);
}

TEST_F(worker, nobody_is_woken_after_the_waker_was_taken_away) {
    Worker w(*database, client, ids, clock);
    w.handle("call", one_call());
    enqueue("call");
    run(w);
    std::promise<void> entered, leave;
    w.on_ready([&, gate = leave.get_future().share()] {
        entered.set_value();
        gate.wait();
    });
    std::thread completion([&] { client.end(0, kYes); });
    entered.get_future().wait();
    auto taken_away = std::async(std::launch::async, [&] { w.on_ready(nullptr); });
    EXPECT_EQ(taken_away.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout)
        << "on_ready(nullptr) returned while the old waker, perhaps destroyed next, was still running";
    leave.set_value();
    taken_away.get();
    completion.join();
}

}  // namespace
}  // namespace clinicpro::jobs
