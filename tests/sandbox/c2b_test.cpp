// c2b_test.cpp: registering, paying by hand, validation in all its endings, and every shape of the payload (daraja.md
// 4).
#include "crypto/hash.hpp"
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

std::string urls(const std::string& response_type = "Completed",
                 const std::string& confirmation = "https://clinic.example/c",
                 const std::string& shortcode = "600986") {
    return "{\"ShortCode\":\"" + shortcode + "\",\"ResponseType\":\"" + response_type + "\",\"ConfirmationURL\":\"" +
           confirmation + "\",\"ValidationURL\":\"https://clinic.example/v\"}";
}

constexpr const char* kPay = R"({"phone":"0712345678","shortcode":"600986","account":"INV-1","amount":500})";

void open(Play& play, const std::string& response_type = "Completed", bool validation = true, int version = 2) {
    play.daraja.world().config.merchants.at(1).validation = validation;
    play.sign_in();
    ASSERT_EQ(play.post("/mpesa/c2b/v" + std::to_string(version) + "/registerurl", urls(response_type)).status, 200);
}

net::Outcome says(const std::string& body, int status = 200) {
    return net::Outcome(net::Response{.status = status, .headers = {}, .body = body});
}

TEST(c2b, registering_answers_with_safaricoms_own_spelling) {
    Play play;
    play.sign_in();
    const auto answer = play.post("/mpesa/c2b/v2/registerurl", urls());
    EXPECT_EQ(answer.status, 200);
    EXPECT_NE(member(answer, "OriginatorCoversationID"), "");
    EXPECT_EQ(member(answer, "ResponseCode"), "0");
    EXPECT_EQ(member(answer, "ResponseDescription"), "success");
    play.switches().c2b_answer_without_code = true;
    EXPECT_EQ(member(play.post("/mpesa/c2b/v1/registerurl", urls()), "ResponseCode"), "");
}

TEST(c2b, wrong_registrations_are_refused) {
    Play play;
    play.sign_in();
    const std::tuple<std::string, int, const char*, const char*> rows[] = {
        {urls("completed"), 400, "400.003.02", "Bad Request - Invalid ResponseType"},
        {urls("Canceled"), 400, "400.003.02", "Bad Request - Invalid ResponseType"},
        {urls("Completed", "http://clinic.example/c"), 400, "400.003.02", "Bad Request - Invalid ConfirmationURL"},
        {urls("Completed", "https://clinic.example/mpesa/c"), 400, "400.003.02",
         "Bad Request - Invalid ConfirmationURL"},
        {urls("Completed", "https://clinic.example/M-PESA"), 400, "400.003.02",
         "Bad Request - Invalid ConfirmationURL"},
        {urls("Completed", "https://clinic.example/sqlite"), 400, "400.003.02",
         "Bad Request - Invalid ConfirmationURL"},
        {urls("Completed", "https://x.ngrok-free.app/c"), 400, "400.003.02", "Bad Request - Invalid ConfirmationURL"},
        {urls("Completed", "https://clinic.example/c", "12"), 400, "400.003.02", "Bad Request - Invalid ShortCode"},
        {urls("Completed", "https://clinic.example/c", "600987"), 500, "500.003.1001",
         "Service is currently unreachable. Please try again later."},
        {"[]", 400, "400.002.05", "Invalid Request Payload"},
    };
    for (const auto& [body, status, code, message] : rows) {
        const auto answer = play.post("/mpesa/c2b/v2/registerurl", body);
        EXPECT_EQ(answer.status, status) << body;
        EXPECT_EQ(member(answer, "errorCode"), code) << body;
        EXPECT_EQ(member(answer, "errorMessage"), message) << body;
    }
    EXPECT_EQ(play.post("/mpesa/c2b/v2/registerurl", urls("Completed", "http://127.0.0.1:8080/c")).status, 200);
    play.switches().c2b_register_once = true;
    EXPECT_EQ(member(play.post("/mpesa/c2b/v2/registerurl", urls()), "errorMessage"), "Urls are already registered");
    play.switches().c2b_old_platform = true;
    EXPECT_THAT(member(play.post("/mpesa/c2b/v2/registerurl", urls()), "errorMessage"),
                testing::StartsWith("Duplicate notification info, SP ID is"));
}

