// Facts about Zoom's webhooks: what is believed, what is answered, and what is read.
#include "meetings/zoom_webhook.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace clinicpro::meetings {
namespace {

// Signatures made with: printf 'v0:1795000000:BODY' | openssl dgst -sha256 -hmac whsecret
constexpr Instant kNow{1'795'000'000'000'000};
const Secret<> kSecret("whsecret");
constexpr std::string_view kStarted =
    R"({"event":"meeting.started","event_ts":1795000000123,"payload":{"object":{"id":"81000000001","uuid":"/ab//c=="}}})";
constexpr std::string_view kStartedSigned = "v0=54479a3560fdbe2bfd039b3907af278b8596c874e42b541bbdebc80153ee8eab";
constexpr std::string_view kChallenge =
    R"({"event":"endpoint.url_validation","event_ts":1795000000123,"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}})";
constexpr std::string_view kChallengeSigned = "v0=4a4019af54d61c81e608fa60b22b1a7ab64defbd4e7fd39e3f07da4f54fafeb1";

net::Headers headers(std::string_view signature, std::string_view timestamp = "1795000000") {
    return {{"x-zm-request-timestamp", std::string(timestamp)}, {"x-zm-signature", std::string(signature)}};
}

TEST(zoom_webhook, a_started_event_is_read_whatever_the_uuid_looks_like) {
    const auto read = read_zoom_webhook(headers(kStartedSigned), kStarted, kSecret, kNow);
    ASSERT_TRUE(read) << read.error().message;
    const auto& event = std::get<ZoomEvent>(*read);
    EXPECT_TRUE(event.started);
    EXPECT_EQ(event.provider_id, "81000000001");
    EXPECT_EQ(event.instance, "/ab//c==");
    EXPECT_EQ(event.at.micros, 1'795'000'000'123'000);
}

TEST(zoom_webhook, the_challenge_is_answered_with_the_token_and_its_hmac) {
    const auto read = read_zoom_webhook(headers(kChallengeSigned), kChallenge, kSecret, kNow);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(
        std::get<ZoomChallenge>(*read).answer,
        R"({"plainToken":"qgg8vlvZRS6UYooatFL8Aw","encryptedToken":"ddf88355b0e25119268d211b77198b1a6f8a8c6389e35b8cc44b380fbc76ad52"})");
}

TEST(zoom_webhook, one_byte_a_header_or_the_secret_changed_is_not_believed) {
    const auto code = [](const net::Headers& h, std::string_view body, const Secret<>& secret) {
        const auto read = read_zoom_webhook(h, body, secret, kNow);
        return read ? Code::kInternal : read.error().code;
    };
    std::string other(kStarted);
    other[20] ^= 1;
    EXPECT_EQ(code(headers(kStartedSigned), other, kSecret), Code::kUnauthorised);
    EXPECT_EQ(code(headers(kStartedSigned), std::string(kStarted) + " ", kSecret), Code::kUnauthorised);
    EXPECT_EQ(code(headers(kStartedSigned, "1795000001"), kStarted, kSecret), Code::kUnauthorised);
    EXPECT_EQ(code(headers(""), kStarted, kSecret), Code::kUnauthorised);
    EXPECT_EQ(code({}, kStarted, kSecret), Code::kUnauthorised);
    EXPECT_EQ(code(headers(kStartedSigned), kStarted, Secret<>("whsecret2")), Code::kUnauthorised);
}

TEST(zoom_webhook, what_is_older_or_newer_than_five_minutes_is_a_replay) {
    const auto believed = [](Instant now) {
        return read_zoom_webhook(headers(kStartedSigned), kStarted, kSecret, now).has_value();
    };
    EXPECT_TRUE(believed(kNow + 5min));
    EXPECT_FALSE(believed(kNow + 5min + 1us));
    EXPECT_TRUE(believed(kNow - 5min));
    EXPECT_FALSE(believed(kNow - 5min - 1us));
}

}  // namespace
}  // namespace clinicpro::meetings
