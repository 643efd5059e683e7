// Our bytes to the Calendar and Meet APIs against golden files, and what their answers are read as.
#include "meetings/google_event.hpp"

#include "meetings/google_space.hpp"
#include "tests/meetings/google_paper.hpp"

namespace clinicpro::meetings {
namespace {

TEST(google_event, the_id_is_base32hex_of_a_digest_of_the_key) {
    // python3: base64.b32hexencode(sha256(b"clinicpro meeting apt_1_1")).rstrip(b"=").lower()
    EXPECT_EQ(google_event_id("apt_1_1"), "0tfdmb2aepvn5og0751atvt0ar5r906h4t1dgfb0s2g5d8o387eg");
    EXPECT_NE(google_event_id("apt_1_1"), google_event_id("apt_1_2"));
}

TEST(google_event, what_is_sent_stands_in_the_golden_files) {
    EXPECT_EQ(google_insert_body(paper_visit()), golden("google_insert.json"));
    EXPECT_EQ(google_move_body(paper_visit()), golden("google_move.json"));
    EXPECT_EQ(google_conference_body(google_event_id(paper_visit().key), kPaperNow), golden("google_conference.json"));
    GoogleSettings settings = user_consent();
    settings.access = GoogleAccess::kTrusted;
    settings.recording = settings.transcription = true;
    EXPECT_EQ(google_space_body(settings), golden("google_space.json"));
    EXPECT_EQ(google_space_mask(settings),
              "config.accessType,config.artifactConfig.recordingConfig.autoRecordingGeneration,"
              "config.artifactConfig.transcriptionConfig.autoTranscriptionGeneration");
}

TEST(google_event, only_what_is_turned_on_is_sent_to_a_space) {
    GoogleSettings settings = user_consent();
    EXPECT_FALSE(settings.changes_space());
    settings.access = GoogleAccess::kOpen;
    EXPECT_TRUE(settings.changes_space());
    EXPECT_EQ(google_space_body(settings), R"({"config":{"accessType":"OPEN"}})");
    EXPECT_EQ(google_space_mask(settings), "config.accessType");
}

std::string event_with(const std::string& more) {
    return R"({"id":"abcde01","status":"confirmed","start":{"dateTime":"2026-11-25T13:00:00+03:00"},)"
           R"("end":{"dateTime":"2026-11-25T13:30:00+03:00"},"created":"2026-11-24T10:00:00.000Z")" +
           more + "}";
}

TEST(google_event, the_link_is_the_hangout_link_else_the_video_door) {
    const auto plain = read_google_event(event_with(R"(,"hangoutLink":"https://meet.google.com/abc-defg-hij")"));
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->link, "https://meet.google.com/abc-defg-hij");
    EXPECT_EQ(plain->code, "abc-defg-hij");
    EXPECT_EQ(plain->conference, GoogleEvent::Conference::kMade);
    EXPECT_EQ(plain->start, kPaperNow + 24h);
    EXPECT_EQ(plain->end, kPaperNow + 24h + 30min);
    EXPECT_EQ(plain->created, kPaperNow);
    const auto door = read_google_event(event_with(
        R"(,"conferenceData":{"conferenceId":"xyz","entryPoints":[{"entryPointType":"phone","uri":"tel:+1"},)"
        R"({"entryPointType":"video","uri":"https://meet.google.com/xyz-1"}]})"));
    EXPECT_EQ(door->link, "https://meet.google.com/xyz-1");
    EXPECT_EQ(door->code, "xyz");
}

TEST(google_event, a_link_that_is_no_safe_web_address_is_no_link) {
    for (const char* link : {"javascript:alert(1)", "http://meet.google.com/abc", "https://meet google/a",
                             "https://user@evil/a", "data:text/html,x", ""}) {
        const auto event = read_google_event(event_with(",\"hangoutLink\":\"" + std::string(link) + "\""));
        ASSERT_TRUE(event);
        EXPECT_EQ(event->link, "") << link;
    }
}

TEST(google_event, pending_and_failed_are_told_apart_by_the_status_alone) {
    const auto state = [](const std::string& more) { return read_google_event(event_with(more))->conference; };
    const auto status = [](const std::string& code) {
        return ",\"conferenceData\":{\"createRequest\":{\"status\":{\"statusCode\":\"" + code + "\"}}}";
    };
    EXPECT_EQ(state(""), GoogleEvent::Conference::kNone);
    EXPECT_EQ(state(status("pending")), GoogleEvent::Conference::kPending);
    EXPECT_EQ(state(status("failure")), GoogleEvent::Conference::kFailed);
    EXPECT_EQ(state(status("success")), GoogleEvent::Conference::kPending);  // the link will follow
}

TEST(google_event, ours_is_what_carries_our_mark) {
    const auto key = [](const std::string& more) { return read_google_event(event_with(more))->key; };
    EXPECT_EQ(key(""), "");
    EXPECT_EQ(key(R"(,"extendedProperties":{"private":{"clinicpro_key":"k"}})"), "");
    EXPECT_EQ(key(R"(,"extendedProperties":{"private":{"clinicpro":"meeting","clinicpro_key":"k"}})"), "k");
    EXPECT_TRUE(read_google_event(R"({"id":"abcde","status":"cancelled"})")->cancelled);
}

TEST(google_event, a_cut_or_foreign_body_is_an_error) {
    const std::string whole = event_with("");
    for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(read_google_event(whole.substr(0, size)));
    for (const char* body : {"<html>", "{}", "[]", R"({"id":7})", R"({"id":""})"}) {
        EXPECT_FALSE(read_google_event(body)) << body;
        EXPECT_FALSE(read_google_page(body)) << body;
    }
}

}  // namespace
}  // namespace clinicpro::meetings
