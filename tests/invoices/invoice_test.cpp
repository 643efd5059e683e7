// Facts about invoices and the numbers they answer to.
#include "invoices/account_number.hpp"
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using testing::World;

Result<Invoice> make(World& world, const NewInvoice& wanted, ClinicId clinic = World::kMlimani) {
    return world.attempt(clinic, [&](auto& context, auto& tx) { return create(context, tx, world.entropy, wanted); });
}
NewInvoice usual(PatientId patient) {
    return {.patient = patient,
            .items = {{"Consultation", 1, Money::from_shillings(1000)}, {"Test strips", 3, Money::from_cents(15050)}},
            .actor = "test"};
}

TEST(invoice, it_adds_its_lines_up_in_cents_and_answers_to_both_numbers) {
    World world;
    NewInvoice wanted = usual(world.patient());
    wanted.reference = " INV-123456 ";
    const auto made = make(world, wanted);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->amount_due, Money::from_cents(145150));
    EXPECT_EQ(made->state, InvoiceState::kOpen);
    EXPECT_EQ(made->reference, "INV-123456");
    EXPECT_TRUE(account_number::is_valid(made->account));
    world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<> {
        for (const std::string& typed :
             {std::string("lnv 123456"), made->account, account_number::shown(made->account)}) {
            EXPECT_EQ(find_typed(tx, typed)->id, made->id) << typed;
        }
        EXPECT_TRUE(lock(tx, made->id));  // and changes nothing
        EXPECT_EQ(find(tx, made->id)->updated_at, made->updated_at);
        EXPECT_EQ(lock(tx, InvoiceId{1}).error().code, Code::kNotFound);
        EXPECT_EQ(find_typed(tx, "").error().code, Code::kNotFound);
        EXPECT_EQ(find_typed(tx, "INV-1234567").error().code, Code::kNotFound);
        TRY(const auto lines, items(tx, made->id));
        EXPECT_EQ(lines.size(), 2u);
        EXPECT_EQ(lines.at(1).description, "Test strips");
        EXPECT_EQ(lines.at(1).quantity, 3);
        EXPECT_EQ(lines.at(1).unit_price, Money::from_cents(15050));
        return {};
    });
}

TEST(invoice, a_reference_is_unique_in_its_clinic_however_it_is_written) {
    World world;
    NewInvoice wanted = usual(world.patient());
    wanted.reference = "INV-100";
    ASSERT_TRUE(make(world, wanted));
    wanted.reference = "inv l0O";
    const auto again = make(world, wanted);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::kConflict);
    EXPECT_EQ(again.error().field, "reference");
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM invoices WHERE clinic_id = $1"), 1);

    NewInvoice elsewhere = usual(world.patient(World::kPwani));
    elsewhere.reference = "INV-100";
    EXPECT_TRUE(make(world, elsewhere, World::kPwani));
}

