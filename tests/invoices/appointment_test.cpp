// Facts about visits: their states, their times, and what each change sets in motion.
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using testing::World;
using Change = Result<Appointment> (*)(jobs::Context&, store::ClinicTx&, AppointmentId, std::string_view);

Result<Appointment> apply(World& world, AppointmentId id, Change change) {
    return world.attempt(World::kMlimani, [&](auto& context, auto& tx) { return change(context, tx, id, "test"); });
}
Result<Appointment> move(World& world, AppointmentId id, Instant from, Instant until) {
    return world.attempt(World::kMlimani, [&](auto& context, auto& tx) {
        return appointments::reschedule(context, tx, id, from, until, "test");
    });
}

TEST(appointment, every_state_allows_exactly_its_changes) {
    const std::pair<std::string_view, Change> changes[] = {{"confirm", appointments::confirm},
                                                           {"complete", appointments::complete},
                                                           {"cancel", appointments::cancel},
                                                           {"release", appointments::release}};
    const std::map<std::string_view, std::string_view> table = {
        {"held confirm", "confirmed"},      {"held cancel", "cancelled"},        {"held release", "released"},
        {"confirmed complete", "completed"}, {"confirmed cancel", "cancelled"},  {"released confirm", "confirmed"}};
    for (const std::string_view from : {"held", "confirmed", "completed", "cancelled", "released"}) {
        for (const auto& [name, change] : changes) {
            World world;
            const auto id = world.visit(world.patient(), AppointmentKind::kVirtual);
            if (from == "confirmed" || from == "completed") ASSERT_TRUE(apply(world, id, appointments::confirm));
            if (from == "completed") ASSERT_TRUE(apply(world, id, appointments::complete));
            if (from == "cancelled") ASSERT_TRUE(apply(world, id, appointments::cancel));
            if (from == "released") ASSERT_TRUE(apply(world, id, appointments::release));
            const std::string step = std::string(from) + " " + std::string(name);
            const auto result = apply(world, id, change);
            if (const auto allowed = table.find(step); allowed != table.end()) {
                ASSERT_TRUE(result) << step << ": " << result.error().message;
                EXPECT_EQ(to_string(result->state), allowed->second) << step;
            } else {
                ASSERT_FALSE(result) << step;
                EXPECT_EQ(result.error().code, Code::kConflict) << step;
                EXPECT_NE(result.error().message.find(from), std::string::npos) << result.error().message;
                EXPECT_EQ(to_string(world.now(id).state), from) << step;
            }
        }
    }
}

TEST(appointment, moving_keeps_the_link_and_the_meeting_and_tells_the_patient) {
    World world;
    const auto id = world.visit(world.patient(), AppointmentKind::kVirtual);
    ASSERT_TRUE(apply(world, id, appointments::confirm));
    world.run();
    const Appointment before = world.now(id);
    ASSERT_TRUE(move(world, id, before.starts_at + 48h, before.ends_at + 48h));
    world.run();
    const Appointment after = world.now(id);
    EXPECT_EQ(after.link_generation, before.link_generation);
    EXPECT_EQ(after.meeting_generation, before.meeting_generation);
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM meetings WHERE clinic_id = $1"), 1);
    ASSERT_EQ(world.channel.sent.size(), 2u);
    EXPECT_EQ(world.channel.sent[0].template_name, "link_ready");
    EXPECT_EQ(world.channel.sent[1].template_name, "visit_moved");
    const auto link = [](const std::string& body) { return body.substr(body.find("/j/")); };
    EXPECT_EQ(link(world.channel.sent[0].body), link(world.channel.sent[1].body));
}

TEST(appointment, moving_a_held_visit_tells_nobody) {
    World world;
    const auto id = world.visit(world.patient(), AppointmentKind::kVirtual);
    const Appointment before = world.now(id);
    ASSERT_TRUE(move(world, id, before.starts_at + 1h, before.ends_at + 1h));
    ASSERT_TRUE(move(world, id, before.starts_at + 1h, before.ends_at + 1h));  // again: nothing to do
    world.run();
    EXPECT_TRUE(world.channel.sent.empty());
    EXPECT_EQ(world.meetings(), 0);
}

TEST(appointment, cancelling_takes_the_meeting_down_and_tells_the_patient) {
    World world;
    const auto id = world.visit(world.patient(), AppointmentKind::kVirtual);
    ASSERT_TRUE(apply(world, id, appointments::confirm));
    world.run();
    EXPECT_EQ(world.meetings(), 1);
    ASSERT_TRUE(apply(world, id, appointments::cancel));
    world.run();
    EXPECT_EQ(world.meetings(), 0);
    EXPECT_EQ(world.channel.sent.back().body,
              "Mlimani: Your visit on Tue 24 Nov, 09:00 EAT is cancelled. Please call the clinic for a new time.");
}

