// Which provider serves which clinic.
#include "meetings/config.hpp"

#include <gtest/gtest.h>

namespace clinicpro::meetings {
namespace {

ProviderSettings simple(std::string url) {
    return {.kind = Kind::kSimple, .base_url = std::move(url)};
}

std::string link_of(const Result<std::shared_ptr<const Adapter>>& adapter) {
    if (!adapter) return adapter.error().message;
    const Step step = (*adapter)->next({.verb = Verb::kCreate,
                                        .intent = {.key = "k", .start = {}, .end = {1}, .title = "t", .host = {}},
                                        .provider_id = {}},
                                       {}, {});
    return std::get<Ready>(std::get<Answer>(step)).patient_url;
}

TEST(kinds, are_written_in_words) {
    for (const Kind kind : {Kind::kSimple, Kind::kGoogleMeet, Kind::kZoom})
        EXPECT_EQ(*parse_kind(to_string(kind)), kind);
    for (const char* text : {"", "Simple", "teams", "google-meet"}) EXPECT_EQ(parse_kind(text).error().field, "kind");
}

TEST(base_url, good_addresses_are_taken_without_their_last_slash) {
    const std::pair<const char*, const char*> cases[] = {
        {"https://meet.clinic.example", "https://meet.clinic.example"},
        {"https://Meet.Clinic.example/", "https://meet.clinic.example"},
        {"https://meet.clinic.example:8443/Rooms/a//", "https://meet.clinic.example:8443/Rooms/a"},
        {"http://localhost:8080", "http://localhost:8080"},
        {"http://127.0.0.1:65535/x", "http://127.0.0.1:65535/x"},
        {"http://[::1]:80", "http://[::1]:80"},
    };
    for (const auto& [given, kept] : cases) EXPECT_EQ(check_base_url(given).value_or("refused"), kept) << given;
}

TEST(base_url, everything_else_is_refused_with_a_sentence) {
    for (const std::string& url : {std::string(),
                                   std::string("meet.clinic.example"),
                                   std::string("ftp://meet.clinic.example"),
                                   std::string("http://meet.clinic.example"),
                                   std::string("http://127.0.0.1.evil.example"),
                                   std::string("http://localhost@evil.example"),
                                   std::string("https://user:pw@meet.example"),
                                   std::string("https://"),
                                   std::string("https:///r"),
                                   std::string("https://a..b"),
                                   std::string("https://meet.example:0"),
                                   std::string("https://meet.example:65536"),
                                   std::string("https://meet.example:"),
                                   std::string("https://meet.example:8o"),
                                   std::string("https://meet.example/?room=1"),
                                   std::string("https://meet.example#x"),
                                   std::string("https://meet.example/a b"),
                                   std::string("https://meet.example\n"),
                                   std::string("https://-x"),
                                   std::string("javascript:alert(1)"),
                                   "https://" + std::string(200, 'a')}) {
        const auto checked = check_base_url(url);
        ASSERT_FALSE(checked) << url;
        EXPECT_EQ(checked.error().code, Code::kConfig);
        EXPECT_EQ(checked.error().field, "base_url");
    }
}

TEST(config, without_a_choice_there_is_a_sentence) {
    crypto::SystemEntropy entropy;
    const Config config(entropy);
    const auto none = config.adapter(ClinicId{1});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Code::kConfig);
    EXPECT_EQ(none.error().message,
              "No meeting provider is chosen for this clinic. Choose one in its settings, such as simple.");
}

TEST(config, a_clinics_own_choice_stands_before_the_default) {
    crypto::SystemEntropy entropy;
    Config config(entropy);
    ASSERT_TRUE(config.set_adapter(simple("https://all.example")));
    ASSERT_TRUE(config.set_adapter(simple("https://one.example"), ClinicId{1}));
    EXPECT_TRUE(link_of(config.adapter(ClinicId{1})).starts_with("https://one.example/r/"));
    EXPECT_TRUE(link_of(config.adapter(ClinicId{2})).starts_with("https://all.example/r/"));
    EXPECT_TRUE(link_of(config.adapter(ClinicId{1}, Kind::kSimple)).starts_with("https://one.example/r/"));
}

TEST(config, settings_that_make_no_adapter_are_refused_and_change_nothing) {
    crypto::SystemEntropy entropy;
    Config config(entropy);
    ASSERT_TRUE(config.set_adapter(simple("https://all.example")));
    for (const Kind kind : {Kind::kGoogleMeet, Kind::kZoom}) {
        const auto set = config.set_adapter({.kind = kind, .base_url = {}});
        ASSERT_FALSE(set);
        EXPECT_EQ(set.error().code, Code::kConfig);
        EXPECT_EQ(set.error().field, kind == Kind::kZoom ? "account_id" : "client_id");
        EXPECT_EQ(config.adapter(ClinicId{1}, kind).error().code, Code::kConfig);
    }
    ASSERT_FALSE(config.set_adapter(simple("http://all.example")));
    EXPECT_TRUE(link_of(config.adapter(ClinicId{1})).starts_with("https://all.example/r/"));
}

TEST(config, a_provider_with_credentials_is_chosen_by_the_same_call) {
    crypto::SystemEntropy entropy;
    Config config(entropy);
    ASSERT_TRUE(config.set_adapter({.kind = Kind::kZoom,
                                    .plain = {{"account_id", "a"}, {"client_id", "c"}, {"host", "dr@clinic.example"}},
                                    .secrets = {{"client_secret", Secret<>("s")}}},
                                   ClinicId{1}));
    EXPECT_EQ((*config.adapter(ClinicId{1}))->kind(), Kind::kZoom);
}

}  // namespace
}  // namespace clinicpro::meetings
