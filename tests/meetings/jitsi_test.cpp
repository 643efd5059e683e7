// Facts about the Jitsi mode: what is signed, for whom and how long.
#include "meetings/jitsi.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "meetings/simple_adapter.hpp"

namespace clinicpro::meetings {
namespace {

constexpr Instant kNow{1'795'000'000'000'000};
const Secret<> kSecret(std::string(32, 's'));

JitsiSettings settings() {
    return {.base_url = "https://meet.clinic.example/", .app_id = "clinic", .app_secret = kSecret, .subject = {}};
}

struct Opened {
    std::string room, header, claims;
    bool signature_fits = false;
};
Opened open(const Secret<>& door) {
    Opened out;
    const std::string& url = door.reveal();
    const size_t mark = url.find("?jwt=");
    EXPECT_NE(mark, url.npos);
    out.room = url.substr(0, mark);
    const std::string token = url.substr(mark + 5);
    const auto parts = text::split(token, '.');
    EXPECT_EQ(parts.size(), 3u);
    out.header = text::from_base64url(parts[0]).value_or("");
    out.claims = text::from_base64url(parts[1]).value_or("");
    out.signature_fits = text::from_base64url(parts[2]) ==
                         crypto::hmac_sha256(kSecret, std::string(parts[0]) + "." + std::string(parts[1]));
    return out;
}

struct Room {
    crypto::SystemEntropy entropy;
    std::unique_ptr<SimpleAdapter> adapter = *SimpleAdapter::create(settings(), entropy);
    Intent intent{.key = "apt_1_1", .start = kNow + 1h, .end = kNow + 90min, .title = "Online visit", .host = {}};
    Ready ready = std::get<Ready>(
        std::get<Answer>(adapter->next({.verb = Verb::kCreate, .intent = intent, .provider_id = {}}, {}, kNow)));
};

TEST(jitsi, a_room_has_128_random_bits_in_letters_of_one_case_and_opens_nothing_by_itself) {
    Room a, b;
    EXPECT_EQ(a.ready.provider_id.size(), 32u);
    EXPECT_TRUE(jitsi::is_room(a.ready.provider_id));
    EXPECT_NE(a.ready.provider_id, b.ready.provider_id);
    EXPECT_EQ(a.ready.patient_url, "https://meet.clinic.example/" + a.ready.provider_id);
}

TEST(jitsi, the_patients_door_names_the_room_the_role_and_the_end_byte_by_byte) {
    Room room;
    const auto door = room.adapter->door({room.ready.provider_id, room.intent.end}, kNow);
    ASSERT_TRUE(door);
    const Opened opened = open(*door);
    EXPECT_EQ(opened.room, room.ready.patient_url);
    EXPECT_EQ(opened.header, R"({"alg":"HS256","typ":"JWT"})");
    EXPECT_EQ(opened.claims, R"({"iss":"clinic","aud":"clinic","sub":"meet.clinic.example","room":")" +
                                 room.ready.provider_id +
                                 R"(","nbf":1794999940,"iat":1795000000,"exp":1795009000,"context":{"user":)" +
                                 R"({"id":"patient","name":"Patient","moderator":"false","affiliation":"member"}}})");
    EXPECT_TRUE(opened.signature_fits);
}

// The file was made by another implementation, and tests/zoom_peer_test.sh has it verified by it.
TEST(jitsi, our_door_is_the_one_another_implementation_makes) {
    std::ifstream file(std::string(CLINICPRO_SOURCE_DIR) + "/tests/meetings/golden/jitsi_door.txt");
    std::string golden;
    ASSERT_TRUE(std::getline(file, golden));
    EXPECT_EQ(jitsi::door(*jitsi::check(settings()),
                          {.room = "00112233445566778899aabbccddeeff", .ends_at = kNow + 90min}, kNow)
                  .reveal(),
              golden);
}

TEST(jitsi, only_the_hosts_door_moderates) {
    Room room;
    const Step step = room.adapter->next(
        {.verb = Verb::kHostLink, .intent = room.intent, .provider_id = room.ready.provider_id}, {}, kNow);
    const Opened host = open(std::get<HostLink>(std::get<Answer>(step)).url);
    const auto claims = json::Document::parse(host.claims);
    EXPECT_EQ(*claims->root()["context"]["user"]["moderator"].text(), "true");
    EXPECT_EQ(*claims->root()["room"].text(), room.ready.provider_id);
    EXPECT_TRUE(host.signature_fits);
}

TEST(jitsi, a_door_lives_past_the_visit_but_never_long) {
    const auto end = [](Instant ends_at) {
        const auto opened = open(jitsi::door(*jitsi::check(settings()), {.room = "r", .ends_at = ends_at}, kNow));
        return *json::Document::parse(opened.claims)->root()["exp"].integer() - kNow.micros / 1'000'000;
    };
    EXPECT_EQ(end(kNow + 30min), 90 * 60);
    EXPECT_EQ(end(kNow - 59min), 15 * 60);  // somebody who comes back late
    EXPECT_EQ(end({}), 15 * 60);
    EXPECT_EQ(end(kNow + 24h * 365), 25 * 3600);
}

TEST(jitsi, a_setting_that_is_wrong_is_named) {
    const auto field = [](auto change) {
        JitsiSettings wrong = settings();
        change(wrong);
        crypto::SystemEntropy entropy;
        const auto made = SimpleAdapter::create(wrong, entropy);
        return made ? std::string() : made.error().field;
    };
    EXPECT_EQ(field([](auto&) {}), "");
    EXPECT_EQ(field([](auto& s) { s.base_url = "http://meet.clinic.example"; }), "base_url");
    EXPECT_EQ(field([](auto& s) { s.app_id = ""; }), "app_id");
    EXPECT_EQ(field([](auto& s) { s.app_secret = Secret<>(std::string(31, 's')); }), "app_secret");
    EXPECT_EQ(field([](auto& s) { s.subject = "a b"; }), "subject");
}

TEST(jitsi, rooms_made_before_the_lock_are_still_found_and_closed) {
    Room room;
    const std::string old(22, 'A');
    const auto run = [&](Verb verb) {
        return std::get<Answer>(
            room.adapter->next({.verb = verb, .intent = room.intent, .provider_id = old}, {}, kNow));
    };
    EXPECT_EQ(std::get<Ready>(run(Verb::kFind)).patient_url, "https://meet.clinic.example/r/" + old);
    EXPECT_TRUE(std::holds_alternative<Cancelled>(run(Verb::kCancel)));
    EXPECT_FALSE(room.adapter->door({old, room.intent.end}, kNow));
}

}  // namespace
}  // namespace clinicpro::meetings
