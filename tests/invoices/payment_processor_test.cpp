// Facts about where money goes.
#include "invoices/account_number.hpp"
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using testing::World;

TEST(payment_processor, the_exact_amount_pays_the_invoice_confirms_the_visit_and_sends_the_link) {
    World world;
    const auto patient = world.patient();
    const auto visit = world.visit(patient, AppointmentKind::kVirtual);
    const Invoice invoice = world.invoice(patient, visit, "INV-123456");
    world.pay("inv 123456", 1500);

    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kPaid);
    EXPECT_EQ(world.now(invoice.id).amount_paid, Money::from_shillings(1500));
    EXPECT_EQ(world.now(visit).state, AppointmentState::kConfirmed);
    EXPECT_EQ(world.meetings(), 1);
    EXPECT_TRUE(world.open_money().empty());
    ASSERT_EQ(world.channel.sent.size(), 1u);
    const messaging::Message& message = world.channel.sent[0];
    EXPECT_EQ(message.to, *Msisdn::parse("0712345678"));
    EXPECT_EQ(message.template_name, "paid_virtual");
    const std::string link = world.signer.short_form(appointments::join_link(World::kMlimani, visit, 0));
    EXPECT_EQ(
        message.body,
        "Mlimani: Paid KES 1,500, receipt R1. Online visit Tue 24 Nov, 09:00 EAT. Join: https://pay.example/j/" + link);
    world.expect_conserved();
}

TEST(payment_processor, an_onsite_visit_is_confirmed_and_never_gets_a_meeting) {
    World world;
    const auto patient = world.patient(World::kMlimani, "sw");
    const auto visit = world.visit(patient, AppointmentKind::kOnsite);
    const Invoice invoice = world.invoice(patient, visit);
    world.pay(account_number::shown(invoice.account), 1500);

    EXPECT_EQ(world.now(visit).state, AppointmentState::kConfirmed);
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM meetings WHERE clinic_id = $1"), 0);
    ASSERT_EQ(world.channel.sent.size(), 1u);
    EXPECT_EQ(world.channel.sent[0].body, "Mlimani: Umelipa KES 1,500, risiti R1. Karibu kliniki 24/11, 09:00 EAT.");
}

TEST(payment_processor, two_part_payments_pay_it_and_only_the_second_confirms) {
    World world;
    const auto patient = world.patient();
    const auto visit = world.visit(patient, AppointmentKind::kVirtual);
    const Invoice invoice = world.invoice(patient, visit);

    world.pay(invoice.account, 500);
    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kPartPaid);
    EXPECT_EQ(world.now(visit).state, AppointmentState::kHeld);
    EXPECT_EQ(world.meetings(), 0);
    EXPECT_EQ(world.channel.sent.back().body,
              "Mlimani: Received KES 500, receipt R1. Still due KES 1,000: M-Pesa paybill 600123, account " +
                  invoice.account + ".");

    world.pay(invoice.account, 1000);
    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kPaid);
    EXPECT_EQ(world.now(visit).state, AppointmentState::kConfirmed);
    EXPECT_EQ(world.meetings(), 1);
    EXPECT_EQ(world.channel.sent.size(), 2u);
    world.expect_conserved();
}

TEST(payment_processor, too_much_money_pays_the_invoice_and_the_rest_waits_for_a_person) {
    World world;
    const auto patient = world.patient();
    const auto visit = world.visit(patient, AppointmentKind::kVirtual);
    const Invoice invoice = world.invoice(patient, visit);
    world.pay(invoice.account, 2000);

    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kOverpaid);
    EXPECT_EQ(world.now(invoice.id).amount_paid, Money::from_shillings(1500));
    EXPECT_EQ(world.now(visit).state, AppointmentState::kConfirmed);
    EXPECT_EQ(world.meetings(), 1);
    const auto open = world.open_money();
    ASSERT_EQ(open.size(), 1u);
    EXPECT_EQ(open[0].amount, Money::from_shillings(500));
    EXPECT_EQ(open[0].reason, "More was paid than the invoice was due.");
    EXPECT_EQ(open[0].invoice, invoice.id);
    ASSERT_EQ(world.channel.sent.size(), 1u);
    EXPECT_EQ(world.channel.sent[0].template_name, "overpaid");
    EXPECT_NE(world.channel.sent[0].body.find("KES 500 too much"), std::string::npos) << world.channel.sent[0].body;
    EXPECT_NE(world.channel.sent[0].body.find("/j/"), std::string::npos);
    world.expect_conserved();
}

