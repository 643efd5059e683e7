#include "daraja/result.hpp"

#include "golden.hpp"

namespace clinicpro::daraja {
namespace {

TEST(result, an_acknowledgement_names_the_conversation) {
    const auto reply = read_ack(answer(200, golden("reply_ack")));
    const auto* ack = std::get_if<Acknowledged>(&reply);
    ASSERT_NE(ack, nullptr);
    EXPECT_EQ(ack->originator_conversation_id, "4c1e-47a9-9b0d-1f2e3d4c5b6a70113");
    EXPECT_EQ(ack->conversation_id, "AG_20260304_2010759fd5662ef6d054");
}

TEST(result, every_other_answer_has_a_meaning) {
    const auto is = [](int status, const std::string& body) -> std::string {
        const auto reply = read_ack(answer(status, body));
        if (std::holds_alternative<Acknowledged>(reply)) return "ack";
        if (std::holds_alternative<AlreadyAccepted>(reply)) return "already";
        if (std::holds_alternative<Refused>(reply)) return "refused";
        if (std::holds_alternative<InvalidToken>(reply)) return "token";
        if (std::holds_alternative<NotSent>(reply)) return "not sent";
        return "unknown";
    };
    EXPECT_EQ(is(500, envelope("500.002.1001", "Duplicate OriginatorConversationID")), "already");
    EXPECT_EQ(is(401, envelope("401.002.01", "Error Occurred - Invalid Access Token - x")), "token");
    EXPECT_EQ(is(404, envelope("404.001.03", "Invalid Access Token")), "token");
    EXPECT_EQ(is(400, envelope("400.002.02", "Bad Request - Invalid PartyB")), "refused");
    EXPECT_EQ(is(429, golden("reply_fault_apigee")), "refused");
    EXPECT_EQ(is(200, R"({"ResponseCode":"1"})"), "refused");
    EXPECT_EQ(is(200, R"({"ResponseCode":"0"})"), "unknown");
    EXPECT_EQ(is(200, "{}"), "unknown");
    EXPECT_EQ(is(200, ""), "unknown");
    EXPECT_EQ(is(500, ""), "unknown");
    EXPECT_EQ(is(503, "<html></html>"), "unknown");
    EXPECT_TRUE(std::holds_alternative<NotSent>(read_ack(net::NotSent{"x"})));
    EXPECT_TRUE(std::holds_alternative<Unknown>(read_ack(net::Unknown{"x"})));
}

std::string result(const std::string& inside) {
    return R"({"Result":{"ConversationID":"AG_1","ResultCode":0)" + (inside.empty() ? "" : "," + inside) + "}}";
}

TEST(result, a_repeated_key_keeps_both_values_and_a_missing_value_is_no_value) {
    const auto callback = read_result(golden("callback_result_status"));
    ASSERT_TRUE(callback);
    EXPECT_EQ(callback->parameters_named("DebitPartyName"),
              (std::vector<std::string>{"254708374149 - ACHIENG OTIENO", "600111 - Mlimani Clinic"}));
    EXPECT_FALSE(callback->parameter("DebitPartyCharges"));
    EXPECT_EQ(callback->parameter("InitiatedTime"), "20260304101510");
    EXPECT_FALSE(callback->parameter("Nothing"));
    ASSERT_EQ(callback->references.size(), 1u);
    EXPECT_EQ(callback->references[0].key, "QueueTimeoutURL");
    EXPECT_FALSE(callback->more_follow);
}

TEST(result, one_parameter_may_stand_alone_and_a_dummy_transaction_is_none) {
    const auto callback = read_result(golden("callback_result_single_parameter"));
    ASSERT_TRUE(callback);
    EXPECT_EQ(callback->code, "1");
    EXPECT_EQ(callback->transaction_id, "");
    ASSERT_EQ(callback->parameters.size(), 1u);
    EXPECT_EQ(callback->parameters[0].key, "DebitAccountBalance");
    EXPECT_FALSE(callback->parameters[0].value);
}

TEST(result, text_codes_and_missing_parts_are_fine) {
    const auto callback = read_result(golden("callback_result_reversal_again"));
    ASSERT_TRUE(callback);
    EXPECT_EQ(callback->code, "R000001");
    EXPECT_EQ(callback->transaction_id, "");
    EXPECT_TRUE(callback->parameters.empty());
    EXPECT_TRUE(callback->references.empty());
}

TEST(result, shapes_that_vary_are_all_read) {
    EXPECT_TRUE(read_result(result(R"("ResultType":"1")"))->more_follow);
    EXPECT_TRUE(read_result(result(R"("ResultType":1)"))->more_follow);
    EXPECT_FALSE(read_result(result(""))->more_follow);
    const auto wrong_level = read_result(result(R"("ResultParameters":[{"Key":"Amount","Value":5}])"));
    EXPECT_EQ(wrong_level->parameter("Amount"), "5");
    for (const char* odd :
         {"null", "7", "\"x\"", "{}", "[]", R"({"ResultParameter":null})", R"({"ResultParameter":[null,7,{}]})"}) {
        const auto callback = read_result(result(R"("ResultParameters":)" + std::string(odd)));
        ASSERT_TRUE(callback) << odd;
        EXPECT_TRUE(callback->parameters.empty()) << odd;
    }
    EXPECT_EQ(read_result(result(R"("TransactionID":"UC40000000")"))->transaction_id,
              "UC40000000");  // a success keeps it
}

TEST(result, what_cannot_be_tied_to_a_request_is_an_error) {
    expect_error(read_result(""), Code::kInvalid, "");
    expect_error(read_result("{}"), Code::kInvalid, "Result.ResultCode");
    expect_error(read_result(R"({"Result":{"ResultCode":"0"}})"), Code::kInvalid, "Result.ConversationID");
    std::string many;
    for (size_t i = 0; i <= kResultEntriesMax; ++i) many += std::string(i == 0 ? "" : ",") + R"({"Key":"A"})";
    expect_error(read_result(result(R"("ResultParameters":{"ResultParameter":[)" + many + "]}")), Code::kTooLarge,
                 "Result.ResultParameters.ResultParameter");
}

TEST(result, every_failure_code_is_an_error_of_one_kind) {
    const std::pair<const char*, Code> rows[] = {
        {"R000001", Code::kConflict}, {"15", Code::kConflict},      {"2040", Code::kConflict},
        {"R000002", Code::kNotFound}, {"11", Code::kConfig},        {"18", Code::kConfig},
        {"20", Code::kConfig},        {"21", Code::kConfig},        {"22", Code::kConfig},
        {"2001", Code::kConfig},      {"2006", Code::kConfig},      {"2008", Code::kConfig},
        {"2028", Code::kConfig},      {"8006", Code::kConfig},      {"17", Code::kUnavailable},
        {"26", Code::kUnavailable},   {"1001", Code::kUnavailable}, {"SFC_IC0003", Code::kConfig},
        {"1", Code::kInvalid},        {"2", Code::kInvalid},        {"3", Code::kInvalid},
        {"4", Code::kInvalid},        {"8", Code::kInvalid},        {"24", Code::kInvalid},
        {"25", Code::kInvalid},       {"29", Code::kInvalid},       {"5", Code::kUnknown},
        {"24 25", Code::kUnknown},    {"R", Code::kUnknown},        {"100000000", Code::kUnknown}};
    for (const auto& [code, kind] : rows) {
        ResultCallback callback;
        callback.code = code;
        const Error error = error_of(callback);
        EXPECT_EQ(to_string(error.code), to_string(kind)) << code;
        EXPECT_EQ(error.detail, "result " + std::string(code));
    }
}

}  // namespace
}  // namespace clinicpro::daraja
