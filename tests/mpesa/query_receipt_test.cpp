// A query says "paid" without a receipt. Whether that money stands here already, as a payment of its own, decides
// whether it is booked: never the same money twice, never somebody else's for the prompt's.
#include "tests/mpesa/fixture.hpp"

namespace clinicpro::mpesa {
namespace {

class stk_query_receipt : public MpesaTest {
protected:
    // A prompt for an invoice of its own; the account of that invoice and the receipt of money that came to it.
    struct Case {
        TransactionId prompt;
        InvoiceId invoice;
        std::string account, receipt, checkout;
    };
    Case next() {
        const std::string suffix = std::to_string(++cases);
        const Case one{{}, InvoiceId{100 + cases}, "10000000" + suffix, "UKJ000000" + suffix, kCheckout + suffix};
        accounts.matches[one.account] = {one.invoice, kAmount, true};
        return one;
    }
    void send(Case& one) {
        push_answers = {accepted(one.checkout)};
        one.prompt = start(mlimani, one.invoice);
    }
    void pay_by_hand(const Case& one, std::string msisdn, std::string amount = "500.00") {
        confirm(
            mlimani,
            {.receipt = one.receipt, .account = one.account, .amount = std::move(amount), .msisdn = std::move(msisdn)});
    }
    void query_says_paid(const Case& one) {
        query_answers = {told("0", one.checkout)};
        pass(13s);
    }
    void expect_booked_alone(const Case& one) {
        const Transaction t = find(mlimani, one.prompt);
        EXPECT_EQ(t.state, State::kPaidWithoutReceipt);
        EXPECT_EQ(t.witness, "query");
        EXPECT_EQ(t.result_code, "0");
        EXPECT_EQ(t.amount_received, kAmount);
        EXPECT_FALSE(t.receipt);
        EXPECT_FALSE(t.attention);
        EXPECT_FALSE(t.duplicate_of);
    }
    void expect_taken_for(const Case& one, TransactionId booked_as, const std::string& receipt) {
        const Transaction t = find(mlimani, one.prompt);
        EXPECT_EQ(t.state, State::kPaid);
        EXPECT_EQ(t.witness, "query");
        EXPECT_EQ(t.amount_received, Money());
        EXPECT_EQ(t.receipt, receipt);
        EXPECT_EQ(t.duplicate_of, booked_as);
        ASSERT_TRUE(t.attention) << "that it is the same money is our guess";
        EXPECT_NE(t.attention->find(receipt), std::string::npos);
    }
    // A first prompt that a callback failed in a way that is sometimes wrong, and a second one after it.
    void send_twice(Case& first, Case& second) {
        query_answers = {fault(500, "500.001.1001", "Error")};
        repeat_last = true;
        send(first);
        call_back(mlimani, first.prompt, callback_body("1037", {}, {}, first.checkout));
        pass(60s);
        second.invoice = first.invoice;
        send(second);
    }

    int cases = 0;
};

TEST_F(stk_query_receipt, of_somebody_else_is_not_the_prompt_s) {
    for (const std::string msisdn : {"678", "249", "******678", "2547 ***** 249", "254712345678"}) {
        SCOPED_TRACE(msisdn);
        Case one = next();
        send(one);
        pay_by_hand(one, msisdn);
        query_says_paid(one);
        expect_booked_alone(one);
        EXPECT_EQ(booked(), 2 * cases * kAmount.cents());
    }
}

TEST_F(stk_query_receipt, of_a_payer_who_may_be_the_same_is_taken_for_the_prompt_s) {
    for (const std::string msisdn : {"149", "******149", "******49", "*******", "49", "hidden by law"}) {
        SCOPED_TRACE(msisdn);
        Case one = next();
        send(one);
        pay_by_hand(one, msisdn);
        const TransactionId by_hand = transactions(mlimani).back().id;
        query_says_paid(one);
        expect_taken_for(one, by_hand, one.receipt);
        EXPECT_EQ(booked(), cases * kAmount.cents());
    }
}

TEST_F(stk_query_receipt, of_another_amount_is_not_the_prompt_s) {
    Case one = next();
    send(one);
    pay_by_hand(one, "hidden by law", "200.00");
    query_says_paid(one);
    expect_booked_alone(one);
    EXPECT_EQ(booked(), 70'000);
}

TEST_F(stk_query_receipt, from_before_the_prompt_is_not_the_prompt_s) {
    Case at_once = next(), later = next();
    pay_by_hand(at_once, "hidden by law");
    const TransactionId by_hand = transactions(mlimani).back().id;
    send(at_once);
    query_says_paid(at_once);
    expect_taken_for(at_once, by_hand, at_once.receipt);

    pay_by_hand(later, "hidden by law");
    clock.pass(1us);
    send(later);
    query_says_paid(later);
    expect_booked_alone(later);
}

TEST_F(stk_query_receipt, is_the_answer_to_one_prompt_only) {
    Case first = next(), second = next();
    second.invoice = first.invoice;
    send(first);
    push_answers = {accepted(second.checkout)};
    second.prompt = start(mlimani, second.invoice, kOtherPhone);
    pay_by_hand(first, "hidden by law");
    const TransactionId by_hand = transactions(mlimani).back().id;
    query_answers = {told("0", first.checkout), told("0", second.checkout)};
    pass(13s);
    expect_taken_for(first, by_hand, first.receipt);
    expect_booked_alone(second);
    EXPECT_EQ(booked(), 2 * kAmount.cents());
}

TEST_F(stk_query_receipt, that_a_confirmation_brought_to_another_prompt_is_taken_for_this_one_s) {
    Case first = next(), second = next();
    send_twice(first, second);
    confirm(mlimani, {.receipt = first.receipt, .account = first.account, .paid_at = to_eat_stamp(clock.now() + 5s)});
    ASSERT_EQ(find(mlimani, second.prompt).receipt, first.receipt) << "the newest prompt";
    query_says_paid(first);
    expect_taken_for(first, second.prompt, first.receipt);
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(stk_query_receipt, that_a_callback_brought_to_another_prompt_is_that_one_s) {
    Case first = next(), second = next();
    send_twice(first, second);
    call_back(mlimani, second.prompt, callback_body("0", second.receipt, "500.00", second.checkout));
    query_says_paid(first);
    expect_booked_alone(first);
    EXPECT_EQ(booked(), 2 * kAmount.cents());
}

TEST_F(stk_query_receipt, is_not_looked_for_when_a_callback_brought_it_before_the_answer) {
    Case one = next();
    send(one);
    pay_by_hand(one, "hidden by law");
    pass(12s);
    ASSERT_EQ(queries(), 1);
    call_back(mlimani, one.prompt, callback_body("0", kReceipt, "500.00", one.checkout));
    client.end(client.open("/stkpushquery/"), told("0", one.checkout));
    pass(1min);
    const Transaction t = find(mlimani, one.prompt);
    EXPECT_EQ(t.state, State::kPaid);
    EXPECT_EQ(t.receipt, kReceipt);
    EXPECT_EQ(t.witness, "callback");
    EXPECT_FALSE(t.attention);
    EXPECT_EQ(booked(), 2 * kAmount.cents());
    EXPECT_EQ(number("SELECT COUNT(*) FROM jobs"), 0);
}

}  // namespace
}  // namespace clinicpro::mpesa
