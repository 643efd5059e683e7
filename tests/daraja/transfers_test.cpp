#include "daraja/transfers.hpp"

#include "golden.hpp"

namespace clinicpro::daraja {
namespace {

Reversal reversal() {
    return {.receipt = "UC45A1B2C3",
            .amount = Money::from_shillings(1500),
            .shortcode = "600111",
            .remarks = "Slot gone",
            .occasion = "INV0042"};
}

B2cPayment b2c() {
    return {.originator_conversation_id = "refund-0c5t7v2k9m1qa",
            .amount = kB2cMin,
            .shortcode = "600222",
            .payee = *Msisdn::parse("0708374149"),
            .occasion = "INV0042"};
}

TEST(transfers, a_reversal_is_these_bytes_misspelling_included) {
    expect_post(reversal_request(Endpoint::production(), kToken, initiator(), result_urls(), reversal()),
                "https://api.safaricom.co.ke/mpesa/reversal/v1/request", "request_reversal");
}

TEST(transfers, a_payout_is_these_bytes_misspelling_included) {
    expect_post(b2c_request(Endpoint::production(), kToken, initiator(), result_urls(), b2c()),
                "https://api.safaricom.co.ke/mpesa/b2c/v3/paymentrequest", "request_b2c");
    B2cPayment salary = b2c();
    salary.purpose = B2cPurpose::kSalaryPayment;
    salary.occasion = "";
    const auto request = b2c_request(Endpoint::production(), kToken, initiator(), result_urls(), salary);
    EXPECT_NE(request->body.find(R"("CommandID":"SalaryPayment")"), std::string::npos);
    EXPECT_EQ(request->body.find("Occassion"), std::string::npos);
}

TEST(transfers, a_reversal_that_would_be_refused_is_not_sent) {
    const auto try_with = [](void (*spoil)(Reversal&)) {
        Reversal r = reversal();
        spoil(r);
        return reversal_request(Endpoint::production(), kToken, initiator(), result_urls(), r);
    };
    expect_error(try_with([](Reversal& r) { r.receipt = ""; }), Code::kInvalid, "receipt");
    expect_error(try_with([](Reversal& r) { r.amount = Money::from_cents(50); }), Code::kInvalid, "amount");
    expect_error(try_with([](Reversal& r) { r.amount = Money(); }), Code::kInvalid, "amount");
    expect_error(try_with([](Reversal& r) { r.shortcode = "1"; }), Code::kInvalid, "shortcode");
    expect_error(try_with([](Reversal& r) { r.remarks = "x"; }), Code::kInvalid, "remarks");
    expect_error(try_with([](Reversal& r) { r.remarks = std::string(101, 'x'); }), Code::kInvalid, "remarks");
    expect_error(try_with([](Reversal& r) { r.occasion = "a\nb"; }), Code::kInvalid, "occasion");
    expect_error(reversal_request(Endpoint::production(), kToken, {}, result_urls(), reversal()), Code::kConfig,
                 "initiator");
    expect_error(reversal_request(Endpoint::production(), kToken, initiator(), {"http://x", "http://x"}, reversal()),
                 Code::kConfig, "callback_url");
}

TEST(transfers, a_payout_that_would_be_refused_is_not_sent) {
    const auto try_with = [](void (*spoil)(B2cPayment&)) {
        B2cPayment p = b2c();
        spoil(p);
        return b2c_request(Endpoint::production(), kToken, initiator(), result_urls(), p);
    };
    expect_error(try_with([](B2cPayment& p) { p.originator_conversation_id = ""; }), Code::kInvalid,
                 "originator_conversation_id");
    expect_error(try_with([](B2cPayment& p) { p.originator_conversation_id = "a b"; }), Code::kInvalid,
                 "originator_conversation_id");
    expect_error(try_with([](B2cPayment& p) { p.originator_conversation_id = std::string(65, 'a'); }), Code::kInvalid,
                 "originator_conversation_id");
    expect_error(try_with([](B2cPayment& p) { p.amount = Money::from_shillings(9); }), Code::kInvalid, "amount");
    expect_error(try_with([](B2cPayment& p) { p.amount = Money::from_shillings(250'001); }), Code::kInvalid, "amount");
    expect_error(try_with([](B2cPayment& p) { p.shortcode = ""; }), Code::kInvalid, "shortcode");
}

TEST(transfers, a_done_reversal_names_both_receipts) {
    const auto done = read_reversal_result(*read_result(golden("callback_result_reversal")));
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->receipt, "UC45A1B2C6");
    EXPECT_EQ(done->original_receipt, "UC45A1B2C3");
    EXPECT_EQ(done->amount, Money::from_shillings(1500));
    EXPECT_EQ(done->completed_at, at("2026-03-04T08:15:17Z"));
}

TEST(transfers, a_second_reversal_is_a_conflict) {
    expect_error(read_reversal_result(*read_result(golden("callback_result_reversal_again"))), Code::kConflict, "");
}

TEST(transfers, a_done_payout_is_read_whole) {
    const auto done = read_b2c_result(*read_result(golden("callback_result_b2c")));
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->receipt, "UC45A1B2C7");
    EXPECT_EQ(done->amount, Money::from_shillings(10));
    EXPECT_EQ(done->receiver, "254708374149 - ACHIENG OTIENO");
    EXPECT_EQ(done->receiver_is_registered, true);
    EXPECT_EQ(done->completed_at, at("2026-03-04T07:16:01Z"));
    EXPECT_EQ(done->utility_funds, Money::from_shillings(10116));
    EXPECT_EQ(done->working_funds, Money::from_shillings(900000));
}

TEST(transfers, a_success_owes_a_receipt) {
    ResultCallback bare;
    bare.code = "0";
    expect_error(read_reversal_result(bare), Code::kInvalid, "Result.TransactionID");
    expect_error(read_b2c_result(bare), Code::kInvalid, "Result.TransactionID");
}

TEST(transfers, a_credential_is_344_characters_and_differs_each_time) {
    const std::string certificate = golden_file("certificate.pem");
    const auto first = security_credential(certificate, Secret<>("Safe#123"));
    const auto second = security_credential(certificate, Secret<>("Safe#123"));
    ASSERT_TRUE(first) << first.error().detail;
    EXPECT_EQ(first->reveal().size(), 344u);  // base64 of 256 bytes, a 2048-bit key (daraja.md 5.2)
    EXPECT_NE(first->reveal(), second->reveal());
}

TEST(transfers, a_bad_certificate_or_password_is_a_setting_to_correct) {
    expect_error(security_credential("not a certificate", Secret<>("Safe#123")), Code::kConfig, "certificate");
    expect_error(security_credential("", Secret<>()), Code::kConfig, "initiator_password");
}

}  // namespace
}  // namespace clinicpro::daraja
