// The ladder of status queries: when they are asked, what they may say, and how clinics share the budget.
#include "tests/mpesa/fixture.hpp"

namespace clinicpro::mpesa {
namespace {

class stk_query : public MpesaTest {};

TEST_F(stk_query, climbs_its_ladder_and_gives_up_after_half_an_hour) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {told("4999")};
    repeat_last = true;
    pass(29min);
    EXPECT_EQ(seconds_of(query_times),
              (std::vector<int64_t>{12, 27, 52, 82, 112, 172, 232, 352, 472, 772, 1072, 1372, 1672}));
    EXPECT_EQ(find(mlimani, id).state, State::kPending);
    pass(5min);
    const Transaction t = find(mlimani, id);
    EXPECT_EQ(t.state, State::kExpired);
    ASSERT_TRUE(t.attention);
    EXPECT_NE(t.attention->find("statement"), std::string::npos);
    EXPECT_EQ(number("SELECT COUNT(*) FROM jobs"), 0);

    call_back(mlimani, id, callback_body("0"));
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
    EXPECT_FALSE(find(mlimani, id).attention);
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(stk_query, an_answer_that_says_nothing_leaves_the_payment_pending) {
    net::Response throttled = answer(
        429,
        R"({"fault":{"faultstring":"Spike arrest","detail":{"errorcode":"policies.ratelimit.SpikeArrestViolation"}}})");
    throttled.headers = {{"Retry-After", "40"}};
    const std::vector<net::Outcome> nothings = {
        told("4999"),
        fault(500, "500.001.1001", "The transaction is being processed"),
        fault(500, "500.001.1001", "The transaction does not Exist"),
        fault(500, "500.001.1001", "Error"),
        fault(400, "400.002.02", "Bad Request - Invalid CheckoutRequestID"),
        throttled,
        answer(403, "<html>Forbidden</html>"),
        answer(503, ""),
        answer(200, "not json"),
        told("0", "ws_CO_another"),
        told("31337"),
        answer(200, R"({"ResponseCode":"0","ResultCode":"0"})"),
        net::Unknown{"timed out"},
        net::NotSent{"no route"},
    };
    int n = 0;
    for (const net::Outcome& nothing : nothings) {
        ++n;
        push_answers = {accepted(kCheckout + std::to_string(n))};
        const TransactionId id = start(mlimani);
        const int before = queries();
        query_answers = {nothing};
        pass(13s);
        EXPECT_EQ(queries(), before + 1) << n;
        EXPECT_EQ(find(mlimani, id).state, State::kPending) << n;
        query_answers = {told("1032", kCheckout + std::to_string(n))};
        pass(11min);
        EXPECT_EQ(find(mlimani, id).state, State::kFailed) << n << " is asked again";
        query_answers.clear();
        pass(25min);
    }
    EXPECT_EQ(booked(), 0);
}

TEST_F(stk_query, paid_by_query_then_the_confirmation_brings_the_receipt_and_no_more_money) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {told("0")};
    pass(13s);
    EXPECT_EQ(find(mlimani, id).state, State::kPaidWithoutReceipt);
    EXPECT_EQ(booked(), kAmount.cents());
    confirm(mlimani, {});
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
    EXPECT_EQ(find(mlimani, id).receipt, kReceipt);
    EXPECT_EQ(booked(), kAmount.cents());
    EXPECT_EQ(transactions(mlimani).size(), 1u);
    call_back(mlimani, id, callback_body("0"));
    EXPECT_EQ(booked(), kAmount.cents());
    EXPECT_FALSE(find(mlimani, id).attention);
}

TEST_F(stk_query, a_failure_told_by_query_is_asked_again_and_a_later_yes_wins) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {told("1032"), told("0")};
    pass(13s);
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);
    pass(15s);
    EXPECT_EQ(find(mlimani, id).state, State::kPaidWithoutReceipt);
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(stk_query, a_failure_told_by_query_is_asked_for_ten_minutes_and_then_left) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {told("1032")};
    repeat_last = true;
    pass(12min);
    const int asked = queries();
    EXPECT_GT(asked, 3);
    pass(1h);
    EXPECT_EQ(queries(), asked);
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);
    EXPECT_EQ(number("SELECT COUNT(*) FROM jobs"), 0);
    call_back(mlimani, id, callback_body("0"));
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(stk_query, a_disputed_code_is_not_believed_while_the_prompt_may_live) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {told("1037")};
    repeat_last = true;
    pass(179s);
    EXPECT_EQ(find(mlimani, id).state, State::kPending);
    EXPECT_FALSE(try_start(mlimani));
    pass(2min);
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);
}

TEST_F(stk_query, money_that_came_by_confirmation_is_not_booked_again_by_a_query) {
    // 1037, then the payer enters the PIN after all: the confirmation comes, and the query says paid.
    const TransactionId id = start_accepted(mlimani);
    call_back(mlimani, id, callback_body("1037"));
    confirm(mlimani, {});
    EXPECT_EQ(booked(), kAmount.cents());
    query_answers = {told("0")};
    repeat_last = true;
    pass(15min);
    EXPECT_EQ(booked(), kAmount.cents()) << "the same money was booked twice";
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
}

