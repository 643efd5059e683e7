// Facts about the played Zoom: what it refuses, what it does twice, and how its events look on the wire.
#include "sandbox/zoom.hpp"

#include "crypto/hash.hpp"
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

class ZoomPlay : public ::testing::Test {
protected:
    Play play;
    std::string token;

    net::Response call(const std::string& method, const std::string& path, const std::string& body = {}) {
        net::Request request;
        request.method = method;
        const size_t mark = path.find('?');
        request.path = "/zoom/v2/" + path.substr(0, mark);
        if (mark != path.npos) request.query = path.substr(mark + 1);
        request.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + token}};
        request.body = body;
        return play.send(std::move(request));
    }
    net::Response ask_token(const std::string& body, const std::string& query = {},
                            const std::string& pair = "sandbox-zoom-client:sandbox-zoom-secret") {
        net::Request request;
        request.method = "POST";
        request.path = "/zoom/oauth/token";
        request.query = query;
        request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                           {"Authorization", "Basic " + text::to_base64(pair)}};
        request.body = body;
        return play.send(std::move(request));
    }
    void sign_in() {
        token = member(ask_token("grant_type=account_credentials&account_id=sandbox-account"), "access_token");
    }
    net::Response create(const std::string& more = {}, const std::string& host = "doctor@clinic.example") {
        return call("POST", "users/" + host + "/meetings",
                    R"({"topic":"Visit","type":2,"start_time":"2026-03-05T08:00:00Z","duration":30)" + more + "}");
    }
    static std::string code(const net::Response& response) {
        return std::to_string(response.status) + "/" + member(response, "code");
    }
};

TEST_F(ZoomPlay, a_token_is_given_for_parameters_in_the_body_only) {
    const std::string form = "grant_type=account_credentials&account_id=sandbox-account";
    EXPECT_EQ(ask_token(form).status, 200);
    EXPECT_EQ(ask_token({}, form).status, 400);
    EXPECT_EQ(ask_token(form, form).status, 400);
    EXPECT_EQ(member(ask_token(form, {}, "x:y"), "error"), "invalid_client");
    EXPECT_EQ(member(ask_token("grant_type=client_credentials"), "error"), "unsupported_grant_type");
    EXPECT_EQ(member(ask_token("grant_type=account_credentials&account_id=x"), "error"), "invalid_request");
    play.daraja.zoom().account().active = false;
    EXPECT_EQ(ask_token(form).status, 400);
}

TEST_F(ZoomPlay, tokens_end_after_an_hour_and_keep_the_scopes_they_were_given_with) {
    sign_in();
    play.daraja.zoom().account().scopes += " meeting:update:meeting:admin";
    EXPECT_EQ(create().status, 201);
    play.run(3599s);
    EXPECT_EQ(code(create()), "401/124");
    play.daraja.zoom().account().scopes = "user:read:user:admin";
    sign_in();
    EXPECT_EQ(code(create()), "400/4711");
    play.daraja.zoom().account().scopes += " meeting:write:meeting:admin";
    EXPECT_EQ(code(create()), "400/4711");
    sign_in();
    EXPECT_EQ(create().status, 201);
}

TEST_F(ZoomPlay, asking_twice_makes_two_and_every_answer_can_be_traced) {
    sign_in();
    const auto first = create();
    EXPECT_NE(member(first, "id"), member(create(), "id"));
    EXPECT_EQ(play.daraja.zoom().meetings().size(), 2u);
    EXPECT_FALSE(first.header("x-zm-trackingid").empty());
    EXPECT_GT(std::stoll(member(first, "id")), int64_t{1} << 32);
}

TEST_F(ZoomPlay, bad_bodies_are_named_field_by_field_and_make_nothing) {
    sign_in();
    for (const char* more : {R"(,"password":"a b")", R"(,"password":"12345678901")", R"(,"duration":1441)",
                             R"(,"settings":{"waitingroom":true})", R"(,"settings":{"waiting_room":"yes"})",
                             R"(,"start_time":"2026-03-05 08:00")", R"(,"agenda":7)", R"(,"type":3)"}) {
        const auto refused = create(more);
        EXPECT_EQ(code(refused), "400/300") << more;
        EXPECT_NE(refused.body.find("\"errors\":[{\"field\":"), std::string::npos) << refused.body;
    }
    EXPECT_EQ(code(call("POST", "users/doctor@clinic.example/meetings", "{")), "400/300");
    EXPECT_EQ(code(create({}, "me")), "404/1001");
    EXPECT_EQ(code(create({}, "doctor@elsewhere.example")), "400/1010");
    EXPECT_TRUE(play.daraja.zoom().meetings().empty());
}

