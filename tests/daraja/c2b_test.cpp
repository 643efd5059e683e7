#include "daraja/c2b.hpp"

#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "golden.hpp"

namespace clinicpro::daraja {
namespace {

C2bUrls urls() {
    return {.version = C2bVersion::kV2,
            .shortcode = "600111",
            .confirmation_url = "https://pay.clinic.co.ke/cb/c2b/confirm/0123",
            .validation_url = "https://pay.clinic.co.ke/cb/c2b/validate/0123"};
}

TEST(c2b, a_registration_is_these_bytes_on_either_version) {
    expect_post(register_request(Endpoint::production(), kToken, urls()),
                "https://api.safaricom.co.ke/mpesa/c2b/v2/registerurl", "request_c2b_register");
    C2bUrls older = urls();
    older.version = C2bVersion::kV1;
    expect_post(register_request(Endpoint::production(), kToken, older),
                "https://api.safaricom.co.ke/mpesa/c2b/v1/registerurl", "request_c2b_register");
    C2bUrls strict = urls();
    strict.complete_when_unreachable = false;
    EXPECT_NE(register_request(Endpoint::production(), kToken, strict)->body.find(R"("ResponseType":"Cancelled")"),
              std::string::npos);
}

TEST(c2b, a_url_that_would_be_refused_is_not_registered) {
    C2bUrls bad = urls();
    bad.validation_url = "https://pay.clinic.co.ke/mpesa/validate";
    expect_error(register_request(Endpoint::production(), kToken, bad), Code::kConfig, "callback_url");
    bad = urls();
    bad.confirmation_url = "http://pay.clinic.co.ke/cb";
    expect_error(register_request(Endpoint::production(), kToken, bad), Code::kConfig, "callback_url");
    bad = urls();
    bad.shortcode = "clinic";
    expect_error(register_request(Endpoint::production(), kToken, bad), Code::kInvalid, "shortcode");
}

TEST(c2b, every_answer_to_a_registration_has_a_meaning) {
    enum Kind { kDone, kAlready, kRefusedConfig, kRefusedOther, kLater, kToken_, kNot, kUnk };
    struct Row {
        int status;
        std::string body;
        Kind kind;
    };
    const Row rows[] = {
        {200, golden("reply_register"), kDone},
        {200, R"({"OriginatorCoversationID":"1","ResponseCode":"00000000","ResponseDescription":"Success"})", kDone},
        {200, R"({"ResponseCode":0,"ResponseDescription":"Success"})", kDone},
        {200, R"({"OriginatorCoversationID":"1","ResponseDescription":"Success"})", kDone},
        {200, R"({"ResponseCode":"1","ResponseDescription":"Urls are already registered"})", kAlready},
        {200, R"({"ResponseCode":"1","ResponseDescription":"No"})", kRefusedOther},
        {200, R"({"ResponseDescription":"Perhaps"})", kUnk},
        {200, "{}", kUnk},
        {200, "<html></html>", kUnk},
        {500, envelope("500.003.1001", "Urls are already registered"), kAlready},
        {500, envelope("500.003.1001", "URLs are Already Registered."), kAlready},
        {500, envelope("500.003.1001", "Duplicate notification info, SP ID is 107031, correlator is 10"),
         kRefusedConfig},
        {500, envelope("500.003.1001", "Internal Server Error"), kUnk},
        {400, envelope("400.003.01", "Invalid Access Token"), kToken_},
        {400, envelope("400.003.02", "Bad Request"), kRefusedOther},
        {400, envelope("400.002.05", "Invalid Request Payload"), kRefusedOther},
        {404, envelope("404.003.01", "Resource not found"), kRefusedConfig},
        {500, envelope("500.003.02", "System is busy. Please try again in few minutes."), kLater},
        {500, "Service is currently unreachable. Please try again later.", kUnk},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.body);
        const auto reply = read_register_reply(answer(row.status, row.body));
        Kind kind = kUnk;
        if (std::holds_alternative<Registered>(reply)) kind = kDone;
        if (std::holds_alternative<AlreadyRegistered>(reply)) kind = kAlready;
        if (std::holds_alternative<InvalidToken>(reply)) kind = kToken_;
        if (const auto* refused = std::get_if<Refused>(&reply)) {
            kind = refused->retry_later ? kLater : refused->is_config ? kRefusedConfig : kRefusedOther;
        }
        EXPECT_EQ(kind, row.kind);
    }
    EXPECT_TRUE(std::holds_alternative<NotSent>(read_register_reply(net::NotSent{"x"})));
    EXPECT_TRUE(std::holds_alternative<Unknown>(read_register_reply(net::Unknown{"x"})));
    EXPECT_TRUE(std::holds_alternative<Registered>(read_simulate_reply(answer(200, golden("reply_register")))));
}

TEST(c2b, simulation_is_for_the_sandbox_only) {
    C2bSimulation payment{.version = C2bVersion::kV1,
                          .kind = ShortcodeKind::kPaybill,
                          .shortcode = "600111",
                          .amount = Money::from_shillings(250),
                          .payer = *Msisdn::parse("0708374149"),
                          .bill_reference = "INV0042"};
    expect_post(simulate_request(Endpoint::sandbox(), kToken, payment),
                "https://sandbox.safaricom.co.ke/mpesa/c2b/v1/simulate", "request_c2b_simulate_paybill");
    expect_error(simulate_request(Endpoint::production(), kToken, payment), Code::kConfig, "base_url");
    payment.kind = ShortcodeKind::kTill;
    payment.version = C2bVersion::kV2;
    expect_post(simulate_request(Endpoint::sandbox(), kToken, payment),
                "https://sandbox.safaricom.co.ke/mpesa/c2b/v2/simulate", "request_c2b_simulate_till");
}

TEST(c2b, a_paybill_confirmation_is_read_whole) {
    const auto payment = read_c2b(golden("callback_c2b"));
    ASSERT_TRUE(payment) << payment.error().message;
    EXPECT_EQ(payment->transaction_type, "Pay Bill");
    EXPECT_EQ(payment->receipt, "UC45A1B2C3");
    EXPECT_EQ(payment->paid_at, at("2026-03-04T07:15:17Z"));
    EXPECT_EQ(payment->amount, Money::from_shillings(1500));
    EXPECT_EQ(payment->shortcode, "600111");
    EXPECT_EQ(payment->bill_reference, "inv 0042");
    EXPECT_EQ(payment->org_balance, Money::from_shillings(49197));
    EXPECT_EQ(payment->msisdn, "2547 ***** 149");
    EXPECT_EQ(payment->first_name, "Achieng");
    EXPECT_EQ(payment->middle_name, "");
    EXPECT_EQ(payment->last_name, "Otieno");
}

TEST(c2b, a_till_payment_has_no_account_number_and_fewer_names) {
    const auto payment = read_c2b(golden("callback_c2b_till"));
    ASSERT_TRUE(payment) << payment.error().message;
    EXPECT_EQ(payment->transaction_type, "Customer Merchant Payment");
    EXPECT_EQ(payment->amount, Money::from_shillings(10));
    EXPECT_EQ(payment->bill_reference, "");
    EXPECT_FALSE(payment->org_balance);
    EXPECT_EQ(payment->first_name, "Achieng");
    EXPECT_EQ(payment->last_name, "");
}

TEST(c2b, only_receipt_amount_and_shortcode_are_needed_and_numbers_are_fine) {
    const auto payment =
        read_c2b(R"({"TransID":"UC4","TransAmount":10.50,"BusinessShortCode":600111,"TransTime":20260304101517,
        "BillRefNumber":42,"OrgAccountBalance":"-5.25","MSISDN":254708374149,"FirstName":null,"LastName":{}})");
    ASSERT_TRUE(payment) << payment.error().message;
    EXPECT_EQ(payment->amount, Money::from_cents(1050));
    EXPECT_EQ(payment->shortcode, "600111");
    EXPECT_EQ(payment->bill_reference, "42");
    EXPECT_EQ(payment->org_balance, Money::from_cents(-525));
    EXPECT_EQ(payment->msisdn, "254708374149");
    EXPECT_TRUE(payment->paid_at);
    const auto least =
        read_c2b(R"({"TransID":"UC4","TransAmount":"5","BusinessShortCode":"600111","TransTime":"yesterday"})");
    ASSERT_TRUE(least);
    EXPECT_FALSE(least->paid_at);
}

