#include "daraja/stk.hpp"

#include "golden.hpp"

namespace clinicpro::daraja {
namespace {

Push paybill() {
    return {.kind = ShortcodeKind::kPaybill,
            .business_shortcode = "174379",
            .party_b = "",
            .passkey = Secret<>("invented-passkey"),
            .amount = Money::from_shillings(1500),
            .payer = *Msisdn::parse("0708374149"),
            .callback_url = "https://pay.clinic.co.ke/cb/stk/0123456789abcdef",
            .account_reference = "INV0042",
            .description = "Consultation"};
}

TEST(stk, a_paybill_push_is_these_bytes) {
    expect_post(push_request(Endpoint::production(), kToken, paybill(), kNow),
                "https://api.safaricom.co.ke/mpesa/stkpush/v1/processrequest", "request_push_paybill");
}

TEST(stk, a_till_push_names_the_store_and_pays_the_till) {
    Push push = paybill();
    push.kind = ShortcodeKind::kTill;
    push.business_shortcode = "600111";
    push.party_b = "5551234";
    push.amount = kPushMin;
    push.payer = *Msisdn::parse("0110000001");
    push.description = "";
    expect_post(push_request(Endpoint::sandbox(), kToken, push, kNow),
                "https://sandbox.safaricom.co.ke/mpesa/stkpush/v1/processrequest", "request_push_till");
}

TEST(stk, a_password_with_a_64_character_passkey_holds_84_bytes) {
    const auto password = push_password("174379", Secret<>(std::string(64, 'f')), "20260304101501");
    EXPECT_EQ(password.reveal().size(), 112u);  // base64 of 84
}

TEST(stk, the_timestamp_crosses_midnight_in_nairobi) {
    const auto request = push_request(Endpoint::production(), kToken, paybill(), at("2026-12-31T21:00:00Z"));
    EXPECT_NE(request->body.find(R"("Timestamp":"20270101000000")"), std::string::npos);
}

TEST(stk, what_safaricom_would_refuse_is_not_sent) {
    struct Row {
        const char* field;
        Code code;
        void (*spoil)(Push&);
    };
    const Row rows[] = {
        {"business_shortcode", Code::kInvalid, [](Push& p) { p.business_shortcode = "12"; }},
        {"party_b", Code::kInvalid, [](Push& p) { p.party_b = "600111"; }},
        {"party_b", Code::kInvalid, [](Push& p) { p.kind = ShortcodeKind::kTill; }},
        {"passkey", Code::kConfig, [](Push& p) { p.passkey = Secret<>(); }},
        {"amount", Code::kInvalid, [](Push& p) { p.amount = Money(); }},
        {"amount", Code::kInvalid, [](Push& p) { p.amount = Money::from_cents(100'050); }},
        {"amount", Code::kInvalid, [](Push& p) { p.amount = Money::from_cents(-100); }},
        {"amount", Code::kInvalid, [](Push& p) { p.amount = Money::from_shillings(250'001); }},
        {"callback_url", Code::kConfig, [](Push& p) { p.callback_url = "https://pay.clinic.co.ke/mpesa/1"; }},
        {"callback_url", Code::kConfig, [](Push& p) { p.callback_url = "http://pay.clinic.co.ke/cb"; }},
        {"account_reference", Code::kInvalid, [](Push& p) { p.account_reference = ""; }},
        {"account_reference", Code::kInvalid, [](Push& p) { p.account_reference = "INV0042000000"; }},
        {"account_reference", Code::kInvalid, [](Push& p) { p.account_reference = "INV-42"; }},
        {"description", Code::kInvalid, [](Push& p) { p.description = "Consultation 1"; }},
        {"description", Code::kInvalid, [](Push& p) { p.description = "a\nb"; }},
        {"description", Code::kInvalid, [](Push& p) { p.description = " "; }},
    };
    for (const Row& row : rows) {
        Push push = paybill();
        row.spoil(push);
        SCOPED_TRACE(row.field);
        expect_error(push_request(Endpoint::production(), kToken, push, kNow), row.code, row.field);
    }
    Push largest = paybill();
    largest.amount = kPushMax;
    largest.account_reference = "INV004200000";
    EXPECT_TRUE(push_request(Endpoint::production(), kToken, largest, kNow));
}

TEST(stk, the_sandbox_takes_a_plain_local_callback) {
    Push push = paybill();
    push.callback_url = "http://127.0.0.1:8080/cb/1";
    EXPECT_TRUE(push_request(*Endpoint::parse("http://127.0.0.1:8090"), kToken, push, kNow));
}

TEST(stk, acceptance_gives_both_ids) {
    const auto reply = read_push_reply(answer(200, golden("reply_push_accepted")));
    const auto* accepted = std::get_if<Accepted>(&reply);
    ASSERT_NE(accepted, nullptr);
    EXPECT_EQ(accepted->merchant_request_id, "4c1e-47a9-9b0d-1f2e3d4c5b6a70112");
    EXPECT_EQ(accepted->checkout_request_id, kCheckout);
}

// What each answer of table 2.3 is: R refused, L refused for now, C refused until set up, T token, U unknown.
struct Row {
    int status;
    std::string body;
    char is;
    Duration wait{};
};

char kind_of(const PushReply& reply) {
    if (std::holds_alternative<Accepted>(reply)) return 'A';
    if (std::holds_alternative<InvalidToken>(reply)) return 'T';
    if (std::holds_alternative<NotSent>(reply)) return 'N';
    if (std::holds_alternative<Unknown>(reply)) return 'U';
    const auto& refused = std::get<Refused>(reply);
    EXPECT_FALSE(refused.sentence.empty());
    EXPECT_FALSE(refused.code.empty());
    EXPECT_FALSE(refused.retry_later && refused.is_config);
    return refused.retry_later ? 'L' : refused.is_config ? 'C' : 'R';
}

TEST(stk, every_synchronous_error_is_certain_or_unknown) {
    const std::string html = "<html><body>Request Rejected</body></html>";
    const Row rows[] = {
        {400, envelope("400.002.02", "Bad Request - Invalid Amount"), 'R'},
        {400, envelope("400.002.02", "Bad Request - Invalid PhoneNumber"), 'R'},
        {400, envelope("400.002.02", "Bad Request - Invalid PartyA"), 'R'},
        {400, envelope("400.002.02", "Bad Request - Invalid AccountReference"), 'R'},
        {400, envelope("400.002.02", "Bad Request - Invalid CallBackURL"), 'C'},
        {400, envelope("400.002.02", "Bad Request - Invalid BusinessShortCode"), 'C'},
        {400, envelope("400.002.02", "Bad Request - Invalid TransactionType"), 'C'},
        {400, envelope("400.002.02", "Bad Request - Invalid Password"), 'C'},
        {400, envelope("400.002.02", "Bad Request - Invalid Moon"), 'R'},
        {400, envelope("400.002.05", "Invalid Request Payload"), 'R'},
        {400, "", 'R'},
        {404, envelope("404.001.03", "Invalid Access Token"), 'T'},
        {404, envelope("404.001.01", "Resource not found"), 'C'},
        {404, envelope("404.001.04", "Invalid Authentication Header"), 'C'},
        {404, html, 'C'},
        {405, envelope("405.001", "Method Not Allowed"), 'C'},
        {401, envelope("401.002.01", "Error Occurred - Invalid API call as no apiproduct match found"), 'C'},
        {401, "", 'T'},
        {403, envelope("403.001.01", "Forbidden"), 'C'},
        {403, html, 'L', 600s},
        {408, "", 'U'},
        {429, golden("reply_fault_apigee"), 'L', 60s},
        {429, "", 'L', 60s},
        {500, golden("reply_fault_apigee"), 'L', 60s},
        {500, envelope("500.001.1001", "Merchant does not exist"), 'C'},
        {500, envelope("500.001.1001", "[MerchantValidate] - Wrong credentials"), 'C'},
        {500, envelope("500.001.1001", "WRONG CREDENTIALS."), 'C'},
        {500,
         envelope("500.001.1001",
                  "Unable to lock subscriber, a transaction is already in process for the current subscriber"),
         'L', 60s},
        {500, envelope("500.001.1001", "The transaction is being processed"), 'U'},
        {500, envelope("500.001.1001", ""), 'U'},
        {500, envelope("500.001.1001", "Something new"), 'U'},
        {500, envelope("500.003.02", "System is busy. Please try again in few minutes."), 'L', 180s},
        {500, envelope("500.003.02", "Error Occurred: Spike Arrest Violation"), 'L', 60s},
        {500, envelope("500.003.03", "Error Occurred: Quota Violation"), 'L', 600s},
        {500, envelope("500.003.1001", "Internal Server Error"), 'U'},
        {500, envelope("500.999.9", "Never seen"), 'U'},
        {500, "Service is currently unreachable", 'U'},
        {500, html, 'U'},
        {502, html, 'U'},
        {503, "", 'U'},
        {504, "", 'U'},
        {302, "", 'U'},
        {100, "", 'U'},
        {200, "", 'U'},
        {200, html, 'U'},
        {200, "{}", 'U'},
        {200, "[]", 'U'},
        {200, R"({"ResponseCode":null})", 'U'},
        {200, R"({"ResponseCode":"0"})", 'U'},
        {200, R"({"ResponseCode":"0","CheckoutRequestID":"ws_CO_1"})", 'U'},
        {200, R"({"ResponseCode":"0","CheckoutRequestID":"","MerchantRequestID":"1-1-1"})", 'U'},
        {200, R"({"ResponseCode":0,"CheckoutRequestID":"ws_CO_1","MerchantRequestID":"1-1-1"})", 'A'},
        {201, golden("reply_push_accepted"), 'A'},
        {200, R"({"ResponseCode":"1","ResponseDescription":"Rejected"})", 'R'},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(std::to_string(row.status) + " " + row.body);
        const PushReply reply = read_push_reply(answer(row.status, row.body));
        EXPECT_EQ(kind_of(reply), row.is);
        if (row.is == 'L') EXPECT_EQ(std::get<Refused>(reply).wait, row.wait);
    }
}

TEST(stk, a_refusal_has_its_code) {
    const auto coded = read_push_reply(answer(400, envelope("400.002.02", "Bad Request - Invalid Amount")));
    EXPECT_EQ(std::get<Refused>(coded).code, "400.002.02");
    const auto edge = read_push_reply(answer(403, "<html></html>"));
    EXPECT_EQ(std::get<Refused>(edge).code, "http 403");
}

TEST(stk, retry_after_is_honoured) {
    const auto reply = read_push_reply(answer(429, golden("reply_fault_apigee"), {{"Retry-After", "7"}}));
    EXPECT_EQ(std::get<Refused>(reply).wait, 7s);
}

TEST(stk, a_transport_that_does_not_know_is_unknown) {
    EXPECT_EQ(kind_of(read_push_reply(net::Unknown{"time-out"})), 'U');
    EXPECT_EQ(kind_of(read_push_reply(net::NotSent{"refused"})), 'N');
    EXPECT_EQ(std::get<Unknown>(read_push_reply(net::Unknown{"time-out"})).reason, "time-out");
}

}  // namespace
}  // namespace clinicpro::daraja
