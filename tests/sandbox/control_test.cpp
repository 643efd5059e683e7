// control_test.cpp: the control interface: who may use it, what it shows, what it never shows, and forging.
#include "sandbox/pages.hpp"
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

net::Response ask(Play& play, const std::string& host, const std::string& origin, bool open = false) {
    net::Request request;
    request.method = "GET";
    request.path = "/_sandbox/health";
    request.headers = {{"Host", host}};
    if (!origin.empty()) request.headers.emplace_back("Origin", origin);
    return play.control.handle(request, play.now, open);
}

TEST(control, other_hosts_and_other_origins_are_refused) {
    Play play;
    EXPECT_EQ(ask(play, "127.0.0.1:9200", "").status, 200);
    EXPECT_EQ(ask(play, "localhost", "").status, 200);
    EXPECT_EQ(ask(play, "[::1]:9200", "http://[::1]:9200").status, 200);
    EXPECT_EQ(ask(play, "127.0.0.1:9200", "http://127.0.0.1:9200").status, 200);
    EXPECT_EQ(ask(play, "rebound.example:9200", "").status, 403);
    EXPECT_EQ(ask(play, "", "").status, 403);
    EXPECT_EQ(ask(play, "127.0.0.1:9200", "https://evil.example").status, 403);
    EXPECT_EQ(ask(play, "127.0.0.1:9200", "null").status, 403);
    EXPECT_EQ(ask(play, "sandbox.lan:9200", "", true).status, 200);
}

TEST(control, secrets_are_never_shown) {
    Play play;
    play.pushed();
    play.run(60s);
    std::string shown;
    for (const char* path : {"health", "merchants", "switches", "clock", "faults", "customers", "prompts", "payments",
                             "ledger", "pushes", "registrations", "deliveries", "exchanges"}) {
        const auto answer = play.steer("GET", path);
        EXPECT_EQ(answer.status, 200) << path;
        EXPECT_TRUE(json::Document::parse(answer.body)) << path;
        shown += answer.body;
    }
    EXPECT_THAT(shown, testing::HasSubstr("[redacted]"));
    EXPECT_THAT(shown, testing::Not(testing::HasSubstr(play.token)));
    for (const Merchant& m : play.daraja.world().config.merchants) {
        EXPECT_THAT(shown, testing::Not(testing::HasSubstr(m.consumer_secret.reveal())));
        EXPECT_THAT(shown, testing::Not(testing::HasSubstr(m.passkey.reveal())));
        EXPECT_THAT(
            shown,
            testing::Not(testing::HasSubstr(text::to_base64(m.shortcode + m.passkey.reveal() + "20260304101502"))));
    }
}