TEST(payment_processor, paying_twice_keeps_the_second_payment_on_the_list) {
    World world;
    const auto patient = world.patient();
    const Invoice invoice = world.invoice(patient);
    world.pay(invoice.account, 1500);
    EXPECT_EQ(world.channel.sent.back().body, "Mlimani: Paid KES 1,500, receipt R1. Thank you.");
    world.pay(invoice.account, 1500);

    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kOverpaid);
    ASSERT_EQ(world.open_money().size(), 1u);
    EXPECT_EQ(world.open_money()[0].reason, "The invoice was already paid in full.");
    EXPECT_EQ(world.channel.sent.size(), 2u);
    world.expect_conserved();
}

TEST(payment_processor, an_unknown_account_is_listed_with_what_to_do_next) {
    World world;
    world.pay("RENT", 700);
    const auto open = world.open_money();
    ASSERT_EQ(open.size(), 1u);
    EXPECT_EQ(open[0].reason, "No invoice answers to the account \"RENT\".");
    EXPECT_EQ(open[0].suggestion, "Ask the payer what it was for, then assign it to that invoice, or refund it.");
    EXPECT_EQ(open[0].receipt, "R1");
    EXPECT_TRUE(world.channel.sent.empty());
    world.pay("", 300);
    EXPECT_EQ(world.open_money()[0].reason, "The payment came without an account number.");
    world.expect_conserved();
}

TEST(payment_processor, a_mistyped_account_names_the_invoice_that_was_probably_meant) {
    World world;
    const auto patient = world.patient();
    const Invoice invoice = world.invoice(patient, {}, "INV-77");
    world.invoice(patient, {}, {}, 900);
    std::string typed = invoice.account;
    std::swap(typed[3], typed[4]);
    if (typed == invoice.account) typed[3] = typed[3] == '9' ? '8' : char(typed[3] + 1);
    world.pay(typed, 1500);

    const auto open = world.open_money();
    ASSERT_EQ(open.size(), 1u);
    EXPECT_EQ(open[0].reason,
              "The account number " + account_number::shown(typed) + " was mistyped: its check digit is wrong.");
    EXPECT_EQ(open[0].suggestion, "Probably meant: account " + account_number::shown(invoice.account) +
                                      " (INV-77), KES 1,500.00 still due. Assign it there if the payer agrees.");
    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kOpen);
    world.expect_conserved();
}

TEST(payment_processor, an_amount_only_one_invoice_is_due_is_a_hint_not_a_match) {
    World world;
    const auto patient = world.patient();
    const Invoice invoice = world.invoice(patient, {}, {}, 1234);
    world.invoice(patient, {}, {}, 900);
    world.pay("JOHN", 1234);
    EXPECT_EQ(world.open_money()[0].suggestion, "One open invoice is due exactly this amount: account " +
                                                    account_number::shown(invoice.account) +
                                                    ". Ask the payer before assigning it there.");
}

TEST(payment_processor, money_for_a_void_invoice_changes_nothing_on_it) {
    World world;
    const auto patient = world.patient();
    const Invoice invoice = world.invoice(patient);
    world.in(World::kMlimani, [&](auto& context, auto& tx) { return void_invoice(context, tx, invoice.id, "test"); });
    world.pay(invoice.account, 1500);
    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kVoid);
    EXPECT_EQ(world.now(invoice.id).amount_paid, Money());
    ASSERT_EQ(world.open_money().size(), 1u);
    EXPECT_EQ(world.open_money()[0].reason, "The invoice is void.");
    ASSERT_EQ(world.channel.sent.size(), 1u);
    EXPECT_EQ(world.channel.sent[0].template_name, "late");
    world.expect_conserved();
}

