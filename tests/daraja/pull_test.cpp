#include "daraja/pull.hpp"

#include "golden.hpp"

namespace clinicpro::daraja {
namespace {

TEST(pull, the_requests_are_these_bytes) {
    expect_post(
        pull_register_request(Endpoint::production(), kToken,
                              {"600111", *Msisdn::parse("0722000000"), "https://pay.clinic.co.ke/cb/pull/0123"}),
        "https://api.safaricom.co.ke/pulltransactions/v1/register", "request_pull_register");
    const auto query = pull_request(Endpoint::production(), kToken, {"600111", at("2026-03-03T20:30:00Z"), kNow, 100});
    expect_post(query, "https://api.safaricom.co.ke/pulltransactions/v1/query", "request_pull");
    EXPECT_EQ(query->response_max, kPullResponseMax);
}

TEST(pull, a_window_that_safaricom_does_not_keep_is_not_asked_for) {
    const auto ask = [](Instant from, Instant to, int64_t offset) {
        return pull_request(Endpoint::production(), kToken, {"600111", from, to, offset});
    };
    EXPECT_TRUE(ask(kNow - kPullWindow, kNow, 0));
    expect_error(ask(kNow - kPullWindow - 1s, kNow, 0), Code::kInvalid, "from");
    expect_error(ask(kNow, kNow, 0), Code::kInvalid, "to");
    expect_error(ask(kNow - 1s, kNow, -1), Code::kInvalid, "offset");
    expect_error(pull_request(Endpoint::production(), kToken, {"", kNow - 1s, kNow, 0}), Code::kInvalid, "shortcode");
}

TEST(pull, registered_before_is_as_good) {
    const auto registered = [](const std::string& body) { return read_pull_register_reply(answer(200, body)); };
    EXPECT_TRUE(std::get<PullRegistered>(registered(golden("reply_pull_register"))).already);
    EXPECT_FALSE(std::get<PullRegistered>(registered(R"({"ResponseStatus":"1000"})")).already);
    EXPECT_FALSE(std::get<PullRegistered>(registered(R"({"Response Status":1000})")).already);
    EXPECT_EQ(std::get<Misconfigured>(registered(R"({"ResponseStatus":"1002"})")).code, "1002");
    EXPECT_TRUE(std::holds_alternative<NoInformation>(registered("{}")));
    EXPECT_TRUE(std::holds_alternative<NoInformation>(registered("")));
    EXPECT_TRUE(std::holds_alternative<InvalidToken>(read_pull_register_reply(answer(401, ""))));
}

TEST(pull, a_bad_row_does_not_hide_the_others) {
    const auto reply = read_pull_reply(answer(200, golden("reply_pull")));
    const auto* page = std::get_if<PullPage>(&reply);
    ASSERT_NE(page, nullptr);
    EXPECT_EQ(page->rows, 3u);
    ASSERT_EQ(page->payments.size(), 2u);
    EXPECT_EQ(page->payments[0].receipt, "UC45A1B2C3");
    EXPECT_EQ(page->payments[0].amount, Money::from_shillings(1500));
    EXPECT_EQ(page->payments[0].bill_reference, "INV0042");
    EXPECT_EQ(page->payments[0].transaction_type, "c2b-pay-bill-debit");
    EXPECT_EQ(page->payments[0].msisdn, "2547 ***** 149");
    EXPECT_EQ(page->payments[0].sender, "MPESA");
    EXPECT_EQ(page->payments[0].organization_name, "Mlimani Clinic");
    EXPECT_EQ(page->payments[0].paid_at, at("2026-03-04T06:13:00Z"));
    EXPECT_EQ(page->payments[1].amount, Money::from_shillings(250));
    EXPECT_EQ(page->payments[1].bill_reference, "");
    ASSERT_EQ(page->unreadable.size(), 1u);
    EXPECT_EQ(page->unreadable[0].field, "Response[0][2].amount");
}

TEST(pull, no_rows_is_an_empty_page_in_every_spelling) {
    for (const std::string& body :
         {golden("reply_pull_none"), std::string(R"({"ResponseCode":"1000","Response":[[]]})"),
          std::string(R"({"ResponseCode":1000,"Response":[]})"), std::string(R"({"ResponseCode":"1001"})")}) {
        const auto reply = read_pull_reply(answer(200, body));
        ASSERT_TRUE(std::holds_alternative<PullPage>(reply)) << body;
        EXPECT_EQ(std::get<PullPage>(reply).rows, 0u);
    }
}

TEST(pull, a_flat_list_is_read_too) {
    const auto reply = read_pull_reply(answer(
        200,
        R"({"ResponseCode":1000,"Response":[{"transactionId":"A","amount":"5"},{"transactionId":"B","amount":6}]})"));
    EXPECT_EQ(std::get<PullPage>(reply).payments.size(), 2u);
}

TEST(pull, anything_else_is_no_information) {
    for (const char* body :
         {"", "{}", R"({"ResponseCode":"1000"})", R"({"ResponseCode":"9","Response":[[]]})", "<html>"}) {
        EXPECT_TRUE(std::holds_alternative<NoInformation>(read_pull_reply(answer(200, body)))) << body;
    }
    EXPECT_TRUE(std::holds_alternative<NoInformation>(read_pull_reply(answer(503, ""))));
    EXPECT_TRUE(std::holds_alternative<NoInformation>(read_pull_reply(net::Unknown{"x"})));
    EXPECT_TRUE(std::holds_alternative<InvalidToken>(read_pull_reply(answer(404, golden("reply_fault")))));
    EXPECT_TRUE(std::holds_alternative<Misconfigured>(
        read_pull_reply(answer(401, envelope("401.002.01", "no apiproduct match found")))));
}

}  // namespace
}  // namespace clinicpro::daraja
