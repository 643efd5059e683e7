#include "daraja/queries.hpp"

#include "golden.hpp"

namespace clinicpro::daraja {
namespace {

TEST(queries, a_push_query_is_these_bytes) {
    const PushQuery query{"174379", Secret<>("invented-passkey"), kCheckout};
    expect_post(query_request(Endpoint::production(), kToken, query, kNow),
                "https://api.safaricom.co.ke/mpesa/stkpushquery/v1/query", "request_query");
    expect_error(query_request(Endpoint::production(), kToken, {"174379", Secret<>("p"), ""}, kNow), Code::kInvalid,
                 "checkout_request_id");
    expect_error(query_request(Endpoint::production(), kToken, {"174379", Secret<>(), kCheckout}, kNow), Code::kConfig,
                 "passkey");
    expect_error(query_request(Endpoint::production(), kToken, {"1", Secret<>("p"), kCheckout}, kNow), Code::kInvalid,
                 "business_shortcode");
}

std::string state(const std::string& code, const std::string& response_code = "\"0\"",
                  const std::string& id = kCheckout) {
    return R"({"ResponseCode":)" + response_code + R"(,"CheckoutRequestID":")" + id + R"(","ResultCode":)" + code + "}";
}

char kind_of(const QueryReply& reply) {
    if (std::holds_alternative<Paid>(reply)) return 'P';
    if (std::holds_alternative<Failed>(reply)) return 'F';
    if (std::holds_alternative<StillProcessing>(reply)) return 'S';
    if (std::holds_alternative<InvalidToken>(reply)) return 'T';
    if (std::holds_alternative<Misconfigured>(reply)) return 'C';
    EXPECT_FALSE(std::get<NoInformation>(reply).reason.empty());
    return 'N';
}

TEST(queries, only_a_complete_matching_known_answer_settles) {
    struct Row {
        int status;
        std::string body;
        char is;
    };
    const Row rows[] = {
        {200, golden("reply_query_paid"), 'P'},
        {200, state("0"), 'P'},
        {200, state("0", "0"), 'P'},
        {201, golden("reply_query_paid"), 'N'},
        {200, state("\"0\"", "\"1\""), 'N'},
        {200, state("\"0\"", "null"), 'N'},
        {200, state("\"0\"", "\"0\"", "ws_CO_other"), 'N'},
        {200, R"({"ResponseCode":"0","ResultCode":"0"})", 'N'},
        {200, state("\"\""), 'N'},
        {200, state("null"), 'N'},
        {200, state("\"1032\""), 'F'},
        {200, state("1032"), 'F'},
        {200, state("\"1037\""), 'F'},
        {200, state("\"SFC_IC0003\""), 'F'},
        {200, state("\"2001\""), 'F'},
        {200, state("\"7777\""), 'N'},
        {200, golden("reply_query_processing"), 'S'},
        {200, "", 'N'},
        {200, "<html></html>", 'N'},
        {200, "{}", 'N'},
        {400, envelope("400.002.02", "Bad Request - Invalid CheckoutRequestID"), 'N'},
        {400, envelope("400.002.02", "Bad Request - Invalid BusinessShortCode"), 'C'},
        {500, envelope("500.001.1001", "The transaction is being processed"), 'S'},
        {500, envelope("500.001.1001", "The transaction does not Exist"), 'N'},
        {500, envelope("500.001.1001", ""), 'N'},
        {500, envelope("500.001.1001", "Wrong credentials"), 'C'},
        {500, envelope("500.001.1001", "Merchant does not exist"), 'C'},
        {500, envelope("500.003.1001", "Internal Server Error"), 'N'},
        {500, envelope("500.003.02", "Spike Arrest Violation"), 'N'},
        {429, golden("reply_fault_apigee"), 'N'},
        {403, "<html></html>", 'N'},
        {502, "<html></html>", 'N'},
        {503, "", 'N'},
        {504, "", 'N'},
        {404, golden("reply_fault"), 'T'},
        {401, "", 'T'},
        {401, envelope("401.002.01", "no apiproduct match found"), 'C'},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(kind_of(read_query_reply(answer(row.status, row.body), kCheckout)), row.is) << row.status << row.body;
    }
    EXPECT_EQ(kind_of(read_query_reply(net::NotSent{"x"}, kCheckout)), 'N');
    EXPECT_EQ(kind_of(read_query_reply(net::Unknown{"x"}, kCheckout)), 'N');
}

TEST(queries, every_known_code_settles_unless_it_is_still_open) {
    for (const std::string_view code : known_result_codes()) {
        const char is = kind_of(read_query_reply(answer(200, state('"' + std::string(code) + '"')), kCheckout));
        EXPECT_EQ(is, code == "0" ? 'P' : code == "4999" ? 'S' : 'F') << code;
    }
}

TEST(queries, a_failure_says_whether_it_is_disputed) {
    const auto reply = read_query_reply(answer(200, state("\"1037\"")), kCheckout);
    EXPECT_EQ(std::get<Failed>(reply).code, "1037");
    EXPECT_TRUE(std::get<Failed>(reply).meaning.disputed);
    EXPECT_FALSE(std::get<Failed>(read_query_reply(answer(200, state("\"1032\"")), kCheckout)).meaning.disputed);
}

TEST(queries, the_wait_comes_from_the_gateway_when_it_says) {
    const auto limited = read_query_reply(answer(429, "", {{"Retry-After", "12"}}), kCheckout);
    EXPECT_EQ(std::get<NoInformation>(limited).retry_after, 12s);
    const auto busy = read_query_reply(answer(429, golden("reply_fault_apigee")), kCheckout);
    EXPECT_EQ(std::get<NoInformation>(busy).retry_after, 60s);
    EXPECT_EQ(std::get<NoInformation>(read_query_reply(answer(503, ""), kCheckout)).retry_after, 15s);
}

TEST(queries, a_status_request_is_these_bytes) {
    StatusQuery query{.shortcode = "600111", .receipt = "UC45A1B2C3", .original_conversation_id = "", .occasion = ""};
    const std::string url = "https://api.safaricom.co.ke/mpesa/transactionstatus/v1/query";
    expect_post(status_request(Endpoint::production(), kToken, initiator(), result_urls(), query), url,
                "request_status");
    query = {.shortcode = "600111",
             .receipt = "",
             .original_conversation_id = "4c1e-47a9-9b0d-1f2e3d4c5b6a70113",
             .occasion = "heal"};
    expect_post(status_request(Endpoint::production(), kToken, initiator(), result_urls(), query), url,
                "request_status_by_conversation");
    query.receipt = "UC45A1B2C3";
    expect_error(status_request(Endpoint::production(), kToken, initiator(), result_urls(), query), Code::kInvalid,
                 "receipt");
    query = {.shortcode = "600111", .receipt = "", .original_conversation_id = "", .occasion = ""};
    expect_error(status_request(Endpoint::production(), kToken, initiator(), result_urls(), query), Code::kInvalid,
                 "receipt");
}

TEST(queries, a_status_result_keeps_debit_and_credit_apart) {
    const auto callback = read_result(golden("callback_result_status"));
    ASSERT_TRUE(callback) << callback.error().message;
    const auto status = read_status_result(*callback);
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_EQ(status->state, StatusResult::State::kCompleted);
    EXPECT_EQ(status->status_text, "Completed");
    EXPECT_EQ(status->receipt, "UC45A1B2C3");
    EXPECT_EQ(status->amount, Money::from_shillings(1500));
    EXPECT_EQ(status->debit_party, "254708374149 - ACHIENG OTIENO");
    EXPECT_EQ(status->credit_party, "600111 - Mlimani Clinic");
    EXPECT_EQ(status->reason, "Pay Bill Online");
    EXPECT_EQ(status->initiated_at, at("2026-03-04T07:15:10Z"));
    EXPECT_EQ(status->finalised_at, at("2026-03-04T07:15:17Z"));
}

TEST(queries, every_status_word_has_a_state) {
    using State = StatusResult::State;
    const std::pair<const char*, State> words[] = {{"Completed", State::kCompleted},
                                                   {"completed", State::kCompleted},
                                                   {"Initiated", State::kPending},
                                                   {"Authorized", State::kPending},
                                                   {"Pending Authorized", State::kPending},
                                                   {"Cancelled", State::kFailed},
                                                   {"Declined", State::kFailed},
                                                   {"Expired", State::kFailed},
                                                   {"Moonlit", State::kUnknown},
                                                   {"", State::kUnknown}};
    for (const auto& [word, state_wanted] : words) {
        ResultCallback callback;
        callback.code = "0";
        callback.parameters = {{"TransactionStatus", word}};
        EXPECT_EQ(read_status_result(callback)->state, state_wanted) << word;
    }
    ResultCallback bare;
    bare.code = "0";
    expect_error(read_status_result(bare), Code::kInvalid, "TransactionStatus");
    bare.code = "R000002";
    expect_error(read_status_result(bare), Code::kNotFound, "");
}

TEST(queries, a_balance_request_is_these_bytes) {
    expect_post(balance_request(Endpoint::production(), kToken, initiator(), result_urls(), {.shortcode = "600111"}),
                "https://api.safaricom.co.ke/mpesa/accountbalance/v1/query", "request_balance");
}

TEST(queries, a_balance_names_every_account_exactly) {
    const auto balance = read_balance_result(*read_result(golden("callback_result_balance")));
    ASSERT_TRUE(balance) << balance.error().message;
    ASSERT_EQ(balance->accounts.size(), 5u);
    const AccountBalance& utility = balance->accounts[2];
    EXPECT_EQ(utility.name, "Utility Account");
    EXPECT_EQ(utility.currency, "KES");
    EXPECT_EQ(utility.current, Money::from_shillings(228037));
    EXPECT_EQ(utility.available + utility.reserved, utility.current);
    EXPECT_EQ(utility.uncleared, Money());
    EXPECT_EQ(balance->accounts[3].current, Money::from_cents(-154050));
    EXPECT_EQ(balance->completed_at, at("2026-03-04T07:15:20Z"));
}

TEST(queries, a_balance_that_is_not_as_documented_is_refused) {
    for (const char* text :
         {"", "&", "Utility|KES|1.00|1.00|0.00", "Utility|KES|1.00|1.00|0.00|0.00|9", "Utility|KES|x|1|0|0"}) {
        ResultCallback callback;
        callback.code = "0";
        callback.parameters = {{"AccountBalance", text}};
        expect_error(read_balance_result(callback), Code::kInvalid, "AccountBalance");
    }
    ResultCallback bare;
    bare.code = "0";
    expect_error(read_balance_result(bare), Code::kInvalid, "AccountBalance");
    bare.code = "2001";
    expect_error(read_balance_result(bare), Code::kConfig, "");
}

}  // namespace
}  // namespace clinicpro::daraja