TEST(payment_processor, late_money_for_a_released_or_cancelled_visit_has_an_owner_and_revives_nothing) {
    World world;
    const auto patient = world.patient();
    for (const bool cancelled : {false, true}) {
        const auto visit = world.visit(patient, AppointmentKind::kVirtual);
        const Invoice invoice = world.invoice(patient, visit);
        world.in(World::kMlimani, [&](auto& context, auto& tx) {
            return cancelled ? appointments::cancel(context, tx, visit, "test")
                             : appointments::release(context, tx, visit, "system");
        });
        world.pay(invoice.account, 1500);
        EXPECT_EQ(world.now(visit).state, cancelled ? AppointmentState::kCancelled : AppointmentState::kReleased);
        EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kOpen);
        EXPECT_EQ(world.open_money()[0].invoice, invoice.id);
        EXPECT_NE(world.open_money()[0].suggestion, "");
        EXPECT_EQ(world.channel.sent.back().template_name, "late");
    }
    EXPECT_EQ(world.meetings(), 0);
    world.expect_conserved();
}

TEST(payment_processor, running_twice_changes_nothing) {
    World world;
    const auto patient = world.patient();
    const auto visit = world.visit(patient, AppointmentKind::kVirtual);
    const Invoice invoice = world.invoice(patient, visit);
    const auto payment = world.pay(invoice.account, 2000);
    const int64_t entries = world.number("SELECT COUNT(*) FROM audit WHERE clinic_id = $1");
    for (int i = 0; i < 3; ++i) {
        world.in(World::kMlimani, [&](auto& context, auto& tx) {
            return context.enqueue(tx, {tx.clinic(), std::string(payments::kSettledJob), payment.value, context.now()});
        });
        world.in(World::kMlimani, [&](auto& context, auto& tx) {
            return context.enqueue(tx, {tx.clinic(), std::string(kKeepMeetingJob), visit.value, context.now()});
        });
        world.run();
    }
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM audit WHERE clinic_id = $1"), entries);
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM meetings WHERE clinic_id = $1"), 1);
    EXPECT_EQ(world.channel.sent.size(), 1u);
    EXPECT_EQ(world.open_money().size(), 1u);
    world.expect_conserved();
}

TEST(payment_processor, one_clinic_s_account_means_nothing_at_another) {
    World world;
    const auto patient = world.patient();
    const Invoice invoice = world.invoice(patient);
    world.pay(invoice.account, 1500, World::kPwani);
    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kOpen);
    EXPECT_EQ(world.open_money(World::kPwani).size(), 1u);
    EXPECT_EQ(world.open_money(World::kPwani)[0].suggestion,
              "Ask the payer what it was for, then assign it to that invoice, or refund it.");
    EXPECT_TRUE(world.open_money(World::kMlimani).empty());
    // Even a transaction that names another clinic's invoice finds nothing there.
    world.pay("", 1500, World::kPwani, invoice.id);
    EXPECT_EQ(world.now(invoice.id).state, InvoiceState::kOpen);
    EXPECT_EQ(world.open_money(World::kPwani).size(), 2u);
    EXPECT_TRUE(world.channel.sent.empty());
    world.expect_conserved(World::kPwani);
}

TEST(payment_processor, the_audit_trail_of_a_payment_holds_together) {
    World world;
    const auto patient = world.patient();
    const auto visit = world.visit(patient, AppointmentKind::kVirtual);
    const Invoice invoice = world.invoice(patient, visit);
    world.pay(invoice.account, 1500);
    world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<> {
        TRY(const auto broken, clinics::audit::verify_chain(tx));
        EXPECT_FALSE(broken);
        TRY(const auto entries, clinics::audit::list(tx));
        EXPECT_EQ(entries.at(0).action, "invoice.paid");
        EXPECT_EQ(entries.at(0).actor, "mpesa.c2b");
        EXPECT_EQ(entries.at(0).subject, invoice.id.to_text());
        EXPECT_NE(entries.at(0).detail.find(visit.to_text()), std::string::npos);
        return {};
    });
}

}  // namespace
}  // namespace clinicpro::invoices