TEST_F(stk_query, a_confirmation_whose_payer_cannot_be_told_is_not_booked_again_by_a_query) {
    const TransactionId id = start_accepted(mlimani);
    confirm(mlimani, {.msisdn = "hidden by law"});
    EXPECT_EQ(booked(), kAmount.cents());
    query_answers = {told("0")};
    pass(13s);
    EXPECT_EQ(booked(), kAmount.cents()) << "the same money was booked twice";
    EXPECT_EQ(find(mlimani, id).receipt, kReceipt);
    EXPECT_TRUE(find(mlimani, id).attention) << "that it is the same money is our guess";
    // Were it two payments after all, the callback brings the second receipt before a person, and its confirmation
    // books it.
    call_back(mlimani, id, callback_body("0", "UKI0000002"));
    EXPECT_TRUE(find(mlimani, id).attention);
    confirm(mlimani, {.receipt = "UKI0000002"});
    EXPECT_EQ(booked(), 2 * kAmount.cents());
}

TEST_F(stk_query, what_somebody_else_paid_by_hand_does_not_hide_a_prompt_s_money) {
    const TransactionId id = start_accepted(mlimani);
    confirm(mlimani, {.receipt = "UKI0000007", .msisdn = "2547 ***** 678"});
    query_answers = {told("0")};
    pass(13s);
    EXPECT_EQ(find(mlimani, id).state, State::kPaidWithoutReceipt);
    EXPECT_EQ(booked(), 2 * kAmount.cents());
}

TEST_F(stk_query, an_earlier_payment_by_hand_does_not_hide_a_prompt_s_money) {
    confirm(mlimani, {.receipt = "UKI0000007"});  // paid by hand before the prompt
    clock.pass(1min);
    start_accepted(mlimani);
    query_answers = {told("0")};
    pass(13s);
    EXPECT_EQ(booked(), 2 * kAmount.cents());
}

// Storm seed 5882: M-Pesa said "no answer from the phone", and every question after that went by without a word.
TEST_F(stk_query, a_doubted_failure_that_nobody_could_be_asked_about_stands_before_a_person) {
    const TransactionId id = start_accepted(mlimani);
    call_back(mlimani, id, callback_body("1037"));
    query_answers = {net::Unknown{"no answer"}};
    repeat_last = true;
    pass(15min);
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);
    EXPECT_TRUE(find(mlimani, id).attention);
    EXPECT_EQ(number("SELECT COUNT(*) FROM jobs"), 0);
}

TEST_F(stk_query, a_doubted_failure_that_is_told_again_to_the_end_needs_nobody) {
    const TransactionId id = start_accepted(mlimani);
    call_back(mlimani, id, callback_body("1037"));
    query_answers = {told("1037")};
    repeat_last = true;
    pass(15min);
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);
    EXPECT_FALSE(find(mlimani, id).attention);
}

TEST_F(stk_query, an_invalid_token_is_replaced_and_the_question_asked_again) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {bad_token(), told("0")};
    pass(15s);
    EXPECT_EQ(tokens(), 2);
    EXPECT_EQ(find(mlimani, id).state, State::kPaidWithoutReceipt);
}

TEST_F(stk_query, an_id_that_cannot_be_asked_by_ends_in_front_of_a_person_all_the_same) {
    push_answers = {accepted("an id with spaces")};
    const TransactionId id = start(mlimani);
    EXPECT_EQ(find(mlimani, id).state, State::kUnknown);
    pass(45min);
    EXPECT_EQ(find(mlimani, id).state, State::kExpired);
    EXPECT_EQ(number("SELECT COUNT(*) FROM jobs"), 0);
    must(try_start(mlimani));
}

TEST_F(stk_query, a_clinic_that_switched_mpesa_off_still_learns_what_became_of_its_prompt) {
    const TransactionId id = start_accepted(mlimani);
    Config off = config();
    off.active = false;
    configure(mlimani, off);
    query_answers = {told("0")};
    pass(13s);
    EXPECT_EQ(find(mlimani, id).state, State::kPaidWithoutReceipt);
}

TEST_F(stk_query, two_clinics_under_one_app_share_its_budget_fairly) {
    Config slow = config();
    slow.queries_per_minute = 5;
    configure(mlimani, slow);
    configure(bahari, slow);
    constexpr int kPrompts = 6;
    for (int i = 0; i < kPrompts; ++i) {
        push_answers = {accepted(kCheckout + std::to_string(i))};
        start(mlimani, InvoiceId{100 + i});
    }
    clock.pass(1s);
    push_answers = {accepted(kCheckout + "b")};
    const TransactionId late = start(bahari);
    // Nothing is ever known, so that every prompt keeps asking.
    query_answers = {fault(500, "500.001.1001", "Error")};
    repeat_last = true;
    std::optional<Instant> asked_for_bahari;
    const auto scripted = client.script;
    client.script = [&](const net::ClientRequest& request) {
        if (request.body.find(kCheckout + "b\"") != std::string::npos && !asked_for_bahari)
            asked_for_bahari = clock.now();
        return scripted(request);
    };
    pass(10min);
    for (size_t i = 1; i < query_times.size(); ++i) {
        EXPECT_GE(query_times[i] - query_times[i - 1], 12s) << "the app's budget was overdrawn";
    }
    EXPECT_GE(query_times.size(), 45u) << "the budget is there to be used";
    ASSERT_TRUE(asked_for_bahari);
    EXPECT_LE(*asked_for_bahari - testing::kMorning, 12s * (kPrompts + 3)) << "a busy clinic starved the other";
    EXPECT_EQ(find(bahari, late).state, State::kPending);
}

}  // namespace
}  // namespace clinicpro::mpesa
