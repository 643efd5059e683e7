// Facts about looking through what a provider holds, and removing what no visit wants.
#include "tests/invoices/ledger_provider.hpp"

namespace clinicpro::invoices::testing {

using meetings::Kind;

class Sweep : public LedgerTest {
protected:
    std::string key(int generation = 0) const { return visit.to_text() + "_" + std::to_string(generation); }
    void plant(LedgerProvider& at, const std::string& id, const std::string& with_key, std::string host = {}) {
        at.held[id] = {with_key, std::move(host), world.now(visit).starts_at.micros};
    }
    meeting_sweeps::Last last() {
        return world.in(World::kMlimani, [&](auto&, auto& tx) { return meeting_sweeps::list(tx); }).at(0);
    }
};

TEST_F(Sweep, a_copy_is_removed_and_the_visit_s_own_meeting_stays) {
    confirm();
    plant(zoom, "copy", key());
    pass_long(4h + 5min);
    EXPECT_EQ(zoom.live(key()), 1u);
    EXPECT_TRUE(zoom.held.contains("m1"));
    EXPECT_EQ(last().removed, 1);
    EXPECT_EQ(last().listed, 2);
    EXPECT_EQ(audited("meeting.orphan_removed"), 1);
    EXPECT_EQ(door(), "https://zoom.test/j/m1");
}

TEST_F(Sweep, one_that_came_back_after_its_visit_was_cancelled_is_removed) {
    confirm();
    const auto other = world.visit(world.patient(), AppointmentKind::kVirtual);
    confirm(other);
    cancel();
    plant(zoom, "ghost", key());
    pass_long(4h + 5min);
    EXPECT_FALSE(zoom.held.contains("ghost"));
    EXPECT_EQ(zoom.held.size(), 1u);
}

TEST_F(Sweep, what_a_switch_left_behind_is_removed_soon_after_it) {
    confirm();
    fall_back_to({Kind::kGoogleMeet});
    use(Kind::kZoom);
    const auto other = world.visit(world.patient(), AppointmentKind::kVirtual);
    zoom.always["create"] = Fault::kQuota;
    confirm(other);
    ASSERT_EQ(google.held.size(), 1u);
    plant(zoom, "late", other.to_text() + "_0");  // applied after all, long after the look
    use(Kind::kSimple, "https://meet.example");
    pass_long(10min);
    EXPECT_FALSE(zoom.held.contains("late"));
    EXPECT_TRUE(zoom.held.contains("m1"));
    EXPECT_EQ(google.held.size(), 1u);
}

TEST_F(Sweep, what_a_row_may_be_about_to_adopt_is_never_touched) {
    const auto settled = world.visit(world.patient(), AppointmentKind::kVirtual);
    confirm(settled);
    zoom.faults["create"] = {Fault::kDoneAndLost};
    zoom.always["find"] = Fault::kLost;
    confirm();
    ASSERT_EQ(zoom.live(key()), 1u);
    pass_long(4h + 10min);
    EXPECT_EQ(last().listed, 2);
    EXPECT_EQ(last().removed, 0);
    EXPECT_EQ(zoom.live(key()), 1u);
    zoom.always.clear();
    pass_long(1h);
    EXPECT_EQ(meeting().state, "ready");
    EXPECT_EQ(zoom.live(key()), 1u);
}

TEST_F(Sweep, a_meeting_whose_row_had_given_up_is_adopted) {
    const auto settled = world.visit(world.patient(), AppointmentKind::kVirtual);
    confirm(settled);
    zoom.faults["create"] = {Fault::kMisconfigured};
    confirm();
    ASSERT_EQ(meeting().state, "failed");
    plant(zoom, "late", key());
    pass_long(4h + 10min);
    EXPECT_EQ(meeting().state, "ready");
    EXPECT_EQ(door(), "https://zoom.test/j/late");
    EXPECT_EQ(zoom.live(key()), 1u);
}

TEST_F(Sweep, strangers_are_counted_and_left_alone) {
    confirm();
    plant(zoom, "theirs", "apt_0000000000001_0");
    plant(zoom, "odd", "not a key of ours");
    pass_long(4h + 5min);
    EXPECT_EQ(last().strangers, 2);
    EXPECT_EQ(zoom.held.size(), 3u);
}

TEST_F(Sweep, every_practitioner_s_meetings_are_looked_through) {
    confirm();
    move("dr.one@clinic.example");
    const PatientId patient = world.now(visit).patient;
    const auto other = world.in(World::kMlimani, [&](auto& context, auto& tx) {
                           return appointments::create(context, tx,
                                                       {.patient = patient,
                                                        .kind = AppointmentKind::kVirtual,
                                                        .title = "",
                                                        .starts_at = world.clock.at + 24h,
                                                        .ends_at = world.clock.at + 25h,
                                                        .actor = "test",
                                                        .host = "dr.two@clinic.example"});
                       }).id;
    confirm(other);
    plant(zoom, "copy1", key(1), "dr.one@clinic.example");
    plant(zoom, "copy2", other.to_text() + "_0", "dr.two@clinic.example");
    pass_long(5h);
    EXPECT_EQ(zoom.held.size(), 2u);
    EXPECT_EQ(last().removed, 2);
}

TEST_F(Sweep, a_lost_answer_is_asked_again_and_a_dead_connection_ends_it) {
    confirm();
    plant(zoom, "copy", key());
    zoom.faults["list"] = {Fault::kLost, Fault::kRefused};
    zoom.faults["cancel"] = {Fault::kDoneAndLost};
    pass_long(5h);
    EXPECT_EQ(zoom.held.size(), 1u);
    EXPECT_EQ(last().note, "");
    zoom.faults["list"] = {Fault::kDead};
    pass_long(5h);
    EXPECT_EQ(last().note, "Connect again.");
    EXPECT_EQ(audited("meeting.connection_broken"), 1);
}

TEST_F(Sweep, it_ends_when_no_meeting_is_left_that_could_go_astray) {
    confirm();
    pass_long(24h * 3);
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM meeting_sweeps WHERE clinic_id = $1"), 0);
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM jobs WHERE clinic_id = $1"), 0);
}

}  // namespace clinicpro::invoices::testing
