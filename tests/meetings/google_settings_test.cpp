// The service account's file, and settings that cannot work.
#include "meetings/google_settings.hpp"

#include <functional>

#include "tests/meetings/google_paper.hpp"

namespace clinicpro::meetings {
namespace {

TEST(google_settings, a_service_account_file_fills_them_in) {
    GoogleSettings settings;
    settings.calendar_id = "visits@clinic.example";
    ASSERT_TRUE(read_service_account(golden("google_service_account.json"), settings));
    EXPECT_EQ(settings.client_email, "visits@clinic-example.iam.gserviceaccount.com");
    EXPECT_EQ(settings.client_id, "112233445566778899001");
    EXPECT_EQ(settings.private_key_id, "4f1d2c3b5a6978877665544332211000ffeeddcc");
    EXPECT_EQ(settings.token_url, "https://oauth2.googleapis.com/token");
    EXPECT_EQ(settings.calendar_id, "visits@clinic.example");
    EXPECT_TRUE(settings.private_key.reveal().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    EXPECT_TRUE(settings.is_service_account());
    EXPECT_TRUE(check(settings));
}

std::string file_with(const std::string& from, const std::string& to) {
    std::string text = golden("google_service_account.json");
    const size_t at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(google_settings, a_wrong_file_is_refused_by_a_sentence_that_says_what_it_is_and_changes_nothing) {
    const struct {
        std::string text, field, says;
    } rows[] = {
        {"", "service_account", "not JSON"},
        {"-----BEGIN PRIVATE KEY-----", "service_account", "not JSON"},
        {"[]", "service_account", "not JSON"},
        {R"({"web":{"client_id":"x"}})", "service_account", "OAuth client"},
        {R"({"installed":{"client_id":"x"}})", "service_account", "OAuth client"},
        {R"({"type":"authorized_user"})", "type", "not service_account"},
        {file_with("\"client_email\"", "\"email\""), "client_email", "has no client_email"},
        {file_with("visits@clinic-example", "visits at clinic-example"), "client_email", "not an e-mail address"},
        {file_with("BEGIN PRIVATE", "BEGIN PRIVET"), "private_key", "change nothing in it"},
        {file_with("\"token_uri\": \"https://oauth2", "\"token_uri\": \"http://oauth2"), "token_uri", "https"},
    };
    for (const auto& row : rows) {
        GoogleSettings settings;
        settings.client_email = "before@clinic.example";
        const auto read = read_service_account(row.text, settings);
        ASSERT_FALSE(read) << row.says;
        EXPECT_EQ(read.error().code, Code::kConfig);
        EXPECT_EQ(read.error().field, row.field) << read.error().message;
        EXPECT_NE(read.error().message.find(row.says), std::string::npos) << read.error().message;
        EXPECT_EQ(read.error().message.find("BEGIN PRIVATE KEY-----\n"), std::string::npos);
        EXPECT_EQ(settings.client_email, "before@clinic.example");
        EXPECT_FALSE(settings.is_service_account());
    }
}

TEST(google_settings, each_thing_that_cannot_work_is_named) {
    const struct {
        std::string field;
        GoogleSettings settings;
        std::function<void(GoogleSettings&)> spoil;
    } rows[] = {
        {"calendar_url", user_consent(), [](auto& s) { s.calendar_url = "www.googleapis.com"; }},
        {"meet_url", user_consent(), [](auto& s) { s.meet_url = "http://meet.googleapis.com"; }},
        {"token_url", user_consent(), [](auto& s) { s.token_url = ""; }},
        {"consent_url", user_consent(), [](auto& s) { s.consent_url = "https://a b"; }},
        {"calendar_id", user_consent(), [](auto& s) { s.calendar_id = "my calendar"; }},
        {"client_id", user_consent(), [](auto& s) { s.client_id = ""; }},
        {"client_id", user_consent(), [](auto& s) { s.client_secret = Secret<>(""); }},
        {"refresh_token", user_consent(), [](auto& s) { s.refresh_token = Secret<>(""); }},
        {"refresh_token", service_account(), [](auto& s) { s.refresh_token = Secret<>("1//x"); }},
        {"client_email", service_account(), [](auto& s) { s.client_email = ""; }},
        {"subject", service_account(), [](auto& s) { s.subject = "Dr Wanjiku"; }},
        {"private_key", service_account(), [](auto& s) { s.private_key = Secret<>("key"); }},
    };
    crypto::SystemEntropy entropy;
    for (const auto& row : rows) {
        GoogleSettings settings = row.settings;
        EXPECT_TRUE(GoogleMeetAdapter::create(settings, entropy)) << row.field;
        row.spoil(settings);
        const auto made = GoogleMeetAdapter::create(settings, entropy);
        ASSERT_FALSE(made) << row.field;
        EXPECT_EQ(made.error().code, Code::kConfig);
        EXPECT_EQ(made.error().field, row.field) << made.error().message;
    }
}

TEST(google_settings, the_rights_asked_for_grow_only_with_what_is_turned_on) {
    GoogleSettings settings = user_consent();
    const std::string least =
        "https://www.googleapis.com/auth/calendar.events "
        "https://www.googleapis.com/auth/calendar.calendars.readonly";
    EXPECT_EQ(google_scopes(settings), least);
    settings.recording = true;
    EXPECT_EQ(google_scopes(settings), least + " https://www.googleapis.com/auth/meetings.space.settings");
}

TEST(google_settings, an_access_has_one_word) {
    for (const char* word : {"leave", "open", "trusted", "restricted"}) {
        EXPECT_EQ(to_string(*parse_google_access(word)), word);
    }
    EXPECT_FALSE(parse_google_access("OPEN"));
}

}  // namespace
}  // namespace clinicpro::meetings
