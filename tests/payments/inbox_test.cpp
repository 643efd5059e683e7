// Stored first, acknowledged second, understood third.
#include "tests/payments/fixture.hpp"

namespace clinicpro::payments {
namespace {

constexpr std::string_view kBody = R"({"MSISDN":"254708374149","words":"secret bytes of a notice"})";

// A method that does as its test says.
class Told final : public Method {
public:
    using Take = std::function<Result<Handled>(jobs::Context&, store::ClinicTx&, const Notice&)>;
    explicit Told(Take take) : take_(std::move(take)) {}
    std::string_view name() const override { return "told"; }
    Result<Handled> take(jobs::Context& context, store::ClinicTx& tx, const Notice& notice) override {
        return take_(context, tx, notice);
    }

private:
    Take take_;
};

class inbox : public PaymentsTest {
protected:
    inbox() {
        script("CREATE TABLE effects (clinic_id BIGINT NOT NULL, id BIGINT NOT NULL, what TEXT NOT NULL)");
        methods.add(std::make_unique<Told>([this](jobs::Context& context, store::ClinicTx& tx, const Notice& notice) {
            return take(context, tx, notice);
        }));
        worker.drain_from(box);
        worker.handle("after", std::make_unique<AfterJob>());
        box.on_stored([this] { ++woken; });
    }
    class AfterJob final : public jobs::Handler {
    public:
        Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override {
            TRY(effect(context, tx, "after:" + std::to_string(job.subject)));
            return jobs::Next{jobs::Done{}};
        }
    };
    static Result<> effect(jobs::Context& context, store::ClinicTx& tx, std::string_view what) {
        TRY(tx.execute("INSERT INTO effects (clinic_id, id, what) VALUES ($1, $2, $3)", context.ids().next(), what));
        return {};
    }
    Result<> store(ClinicId clinic, int64_t subject = 0, std::string body = std::string(kBody),
                   std::string method = "told") {
        std::optional<Result<>> answer;
        box.store({.clinic = clinic,
                   .method = method,
                   .subject = subject,
                   .body = body,
                   .peer = "196.201.212.69",
                   .peer_known = true},
                  [&](Result<> stored) {
                      CHECK(!answer);
                      rows_when_answered = number("SELECT COUNT(*) FROM inbox");
                      answer = std::move(stored);
                  });
        CHECK(answer.has_value());
        return *answer;
    }
    void run() {
        for (int steps = 0; must(worker.step()).taken > 0; ++steps) ASSERT_LT(steps, 1000) << "a hot loop";
    }
    std::string effects() { return words("SELECT what FROM effects ORDER BY id"); }
    std::string states() { return words("SELECT state FROM inbox ORDER BY id"); }

    testing::FlakyDatabase flaky{*database};
    Methods methods;
    Inbox box{flaky, *vault, entropy, ids, clock, methods};
    jobs::Worker worker{*database, client, ids, clock};
    int woken = 0;
    int64_t rows_when_answered = -1;
    Told::Take take = [](jobs::Context&, store::ClinicTx&, const Notice&) -> Result<Handled> { return Handled{}; };
};

TEST_F(inbox, a_notice_is_committed_before_it_is_acknowledged) {
    must(store(mlimani));
    EXPECT_EQ(rows_when_answered, 1);
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(states(), "new");
}

TEST_F(inbox, a_commit_that_fails_is_told_and_nothing_is_acknowledged) {
    flaky.next = testing::FlakyDatabase::Fault::kCommitRefused;
    const auto stored = store(mlimani);
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code, Code::kStorageFull);
    EXPECT_EQ(number("SELECT COUNT(*) FROM inbox"), 0);
    EXPECT_EQ(woken, 0);
    must(store(mlimani));
    EXPECT_EQ(number("SELECT COUNT(*) FROM inbox"), 1);
}

TEST_F(inbox, a_clinic_that_does_not_exist_stores_nothing) {
    const auto stored = store(ClinicId{99});
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code, Code::kNotFound);
}

