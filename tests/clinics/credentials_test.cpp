// Sealed secrets by name, and that one clinic's never serve another.
#include "clinics/credentials.hpp"

#include "tests/clinics/fixture.hpp"

namespace clinicpro::clinics {
namespace {

class CredentialsTest : public ClinicsTest {
protected:
    ClinicId one = make_clinic("one"), two = make_clinic("two");
    Credentials credentials{*vault};

    Result<> put(ClinicId clinic, std::string_view name, const std::string& value, Instant at = kNow) {
        return in_clinic(clinic, [&](store::ClinicTx& tx) { return credentials.put(tx, name, Secret<>(value), at); });
    }
    Result<Secret<>> get(ClinicId clinic, std::string_view name) {
        return in_clinic(clinic, [&](store::ClinicTx& tx) { return credentials.get(tx, name); });
    }
};

TEST_F(CredentialsTest, a_value_comes_back_and_the_newest_counts) {
    must(put(one, "daraja.passkey", "first"));
    must(put(one, "daraja.passkey", "second", kNow + 1s));
    must(put(one, "daraja.consumer_key", "abc"));
    EXPECT_EQ(must(get(one, "daraja.passkey")).reveal(), "second");
    const auto listed = must(in_clinic(one, [&](store::ClinicTx& tx) { return credentials.list(tx); }));
    ASSERT_EQ(listed.size(), 2u);
    EXPECT_EQ(listed[0].name, "daraja.consumer_key");
    EXPECT_EQ(listed[1].name, "daraja.passkey");
    EXPECT_EQ(listed[1].updated_at, kNow + 1s);
}

TEST_F(CredentialsTest, another_clinic_sees_nothing_and_removes_nothing) {
    must(put(one, "daraja.passkey", "ours"));
    EXPECT_EQ(get(two, "daraja.passkey").error().code, Code::kNotFound);
    EXPECT_TRUE(must(in_clinic(two, [&](store::ClinicTx& tx) { return credentials.list(tx); })).empty());
    EXPECT_EQ(
        in_clinic(two, [&](store::ClinicTx& tx) { return credentials.remove(tx, "daraja.passkey"); }).error().code,
        Code::kNotFound);
    EXPECT_EQ(must(get(one, "daraja.passkey")).reveal(), "ours");
}

TEST_F(CredentialsTest, sealed_bytes_copied_to_another_clinic_or_name_do_not_open) {
    must(put(one, "daraja.passkey", "ours"));
    must(in_clinic(two, [](store::ClinicTx& tx) {
        return tx.execute(
            "INSERT INTO credentials (clinic_id, name, sealed, updated_at) "
            "SELECT $1, name, sealed, updated_at FROM credentials");
    }));
    must(in_clinic(one, [](store::ClinicTx& tx) {
        return tx.execute(
            "INSERT INTO credentials (clinic_id, name, sealed, updated_at) "
            "SELECT clinic_id, 'zoom.secret', sealed, updated_at FROM credentials WHERE clinic_id = $1");
    }));
    EXPECT_EQ(get(two, "daraja.passkey").error().code, Code::kInternal);
    EXPECT_EQ(get(one, "zoom.secret").error().code, Code::kInternal);
    EXPECT_EQ(must(get(one, "daraja.passkey")).reveal(), "ours");
}

TEST_F(CredentialsTest, a_removed_one_is_gone) {
    must(put(one, "x", "v"));
    must(in_clinic(one, [&](store::ClinicTx& tx) { return credentials.remove(tx, "x"); }));
    const auto gone = get(one, "x");
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, Code::kNotFound);
    EXPECT_EQ(gone.error().message, "This clinic has no credential named x. Set it first.");
}

TEST_F(CredentialsTest, bad_names_and_sizes_are_refused) {
    for (const std::string& name :
         {std::string(), std::string(65, 'a'), std::string("Pass"), std::string("a b"), std::string("a/b")}) {
        EXPECT_EQ(put(one, name, "v").error().field, "name");
        EXPECT_EQ(get(one, name).error().field, "name");
    }
    EXPECT_EQ(put(one, "x", "").error().field, "value");
    EXPECT_EQ(put(one, "x", std::string(16'385, 'v')).error().field, "value");
    EXPECT_TRUE(put(one, std::string(64, 'a'), std::string(16'384, 'v')));
}

TEST_F(CredentialsTest, the_system_has_credentials_of_its_own) {
    must(put(kSystem, "smtp.password", "v"));
    EXPECT_EQ(must(get(kSystem, "smtp.password")).reveal(), "v");
    EXPECT_FALSE(get(one, "smtp.password"));
}

TEST_F(CredentialsTest, no_secret_stands_in_clear_in_the_database_files) {
    const std::string secret = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919";
    must(put(one, "daraja.passkey", secret));
    const std::string bytes = disk_bytes();
    EXPECT_NE(bytes.find("daraja.passkey"), std::string::npos);  // the row is there
    EXPECT_EQ(bytes.find(secret), std::string::npos);
    EXPECT_EQ(bytes.find(secret.substr(0, 16)), std::string::npos);
}

}  // namespace
}  // namespace clinicpro::clinics
