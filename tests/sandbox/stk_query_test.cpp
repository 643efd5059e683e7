// stk_query_test.cpp: daraja.md 3 and 10.4.
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

TEST(stk_query, one_push_is_invalid_then_in_flight_then_final) {
    Play play;
    const std::string checkout = play.pushed();
    const auto blind = play.query(checkout);
    EXPECT_EQ(blind.status, 400);
    EXPECT_EQ(member(blind, "errorMessage"), "Bad Request - Invalid CheckoutRequestID");
    play.run(2s);
    const auto open = play.query(checkout);
    EXPECT_EQ(open.status, 200);
    EXPECT_EQ(member(open, "ResultCode"), "4999");
    EXPECT_EQ(member(open, "ResponseCode"), "0");
    play.switches().query_in_flight = "500";
    const auto older = play.query(checkout);
    EXPECT_EQ(older.status, 500);
    EXPECT_EQ(member(older, "errorMessage"), "The transaction is being processed");
    play.run(60s);
    const auto final_answer = play.query(checkout);
    EXPECT_EQ(final_answer.status, 200);
    const auto document = json::Document::parse(final_answer.body);
    EXPECT_EQ(*document->root()["ResultCode"].text(), "0");
    EXPECT_EQ(document->root().keys().size(), 6u);
    for (const std::string_view key : document->root().keys()) EXPECT_TRUE(document->root()[key].text()) << key;
    EXPECT_THAT(final_answer.body, testing::Not(testing::HasSubstr(play.moved().front().receipt)));
}

TEST(stk_query, its_text_differs_from_the_callbacks) {
    Play play;
    play.script("\"no_answer\"");
    const std::string checkout = play.pushed();
    play.run(60s);
    const auto document = json::Document::parse(play.caught.front().request.body);
    const std::string told = *document->root()["Body"]["stkCallback"]["ResultDesc"].text();
    const auto answer = play.query(checkout);
    EXPECT_EQ(member(answer, "ResultCode"), "1037");
    EXPECT_NE(member(answer, "ResultDesc"), told);
}

TEST(stk_query, about_a_fifth_of_late_answers_mean_nothing) {
    Play play;
    const std::string checkout = play.pushed();
    play.run(60s);
    play.switches().query_noise_percent = 20;
    int noise = 0;
    for (int i = 0; i < 500; ++i) {
        const auto answer = play.query(checkout);
        if (answer.status == 500) {
            ++noise;
            EXPECT_EQ(member(answer, "errorCode"), "500.001.1001");
        }
    }
    EXPECT_GT(noise, 60);
    EXPECT_LT(noise, 150);
}

TEST(stk_query, an_unknown_id_is_500_or_400) {
    Play play;
    const auto answer = play.query("ws_CO_04032026101502123712345678");
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(member(answer, "errorMessage"), "The transaction does not Exist");
    play.switches().query_unknown = "invalid";
    EXPECT_EQ(play.query("ws_CO_04032026101502123712345678").status, 400);
}

TEST(stk_query, another_shortcode_does_not_see_it) {
    Play play;
    const std::string checkout = play.pushed();
    play.run(60s);
    play.sign_in("600987");
    EXPECT_EQ(play.query(checkout, "600987").status, 500);
    EXPECT_EQ(member(play.query(checkout, "600986"), "errorCode"), "404.001.03");
}

TEST(stk_query, spike_arrest_allows_five_a_minute_one_at_a_time) {
    Play play;
    const std::string checkout = play.pushed();
    play.run(60s);
    play.switches().query_per_minute = 5;
    EXPECT_EQ(play.query(checkout).status, 200);
    const auto refused = play.query(checkout);
    EXPECT_EQ(refused.status, 429);
    EXPECT_THAT(refused.body, testing::HasSubstr("\"errorcode\":\"policies.ratelimit.SpikeArrestViolation\""));
    play.run(11s);
    EXPECT_EQ(play.query(checkout).status, 429);
    play.run(1s);
    EXPECT_EQ(play.query(checkout).status, 200);
    play.switches().query_refusal = "500.003.02";
    EXPECT_EQ(member(play.query(checkout), "errorCode"), "500.003.02");
}

TEST(stk_query, wrong_fields_are_named) {
    Play play;
    play.sign_in();
    EXPECT_EQ(member(play.post("/mpesa/stkpushquery/v1/query", "{}"), "errorMessage"),
              "Bad Request - Invalid BusinessShortCode");
    EXPECT_EQ(member(play.query(""), "errorMessage"), "Bad Request - Invalid CheckoutRequestID");
}

}  // namespace
}  // namespace clinicpro::sandbox
