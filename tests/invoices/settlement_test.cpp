// The whole table of `decide`: every state of an invoice against every state of its visit.
#include "invoices/settlement.hpp"

#include <gtest/gtest.h>

namespace clinicpro::invoices {
namespace {

using Leftover = Split::Leftover;

Target target(InvoiceState state, int64_t paid, std::optional<AppointmentState> visit = {}) {
    Target t{.invoice = InvoiceId{1}, .state = state, .due = Money::from_cents(1000), .paid = Money::from_cents(paid)};
    if (visit) {
        t.appointment = AppointmentId{2};
        t.visit = *visit;
    }
    return t;
}

TEST(settlement, every_split_adds_up_and_never_passes_what_is_due) {
    const std::pair<InvoiceState, int64_t> states[] = {{InvoiceState::kOpen, 0},
                                                       {InvoiceState::kPartPaid, 400},
                                                       {InvoiceState::kPaid, 1000},
                                                       {InvoiceState::kOverpaid, 1000},
                                                       {InvoiceState::kVoid, 0}};
    const std::optional<AppointmentState> visits[] = {std::nullopt,
                                                      AppointmentState::kHeld,
                                                      AppointmentState::kConfirmed,
                                                      AppointmentState::kCompleted,
                                                      AppointmentState::kCancelled,
                                                      AppointmentState::kReleased};
    for (const auto& [state, paid] : states) {
        for (const auto& visit : visits) {
            for (const int64_t cents : {1, 599, 600, 601, 999, 1000, 1001, 5000}) {
                for (const bool by_person : {false, true}) {
                    const Target t = target(state, paid, visit);
                    const Money amount = Money::from_cents(cents);
                    const Split s = decide(t, amount, by_person);
                    EXPECT_EQ(s.to_invoice + s.rest, amount);
                    EXPECT_LE(t.paid + s.to_invoice, t.due);
                    EXPECT_EQ(s.why == Leftover::kNone, s.rest.is_zero());
                    const bool gone = visit == AppointmentState::kCancelled || visit == AppointmentState::kReleased;
                    const bool takes =
                        (state == InvoiceState::kOpen || state == InvoiceState::kPartPaid) && (!gone || by_person);
                    EXPECT_EQ(s.to_invoice.is_positive(), takes);
                    const bool full = takes && t.paid + s.to_invoice == t.due;
                    EXPECT_EQ(s.confirms, full && visit == AppointmentState::kHeld);
                    if (takes) {
                        EXPECT_EQ(s.state, !full               ? InvoiceState::kPartPaid
                                           : s.rest.is_zero() ? InvoiceState::kPaid
                                                              : InvoiceState::kOverpaid);
                    }
                }
            }
        }
    }
}

TEST(settlement, what_cannot_be_taken_says_why) {
    const Money amount = Money::from_cents(1000);
    EXPECT_EQ(decide(target(InvoiceState::kVoid, 0), amount).why, Leftover::kVoid);
    EXPECT_EQ(decide(target(InvoiceState::kVoid, 0), amount).state, InvoiceState::kVoid);
    EXPECT_EQ(decide(target(InvoiceState::kPaid, 1000), amount).why, Leftover::kAlreadyPaid);
    EXPECT_EQ(decide(target(InvoiceState::kPaid, 1000), amount).state, InvoiceState::kOverpaid);
    EXPECT_EQ(decide(target(InvoiceState::kPartPaid, 400), amount).why, Leftover::kTooMuch);
    EXPECT_EQ(decide(target(InvoiceState::kOpen, 0, AppointmentState::kCancelled), amount).why,
              Leftover::kVisitCancelled);
    EXPECT_EQ(decide(target(InvoiceState::kOpen, 0, AppointmentState::kReleased), amount).why,
              Leftover::kVisitReleased);
    // Paid in full before it was cancelled, then paid again: the second payment is the news.
    EXPECT_EQ(decide(target(InvoiceState::kPaid, 1000, AppointmentState::kCancelled), amount).why,
              Leftover::kAlreadyPaid);
}

}  // namespace
}  // namespace clinicpro::invoices