TEST_F(ZoomPlay, a_meeting_without_any_lock_gets_one_and_time_without_z_is_nairobi) {
    sign_in();
    const auto made = create(R"(,"start_time":"2026-03-05T08:00:00","timezone":"Africa/Nairobi")");
    EXPECT_NE(made.body.find("\"waiting_room\":true"), std::string::npos);
    EXPECT_EQ(member(made, "start_time"), "2026-03-05T05:00:00Z");
}

TEST_F(ZoomPlay, changes_and_deletes_answer_without_a_body_and_a_meeting_in_progress_stays) {
    sign_in();
    const std::string id = member(create(), "id");
    const auto changed = call("PATCH", "meetings/" + id, R"({"duration":45})");
    EXPECT_EQ(changed.status, 204);
    EXPECT_EQ(changed.body, "");
    EXPECT_EQ(member(call("GET", "meetings/" + id), "duration"), "45");
    ASSERT_EQ(play.steer("POST", "zoom/meetings/" + id + "/act", R"({"action":"start"})").status, 200);
    EXPECT_EQ(code(call("DELETE", "meetings/" + id)), "400/3002");
    ASSERT_EQ(play.steer("POST", "zoom/meetings/" + id + "/act", R"({"action":"end"})").status, 200);
    EXPECT_EQ(call("DELETE", "meetings/" + id).status, 204);
    EXPECT_EQ(code(call("DELETE", "meetings/" + id)), "404/3001");
    EXPECT_EQ(member(play.steer("GET", "zoom/meetings"), "live"), "0");
}

TEST_F(ZoomPlay, a_paging_token_lives_fifteen_minutes) {
    sign_in();
    for (int i = 0; i < 3; ++i) create();
    const std::string list = "users/doctor@clinic.example/meetings?page_size=2";
    const std::string next = member(call("GET", list), "next_page_token");
    ASSERT_FALSE(next.empty());
    const std::string second = list + "&next_page_token=" + text::percent_encode(next);
    EXPECT_EQ(call("GET", second).status, 200);
    play.run(15min);
    EXPECT_EQ(code(call("GET", second)), "400/300");
    EXPECT_EQ(code(call("GET", "users/doctor@clinic.example/meetings?page_size=301")), "400/300");
}

TEST_F(ZoomPlay, a_hundred_creates_and_changes_a_day_and_the_refusal_has_no_header_that_says_so) {
    sign_in();
    const std::string id = member(create(), "id");
    for (int i = 1; i < 100; ++i) ASSERT_EQ(call("PATCH", "meetings/" + id, R"({"duration":45})").status, 204);
    const auto refused = create();
    EXPECT_EQ(code(refused), "429/429");
    EXPECT_EQ(refused.header("Retry-After"), "");
    EXPECT_EQ(refused.header("x-ratelimit-type"), "");
    EXPECT_EQ(call("DELETE", "meetings/" + id).status, 204);
    play.run(24h);
    sign_in();
    EXPECT_EQ(create().status, 201);
}

TEST_F(ZoomPlay, events_are_signed_over_the_raw_body_and_tried_again_only_after_a_fault_of_the_receiver) {
    sign_in();
    ASSERT_EQ(
        play.steer("PUT", "zoom", R"({"webhook_url":"https://clinic.example/n/z/x","webhook_secret":"s"})").status,
        200);
    int answers = 0;
    play.answer_with = [&](const net::ClientRequest&) -> net::Outcome {
        return net::Response{.status = ++answers < 3 ? 503 : 401, .headers = {}, .body = {}};
    };
    create();
    play.run(10min);
    ASSERT_EQ(play.caught.size(), 3u);  // 503, 503 again, 401 and no more
    for (const Caught& one : play.caught) {
        const std::string stamp(net::find_header(one.request.headers, "x-zm-request-timestamp"));
        EXPECT_EQ(net::find_header(one.request.headers, "x-zm-signature"),
                  "v0=" + text::to_hex(crypto::hmac_sha256(Secret<>("s"), "v0:" + stamp + ":" + one.request.body)));
    }
    EXPECT_EQ(play.caught[0].request.body, play.caught[2].request.body);
}

}  // namespace
}  // namespace clinicpro::sandbox
