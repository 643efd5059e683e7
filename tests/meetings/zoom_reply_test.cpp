// Facts about what Zoom's refusals mean, when to come back, and the note an operation keeps between two requests.
#include "meetings/zoom_reply.hpp"

#include <gtest/gtest.h>

#include "meetings/zoom_memo.hpp"

namespace clinicpro::meetings::zoom {
namespace {

constexpr Instant kNow{1'795'000'000'000'000};  // 2026-11-18T11:06:40Z

net::Response answer(int status, std::string body, net::Headers headers = {}) {
    return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

TEST(zoom_retry, after_is_read_as_seconds_an_http_date_or_an_iso_date) {
    const auto wait = [](const char* words) {
        const auto response = answer(429, "", {{"Retry-After", words}});
        return std::chrono::duration_cast<std::chrono::seconds>(retry_at(response, 2s, kNow) - kNow).count();
    };
    EXPECT_EQ(wait("7"), 7);
    EXPECT_EQ(wait("Wed, 18 Nov 2026 11:07:00 GMT"), 20);
    EXPECT_EQ(wait("2026-11-18T11:07:00Z"), 20);
    EXPECT_EQ(wait("2026-11-18T14:07:00+03:00"), 20);
    EXPECT_EQ(wait("soon"), 2);
    EXPECT_EQ(wait(""), 2);
    EXPECT_EQ(wait("0"), 1);                              // never at once
    EXPECT_EQ(wait("2020-01-01T00:00:00Z"), 1);           // nor in the past
    EXPECT_EQ(wait("999999999"), 25 * 3600);              // nor for ever
    EXPECT_EQ(wait("Wed, 18 Nov 2026 11:07:00 EAT"), 2);  // not a date of HTTP
}

TEST(zoom_refusal, each_family_has_its_fault_and_its_cure) {
    using Fault = Failed::Fault;
    struct Case {
        int status;
        const char* body;
        Fault fault;
        const char* words;
    };
    const Case cases[] = {
        {404, R"({"code":1001,"message":"User does not exist"})", Fault::kConfig, "knows no user h@c.example"},
        {400, R"({"code":1010,"message":"x"})", Fault::kConfig, "belongs to another account"},
        {400, R"({"code":3161,"message":"x"})", Fault::kConfig, "Give the user a licence"},
        {400, R"({"code":200,"message":"x"})", Fault::kConfig, "paid Zoom plan"},
        {403, R"({"code":2306,"message":"x"})", Fault::kConfig, "sharing permissions"},
        {400, R"({"code":300,"message":"Validation Failed.","errors":[{"field":"duration","message":"Invalid field."}]})",
         Fault::kInvalid, "duration: Invalid field."},
        {400, R"({"code":3002,"message":"x"})", Fault::kTransient, "in progress"},
        {401, R"({"code":124,"message":"Invalid access token."})", Fault::kTransient, "must be activated"},
        {400, R"({"code":4711,"message":"Invalid access token, does not contain scopes:[a:b:c]."})", Fault::kConfig,
         "lacks the scope a:b:c"},
        {403, R"({"code":4711,"message":"no brackets"})", Fault::kConfig, "lacks the scope that this needs"},
        {429, R"({"code":429,"message":"You have exceeded the daily rate limit (100) of Meeting Create"})", Fault::kQuota,
         "00:00 UTC"},
        {429, R"({"code":4001,"message":"x"})", Fault::kRate, "wants a pause"},
        {502, "<html>", Fault::kTransient, "HTTP 502"},
        {400, "", Fault::kTransient, "HTTP 400"},
        {400, R"({"code":9999,"message":"Odd\nthing"})", Fault::kInvalid, "(code 9999): Odd thing"},
    };
    for (const Case& one : cases) {
        const auto response = answer(one.status, one.body);
        const Failed failed = to_failed(read_refusal(response), response, "h@c.example", kNow);
        EXPECT_EQ(failed.fault, one.fault) << one.body << ": " << failed.sentence;
        EXPECT_NE(failed.sentence.find(one.words), std::string::npos) << failed.sentence;
    }
}

TEST(zoom_refusal, a_cap_that_ends_at_midnight_is_told_from_a_pause) {
    const auto daily = answer(429, R"({"code":429,"message":"... daily rate limit (100) ..."})", {{"Retry-After", "3"}});
    EXPECT_EQ(to_iso(*to_failed(read_refusal(daily), daily, "h", kNow).retry_at), "2026-11-19T00:00:00Z");
    const auto pause = answer(429, R"({"code":429,"message":"per-second"})", {{"Retry-After", "3"}});
    EXPECT_EQ(to_failed(read_refusal(pause), pause, "h", kNow).retry_at, kNow + 3s);
    EXPECT_EQ(to_iso(next_utc_midnight(Instant{1'795'046'400'000'000})), "2026-11-20T00:00:00Z");  // at midnight: the next
}

TEST(zoom_scopes, those_that_lack_are_named_and_the_classic_ones_hold_them_all) {
    EXPECT_EQ(missing_scopes("meeting:write:admin meeting:read:admin user:read:admin"), "");
    EXPECT_EQ(missing_scopes("meeting:write:admin meeting:read:admin"), "user:read:user:admin, user:read:settings:admin");
    EXPECT_EQ(missing_scopes("meeting:write:meeting:admin meeting:read:meeting:admin meeting:read:list_meetings:admin "
                             "meeting:update:meeting:admin user:read:user:admin user:read:settings:admin"),
              "meeting:delete:meeting:admin");
}

TEST(zoom_memo, it_comes_back_as_it_was_and_nonsense_is_nothing) {
    ZoomMemo memo{.fresh_token = true,
                  .digits_only = true,
                  .phase = "extra",
                  .page = "a+/= b%",
                  .looks = 1,
                  .restarts = 2,
                  .found = {"81000000001", "81000000002"},
                  .why = "Two words, a = and\na line.",
                  .findings = {"gAll is well.", "wNot all."}};
    const ZoomMemo back = ZoomMemo::read(memo.text());
    EXPECT_EQ(back.text(), memo.text());
    EXPECT_EQ(back.page, memo.page);
    EXPECT_EQ(back.why, memo.why);
    EXPECT_EQ(back.found, memo.found);
    EXPECT_TRUE(ZoomMemo().text().empty());
    EXPECT_TRUE(ZoomMemo::read("= looks=99 page=%zz %% unknown=1").text().empty());
}

}  // namespace
}  // namespace clinicpro::meetings::zoom
