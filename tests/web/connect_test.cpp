// Connecting a clinic to Google in a browser: the link, the way back, and every ending it can have.
#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

class Connect : public SiteTest {
protected:
    void SetUp() override {
        const Reply set = ask("PUT", "/v1/clinics/mlimani/meeting-provider",
                              R"({"provider":"google","client_id":"cid","client_secret":"csecret",)"
                              R"("token_url":"https://google.test/token"})",
                              admin);
        ASSERT_EQ(set.status, 200) << set.body;
        daraja.others = [this](const net::ClientRequest& request) {
            asked.push_back(request);
            return answer;
        };
    }
    std::string state() {
        const Reply begun = post("/meeting-provider/connect", R"({"provider":"google"})");
        EXPECT_EQ(begun.status, 200) << begun.body;
        EXPECT_EQ(begun["redirect_uri"], "https://pay.example/connect/google");
        const std::string url = begun["url"];
        EXPECT_TRUE(url.starts_with("https://accounts.google.com/")) << url;
        const size_t at = url.find("state=") + 6;
        return url.substr(at, url.find('&', at) - at);
    }
    Reply back(const std::string& query) { return ask("GET", "/connect/google?" + query); }
    std::string connection() { return get("/meeting-provider")["connection.state"]; }

    net::Outcome answer = net::Response::json(
        200, R"({"access_token":"at","expires_in":3599,"refresh_token":"the-refresh-token","token_type":"Bearer",)"
             R"("scope":"https://www.googleapis.com/auth/calendar.events )"
             R"(https://www.googleapis.com/auth/calendar.calendars.readonly"})");
    std::vector<net::ClientRequest> asked;
};

TEST_F(Connect, an_agreement_is_exchanged_stored_sealed_and_said_in_words) {
    EXPECT_EQ(connection(), "to_be_connected");
    const Reply done = back("state=" + state() + "&code=4/abc");
    EXPECT_EQ(done.status, 200) << done.body;
    EXPECT_NE(done.body.find("Mlimani Clinic"), std::string::npos);
    ASSERT_EQ(asked.size(), 1u);
    EXPECT_EQ(asked[0].url, "https://google.test/token");
    EXPECT_NE(asked[0].body.find("code_verifier="), std::string::npos);
    EXPECT_EQ(connection(), "good");
    EXPECT_EQ(count("SELECT COUNT(*) FROM credentials WHERE instr(sealed, 'the-refresh') > 0"), 0);
    EXPECT_EQ(count("SELECT COUNT(*) FROM audit WHERE action = 'meeting.connected'"), 1);
    EXPECT_EQ(done.body.find("the-refresh"), std::string::npos);
}

TEST_F(Connect, what_failed_for_want_of_a_connection_is_tried_again) {
    const auto apt = visit(patient());
    ASSERT_EQ(post("/appointments/" + apt + "/confirm").status, 200);
    run();
    EXPECT_EQ(get("/appointments/" + apt)["meeting.state"], "failed");
    EXPECT_EQ(back("state=" + state() + "&code=4/abc").status, 200);
    asked.clear();
    must(worker.step());
    ASSERT_FALSE(asked.empty());  // the access token of its first request
    EXPECT_NE(asked[0].body.find("grant_type=refresh_token"), std::string::npos);
}

TEST_F(Connect, a_state_is_good_once_for_a_while_and_only_if_it_is_ours) {
    const std::string good = state();
    std::string forged = good;
    forged[5] = forged[5] == 'A' ? 'B' : 'A';
    EXPECT_EQ(back("state=" + forged + "&code=c").status, 404);
    EXPECT_EQ(back("code=c").status, 404);
    EXPECT_TRUE(asked.empty());
    EXPECT_EQ(back("state=" + good + "&code=c").status, 200);
    const Reply twice = back("state=" + good + "&code=c");
    EXPECT_EQ(twice.status, 409);
    EXPECT_NE(twice.body.find("used already"), std::string::npos);
    const std::string late = state();
    clock.pass(10min + 1s);
    EXPECT_EQ(back("state=" + late + "&code=c").status, 409);
    EXPECT_EQ(asked.size(), 1u);
}

TEST_F(Connect, every_other_ending_says_what_to_do_and_leaves_it_unconnected) {
    const Reply refused = back("state=" + state() + "&error=access_denied");
    EXPECT_EQ(refused.status, 409);
    EXPECT_NE(refused.body.find("nobody agreed"), std::string::npos);
    EXPECT_TRUE(asked.empty());
    for (const net::Outcome& bad :
         {net::Outcome(net::Unknown{"time-out"}), net::Outcome(net::NotSent{"refused"}),
          net::Outcome(net::Response{.status = 503}),
          net::Outcome(net::Response::json(400, R"({"error":"invalid_grant","error_description":"Bad Request"})"))}) {
        answer = bad;
        const Reply reply = back("state=" + state() + "&code=c");
        EXPECT_EQ(reply.status, 409) << reply.body;
        EXPECT_NE(reply.body.find("connect google"), std::string::npos) << reply.body;
        EXPECT_EQ(connection(), "to_be_connected");
    }
}

TEST_F(Connect, only_google_with_a_client_is_connected) {
    EXPECT_EQ(post("/meeting-provider/connect", R"({"provider":"zoom"})")["field"], "provider");
    EXPECT_EQ(ask("POST", "/v1/clinics/pwani/meeting-provider/connect", R"({"provider":"google"})",
                  keys[{kPwani, clinics::Role::kAdmin}])
                  .status,
              409);
}

}  // namespace clinicpro::web::testing
