// fixture.hpp: a worker over a test world, with handlers written as lambdas and a table that shows what they did.
#pragma once

#include "tests/jobs/world.hpp"

namespace clinicpro::jobs {

class Lambda final : public Handler {
public:
    using OnPlan = std::function<Result<Plan>(Context&, store::ClinicTx&, const Job&)>;
    using OnAbsorb =
        std::function<Result<Next>(Context&, store::ClinicTx&, const Job&, std::string_view, const net::Outcome&)>;
    explicit Lambda(OnPlan plan, OnAbsorb absorb = {}) : plan_(std::move(plan)), absorb_(std::move(absorb)) {}
    Result<Plan> plan(Context& context, store::ClinicTx& tx, const Job& job) override {
        return plan_(context, tx, job);
    }
    Result<Next> absorb(Context& context, store::ClinicTx& tx, const Job& job, std::string_view step,
                        const net::Outcome& outcome) override {
        if (!absorb_) return Handler::absorb(context, tx, job, step, outcome);
        return absorb_(context, tx, job, step, outcome);
    }

private:
    OnPlan plan_;
    OnAbsorb absorb_;
};

inline constexpr ClinicId kClinic{7};

class JobsTest : public testing::World {
protected:
    explicit JobsTest(bool in_caller = true) : World(in_caller) {
        script("CREATE TABLE effects (clinic_id BIGINT NOT NULL, id BIGINT NOT NULL, what TEXT NOT NULL)");
    }

    static Result<> effect(Context& context, store::ClinicTx& tx, std::string_view what) {
        TRY(tx.execute("INSERT INTO effects (clinic_id, id, what) VALUES ($1, $2, $3)", context.ids().next(), what));
        return {};
    }
    std::string effects() { return words("SELECT what FROM effects ORDER BY id"); }

    void enqueue(std::string kind, int64_t subject = 0, Instant at = {}) {
        must(in_clinic(kClinic, [&](store::ClinicTx& tx) -> Result<> {
            QueueContext context(ids, clock.now());
            return context.enqueue(tx, {kClinic, kind, subject, at});
        }));
    }
    // One handler that sends one request and writes down what it saw.
    static std::unique_ptr<Handler> one_call() {
        return std::make_unique<Lambda>(
            [](Context& context, store::ClinicTx& tx, const Job& job) -> Result<Plan> {
                if (!job.interrupted_step.empty()) {
                    TRY(effect(context, tx, "interrupted:" + job.interrupted_step));
                    return Next{Done{}};
                }
                TRY(effect(context, tx, "plan"));
                return Send{"call", net::ClientRequest{.url = "http://other/call"}};
            },
            [](Context& context, store::ClinicTx& tx, const Job&, std::string_view step,
               const net::Outcome&) -> Result<Next> {
                TRY(effect(context, tx, "absorb:" + std::string(step)));
                return Done{};
            });
    }
    static std::unique_ptr<Handler> plain(std::string what) {
        return std::make_unique<Lambda>([what](Context& context, store::ClinicTx& tx, const Job&) -> Result<Plan> {
            TRY(effect(context, tx, what));
            return Next{Done{}};
        });
    }
    // Steps until nothing is due.
    void run(Worker& worker) {
        for (int steps = 0; must(worker.step()).taken > 0; ++steps) ASSERT_LT(steps, 1000) << "a hot loop";
    }
    int64_t rows() { return number("SELECT COUNT(*) FROM jobs"); }
};

}  // namespace clinicpro::jobs