TEST(c2b, validation_and_confirmation_have_the_documented_body) {
    Play play;
    open(play);
    play.answer_with = [](const net::ClientRequest& r) {
        return says(r.url.ends_with("/v") ? R"({"ResultCode":"0","ResultDesc":"Accepted","ThirdPartyTransID":"77"})"
                                          : "{}");
    };
    ASSERT_EQ(
        play.steer("PUT", "customers/254712345678", R"({"first_name":"Asha","middle_name":"","last_name":"Mwangi"})")
            .status,
        200);
    ASSERT_EQ(play.steer("POST", "payments", kPay).status, 200);
    play.run(60s);
    ASSERT_EQ(play.caught.size(), 2u);
    const std::string receipt = play.moved().front().receipt;
    const auto body = [&](const std::string& balance, const std::string& third) {
        return "{\"TransactionType\":\"Pay Bill\",\"TransID\":\"" + receipt +
               "\",\"TransTime\":\"20260304101502\",\"TransAmount\":\"500.00\",\"BusinessShortCode\":\"600986\","
               "\"BillRefNumber\":"
               "\"INV-1\",\"InvoiceNumber\":\"\",\"OrgAccountBalance\":\"" +
               balance + "\",\"ThirdPartyTransID\":\"" + third +
               "\",\"MSISDN\":\"2547 ***** 678\",\"FirstName\":\"Asha\",\"MiddleName\":\"\",\"LastName\":\"Mwangi\"}";
    };
    EXPECT_EQ(play.caught.at(0).request.url, "https://clinic.example/v");
    EXPECT_EQ(play.caught.at(0).request.body, body("", ""));
    EXPECT_EQ(play.caught.at(1).request.url, "https://clinic.example/c");
    EXPECT_EQ(play.caught.at(1).request.body, body("500.00", "77"));
    EXPECT_TRUE(play.balanced());
}

struct Ending {
    const char* name;
    net::Outcome answer;
    Duration after;
    bool paid_completed;
    bool paid_cancelled;
};

TEST(c2b, every_validation_answer_has_its_ending) {
    const Ending rows[] = {
        {"accept", says(R"({"ResultCode":"0","ResultDesc":"Accepted"})"), 50ms, true, true},
        {"accept as a number", says(R"({"ResultCode":0})"), 7s, true, true},
        {"C2B00011", says(R"({"ResultCode":"C2B00011","ResultDesc":"Rejected"})"), 50ms, false, false},
        {"C2B00012", says(R"({"ResultCode":"C2B00012","ResultDesc":"Rejected"})"), 50ms, false, false},
        {"C2B00013", says(R"({"ResultCode":"C2B00013","ResultDesc":"Rejected"})"), 50ms, false, false},
        {"C2B00014", says(R"({"ResultCode":"C2B00014","ResultDesc":"Rejected"})"), 50ms, false, false},
        {"C2B00015", says(R"({"ResultCode":"C2B00015","ResultDesc":"Rejected"})"), 50ms, false, false},
        {"C2B00016", says(R"({"ResultCode":"C2B00016","ResultDesc":"Rejected"})"), 50ms, false, false},
        {"any other number", says(R"({"ResultCode":1})"), 50ms, false, false},
        {"garbage", says("<html>"), 50ms, true, false},
        {"no ResultCode", says("{}"), 50ms, true, false},
        {"503", says(R"({"ResultCode":"0"})", 503), 50ms, true, false},
        {"no connection", net::Outcome(net::NotSent{"refused"}), 50ms, true, false},
        {"timeout", net::Outcome(net::Unknown{"timeout"}), 8s, true, false},
        {"accept, but too late", says(R"({"ResultCode":"0"})"), 10s, true, false},
        {"reject, but too late", says(R"({"ResultCode":"C2B00012"})"), 10s, true, false},
    };
    for (const Ending& row : rows) {
        for (const bool completed : {true, false}) {
            Play play;
            open(play, completed ? "Completed" : "Cancelled");
            play.answer_after = row.after;
            play.answer_with = [&](const net::ClientRequest&) { return row.answer; };
            ASSERT_EQ(play.steer("POST", "payments", kPay).status, 200);
            EXPECT_TRUE(play.moved().empty()) << "nothing moves before the answer";
            play.run(60s);
            const bool paid = completed ? row.paid_completed : row.paid_cancelled;
            EXPECT_EQ(play.moved().size(), paid ? 1u : 0u) << row.name << completed;
            EXPECT_EQ(play.caught.size(), paid ? 2u : 1u) << row.name << completed;
            EXPECT_EQ(play.caught.front().request.timeout, 8s);
            EXPECT_TRUE(play.balanced());
        }
    }
}

TEST(c2b, without_validation_only_the_confirmation_is_sent_and_without_urls_nothing) {
    Play play;
    open(play, "Completed", false);
    ASSERT_EQ(play.steer("POST", "payments", kPay).status, 200);
    ASSERT_EQ(play.steer("POST", "payments", R"({"phone":"0712345678","shortcode":"600987","account":"A","amount":5})")
                  .status,
              200);
    play.run(60s);
    EXPECT_EQ(play.caught.size(), 1u);
    EXPECT_EQ(play.moved().size(), 2u);
}

