// Facts about choosing who makes the meetings, at run time.
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using meetings::Kind;
using testing::World;

std::string base_url(World& world, ClinicId clinic) {
    return world.in(clinic, [&](auto&, auto& tx) { return MeetingSettings::current(tx); })->settings.base_url;
}
Result<> choose(World& world, ClinicId clinic, const meetings::ProviderSettings& settings) {
    return world.attempt(
        clinic, [&](auto& context, auto& tx) { return world.settings.set_adapter(context, tx, settings, "test"); });
}
std::string room(World& world, ClinicId clinic) {
    const auto visit = world.visit(world.patient(clinic), AppointmentKind::kVirtual, clinic, 1min);
    world.in(clinic, [&](auto& context, auto& tx) { return appointments::confirm(context, tx, visit, "test"); });
    world.run();
    return world
        .in(clinic,
            [&](auto& context, auto& tx) {
                return open_door(context, tx, *world.vault, world.settings, appointments::join_link(clinic, visit, 0));
            })
        .url.reveal();
}

TEST(meeting_settings, a_clinic_s_own_choice_goes_before_the_default_and_touches_no_other_clinic) {
    World world;
    EXPECT_EQ(base_url(world, World::kMlimani), "https://meet.example");
    ASSERT_TRUE(choose(world, World::kMlimani, {Kind::kSimple, "https://rooms.mlimani.example"}));
    EXPECT_TRUE(room(world, World::kMlimani).starts_with("https://rooms.mlimani.example/r/"));
    EXPECT_TRUE(room(world, World::kPwani).starts_with("https://meet.example/r/"));

    ASSERT_TRUE(choose(world, kSystem, {Kind::kSimple, "https://other.example"}));
    EXPECT_EQ(base_url(world, World::kMlimani), "https://rooms.mlimani.example");
    EXPECT_TRUE(room(world, World::kPwani).starts_with("https://other.example/r/"));

    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return MeetingSettings::clear_adapter(context, tx, "test"); });
    EXPECT_EQ(base_url(world, World::kMlimani), "https://other.example");
}

TEST(meeting_settings, a_wrong_choice_changes_nothing) {
    World world;
    const auto wrong = choose(world, World::kMlimani, {Kind::kSimple, "ftp://nowhere"});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, Code::kConfig);
    EXPECT_EQ(wrong.error().field, "base_url");
    EXPECT_EQ(base_url(world, World::kMlimani), "https://meet.example");
    const auto no_default = world.attempt(
        kSystem, [&](auto& context, auto& tx) { return MeetingSettings::clear_adapter(context, tx, "test"); });
    EXPECT_EQ(no_default.error().code, Code::kInvalid);
}

TEST(meeting_settings, earlier_providers_stay_in_reach_for_the_meetings_they_made) {
    World world([&](store::ClinicTx&,
                    const meetings::ProviderSettings& settings) -> Result<std::shared_ptr<const meetings::Adapter>> {
        // Any kind, as a room: only who is asked matters here.
        static crypto::SystemEntropy entropy;
        return meetings::make_adapter({Kind::kSimple, settings.base_url}, entropy);
    });
    ASSERT_TRUE(choose(world, World::kMlimani, {Kind::kSimple, "https://first.example"}));
    ASSERT_TRUE(choose(world, World::kMlimani, {Kind::kZoom, "https://second.example"}));
    EXPECT_EQ(base_url(world, World::kMlimani), "https://second.example");
    world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<> {
        EXPECT_TRUE(world.settings.provider(tx, Kind::kSimple));
        EXPECT_TRUE(world.settings.provider(tx, Kind::kZoom));
        const auto never = world.settings.provider(tx, Kind::kGoogleMeet);
        EXPECT_EQ(never.error().code, Code::kConfig);
        return {};
    });
}

TEST(meeting_settings, secrets_are_kept_by_name_under_the_clinic_and_reach_the_adapter) {
    std::map<std::string, std::string> seen;
    World world([&](store::ClinicTx&,
                    const meetings::ProviderSettings& settings) -> Result<std::shared_ptr<const meetings::Adapter>> {
        static crypto::SystemEntropy entropy;
        seen.clear();
        for (const auto& [name, value] : settings.secrets) seen[name] = value.reveal();
        return meetings::make_adapter({Kind::kSimple, "https://meet.example"}, entropy);
    });
    using Seen = std::map<std::string, std::string>;
    ASSERT_TRUE(choose(world, World::kMlimani,
                       {.kind = Kind::kZoom, .secrets = {{"client_secret", Secret<>("one")}, {"webhook_secret", Secret<>("w")}}}));
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM credentials WHERE clinic_id = $1 AND name = 'zoom.client_secret'"), 1);
    ASSERT_TRUE(choose(world, World::kMlimani, {.kind = Kind::kZoom, .secrets = {{"webhook_secret", Secret<>()}}}));
    EXPECT_EQ(seen, (Seen{{"client_secret", "one"}}));  // what is left out stays, what is empty goes
    world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<> {
        seen.clear();
        TRY(world.settings.provider(tx));
        EXPECT_EQ(seen, (Seen{{"client_secret", "one"}}));  // made anew from what is stored
        seen.clear();
        TRY(world.settings.provider(tx));
        EXPECT_TRUE(seen.empty());  // and once only
        return {};
    });
    world.in(World::kMlimani, [&](auto& context, auto& tx) {
        return world.settings.set_secret(context, tx, Kind::kZoom, "client_secret", Secret<>("two"), "test");
    });
    world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<> {
        TRY(world.settings.provider(tx));
        EXPECT_EQ(seen, (Seen{{"client_secret", "two"}}));
        return {};
    });
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM credentials WHERE clinic_id = $1", World::kPwani), 0);
}

}  // namespace
}  // namespace clinicpro::invoices
