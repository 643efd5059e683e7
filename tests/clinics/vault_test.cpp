// Data keys: who can open the database, and what a wrong or missing master key meets.
#include <thread>

#include "base/text.hpp"
#include "tests/clinics/fixture.hpp"

namespace clinicpro::clinics {
namespace {

using VaultTest = ClinicsTest;

TEST_F(VaultTest, a_second_start_opens_what_the_first_sealed) {
    const ClinicId clinic = make_clinic("mlimani");
    const std::string system = vault->system().seal("s", "p", entropy);
    const std::string ours =
        must(in_clinic(clinic, [&](store::ClinicTx& tx) { return vault->key(tx); }))->seal("c", "p", entropy);
    reopen();
    vault = must(open_vault(master));
    EXPECT_EQ(vault->system().open(system, "p")->reveal(), "s");
    EXPECT_EQ(must(in_clinic(clinic, [&](store::ClinicTx& tx) { return vault->key(tx); }))->open(ours, "p")->reveal(),
              "c");
    EXPECT_FALSE(vault->system().open(ours, "p"));
}

TEST_F(VaultTest, a_wrong_master_key_is_refused_at_the_start) {
    reopen();
    const auto opened = open_vault(crypto::Keyring::make_master_key(entropy));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::kConfig);
    EXPECT_TRUE(opened.error().message.starts_with("The master key does not open this database."))
        << opened.error().message;
}

TEST_F(VaultTest, a_missing_master_key_is_refused_with_the_way_to_make_one) {
    const auto opened = open_vault("");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::kConfig);
    EXPECT_NE(opened.error().message.find("clinicpro key master"), std::string::npos);
}

TEST_F(VaultTest, one_clinic_whose_key_does_not_open_is_found_at_the_start_and_not_at_its_first_payment) {
    const ClinicId clinic = make_clinic("mlimani");
    const auto other = must(crypto::Keyring::parse(Secret<>(crypto::Keyring::make_master_key(entropy))));
    const std::string foreign = other.wrap_new(clinic, entropy);
    must(in_clinic(clinic, [&](store::ClinicTx& tx) {
        return tx.execute("UPDATE clinic_keys SET wrapped = $2 WHERE clinic_id = $1", store::Blob{foreign});
    }));
    reopen();
    const auto opened = open_vault(master);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::kConfig);
    EXPECT_EQ(opened.error().detail, "clinic 1");
}

TEST_F(VaultTest, a_database_that_lost_its_system_key_is_never_given_a_new_one) {
    make_clinic("mlimani");
    must(in_system([](store::Tx& tx) { return tx.execute("DELETE FROM clinic_keys WHERE clinic_id = 0"); }));
    reopen();
    const auto opened = open_vault(master);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::kConfig);
    EXPECT_NE(opened.error().message.find("backup"), std::string::npos);
}

TEST_F(VaultTest, rotation_leaves_every_secret_readable_and_retires_the_old_master_key) {
    const ClinicId clinic = make_clinic("mlimani");
    const auto key = must(in_clinic(clinic, [&](store::ClinicTx& tx) { return vault->key(tx); }));
    const std::string sealed = key->seal("secret", "p", entropy);
    const std::string fresh = crypto::Keyring::make_master_key(entropy);

    reopen();
    vault = must(open_vault(fresh + " " + master));
    EXPECT_EQ(must(vault->rewrap_all()), 2);  // the system and one clinic
    EXPECT_EQ(must(vault->rewrap_all()), 0);
    reopen();
    EXPECT_FALSE(open_vault(master));
    vault = must(open_vault(fresh));
    EXPECT_EQ(must(in_clinic(clinic, [&](store::ClinicTx& tx) { return vault->key(tx); }))->open(sealed, "p")->reveal(),
              "secret");
}

TEST_F(VaultTest, a_clinic_that_does_not_exist_has_no_key_even_when_its_number_is_reserved) {
    const ClinicId reserved = must(vault->reserve());
    for (const ClinicId clinic : {reserved, ClinicId{500}}) {
        const auto key = in_clinic(clinic, [&](store::ClinicTx& tx) { return vault->key(tx); });
        ASSERT_FALSE(key);
        EXPECT_EQ(key.error().code, Code::kNotFound);
    }
}

TEST_F(VaultTest, a_key_used_in_a_transaction_that_is_undone_is_the_same_key_later) {
    std::string sealed;
    const auto undone = create(*database, *vault, {.slug = "mlimani", .name = "n"}, kNow,
                               [&](store::ClinicTx& tx, const Clinic&) -> Result<> {
                                   TRY(const auto* key, vault->key(tx));
                                   sealed = key->seal("x", "p", entropy);
                                   return fail(Code::kConflict, "undone");
                               });
    ASSERT_FALSE(undone);
    // Another process writes the clinic's row for the number that was reserved.
    must(in_clinic(ClinicId{1}, [](store::ClinicTx& tx) {
        return tx.execute(
            "INSERT INTO clinics (clinic_id, slug, name, status, created_at) VALUES ($1, 'abc', 'n', 'active', 0)");
    }));
    reopen();
    vault = must(open_vault(master));
    EXPECT_EQ(
        must(in_clinic(ClinicId{1}, [&](store::ClinicTx& tx) { return vault->key(tx); }))->open(sealed, "p")->reveal(),
        "x");
}

TEST_F(VaultTest, many_threads_get_one_and_the_same_key) {
    const ClinicId clinic = make_clinic("mlimani");
    std::vector<std::thread> threads;
    std::vector<const crypto::DataKey*> seen(8);
    for (size_t i = 0; i < seen.size(); ++i) {
        threads.emplace_back([&, i] {
            must(database->read([&](store::Tx& tx) -> Result<> {
                for (int k = 0; k < 1000; ++k) {
                    TRY(seen[i], vault->key(tx, clinic));
                }
                return {};
            }));
        });
    }
    for (auto& thread : threads) thread.join();
    for (const auto* key : seen) EXPECT_EQ(key, seen[0]);
}

TEST_F(VaultTest, no_data_key_and_no_master_key_stands_on_the_disk) {
    make_clinic("mlimani");
    const std::string bytes = disk_bytes();
    const std::string master_bytes = *text::from_base64(master.substr(master.find(':') + 1));
    EXPECT_GT(bytes.size(), 4096u);
    EXPECT_EQ(bytes.find(master_bytes), std::string::npos);
    EXPECT_EQ(bytes.find(master.substr(master.find(':') + 1)), std::string::npos);
}

}  // namespace
}  // namespace clinicpro::clinics
