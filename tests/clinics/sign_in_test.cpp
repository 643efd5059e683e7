// From a password, an invitation or a code to a session, and everything that does not lead there.
#include "clinics/sign_in.hpp"

#include "clinics/audit.hpp"
#include "clinics/invitation.hpp"
#include "clinics/two_step.hpp"
#include "crypto/password.hpp"
#include "crypto/totp.hpp"
#include "tests/clinics/fixture.hpp"

namespace clinicpro::clinics {
namespace {

class HeldClock final : public Clock {
public:
    Instant now() const override { return at; }
    Instant at = kNow;
};

class SignInTest : public ClinicsTest {
protected:
    static constexpr const char* kPassword = "mango tree by the lake";
    ClinicId one = make_clinic("one"), two = make_clinic("two");
    HeldClock held;
    SignIn door{*database, *vault, ids, held};
    const users::Doer by{"cli:test", kNow};
    UserId user = make("achieng", Role::kCashier);

    UserId make(const std::string& name, Role role) {
        const UserId id = must(in_clinic(one, [&](store::ClinicTx& tx) {
                              return users::create(tx, {.name = name, .full_name = name, .role = role}, ids, by);
                          })).id;
        static const Secret<> hash(crypto::hash_password(Secret<>(std::string(kPassword))));
        must(in_clinic(one, [&](store::ClinicTx& tx) { return users::set_password(tx, id, hash, by); }));
        return id;
    }
    Result<SignIn::Opened> enter(const std::string& clinic, const std::string& name, const std::string& password,
                                 const std::string& address = "10.0.0.9", const std::string& old = {}) {
        return door.with_password({clinic, name, Secret<>(password)}, {address, address, "Firefox", old});
    }
    std::optional<SignedIn> find(const Secret<>& token) {
        return must(in_system([&](store::Tx& tx) { return sessions::find(tx, token.reveal(), held.now()); }));
    }
    Secret<> turn_on_two_step(std::vector<Secret<>>* codes = nullptr) {
        const Secret<> secret =
            must(in_clinic(one, [&](store::ClinicTx& tx) { return two_step::enrol(tx, *vault, user); }));
        const std::string code = crypto::totp_code(secret, crypto::totp_step(held.now()));
        auto made = must(in_clinic(one, [&](store::ClinicTx& tx) {
            return two_step::confirm(tx, *vault, user, code, {user.to_text(), held.now()});
        }));
        if (codes != nullptr) *codes = std::move(made);
        return secret;
    }
    int count(const std::string& action) {
        int n = 0;
        for (const auto& entry : must(in_clinic(one, [](store::ClinicTx& tx) { return audit::list(tx); })))
            n += entry.action == action;
        return n;
    }
};

TEST_F(SignInTest, the_right_password_opens_a_session_and_is_written_down) {
    for (const char* clinic : {"one", " ONE ", "1"}) {
        const auto opened = enter(clinic, " Achieng ", kPassword);
        ASSERT_TRUE(opened) << clinic << opened.error().message;
        EXPECT_FALSE(opened->needs_code);
        EXPECT_EQ(find(opened->token)->user.id, user);
    }
    EXPECT_EQ(count("user.signed_in"), 3);
    EXPECT_EQ(must(in_clinic(one, [&](store::ClinicTx& tx) { return users::find(tx, user); })).signed_in_at, kNow);
}

TEST_F(SignInTest, an_operator_signs_in_without_a_clinic) {
    const Secret<> hash(crypto::hash_password(Secret<>(std::string(kPassword))));
    const UserId root = must(in_clinic(kSystem, [&](store::ClinicTx& tx) -> Result<UserId> {
        TRY(const User made, users::create(tx, {.name = "root", .full_name = "R", .role = Role::kOperator}, ids, by));
        TRY(users::set_password(tx, made.id, hash, by));
        return made.id;
    }));
    const auto opened = must(enter("", "root", kPassword));
    EXPECT_EQ(find(opened.token)->user.id, root);
    EXPECT_EQ(find(opened.token)->principal().clinic, kSystem);
    EXPECT_FALSE(enter("one", "root", kPassword));
    EXPECT_FALSE(enter("", "achieng", kPassword));
}

TEST_F(SignInTest, everything_wrong_gets_one_answer_and_the_same_work) {
    make("gone", Role::kReader);
    must(in_clinic(one, [&](store::ClinicTx& tx) -> Result<> {
        TRY(const User gone, users::find(tx, "gone"));
        TRY(users::disable(tx, gone.id, by));
        TRY(users::create(tx, {.name = "invited", .full_name = "I", .role = Role::kReader}, ids, by));
        return {};
    }));
    struct Case {
        const char *clinic, *name, *password;
    };
    const Case cases[] = {
        {"one", "achieng", "wrong password"}, {"one", "nobody", kPassword}, {"two", "achieng", kPassword},
        {"nowhere", "achieng", kPassword},    {"one", "gone", kPassword},   {"one", "invited", ""},
        {"one", "invited", kPassword},        {"one", "", kPassword},       {"", "achieng", kPassword}};
    std::string sentence;
    std::vector<double> took;
    for (const auto& [clinic, name, password] : cases) {
        const auto began = std::chrono::steady_clock::now();
        const auto answer = enter(clinic, name, password);
        took.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
        ASSERT_FALSE(answer) << clinic << "/" << name;
        EXPECT_EQ(answer.error().code, Code::kUnauthorised);
        if (sentence.empty()) sentence = answer.error().message;
        EXPECT_EQ(answer.error().message, sentence);
        EXPECT_TRUE(answer.error().field.empty());
    }
    // One Argon2id each: an answer that skipped it would come a hundred times sooner.
    std::sort(took.begin(), took.end());
    EXPECT_GT(took.front(), took.back() / 5);
}

TEST_F(SignInTest, an_unknown_name_costs_what_a_known_one_costs) {
    EXPECT_FALSE(crypto::password_is_outdated(kNobody));
}

TEST_F(SignInTest, guessing_is_throttled_whether_the_account_exists_or_not) {
    for (const char* name : {"achieng", "nobody"}) {
        held.at = kNow;
        const std::string address = std::string("10.1.1.") + name[0];
        for (int i = 0; i < throttle::kFreeForAccount; ++i)
            EXPECT_EQ(enter("one", name, "wrong password", address).error().code, Code::kUnauthorised);
        EXPECT_EQ(enter("1", name, kPassword, address).error().code,
                  Code::kTooMany);  // under either name of the clinic
    }
    EXPECT_EQ(count("user.sign_in_throttled"), 1);
    held.at = kNow + 31s;
    EXPECT_TRUE(enter("one", "achieng", kPassword));
}

TEST_F(SignInTest, one_address_that_tries_many_names_is_throttled) {
    for (int i = 0; i < throttle::kFreeForAddress; ++i)
        EXPECT_EQ(enter("one", "name" + std::to_string(i), "x").error().code, Code::kUnauthorised);
    EXPECT_EQ(enter("one", "achieng", kPassword).error().code, Code::kTooMany);
    EXPECT_TRUE(enter("one", "achieng", kPassword, "10.9.9.9"));
}

TEST_F(SignInTest, a_session_the_browser_brought_along_is_never_continued) {
    const auto first = must(enter("one", "achieng", kPassword));
    const auto second = must(enter("one", "achieng", kPassword, "10.0.0.9", first.token.reveal()));
    EXPECT_NE(first.token.reveal(), second.token.reveal());
    EXPECT_FALSE(find(first.token));
    EXPECT_TRUE(find(second.token));
}

TEST_F(SignInTest, a_suspended_clinic_is_told_to_whoever_has_the_password_only) {
    must(in_clinic(one, [](store::ClinicTx& tx) { return set_status(tx, Clinic::Status::kSuspended); }));
    EXPECT_EQ(enter("one", "achieng", "wrong password").error().code, Code::kUnauthorised);
    EXPECT_EQ(enter("one", "achieng", kPassword).error().code, Code::kForbidden);
}

TEST_F(SignInTest, with_the_second_step_the_password_alone_opens_nothing) {
    const Secret<> secret = turn_on_two_step();
    const auto half = must(enter("one", "achieng", kPassword));
    EXPECT_TRUE(half.needs_code);
    EXPECT_EQ(find(half.token)->session.stage, Session::Stage::kCode);
    EXPECT_EQ(count("user.signed_in"), 0);
    EXPECT_EQ(door.with_code(half.token.reveal(), "000000", {}).error().field, "code");
    held.at = kNow + 30s;
    const std::string code = crypto::totp_code(secret, crypto::totp_step(held.now()));
    const auto whole = must(door.with_code(half.token.reveal(), code, {}));
    EXPECT_EQ(find(whole.token)->session.stage, Session::Stage::kFull);
    EXPECT_NE(whole.token.reveal(), half.token.reveal());
    EXPECT_FALSE(find(half.token));
    EXPECT_EQ(count("user.signed_in"), 1);
    EXPECT_FALSE(door.with_code(whole.token.reveal(), code, {}));  // a whole session needs none

    const auto again = must(enter("one", "achieng", kPassword));
    EXPECT_FALSE(door.with_code(again.token.reveal(), code, {})) << "a code works once";
}

TEST_F(SignInTest, codes_are_throttled_and_the_half_session_ends) {
    turn_on_two_step();
    const auto half = must(enter("one", "achieng", kPassword));
    for (int i = 0; i < throttle::kFreeForAccount; ++i)
        EXPECT_EQ(door.with_code(half.token.reveal(), "000000", {}).error().code, Code::kInvalid);
    EXPECT_EQ(door.with_code(half.token.reveal(), "000000", {}).error().code, Code::kTooMany);
    held.at = kNow + 5min;
    EXPECT_EQ(door.with_code(half.token.reveal(), "000000", {}).error().code, Code::kUnauthorised);
}

TEST_F(SignInTest, a_recovery_code_works_once_however_it_is_typed) {
    std::vector<Secret<>> codes;
    turn_on_two_step(&codes);
    ASSERT_EQ(codes.size(), size_t(two_step::kRecoveryCodes));
    EXPECT_EQ(disk_bytes().find(codes[0].reveal()), std::string::npos);
    for (int time = 0; time < 2; ++time) {
        const auto half = must(enter("one", "achieng", kPassword));
        std::string typed = codes[0].reveal();
        std::transform(typed.begin(), typed.end(), typed.begin(),
                       [](char c) { return c == '-' ? ' ' : char(std::toupper(c)); });
        EXPECT_EQ(door.with_code(half.token.reveal(), typed, {}).has_value(), time == 0);
    }
    EXPECT_EQ(must(in_clinic(one, [&](store::ClinicTx& tx) { return two_step::codes_left(tx, user); })), 9);
    const auto fresh =
        must(in_clinic(one, [&](store::ClinicTx& tx) { return two_step::renew_codes(tx, *vault, user, by); }));
    const auto half = must(enter("one", "achieng", kPassword));
    EXPECT_FALSE(door.with_code(half.token.reveal(), codes[1].reveal(), {}));
    EXPECT_TRUE(door.with_code(half.token.reveal(), fresh[1].reveal(), {}));
}

TEST_F(SignInTest, the_second_step_counts_only_after_a_code_was_typed_back) {
    must(in_clinic(one, [&](store::ClinicTx& tx) { return two_step::enrol(tx, *vault, user); }));
    EXPECT_EQ(in_clinic(one, [&](store::ClinicTx& tx) { return two_step::confirm(tx, *vault, user, "000000", by); })
                  .error()
                  .field,
              "code");
    EXPECT_FALSE(must(enter("one", "achieng", kPassword)).needs_code);
    turn_on_two_step();
    EXPECT_EQ(in_clinic(one, [&](store::ClinicTx& tx) { return two_step::enrol(tx, *vault, user); }).error().code,
              Code::kConflict);
    must(in_clinic(one, [&](store::ClinicTx& tx) { return two_step::turn_off(tx, user, by); }));
    EXPECT_FALSE(must(enter("one", "achieng", kPassword)).needs_code);
    EXPECT_EQ(count("user.two_step_on"), 1);
    EXPECT_EQ(count("user.two_step_off"), 1);
}

TEST_F(SignInTest, a_new_password_needs_the_old_one_and_ends_all_other_sessions) {
    const auto here = must(enter("one", "achieng", kPassword)), there = must(enter("one", "achieng", kPassword));
    const SignedIn who = *find(here.token);
    EXPECT_EQ(
        door.change_password(who, {Secret<>("wrong password"), Secret<>("a brand new password")}, {}).error().field,
        "old_password");
    EXPECT_EQ(door.change_password(who, {Secret<>(std::string(kPassword)), Secret<>("short")}, {}).error().field,
              "password");
    const auto after =
        must(door.change_password(who, {Secret<>(std::string(kPassword)), Secret<>("a brand new password")}, {}));
    EXPECT_FALSE(find(here.token));
    EXPECT_FALSE(find(there.token));
    EXPECT_TRUE(find(after.token));
    EXPECT_FALSE(enter("one", "achieng", kPassword));
    EXPECT_TRUE(enter("one", "achieng", "a brand new password"));
}

TEST_F(SignInTest, an_invitation_chooses_a_password_once_and_for_three_days) {
    const auto invite = [&] {
        return must(in_clinic(one,
                              [&](store::ClinicTx& tx) {
                                  return invitations::make(tx, user, entropy, {"cli:test", held.now()});
                              }))
            .reveal();
    };
    const std::string replaced = invite(), link = invite();
    EXPECT_EQ(disk_bytes().find(link), std::string::npos);
    EXPECT_EQ(door.accept_invitation(replaced, Secret<>("a brand new password")).error().code, Code::kNotFound);
    EXPECT_EQ(door.accept_invitation("nonsense", Secret<>("a brand new password")).error().code, Code::kNotFound);
    EXPECT_EQ(door.accept_invitation(link, Secret<>("short")).error().field, "password");
    EXPECT_EQ(must(door.accept_invitation(link, Secret<>("a brand new password"))).id, user);
    EXPECT_EQ(door.accept_invitation(link, Secret<>("another new password")).error().code, Code::kNotFound);
    EXPECT_TRUE(enter("one", "achieng", "a brand new password"));
    const std::string late = invite();
    held.at = kNow + invitations::kLife;
    EXPECT_FALSE(door.accept_invitation(late, Secret<>("another new password")));
}

TEST_F(SignInTest, a_hash_of_an_older_cost_is_made_anew_at_the_next_sign_in) {
    // "mango tree by the lake" with one pass over 8 MiB.
    const Secret<> old(
        "$argon2id$v=19$m=8192,t=1,p=1$gCnNKC3QSiZnil4QDRDcog$ACe0ZSFzqu6BqGaYdr+4YxBwnEZttW1j5YWTk3Tp/WQ");
    must(in_clinic(one, [&](store::ClinicTx& tx) { return users::set_password(tx, user, old, by); }));
    const auto opened = must(enter("one", "achieng", kPassword));
    EXPECT_TRUE(find(opened.token)) << "nobody is thrown out for it";
    const Secret<> now = must(in_clinic(one, [&](store::ClinicTx& tx) { return users::password_hash(tx, user); }));
    EXPECT_NE(now.reveal(), old.reveal());
    EXPECT_FALSE(crypto::password_is_outdated(now.reveal()));
    EXPECT_TRUE(enter("one", "achieng", kPassword));
}

}  // namespace
}  // namespace clinicpro::clinics
