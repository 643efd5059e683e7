// Facts about asking a provider while a person waits: the check, and the clinician's way in.
#include "invoices/meeting_call.hpp"

#include "tests/invoices/ledger_provider.hpp"

namespace clinicpro::invoices::testing {

using meetings::Finding;
using meetings::Kind;

class Calls : public LedgerTest {
protected:
    MeetingCall call() {
        return {*world.database, *world.vault, world.settings, world.client,
                world.ids,       world.clock,  World::kMlimani, "key_test"};
    }
};

TEST_F(Calls, the_host_s_way_in_is_asked_of_the_provider_that_made_the_meeting) {
    confirm();
    use(Kind::kGoogleMeet);
    // The ledger answers "host" as it answers a find: with the meeting's id.
    const auto link = call().host_link(visit);
    ASSERT_TRUE(link) << link.error().message;
    EXPECT_EQ(link->reveal(), "https://zoom.test/s/m1");
    EXPECT_EQ(audited("meeting.host_link"), 1);
    EXPECT_EQ(zoom.asked.back(), "host");
    EXPECT_TRUE(google.asked.empty());
}

TEST_F(Calls, without_a_meeting_or_an_answer_it_says_why_and_audits_nothing) {
    EXPECT_EQ(call().host_link(visit).error().code, Code::kConflict);  // not confirmed
    zoom.always["create"] = Fault::kMisconfigured;
    confirm();
    EXPECT_EQ(call().host_link(visit).error().code, Code::kConflict);  // not made
    zoom.always.clear();
    use(Kind::kZoom);
    ASSERT_EQ(meeting().state, "ready");
    for (const auto fault : {Fault::kLost, Fault::kRefused, Fault::kDead}) {
        zoom.always["host"] = fault;
        const auto link = call().host_link(visit);
        ASSERT_FALSE(link);
        EXPECT_EQ(link.error().code, Code::kUnavailable);
        EXPECT_FALSE(link.error().message.empty());
    }
    EXPECT_EQ(audited("meeting.host_link"), 0);
    auto stranger = call();
    stranger.clinic = World::kPwani;
    EXPECT_EQ(stranger.host_link(visit).error().code, Code::kNotFound);
    EXPECT_EQ(call().host_link(AppointmentId{77}).error().code, Code::kNotFound);
}

TEST_F(Calls, a_check_of_a_dead_connection_marks_it_and_a_good_one_takes_it_up_again) {
    zoom.always["token"] = Fault::kDead;
    const auto dead = call().check({});
    ASSERT_TRUE(dead);
    ASSERT_EQ(dead->size(), 1u);
    EXPECT_EQ((*dead)[0].level, Finding::Level::kProblem);
    EXPECT_EQ(audited("meeting.connection_broken"), 1);
    confirm();
    EXPECT_EQ(meeting().state, "failed");

    use(Kind::kSimple, "https://meet.example");
    const auto good = call().check({});
    ASSERT_TRUE(good);
    EXPECT_EQ((*good)[0].level, Finding::Level::kGood);
}

}  // namespace clinicpro::invoices::testing
