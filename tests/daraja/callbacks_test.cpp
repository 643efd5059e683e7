#include "daraja/callbacks.hpp"

#include "golden.hpp"

namespace clinicpro::daraja {
namespace {

std::string stk(const std::string& code, const std::string& items) {
    return R"({"Body":{"stkCallback":{"MerchantRequestID":"1-2-3","CheckoutRequestID":"ws_CO_1","ResultCode":)" + code +
           R"(,"ResultDesc":"x")" + (items.empty() ? "" : R"(,"CallbackMetadata":{"Item":)" + items + "}") + "}}}";
}

TEST(callbacks, a_paid_push_has_amount_receipt_date_and_phone) {
    const auto callback = read_stk_callback(golden("callback_stk_paid"));
    ASSERT_TRUE(callback) << callback.error().message;
    EXPECT_EQ(callback->merchant_request_id, "4c1e-47a9-9b0d-1f2e3d4c5b6a70112");
    EXPECT_EQ(callback->checkout_request_id, kCheckout);
    EXPECT_EQ(callback->result_code, "0");
    EXPECT_TRUE(callback->is_paid());
    ASSERT_TRUE(callback->metadata);
    EXPECT_EQ(callback->metadata->amount, Money::from_shillings(1500));
    EXPECT_EQ(callback->metadata->receipt, "UC45A1B2C3");
    EXPECT_EQ(callback->metadata->transaction_at, at("2026-03-04T07:15:17Z"));
    EXPECT_EQ(callback->metadata->phone, "254708374149");
}

TEST(callbacks, a_cancelled_push_has_no_metadata) {
    const auto callback = read_stk_callback(golden("callback_stk_cancelled"));
    ASSERT_TRUE(callback);
    EXPECT_EQ(callback->result_code, "1032");
    EXPECT_EQ(callback->result_desc, "Request cancelled by user");
    EXPECT_FALSE(callback->is_paid());
    EXPECT_FALSE(callback->metadata);
}

TEST(callbacks, codes_are_text_whatever_their_json_type) {
    EXPECT_EQ(read_stk_callback(stk("\"1037\"", ""))->result_code, "1037");
    EXPECT_EQ(read_stk_callback(stk("1037", ""))->result_code, "1037");
    EXPECT_EQ(read_stk_callback(stk("\"SFC_IC0003\"", ""))->result_code, "SFC_IC0003");
}

TEST(callbacks, items_are_found_by_name_in_any_order_number_or_text) {
    for (const char* amount : {"1", "1.0", "1.00", "\"1\"", "\"1.00\""}) {
        const auto callback = read_stk_callback(
            stk("0", std::string(R"([{"Name":"PhoneNumber","Value":"254708***149"},{"Name":"New","Value":{}},
                {"Name":"MpesaReceiptNumber","Value":"UC45A1B2C3"},{"Name":"Balance"},{"Value":7},"odd",
                {"Name":"TransactionDate","Value":"20260304101517"},{"Name":"Amount","Value":)") +
                         amount + "}]"));
        ASSERT_TRUE(callback) << amount;
        EXPECT_EQ(callback->metadata->amount, Money::from_shillings(1)) << amount;
        EXPECT_EQ(callback->metadata->phone, "254708***149");
        EXPECT_EQ(callback->metadata->transaction_at, at("2026-03-04T07:15:17Z"));
    }
}

TEST(callbacks, date_and_phone_may_be_missing_or_odd) {
    const auto callback = read_stk_callback(stk(
        "0",
        R"([{"Name":"Amount","Value":5},{"Name":"MpesaReceiptNumber","Value":"UC4"},
        {"Name":"TransactionDate","Value":7}])"));
    ASSERT_TRUE(callback);
    EXPECT_FALSE(callback->metadata->transaction_at);
    EXPECT_EQ(callback->metadata->phone, "");
}

TEST(callbacks, every_cent_amount_arrives_exactly) {
    for (int64_t cents = 1; cents < 30'000'000; cents += 99'991) {
        const Money amount = Money::from_cents(cents);
        const auto callback = read_stk_callback(stk("0", R"([{"Name":"Amount","Value":)" + amount.to_text() +
                                                             R"(},{"Name":"MpesaReceiptNumber","Value":"UC4"}])"));
        ASSERT_TRUE(callback) << amount.to_text();
        EXPECT_EQ(callback->metadata->amount, amount);
    }
}

TEST(callbacks, a_success_without_amount_or_receipt_is_an_error_that_names_it) {
    const std::string items = "Body.stkCallback.CallbackMetadata.Item";
    const std::string receipt = R"({"Name":"MpesaReceiptNumber","Value":"UC4"})";
    const std::string amount = R"({"Name":"Amount","Value":5})";
    expect_error(read_stk_callback(stk("0", "")), Code::kInvalid, items + "[Amount]");
    expect_error(read_stk_callback(stk("0", "[]")), Code::kInvalid, items + "[Amount]");
    expect_error(read_stk_callback(stk("0", "[" + receipt + "]")), Code::kInvalid, items + "[Amount]");
    expect_error(read_stk_callback(stk("0", "[" + amount + "]")), Code::kInvalid, items + "[MpesaReceiptNumber]");
    for (const char* bad : {"0", "-1", "\"\"", "\"free\"", "1e300", "null", "{}"}) {
        expect_error(read_stk_callback(stk("0", "[" + receipt + R"(,{"Name":"Amount","Value":)" + bad + "}]")),
                     Code::kInvalid, items + "[Amount]");
    }
    for (const char* bad : {"\"\"", "\" \"", "\"UC4;DROP\"", "null", "[]"}) {
        expect_error(
            read_stk_callback(stk("0", "[" + amount + R"(,{"Name":"MpesaReceiptNumber","Value":)" + bad + "}]")),
            Code::kInvalid, items + "[MpesaReceiptNumber]");
    }
}

TEST(callbacks, metadata_on_a_failure_is_ignored) {
    const auto callback = read_stk_callback(stk("1032", R"([{"Name":"Amount","Value":"odd"}])"));
    ASSERT_TRUE(callback);
    EXPECT_FALSE(callback->metadata);
}

TEST(callbacks, a_missing_id_or_code_is_named) {
    expect_error(read_stk_callback(""), Code::kInvalid, "");
    expect_error(read_stk_callback("{}"), Code::kInvalid, "Body.stkCallback.MerchantRequestID");
    expect_error(read_stk_callback(R"({"Body":{"stkCallback":{"MerchantRequestID":"1"}}})"), Code::kInvalid,
                 "Body.stkCallback.CheckoutRequestID");
    expect_error(read_stk_callback(R"({"Body":{"stkCallback":{"MerchantRequestID":"1","CheckoutRequestID":"2"}}})"),
                 Code::kInvalid, "Body.stkCallback.ResultCode");
    expect_error(read_stk_callback(R"({"Body":{"stkCallback":{"MerchantRequestID":" "}}})"), Code::kInvalid,
                 "Body.stkCallback.MerchantRequestID");
    const std::string endless(kIdentifierMax + 1, 'x');
    expect_error(read_stk_callback(R"({"Body":{"stkCallback":{"MerchantRequestID":")" + endless + "\"}}}"),
                 Code::kInvalid, "Body.stkCallback.MerchantRequestID");
}

TEST(callbacks, the_acknowledgement_is_json) {
    EXPECT_EQ(ack_body(), R"({"ResultCode":0,"ResultDesc":"Accepted"})");
}

}  // namespace
}  // namespace clinicpro::daraja
