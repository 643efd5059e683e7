// Facts about settings by name.
#include "meetings/provider_fields.hpp"

#include <gtest/gtest.h>

namespace clinicpro::meetings {
namespace {

using Secrets = std::map<std::string, Secret<>>;

std::string field_of(const Result<ProviderSettings>& made) { return made ? std::string("(none)") : made.error().field; }

TEST(provider_fields, every_word_has_fields_and_a_kind) {
    for (const auto word : kProviderWords) {
        EXPECT_FALSE(provider_fields(word).empty()) << word;
        EXPECT_TRUE(kind_of_word(word)) << word;
        for (const ProviderField& field : provider_fields(word)) EXPECT_FALSE(field.help.empty()) << field.name;
    }
    EXPECT_EQ(kind_of_word("skype").error().field, "provider");
    EXPECT_EQ(*kind_of_word("google_meet"), Kind::kGoogleMeet);
}

TEST(provider_fields, names_make_settings_and_wrong_ones_are_named) {
    const auto made = compose("zoom", {{"account_id", " a1 "}, {"waiting_room", "no"}}, {{"client_secret", Secret<>("s")}}, nullptr);
    ASSERT_TRUE(made);
    const auto zoom = zoom_settings(*made);
    ASSERT_TRUE(zoom);
    EXPECT_EQ(zoom->account_id, "a1");
    EXPECT_FALSE(zoom->policy.waiting_room);
    EXPECT_TRUE(zoom->policy.passcode);
    EXPECT_EQ(zoom->client_secret.reveal(), "s");
    EXPECT_EQ(field_of(compose("zoom", {{"calendar_id", "x"}}, {}, nullptr)), "calendar_id");
    EXPECT_EQ(field_of(compose("zoom", {{"client_secret", "x"}}, {}, nullptr)), "client_secret");
    EXPECT_EQ(field_of(compose("zoom", {{"waiting_room", "maybe"}}, {}, nullptr)), "waiting_room");
    EXPECT_EQ(field_of(compose("zoom", {{"host", std::string(401, 'x')}}, {}, nullptr)), "host");
    EXPECT_EQ(field_of(compose("simple", {}, {{"app_secret", Secret<>("x")}}, nullptr)), "app_secret");
    EXPECT_EQ(zoom_settings(*compose("zoom", {{"recording", "tape"}}, {}, nullptr)).error().field, "recording");
}

TEST(provider_fields, what_is_left_out_stays_and_an_empty_value_takes_it_away) {
    const auto before = compose("google", {{"client_id", "c"}, {"access", "open"}}, {}, nullptr);
    const auto after = compose("google", {{"calendar_id", "visits@clinic.example"}, {"access", ""}}, {}, &*before);
    ASSERT_TRUE(after);
    EXPECT_EQ(after->plain.at("client_id"), "c");
    EXPECT_FALSE(after->plain.contains("access"));
    const auto zoom = compose("zoom", {}, {}, &*before);  // another provider's settings mean nothing
    EXPECT_TRUE(zoom->plain.empty());
}

TEST(provider_fields, another_way_in_takes_the_other_s_secrets_away) {
    const auto account = compose("google", {}, {{"service_account", Secret<>("{}")}}, nullptr);
    EXPECT_TRUE(account->secrets.at("client_secret").empty());
    EXPECT_TRUE(account->secrets.at("refresh_token").empty());
    const auto consent = compose("google", {{"client_id", "c"}}, {{"client_secret", Secret<>("s")}}, &*account);
    EXPECT_TRUE(consent->secrets.at("service_account").empty());
    EXPECT_TRUE(consent->secrets.at("refresh_token").empty());
    const auto same = compose("google", {{"client_id", "c"}}, {{"client_secret", Secret<>("s2")}}, &*consent);
    EXPECT_FALSE(same->secrets.contains("refresh_token"));  // the same client: the consent stands
    const auto jitsi = compose("jitsi", {{"base_url", "https://meet.example"}, {"app_id", "clinic"}},
                               {{"app_secret", Secret<>(std::string(32, 'x'))}}, nullptr);
    EXPECT_EQ(word_of(*jitsi), "jitsi");
    EXPECT_EQ(field_of(compose("jitsi", {{"base_url", "https://meet.example"}}, {}, nullptr)), "app_id");
    const auto open = compose("simple", {}, {}, &*jitsi);
    EXPECT_EQ(word_of(*open), "simple");
    EXPECT_EQ(open->base_url, "https://meet.example");
    EXPECT_TRUE(open->secrets.at("app_secret").empty());
}

}  // namespace
}  // namespace clinicpro::meetings
