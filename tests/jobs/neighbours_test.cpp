// One job's trouble stays its own: neighbours run, nothing starves, nothing spins, nothing is sent twice.
#include <future>
#include <thread>

#include "tests/jobs/fixture.hpp"

namespace clinicpro::jobs {
namespace {

const net::Outcome kYes = net::Response{.status = 200};

class neighbours : public JobsTest {};

TEST_F(neighbours, a_failing_job_backs_off_and_is_buried_while_its_neighbours_run) {
    Worker w(*database, client, ids, clock, {.attempts_max = 4});
    w.handle("bad", std::make_unique<Lambda>([](Context& context, store::ClinicTx& tx, const Job&) -> Result<Plan> {
                 TRY(effect(context, tx, "never"));
                 TRY(context.enqueue(tx, {tx.clinic(), "good", 0, context.now()}));
                 return fail(Code::kInternal, "It is broken.");
             }));
    w.handle("good", plain("good"));
    enqueue("bad");
    std::vector<int64_t> waits;
    for (int i = 0; i < 4; ++i) {
        enqueue("good");
        run(w);
        if (i < 3) {
            const Instant due{number("SELECT run_at FROM jobs")};
            waits.push_back((due - clock.now()) / 1ms);
            clock.set(due);
        }
    }
    EXPECT_EQ(effects(), "good,good,good,good");
    EXPECT_EQ(words("SELECT kind || ' ' || state || ' ' || note FROM jobs"), "bad dead It is broken.");
    ASSERT_EQ(waits.size(), 3u);
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_GE(waits[i], 1500 << i);
        EXPECT_LE(waits[i], 2000 << i);
    }
    clock.pass(24h);
    run(w);
    EXPECT_EQ(rows(), 1) << "a buried job is not run";

