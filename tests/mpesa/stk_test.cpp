// A prompt is sent at most once, whatever happens to its request. What callbacks do is in callback_test.
#include "base/json.hpp"
#include "clinics/credentials.hpp"
#include "tests/mpesa/fixture.hpp"

namespace clinicpro::mpesa {
namespace {

class stk : public MpesaTest {};

TEST_F(stk, an_accepted_prompt_is_paid_by_its_callback) {
    const TransactionId id = start_accepted(mlimani);
    clock.pass(20s);
    call_back(mlimani, id, callback_body("0"));
    const Transaction t = find(mlimani, id);
    EXPECT_EQ(t.state, State::kPaid);
    EXPECT_EQ(t.receipt, kReceipt);
    EXPECT_EQ(t.amount_received, kAmount);
    EXPECT_FALSE(t.attention);
    EXPECT_EQ(booked(), kAmount.cents());
    EXPECT_EQ(inbox_states(), "done");
    pass(1h);
    EXPECT_EQ(pushes(), 1);
    EXPECT_EQ(queries(), 0);
    EXPECT_EQ(number("SELECT COUNT(*) FROM jobs"), 0);
}

TEST_F(stk, the_prompt_carries_the_payment_and_an_address_only_we_can_make) {
    const TransactionId id = start_accepted(mlimani);
    const auto request = client.request(1);
    const auto body = must(json::Document::parse(request.body));
    EXPECT_EQ(must(body.root()["Amount"].integer()), 500);
    EXPECT_EQ(must(body.root()["PhoneNumber"].scalar()), kPhone);
    EXPECT_EQ(must(body.root()["AccountReference"].text()), kAccount);
    EXPECT_FALSE(request.repeatable) << "a client that repeats a push by itself prompts twice";
    const std::string url = must(body.root()["CallBackURL"].text());
    const std::string start = "https://pay.clinic.example/n/s/";
    ASSERT_TRUE(url.starts_with(start));
    const auto link = links.verify_hex(clinics::Link::Purpose::kStkCallback, url.substr(start.size()));
    ASSERT_TRUE(link);
    EXPECT_EQ(link->clinic, mlimani);
    EXPECT_EQ(link->subject, id.value);
}

TEST_F(stk, a_refused_prompt_fails_at_once_with_a_sentence) {
    const std::vector<net::Outcome> refusals = {
        fault(400, "400.002.02", "Bad Request - Invalid PhoneNumber"),
        fault(400, "400.002.02", "Bad Request - Invalid Amount"),
        fault(400, "400.002.05", "Invalid Request Payload"),
        fault(404, "404.001.01", "Resource not found"),
        fault(405, "405.001", "Method Not Allowed"),
        fault(401, "401.001", "Invalid API call as no apiproduct match found"),
        fault(500, "500.001.1001", "Merchant does not exist"),
        fault(500, "500.001.1001", "[MerchantValidate] - Wrong credentials"),
        fault(500, "500.001.1001",
              "Unable to lock subscriber, a transaction is already in process for the current subscriber"),
        fault(500, "500.003.02", "System is busy. Please try again in few minutes."),
        fault(500, "500.003.02", "Error Occurred: Spike Arrest Violation"),
        fault(500, "500.003.03", "Quota Violation"),
        answer(
            429,
            R"({"fault":{"faultstring":"Spike arrest","detail":{"errorcode":"policies.ratelimit.SpikeArrestViolation"}}})"),
        answer(403, "<html>Forbidden</html>"),
        answer(200, R"({"ResponseCode":"1","ResponseDescription":"no"})"),
    };
    int sent = 0;
    for (const net::Outcome& refusal : refusals) {
        push_answers = {refusal};
        const TransactionId id = start(mlimani);
        pass(5min);
        const Transaction t = find(mlimani, id);
        const std::string& body = std::get<net::Response>(refusal).body;
        EXPECT_EQ(t.state, State::kFailed) << body;
        EXPECT_FALSE(t.result_text.empty()) << body;
        EXPECT_FALSE(t.result_code.empty()) << body;
        EXPECT_EQ(pushes(), ++sent) << body;
        EXPECT_EQ(queries(), 0) << body;
    }
    EXPECT_EQ(booked(), 0);
}

TEST_F(stk, a_refusal_that_soon_passes_is_tried_again_for_the_patient) {
    net::Response soon = answer(429, "{}");
    soon.headers = {{"Retry-After", "3"}};
    push_answers = {soon, accepted()};
    const TransactionId id = start(mlimani);
    EXPECT_EQ(find(mlimani, id).state, State::kCreated);
    pass(3s);
    EXPECT_EQ(find(mlimani, id).state, State::kPending);
    EXPECT_EQ(pushes(), 2);
}

TEST_F(stk, an_invalid_token_is_replaced_and_the_prompt_sent) {
    push_answers = {bad_token(), accepted()};
    const TransactionId id = start(mlimani);
    EXPECT_EQ(find(mlimani, id).state, State::kPending);
    EXPECT_EQ(tokens(), 2);
    EXPECT_EQ(pushes(), 2);
}

TEST_F(stk, a_token_that_is_always_invalid_fails_the_prompt) {
    push_answers = {bad_token()};
    repeat_last = true;
    const TransactionId id = start(mlimani);
    pass(5min);
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);
    EXPECT_NE(find(mlimani, id).result_text.find("access token"), std::string::npos);
    EXPECT_LE(pushes(), 3);
}

TEST_F(stk, trouble_on_the_line_does_not_use_up_the_tries_for_a_token) {
    push_answers = {net::NotSent{"refused"}, net::NotSent{"refused"}, net::NotSent{"refused"}, bad_token(), accepted()};
    const TransactionId id = start(mlimani);
    pass(1min);
    EXPECT_EQ(find(mlimani, id).state, State::kPending) << find(mlimani, id).result_text;
}

TEST_F(stk, a_prompt_that_did_not_leave_is_sent_when_the_line_is_back) {
    push_answers = {net::NotSent{"no route"}, net::NotSent{"no route"}, accepted()};
    const TransactionId id = start(mlimani);
    EXPECT_EQ(find(mlimani, id).state, State::kCreated);
    pass(10s);
    EXPECT_EQ(find(mlimani, id).state, State::kPending);
    EXPECT_EQ(pushes(), 3);
}

TEST_F(stk, a_prompt_that_cannot_leave_within_two_minutes_fails_and_says_nothing_was_charged) {
    push_answers = {net::NotSent{"no route"}};
    repeat_last = true;
    const TransactionId id = start(mlimani);
    pass(5min);
    const Transaction t = find(mlimani, id);
    EXPECT_EQ(t.state, State::kFailed);
    EXPECT_NE(t.result_text.find("nothing was charged"), std::string::npos);
    EXPECT_LE(push_times.back() - testing::kMorning, 2min);
    EXPECT_LT(pushes(), 30) << "the wait must grow";
    EXPECT_EQ(number("SELECT COUNT(*) FROM jobs"), 0);
}

TEST_F(stk, a_prompt_whose_fate_is_unknown_is_never_sent_again) {
    const std::vector<net::Outcome> losses = {
        net::Unknown{"timed out"},
        answer(502, "<html>Bad gateway</html>"),
        answer(503, ""),
        answer(504, ""),
        answer(408, ""),
        answer(500, "Service is currently unreachable"),
        fault(500, "500.003.1001", "Internal Server Error"),
        fault(500, "500.001.1001", "Something new"),
        answer(200, "<html>ok</html>"),
        answer(200, "{}"),
        answer(200, R"({"ResponseCode":"0","MerchantRequestID":"","CheckoutRequestID":""})"),
        answer(302, ""),
    };
    int sent = 0;
    int64_t money = 0;
    for (const net::Outcome& loss : losses) {
        push_answers = {loss};
        const TransactionId id = start(mlimani);
        EXPECT_EQ(find(mlimani, id).state, State::kUnknown);
        EXPECT_FALSE(try_start(mlimani)) << "a second prompt while the first may be on the phone";
        pass(29min);
        EXPECT_EQ(find(mlimani, id).state, State::kUnknown);
        pass(2min);
        EXPECT_EQ(find(mlimani, id).state, State::kExpired);
        EXPECT_TRUE(find(mlimani, id).attention);
        EXPECT_EQ(pushes(), ++sent);
        EXPECT_EQ(queries(), 0) << "there is no id to ask by";

        const std::string receipt = "UKI000000" + std::to_string(sent);
        call_back(mlimani, id, callback_body("0", receipt, "500.00", kCheckout + std::to_string(sent)));
        EXPECT_EQ(find(mlimani, id).state, State::kPaid);
        EXPECT_FALSE(find(mlimani, id).attention);
        EXPECT_EQ(booked(), money += kAmount.cents());
    }
}

TEST_F(stk, a_crash_after_the_prompt_left_does_not_send_it_again) {
    const TransactionId id = start(mlimani);  // no answer comes
    EXPECT_EQ(pushes(), 1);
    EXPECT_EQ(find(mlimani, id).state, State::kSending);
    restart();
    pass(59s);
    EXPECT_EQ(find(mlimani, id).state, State::kSending);
    pass(2s);
    EXPECT_EQ(find(mlimani, id).state, State::kUnknown);
    client.end(client.open("/stkpush/"), accepted());  // for the process that is gone
    pass(5min);
    EXPECT_EQ(pushes(), 1);
    call_back(mlimani, id, callback_body("0"));
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(stk, a_crash_while_the_token_was_fetched_still_sends_the_prompt) {
    hold_tokens = true;
    const TransactionId id = start(mlimani);
    restart();
    hold_tokens = false;
    push_answers = {accepted()};
    pass(70s);
    EXPECT_EQ(find(mlimani, id).state, State::kPending);
    EXPECT_EQ(pushes(), 1);
}

TEST_F(stk, a_second_instance_that_takes_over_sends_nothing_and_the_late_answer_is_fenced) {
    const TransactionId id = start(mlimani);
    auto second = make_worker();
    clock.pass(61s);
    while (must(second->step()).taken > 0) {
    }
    EXPECT_EQ(find(mlimani, id).state, State::kUnknown);
    client.end(client.open("/stkpush/"), accepted());
    run();
    EXPECT_EQ(find(mlimani, id).state, State::kUnknown);
    EXPECT_EQ(pushes(), 1);
    call_back(mlimani, id, callback_body("0"));
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(stk, a_prompt_that_daraja_would_refuse_is_refused_at_the_desk) {
    for (const Money amount :
         {Money(), Money::from_cents(50), Money::from_cents(10'050), Money::from_shillings(250'001)}) {
        const auto started = try_start(mlimani, kInvoice, kPhone, amount);
        ASSERT_FALSE(started);
        EXPECT_EQ(started.error().code, Code::kInvalid);
        EXPECT_EQ(started.error().field, "amount_cents");
    }
    Config off = config();
    off.active = false;
    configure(mlimani, off);
    const auto started = try_start(mlimani);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, Code::kConfig);
    EXPECT_TRUE(transactions(mlimani).empty());
}

TEST_F(stk, switching_mpesa_off_fails_a_prompt_that_has_not_left) {
    const TransactionId id = must(try_start(mlimani));
    Config off = config();
    off.active = false;
    configure(mlimani, off);
    run();
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);
    EXPECT_NE(find(mlimani, id).result_text.find("switched off"), std::string::npos);
    EXPECT_EQ(pushes(), 0);
}

TEST_F(stk, a_clinic_that_loses_its_passkey_in_mid_flight_stops_no_other_clinic) {
    hold_tokens = true;
    const TransactionId id = start(mlimani);
    must(in_clinic(mlimani,
                   [&](store::ClinicTx& tx) { return clinics::Credentials(*vault).remove(tx, "mpesa.passkey"); }));
    client.end(client.open("/oauth/"), token(1));
    hold_tokens = false;
    push_answers = {accepted()};
    pass(10s);
    const TransactionId other = start(bahari);
    pass(3min);
    EXPECT_NE(find(bahari, other).state, State::kCreated);
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);

    configure(mlimani, config());  // and it can be repaired
    push_answers = {accepted(kCheckout + "9")};
    EXPECT_EQ(find(mlimani, start(mlimani)).state, State::kPending);
}

}  // namespace
}  // namespace clinicpro::mpesa
