// One contract over all providers, through the keeper and against the sandbox's own lists: whatever happens on the way,
// a confirmed virtual visit has exactly one live meeting, and a visit that is off has none (promise P-06).
#include "tests/contract/stage.hpp"

namespace clinicpro::contract {

class Keeper : public ::testing::TestWithParam<const char*> {
protected:
    Stage stage{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Providers, Keeper, ::testing::ValuesIn(kProviders),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(Keeper, a_confirmed_visit_has_one_meeting_and_its_link_leads_there) {
    stage.confirm();
    stage.pass(2min);
    stage.expect_exactly_one("made");
    for (int i = 0; i < 3; ++i) stage.keep_again();
    stage.expect_exactly_one("wanted again");
}

TEST_P(Keeper, a_lost_answer_makes_no_second_one) {
    for (const char* fault : {"response_lost_after_queue", "request_lost"}) {
        Stage fresh{GetParam()};
        if (fresh.is_remote()) fresh.fault(fault, 1, R"(,"method":"POST")");
        fresh.confirm();
        fresh.pass(10min);
        fresh.expect_exactly_one(fault);
    }
}

TEST_P(Keeper, errors_after_the_work_was_done_make_no_second_one) {
    for (const char* fault : {"http_500", "http_502", "http_503"}) {
        for (const char* when : {"before", "after"}) {
            Stage fresh{GetParam()};
            if (fresh.is_remote()) fresh.fault(fault, 1, std::string(R"(,"stage":")") + when + R"(","method":"POST")");
            fresh.confirm();
            fresh.pass(10min);
            fresh.expect_exactly_one(std::string(fault) + " " + when);
        }
    }
}

TEST_P(Keeper, a_link_that_comes_late_is_waited_for) {
    if (std::string_view(GetParam()) == "google") stage.fault("google_conference_pending", 1, R"(,"times":3)");
    stage.confirm();
    stage.pass(30min);
    stage.expect_exactly_one("pending at first");
}

TEST_P(Keeper, a_rescheduled_visit_keeps_its_meeting_and_its_link) {
    stage.confirm();
    stage.pass(2min);
    const std::string door = stage.door();
    if (stage.is_remote()) stage.fault("response_lost_after_queue", 1, R"(,"method":"PATCH")");
    stage.reschedule(3h);
    stage.pass(10min);
    stage.expect_exactly_one("moved in time");
    EXPECT_EQ(stage.door().substr(0, stage.door().find("?jwt=")), door.substr(0, door.find("?jwt=")));
}

TEST_P(Keeper, a_cancelled_visit_leaves_nothing_however_often_it_is_cancelled) {
    stage.confirm();
    stage.pass(2min);
    if (stage.is_remote()) stage.fault("response_lost_after_queue", 2, R"(,"method":"DELETE")");
    stage.cancel();
    stage.pass(15min);
    stage.expect_none("cancelled");
    stage.keep_again();
    stage.expect_none("cancelled again");
}

TEST_P(Keeper, one_cancelled_while_its_meeting_is_in_doubt_leaves_nothing) {
    if (stage.is_remote()) stage.fault("response_lost_after_queue", 1, R"(,"method":"POST")");
    stage.confirm();
    stage.cancel();
    stage.pass(15min);
    stage.expect_none("cancelled in doubt");
}

TEST_P(Keeper, a_rate_limit_is_waited_out) {
    const std::string provider = GetParam();
    if (provider == "zoom") stage.fault("zoom_rate_limit", 3, R"(,"code":"seconds")");
    if (provider == "google") stage.fault("google_rate", 3);
    stage.confirm();
    stage.pass(30min);
    stage.expect_exactly_one("limited at first");
}

TEST_P(Keeper, a_connection_that_the_provider_ended_says_so_and_goes_on_when_it_is_mended) {
    const std::string provider = GetParam();
    if (provider == "zoom") stage.other.zoom().account().active = false;
    if (provider == "google") stage.steer("PUT", "switches", R"({"google_delegated_scopes":"none"})");
    stage.confirm();
    stage.pass(5min);
    if (stage.is_remote()) {
        EXPECT_EQ(stage.meeting().state, "failed");
        EXPECT_GT(stage.meeting().note.size(), 20u);
        EXPECT_EQ(stage.live().size(), 0u);
    }
    stage.other.zoom().account().active = true;
    stage.steer("PUT", "switches", R"({"google_delegated_scopes":"all"})");
    stage.use(provider);
    stage.pass(5min);
    stage.expect_exactly_one("mended");
}

TEST_P(Keeper, a_token_that_dies_early_is_no_trouble) {
    if (stage.is_remote()) stage.fault("token_dies", 1);
    stage.confirm();
    stage.pass(10min);
    stage.expect_exactly_one("token died");
}

TEST_P(Keeper, moved_to_another_provider_and_back_there_is_always_one) {
    const std::string provider = GetParam();
    stage.confirm();
    stage.pass(2min);
    for (const std::string& next : {std::string(provider == "zoom" ? "google" : "zoom"), provider}) {
        stage.use(next);
        stage.expect_exactly_one("switched, not moved");
        if (stage.is_remote()) stage.fault("response_lost_after_queue", 1, R"(,"method":"POST")");
        stage.move();
        EXPECT_EQ(stage.door().find("closed"), std::string::npos);  // the old one serves until the new one is there
        stage.pass(20min);
        stage.expect_exactly_one("moved to " + next);
    }
    stage.cancel();
    stage.pass(5min);
    stage.expect_none("cancelled after moving");
}

TEST_P(Keeper, a_meeting_that_somebody_deleted_there_is_replaced_when_the_visit_moves) {
    stage.confirm();
    stage.pass(2min);
    const std::string provider = GetParam();
    if (provider == "google") {
        const std::string event = stage.other.google().state().events.begin()->second.id;
        stage.steer("DELETE", "google/meetings/" + event, "");
        stage.reschedule(2h);
        stage.pass(10min);
    }
    stage.expect_exactly_one("deleted by hand");
}

TEST_P(Keeper, a_storm_of_faults_ends_with_exactly_one_and_then_with_none) {
    for (int seed = 1; seed <= 4; ++seed) {
        Stage fresh{GetParam()};
        if (fresh.is_remote()) {
            fresh.other.world().dice = sandbox::Dice(uint64_t(seed));
            for (const char* fault : {"request_lost", "response_lost_after_queue", "token_dies"}) {
                fresh.fault(fault, 4, R"(,"probability":0.3)");
            }
            for (const char* when : {"before", "after"}) {
                fresh.fault("http_503", 4, std::string(R"(,"probability":0.2,"stage":")") + when + "\"");
            }
        }
        const std::string name = "seed " + std::to_string(seed);
        fresh.confirm();
        fresh.pass(20min);
        fresh.reschedule(90min);
        fresh.pass(3h);
        fresh.heal();
        fresh.pass(5h);  // the sweep looks too
        fresh.expect_exactly_one(name);
        fresh.cancel();
        fresh.pass(1h);
        fresh.expect_none(name);
    }
}

}  // namespace clinicpro::contract
