// How long somebody who guesses has to wait.
#include "clinics/throttle.hpp"

#include "tests/clinics/fixture.hpp"

namespace clinicpro::clinics {
namespace {

using throttle::Kind;

class ThrottleTest : public ClinicsTest {
protected:
    ClinicId one = make_clinic("one");
    Result<> take(Kind kind, Instant at, const std::string& mark = "0123456789abcdef") {
        return in_clinic(kind == Kind::kAddress ? kSystem : one,
                         [&](store::ClinicTx& tx) { return throttle::take(tx, kind, mark, at); });
    }
    void give_back(Kind kind, const std::string& mark = "0123456789abcdef") {
        must(in_clinic(kind == Kind::kAddress ? kSystem : one,
                       [&](store::ClinicTx& tx) { return throttle::give_back(tx, kind, mark); }));
    }
};

TEST_F(ThrottleTest, after_five_attempts_an_account_waits_longer_each_time) {
    Instant now = kNow;
    for (int i = 0; i < throttle::kFreeForAccount; ++i) EXPECT_TRUE(take(Kind::kPassword, now)) << i;
    for (const Duration wait : {Duration(30s), Duration(60s), Duration(120s), Duration(240s), Duration(480s),
                                Duration(900s), Duration(900s)}) {
        EXPECT_EQ(take(Kind::kPassword, now + wait - 1s).error().code, Code::kTooMany);
        now = now + wait;
        EXPECT_TRUE(take(Kind::kPassword, now));
    }
    EXPECT_EQ(take(Kind::kPassword, now + 1s).error().message,
              "There were too many attempts. Try again in 15 minutes.");
}

TEST_F(ThrottleTest, a_refused_attempt_does_not_prolong_the_wait) {
    for (int i = 0; i < throttle::kFreeForAccount; ++i) must(take(Kind::kPassword, kNow));
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(take(Kind::kPassword, kNow + 29s));
    EXPECT_TRUE(take(Kind::kPassword, kNow + 30s));
}

TEST_F(ThrottleTest, a_right_password_starts_anew_and_so_does_a_quiet_day) {
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < throttle::kFreeForAccount - 1; ++i) must(take(Kind::kPassword, kNow));
        must(take(Kind::kPassword, kNow));
        give_back(Kind::kPassword);
    }
    for (int i = 0; i < throttle::kFreeForAccount; ++i) must(take(Kind::kPassword, kNow));
    for (int i = 0; i < throttle::kFreeForAccount; ++i) EXPECT_TRUE(take(Kind::kPassword, kNow + 25h));
}

TEST_F(ThrottleTest, an_account_is_not_forgotten_within_the_day) {
    for (int i = 0; i < throttle::kFreeForAccount + 1; ++i) must(take(Kind::kPassword, kNow + i * 2h));
    EXPECT_FALSE(take(Kind::kPassword, kNow + 10h + 59s)) << "the sixth within a day: a minute of waiting";
}

TEST_F(ThrottleTest, the_time_to_wait_is_said_in_whole_minutes_rounded_up) {
    for (int i = 0; i < throttle::kFreeForAccount; ++i) must(take(Kind::kPassword, kNow));
    const auto said = [&](Instant at) { return take(Kind::kPassword, at).error().message; };
    EXPECT_EQ(said(kNow + 29s), "There were too many attempts. Try again in 1 minute.");
    must(take(Kind::kPassword, kNow + 30s));
    must(take(Kind::kPassword, kNow + 90s));  // now two minutes
    EXPECT_EQ(said(kNow + 90s), "There were too many attempts. Try again in 2 minutes.");
    EXPECT_EQ(said(kNow + 149s), "There were too many attempts. Try again in 2 minutes.");
    EXPECT_EQ(said(kNow + 150s), "There were too many attempts. Try again in 1 minute.");
}