TEST(control, secrets_are_redacted_wherever_they_stand) {
    EXPECT_EQ(redacted(R"({"Password" : "a\"b","x":1})"), R"({"Password" : "[redacted]","x":1})");
    EXPECT_EQ(redacted(R"({"access_token":"t","Password":3,"SecurityCredential":"c")"),
              R"({"access_token":"[redacted]","Password":3,"SecurityCredential":"[redacted]")");
    EXPECT_EQ(redacted(R"({"Password":"cut)"), R"({"Password":"[redacted])");
    EXPECT_EQ(redacted(R"({"Password")"), R"({"Password")");
}

TEST(control, the_ledger_lists_every_movement_with_its_source) {
    Play play;
    const std::string checkout = play.pushed();
    play.run(60s);
    ASSERT_EQ(
        play.steer("POST", "payments", R"({"phone":"0722000000","shortcode":"600987","account":"X","amount":"70"})")
            .status,
        200);
    const auto document = json::Document::parse(play.steer("GET", "ledger").body);
    const auto movements = document->root()["movements"];
    ASSERT_EQ(movements.size(), 2u);
    EXPECT_EQ(*movements.at(0)["source"].text(), "stk");
    EXPECT_EQ(*movements.at(0)["checkout_request_id"].text(), checkout);
    EXPECT_EQ(*movements.at(0)["amount"].integer(), 1500);
    EXPECT_EQ(*movements.at(1)["source"].text(), "c2b");
    EXPECT_EQ(*movements.at(1)["payer"].text(), "254722000000");
    EXPECT_EQ(*document->root()["balances"]["600987"].text(), "70.00");
    EXPECT_EQ(*document->root()["issued_cents"].integer(), *document->root()["total_cents"].integer());
    EXPECT_EQ(json::Document::parse(play.steer("GET", "ledger?limit=1").body)->root()["movements"].size(), 1u);
    EXPECT_EQ(json::Document::parse(play.steer("GET", "ledger?shortcode=600986").body)->root()["movements"].size(), 1u);
}

TEST(control, deliveries_are_filtered_and_sent_again) {
    Play play;
    const std::string checkout = play.pushed();
    play.run(60s);
    const auto list = json::Document::parse(play.steer("GET", "deliveries?about=" + checkout).body);
    ASSERT_EQ(list->root()["deliveries"].size(), 1u);
    EXPECT_EQ(*list->root()["deliveries"].at(0)["state"].text(), "answered");
    EXPECT_EQ(
        json::Document::parse(play.steer("GET", "deliveries?kind=c2b_confirmation").body)->root()["deliveries"].size(),
        0u);
    EXPECT_EQ(play.steer("POST", "deliveries/1/redeliver").status, 200);
    EXPECT_EQ(play.steer("POST", "deliveries/99/redeliver").status, 404);
    EXPECT_EQ(play.steer("POST", "deliveries/x/redeliver").status, 404);
    play.run(1s);
    ASSERT_EQ(play.caught.size(), 2u);
    EXPECT_EQ(play.caught.at(0).request.body, play.caught.at(1).request.body);
    EXPECT_EQ(play.moved().size(), 1u);
}

TEST(control, forgeries_look_real_and_move_nothing) {
    Play play;
    play.script("\"manual\"");
    const std::string checkout = play.pushed();
    const auto forge = [&](const std::string& body) {
        const auto answer = play.steer("POST", "forge", body);
        play.run(1s);
        return answer.status;
    };
    EXPECT_EQ(
        forge("{\"variant\":\"success\",\"checkout_request_id\":\"" + checkout + "\",\"source_address\":\"10.0.0.9\"}"),
        200);
    EXPECT_EQ(forge("{\"variant\":\"wrong_amount\",\"checkout_request_id\":\"" + checkout + "\"}"), 200);
    EXPECT_EQ(forge("{\"variant\":\"failure\",\"checkout_request_id\":\"" + checkout + "\"}"), 200);
    EXPECT_EQ(forge(R"({"variant":"unknown_id","url":"http://127.0.0.1:8080/in/x"})"), 200);
    EXPECT_EQ(forge(R"({"variant":"raw","url":"http://127.0.0.1:8080/in/x","body":"{"})"), 200);
    EXPECT_EQ(play.codes(), (std::vector<std::string>{"0", "0", "1032", "0", "?"}));
    EXPECT_EQ(net::find_header(play.caught.front().request.headers, "X-Forwarded-For"), "10.0.0.9");
    EXPECT_THAT(play.caught.at(1).request.body, testing::HasSubstr("\"Value\":1501.00"));
    EXPECT_EQ(forge(R"({"variant":"success","checkout_request_id":"nothing"})"), 404);
    EXPECT_EQ(forge(R"({"variant":"c2b","shortcode":"600986","phone":"254712345678","amount":5,"account":"A"})"), 409);
    EXPECT_EQ(forge(R"({"variant":"raw","url":"file:///etc/passwd","body":""})"), 422);
    EXPECT_EQ(forge(R"({"variant":"theft"})"), 422);
    ASSERT_EQ(
        play.post("/mpesa/c2b/v2/registerurl",
                  R"({"ShortCode":600986,"ResponseType":"Completed","ConfirmationURL":"https://clinic.example/c",)"
                  R"("ValidationURL":"https://clinic.example/v"})")
            .status,
        200);
    EXPECT_EQ(forge(R"({"variant":"c2b","shortcode":"600986","phone":"254712345678","amount":5,"account":"A"})"), 200);
    EXPECT_EQ(play.caught.back().request.url, "https://clinic.example/c");
    EXPECT_EQ(forge(R"({"variant":"replay","delivery":1,"source_address":"10.0.0.8"})"), 200);
    EXPECT_EQ(play.caught.back().request.body, play.caught.front().request.body);
    EXPECT_EQ(net::find_header(play.caught.back().request.headers, "X-Forwarded-For"), "10.0.0.8");
    EXPECT_EQ(forge(R"({"variant":"replay","delivery":99})"), 404);
    EXPECT_TRUE(play.moved().empty());
    EXPECT_TRUE(play.daraja.stk().find(checkout)->open);
}

TEST(control, merchants_and_switches_change_while_it_runs) {
    Play play;
    EXPECT_EQ(play.steer("PUT", "merchants",
                         R"({"shortcode":"611111","name":"Ziwa Clinic","consumer_key":"zk","consumer_secret":"zs",)"
                         R"("passkey":"zp","validation":true})")
                  .status,
              200);
    play.sign_in("611111");
    EXPECT_EQ(play.post("/mpesa/stkpush/v1/processrequest", play.push_body({}, "611111")).status, 200);
    EXPECT_EQ(play.steer("PUT", "merchants", R"({"shortcode":"6"})").status, 422);
    EXPECT_EQ(play.steer("PUT", "merchants",
                         R"({"shortcode":"611112","consumer_key":"zk","consumer_secret":"other","passkey":"p"})")
                  .status,
              422);
    EXPECT_EQ(play.steer("PUT", "switches", R"({"query_in_flight":"500","query_per_minute":7})").status, 200);
    EXPECT_EQ(play.switches().query_per_minute, 7);
    EXPECT_EQ(play.steer("PUT", "switches", R"({"query_per_minute":8,"query_in_flight":"maybe"})").status, 422);
    EXPECT_EQ(play.switches().query_per_minute, 7);
    EXPECT_EQ(play.steer("PUT", "switches", R"({"no_such":true})").status, 422);
    EXPECT_EQ(play.steer("PUT", "switches", "").status, 422);
    EXPECT_EQ(play.steer("POST", "clock", R"({"offset_seconds":1e12})").status, 422);
    EXPECT_EQ(play.steer("GET", "nothing").status, 404);
    EXPECT_EQ(play.steer("DELETE", "ledger").status, 405);
}

TEST(control, reset_forgets_everything_but_the_configuration) {
    Play play;
    play.pushed();
    play.run(5s);
    play.switches().query_per_minute = 99;
    EXPECT_EQ(play.steer("POST", "reset").status, 200);
    play.run(600s);
    EXPECT_TRUE(play.caught.empty());
    EXPECT_TRUE(play.moved().empty());
    EXPECT_EQ(play.switches().query_per_minute, 0);
    EXPECT_EQ(member(play.push(), "errorCode"), "404.001.03");
}

TEST(control, a_late_outcome_from_before_a_reset_meets_nothing) {
    Play play;
    play.pushed();
    play.run(60s);
    const int64_t old = play.caught.front().delivery;
    play.daraja.reset();
    play.daraja.ended(old, net::Outcome(net::Unknown{"late"}), play.now);
    play.token.clear();
    play.pushed();
    play.run(60s);
    EXPECT_GT(play.caught.back().delivery, old);
}

TEST(pages, the_phone_page_brings_everything_itself) {
    for (const char* path : {"/", "/phone.css", "/phone.js"}) {
        net::Request request;
        request.method = "GET";
        request.path = path;
        const auto page = page_for(request);
        ASSERT_TRUE(page) << path;
        EXPECT_EQ(page->status, 200);
        EXPECT_THAT(std::string(page->header("Content-Security-Policy")), testing::HasSubstr("default-src 'none'"));
        EXPECT_THAT(page->body, testing::Not(testing::HasSubstr("://"))) << path;
    }
    EXPECT_THAT(kPhoneHtml, testing::Not(testing::HasSubstr("style=")));
    EXPECT_THAT(kPhoneHtml, testing::Not(testing::HasSubstr("onclick")));
    net::Request other;
    other.method = "GET";
    other.path = "/else";
    EXPECT_FALSE(page_for(other));
}

}  // namespace
}  // namespace clinicpro::sandbox
