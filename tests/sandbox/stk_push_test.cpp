// stk_push_test.cpp: every synchronous answer to a push (daraja.md 2.1 to 2.3 and 10.2).
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

TEST(stk_push, an_accepted_push_answers_five_strings) {
    Play play;
    const auto answer = play.push();
    EXPECT_EQ(answer.status, 200);
    const auto document = json::Document::parse(answer.body);
    ASSERT_TRUE(document);
    const auto root = document->root();
    EXPECT_EQ(root.keys().size(), 5u);
    EXPECT_EQ(*root["ResponseCode"].text(), "0");
    EXPECT_EQ(*root["ResponseDescription"].text(), "Success. Request accepted for processing");
    EXPECT_EQ(*root["CustomerMessage"].text(), "Success. Request accepted for processing");
    EXPECT_THAT(*root["MerchantRequestID"].text(), testing::MatchesRegex("[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+"));
    // ws_CO_ + ddMMyyyyHHmmss in EAT + 1 to 3 digits + the last nine digits of the phone
    EXPECT_THAT(*root["CheckoutRequestID"].text(), testing::MatchesRegex("ws_CO_04032026101502[0-9]+712345678"));
    EXPECT_GE(play.last_delay, 300ms);
    EXPECT_LE(play.last_delay, 5s);
}

struct Refused {
    std::map<std::string, std::string> change;
    int status;
    const char* code;
    const char* message;
};

TEST(stk_push, every_wrong_field_is_named) {
    const Refused rows[] = {
        {{{"BusinessShortCode", ""}}, 400, "400.002.02", "Bad Request - Invalid BusinessShortCode"},
        {{{"BusinessShortCode", "\"12\""}}, 400, "400.002.02", "Bad Request - Invalid BusinessShortCode"},
        {{{"BusinessShortCode", "[600986]"}}, 400, "400.002.02", "Bad Request - Invalid BusinessShortCode"},
        {{{"Password", ""}}, 400, "400.002.02", "Bad Request - Invalid Password"},
        {{{"Timestamp", "\"20261304101502\""}}, 400, "400.002.02", "Bad Request - Invalid Timestamp"},
        {{{"TransactionType", "\"customerPayBillOnline\""}},
         400,
         "400.002.02",
         "Bad Request - Invalid TransactionType"},
        {{{"TransactionType", "\"CustomerBuyGoodsOnline\""}},
         400,
         "400.002.02",
         "Bad Request - Invalid TransactionType"},
        {{{"Amount", "\"10.50\""}}, 400, "400.002.02", "Bad Request - Invalid Amount"},
        {{{"Amount", "10.0"}}, 400, "400.002.02", "Bad Request - Invalid Amount"},
        {{{"Amount", "0"}}, 400, "400.002.02", "Bad Request - Invalid Amount"},
        {{{"Amount", "-5"}}, 400, "400.002.02", "Bad Request - Invalid Amount"},
        {{{"Amount", "\"1,500\""}}, 400, "400.002.02", "Bad Request - Invalid Amount"},
        {{{"Amount", ""}, {"amount", "5"}}, 400, "400.002.02", "Bad Request - Invalid Amount"},
        {{{"PartyA", "\"0712345678\""}}, 400, "400.002.02", "Bad Request - Invalid PartyA"},
        {{{"PartyB", "\"x\""}}, 400, "400.002.02", "Bad Request - Invalid PartyB"},
        {{{"PhoneNumber", "\"+254712345678\""}}, 400, "400.002.02", "Bad Request - Invalid PhoneNumber"},
        {{{"PhoneNumber", "254812345678"}}, 400, "400.002.02", "Bad Request - Invalid PhoneNumber"},
        {{{"CallBackURL", ""}, {"CallbackURL", "\"https://clinic.example/x\""}},
         400,
         "400.002.02",
         "Bad Request - Invalid CallBackURL"},
        {{{"CallBackURL", "\"http://clinic.example/x\""}}, 400, "400.002.02", "Bad Request - Invalid CallBackURL"},
        {{{"CallBackURL", "\"https://Clinic.example/x\""}}, 400, "400.002.02", "Bad Request - Invalid CallBackURL"},
        {{{"CallBackURL", "\"https://clinic.example/a b\""}}, 400, "400.002.02", "Bad Request - Invalid CallBackURL"},
        {{{"CallBackURL", "\"https://clinic.example/MPesa/in\""}},
         400,
         "400.002.02",
         "Bad Request - Invalid CallBackURL"},
        {{{"CallBackURL", "\"ftp://clinic.example/\""}}, 400, "400.002.02", "Bad Request - Invalid CallBackURL"},
        {{{"AccountReference", ""}}, 400, "400.002.02", "Bad Request - Invalid AccountReference"},
        {{{"AccountReference", "\"1234567890123\""}}, 400, "400.002.02", "Bad Request - Invalid AccountReference"},
        {{{"TransactionDesc", "\"12345678901234\""}}, 400, "400.002.02", "Bad Request - Invalid TransactionDesc"},
        {{{"BusinessShortCode", "999999"}}, 500, "500.001.1001", "Merchant does not exist"},
        {{{"Password", "\"d3Jvbmc=\""}}, 500, "500.001.1001", "[MerchantValidate] - Wrong credentials"},
        {{{"Timestamp", "\"20260304101503\""}}, 500, "500.001.1001", "[MerchantValidate] - Wrong credentials"},
    };
    for (const Refused& row : rows) {
        Play play;
        const auto answer = play.push(row.change);
        EXPECT_EQ(answer.status, row.status) << row.message;
        EXPECT_EQ(member(answer, "errorCode"), row.code) << row.message;
        EXPECT_EQ(member(answer, "errorMessage"), row.message);
        EXPECT_NE(member(answer, "requestId"), "");
        play.run(600s);
        EXPECT_TRUE(play.caught.empty()) << row.message;
        EXPECT_TRUE(play.moved().empty()) << row.message;
    }
}

