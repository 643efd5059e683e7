// The whole table of `decide`: every state of an invoice against every state of its visit; and what is written of it.
#include "invoices/settlement.hpp"

#include <gtest/gtest.h>

#include "tests/invoices/world.hpp"

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
                        EXPECT_EQ(s.state, !full              ? InvoiceState::kPartPaid
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

using testing::World;

TEST(settlement, nobody_is_reminded_of_what_they_were_told_half_an_hour_ago) {
    const Instant start = *parse_iso("2026-11-25T06:00:00Z");
    EXPECT_EQ(reminders::next(start, start - 24h - 30min - 1us), start - 24h);
    EXPECT_EQ(reminders::next(start, start - 24h - 30min), start - 1h);
    EXPECT_EQ(reminders::next(start, start - 90min - 1us), start - 1h);
    EXPECT_EQ(reminders::next(start, start - 90min), std::nullopt);
}

// The audit trail's last word on an invoice: action and detail.
std::string last_word(World& world, InvoiceId invoice) {
    std::string word;
    world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<> {
        TRY(tx.each(
            "SELECT action, detail FROM audit WHERE clinic_id = $1 AND subject = $2 ORDER BY seq",
            [&](const store::Row& row) { word = row.string(0) + " " + row.string(1); }, invoice.to_text()));
        return {};
    });
    return word;
}

void set_visit(World& world, AppointmentId visit, AppointmentState state) {
    world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<> {
        TRY(tx.execute("UPDATE appointments SET state = $3 WHERE clinic_id = $1 AND id = $2", visit, to_string(state)));
        return {};
    });
}

TEST(settlement, the_trail_says_how_much_an_invoice_took_and_what_was_left) {
    World world;
    const auto patient = world.patient();
    const Invoice invoice = world.invoice(patient);
    world.pay(invoice.account, 500);
    EXPECT_TRUE(last_word(world, invoice.id).starts_with("invoice.part_paid ")) << last_word(world, invoice.id);
    world.pay(invoice.account, 1'200);
    const std::string overpaid = last_word(world, invoice.id);
    EXPECT_TRUE(overpaid.starts_with("invoice.overpaid ")) << overpaid;
    EXPECT_NE(overpaid.find(R"("amount":100000,"paid":150000,"unallocated":20000)"), std::string::npos) << overpaid;
    world.pay(invoice.account, 300);
    const std::string again = last_word(world, invoice.id);
    EXPECT_TRUE(again.starts_with("invoice.overpaid ")) << again;
    EXPECT_NE(again.find(R"("amount":0,"paid":150000,"unallocated":30000)"), std::string::npos) << again;

    const Invoice exact = world.invoice(patient);
    world.pay(exact.account, 1'500);
    EXPECT_TRUE(last_word(world, exact.id).starts_with("invoice.paid ")) << last_word(world, exact.id);
    EXPECT_EQ(last_word(world, exact.id).find("unallocated"), std::string::npos);

    for (const auto gone : {AppointmentState::kCancelled, AppointmentState::kReleased}) {
        const auto visit = world.visit(patient, AppointmentKind::kOnsite);
        const Invoice late = world.invoice(patient, visit);
        set_visit(world, visit, gone);
        world.pay(late.account, 1'500);
        EXPECT_TRUE(last_word(world, late.id).starts_with("invoice.late_money ")) << last_word(world, late.id);
    }
}

TEST(settlement, a_message_speaks_of_the_visit_only_once_it_is_confirmed) {
    World world;
    const auto visit = world.visit(world.patient(), AppointmentKind::kVirtual);
    const Invoice invoice = world.invoice(world.now(visit).patient, visit);
    const auto about = [&] {  // the visit that the newest message is about
        AppointmentId newest;
        NoticeId last;
        for (const Notice& notice : world.notices_of()) {
            if (notice.id > last) last = notice.id, newest = notice.appointment;
        }
        return newest;
    };
    world.pay(invoice.account, 500);
    EXPECT_FALSE(about()) << "it is still held";
    world.pay(invoice.account, 1'000);
    EXPECT_EQ(about(), visit);
    world.pay(invoice.account, 700);
    EXPECT_EQ(about(), visit) << "confirmed before, and still";
}

TEST(settlement, a_visit_that_changed_at_the_same_moment_is_not_confirmed_and_nothing_is_written) {
    World world;
    const auto visit = world.visit(world.patient(), AppointmentKind::kOnsite);
    const Invoice invoice = world.invoice(world.now(visit).patient, visit);
    const Target seen = *world.in(World::kMlimani, [&](auto&, auto& tx) { return find_target(tx, invoice.id); });
    set_visit(world, visit, AppointmentState::kReleased);
    const auto settled = world.attempt(World::kMlimani, [&](auto& context, auto& tx) {
        return settle(
            context, tx, seen, decide(seen, invoice.amount_due),
            {.transaction = TransactionId{1}, .effect = "test", .amount = invoice.amount_due, .actor = "test"});
    });
    ASSERT_FALSE(settled);
    EXPECT_EQ(settled.error().code, Code::kConflict);
    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kOpen);
}

TEST(settlement, money_taken_back_opens_an_invoice_again_and_voids_it_only_after_a_refund_of_a_visit_that_is_off) {
    const std::optional<AppointmentState> visits[] = {std::nullopt, AppointmentState::kHeld,
                                                      AppointmentState::kConfirmed, AppointmentState::kCancelled,
                                                      AppointmentState::kReleased};
    World world;
    const auto patient = world.patient();
    for (const auto& state : visits) {
        for (const std::string_view action : {kCorrected, kRefunded}) {
            for (const int64_t shillings : {400, 1'500}) {
                const AppointmentId visit = state ? world.visit(patient, AppointmentKind::kOnsite) : AppointmentId{};
                const Invoice invoice = world.invoice(patient, visit);
                world.pay(invoice.account, 1'500);
                if (state) set_visit(world, visit, *state);
                world.in(World::kMlimani, [&](auto& context, auto& tx) -> Result<> {
                    TRY(const auto seen, find_target(tx, invoice.id));
                    return take_back(
                        context, tx, *seen, Money::from_shillings(shillings),
                        {.transaction = TransactionId{7}, .action = action, .why = "asked", .actor = "test"});
                });
                const bool all = shillings == 1'500;
                const bool off = state == AppointmentState::kCancelled || state == AppointmentState::kReleased;
                const InvoiceState wanted = !all                         ? InvoiceState::kPartPaid
                                            : off && action == kRefunded ? InvoiceState::kVoid
                                                                         : InvoiceState::kOpen;
                const Invoice after = world.now(invoice.id);
                EXPECT_EQ(after.state, wanted) << action << " " << shillings << " " << (state ? to_string(*state) : "");
                EXPECT_EQ(after.amount_paid, Money::from_shillings(1'500 - shillings));
                const std::string word = last_word(world, invoice.id);
                EXPECT_TRUE(word.starts_with(std::string(action) + " ")) << word;
                EXPECT_NE(word.find("\"taken_back\":" + std::to_string(shillings * 100)), std::string::npos) << word;
                EXPECT_NE(word.find("\"why\":\"asked\""), std::string::npos) << word;
            }
        }
    }
}

}  // namespace
}  // namespace clinicpro::invoices