TEST(c2b, a_missing_or_odd_essential_is_named) {
    expect_error(read_c2b("{"), Code::kInvalid, "");
    expect_error(read_c2b("[]"), Code::kInvalid, "TransID");
    expect_error(read_c2b(R"({"TransID":"","TransAmount":"5","BusinessShortCode":"1"})"), Code::kInvalid, "TransID");
    expect_error(read_c2b(R"({"TransID":"A B","TransAmount":"5","BusinessShortCode":"1"})"), Code::kInvalid, "TransID");
    for (const char* bad : {"\"0\"", "\"-5\"", "\"free\"", "\"\"", "null", "{}", "\"1.005\""}) {
        expect_error(read_c2b(R"({"TransID":"A","BusinessShortCode":"1","TransAmount":)" + std::string(bad) + "}"),
                     Code::kInvalid, "TransAmount");
    }
    expect_error(read_c2b(R"({"TransID":"A","TransAmount":"5"})"), Code::kInvalid, "BusinessShortCode");
}

TEST(c2b, free_text_is_clipped_because_the_money_has_moved) {
    const auto payment = read_c2b(R"({"TransID":"A","TransAmount":"5","BusinessShortCode":"1","BillRefNumber":")" +
                                  std::string(5000, 'x') + "\"}");
    ASSERT_TRUE(payment);
    EXPECT_EQ(payment->bill_reference.size(), kC2bTextMax);
}

