// Facts about the sandbox's SMS provider: stricter than the real one, and every way a report can go wrong.
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

class SmsPlay : public Play {
public:
    SmsPlay() : Play(7) {
        EXPECT_EQ(steer("PUT", "sms/accounts", R"({"username":"mlimani","report_url":"https://clinic.example/n/r/x"})")
                      .status,
                  200);
    }
    net::Response sms(const std::string& form, net::Headers more = {{"Accept", "application/json"}},
                      const std::string& key = "atsk_demo_mlimani_0000000000000002") {
        net::Request request;
        request.method = "POST";
        request.path = std::string(kSmsPath);
        request.headers = std::move(more);
        request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        if (!key.empty()) request.headers.emplace_back("apiKey", key);
        request.body = form;
        return send(request);
    }
    static std::string form(const std::string& to = "%2B254712345678", const std::string& from = "MLIMANI") {
        return "username=mlimani&to=" + to + "&message=Hello%20there&from=" + from + "&bulkSMSMode=1&enqueue=1";
    }
    std::vector<std::string> statuses() {
        std::vector<std::string> out;
        for (const Caught& c : caught) out.push_back(net::Request{.query = c.request.body}.query_value("status"));
        return out;
    }
    std::string messages(const std::string& phone = "254712345678") { return steer("GET", "customers/" + phone).body; }
};

TEST(sms, mixed_recipients_come_in_one_201) {
    SmsPlay play;
    const auto answer = play.sms(SmsPlay::form("%2B254712345678,0712345679,%2B254712345680"));
    ASSERT_EQ(answer.status, 201) << answer.body;
    const auto document = json::Document::parse(answer.body);
    const auto list = document->root()["SMSMessageData"]["Recipients"];
    ASSERT_EQ(list.size(), 3u);
    EXPECT_EQ(list.at(0)["statusCode"].scalar_if_any(), "102");
    EXPECT_EQ(list.at(1)["statusCode"].scalar_if_any(), "403");
    EXPECT_EQ(list.at(1)["messageId"].scalar_if_any(), "None");
    EXPECT_NE(list.at(0)["messageId"].scalar_if_any(), list.at(2)["messageId"].scalar_if_any());
    EXPECT_EQ(document->root()["SMSMessageData"]["Message"].scalar_if_any(), "Sent to 2/3 Total Cost: KES 1.6000");
}

TEST(sms, it_arrives_on_the_handset_under_its_sender) {
    SmsPlay play;
    play.sms(SmsPlay::form());
    play.run(60s);
    EXPECT_NE(play.messages().find("MLIMANI: Hello there"), std::string::npos);
    EXPECT_EQ(member(play.steer("GET", "sms?phone=0712345679"), "sms"), "");
    EXPECT_NE(play.steer("GET", "sms?phone=0712345678").body.find("Hello there"), std::string::npos);
}

TEST(sms, without_accept_json_it_answers_in_xml) {
    SmsPlay play;
    const auto answer = play.sms(SmsPlay::form(), {});
    EXPECT_EQ(answer.status, 201);
    EXPECT_TRUE(answer.body.starts_with("<AfricasTalkingResponse>")) << answer.body;
}

TEST(sms, what_is_wrong_is_refused) {
    SmsPlay play;
    const auto wrong = play.sms(SmsPlay::form(), {{"Accept", "application/json"}}, "atsk_other");
    EXPECT_EQ(wrong.status, 401);
    EXPECT_EQ(wrong.body, "The supplied authentication is invalid");
    EXPECT_EQ(play.sms(SmsPlay::form(), {{"Accept", "application/json"}}, "").status, 401);
    EXPECT_EQ(play.sms("username=mlimani&to=%2B254712345678").status, 400);
    const auto sender = play.sms(SmsPlay::form("%2B254712345678", "BANK"));
    EXPECT_EQ(sender.status, 201);
    EXPECT_NE(sender.body.find("\"InvalidSenderId\",\"Recipients\":[]"), std::string::npos) << sender.body;
    play.run(60s);
    EXPECT_EQ(play.steer("GET", "sms").body, "{\"sms\":[]}");
}

TEST(sms, an_account_tells_its_balance_to_its_own_key_and_messages_cost) {
    SmsPlay play;
    const auto ask = [&](const std::string& key) {
        net::Request request;
        request.method = "GET";
        request.path = std::string(kSmsUserPath);
        request.query = "username=mlimani";
        request.headers = {{"apiKey", key}, {"Accept", "application/json"}};
        return play.send(request);
    };
    const std::string key = "atsk_demo_mlimani_0000000000000002";
    EXPECT_EQ(ask(key).body, R"({"UserData":{"balance":"KES 100000.0000"}})");
    play.sms(SmsPlay::form());
    EXPECT_EQ(ask(key).body, R"({"UserData":{"balance":"KES 99999.2000"}})");
    EXPECT_EQ(ask("atsk_other").status, 401);
}

TEST(sms, asked_twice_is_sent_twice_also_when_the_answer_was_lost) {
    SmsPlay play;
    play.fault(R"({"name":"response_lost_after_queue","path":"/version1/messaging","count":1})");
    EXPECT_EQ(play.sms(SmsPlay::form()).status, 0);
    EXPECT_EQ(play.sms(SmsPlay::form()).status, 201);
    play.run(60s);
    const std::string shown = play.messages();
    EXPECT_NE(shown.find("Hello there"), shown.rfind("Hello there"));
}

TEST(sms, reports_come_in_both_orders_and_name_the_message) {
    bool before = false, after = false;
    SmsPlay play;
    for (int i = 0; i < 30; ++i) {
        play.caught.clear();
        play.sms(SmsPlay::form());
        play.run(60s);
        const auto said = play.statuses();
        ASSERT_EQ(said.size(), 2u);
        before = before || said == std::vector<std::string>{"Submitted", "Success"};
        after = after || said == std::vector<std::string>{"Success", "Submitted"};
    }
    EXPECT_TRUE(before && after);
    EXPECT_EQ(play.caught[0].request.url, "https://clinic.example/n/r/x");
}

TEST(sms, faults_refuse_lose_delay_and_repeat) {
    SmsPlay play;
    play.fault(R"([{"name":"sms_refused","code":"405","count":1}])");
    EXPECT_NE(play.sms(SmsPlay::form()).body.find("InsufficientBalance"), std::string::npos);
    play.fault(R"([{"name":"sms_report_lost","count":1}])");
    play.sms(SmsPlay::form());
    play.run(600s);
    EXPECT_TRUE(play.statuses().empty());
    play.fault(R"([{"name":"sms_undelivered","count":1},{"name":"sms_report_duplicate","times":3,"count":1}])");
    play.sms(SmsPlay::form());
    play.run(600s);
    EXPECT_EQ(std::ranges::count(play.statuses(), "Failed"), 3);
    const size_t reports = play.caught.size();
    play.fault(R"([{"name":"sms_report_late","seconds":3000,"count":1}])");
    play.sms(SmsPlay::form());
    play.run(60s);
    EXPECT_EQ(std::ranges::count(play.statuses(), "Success"), 0);
    play.run(3600s);
    EXPECT_EQ(play.caught.size(), reports + 2);
}

TEST(sms, any_report_can_be_sent_on_command) {
    SmsPlay play;
    EXPECT_EQ(play.steer("POST", "sms/reports", R"({"id":"ATXid_none","status":"Success"})").status, 422);
    EXPECT_EQ(play.steer("POST", "sms/reports",
                         R"({"id":"ATXid_none","status":"Success","url":"https://clinic.example/n/r/y"})")
                  .status,
              200);
    ASSERT_EQ(play.caught.size(), 1u);
    EXPECT_EQ(play.caught[0].request.url, "https://clinic.example/n/r/y");
}

}  // namespace
}  // namespace clinicpro::sandbox
