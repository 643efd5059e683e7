// Which prompt money fits, without a database: every state of a prompt, and both edges of each time.
#include "mpesa/fitness.hpp"

#include <gtest/gtest.h>

#include "mpesa/stk_push.hpp"

namespace clinicpro::mpesa {
namespace {

using payments::State;
using payments::Transaction;

const Instant kPaid = *parse_iso("2026-11-23T06:00:00Z");

Transaction prompt(State state, std::optional<Instant> sent_at = kPaid - 20s) {
    return {.method = std::string(kStkMethod), .state = state, .sent_at = sent_at};
}

TEST(fitness, a_prompt_waits_for_money_until_it_is_paid_or_has_certainly_failed) {
    for (const State state :
         {State::kSending, State::kPending, State::kUnknown, State::kPaidWithoutReceipt, State::kExpired}) {
        EXPECT_TRUE(waits_for_money(prompt(state))) << to_string(state);
    }
    for (const State state : {State::kCreated, State::kPaid, State::kFailed}) {
        EXPECT_FALSE(waits_for_money(prompt(state))) << to_string(state);
    }
    Transaction doubted = prompt(State::kFailed);
    doubted.result_code = "1037";
    EXPECT_TRUE(waits_for_money(doubted)) << "no answer from the phone: a late PIN may still have counted";
    doubted.result_code = "1032";
    EXPECT_FALSE(waits_for_money(doubted)) << "cancelled, said by a callback";
    doubted.witness = "query";
    EXPECT_TRUE(waits_for_money(doubted)) << "cancelled, said by a query";
}

TEST(fitness, a_doubtful_end_holds_the_next_prompt_back_for_three_quarters_of_a_minute) {
    Transaction doubted = prompt(State::kFailed);
    doubted.result_code = "1037";
    EXPECT_FALSE(is_doubted(doubted, kPaid)) << "no time stands there";
    doubted.settled_at = kPaid;
    EXPECT_TRUE(is_doubted(doubted, kPaid));
    EXPECT_TRUE(is_doubted(doubted, kPaid + 45s - 1us));
    EXPECT_FALSE(is_doubted(doubted, kPaid + 45s));
    doubted.result_code = "1032";
    EXPECT_FALSE(is_doubted(doubted, kPaid));
}

TEST(query_delay, asks_soon_at_first_and_then_ever_more_seldom) {
    const Duration rungs[] = {12s, 15s, 25s, 30s, 30s, 60s, 60s, 120s, 120s, 300s, 300s, 300s};
    for (int asked = 0; asked < int(std::size(rungs)); ++asked) EXPECT_EQ(query_delay(asked), rungs[asked]) << asked;
    EXPECT_EQ(query_delay(-1), Duration(12s));
}

TEST(fitness, money_that_came_by_paybill_answers_no_other_money) {
    Transaction c2b = prompt(State::kPending);
    c2b.method = "mpesa.c2b";
    EXPECT_FALSE(waits_for_money(c2b));
}

TEST(fitness, a_prompt_that_left_after_the_money_moved_fits_least) {
    EXPECT_EQ(fitness(prompt(State::kPending, kPaid), kPaid), Fitness::kWasOut);
    EXPECT_EQ(fitness(prompt(State::kPending, kPaid + 1s), kPaid), Fitness::kWasOut)
        << "M-Pesa's stamp has whole seconds";
    EXPECT_EQ(fitness(prompt(State::kPending, kPaid + 1s + 1us), kPaid), Fitness::kSentAfter);
    EXPECT_EQ(fitness(prompt(State::kPaidWithoutReceipt, kPaid + 2s), kPaid), Fitness::kSentAfter);
    EXPECT_EQ(fitness(prompt(State::kPending, std::nullopt), kPaid), Fitness::kWasOut);
}

TEST(fitness, the_provider_s_clock_counts_more_than_ours) {
    Transaction behind = prompt(State::kPending, kPaid - 10min);
    behind.provider_sent_at = kPaid + 1s;
    EXPECT_EQ(fitness(behind, kPaid), Fitness::kWasOut);
    behind.provider_sent_at = kPaid + 1s + 1us;
    EXPECT_EQ(fitness(behind, kPaid), Fitness::kSentAfter);
    Transaction ahead = prompt(State::kPending, kPaid + 10min);
    ahead.provider_sent_at = kPaid - 20s;
    EXPECT_EQ(fitness(ahead, kPaid), Fitness::kWasOut);
}

TEST(fitness, a_prompt_that_a_query_found_paid_and_that_lacks_its_receipt_fits_best) {
    Transaction found = prompt(State::kPaidWithoutReceipt);
    found.settled_at = kPaid;
    EXPECT_EQ(fitness(found, kPaid), Fitness::kFoundPaid);
    EXPECT_EQ(fitness(found, kPaid + 10s), Fitness::kFoundPaid) << "two clocks";
    EXPECT_EQ(fitness(found, kPaid + 10s + 1us), Fitness::kWasOut) << "that money moved later";
    found.settled_at.reset();
    EXPECT_EQ(fitness(found, kPaid), Fitness::kWasOut);
    Transaction open = prompt(State::kPending);
    open.settled_at = kPaid;
    EXPECT_EQ(fitness(open, kPaid), Fitness::kWasOut);
    EXPECT_LT(Fitness::kSentAfter, Fitness::kWasOut);
    EXPECT_LT(Fitness::kWasOut, Fitness::kFoundPaid);
}

TEST(fitness, money_without_a_time_fits_by_the_state_alone) {
    EXPECT_EQ(fitness(prompt(State::kPaidWithoutReceipt), std::nullopt), Fitness::kFoundPaid);
    EXPECT_EQ(fitness(prompt(State::kPending), std::nullopt), Fitness::kWasOut);
    EXPECT_EQ(fitness(prompt(State::kExpired), std::nullopt), Fitness::kWasOut);
}

}  // namespace
}  // namespace clinicpro::mpesa
