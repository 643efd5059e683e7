// Who makes the meetings, through the API: secrets go in and never come out, what is wrong is said before it is stored.
#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

class MeetingApi : public SiteTest {
protected:
    Reply put(const std::string& path, std::string body) {
        return ask("PUT", "/v1/clinics/mlimani" + path, std::move(body), admin);
    }
    static constexpr const char* kZoom =
        R"({"provider":"zoom","account_id":"acc","client_id":"cid","client_secret":"the-zoom-secret",)"
        R"("host":"dr@clinic.example","waiting_room":false,"token_url":"http://127.0.0.1:9/oauth/token",)"
        R"("api_url":"http://127.0.0.1:9"})";
};

TEST_F(MeetingApi, a_clinic_may_have_its_own_provider) {
    EXPECT_EQ(get("/meeting-provider").status, 404);
    EXPECT_EQ(
        ask("PUT", "/v1/meeting-provider", R"({"provider":"simple","base_url":"https://meet.default"})", operator_key)
            .status,
        200);
    EXPECT_EQ(get("/meeting-provider")["is_default"], "true");
    const Reply own = put("/meeting-provider", R"({"provider":"simple","base_url":"https://meet.mlimani"})");
    EXPECT_EQ(own["base_url"], "https://meet.mlimani");
    EXPECT_EQ(own["is_default"], "false");
    EXPECT_EQ(put("/meeting-provider", R"({"provider":"skype"})")["field"], "provider");
    const Reply plain = put("/meeting-provider", R"({"provider":"simple","base_url":"http://meet.mlimani"})");
    EXPECT_EQ(plain.status, 422) << plain.body;
    EXPECT_EQ(ask("DELETE", "/v1/clinics/mlimani/meeting-provider", {}, admin).status, 204);
    EXPECT_EQ(get("/meeting-provider")["base_url"], "https://meet.default");
}

TEST_F(MeetingApi, secrets_are_kept_sealed_and_only_their_names_are_shown) {
    const Reply set = put("/meeting-provider", kZoom);
    ASSERT_EQ(set.status, 200) << set.body;
    EXPECT_EQ(set["provider"], "zoom");
    EXPECT_EQ(set["settings.waiting_room"], "no");
    EXPECT_EQ(set["secrets_set.0"], "client_secret");
    EXPECT_EQ(set["connection.state"], "good");
    EXPECT_EQ(get("/meeting-provider").body, set.body);
    EXPECT_EQ(set.body.find("the-zoom"), std::string::npos);
    EXPECT_EQ(get("/audit").body.find("the-zoom"), std::string::npos);
    EXPECT_EQ(count("SELECT COUNT(*) FROM credentials WHERE instr(sealed, 'the-zoom') > 0"), 0);
    EXPECT_EQ(count("SELECT COUNT(*) FROM credentials WHERE name = 'zoom.client_secret'"), 1);
    // Without the secret the stored one stays; without a plain setting its usual value comes back.
    const Reply changed =
        put("/meeting-provider", R"({"provider":"zoom","account_id":"acc2","client_id":"cid","host":"dr@clinic.example"})");
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(changed["settings.account_id"], "acc2");
    EXPECT_EQ(changed["settings.waiting_room"], "");
    EXPECT_EQ(changed.count("secrets_set"), 1u);
}

TEST_F(MeetingApi, what_a_provider_cannot_use_is_refused_by_name_and_changes_nothing) {
    configure();
    const std::string before = snapshot();
    const auto field = [&](const char* body) {
        const Reply reply = put("/meeting-provider", body);
        EXPECT_EQ(reply.status, 422) << reply.body;
        return reply["field"];
    };
    EXPECT_EQ(field(R"({"provider":"zoom","client_id":"c","client_secret":"s"})"), "account_id");
    EXPECT_EQ(field(R"({"provider":"zoom","calendar_id":"primary"})"), "calendar_id");
    EXPECT_EQ(field(R"({"provider":"jitsi","base_url":"https://meet.example","app_id":"a","app_secret":"short"})"),
              "app_secret");
    EXPECT_EQ(field(R"({"provider":"google","service_account":"not json"})"), "service_account");
    EXPECT_EQ(field(R"({"provider":"google","client_id":"c","client_secret":"s","access":"everybody"})"), "access");
    EXPECT_EQ(field(R"({"provider":"simple","rooms":"x"})"), "rooms");
    EXPECT_EQ(snapshot(), before);
}

TEST_F(MeetingApi, google_may_be_chosen_before_it_is_connected) {
    const Reply set = put("/meeting-provider", R"({"provider":"google","client_id":"c","client_secret":"s"})");
    ASSERT_EQ(set.status, 200) << set.body;
    EXPECT_EQ(set["provider"], "google_meet");
    EXPECT_EQ(set["connection.state"], "to_be_connected");
    const Reply checked = post("/meeting-provider/check");
    EXPECT_EQ(checked["usable"], "false");
    EXPECT_NE(checked["findings.0.sentence"].find("connect"), std::string::npos);
}

TEST_F(MeetingApi, a_check_says_each_finding_and_is_remembered) {
    EXPECT_EQ(post("/meeting-provider/check").status, 409);
    configure();
    const Reply good = post("/meeting-provider/check");
    ASSERT_EQ(good.status, 200) << good.body;
    EXPECT_EQ(good["usable"], "true");
    EXPECT_EQ(good["findings.0.level"], "good");
    EXPECT_EQ(get("/meeting-provider")["check_sentence"], "");
    EXPECT_NE(get("/meeting-provider")["checked_at"], "");
    ASSERT_EQ(put("/meeting-provider", kZoom).status, 200);
    const Reply away = post("/meeting-provider/check");  // nobody answers at 127.0.0.1:9
    EXPECT_EQ(away["usable"], "false");
    EXPECT_EQ(away["findings.0.level"], "problem");
    EXPECT_EQ(get("/meeting-provider")["check_sentence"], away["findings.0.sentence"]);
    EXPECT_EQ(post("/meeting-provider/check", R"({"host":"not a name"})")["field"], "host");
}

TEST_F(MeetingApi, a_fallback_order_is_set_and_shown) {
    configure();
    EXPECT_EQ(get("/meeting-provider").count("fallback"), 0u);
    ASSERT_EQ(put("/meeting-provider", kZoom).status, 200);
    const Reply set = put("/meeting-provider/fallback", R"({"order":["simple"]})");
    ASSERT_EQ(set.status, 200) << set.body;
    EXPECT_EQ(set["fallback.0"], "simple");
    EXPECT_EQ(put("/meeting-provider/fallback", R"({"order":["google"]})")["field"], "order");
    EXPECT_EQ(put("/meeting-provider/fallback", R"({"order":"simple"})")["field"], "order");
    EXPECT_EQ(put("/meeting-provider/fallback", R"({"order":[]})").count("fallback"), 0u);
}

TEST_F(MeetingApi, a_visit_falls_back_and_says_so) {
    configure();
    ASSERT_EQ(put("/meeting-provider", kZoom).status, 200);
    ASSERT_EQ(put("/meeting-provider/fallback", R"({"order":["simple"]})").status, 200);
    // Zoom refuses the app itself.
    daraja.others = [](const net::ClientRequest&) -> net::Outcome {
        return net::Response::json(400, R"({"reason":"Invalid client_id or client_secret","error":"invalid_client"})");
    };
    const auto apt = visit(patient());
    ASSERT_EQ(post("/appointments/" + apt + "/confirm").status, 200);
    run();
    const Reply shown = get("/appointments/" + apt);
    EXPECT_EQ(shown["meeting.provider"], "simple") << shown.body;
    EXPECT_EQ(shown["meeting.state"], "ready");
    EXPECT_EQ(shown["meeting.fell_back_from"], "zoom");
    EXPECT_NE(shown["meeting.fell_back_why"], "");
    EXPECT_EQ(shown["meeting.has_link"], "true");
}

TEST_F(MeetingApi, a_visit_has_a_host_and_a_meeting_can_be_moved_to_another) {
    configure();
    const Reply made = post("/appointments", R"({"patient_id":")" + patient() +
                                                 R"(","kind":"virtual","starts_at":"2026-11-23T10:00:00+03:00",)"
                                                 R"("ends_at":"2026-11-23T10:30:00+03:00","host":"dr.a@clinic.example"})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made["host"], "dr.a@clinic.example");
    const std::string path = "/appointments/" + made["id"];
    EXPECT_EQ(post(path + "/move-meeting").status, 409);  // not confirmed
    ASSERT_EQ(post(path + "/confirm").status, 200);
    run();
    const Reply moved = post(path + "/move-meeting", R"({"host":"dr.b@clinic.example"})");
    ASSERT_EQ(moved.status, 200) << moved.body;
    EXPECT_EQ(moved["host"], "dr.b@clinic.example");
    EXPECT_EQ(moved["join_url"], made["join_url"]);
    run();
    EXPECT_EQ(get(path)["meeting.host"], "dr.b@clinic.example");
    EXPECT_EQ(get(path)["meeting.state"], "ready");
    EXPECT_EQ(count("SELECT COUNT(*) FROM meetings WHERE state <> 'cancelled'"), 1);
    EXPECT_EQ(post("/appointments", R"({"patient_id":")" + patient() +
                                        R"(","kind":"onsite","starts_at":"2026-11-23T10:00:00+03:00",)"
                                        R"("ends_at":"2026-11-23T10:30:00+03:00","host":"x@y.example"})")["field"],
              "host");
}

TEST_F(MeetingApi, the_host_s_way_in_is_given_once_audited_and_kept_nowhere) {
    const Reply set = put("/meeting-provider",
                          R"({"provider":"jitsi","base_url":"https://meet.example","app_id":"clinic",)"
                          R"("app_secret":"0123456789abcdef0123456789abcdef"})");
    ASSERT_EQ(set.status, 200) << set.body;
    EXPECT_EQ(set["provider"], "jitsi");
    const auto apt = visit(patient());
    const std::string path = "/appointments/" + apt + "/host-link";
    EXPECT_EQ(post(path).status, 409);
    ASSERT_EQ(post("/appointments/" + apt + "/confirm").status, 200);
    EXPECT_EQ(post(path).status, 409);  // not made yet
    run();
    const Reply link = ask("POST", "/v1/clinics/mlimani" + path, {}, cashier);
    ASSERT_EQ(link.status, 200) << link.body;
    EXPECT_TRUE(link["url"].starts_with("https://meet.example/")) << link.body;
    EXPECT_NE(link["url"].find("?jwt="), std::string::npos);
    EXPECT_EQ(link.header("Cache-Control"), "no-store");
    EXPECT_EQ(count("SELECT COUNT(*) FROM audit WHERE action = 'meeting.host_link'"), 1);
    EXPECT_EQ(get("/audit").body.find("jwt"), std::string::npos);
    EXPECT_EQ(ask("POST", "/v1/clinics/mlimani" + path, {}, reader).status, 403);
    EXPECT_EQ(ask("POST", "/v1/clinics/mlimani" + path, {}, operator_key).status, 403);
    clock.pass(3h);
    EXPECT_EQ(post(path).status, 409);  // over
}

}  // namespace clinicpro::web::testing