TEST(appointment, an_unpaid_hold_is_released_in_time_and_a_part_paid_one_is_not) {
    World world;
    const auto patient = world.patient();
    const auto hold = [&] {
        return world.in(World::kMlimani, [&](auto& context, auto& tx) {
                        return appointments::create(context, tx,
                                                    {.patient = patient,
                                                     .kind = AppointmentKind::kOnsite,
                                                     .title = "",
                                                     .starts_at = world.clock.at + 24h,
                                                     .ends_at = world.clock.at + 25h,
                                                     .hold_until = world.clock.at + 15min,
                                                     .actor = "test"});
                    }).id;
    };
    const auto unpaid = hold();
    const auto part_paid = hold();
    const auto paid = hold();
    const Invoice part = world.invoice(patient, part_paid);
    const Invoice whole = world.invoice(patient, paid);
    world.pay(part.account, 100);
    world.pay(whole.account, 1500);
    world.pass(14min);
    EXPECT_EQ(world.now(unpaid).state, AppointmentState::kHeld);
    world.pass(2min);
    EXPECT_EQ(world.now(unpaid).state, AppointmentState::kReleased);
    EXPECT_EQ(world.now(part_paid).state, AppointmentState::kHeld);
    EXPECT_EQ(world.now(paid).state, AppointmentState::kConfirmed);
}

TEST(appointment, a_day_is_an_east_african_day) {
    World world;
    const auto patient = world.patient();
    const auto id = world.visit(patient, AppointmentKind::kOnsite);
    world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<> {
        // 23:30 on Monday in Nairobi is 20:30 UTC; the visit is on Tuesday at 09:00.
        const auto monday = appointments::day_of(*parse_iso("2026-11-23T20:30:00Z"));
        const auto tuesday = appointments::day_of(*parse_iso("2026-11-23T21:30:00Z"));
        EXPECT_EQ(to_iso(tuesday.from), "2026-11-23T21:00:00Z");
        EXPECT_EQ(tuesday.until - tuesday.from, Duration(24h));
        EXPECT_TRUE(appointments::list(tx, monday)->empty());
        TRY(const auto found, appointments::list(tx, tuesday));
        EXPECT_EQ(found.size(), 1u);
        EXPECT_EQ(found.at(0).id, id);
        auto cancelled = tuesday;
        cancelled.state = AppointmentState::kCancelled;
        EXPECT_TRUE(appointments::list(tx, cancelled)->empty());
        return {};
    });
    const Instant starts_at = world.now(id).starts_at;
    world.in(World::kPwani, [&](auto&, auto& tx) -> Result<> {
        EXPECT_TRUE(appointments::list(tx, appointments::day_of(starts_at))->empty());
        EXPECT_EQ(appointments::find(tx, id).error().code, Code::kNotFound);
        return {};
    });
}

TEST(appointment, nonsense_is_refused_with_the_field) {
    World world;
    const auto patient = world.patient();
    const Instant start = world.clock.at + 1h;
    const auto make = [&](NewAppointment wanted, ClinicId clinic = World::kMlimani) {
        wanted.actor = "test";
        const auto made = world.attempt(
            clinic, [&](auto& context, auto& tx) { return appointments::create(context, tx, wanted); });
        return made ? std::string("none") : made.error().field;
    };
    EXPECT_EQ(make({.patient = patient, .title = "", .starts_at = start, .ends_at = start, .actor = ""}), "ends_at");
    EXPECT_EQ(make({.patient = patient, .title = "", .starts_at = start, .ends_at = start + 25h, .actor = ""}),
              "ends_at");
    EXPECT_EQ(make({.patient = patient, .title = "", .starts_at = start - 3h, .ends_at = start - 2h, .actor = ""}),
              "starts_at");
    EXPECT_EQ(make({.patient = PatientId{1}, .title = "", .starts_at = start, .ends_at = start + 1h, .actor = ""}),
              "patient");
    EXPECT_EQ(
        make({.patient = patient, .title = "", .starts_at = start, .ends_at = start + 1h, .actor = ""}, World::kPwani),
        "patient");
    EXPECT_EQ(make({.patient = patient,
                    .title = std::string(121, 'x'),
                    .starts_at = start,
                    .ends_at = start + 1h,
                    .actor = ""}),
              "title");
    EXPECT_EQ(make({.patient = patient,
                    .title = "",
                    .starts_at = start,
                    .ends_at = start + 1h,
                    .hold_until = world.clock.at,
                    .actor = ""}),
              "hold_until");
}

}  // namespace
}  // namespace clinicpro::invoices