TEST(stk_push, numbers_and_strings_are_both_taken_and_the_description_is_optional) {
    Play play;
    EXPECT_EQ(play.push({{"BusinessShortCode", "\"600986\""}, {"Amount", "7"}, {"PartyA", "\"254712345678\""}}).status,
              200);
    play.run(300s);
    EXPECT_EQ(play.push({{"TransactionDesc", ""}, {"PhoneNumber", "\"254112345678\""}}).status, 200);
    EXPECT_EQ(play.push({{"TransactionDesc", "null"}, {"PhoneNumber", "\"254112345679\""}}).status, 200);
    EXPECT_EQ(
        play.push({{"CallBackURL", "\"http://127.0.0.1:8080/pay/in/x\""}, {"PhoneNumber", "254112345670"}}).status,
        200);
}

TEST(stk_push, bodies_that_are_not_an_object_and_wrong_content_types_are_refused) {
    Play play;
    play.sign_in();
    EXPECT_EQ(member(play.post("/mpesa/stkpush/v1/processrequest", "[]"), "errorCode"), "400.002.05");
    EXPECT_EQ(member(play.post("/mpesa/stkpush/v1/processrequest", "{"), "errorCode"), "400.002.05");
    net::Request request;
    request.method = "POST";
    request.path = "/mpesa/stkpush/v1/processrequest";
    request.headers = {{"Content-Type", "text/plain"}, {"Authorization", "Bearer " + play.token}};
    request.body = play.push_body();
    EXPECT_EQ(member(play.send(request), "errorMessage"), "Bad Request - Invalid BusinessShortCode");
    request.method = "GET";
    EXPECT_EQ(member(play.send(request), "errorCode"), "405.001");
    request.path = "/mpesa/stkpush/v9/processrequest";
    EXPECT_EQ(member(play.send(request), "errorCode"), "404.001.01");
}

TEST(stk_push, a_good_token_of_another_app_is_an_invalid_token_unless_the_shortcode_is_shared) {
    Play play;
    play.sign_in("600987");
    EXPECT_EQ(member(play.push(), "errorCode"), "404.001.03");
    EXPECT_EQ(play.post("/mpesa/stkpush/v1/processrequest", play.push_body({}, "174379")).status, 200);
}

TEST(stk_push, a_second_push_to_a_phone_with_an_open_prompt_cannot_lock_the_subscriber) {
    Play play;
    play.pushed();
    const auto second = play.push({{"Amount", "20"}});
    EXPECT_EQ(second.status, 500);
    EXPECT_EQ(member(second, "errorCode"), "500.001.1001");
    EXPECT_THAT(member(second, "errorMessage"), testing::HasSubstr("Unable to lock subscriber"));
    play.run(60s);
    EXPECT_EQ(play.push({{"Amount", "20"}}).status, 200);
}

TEST(stk_push, by_switch_the_second_push_ends_in_1001_or_kills_the_first) {
    Play play;
    play.switches().second_push = "result_1001";
    play.pushed();
    play.pushed({{"Amount", "20"}});
    play.run(120s);
    EXPECT_THAT(play.codes(), testing::UnorderedElementsAre("1001", "0"));

    Play other;
    other.switches().second_push = "first_dies";
    other.pushed();
    other.pushed({{"Amount", "20"}});
    other.run(120s);
    EXPECT_THAT(other.codes(), testing::ElementsAre("1037", "0"));
    EXPECT_EQ(other.moved().size(), 1u);
}

TEST(stk_push, the_same_reference_twice_is_two_pushes) {
    Play play;
    const std::string first = play.pushed();
    play.run(60s);
    EXPECT_NE(play.pushed({{"Amount", "20"}}), first);
    play.run(60s);
    EXPECT_EQ(play.moved().size(), 2u);
}

TEST(stk_push, timestamp_age_is_checked_only_by_switch) {
    Play play;
    play.run(3000s);
    EXPECT_EQ(play.push().status, 200);
    play.run(100s);
    play.switches().check_timestamp_age = true;
    EXPECT_EQ(member(play.push(), "errorMessage"), "Bad Request - Invalid Timestamp");
}

TEST(stk_push, an_amount_over_the_limit_is_refused_at_once_or_by_callback) {
    Play play;
    play.pushed({{"Amount", "250001"}});
    play.run(60s);
    EXPECT_THAT(play.codes(), testing::ElementsAre("3"));
    play.switches().over_limit = "sync";
    EXPECT_EQ(member(play.push({{"Amount", "250001"}}), "errorMessage"), "Bad Request - Invalid Amount");
}

}  // namespace
}  // namespace clinicpro::sandbox
