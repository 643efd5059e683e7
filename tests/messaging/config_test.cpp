// Facts about messaging settings: every problem named at once, and quiet hours that span midnight.
#include "messaging/config.hpp"

#include <gtest/gtest.h>

namespace clinicpro::messaging {
namespace {

Settings good() {
    Settings settings;
    settings.sms = true;
    settings.sms_account = {.environment = SmsEnvironment::kCustom,
                            .base_url = "http://127.0.0.1:9200",
                            .username = "mlimani",
                            .sender_id = "MLIMANI",
                            .api_key = Secret<>("key")};
    return settings;
}

std::string fields(const Settings& settings) {
    std::string all;
    for (const Error& one : problems(settings)) all += (all.empty() ? "" : " ") + one.field;
    return all;
}

TEST(config, settings_that_work_have_no_problem_and_nothing_chosen_is_fine_too) {
    EXPECT_EQ(fields(good()), "");
    EXPECT_EQ(fields(Settings{}), "");
}

TEST(config, every_problem_is_named_at_once) {
    Settings bad = good();
    bad.sms_account = {.environment = SmsEnvironment::kCustom,
                       .base_url = "http://sms.example",
                       .username = {},
                       .sender_id = "TWELVE CHARS",
                       .api_key = {}};
    bad.quiet.until = 1440;
    EXPECT_EQ(fields(bad), "sms.base_url sms.sender_id sms.username sms.api_key quiet_from");
    EXPECT_EQ(validate(bad).error().field, "sms.base_url");
    EXPECT_NE(validate(bad).error().message.find("API key"), std::string::npos);
}

TEST(config, an_address_is_only_for_a_custom_environment_and_plain_http_only_for_this_machine) {
    Settings s = good();
    s.sms_account.environment = SmsEnvironment::kLive;
    EXPECT_EQ(fields(s), "sms.base_url");
    for (const char* url : {"http://sms.example", "ftp://x", "https://", "https://x/", "https://a b", "https://x?y",
                            "https://u:p@x", "https://x:port", "sms.example", "http://127.0.0.1.example"}) {
        EXPECT_FALSE(is_base_url(url)) << url;
    }
    for (const char* url : {"https://sms.example", "https://sms.example:8443/v2", "http://localhost:1", "http://[::1]:9"}) {
        EXPECT_TRUE(is_base_url(url)) << url;
    }
}

TEST(config, a_key_cannot_smuggle_a_header) {
    Settings s = good();
    s.sms_account.api_key = Secret<>("key\r\nHost: evil");
    EXPECT_EQ(fields(s), "sms.api_key");
}

TEST(quiet_hours, they_span_midnight_and_end_in_the_morning) {
    const QuietHours usual;
    const auto end = [&](const char* at) {
        const auto ends = usual.ends_after(*parse_iso(at));
        return ends ? to_iso(*ends) : std::string("-");
    };
    EXPECT_EQ(end("2026-11-23T20:59:00+03:00"), "-");
    EXPECT_EQ(end("2026-11-23T21:00:00+03:00"), "2026-11-24T04:00:00Z");  // 07:00 EAT
    EXPECT_EQ(end("2026-11-24T02:30:00+03:00"), "2026-11-24T04:00:00Z");
    EXPECT_EQ(end("2026-11-24T06:59:59+03:00"), "2026-11-24T04:00:00Z");
    EXPECT_EQ(end("2026-11-24T07:00:00+03:00"), "-");
    EXPECT_FALSE((QuietHours{0, 0}.ends_after(*parse_iso("2026-11-24T00:00:00+03:00"))));
    EXPECT_EQ(to_iso(*QuietHours{13 * 60, 14 * 60}.ends_after(*parse_iso("2026-11-24T13:30:00+03:00"))),
              "2026-11-24T11:00:00Z");
}

TEST(quiet_hours, times_of_day_read_back) {
    for (const char* text : {"00:00", "07:05", "21:00", "23:59"}) {
        EXPECT_EQ(minute_of_day(*parse_minute_of_day(text)), text);
    }
    for (const char* text : {"24:00", "7:00", "07:60", "0700", "ab:cd", "07:00 ", ""}) {
        EXPECT_FALSE(parse_minute_of_day(text)) << text;
    }
}

}  // namespace
}  // namespace clinicpro::messaging
