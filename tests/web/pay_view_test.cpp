// Where a payment stands for the one who pays: no second prompt while one is open or its fate is unknown.
#include "web/pay_view.hpp"

#include <gtest/gtest.h>

#include "mpesa/stk_push.hpp"

namespace clinicpro::web {
namespace {

using invoices::InvoiceState;
using payments::State;
using payments::Transaction;

const Instant kNow = *parse_iso("2026-11-23T06:00:00Z");

Transaction attempt(State state, std::string code = {}, Duration ago = 10min, std::string witness = "callback") {
    Transaction t{.method = std::string(mpesa::kStkMethod),
                  .state = state,
                  .result_code = std::move(code),
                  .witness = std::move(witness)};
    t.created_at = kNow - ago - 20s;
    if (!is_open(state)) t.settled_at = kNow - ago;
    return t;
}
PayState of(std::vector<Transaction> attempts, InvoiceState invoice = InvoiceState::kOpen) {
    return step_of({.invoice = invoice, .attempts = std::move(attempts), .now = kNow});
}

TEST(pay_view, an_open_prompt_is_shown_for_what_it_is_and_holds_back_another) {
    EXPECT_EQ(of({}).step, PayStep::kOwed);
    EXPECT_EQ(of({attempt(State::kCreated)}).step, PayStep::kSending);
    EXPECT_EQ(of({attempt(State::kSending)}).step, PayStep::kSending);
    EXPECT_EQ(of({attempt(State::kPending)}).step, PayStep::kWaiting);
    EXPECT_EQ(of({attempt(State::kUnknown)}).step, PayStep::kChecking);
    // Also when a newer one ended: it may still take money.
    const PayState older = of({attempt(State::kPending), attempt(State::kFailed, "1032")});
    EXPECT_EQ(older.step, PayStep::kWaiting);
    EXPECT_EQ(older.prompt, 0u);
}

TEST(pay_view, a_doubtful_end_is_checked_before_the_next_prompt) {
    EXPECT_EQ(of({attempt(State::kFailed, "1037", 10s)}).step, PayStep::kChecking);
    EXPECT_EQ(of({attempt(State::kFailed, "1037", 2min)}).step, PayStep::kFailed);
    EXPECT_EQ(of({attempt(State::kFailed, "1032", 10s, "query")}).step, PayStep::kChecking);
    EXPECT_EQ(of({attempt(State::kFailed, "1032", 10s)}).step, PayStep::kFailed);
}

TEST(pay_view, what_nobody_ever_said_waits_for_a_person) {
    Transaction lost = attempt(State::kExpired, {}, 2h, "timer");
    lost.attention = "Look for it in the statement.";
    EXPECT_EQ(of({lost}).step, PayStep::kUnclear);
    EXPECT_EQ(of({lost, attempt(State::kFailed, "1032")}).step, PayStep::kUnclear);
    lost.attention.reset();  // somebody looked
    EXPECT_EQ(of({lost}).step, PayStep::kOwed);
}

TEST(pay_view, m_pesas_own_waiting_times_are_kept) {
    const PayState repeated = of({attempt(State::kFailed, "17", 30s)});
    EXPECT_EQ(repeated.step, PayStep::kFailed);
    EXPECT_EQ(repeated.again_at, kNow + 90s);
    EXPECT_FALSE(of({attempt(State::kFailed, "17", 3min)}).again_at);
    EXPECT_TRUE(of({attempt(State::kFailed, "1001", 30s)}).again_at);
    EXPECT_FALSE(of({attempt(State::kFailed, "2001", 1s)}).again_at);  // a wrong PIN is tried again at once
    EXPECT_FALSE(of({attempt(State::kFailed, "", 1s)}).again_at);      // it was never sent
}

TEST(pay_view, what_the_invoice_says_comes_first) {
    EXPECT_EQ(of({attempt(State::kPaid)}, InvoiceState::kPaid).step, PayStep::kPaid);
    EXPECT_EQ(of({attempt(State::kFailed, "1032")}, InvoiceState::kOverpaid).step, PayStep::kPaid);
    EXPECT_EQ(of({attempt(State::kFailed, "1032")}, InvoiceState::kVoid).step, PayStep::kVoid);
    EXPECT_EQ(of({attempt(State::kPaid)}, InvoiceState::kPartPaid).step, PayStep::kOwed);
    EXPECT_EQ(step_of({.visit_is_off = true, .now = kNow}).step, PayStep::kOff);
    EXPECT_EQ(step_of({.prompts = false, .now = kNow}).step, PayStep::kByHand);
    // Money that may still come is shown before "do not pay".
    EXPECT_EQ(step_of({.visit_is_off = true, .attempts = {attempt(State::kPending)}, .now = kNow}).step,
              PayStep::kWaiting);
}

TEST(pay_view, m_pesas_waiting_time_ends_at_its_end_and_begins_with_an_answer) {
    EXPECT_FALSE(of({attempt(State::kFailed, "17", 2min)}).again_at);
    Transaction unsettled = attempt(State::kFailed, "17");
    unsettled.settled_at.reset();
    EXPECT_FALSE(of({unsettled}).again_at);
}

TEST(pay_view, a_page_is_looked_at_again_while_something_may_still_happen) {
    PayView view;
    for (const PayStep step : kAllPaySteps) {
        view.step = step;
        const bool ended = step == PayStep::kVoid || step == PayStep::kOff || step == PayStep::kPaid;
        EXPECT_EQ(view.is_live(), !ended) << to_string(step);
    }
    // Paid, and the link of a visit online is still being made.
    view.step = PayStep::kPaid;
    view.visit.emplace();
    view.visit->kind = invoices::AppointmentKind::kVirtual;
    view.visit->state = invoices::AppointmentState::kConfirmed;
    EXPECT_TRUE(view.is_live());
    view.has_link = true;
    EXPECT_FALSE(view.is_live());
    view.has_link = false;
    view.visit->kind = invoices::AppointmentKind::kOnsite;
    EXPECT_FALSE(view.is_live());
    view.visit->kind = invoices::AppointmentKind::kVirtual;
    for (const auto state : {invoices::AppointmentState::kHeld, invoices::AppointmentState::kCancelled,
                             invoices::AppointmentState::kReleased, invoices::AppointmentState::kCompleted}) {
        view.visit->state = state;
        EXPECT_FALSE(view.is_live());
    }
}

TEST(pay_view, money_by_paybill_is_no_prompt) {
    Transaction c2b = attempt(State::kPaid);
    c2b.method = "mpesa.c2b";
    EXPECT_EQ(of({attempt(State::kFailed, "1032"), c2b}, InvoiceState::kPartPaid).step, PayStep::kFailed);
    EXPECT_EQ(of({c2b}, InvoiceState::kPartPaid).step, PayStep::kOwed);
}

}  // namespace
}  // namespace clinicpro::web
