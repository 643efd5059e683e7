// What a desk looks for: payments and invoices by everything somebody may have in hand, and the day at a glance. Both
// engines.
#include "invoices/day.hpp"
#include "invoices/invoice_search.hpp"
#include "invoices/payment_search.hpp"
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using payment_search::Show;
using testing::must;
using testing::World;

class DeskSearch : public ::testing::TestWithParam<const char*> {
protected:
    World world{{}, GetParam()};

    PatientId patient(const std::string& name, const std::string& phone, ClinicId clinic = World::kMlimani) {
        return world
            .in(clinic,
                [&](auto& context, auto& tx) {
                    return patients::create(context, tx, *world.vault, {name, *Msisdn::parse(phone), "en", "test"});
                })
            .id;
    }
    std::vector<TransactionId> payments(const payment_search::Query& query, ClinicId clinic = World::kMlimani) {
        std::vector<TransactionId> ids;
        for (const auto& one : world.in(clinic, [&](auto&, auto& tx) {
                 return payment_search::find(tx, *world.vault, query, world.clock.now());
             })) {
            ids.push_back(one.payment.id);
        }
        return ids;
    }
    std::vector<InvoiceId> invoices(const invoice_search::Query& query, ClinicId clinic = World::kMlimani) {
        std::vector<InvoiceId> ids;
        for (const auto& one :
             world.in(clinic, [&](auto&, auto& tx) { return invoice_search::find(tx, *world.vault, query); }))
            ids.push_back(one.invoice.id);
        return ids;
    }
};

TEST_P(DeskSearch, a_payment_is_found_by_everything_somebody_may_have_in_hand) {
    const Invoice mine = world.invoice(patient("Achieng Odhiambo", "0712345678"), {}, "INV-123456");
    const Invoice other = world.invoice(patient("Wanjirũ Kamau", "0798765432"));
    const TransactionId first = world.prompt(mine, 1500), second = world.prompt(other, 700);
    world.witness(first, {.kind = payments::Evidence::Kind::kSucceeded,
                          .witness = payments::Witness::kCallback,
                          .amount = Money::from_shillings(1500),
                          .receipt = "UKN1ABCDEF",
                          .code = "0"});
    const std::vector<TransactionId> found{first};
    for (const std::string& text :
         {std::string("UKN1ABCDEF"), std::string(" ukn1abcdef "), std::string("INV-123456"), std::string("inv 123456"),
          mine.account, std::string("achieng"), std::string("Odhi"), std::string("odhiambo ACH")}) {
        EXPECT_EQ(payments({.text = text}), found) << text;
    }
    EXPECT_EQ(payments({.text = "wanjirũ"}), std::vector<TransactionId>{second});
    // Both prompts went to one phone.
    for (const char* phone : {"678", "0712 345 678", "+254712345678"}) {
        EXPECT_EQ(payments({.text = phone}), (std::vector<TransactionId>{second, first})) << phone;
    }
    for (const char* text : {"nobody", "odhiambo kamau", "999", "0700000000", "UKN9", "%", "_", "' OR 1=1"}) {
        EXPECT_TRUE(payments({.text = text}).empty()) << text;
    }
    EXPECT_TRUE(payments({.text = "UKN1ABCDEF"}, World::kPwani).empty());
    EXPECT_TRUE(payments({}, World::kPwani).empty());
}

TEST_P(DeskSearch, money_for_nobody_is_found_by_what_was_typed) {
    world.pay("WRONG 77", 1500);
    EXPECT_EQ(payments({.text = "WRONG 77"}).size(), 1u);
}

