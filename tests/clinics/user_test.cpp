// People: names, passwords, roles, and who stays in charge.
#include "clinics/user.hpp"

#include "clinics/audit.hpp"
#include "clinics/invitation.hpp"
#include "clinics/session.hpp"
#include "tests/clinics/fixture.hpp"

namespace clinicpro::clinics {
namespace {

class UserTest : public ClinicsTest {
protected:
    ClinicId one = make_clinic("one"), two = make_clinic("two");
    const users::Doer by{"cli:test", kNow};

    Result<User> make(ClinicId clinic, const std::string& name, Role role = Role::kAdmin) {
        return in_clinic(clinic, [&](store::ClinicTx& tx) {
            return users::create(tx, {.name = name, .full_name = "Achieng Odhiambo", .role = role}, ids, by);
        });
    }
    User find(ClinicId clinic, UserId id) {
        return must(in_clinic(clinic, [&](store::ClinicTx& tx) { return users::find(tx, id); }));
    }
    std::vector<std::string> actions(ClinicId clinic) {
        std::vector<std::string> all;
        for (const auto& entry : must(in_clinic(clinic, [](store::ClinicTx& tx) { return audit::list(tx); })))
            all.push_back(entry.actor + " " + entry.action + " " + entry.detail);
        return all;
    }
    std::string begin(ClinicId clinic, UserId id) {
        return must(in_clinic(
                        clinic,
                        [&](store::ClinicTx& tx) { return sessions::begin(tx, {.user = id}, ids, entropy, kNow); }))
            .reveal();
    }
    bool lives(const std::string& token) {
        return must(in_system([&](store::Tx& tx) { return sessions::find(tx, token, kNow); })).has_value();
    }
};

TEST_F(UserTest, a_person_is_found_by_id_and_by_name_in_their_clinic_only) {
    const User made = must(make(one, "  Achieng@Mlimani.KE ", Role::kCashier));
    EXPECT_EQ(made.name, "achieng@mlimani.ke");
    EXPECT_EQ(made.full_name, "Achieng Odhiambo");
    EXPECT_EQ(made.role, Role::kCashier);
    EXPECT_FALSE(made.has_password);
    EXPECT_FALSE(made.has_totp);
    EXPECT_EQ(find(one, made.id).name, made.name);
    EXPECT_EQ(must(in_clinic(one, [](store::ClinicTx& tx) { return users::find(tx, "achieng@mlimani.ke"); })).id,
              made.id);
    EXPECT_EQ(in_clinic(two, [&](store::ClinicTx& tx) { return users::find(tx, made.id); }).error().code,
              Code::kNotFound);
    EXPECT_EQ(in_clinic(two, [&](store::ClinicTx& tx) { return users::find(tx, made.name); }).error().code,
              Code::kNotFound);
    EXPECT_EQ(actions(one), std::vector<std::string>{R"(cli:test user.created {"role":"cashier"})"});
}

TEST_F(UserTest, one_name_is_one_person_in_a_clinic_whatever_its_case) {
    must(make(one, "achieng"));
    const auto again = make(one, "ACHIENG");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::kConflict);
    EXPECT_EQ(again.error().field, "name");
    EXPECT_TRUE(make(two, "achieng"));
}

TEST_F(UserTest, bad_input_is_named_by_its_field) {
    for (const char* name : {"", "a", "two words", "x@", "@x", "a@b@c", "o'brien", "naïve", "a/b"}) {
        EXPECT_EQ(make(one, name).error().field, "name") << name;
    }
    EXPECT_EQ(make(one, std::string(121, 'x')).error().field, "name");
    EXPECT_EQ(make(one, "x1", Role::kOperator).error().field, "role");
    EXPECT_EQ(make(kSystem, "x1", Role::kAdmin).error().field, "role");
    EXPECT_TRUE(make(kSystem, "root", Role::kOperator));
    const auto nameless = in_clinic(one, [&](store::ClinicTx& tx) {
        return users::create(tx, {.name = "ab", .full_name = " ", .role = Role::kAdmin}, ids, by);
    });
    EXPECT_EQ(nameless.error().field, "full_name");
    const auto french = in_clinic(one, [&](store::ClinicTx& tx) {
        return users::create(tx, {.name = "ab", .full_name = "A", .role = Role::kAdmin, .language = "fr"}, ids, by);
    });
    EXPECT_EQ(french.error().field, "language");
}

TEST_F(UserTest, a_password_is_long_not_common_and_not_the_name) {
    const auto check = [](const std::string& text) {
        return users::check_password(Secret<>(text), "achieng@mlimani.ke");
    };
    EXPECT_TRUE(check("mango tree by the lake"));
    EXPECT_TRUE(check("Ng'ombe kumi"));
    for (const char* bad : {"", "short", "123456789", "1234567890", "Password123", "QWERTYUIOP", "aaaaaaaaaaaa",
                            "abababababab", "my achieng pass", "mäßig"}) {
        const auto checked = check(bad);
        ASSERT_FALSE(checked) << bad;
        EXPECT_EQ(checked.error().field, "password");
    }
    EXPECT_FALSE(check(std::string(257, 'x') + "abc"));
    EXPECT_FALSE(check("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
    EXPECT_TRUE(users::check_password(Secret<>("ab cd ef ghi"), "ab"));  // two letters stand in everything
}

TEST_F(UserTest, a_new_password_ends_every_session_and_the_invitation) {
    const User user = must(make(one, "achieng"));
    const std::string first = begin(one, user.id), second = begin(one, user.id);
    const Secret<> link =
        must(in_clinic(one, [&](store::ClinicTx& tx) { return invitations::make(tx, user.id, entropy, by); }));
    EXPECT_TRUE(lives(first) && lives(second));
    must(in_clinic(one, [&](store::ClinicTx& tx) { return users::set_password(tx, user.id, Secret<>("hash"), by); }));
    EXPECT_FALSE(lives(first) || lives(second));
    EXPECT_FALSE(in_system([&](store::Tx& tx) { return invitations::find(tx, link.reveal(), kNow); }));
    EXPECT_TRUE(find(one, user.id).has_password);
    EXPECT_EQ(must(in_clinic(one, [&](store::ClinicTx& tx) { return users::password_hash(tx, user.id); })).reveal(),
              "hash");
}

TEST_F(UserTest, a_disabled_person_is_out_at_once_and_comes_back_without_a_session) {
    must(make(one, "boss"));
    const User user = must(make(one, "achieng", Role::kCashier));
    const std::string token = begin(one, user.id);
    for (int twice = 0; twice < 2; ++twice) {
        must(in_clinic(one, [&](store::ClinicTx& tx) { return users::disable(tx, user.id, by); }));
    }
    EXPECT_EQ(find(one, user.id).disabled_at, kNow);
    EXPECT_FALSE(lives(token));
    EXPECT_EQ(
        in_clinic(one, [&](store::ClinicTx& tx) { return invitations::make(tx, user.id, entropy, by); }).error().code,
        Code::kConflict);
    must(in_clinic(one, [&](store::ClinicTx& tx) { return users::enable(tx, user.id, by); }));
    EXPECT_FALSE(find(one, user.id).disabled_at);
    EXPECT_FALSE(lives(token));
    EXPECT_EQ(actions(one).size(), 4u);  // two created, one disabled, one enabled
}

TEST_F(UserTest, the_last_admin_stays_until_there_is_another) {
    const User boss = must(make(one, "boss"));
    const auto disable = [&] {
        return in_clinic(one, [&](store::ClinicTx& tx) { return users::disable(tx, boss.id, by); });
    };
    const auto demote = [&] {
        return in_clinic(one, [&](store::ClinicTx& tx) { return users::set_role(tx, boss.id, Role::kReader, by); });
    };
    EXPECT_EQ(disable().error().code, Code::kConflict);
    EXPECT_EQ(demote().error().code, Code::kConflict);
    must(make(one, "second"));
    EXPECT_TRUE(demote());
    EXPECT_EQ(find(one, boss.id).role, Role::kReader);
    EXPECT_TRUE(disable());
    EXPECT_EQ(actions(one)[1], R"(cli:test user.role_changed {"from":"admin","to":"reader"})");
}

TEST_F(UserTest, another_clinic_can_change_nothing) {
    must(make(one, "boss"));
    const User user = must(make(one, "achieng", Role::kCashier));
    const auto refused = [&](auto change) { EXPECT_EQ(in_clinic(two, change).error().code, Code::kNotFound); };
    refused([&](store::ClinicTx& tx) { return users::disable(tx, user.id, by); });
    refused([&](store::ClinicTx& tx) { return users::enable(tx, user.id, by); });
    refused([&](store::ClinicTx& tx) { return users::set_role(tx, user.id, Role::kAdmin, by); });
    refused([&](store::ClinicTx& tx) { return users::set_password(tx, user.id, Secret<>("h"), by); });
    refused([&](store::ClinicTx& tx) { return users::set_language(tx, user.id, "sw"); });
    refused([&](store::ClinicTx& tx) { return users::password_hash(tx, user.id); });
    refused([&](store::ClinicTx& tx) { return invitations::make(tx, user.id, entropy, by); });
    EXPECT_EQ(find(one, user.id).role, Role::kCashier);
    EXPECT_TRUE(must(in_clinic(two, [](store::ClinicTx& tx) { return users::list(tx); })).empty());
    EXPECT_EQ(must(in_clinic(one, [](store::ClinicTx& tx) { return users::list(tx); })).size(), 2u);
}

}  // namespace
}  // namespace clinicpro::clinics