TEST_F(inbox, the_body_is_sealed_in_the_file_and_comes_back_byte_by_byte) {
    std::string seen;
    take = [&](jobs::Context&, store::ClinicTx&, const Notice& notice) -> Result<Handled> {
        seen = notice.body;
        EXPECT_EQ(notice.clinic, mlimani);
        EXPECT_EQ(notice.subject, 5);
        EXPECT_EQ(notice.peer, "196.201.212.69");
        EXPECT_TRUE(notice.peer_known);
        EXPECT_EQ(notice.received_at, testing::kMorning);
        return Handled{};
    };
    must(store(mlimani, 5));
    run();
    EXPECT_EQ(seen, kBody);
    EXPECT_EQ(disk_bytes().find("secret bytes"), std::string::npos);
    EXPECT_EQ(disk_bytes().find("254708374149"), std::string::npos);
    const InboxId id{number("SELECT id FROM inbox")};
    EXPECT_EQ(must(in_clinic(mlimani, [&](store::ClinicTx& tx) { return Inbox::open(tx, *vault, id); })).reveal(),
              kBody);
    EXPECT_FALSE(in_clinic(bahari, [&](store::ClinicTx& tx) { return Inbox::open(tx, *vault, id); }));
}

TEST_F(inbox, an_applied_notice_is_done_with_its_note_and_its_jobs) {
    take = [](jobs::Context& context, store::ClinicTx& tx, const Notice& notice) -> Result<Handled> {
        TRY(effect(context, tx, "took"));
        TRY(context.enqueue(tx, {tx.clinic(), "after", notice.subject, context.now()}));
        return Handled{Verdict::kApplied, "A note."};
    };
    must(store(mlimani, 5));
    run();
    EXPECT_EQ(effects(), "took,after:5");
    EXPECT_EQ(words("SELECT state || ' ' || note FROM inbox"), "done A note.");
    run();
    EXPECT_EQ(effects(), "took,after:5");
}

TEST_F(inbox, a_parked_notice_is_tried_again_every_minute_for_a_day) {
    int tries = 0;
    take = [&](jobs::Context&, store::ClinicTx&, const Notice&) -> Result<Handled> {
        ++tries;
        return Handled{Verdict::kParked, "Not here yet."};
    };
    must(store(mlimani));
    run();
    EXPECT_EQ(tries, 1);
    EXPECT_EQ(states(), "parked");
    clock.pass(59s);
    run();
    EXPECT_EQ(tries, 1);
    clock.pass(1s);
    run();
    EXPECT_EQ(tries, 2);
    clock.pass(24h);
    run();
    EXPECT_EQ(states(), "rejected");
    clock.pass(24h);
    run();
    EXPECT_EQ(tries, 3);
}

TEST_F(inbox, a_rejected_notice_is_kept_and_can_be_tried_again_by_a_person) {
    bool believable = false;
    take = [&](jobs::Context& context, store::ClinicTx& tx, const Notice&) -> Result<Handled> {
        if (!believable) return Handled{Verdict::kRejected, "It cannot be true."};
        TRY(effect(context, tx, "took"));
        return Handled{};
    };
    must(store(mlimani));
    run();
    const auto listed = must(in_clinic(mlimani, [](store::ClinicTx& tx) { return Inbox::list(tx, "rejected", 10); }));
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_EQ(listed[0].note, "It cannot be true.");
    EXPECT_TRUE(must(in_clinic(bahari, [](store::ClinicTx& tx) { return Inbox::list(tx, "", 10); })).empty());

    believable = true;
    EXPECT_FALSE(in_clinic(bahari, [&](store::ClinicTx& tx) { return Inbox::retry(tx, listed[0].id, clock.now()); }));
    must(in_clinic(mlimani, [&](store::ClinicTx& tx) { return Inbox::retry(tx, listed[0].id, clock.now()); }));
    run();
    EXPECT_EQ(effects(), "took");
    EXPECT_EQ(states(), "done");
    EXPECT_FALSE(in_clinic(mlimani, [&](store::ClinicTx& tx) { return Inbox::retry(tx, listed[0].id, clock.now()); }));
}

