// Facts about money that waits for a person.
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using testing::World;

Result<unallocated::Assigned> assign(World& world, UnallocatedId id, InvoiceId invoice,
                                     ClinicId clinic = World::kMlimani) {
    auto done = world.attempt(
        clinic, [&](auto& context, auto& tx) { return unallocated::assign(context, tx, id, invoice, "key_person"); });
    world.run();
    return done;
}

TEST(unallocated, assigned_money_pays_like_any_other_and_only_once) {
    World world;
    const auto patient = world.patient();
    const auto visit = world.visit(patient, AppointmentKind::kVirtual);
    const Invoice invoice = world.invoice(patient, visit);
    world.pay("WRONG", 1500);
    const auto money = world.open_money().at(0);

    const auto done = assign(world, money.id, invoice.id);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->to_invoice, Money::from_shillings(1500));
    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kPaid);
    EXPECT_EQ(world.now(visit).state, AppointmentState::kConfirmed);
    EXPECT_EQ(world.meetings(), 1);
    EXPECT_EQ(world.channel.sent.size(), 1u);
    EXPECT_TRUE(world.open_money().empty());
    world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<> {
        TRY(const auto row, unallocated::find(tx, money.id));
        EXPECT_EQ(row.state, "allocated");
        EXPECT_EQ(row.invoice, invoice.id);
        EXPECT_EQ(row.resolved_by, "key_person");
        EXPECT_TRUE(row.resolved_at);
        EXPECT_EQ(unallocated::list(tx, {.state = "allocated"})->size(), 1u);
        return {};
    });
    const Invoice other = world.invoice(patient);
    EXPECT_EQ(assign(world, money.id, other.id).error().code, Code::kConflict);
    EXPECT_EQ(world.now(other.id).state, InvoiceState::kOpen);
    EXPECT_EQ(world.channel.sent.size(), 1u);
    world.expect_conserved();
}

TEST(unallocated, more_than_an_invoice_is_due_stays_on_the_list) {
    World world;
    const auto patient = world.patient();
    const Invoice small = world.invoice(patient, {}, {}, 400);
    world.pay("WRONG", 1000);
    const auto done = assign(world, world.open_money().at(0).id, small.id);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->rest, Money::from_shillings(600));
    EXPECT_EQ(world.now(small.id).state, InvoiceState::kPaid);
    ASSERT_EQ(world.open_money().size(), 1u);
    EXPECT_EQ(world.open_money()[0].amount, Money::from_shillings(600));
    EXPECT_EQ(world.open_money()[0].reason, "No invoice answers to the account \"WRONG\".");
    world.expect_conserved();
}

TEST(unallocated, an_invoice_is_no_longer_overpaid_when_its_surplus_found_a_home) {
    World world;
    const auto patient = world.patient();
    const Invoice first = world.invoice(patient, {}, {}, 500);
    const Invoice second = world.invoice(patient, {}, {}, 500);
    world.pay(first.account, 800);
    EXPECT_EQ(world.now(first.id).state, InvoiceState::kOverpaid);
    ASSERT_TRUE(assign(world, world.open_money().at(0).id, second.id));
    EXPECT_EQ(world.now(first.id).state, InvoiceState::kPaid);
    EXPECT_EQ(world.now(second.id).state, InvoiceState::kPartPaid);
    EXPECT_EQ(world.now(second.id).amount_paid, Money::from_shillings(300));
    world.expect_conserved();
}

TEST(unallocated, a_person_may_choose_an_invoice_whose_visit_was_released) {
    World world;
    const auto patient = world.patient();
    const auto visit = world.visit(patient, AppointmentKind::kOnsite);
    const Invoice invoice = world.invoice(patient, visit);
    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return appointments::release(context, tx, visit, "system"); });
    world.pay(invoice.account, 1500);
    ASSERT_TRUE(assign(world, world.open_money().at(0).id, invoice.id));
    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kPaid);
    EXPECT_EQ(world.now(visit).state, AppointmentState::kReleased);
    world.expect_conserved();
}

TEST(unallocated, an_invoice_that_takes_nothing_is_refused_and_nothing_moves) {
    World world;
    const auto patient = world.patient();
    const Invoice paid = world.invoice(patient);
    world.pay(paid.account, 1500);
    const Invoice gone = world.invoice(patient);
    world.in(World::kMlimani, [&](auto& context, auto& tx) { return void_invoice(context, tx, gone.id, "test"); });
    world.pay("WRONG", 100);
    const auto id = world.open_money().at(0).id;
    EXPECT_EQ(assign(world, id, paid.id).error().code, Code::kConflict);
    EXPECT_EQ(assign(world, id, gone.id).error().code, Code::kConflict);
    EXPECT_EQ(assign(world, id, InvoiceId{77}).error().code, Code::kNotFound);
    EXPECT_EQ(assign(world, UnallocatedId{77}, paid.id).error().code, Code::kNotFound);
    EXPECT_EQ(world.open_money().size(), 1u);
    world.expect_conserved();
}

TEST(unallocated, another_clinic_can_neither_see_nor_assign_it) {
    World world;
    const auto there = world.patient(World::kPwani);
    const Invoice elsewhere = world.invoice(there, {}, {}, 100, World::kPwani);
    world.pay("WRONG", 100);
    const auto id = world.open_money().at(0).id;
    EXPECT_TRUE(world.open_money(World::kPwani).empty());
    EXPECT_EQ(assign(world, id, elsewhere.id, World::kPwani).error().code, Code::kNotFound);
    EXPECT_EQ(assign(world, id, elsewhere.id, World::kMlimani).error().code, Code::kNotFound);
    EXPECT_EQ(world.now(elsewhere.id, World::kPwani).state, InvoiceState::kOpen);
    world.expect_conserved();
    world.expect_conserved(World::kPwani);
}

}  // namespace
}  // namespace clinicpro::invoices
