// What the doctor says of a healthy clinic, and of each illness: one finding, one sentence, what to do.
#include "web/doctor.hpp"

#include <gmock/gmock.h>

#include "tests/web/site.hpp"

namespace clinicpro::web::testing {
namespace {

using ::testing::HasSubstr;

// Answers as Daraja and the clinic's own address would; each answer can be replaced.
class Outside final : public net::Client {
public:
    void send(net::ClientRequest request, std::function<void(net::Outcome)> done) override {
        asked.push_back(request.url);
        if (request.url.find("/oauth/") != request.url.npos) return done(token);
        if (request.url.find("/mpesa/stkpushquery/") != request.url.npos) return done(query);
        if (request.url.ends_with("/healthz")) return done(health);
        done(net::NotSent{"no such host"});
    }
    std::vector<std::string> asked;
    net::Outcome token = net::Response{200, {{"Date", "Mon, 23 Nov 2026 06:00:05 GMT"}}, R"({"access_token":"t-1","expires_in":"3599"})"};
    net::Outcome query = net::Response::json(
        500, R"({"requestId":"1","errorCode":"500.001.1001","errorMessage":"The transaction does not Exist"})");
    net::Outcome health = net::Response::json(200, R"({"status":"alive"})");
};

class Doctors : public SiteTest {
protected:
    std::vector<Finding> examine() {
        Doctor doctor({.database = *database, .mpesa = parts, .meetings = meeting_settings, .client = outside, .ids = ids, .clock = clock,
                       .actor = "cli:test",
                       .public_url = "https://pay.example", .database_folder = folder});
        return doctor.clinic(kMlimani);
    }
    std::vector<Finding> examine_server() {
        Doctor doctor({.database = *database, .mpesa = parts, .meetings = meeting_settings, .client = outside, .ids = ids, .clock = clock,
                       .actor = "cli:test",
                       .public_url = "http://pay.example", .database_folder = folder});
        return doctor.server();
    }
    static std::string about(const std::vector<Finding>& found, std::string_view what) {
        for (const Finding& one : found) {
            if (one.about == what) return std::string(to_string(one.level)) + ": " + one.sentence;
        }
        return "(nothing)";
    }
    Outside outside;
};

TEST_F(Doctors, find_a_configured_clinic_well_and_name_what_only_a_person_can_finish) {
    configure();
    const auto found = examine();
    EXPECT_TRUE(is_well(found));
    for (const char* good : {"configuration", "token", "clock", "product", "callbacks", "waiting"}) {
        EXPECT_THAT(about(found, good), ::testing::StartsWith("good: ")) << good;
    }
    EXPECT_THAT(about(found, "registration"), HasSubstr("never registered"));
    for (const Finding& one : found) {
        EXPECT_EQ(one.sentence.find("pk"), std::string::npos) << one.sentence;
        EXPECT_TRUE(one.sentence.ends_with('.')) << one.sentence;
    }
    EXPECT_EQ(count("SELECT COUNT(*) FROM transactions"), 0) << "nobody was prompted";
}

TEST_F(Doctors, use_the_token_that_the_server_uses) {
    configure();
    examine();
    const size_t before = outside.asked.size();
    examine();
    for (size_t i = before; i < outside.asked.size(); ++i) EXPECT_EQ(outside.asked[i].find("/oauth/"), std::string::npos);
}

TEST_F(Doctors, say_what_is_missing_before_anything_is_tried) {
    const auto found = examine();
    EXPECT_FALSE(is_well(found));
    EXPECT_THAT(about(found, "configuration"), ::testing::StartsWith("problem: "));
    EXPECT_TRUE(outside.asked.empty());
}

TEST_F(Doctors, tell_wrong_keys_from_an_outage) {
    configure();
    outside.token = net::Response{400, {}, ""};
    EXPECT_THAT(about(examine(), "token"), HasSubstr("problem: Daraja gave no token"));
    EXPECT_EQ(about(examine(), "product"), "(nothing)") << "without a token there is nothing to try";
}

TEST_F(Doctors, see_a_clock_that_is_wrong) {
    configure();
    clock.pass(5min);
    EXPECT_THAT(about(examine(), "clock"), HasSubstr("problem: This machine's clock is 295 seconds ahead of Daraja's"));
}

TEST_F(Doctors, see_an_app_without_the_product_and_a_passkey_of_another_shortcode) {
    configure();
    outside.query = net::Response::json(401, R"({"errorCode":"401.003.01","errorMessage":"Invalid API call as no apiproduct match found"})");
    EXPECT_THAT(about(examine(), "product"), ::testing::StartsWith("problem: "));
    clock.pass(15s);
    outside.query = net::Response::json(500, R"({"errorCode":"500.001.1001","errorMessage":"[MerchantValidate] - Wrong credentials"})");
    EXPECT_THAT(about(examine(), "product"), ::testing::StartsWith("problem: "));
    clock.pass(15s);
    outside.query = net::Unknown{"time-out"};
    EXPECT_THAT(about(examine(), "product"), ::testing::StartsWith("warning: "));
}

TEST_F(Doctors, leave_the_questions_of_the_app_to_real_payments) {
    configure();
    EXPECT_THAT(about(examine(), "product"), ::testing::StartsWith("good: "));
    outside.asked.clear();
    EXPECT_THAT(about(examine(), "product"), HasSubstr("warning: M-Pesa Express was asked a moment ago"));
    for (const std::string& url : outside.asked) EXPECT_EQ(url.find("/mpesa/stkpushquery/"), url.npos);
    clock.pass(15s);
    EXPECT_THAT(about(examine(), "product"), ::testing::StartsWith("good: "));
}

TEST_F(Doctors, see_a_callback_address_that_leads_nowhere_or_to_somebody_else) {
    configure();
    outside.health = net::NotSent{"no such host"};
    EXPECT_THAT(about(examine(), "callbacks"), HasSubstr("cannot be reached"));
    outside.health = net::Response::html(200, "<h1>It works!</h1>");
    EXPECT_THAT(about(examine(), "callbacks"), HasSubstr("Somebody else answers"));
}

TEST_F(Doctors, count_what_waits_for_a_person) {
    configure();
    ASSERT_EQ(ask("POST", confirmation_path(), "nonsense").status, 200);
    ASSERT_EQ(ask("POST", confirmation_path(), c2b("UAB1234567", "NO-SUCH")).status, 200);
    run();
    EXPECT_THAT(about(examine(), "waiting"), HasSubstr("1 amounts that fit nowhere, 1 notices"));
}

TEST_F(Doctors, try_the_meetings_and_the_messages_that_are_chosen_and_name_what_is_not) {
    const auto none = examine();
    EXPECT_THAT(about(none, "meetings"), HasSubstr("warning: No meeting provider"));
    EXPECT_THAT(about(none, "messages"), HasSubstr("warning: Neither SMS nor mail"));
    const std::string meetings = "/v1/clinics/mlimani/meeting-provider", messaging = "/v1/clinics/mlimani/messaging";
    ASSERT_EQ(ask("PUT", meetings, R"({"provider":"google","client_id":"c","client_secret":"s"})", admin).status, 200);
    ASSERT_EQ(ask("PUT", messaging,
                  R"({"channels":["sms","mail"],"sms":{"environment":"custom","base_url":"https://sms.example",)"
                  R"("username":"u","api_key":"k"},"mail":{"host":"smtp.example","from":"a@clinic.example"}})",
                  admin)
                  .status,
              200);
    EXPECT_THAT(about(examine(), "meetings"), HasSubstr("problem: Google is chosen but not connected"));
    ASSERT_EQ(ask("PUT", meetings, R"({"provider":"simple","base_url":"https://meet.example"})", admin).status, 200);
    const auto found = examine();
    EXPECT_THAT(about(found, "meetings"), HasSubstr("good: Rooms are named under https://meet.example"));
    EXPECT_THAT(about(found, "sms"), HasSubstr("problem: Africa's Talking cannot be reached"));
    EXPECT_THAT(about(found, "mail"), HasSubstr("problem: The mail server cannot be used"));
}

TEST_F(Doctors, look_at_the_server_itself) {
    const auto found = examine_server();
    EXPECT_THAT(about(found, "database"), HasSubstr("A commit to the sqlite database took"));
    EXPECT_THAT(about(found, "disk"), HasSubstr("MiB are free"));
    EXPECT_THAT(about(found, "address"), HasSubstr("warning: "));
}

}  // namespace
}  // namespace clinicpro::web::testing