TEST(invoice, nonsense_is_refused_with_the_field) {
    World world;
    const auto patient = world.patient();
    const auto field = [&](const std::function<void(NewInvoice&)>& spoil) {
        NewInvoice wanted = usual(patient);
        spoil(wanted);
        const auto made = make(world, wanted);
        return made ? std::string("none") : made.error().field;
    };
    EXPECT_EQ(field([](NewInvoice& n) { n.items.clear(); }), "items");
    EXPECT_EQ(field([](NewInvoice& n) { n.items.assign(101, n.items[0]); }), "items");
    EXPECT_EQ(field([](NewInvoice& n) { n.items = {{"Free", 1, Money()}}; }), "items");
    EXPECT_EQ(field([](NewInvoice& n) { n.items[1].quantity = 0; }), "items[1].quantity");
    EXPECT_EQ(field([](NewInvoice& n) { n.items[1].quantity = -5; }), "items[1].quantity");
    EXPECT_EQ(field([](NewInvoice& n) { n.items[0].unit_price = Money::from_cents(-1); }), "items[0].unit_price");
    EXPECT_EQ(field([](NewInvoice& n) { n.items[0].description = " "; }), "items[0].description");
    EXPECT_EQ(field([](NewInvoice& n) { n.items[0].description = "\xC3"; }), "items[0].description");
    EXPECT_EQ(field([](NewInvoice& n) { n.items = {{"Wing", 10'000, kInvoiceMax}}; }), "items");
    EXPECT_EQ(field([](NewInvoice& n) { n.reference = "--"; }), "reference");
    EXPECT_EQ(field([](NewInvoice& n) { n.reference = std::string(21, 'A'); }), "reference");
    EXPECT_EQ(field([](NewInvoice& n) { n.patient = PatientId{5}; }), "patient");
    EXPECT_EQ(field([](NewInvoice& n) { n.appointment = AppointmentId{5}; }), "appointment");
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM invoices WHERE clinic_id = $1"), 0);
}

TEST(invoice, a_visit_has_one_unpaid_invoice_of_its_own_patient) {
    World world;
    const auto patient = world.patient();
    const auto other = world.patient();
    const auto visit = world.visit(patient, AppointmentKind::kOnsite);
    NewInvoice wanted = usual(other);
    wanted.appointment = visit;
    EXPECT_EQ(make(world, wanted).error().field, "appointment");
    wanted.patient = patient;
    const auto first = make(world, wanted);
    ASSERT_TRUE(first);
    EXPECT_EQ(make(world, wanted).error().code, Code::kConflict);
    world.in(World::kMlimani, [&](auto& context, auto& tx) { return void_invoice(context, tx, first->id, "test"); });
    EXPECT_TRUE(make(world, wanted));
    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return appointments::cancel(context, tx, visit, "test"); });
    EXPECT_EQ(make(world, wanted).error().code, Code::kConflict);
}

TEST(invoice, only_an_invoice_without_money_can_be_void) {
    World world;
    const auto patient = world.patient();
    const Invoice paid = world.invoice(patient);
    world.pay(paid.account, 10);
    const auto attempt = [&](InvoiceId id, ClinicId clinic) {
        return world.attempt(clinic, [&](auto& context, auto& tx) { return void_invoice(context, tx, id, "test"); });
    };
    EXPECT_EQ(attempt(paid.id, World::kMlimani).error().code, Code::kConflict);
    const Invoice open = world.invoice(patient);
    EXPECT_EQ(attempt(open.id, World::kPwani).error().code, Code::kNotFound);
    EXPECT_EQ(attempt(open.id, World::kMlimani)->state, InvoiceState::kVoid);
    EXPECT_EQ(attempt(open.id, World::kMlimani).error().code, Code::kConflict);
}

TEST(invoice, lists_are_filtered_paged_and_of_one_clinic) {
    World world;
    const auto patient = world.patient();
    const auto other = world.patient();
    std::vector<Invoice> made;
    for (int i = 0; i < 5; ++i) made.push_back(world.invoice(i == 0 ? other : patient));
    world.pay(made[4].account, 1500);
    world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<> {
        TRY(const auto newest, list(tx, {.limit = 2}));
        EXPECT_EQ(newest.size(), 2u);
        EXPECT_EQ(newest.at(0).id, made[4].id);
        TRY(const auto older, list(tx, {.limit = 10, .before = newest.at(1).id.value}));
        EXPECT_EQ(older.size(), 3u);
        EXPECT_EQ(list(tx, {.state = InvoiceState::kPaid})->size(), 1u);
        EXPECT_EQ(list(tx, {.patient = other})->size(), 1u);
        return {};
    });
    world.in(World::kPwani, [&](auto&, auto& tx) -> Result<> {
        EXPECT_TRUE(list(tx, {})->empty());
        EXPECT_EQ(find(tx, made[0].id).error().code, Code::kNotFound);
        EXPECT_TRUE(items(tx, made[0].id)->empty());
        EXPECT_EQ(find_typed(tx, made[0].account).error().code, Code::kNotFound);
        return {};
    });
}

TEST(invoice, a_payment_method_learns_what_an_account_means) {
    World world;
    const auto patient = world.patient();
    const auto visit = world.visit(patient, AppointmentKind::kVirtual);
    const Invoice invoice = world.invoice(patient, visit);
    InvoiceAccounts accounts;
    const auto ask = [&](std::string_view typed, ClinicId clinic = World::kMlimani) {
        return world.in(clinic, [&](auto&, auto& tx) { return accounts.look_up(tx, typed); });
    };
    ASSERT_TRUE(ask(account_number::shown(invoice.account)));
    EXPECT_EQ(ask(invoice.account)->invoice, invoice.id);
    EXPECT_EQ(ask(invoice.account)->still_due, Money::from_shillings(1500));
    EXPECT_TRUE(ask(invoice.account)->payable);
    EXPECT_FALSE(ask("nothing"));
    EXPECT_FALSE(ask(""));
    EXPECT_FALSE(ask(invoice.account, World::kPwani));
    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return appointments::cancel(context, tx, visit, "test"); });
    EXPECT_FALSE(ask(invoice.account)->payable);
}

}  // namespace
}  // namespace clinicpro::invoices