TEST_F(inbox, a_failing_notice_backs_off_and_then_waits_for_a_person) {
    int tries = 0;
    take = [&](jobs::Context&, store::ClinicTx&, const Notice&) -> Result<Handled> {
        ++tries;
        return fail(Code::kInternal, "Something broke.");
    };
    must(store(mlimani));
    for (int i = 1; i < 8; ++i) {
        run();
        EXPECT_EQ(tries, i);
        EXPECT_EQ(states(), "parked");
        clock.set(Instant{number("SELECT run_at FROM inbox")});
    }
    run();
    EXPECT_EQ(tries, 8);
    EXPECT_EQ(words("SELECT state || ' ' || note FROM inbox"), "rejected Something broke.");
    EXPECT_LT(clock.now() - testing::kMorning, 10min);
    clock.pass(24h);
    run();
    EXPECT_EQ(tries, 8);
}

TEST_F(inbox, a_failing_notice_disturbs_no_neighbour_and_leaves_nothing_behind) {
    for (const Code code :
         {Code::kInternal, Code::kConflict, Code::kConfig, Code::kUnavailable, Code::kBusy, Code::kUnknown}) {
        script("DELETE FROM inbox; DELETE FROM effects");
        take = [&](jobs::Context& context, store::ClinicTx& tx, const Notice& notice) -> Result<Handled> {
            TRY(effect(context, tx, "took:" + std::to_string(notice.subject)));
            TRY(context.enqueue(tx, {tx.clinic(), "after", notice.subject, context.now()}));
            TRY(context.enqueue(tx, {tx.clinic(), "after", 100 + notice.subject, context.now() + 1s}));
            if (notice.subject == 2) return fail(code, "Its own trouble.");
            return Handled{};
        };
        for (int i = 1; i <= 3; ++i) must(store(mlimani, i));
        EXPECT_TRUE(worker.step()) << to_string(code) << " stopped everything";
        EXPECT_EQ(effects(), "took:1,took:3,after:1,after:3") << to_string(code);
        EXPECT_EQ(states(), "done,parked,done") << to_string(code);
        EXPECT_EQ(words("SELECT subject FROM jobs ORDER BY subject"), "101,103") << to_string(code);
        script("DELETE FROM jobs");
    }
}

TEST_F(inbox, a_statement_that_fails_inside_a_notice_disturbs_no_neighbour) {
    take = [](jobs::Context& context, store::ClinicTx& tx, const Notice& notice) -> Result<Handled> {
        TRY(effect(context, tx, "took:" + std::to_string(notice.subject)));
        if (notice.subject == 2) {
            TRY(tx.execute(
                "INSERT INTO inbox (clinic_id, id, method, subject, body, peer, peer_known, state, note, attempt, "
                "run_at, received_at) VALUES ($1, 1, '', 0, '', '', 0, 'no such state', '', 0, 0, 0)"));
        }
        return Handled{};
    };
    for (int i = 1; i <= 3; ++i) must(store(mlimani, i));
    run();
    EXPECT_EQ(effects(), "took:1,took:3");
    EXPECT_EQ(states(), "done,parked,done");
}

TEST_F(inbox, a_notice_for_an_unknown_method_is_rejected) {
    must(store(mlimani, 0, "{}", "card"));
    run();
    EXPECT_EQ(states(), "rejected");
}

TEST_F(inbox, a_body_moved_to_another_clinic_does_not_open) {
    int tries = 0;
    take = [&](jobs::Context&, store::ClinicTx&, const Notice&) -> Result<Handled> {
        ++tries;
        return Handled{};
    };
    must(store(mlimani));
    must(in_clinic(kSystem, [&](store::ClinicTx& tx) -> Result<> {
        TRY(tx.raw().execute("UPDATE inbox SET clinic_id = $1", bahari));
        return {};
    }));
    run();
    EXPECT_EQ(tries, 0);
    EXPECT_EQ(states(), "parked");
}

}  // namespace
}  // namespace clinicpro::payments
