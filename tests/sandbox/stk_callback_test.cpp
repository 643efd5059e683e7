// stk_callback_test.cpp: the exact bodies and headers of callbacks, in every variant, and their delivery
// (daraja.md 2.4, 6).
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

// One paid push under the given switches; gives its callback's body.
std::string paid_body(Play& play) {
    play.pushed();
    play.run(60s);
    EXPECT_EQ(play.caught.size(), 1u);
    return play.caught.empty() ? "" : play.caught.front().request.body;
}

TEST(stk_callback, a_success_has_the_documented_shape_and_headers) {
    Play play;
    play.script("{\"act\":\"pay\",\"after_seconds\":9}");
    const auto ack = play.push();
    play.run(60s);
    ASSERT_EQ(play.caught.size(), 1u);
    const auto& sent = play.caught.front().request;
    ASSERT_EQ(play.moved().size(), 1u);
    const std::string receipt = play.moved().front().receipt;
    EXPECT_THAT(receipt, testing::MatchesRegex("UC4[A-Z0-9]+"));  // 2026, March, 4th
    EXPECT_EQ(receipt.size(), 10u);
    EXPECT_EQ(sent.url, "https://clinic.example/pay/in/abc");
    EXPECT_EQ(sent.method, "POST");
    EXPECT_EQ(net::find_header(sent.headers, "Content-Type"), "application/json;charset=UTF-8");
    EXPECT_EQ(net::find_header(sent.headers, "BusinessShortCode"), "600986");
    EXPECT_EQ(sent.headers.size(), 2u);
    EXPECT_EQ(sent.body,
              "{\"Body\":{\"stkCallback\":{\"MerchantRequestID\":\"" + member(ack, "MerchantRequestID") +
                  "\",\"CheckoutRequestID\":\"" + member(ack, "CheckoutRequestID") +
                  "\",\"ResultCode\":0,\"ResultDesc\":\"The service request is processed "
                  "successfully.\",\"CallbackMetadata\":"
                  "{\"Item\":[{\"Name\":\"Amount\",\"Value\":1500.00},{\"Name\":\"MpesaReceiptNumber\",\"Value\":\"" +
                  receipt +
                  "\"},{\"Name\":\"TransactionDate\",\"Value\":20260304101511},{\"Name\":\"PhoneNumber\",\"Value\":"
                  "254712345678}]}}}}");
}

TEST(stk_callback, a_failure_has_four_fields_and_nothing_else) {
    Play play;
    play.script("\"cancel\"");
    play.pushed();
    play.run(60s);
    ASSERT_EQ(play.caught.size(), 1u);
    const auto document = json::Document::parse(play.caught.front().request.body);
    ASSERT_TRUE(document);
    const auto callback = document->root()["Body"]["stkCallback"];
    EXPECT_EQ(callback.keys().size(), 4u);
    EXPECT_EQ(*callback["ResultCode"].integer(), 1032);
    EXPECT_THAT(play.caught.front().request.body, testing::Not(testing::HasSubstr("INV-1")));
}

TEST(stk_callback, a_code_that_is_not_a_number_is_text) {
    Play play;
    play.script("{\"act\":\"result\",\"code\":\"SFC_IC0003\"}");
    EXPECT_THAT(paid_body(play), testing::HasSubstr("\"ResultCode\":\"SFC_IC0003\""));
}

TEST(stk_callback, every_variant_of_the_items_can_be_chosen) {
    const std::tuple<std::function<void(Switches&)>, const char*, bool> rows[] = {
        {[](Switches& s) { s.callback_balance = "no_value"; }, "{\"Name\":\"Balance\"}", true},
        {[](Switches& s) { s.callback_balance = "value"; }, "{\"Name\":\"Balance\",\"Value\":98500.00}", true},
        {[](Switches& s) { s.callback_balance = "omit"; }, "Balance", false},
        {[](Switches& s) { s.callback_amount = "1"; }, "\"Value\":1500}", true},
        {[](Switches& s) { s.callback_amount = "1.0"; }, "\"Value\":1500.0}", true},
        {[](Switches& s) { s.callback_phone = "masked"; }, "\"Value\":\"254712***678\"", true},
        {[](Switches& s) { s.callback_phone = "absent"; }, "PhoneNumber", false},
        {[](Switches& s) { s.callback_date_text = true; }, "\"TransactionDate\",\"Value\":\"2026", true},
    };
    for (const auto& [change, text, there] : rows) {
        Play play;
        change(play.switches());
        const std::string body = paid_body(play);
        EXPECT_EQ(body.find(text) != std::string::npos, there) << text << " in " << body;
        EXPECT_TRUE(json::Document::parse(body)) << body;
    }
}

