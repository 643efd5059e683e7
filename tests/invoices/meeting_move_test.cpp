// Facts about changing who makes the meetings, and who holds them, while visits are booked: links keep working, nothing
// is left behind.
#include "tests/invoices/ledger_provider.hpp"

namespace clinicpro::invoices::testing {

using meetings::Kind;
using Asked = std::vector<std::string>;

class Move : public LedgerTest {};

TEST_F(Move, a_switch_of_provider_leaves_the_meetings_that_are_there) {
    confirm();
    use(Kind::kGoogleMeet);
    pass_long(1h);
    EXPECT_EQ(meeting().provider, "zoom");
    EXPECT_EQ(google.made, 0);
    const Appointment before = world.now(visit);
    world.in(World::kMlimani, [&](auto& context, auto& tx) {
        return appointments::reschedule(context, tx, visit, before.starts_at + 1h, before.ends_at + 1h, "test");
    });
    world.run();
    EXPECT_EQ(zoom.held.at("m1").start, (before.starts_at + 1h).micros);
    EXPECT_EQ(door(), "https://zoom.test/j/m1");
    cancel();
    EXPECT_TRUE(zoom.held.empty());
    EXPECT_TRUE(google.asked.empty());
}

TEST_F(Move, moving_makes_the_new_one_first_and_then_takes_the_old_one_down) {
    confirm();
    use(Kind::kGoogleMeet);
    google.faults["create"] = {Fault::kRefused};
    move();
    EXPECT_EQ(door(), "https://zoom.test/j/m1");  // until the new one is there
    EXPECT_TRUE(meeting().has_link);
    EXPECT_EQ(zoom.held.size(), 1u);
    pass_long(30min);
    EXPECT_EQ(door(), "https://google.test/j/m1");
    EXPECT_TRUE(zoom.held.empty());
    EXPECT_EQ(google.held.size(), 1u);
    EXPECT_EQ(meeting().provider, "google_meet");
    EXPECT_EQ(world.meetings(), 1);
    EXPECT_EQ(audited("meeting.moved"), 1);
    EXPECT_EQ(world.now(visit).link_generation, 0);
    EXPECT_EQ(world.notices_of().size(), 1u);  // the patient's link is the same, so nobody is told anything
}

TEST_F(Move, an_answer_that_gets_lost_while_the_old_one_goes_is_no_loss) {
    confirm();
    use(Kind::kGoogleMeet);
    zoom.faults["cancel"] = {Fault::kDoneAndLost, Fault::kLost};
    move();
    pass_long(2h);
    EXPECT_TRUE(zoom.held.empty());
    EXPECT_EQ(google.held.size(), 1u);
    EXPECT_EQ(world.meetings(), 1);
}

TEST_F(Move, a_meeting_in_doubt_is_found_and_taken_down) {
    zoom.faults["create"] = {Fault::kDoneAndLost};
    confirm();
    EXPECT_EQ(meeting().state, "wanted");
    use(Kind::kGoogleMeet);
    move();
    pass_long(2h);
    EXPECT_TRUE(zoom.held.empty());
    EXPECT_EQ(google.held.size(), 1u);
    EXPECT_EQ(world.meetings(), 1);
    EXPECT_EQ(door(), "https://google.test/j/m1");
}

TEST_F(Move, another_practitioner_holds_the_new_one) {
    confirm();
    move("dr.wanjiru@clinic.example");
    EXPECT_EQ(zoom.held.size(), 1u);
    EXPECT_EQ(zoom.held.begin()->second.host, "dr.wanjiru@clinic.example");
    EXPECT_EQ(meeting().host, "dr.wanjiru@clinic.example");
    EXPECT_EQ(world.now(visit).host, "dr.wanjiru@clinic.example");
}

TEST_F(Move, a_new_provider_that_cannot_leaves_the_old_link_in_place) {
    confirm();
    use(Kind::kGoogleMeet);
    google.always["create"] = Fault::kMisconfigured;
    move();
    EXPECT_EQ(meeting().state, "failed");
    EXPECT_TRUE(meeting().has_link);
    EXPECT_EQ(door(), "https://zoom.test/j/m1");
    EXPECT_EQ(zoom.held.size(), 1u);
    cancel();
    EXPECT_TRUE(zoom.held.empty());
    EXPECT_EQ(world.meetings(), 0);
}

TEST_F(Move, cancelled_in_the_middle_both_go) {
    confirm();
    use(Kind::kGoogleMeet);
    google.faults["create"] = {Fault::kDoneAndLost};
    move();
    cancel();
    pass_long(2h);
    EXPECT_TRUE(zoom.held.empty());
    EXPECT_TRUE(google.held.empty());
    EXPECT_EQ(world.meetings(), 0);
}

TEST_F(Move, what_has_no_meeting_to_come_is_not_moved) {
    const auto moved = world.attempt(World::kMlimani, [&](auto& context, auto& tx) {
        return meeting_keeper::move(context, tx, visit, {}, "test");
    });
    EXPECT_EQ(moved.error().code, Code::kConflict);
    const auto foreign = world.attempt(World::kPwani, [&](auto& context, auto& tx) {
        return meeting_keeper::move(context, tx, visit, {}, "test");
    });
    EXPECT_EQ(foreign.error().code, Code::kNotFound);
}

TEST_F(Move, a_host_must_be_a_name_the_provider_can_know) {
    for (const std::string& wrong : {std::string("me"), std::string("dr wanjiru"), std::string(300, 'a')}) {
        EXPECT_EQ(appointments::check_host(wrong).error().field, "host") << wrong;
    }
    EXPECT_TRUE(appointments::check_host(""));
}

// --- the connection --------------------------------------------------------------------------------------------------

TEST_F(Move, a_dead_connection_is_marked_and_asked_no_more_until_it_is_mended) {
    zoom.always["token"] = Fault::kDead;
    confirm();
    const auto other = world.visit(world.patient(), AppointmentKind::kVirtual);
    confirm(other);
    EXPECT_EQ(zoom.asked, (Asked{"token"}));
    EXPECT_EQ(meeting().state, "failed");
    EXPECT_EQ(meeting().note, "Connect again.");
    EXPECT_EQ(audited("meeting.connection_broken"), 1);
    const auto broken = world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<std::vector<meeting_connections::Broken>> {
        TRY(const auto choice, MeetingSettings::current(tx));
        return meeting_connections::broken(tx, *choice);
    });
    ASSERT_EQ(broken.size(), 1u);
    EXPECT_EQ(broken[0].note, "Connect again.");

