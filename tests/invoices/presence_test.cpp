// Facts about whether a meeting is being held: told twice, late, in any order, and by strangers.
#include "invoices/presence.hpp"

#include "invoices/meeting.hpp"
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using testing::World;

class PresenceTest : public ::testing::TestWithParam<const char*> {
protected:
    World world{{}, GetParam()};
    const AppointmentId visit = world.visit(world.patient(), AppointmentKind::kVirtual);
    const Instant begin = world.clock.at + 24h;
    std::string provider_id;

    void SetUp() override {
        world.in(World::kMlimani,
                 [&](auto& context, auto& tx) { return appointments::confirm(context, tx, visit, "test"); });
        world.run();
        provider_id = world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<std::string> {
            // Only a provider whose meetings are its own says who is in them.
            TRY(tx.execute("UPDATE meetings SET provider = 'zoom' WHERE clinic_id = $1"));
            TRY(const auto found, meeting_rows::find(tx, visit));
            return found->meeting.provider_id;
        });
    }
    bool tell(bool started, std::string instance, Duration after, ClinicId clinic = World::kMlimani) {
        return world.in(clinic, [&](auto&, auto& tx) {
            return presence::record(tx,
                                    {.provider = meetings::Kind::kZoom,
                                     .provider_id = provider_id,
                                     .instance = std::move(instance),
                                     .started = started,
                                     .at = begin + after},
                                    world.clock.at);
        });
    }
    presence::Presence held(Duration after) {
        return world.in(World::kMlimani, [&](auto&, auto& tx) { return presence::of_visit(tx, visit, begin + after); });
    }
};
INSTANTIATE_TEST_SUITE_P(Engines, PresenceTest, ::testing::Values("sqlite", "postgres"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(PresenceTest, nobody_came_so_nothing_is_known) {
    EXPECT_FALSE(held(1h).in_progress);
    EXPECT_FALSE(held(1h).started_at);
    EXPECT_FALSE(held(1h).ended_at);
}

TEST_P(PresenceTest, it_is_in_progress_from_the_start_to_the_end_and_saying_it_twice_changes_nothing) {
    EXPECT_TRUE(tell(true, "a", 2min));
    EXPECT_TRUE(tell(true, "a", 2min));
    EXPECT_TRUE(held(3min).in_progress);
    EXPECT_EQ(held(3min).started_at, begin + 2min);
    EXPECT_FALSE(held(3min).ended_at);
    EXPECT_TRUE(tell(false, "a", 20min));
    EXPECT_TRUE(tell(false, "a", 20min));
    EXPECT_FALSE(held(21min).in_progress);
    EXPECT_EQ(held(21min).ended_at, begin + 20min);
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM meeting_events WHERE clinic_id = $1"), 2);
}

TEST_P(PresenceTest, an_end_that_overtakes_its_start_and_the_next_start_is_understood) {
    EXPECT_TRUE(tell(true, "b", 30min));
    EXPECT_TRUE(tell(false, "a", 20min));
    EXPECT_TRUE(held(31min).in_progress);
    EXPECT_TRUE(tell(true, "a", 2min));
    EXPECT_TRUE(held(31min).in_progress);
    EXPECT_EQ(held(31min).started_at, begin + 2min);
    EXPECT_TRUE(tell(false, "b", 40min));
    EXPECT_FALSE(held(41min).in_progress);
}

TEST_P(PresenceTest, an_end_that_is_never_told_does_not_last_for_ever) {
    EXPECT_TRUE(tell(true, "a", 0min));
    EXPECT_TRUE(held(24h).in_progress);
    EXPECT_FALSE(held(25h).in_progress);
}

TEST_P(PresenceTest, another_clinic_or_a_meeting_nobody_knows_leaves_no_trace) {
    EXPECT_FALSE(tell(true, "a", 2min, World::kPwani));
    provider_id = "81000000001";
    EXPECT_FALSE(tell(true, "a", 2min));
    EXPECT_FALSE(held(3min).started_at);
}

}  // namespace
}  // namespace clinicpro::invoices