TEST(stk_callback, left_to_chance_all_forms_occur) {
    Config config = Play::plain_config();
    config.switches.callback_balance = "any";
    config.switches.callback_amount = "any";
    config.switches.callback_shuffled = true;
    Play play(5, config);
    std::set<std::string> amounts;
    std::set<std::string> firsts;
    bool bare_balance = false;
    for (int i = 0; i < 40; ++i) {
        play.pushed({{"Amount", "10"}, {"PhoneNumber", "2547000000" + std::to_string(10 + i)}});
        play.run(60s);
    }
    for (const Caught& c : play.caught) {
        const auto document = json::Document::parse(c.request.body);
        ASSERT_TRUE(document) << c.request.body;
        firsts.insert(*document->root()["Body"]["stkCallback"]["CallbackMetadata"]["Item"].at(0)["Name"].text());
        for (const char* form : {"10}", "10.0}", "10.00}"}) {
            if (c.request.body.find(std::string("\"Amount\",\"Value\":") + form) != std::string::npos)
                amounts.insert(form);
        }
        bare_balance = bare_balance || c.request.body.find("{\"Name\":\"Balance\"}") != std::string::npos;
    }
    EXPECT_EQ(amounts.size(), 3u);
    EXPECT_GE(firsts.size(), 3u);
    EXPECT_TRUE(bare_balance);
}

TEST(stk_callback, it_is_sent_once_whatever_the_answer) {
    Play play;
    play.answer_with = [](const net::ClientRequest&) {
        return net::Outcome(net::Response{.status = 500, .headers = {}, .body = {}});
    };
    play.pushed();
    play.run(3600s);
    EXPECT_EQ(play.caught.size(), 1u);
    EXPECT_THAT(play.steer("GET", "deliveries").body,
                testing::HasSubstr("\"status\":500,\"result\":\"answered\",\"took_ms\":50"));

    Play folklore;
    folklore.switches().callback_retries = "folklore";
    folklore.answer_with = [](const net::ClientRequest&) { return net::Outcome(net::NotSent{"refused"}); };
    folklore.pushed();
    folklore.run(3600s);
    EXPECT_EQ(folklore.caught.size(), 4u);
}

TEST(stk_callback, the_source_address_can_be_chosen) {
    Play play;
    play.switches().source_address = "196.201.212.69";
    paid_body(play);
    EXPECT_EQ(net::find_header(play.caught.front().request.headers, "X-Forwarded-For"), "196.201.212.69");
}

TEST(stk_callback, a_paid_push_also_confirms_by_c2b_in_the_chosen_order) {
    for (const char* order : {"before", "after"}) {
        Play play;
        play.switches().stk_also_c2b = true;
        play.switches().stk_c2b_order = order;
        play.sign_in();
        ASSERT_EQ(play.post("/mpesa/c2b/v2/registerurl",
                            "{\"ShortCode\":600986,\"ResponseType\":\"Completed\",\"ConfirmationURL\":"
                            "\"https://clinic.example/c\",\"ValidationURL\":\"https://clinic.example/v\"}")
                      .status,
                  200);
        play.pushed();
        play.run(60s);
        ASSERT_EQ(play.caught.size(), 2u);
        const bool before = std::string_view(order) == "before";
        EXPECT_EQ(play.codes().front(), before ? "c2b" : "0");
        const auto document = json::Document::parse(play.caught.at(before ? 0 : 1).request.body);
        EXPECT_EQ(*document->root()["TransID"].text(), play.moved().front().receipt);
        EXPECT_EQ(*document->root()["BillRefNumber"].text(), "INV-1");
        EXPECT_EQ(play.moved().size(), 1u);
    }
}

TEST(stk_callback, times_are_eat_across_midnight_and_year_end) {
    Play play;
    play.script("{\"act\":\"pay\",\"after_seconds\":10}");
    play.now = *parse_iso("2026-12-31T20:59:55Z");  // 23:59:55 in Nairobi
    const std::string checkout = play.pushed();
    EXPECT_THAT(checkout, testing::StartsWith("ws_CO_31122026235955"));
    play.run(30s);
    EXPECT_THAT(play.caught.front().request.body, testing::HasSubstr("20270101000005"));
    EXPECT_THAT(play.moved().front().receipt, testing::StartsWith("VA1"));
}

TEST(stk_callback, the_clock_offset_moves_stamps_and_nothing_else) {
    Play play;
    ASSERT_EQ(play.steer("POST", "clock", "{\"offset_seconds\":86400}").status, 200);
    const std::string checkout = play.pushed();
    EXPECT_THAT(checkout, testing::StartsWith("ws_CO_05032026101502"));
    play.run(60s);
    EXPECT_EQ(play.caught.size(), 1u);
}

}  // namespace
}  // namespace clinicpro::sandbox