    const JobId id{number("SELECT id FROM jobs")};
    must(in_clinic(kClinic, [&](store::ClinicTx& tx) { return queue::revive(tx, id, clock.now()); }));
    run(w);
    EXPECT_EQ(words("SELECT state || attempt FROM jobs"), "ready1");
}

TEST_F(neighbours, a_plan_that_fails_for_any_reason_stops_only_itself) {
    for (const Code code : {Code::kInvalid, Code::kNotFound, Code::kConfig, Code::kUnavailable, Code::kBusy,
                            Code::kUnknown, Code::kTooMany, Code::kForbidden}) {
        Worker w(*database, client, ids, clock);
        w.handle("bad", std::make_unique<Lambda>([&](Context&, store::ClinicTx&, const Job&) -> Result<Plan> {
                     return fail(code, "Its own trouble.");
                 }));
        w.handle("good", plain("good"));
        script("DELETE FROM jobs; DELETE FROM effects");
        enqueue("bad");
        enqueue("good");
        const auto stepped = w.step();
        EXPECT_TRUE(stepped) << to_string(code) << " stopped the whole worker";
        EXPECT_EQ(effects(), "good") << to_string(code);
    }
}

TEST_F(neighbours, an_answer_that_cannot_be_taken_for_any_reason_stops_only_itself) {
    for (const Code code : {Code::kInvalid, Code::kNotFound, Code::kConfig, Code::kUnavailable, Code::kBusy,
                            Code::kUnknown, Code::kTooMany, Code::kForbidden}) {
        Worker w(*database, client, ids, clock);
        w.handle("bad", std::make_unique<Lambda>(
                            [](Context& context, store::ClinicTx& tx, const Job& job) -> Result<Plan> {
                                if (job.interrupted_step.empty()) return Send{"call", net::ClientRequest{.url = "http://other/bad"}};
                                TRY(effect(context, tx, "interrupted"));
                                return Next{Done{}};
                            },
                            [&](Context& context, store::ClinicTx& tx, const Job&, std::string_view,
                                const net::Outcome&) -> Result<Next> {
                                TRY(effect(context, tx, "undone"));
                                return fail(code, "Its own trouble.");
                            }));
        w.handle("call", one_call());
        script("DELETE FROM jobs; DELETE FROM effects");
        enqueue("bad");
        enqueue("call");
        run(w);
        client.end(client.open("bad"), kYes);
        client.end(client.open("call"), kYes);
        const auto stepped = w.step();
        EXPECT_TRUE(stepped) << to_string(code) << " stopped the whole worker";
        EXPECT_EQ(effects(), "plan,absorb:call") << to_string(code);
        clock.pass(61s);
        (void)w.step();
        EXPECT_EQ(effects(), "plan,absorb:call,interrupted") << to_string(code);
        EXPECT_EQ(rows(), 0);
    }
}

TEST_F(neighbours, a_job_of_an_unknown_kind_waits_for_a_person) {
    Worker w(*database, client, ids, clock);
    enqueue("mystery");
    run(w);
    EXPECT_EQ(words("SELECT state FROM jobs"), "dead");
}

TEST_F(neighbours, a_full_set_of_requests_is_no_reason_to_spin) {
    Worker w(*database, client, ids, clock, {.in_flight_max = 1});
    w.handle("call", one_call());
    enqueue("call");
    enqueue("call");
    EXPECT_EQ(must(w.step()).taken, 1);
    const auto progress = must(w.step());
    EXPECT_EQ(progress.taken, 0);
    EXPECT_FALSE(progress.next_due) << "an answer will wake it; until then nothing can be taken";
    client.end(0, kYes);
    run(w);
    EXPECT_EQ(client.count(), 2);
}

TEST_F(neighbours, among_jobs_due_together_the_least_tried_go_first) {
    // Those that wait for one shared budget come back at one instant. A new one must not stand behind old ones for
    // ever.
    Worker w(*database, client, ids, clock, {.batch = 1});
    std::string order;
    w.handle("j", std::make_unique<Lambda>([&](Context&, store::ClinicTx&, const Job& job) -> Result<Plan> {
                 order += std::to_string(job.subject) + " ";
                 return Next{Done{}};
             }));
    for (int i = 1; i <= 3; ++i) enqueue("j", i, clock.now());
    script("UPDATE jobs SET attempt = 9 WHERE subject = 1; UPDATE jobs SET attempt = 2 WHERE subject = 2");
    run(w);
    EXPECT_EQ(order, "3 2 1 ");
}

class worker_in_a_group : public JobsTest {
protected:
    worker_in_a_group() : JobsTest(false) {}
};

TEST_F(worker_in_a_group, a_step_run_again_because_of_a_neighbour_sends_once) {
    Worker w(*database, client, ids, clock);
    w.handle("call", one_call());
    enqueue("call");
    const int64_t reruns = database->statistic().reruns;

    // The writer is held, so that the step and a neighbour that fails come into one group.
    std::promise<void> held, release;
    auto gate = release.get_future().share();
    database->submit(
        [&](store::Tx&) -> Result<> {
            held.set_value();
            gate.wait();
            return {};
        },
        [](Result<>) {});
    held.get_future().wait();
    auto step = std::async(std::launch::async, [&] { return w.step(); });
    while (database->statistic().waiting < 1) std::this_thread::yield();
    std::promise<Result<>> neighbour;
    database->submit(
        [](store::Tx& tx) -> Result<> {
            TRY(tx.execute("INSERT INTO effects (clinic_id, id, what) VALUES (1, 1, 'neighbour')"));
            return fail(Code::kInvalid, "The neighbour fails.");
        },
        [&](Result<> result) { neighbour.set_value(std::move(result)); });
    while (database->statistic().waiting < 2) std::this_thread::yield();
    release.set_value();

    EXPECT_EQ(must(step.get()).taken, 1);
    EXPECT_FALSE(neighbour.get_future().get());
    EXPECT_EQ(database->statistic().reruns, reruns + 1);
    EXPECT_EQ(client.count(), 1);
    EXPECT_EQ(effects(), "plan");
    EXPECT_EQ(rows(), 1);
}

}  // namespace
}  // namespace clinicpro::jobs
