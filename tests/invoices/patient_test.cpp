// Facts about patients and their phones.
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using testing::World;

Result<Patient> make(World& world, NewPatient wanted, ClinicId clinic = World::kMlimani) {
    return world.attempt(clinic,
                         [&](auto& context, auto& tx) { return patients::create(context, tx, *world.vault, wanted); });
}

TEST(patient, a_patient_is_found_by_id_by_phone_and_in_the_list) {
    World world;
    const Msisdn phone = *Msisdn::parse("0712345678");
    const auto made = make(world, {" Achieng ", phone, "sw", "test"});
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->name, "Achieng");
    EXPECT_EQ(made->phone_masked, "2547*****678");
    EXPECT_EQ(made->language, "sw");
    world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<> {
        EXPECT_EQ(patients::find(tx, made->id)->name, "Achieng");
        EXPECT_EQ(patients::by_phone(tx, *world.vault, phone)->size(), 1u);
        EXPECT_EQ(patients::by_phone(tx, *world.vault, *Msisdn::parse("0712345679"))->size(), 0u);
        EXPECT_EQ(patients::list(tx, {})->size(), 1u);
        EXPECT_EQ(patients::list(tx, {.limit = 10, .before = made->id.value})->size(), 0u);
        EXPECT_EQ(*patients::phone(tx, *world.vault, made->id), phone);
        return {};
    });
}

TEST(patient, the_phone_stands_nowhere_in_clear) {
    World world;
    world.patient();
    EXPECT_EQ(
        world.number("SELECT COUNT(*) FROM patients WHERE clinic_id = $1 AND (phone_masked LIKE '%12345678%' OR "
                     "CAST(phone_sealed AS TEXT) LIKE '%12345678%' OR CAST(phone_mark AS TEXT) LIKE '%12345678%')"),
        0);
}

TEST(patient, another_clinic_sees_nothing) {
    World world;
    const auto id = world.patient();
    world.in(World::kPwani, [&](auto&, auto& tx) -> Result<> {
        EXPECT_EQ(patients::find(tx, id).error().code, Code::kNotFound);
        EXPECT_EQ(patients::phone(tx, *world.vault, id).error().code, Code::kNotFound);
        EXPECT_TRUE(patients::list(tx, {})->empty());
        EXPECT_TRUE(patients::by_phone(tx, *world.vault, *Msisdn::parse("0712345678"))->empty());
        return {};
    });
}

TEST(patient, nonsense_is_refused_with_the_field) {
    World world;
    const Msisdn phone = *Msisdn::parse("0712345678");
    EXPECT_EQ(make(world, {"  ", phone, "en", "test"}).error().field, "name");
    EXPECT_EQ(make(world, {std::string(121, 'a'), phone, "en", "test"}).error().field, "name");
    EXPECT_EQ(make(world, {"\xFF", phone, "en", "test"}).error().field, "name");
    EXPECT_EQ(make(world, {"A", phone, "fr", "test"}).error().field, "language");
}

}  // namespace
}  // namespace clinicpro::invoices