    zoom.always.clear();
    use(Kind::kZoom);  // with new credentials
    world.pass(1s);    // one of the two waits for the token of the other
    EXPECT_EQ(meeting().state, "ready");
    EXPECT_EQ(zoom.held.size(), 2u);
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM meeting_connections WHERE clinic_id = $1 AND broken_at IS NOT NULL"), 0);
}

TEST_F(Move, only_one_visit_fetches_the_token_and_the_others_wait_for_it) {
    world.client.hold = true;
    std::vector<AppointmentId> visits{visit};
    for (int i = 0; i < 5; ++i) visits.push_back(world.visit(world.patient(), AppointmentKind::kVirtual));
    for (const AppointmentId one : visits) confirm(one);
    ASSERT_EQ(world.client.held.size(), 1u);
    world.client.hold = false;
    world.client.held[0](net::Response{.status = 200, .body = "token"});
    world.pass(1s);
    EXPECT_EQ(zoom.held.size(), 6u);
    EXPECT_EQ(zoom.asked, (Asked(6, "create")));
}

TEST_F(Move, a_change_of_the_default_tries_again_what_failed_at_every_clinic) {
    const auto theirs = world.visit(world.patient(World::kPwani), AppointmentKind::kVirtual, World::kPwani);
    world.in(kSystem, [&](auto&, auto& tx) { return tx.execute("DELETE FROM meeting_config WHERE clinic_id = $1"); });
    world.in(World::kPwani,
             [&](auto& context, auto& tx) { return appointments::confirm(context, tx, theirs, "test"); });
    world.run();
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM meetings WHERE clinic_id = $1 AND state = 'failed'", World::kPwani), 1);
    world.in(kSystem, [&](auto& context, auto& tx) {
        return world.settings.set_adapter(context, tx, {Kind::kSimple, "https://meet.example"}, "test");
    });
    world.run();
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM meetings WHERE clinic_id = $1 AND state = 'ready'", World::kPwani), 1);
}

}  // namespace clinicpro::invoices::testing