TEST_P(DeskSearch, filters_and_pages_hold_for_lists_and_for_searches) {
    const Invoice bill = world.invoice(patient("Achieng", "0712345678"), {}, {}, 100'000);
    std::vector<TransactionId> all;
    for (int i = 0; i < 9; ++i) {
        all.insert(all.begin(), world.prompt(bill, 100 + i));
        world.clock.at = world.clock.at + 1h;
    }
    world.witness(all[8],
                  {.kind = payments::Evidence::Kind::kFailed, .witness = payments::Witness::kCallback, .code = "1032"});
    world.witness(all[7], {.kind = payments::Evidence::Kind::kGaveUp, .witness = payments::Witness::kTimer});
    world.witness(all[6], {.kind = payments::Evidence::Kind::kSucceeded,
                           .witness = payments::Witness::kCallback,
                           .amount = Money::from_shillings(102),
                           .receipt = "UKN1ABCDEF",
                           .code = "0"});
    for (const std::string& text : {std::string(), std::string("achieng")}) {
        EXPECT_EQ(payments({.text = text}), all);
        EXPECT_EQ(payments({.text = text, .show = Show::kFailed}), (std::vector<TransactionId>{all[7], all[8]}))
            << text;
        EXPECT_EQ(payments({.text = text, .show = Show::kPaid}), std::vector<TransactionId>{all[6]}) << text;
        EXPECT_EQ(payments({.text = text, .show = Show::kWaiting}),
                  (std::vector<TransactionId>(all.begin(), all.begin() + 6)))
            << text;
        std::vector<TransactionId> paged;
        for (int64_t before = 0;;) {
            const auto page = payments({.text = text, .before = before, .limit = 4});
            paged.insert(paged.end(), page.begin(), page.end());
            if (page.size() < 4) break;
            before = page.back().value;
        }
        EXPECT_EQ(paged, all) << text;
        const Instant third = world.clock.at - 7h;
        EXPECT_EQ(payments({.text = text, .from = third, .until = third + 2h}),
                  (std::vector<TransactionId>{all[5], all[6]}))
            << text;
    }
}

TEST_P(DeskSearch, an_invoice_is_found_and_filtered) {
    const PatientId who = patient("Achieng Odhiambo", "0712345678");
    const Invoice first = world.invoice(who, {}, "INV-1"), second = world.invoice(who, {}, {}, 700);
    world.pay(second.account, 300);
    for (const char* text : {"INV-1", "inv 1"})
        EXPECT_EQ(invoices({.text = text}), std::vector<InvoiceId>{first.id}) << text;
    for (const char* text : {"odhi", "0712345678"})
        EXPECT_EQ(invoices({.text = text}), (std::vector<InvoiceId>{second.id, first.id})) << text;
    EXPECT_EQ(invoices({.show = invoice_search::Show::kDue}), (std::vector<InvoiceId>{second.id, first.id}));
    world.pay(second.account, 400);
    EXPECT_EQ(invoices({.show = invoice_search::Show::kDue}), std::vector<InvoiceId>{first.id});
    world.pay(second.account, 50);
    EXPECT_EQ(invoices({.show = invoice_search::Show::kOverpaid}), std::vector<InvoiceId>{second.id});
    world.in(World::kMlimani, [&](auto& context, auto& tx) { return void_invoice(context, tx, first.id, "test"); });
    EXPECT_EQ(invoices({.show = invoice_search::Show::kVoid}), std::vector<InvoiceId>{first.id});
    EXPECT_TRUE(invoices({}, World::kPwani).empty());
    const FoundInvoice described =
        world.in(World::kMlimani, [&](auto&, auto& tx) { return invoice_search::describe(tx, second.id); });
    EXPECT_EQ(described.patient, "Achieng Odhiambo");
    EXPECT_EQ(described.what, "Consultation");
}

TEST_P(DeskSearch, the_days_money_is_the_ledgers_by_hour) {
    const PatientId who = patient("Achieng", "0712345678");
    const auto pay = [&](int64_t shillings) { world.pay(world.invoice(who, {}, {}, shillings).account, shillings); };
    pay(1000);  // 09:00 in Nairobi, yesterday
    world.clock.at = world.clock.at + 10h;
    pay(500);  // 19:00, yesterday
    world.clock.at = world.clock.at + 14h;
    pay(300);  // 09:00, today
    world.clock.at = world.clock.at + 90min;
    pay(200);  // 10:30, today
    world.pay("WRONG", 70);
    const DayMoney money =
        world.in(World::kMlimani, [&](auto&, auto& tx) { return day::money(tx, world.clock.now()); });
    EXPECT_EQ(money.today.total, Money::from_shillings(570));
    EXPECT_EQ(money.today.payments, 3);
    EXPECT_EQ(money.today.by_hour[9], Money::from_shillings(300));
    EXPECT_EQ(money.today.by_hour[10], Money::from_shillings(270));
    EXPECT_EQ(money.yesterday.total, Money::from_shillings(1500));
    EXPECT_EQ(money.yesterday_so_far, Money::from_shillings(1000));
    const Waiting waiting = world.in(World::kMlimani, [&](auto&, auto& tx) { return day::waiting(tx); });
    EXPECT_EQ(waiting.unallocated, 1);
    EXPECT_EQ(waiting.unallocated_amount, Money::from_shillings(70));
    EXPECT_EQ(
        world.in(World::kPwani, [&](auto&, auto& tx) { return day::money(tx, world.clock.now()); }).today.payments, 0);
}

TEST_P(DeskSearch, the_agenda_knows_who_owes_and_who_has_no_link) {
    const PatientId who = patient("Achieng", "0712345678");
    const AppointmentId unpaid = world.visit(who, AppointmentKind::kVirtual, World::kMlimani, 2h);
    const AppointmentId onsite = world.visit(who, AppointmentKind::kOnsite, World::kMlimani, 3h);
    const Invoice bill = world.invoice(who, unpaid);
    const auto agenda = [&] {
        return world.in(World::kMlimani,
                        [&](auto&, auto& tx) { return day::agenda(tx, appointments::day_of(world.clock.now())); });
    };
    auto entries = agenda();
    ASSERT_EQ(entries.size(), 2u);
    EXPECT_EQ(entries[0].visit.id, unpaid);
    EXPECT_EQ(entries[0].still_due, Money::from_shillings(1500));
    EXPECT_FALSE(entries[0].lacks_link());
    EXPECT_EQ(entries[1].visit.id, onsite);
    EXPECT_FALSE(entries[1].invoice);
    world.pay(bill.account, 1500);
    entries = agenda();
    EXPECT_EQ(entries[0].visit.state, AppointmentState::kConfirmed);
    EXPECT_EQ(entries[0].meeting, "ready");
    EXPECT_FALSE(entries[0].lacks_link());
    EXPECT_TRUE(entries[0].still_due.is_zero());
}

INSTANTIATE_TEST_SUITE_P(engines, DeskSearch, ::testing::Values("sqlite", "postgres"));

}  // namespace
}  // namespace clinicpro::invoices
