// Callbacks come early, late, five times, forged and in any order; the money of a prompt is booked once.
#include "tests/mpesa/fixture.hpp"

namespace clinicpro::mpesa {
namespace {

class stk_callback : public MpesaTest {};

TEST_F(stk_callback, a_callback_may_beat_the_answer_to_the_push) {
    const TransactionId id = start(mlimani);
    call_back(mlimani, id, callback_body("0"));
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
    client.end(client.open("/stkpush/"), accepted());
    pass(1h);
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
    EXPECT_EQ(booked(), kAmount.cents());
    EXPECT_EQ(pushes(), 1);
    EXPECT_EQ(number("SELECT COUNT(*) FROM jobs"), 0);
}

TEST_F(stk_callback, a_callback_may_beat_any_other_end_of_the_push) {
    int n = 0;
    for (const net::Outcome& end :
         std::vector<net::Outcome>{net::Unknown{"cut"}, net::NotSent{"says the proxy"}, bad_token(),
                                   fault(400, "400.002.02", "Bad Request - Invalid Amount")}) {
        const TransactionId id = start(mlimani);
        const std::string suffix = std::to_string(++n);
        call_back(mlimani, id, callback_body("0", "UKI000000" + suffix, "500.00", kCheckout + suffix));
        client.end(client.open("/stkpush/"), end);
        pass(35min);
        EXPECT_EQ(find(mlimani, id).state, State::kPaid);
        EXPECT_EQ(pushes(), n) << "money has moved: no other prompt";
        EXPECT_EQ(booked(), n * kAmount.cents());
    }
}

TEST_F(stk_callback, daraja_s_own_ids_replace_those_of_an_early_callback) {
    const TransactionId id = start(mlimani);
    call_back(mlimani, id, callback_body("4999", "", "", "ws_CO_somebody_else_s", "another"));
    client.end(client.open("/stkpush/"), accepted());
    run();
    call_back(mlimani, id, callback_body("0"));
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
    EXPECT_EQ(inbox_states(), "done,done");
}

TEST_F(stk_callback, five_copies_of_a_callback_book_once) {
    const TransactionId id = start_accepted(mlimani);
    for (int i = 0; i < 5; ++i) call_back(mlimani, id, callback_body("0"));
    EXPECT_EQ(booked(), kAmount.cents());
    EXPECT_EQ(inbox_states(), "done,done,done,done,done");
    EXPECT_FALSE(find(mlimani, id).attention);
}

TEST_F(stk_callback, five_copies_in_one_batch_book_once) {
    const TransactionId id = start_accepted(mlimani);
    for (int i = 0; i < 5; ++i) {
        box.store(
            {.clinic = mlimani, .method = std::string(kStkMethod), .subject = id.value, .body = callback_body("0")},
            [](Result<> stored) { EXPECT_TRUE(stored); });
    }
    run();
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(stk_callback, a_wrong_amount_is_booked_as_it_moved_and_shown_to_a_person) {
    const TransactionId id = start_accepted(mlimani);
    call_back(mlimani, id, callback_body("0", kReceipt, "5"));
    const Transaction t = find(mlimani, id);
    EXPECT_EQ(t.state, State::kPaid);
    EXPECT_EQ(t.amount_received, Money::from_shillings(5));
    EXPECT_TRUE(t.attention);
    EXPECT_EQ(booked(), 500);
}

TEST_F(stk_callback, a_callback_with_other_ids_is_rejected_and_the_status_asked) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {told("4999")};
    repeat_last = true;
    call_back(mlimani, id, callback_body("0", kReceipt, "500.00", "ws_CO_forged"));
    EXPECT_EQ(inbox_states(), "rejected");
    EXPECT_EQ(find(mlimani, id).state, State::kPending);
    EXPECT_EQ(booked(), 0);
    EXPECT_EQ(queries(), 1) << "asked at once";
}

TEST_F(stk_callback, forged_callbacks_do_not_multiply_the_questions) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {told("4999")};
    repeat_last = true;
    for (int i = 0; i < 10; ++i) call_back(mlimani, id, callback_body("0", kReceipt, "500.00", "ws_CO_forged"));
    for (int i = 0; i < 10; ++i) call_back(mlimani, id, callback_body("7777"));
    EXPECT_EQ(number("SELECT COUNT(*) FROM jobs"), 1);
    const int at_once = queries();
    pass(5min);
    EXPECT_LE(queries() - at_once, 8) << "one ladder, whatever was forged";
}

TEST_F(stk_callback, a_forged_callback_for_a_paid_prompt_changes_nothing) {
    const TransactionId id = start_accepted(mlimani);
    call_back(mlimani, id, callback_body("0"));
    call_back(mlimani, id, callback_body("0", "UKI0000009", "90000", "ws_CO_forged"));
    EXPECT_EQ(booked(), kAmount.cents());
    EXPECT_EQ(inbox_states(), "done,rejected");
}

TEST_F(stk_callback, success_after_failure_is_booked) {
    const TransactionId id = start_accepted(mlimani);
    call_back(mlimani, id, callback_body("1032"));
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);
    EXPECT_EQ(find(mlimani, id).result_code, "1032");
    pass(1h);
    EXPECT_EQ(queries(), 0) << "the callback was final";
    call_back(mlimani, id, callback_body("0"));
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(stk_callback, failure_after_success_changes_nothing_and_is_shown) {
    const TransactionId id = start_accepted(mlimani);
    call_back(mlimani, id, callback_body("0"));
    call_back(mlimani, id, callback_body("1032"));
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
    EXPECT_TRUE(find(mlimani, id).attention);
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(stk_callback, a_late_success_after_1037_is_booked) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {told("1037")};
    repeat_last = true;
    call_back(mlimani, id, callback_body("1037"));
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);
    pass(2min);
    EXPECT_GT(queries(), 0) << "1037 is disputed: it is asked again";
    call_back(mlimani, id, callback_body("0"));
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(stk_callback, a_code_nobody_knows_settles_nothing_and_is_asked) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {told("0")};
    call_back(mlimani, id, callback_body("7777"));
    EXPECT_EQ(queries(), 1);
    EXPECT_EQ(find(mlimani, id).state, State::kPaidWithoutReceipt);
    EXPECT_EQ(inbox_states(), "done");
}

TEST_F(stk_callback, what_is_no_callback_is_rejected_and_one_for_no_payment_is_parked) {
    const TransactionId id = start_accepted(mlimani);
    call_back(mlimani, id, "<html>");
    call_back(mlimani, id, "{}");
    call_back(mlimani, id,
              R"({"Body":{"stkCallback":{"MerchantRequestID":"a","CheckoutRequestID":"b","ResultCode":0}}})");
    call_back(mlimani, TransactionId{12345}, callback_body("0"));
    call_back(bahari, id, callback_body("0"));
    EXPECT_EQ(inbox_states(), "rejected,rejected,rejected,parked,parked");
    EXPECT_EQ(find(mlimani, id).state, State::kPending);
    EXPECT_EQ(booked(), 0);
}

TEST(callback_addresses, safaricom_s_published_ones_are_known) {
    EXPECT_TRUE(callback::is_known_peer("196.201.214.200"));
    EXPECT_TRUE(callback::is_known_peer("127.0.0.1"));
    EXPECT_FALSE(callback::is_known_peer("196.201.214.201"));
    EXPECT_FALSE(callback::is_known_peer(""));
}

}  // namespace
}  // namespace clinicpro::mpesa