TEST(c2b, validation_answers_are_these_bytes) {
    EXPECT_EQ(accept_validation(), R"({"ResultCode":"0","ResultDesc":"Accepted"})");
    EXPECT_EQ(accept_validation("inv_1"), R"({"ResultCode":"0","ResultDesc":"Accepted","ThirdPartyTransID":"inv_1"})");
    const std::pair<C2bReject, const char*> rejects[] = {
        {C2bReject::kMsisdn, "C2B00011"}, {C2bReject::kAccountNumber, "C2B00012"}, {C2bReject::kAmount, "C2B00013"},
        {C2bReject::kKyc, "C2B00014"},    {C2bReject::kShortcode, "C2B00015"},     {C2bReject::kOther, "C2B00016"}};
    for (const auto& [why, code] : rejects) {
        EXPECT_EQ(reject_validation(why), R"({"ResultCode":")" + std::string(code) + R"(","ResultDesc":"Rejected"})");
    }
    const std::string clipped = reject_validation(C2bReject::kOther, std::string(200, 'x'));
    EXPECT_EQ(clipped, R"({"ResultCode":"C2B00016","ResultDesc":")" + std::string(kC2bRejectTextMax, 'x') + "\"}");
    EXPECT_EQ(confirmation_ack(), R"({"ResultCode":0,"ResultDesc":"Success"})");
}

TEST(c2b, a_payer_is_matched_in_all_four_forms) {
    const Msisdn payer = *Msisdn::parse("0708374149");
    const std::string hash = text::to_hex(crypto::sha256("254708374149"));
    const std::string other = text::to_hex(crypto::sha256("254708374140"));
    const std::string masked_hash = hash.substr(0, 34) + "*****" + hash.substr(39);
    struct Row {
        std::string field;
        PayerMatch match;
    };
    const Row rows[] = {
        {"254708374149", PayerMatch::kExact},
        {"0708374149", PayerMatch::kExact},
        {" 254 708 374149", PayerMatch::kExact},
        {"254708374140", PayerMatch::kNo},
        {"2547 ***** 149", PayerMatch::kPossible},
        {"25470****149", PayerMatch::kPossible},
        {"2547 ***** 148", PayerMatch::kNo},
        {"2541 ***** 149", PayerMatch::kNo},
        {"254*****", PayerMatch::kNo},
        {hash, PayerMatch::kExact},
        {text::upper(hash), PayerMatch::kExact},
        {other, PayerMatch::kNo},
        {hash.substr(0, 62), PayerMatch::kNo},
        {masked_hash, PayerMatch::kExact},
        {hash.substr(0, 34) + "*****" + hash.substr(40), PayerMatch::kExact},
        {hash.substr(0, 4) + std::string(56, '*') + hash.substr(60), PayerMatch::kPossible},
        {std::string(64, '*'), PayerMatch::kNo},
        {other.substr(0, 34) + "*****" + hash.substr(39), PayerMatch::kNo},
        {"", PayerMatch::kNo},
        {"N/A", PayerMatch::kNo},
        {"*", PayerMatch::kNo},
        {std::string(500, 'a'), PayerMatch::kNo},
    };
    for (const Row& row : rows) EXPECT_EQ(match_payer(payer, row.field), row.match) << row.field;
}

}  // namespace
}  // namespace clinicpro::daraja
