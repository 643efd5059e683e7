// Facts about a provider that takes its word back.
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using payments::Evidence;
using payments::Witness;
using testing::World;

Evidence said_paid_by_query() { return {.kind = Evidence::Kind::kSucceeded, .witness = Witness::kQuery}; }
Evidence receipt(std::string number, int64_t shillings) {
    return {.kind = Evidence::Kind::kSucceeded,
            .witness = Witness::kCallback,
            .amount = Money::from_shillings(shillings),
            .receipt = std::move(number),
            .code = "0"};
}

TEST(correction, a_smaller_receipt_takes_the_difference_off_the_invoice_and_calls_a_person) {
    World world;
    const auto patient = world.patient();
    const auto visit = world.visit(patient, AppointmentKind::kVirtual);
    const Invoice invoice = world.invoice(patient, visit);
    const auto payment = world.prompt(invoice, 1500);
    world.witness(payment, said_paid_by_query());
    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kPaid);
    world.expect_conserved();

    world.witness(payment, receipt("TKN1", 1000));
    EXPECT_EQ(world.payment(payment).amount_received, Money::from_shillings(1000));
    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kPartPaid);
    EXPECT_EQ(world.now(invoice.id).amount_paid, Money::from_shillings(1000));
    // The patient was told that the visit stands; only a person may take that back.
    EXPECT_EQ(world.now(visit).state, AppointmentState::kConfirmed);
    EXPECT_TRUE(world.payment(payment).attention);
    world.expect_conserved();
}

TEST(correction, of_money_whose_lines_a_clock_set_back_made_older_than_their_payment_finds_it_all_the_same) {
    World world;
    const Invoice invoice = world.invoice(world.patient());
    const auto payment = world.prompt(invoice, 1500);
    world.witness(payment, said_paid_by_query());
    constexpr int64_t kTenMinutes = int64_t(600'000) << 22;  // of ids
    world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<int64_t> {
        return tx.execute("UPDATE ledger SET id = id - $2 WHERE clinic_id = $1", kTenMinutes);
    });
    world.witness(payment, receipt("TKN1", 1000));
    EXPECT_EQ(world.now(invoice.id).amount_paid, Money::from_shillings(1000));
    world.expect_conserved();
}

TEST(correction, a_larger_receipt_puts_the_difference_on_the_list) {
    World world;
    const Invoice invoice = world.invoice(world.patient());
    const auto payment = world.prompt(invoice, 1500);
    world.witness(payment, said_paid_by_query());
    world.witness(payment, receipt("TKN1", 1700));
    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kOverpaid);
    ASSERT_EQ(world.open_money().size(), 1u);
    EXPECT_EQ(world.open_money()[0].amount, Money::from_shillings(200));
    world.expect_conserved();
}

TEST(correction, the_same_money_seen_through_two_channels_ends_as_one_payment_without_a_person) {
    World world;
    const auto patient = world.patient();
    const auto visit = world.visit(patient, AppointmentKind::kVirtual);
    const Invoice invoice = world.invoice(patient, visit);
    const auto prompt = world.prompt(invoice, 1500);
    world.witness(prompt, said_paid_by_query());  // booked without a receipt
    const auto c2b = world.pay(invoice.account, 1500);  // receipt R1: looks like a second payment
    EXPECT_EQ(world.open_money().size(), 1u);
    world.witness(prompt, receipt("R1", 1500));  // the callback names the receipt that C2B brought

    EXPECT_EQ(world.payment(prompt).duplicate_of, c2b);
    EXPECT_EQ(world.payment(prompt).amount_received, Money());
    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kPaid);
    EXPECT_EQ(world.now(invoice.id).amount_paid, Money::from_shillings(1500));
    EXPECT_TRUE(world.open_money().empty());
    EXPECT_EQ(world.now(visit).state, AppointmentState::kConfirmed);
    EXPECT_EQ(world.meetings(), 1);
    world.expect_conserved();
}

TEST(correction, money_still_on_the_list_is_withdrawn_first) {
    World world;
    const Invoice invoice = world.invoice(world.patient(), {}, {}, 1000);
    const auto payment = world.prompt(invoice, 1500);
    world.witness(payment, said_paid_by_query());
    EXPECT_EQ(world.open_money().at(0).amount, Money::from_shillings(500));
    world.witness(payment, receipt("TKN1", 1000));
    EXPECT_TRUE(world.open_money().empty());
    EXPECT_EQ(world.now(invoice.id).amount_paid, Money::from_shillings(1000));
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM unallocated WHERE clinic_id = $1 AND state = 'withdrawn'"), 1);
    world.expect_conserved();
}

TEST(correction, money_that_a_person_moved_is_found_where_it_went) {
    World world;
    const auto patient = world.patient();
    const Invoice first = world.invoice(patient, {}, {}, 1000);
    const Invoice second = world.invoice(patient, {}, {}, 500);
    const auto payment = world.prompt(first, 1500);
    world.witness(payment, said_paid_by_query());
    const auto surplus = world.open_money().at(0).id;
    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return unallocated::assign(context, tx, surplus, second.id, "test"); });
    world.witness(payment, receipt("TKN1", 900));
    EXPECT_EQ(world.now(first.id).amount_paid + world.now(second.id).amount_paid, Money::from_shillings(900));
    EXPECT_TRUE(world.payment(payment).attention);
    world.expect_conserved();
}

}  // namespace
}  // namespace clinicpro::invoices