TEST(c2b, v1_sends_a_hash_v2_a_mask_and_every_form_can_be_chosen) {
    const std::string hash = text::to_hex(crypto::sha256("254712345678"));
    const std::tuple<int, const char*, std::string> rows[] = {
        {1, "by_version", hash},
        {2, "by_version", "2547 ***** 678"},
        {2, "plain", "254712345678"},
        {2, "hash", hash},
        {2, "masked_hash", hash.substr(0, 34) + "*****" + hash.substr(39)},
    };
    for (const auto& [version, form, text] : rows) {
        Play play;
        play.switches().c2b_msisdn = form;
        open(play, "Completed", false, version);
        ASSERT_EQ(play.steer("POST", "payments", kPay).status, 200);
        play.run(60s);
        ASSERT_EQ(play.caught.size(), 1u);
        EXPECT_THAT(play.caught.front().request.body, testing::HasSubstr("\"MSISDN\":\"" + text + "\""));
    }
}

TEST(c2b, a_till_has_no_account_and_its_own_transaction_type) {
    Play play;
    play.sign_in("600988");
    ASSERT_EQ(play.post("/mpesa/c2b/v2/registerurl", urls("Completed", "https://clinic.example/c", "5200988")).status,
              200);
    play.switches().c2b_names = "first_only";
    play.switches().c2b_amount = "10";
    ASSERT_EQ(play.steer("POST", "payments", R"({"phone":"0712345678","shortcode":"5200988","amount":20})").status,
              200);
    play.run(60s);
    ASSERT_EQ(play.caught.size(), 1u);
    const std::string& body = play.caught.front().request.body;
    EXPECT_THAT(body, testing::HasSubstr("\"TransactionType\":\"Customer Merchant Payment\""));
    EXPECT_THAT(body, testing::HasSubstr("\"BillRefNumber\":\"\""));
    EXPECT_THAT(body, testing::HasSubstr("\"TransAmount\":\"20\""));
    EXPECT_THAT(body, testing::Not(testing::HasSubstr("LastName")));
}

TEST(c2b, simulate_pays_like_a_patient_would) {
    Play play;
    open(play, "Completed", false);
    const auto simulate = [&](const std::string& command, const std::string& amount) {
        return play.post("/mpesa/c2b/v1/simulate", "{\"ShortCode\":600986,\"CommandID\":\"" + command +
                                                       "\",\"Amount\":" + amount +
                                                       ",\"Msisdn\":254712345678,\"BillRefNumber\":\"INV-7\"}");
    };
    EXPECT_EQ(member(simulate("CustomerPayBillOnline", "30"), "ResponseCode"), "0");
    EXPECT_EQ(member(simulate("CustomerBuyGoodsOnline", "30"), "errorMessage"), "Bad Request - Invalid CommandID");
    EXPECT_EQ(member(simulate("CustomerPayBillOnline", "30.5"), "errorMessage"), "Bad Request - Invalid Amount");
    play.run(60s);
    ASSERT_EQ(play.moved().size(), 1u);
    EXPECT_EQ(play.moved().front().account, "INV-7");
    EXPECT_EQ(play.moved().front().source, "c2b");
    EXPECT_EQ(play.caught.size(), 1u);
}

TEST(c2b, a_payment_that_cannot_be_typed_is_refused_with_a_sentence) {
    Play play;
    for (const char* wrong :
         {R"({"phone":"12","shortcode":"600986","account":"A","amount":5})",
          R"({"phone":"0712345678","shortcode":"600986","amount":5})",
          R"({"phone":"0712345678","shortcode":"600986","account":"A","amount":"5.50"})",
          R"({"phone":"0712345678","shortcode":"600986","account":"A","amount":0})",
          R"({"phone":"0712345678","shortcode":"600986","account":"123456789012345678901","amount":5})"}) {
        EXPECT_EQ(play.steer("POST", "payments", wrong).status, 422) << wrong;
    }
    EXPECT_EQ(play.steer("POST", "payments", R"({"phone":"0712345678","shortcode":"111111","account":"A","amount":5})")
                  .status,
              404);
    const auto poor =
        play.steer("POST", "payments", R"({"phone":"0712345678","shortcode":"600986","account":"A","amount":200000})");
    EXPECT_EQ(member(poor, "state"), "refused");
    EXPECT_EQ(member(poor, "why"), "1");
    EXPECT_TRUE(play.moved().empty());
}

}  // namespace
}  // namespace clinicpro::sandbox
