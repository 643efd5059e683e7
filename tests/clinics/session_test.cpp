// Sessions: how long they live, who may end them, and what the database knows of them.
#include "clinics/session.hpp"

#include "tests/clinics/fixture.hpp"

namespace clinicpro::clinics {
namespace {

class SessionTest : public ClinicsTest {
protected:
    ClinicId one = make_clinic("one"), two = make_clinic("two");
    UserId user = must(in_clinic(one, [&](store::ClinicTx& tx) {
                      return users::create(tx, {.name = "achieng", .full_name = "Achieng", .role = Role::kCashier}, ids,
                                           {"cli:test", kNow});
                  })).id;

    std::string begin(Instant at = kNow, Session::Stage stage = Session::Stage::kFull) {
        return must(in_clinic(one,
                              [&](store::ClinicTx& tx) {
                                  return sessions::begin(tx,
                                                         {.user = user,
                                                          .stage = stage,
                                                          .peer = "10.0.0.9",
                                                          .browser = "Firefox\n" + std::string(500, 'x')},
                                                         ids, entropy, at);
                              }))
            .reveal();
    }
    std::optional<SignedIn> find(const std::string& token, Instant at = kNow) {
        return must(in_system([&](store::Tx& tx) { return sessions::find(tx, token, at); }));
    }
    void touch(const std::string& token, Instant at) {
        const SessionId id = find(token, at)->session.id;
        must(in_clinic(one, [&](store::ClinicTx& tx) { return sessions::touch(tx, id, at); }));
    }
};

TEST_F(SessionTest, a_session_says_who_where_and_what_they_may) {
    const auto found = find(begin());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->user.id, user);
    EXPECT_EQ(found->clinic.slug, "one");
    EXPECT_EQ(found->session.stage, Session::Stage::kFull);
    EXPECT_EQ(found->session.peer, "10.0.0.9");
    EXPECT_EQ(found->session.browser.size(), sessions::kBrowserMax - 1);  // cut, and without the line break
    const Principal who = found->principal();
    EXPECT_EQ(who.clinic, one);
    EXPECT_EQ(who.role, Role::kCashier);
    EXPECT_EQ(who.actor(), user.to_text());
    EXPECT_EQ(require(who, Permission::kRead, two).error().code, Code::kNotFound);
    EXPECT_EQ(require(who, Permission::kConfigure, one).error().code, Code::kForbidden);
}

TEST_F(SessionTest, a_token_is_256_bits_never_repeats_and_is_not_stored) {
    const std::string first = begin(), second = begin();
    EXPECT_EQ(first.size(), 43u);
    EXPECT_NE(first, second);
    EXPECT_EQ(disk_bytes().find(first), std::string::npos);
}

TEST_F(SessionTest, nonsense_opens_nothing) {
    const std::string token = begin();
    std::string other = token;
    other[5] = token[5] == 'A' ? 'B' : 'A';
    for (const std::string& text :
         {std::string(), std::string(43, 'A'), token + "A", token.substr(1), other, std::string(9999, 'x')})
        EXPECT_FALSE(find(text));
}

TEST_F(SessionTest, two_hours_without_use_end_it_and_use_prolongs_it) {
    const std::string token = begin();
    EXPECT_TRUE(find(token, kNow + sessions::kIdle - 1s));
    EXPECT_FALSE(find(token, kNow + sessions::kIdle));
    touch(token, kNow + 1h);
    EXPECT_TRUE(find(token, kNow + sessions::kIdle + 30min));
    EXPECT_FALSE(find(token, kNow + sessions::kIdle + 1h));
}

TEST_F(SessionTest, twelve_hours_end_it_however_busy_it_is) {
    const std::string token = begin();
    for (int hours = 1; hours < 12; ++hours) touch(token, kNow + std::chrono::hours(hours));
    EXPECT_TRUE(find(token, kNow + sessions::kLife - 1s));
    EXPECT_FALSE(find(token, kNow + sessions::kLife));
}

TEST_F(SessionTest, use_within_a_minute_writes_nothing) {
    const std::string token = begin();
    touch(token, kNow + 59s);
    EXPECT_EQ(find(token)->session.seen_at, kNow);
    touch(token, kNow + 61s);
    EXPECT_EQ(find(token)->session.seen_at, kNow + 61s);
}

TEST_F(SessionTest, the_stage_between_password_and_code_lasts_five_minutes) {
    const std::string token = begin(kNow, Session::Stage::kCode);
    EXPECT_EQ(find(token)->session.stage, Session::Stage::kCode);
    EXPECT_TRUE(find(token, kNow + 299s));
    EXPECT_FALSE(find(token, kNow + 300s));
    EXPECT_TRUE(must(in_clinic(one, [&](store::ClinicTx& tx) { return sessions::list(tx, user, kNow); })).empty());
}

TEST_F(SessionTest, a_person_lists_and_ends_their_own) {
    const std::string first = begin(), second = begin(), third = begin();
    EXPECT_EQ(must(in_clinic(one, [&](store::ClinicTx& tx) { return sessions::list(tx, user, kNow); })).size(), 3u);
    const SessionId id = find(first)->session.id;
    const auto end = [&](ClinicId clinic, UserId who) {
        return in_clinic(clinic, [&](store::ClinicTx& tx) { return sessions::end(tx, who, id); });
    };
    EXPECT_EQ(end(two, user).error().code, Code::kNotFound);
    EXPECT_EQ(end(one, UserId{7}).error().code, Code::kNotFound);
    EXPECT_TRUE(find(first));
    EXPECT_TRUE(end(one, user));
    EXPECT_FALSE(find(first));
    const SessionId keep = find(third)->session.id;
    must(in_clinic(one, [&](store::ClinicTx& tx) { return sessions::end_all(tx, user, keep); }));
    EXPECT_FALSE(find(second));
    EXPECT_TRUE(find(third));
}

TEST_F(SessionTest, the_eleventh_browser_ends_the_first) {
    const std::string first = begin();
    for (int i = 0; i < sessions::kSessionsPerUserMax - 1; ++i) begin();
    EXPECT_TRUE(find(first));
    begin();
    EXPECT_FALSE(find(first));
}

TEST_F(SessionTest, a_suspended_clinic_opens_to_nobody) {
    const std::string token = begin();
    must(in_clinic(one, [](store::ClinicTx& tx) { return set_status(tx, Clinic::Status::kSuspended); }));
    EXPECT_EQ(in_system([&](store::Tx& tx) { return sessions::find(tx, token, kNow); }).error().code, Code::kForbidden);
}

TEST_F(SessionTest, sweeping_leaves_the_live_ones) {
    const std::string old = begin(kNow - sessions::kLife), idle = begin(kNow - 3h), live = begin();
    must(in_system([&](store::Tx& tx) { return sessions::sweep(tx, kNow); }));
    EXPECT_TRUE(find(live));
    EXPECT_FALSE(find(old, kNow - sessions::kLife));
    EXPECT_FALSE(find(idle, kNow - 3h));
}

TEST_F(SessionTest, a_csrf_token_belongs_to_one_session) {
    const std::string first = begin(), second = begin();
    EXPECT_TRUE(sessions::csrf_matches(first, sessions::csrf_token(first)));
    EXPECT_FALSE(sessions::csrf_matches(first, sessions::csrf_token(second)));
    EXPECT_FALSE(sessions::csrf_matches(first, ""));
    EXPECT_FALSE(sessions::csrf_matches("", sessions::csrf_token("")));
    EXPECT_NE(sessions::csrf_token(first), first);
}

}  // namespace
}  // namespace clinicpro::clinics
