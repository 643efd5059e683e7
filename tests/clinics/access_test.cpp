// API keys and the table of permissions.
#include "clinics/access.hpp"

#include "tests/clinics/fixture.hpp"

namespace clinicpro::clinics {
namespace {

class AccessTest : public ClinicsTest {
protected:
    ClinicId one = make_clinic("one"), two = make_clinic("two");

    Result<IssuedKey> issue(ClinicId clinic, Role role, const std::string& label = "front desk") {
        return in_clinic(clinic, [&](store::ClinicTx& tx) {
            return create_key(tx, {.role = role, .label = label}, ids, entropy, kNow);
        });
    }
    Result<Principal> verify(const std::string& text) {
        return in_system([&](store::Tx& tx) { return verify_key(tx, text); });
    }
};

TEST_F(AccessTest, an_issued_key_signs_in_as_its_clinic_and_role) {
    const IssuedKey key = must(issue(one, Role::kCashier));
    EXPECT_TRUE(key.text.reveal().starts_with("cpk_"));
    EXPECT_EQ(key.text.reveal().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos);
    const Principal who = must(verify(key.text.reveal()));
    EXPECT_EQ(who.clinic, one);
    EXPECT_EQ(who.role, Role::kCashier);
    EXPECT_EQ(who.key, key.id);
    EXPECT_EQ(who.label, "front desk");
    EXPECT_EQ(who.actor(), key.id.to_text());
}

TEST_F(AccessTest, unknown_wrong_and_revoked_keys_get_one_and_the_same_answer) {
    const std::string good = must(issue(one, Role::kAdmin)).text.reveal();
    const IssuedKey revoked = must(issue(one, Role::kAdmin));
    must(in_clinic(one, [&](store::ClinicTx& tx) { return revoke_key(tx, revoked.id, kNow + 1s); }));
    std::string wrong_secret = good, unknown_id = good;
    wrong_secret.back() = good.back() == '0' ? '1' : '0';
    unknown_id[6] = good[6] == '0' ? '1' : '0';
    const std::string sentence = verify("").error().message;
    for (const std::string& text : {std::string(), std::string("cpk_"), std::string("cpk__"), good.substr(1),
                                    good + "0", good.substr(0, good.size() - 1), " " + good, wrong_secret, unknown_id,
                                    revoked.text.reveal(), std::string(100'000, 'x')}) {
        const auto who = verify(text);
        ASSERT_FALSE(who) << text.substr(0, 80);
        EXPECT_EQ(who.error().code, Code::kUnauthorised);
        EXPECT_EQ(who.error().message, sentence);
    }
    EXPECT_TRUE(verify(good));
}

TEST_F(AccessTest, a_key_of_a_suspended_clinic_is_refused_until_it_is_active_again) {
    const std::string key = must(issue(one, Role::kAdmin)).text.reveal();
    must(in_clinic(one, [](store::ClinicTx& tx) { return set_status(tx, Clinic::Status::kSuspended); }));
    EXPECT_EQ(verify(key).error().code, Code::kForbidden);
    must(in_clinic(one, [](store::ClinicTx& tx) { return set_status(tx, Clinic::Status::kActive); }));
    EXPECT_TRUE(verify(key));
}

TEST_F(AccessTest, an_operator_belongs_to_the_server_and_nobody_else_does) {
    const IssuedKey root = must(issue(kSystem, Role::kOperator));
    EXPECT_EQ(must(verify(root.text.reveal())).clinic, kSystem);
    EXPECT_EQ(issue(one, Role::kOperator).error().field, "role");
    for (const Role role : {Role::kAdmin, Role::kCashier, Role::kReader})
        EXPECT_EQ(issue(kSystem, role).error().field, "role");
}

TEST_F(AccessTest, labels_are_checked) {
    EXPECT_EQ(issue(one, Role::kReader, " ").error().field, "label");
    EXPECT_EQ(issue(one, Role::kReader, std::string(81, 'x')).error().field, "label");
    EXPECT_EQ(issue(one, Role::kReader, "\xff").error().field, "label");
}

TEST_F(AccessTest, a_clinic_lists_and_revokes_only_its_own_keys) {
    const IssuedKey first = must(issue(one, Role::kAdmin, "first")), second = must(issue(one, Role::kReader, "second"));
    const auto theirs = in_clinic(two, [&](store::ClinicTx& tx) { return revoke_key(tx, first.id, kNow); });
    ASSERT_FALSE(theirs);
    EXPECT_EQ(theirs.error().code, Code::kNotFound);
    EXPECT_TRUE(verify(first.text.reveal()));
    EXPECT_TRUE(must(in_clinic(two, [](store::ClinicTx& tx) { return list_keys(tx); })).empty());

    must(in_clinic(one, [&](store::ClinicTx& tx) { return revoke_key(tx, first.id, kNow + 1s); }));
    must(in_clinic(one, [&](store::ClinicTx& tx) { return revoke_key(tx, first.id, kNow + 9s); }));
    const auto listed = must(in_clinic(one, [](store::ClinicTx& tx) { return list_keys(tx); }));
    ASSERT_EQ(listed.size(), 2u);
    EXPECT_EQ(listed[0].id, second.id);
    EXPECT_EQ(listed[0].role, Role::kReader);
    EXPECT_FALSE(listed[0].revoked_at);
    EXPECT_EQ(listed[1].label, "first");
    EXPECT_EQ(listed[1].created_at, kNow);
    EXPECT_EQ(listed[1].revoked_at, kNow + 1s);  // the first revocation stands
}

TEST_F(AccessTest, a_clinic_may_not_have_keys_without_end) {
    for (int i = 0; i < kKeysPerClinicMax; ++i) must(issue(one, Role::kReader));
    EXPECT_EQ(issue(one, Role::kReader).error().code, Code::kTooMany);
    EXPECT_TRUE(issue(two, Role::kReader));
}

TEST_F(AccessTest, the_text_of_a_key_is_nowhere_on_the_disk) {
    const std::string text = must(issue(one, Role::kAdmin)).text.reveal();
    EXPECT_EQ(disk_bytes().find(text.substr(text.size() - 40)), std::string::npos);
}

TEST(permissions, the_table_says_exactly_this) {
    const auto row = [](Permission permission) {
        std::string out;
        for (const Role role : {Role::kOperator, Role::kAdmin, Role::kCashier, Role::kReader}) {
            out += allows(role, permission) ? 'y' : '-';
        }
        return out;
    };
    EXPECT_EQ(row(Permission::kManageClinics), "y---");
    EXPECT_EQ(row(Permission::kConfigure), "yy--");
    EXPECT_EQ(row(Permission::kManageKeys), "yy--");
    EXPECT_EQ(row(Permission::kManageUsers), "yy--");
    EXPECT_EQ(row(Permission::kTakePayments), "yyy-");
    EXPECT_EQ(row(Permission::kHostMeetings), "-yy-");
    EXPECT_EQ(row(Permission::kManageInvoices), "yyy-");
    EXPECT_EQ(row(Permission::kAllocateMoney), "yy--");
    EXPECT_EQ(row(Permission::kRequestRefunds), "yyy-");
    EXPECT_EQ(row(Permission::kApproveRefunds), "yy--");
    EXPECT_EQ(row(Permission::kRead), "yyyy");
    EXPECT_EQ(row(Permission::kReadAudit), "yy--");
    EXPECT_EQ(row(Permission(99)), "----") << "what is not in the table is allowed to nobody";
}

TEST(permissions, another_clinic_is_not_found_and_a_missing_permission_is_forbidden) {
    const Principal reader{.clinic = ClinicId{1}, .role = Role::kReader};
    EXPECT_TRUE(require(reader, Permission::kRead, ClinicId{1}));
    EXPECT_EQ(require(reader, Permission::kTakePayments, ClinicId{1}).error().code, Code::kForbidden);
    EXPECT_EQ(require(reader, Permission::kRead, ClinicId{2}).error().code, Code::kNotFound);
    EXPECT_EQ(require(reader, Permission::kRead, kSystem).error().code, Code::kNotFound);
    const Principal root{.clinic = kSystem, .role = Role::kOperator};
    EXPECT_TRUE(require(root, Permission::kManageClinics, kSystem));
    EXPECT_TRUE(require(root, Permission::kTakePayments, ClinicId{2}));
}

TEST(permissions, roles_are_written_in_words) {
    for (const Role role : {Role::kOperator, Role::kAdmin, Role::kCashier, Role::kReader}) {
        EXPECT_EQ(must(parse_role(to_string(role))), role);
    }
    EXPECT_EQ(parse_role("root").error().field, "role");
}

}  // namespace
}  // namespace clinicpro::clinics