TEST_F(ThrottleTest, an_account_is_blocked_from_its_last_free_attempt_until_the_wait_is_over) {
    const auto blocked = [&](Instant at) {
        return must(
            in_clinic(one, [&](store::ClinicTx& tx) { return throttle::is_blocked(tx, "0123456789abcdef", at); }));
    };
    EXPECT_FALSE(blocked(kNow));
    for (int i = 0; i < throttle::kFreeForAccount - 1; ++i) must(take(Kind::kPassword, kNow));
    EXPECT_FALSE(blocked(kNow));
    must(take(Kind::kPassword, kNow));
    EXPECT_TRUE(blocked(kNow));
    EXPECT_TRUE(blocked(kNow + 30s - 1us));
    EXPECT_FALSE(blocked(kNow + 30s));
}

TEST_F(ThrottleTest, an_address_has_thirty_attempts_an_hour) {
    for (int i = 0; i < throttle::kFreeForAddress; ++i) EXPECT_TRUE(take(Kind::kAddress, kNow + 50min)) << i;
    EXPECT_FALSE(take(Kind::kAddress, kNow + 50min + 29s));
    EXPECT_TRUE(take(Kind::kAddress, kNow + 51min));
    EXPECT_TRUE(take(Kind::kAddress, kNow + 50min + 61min));
    EXPECT_TRUE(take(Kind::kAddress, kNow + 50min + 61min));
}

TEST_F(ThrottleTest, people_who_get_in_cost_their_address_nothing) {
    for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(take(Kind::kAddress, kNow)) << i;
        give_back(Kind::kAddress);
    }
}

TEST_F(ThrottleTest, signing_in_oneself_does_not_free_an_address_that_guesses) {
    for (int i = 0; i < throttle::kFreeForAddress; ++i) must(take(Kind::kAddress, kNow));
    must(take(Kind::kAddress, kNow + 30s));
    give_back(Kind::kAddress);
    EXPECT_FALSE(take(Kind::kAddress, kNow + 31s));
}

TEST_F(ThrottleTest, what_is_counted_stands_in_the_database_and_names_nobody) {
    const std::string mark = must(in_clinic(
        one, [&](store::ClinicTx& tx) { return throttle::mark_of(tx, *vault, Kind::kPassword, "achieng.wanjiru"); }));
    for (const auto& [kind, name] :
         {std::pair{Kind::kPassword, "another"}, std::pair{Kind::kCode, "achieng.wanjiru"}}) {
        const std::string other =
            must(in_clinic(one, [&](store::ClinicTx& tx) { return throttle::mark_of(tx, *vault, kind, name); }));
        EXPECT_NE(other, mark) << "each name and each kind is counted by itself";
    }
    for (int i = 0; i < throttle::kFreeForAccount; ++i) must(take(Kind::kPassword, kNow, mark));
    vault.reset();
    reopen();
    vault = must(open_vault(master));
    EXPECT_FALSE(take(Kind::kPassword, kNow + 1s, mark));
    EXPECT_EQ(disk_bytes().find("achieng.wanjiru"), std::string::npos);
}

TEST_F(ThrottleTest, sweeping_forgets_yesterday_only) {
    must(take(Kind::kPassword, kNow - 25h, "yesterday_______"));
    must(take(Kind::kPassword, kNow - 1h, "today___________"));
    for (int i = 0; i < throttle::kFreeForAccount; ++i) must(take(Kind::kPassword, kNow));
    must(in_system([](store::Tx& tx) { return throttle::sweep(tx, kNow); }));
    EXPECT_FALSE(take(Kind::kPassword, kNow + 1s));
    int64_t rows = 0;
    must(in_system([&](store::Tx& tx) -> Result<> {
        TRY(tx.each("SELECT count(*) FROM sign_in_failures", [&](const store::Row& row) { rows = row.integer(0); }));
        return {};
    }));
    EXPECT_EQ(rows, 2);
}

}  // namespace
}  // namespace clinicpro::clinics
