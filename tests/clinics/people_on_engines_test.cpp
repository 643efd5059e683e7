// Every statement about people, sessions, invitations, codes and throttling, on SQLite and on PostgreSQL.
#include <thread>

#include "clinics/invitation.hpp"
#include "clinics/session.hpp"
#include "clinics/throttle.hpp"
#include "clinics/two_step.hpp"
#include "crypto/totp.hpp"
#include "tests/clinics/fixture.hpp"
#include "tests/store/engines.hpp"

namespace clinicpro::clinics {
namespace {

class PeopleOnEngines : public ::testing::TestWithParam<const char*> {
protected:
    PeopleOnEngines() {
        log::configure(log::Level::kWarn, false);
        must(store::migrate(*database));
        vault = must(Vault::open(
            *database, must(crypto::Keyring::parse(Secret<>(crypto::Keyring::make_master_key(entropy)))), entropy));
        clinic = must(create(*database, *vault, {"one", "One"}, kNow)).id;
    }
    void in_clinic(const std::function<Result<>(store::ClinicTx&)>& body) {
        must(database->write([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, clinic);
            return body(tx);
        }));
    }

    clinicpro::testing::EngineUnderTest engine{GetParam()};
    crypto::SystemEntropy entropy;
    FixedClock clock;
    IdMaker ids{clock, 1};
    std::unique_ptr<store::Database> database = must(store::open({.url = engine.url(), .durable = false}));
    std::unique_ptr<Vault> vault;
    ClinicId clinic;
    const users::Doer by{"cli:test", kNow};
};

TEST_P(PeopleOnEngines, a_person_comes_signs_in_and_goes) {
    UserId id, boss;
    Secret<> link, token, secret;
    std::vector<Secret<>> codes;
    in_clinic([&](store::ClinicTx& tx) -> Result<> {
        TRY(const User made, users::create(tx, {.name = "achieng", .full_name = "A", .role = Role::kCashier}, ids, by));
        TRY(const User other, users::create(tx, {.name = "boss", .full_name = "B", .role = Role::kAdmin}, ids, by));
        id = made.id;
        boss = other.id;
        EXPECT_EQ(users::create(tx, {.name = "ACHIENG", .full_name = "A"}, ids, by).error().code, Code::kConflict);
        EXPECT_EQ(users::disable(tx, boss, by).error().code, Code::kConflict);
        TRY(link, invitations::make(tx, id, entropy, by));
        TRY(link, invitations::make(tx, id, entropy, by));
        return {};
    });
    in_clinic([&](store::ClinicTx& tx) -> Result<> {
        TRY(const User found, invitations::find(tx.raw(), link.reveal(), kNow));
        EXPECT_EQ(found.id, id);
        TRY(invitations::accept(tx.raw(), link.reveal(), Secret<>("hash"), kNow));
        EXPECT_FALSE(invitations::accept(tx.raw(), link.reveal(), Secret<>("hash"), kNow));
        TRY(users::refresh_password(tx, id, Secret<>("hash"), Secret<>("hash2")));
        TRY(const Secret<> hash, users::password_hash(tx, id));
        EXPECT_EQ(hash.reveal(), "hash2");
        TRY(token, sessions::begin(tx, {.user = id, .peer = "::1", .browser = "x"}, ids, entropy, kNow));
        TRY(sessions::note_sign_in(tx, id, kNow));
        TRY(users::set_language(tx, id, "sw"));
        TRY(users::set_role(tx, id, Role::kReader, by));
        return {};
    });
    in_clinic([&](store::ClinicTx& tx) -> Result<> {
        TRY(const auto found, sessions::find(tx.raw(), token.reveal(), kNow));
        EXPECT_TRUE(found && found->user.language == "sw" && found->user.role == Role::kReader &&
                    found->clinic.name == "One");
        TRY(sessions::touch(tx, found->session.id, kNow + 2min));
        TRY(const auto listed, sessions::list(tx, id, kNow + 2min));
        EXPECT_TRUE(listed.size() == 1 && listed[0].seen_at == kNow + 2min);
        TRY(sessions::sweep(tx.raw(), kNow + 3min));
        TRY(secret, two_step::enrol(tx, *vault, id));
        const int64_t step = crypto::totp_step(kNow);
        TRY(codes, two_step::confirm(tx, *vault, id, crypto::totp_code(secret, step), by));
        TRY(const bool old, two_step::accept(tx, *vault, id, crypto::totp_code(secret, step), kNow));
        TRY(const bool fresh, two_step::accept(tx, *vault, id, crypto::totp_code(secret, step + 1), kNow));
        TRY(const bool recovery, two_step::accept(tx, *vault, id, codes[3].reveal(), kNow));
        TRY(const bool again, two_step::accept(tx, *vault, id, codes[3].reveal(), kNow));
        EXPECT_TRUE(!old && fresh && recovery && !again);
        TRY(const int left, two_step::codes_left(tx, id));
        EXPECT_EQ(left, 9);
        TRY(two_step::turn_off(tx, id, by));
        TRY(users::disable(tx, id, by));
        TRY(const auto gone, sessions::find(tx.raw(), token.reveal(), kNow));
        EXPECT_FALSE(gone);
        TRY(users::enable(tx, id, by));
        TRY(const auto everybody, users::list(tx));
        EXPECT_EQ(everybody.size(), 2u);
        return {};
    });
}

TEST_P(PeopleOnEngines, attempts_are_counted_and_forgotten) {
    using throttle::Kind;
    in_clinic([&](store::ClinicTx& tx) -> Result<> {
        TRY(const std::string mark, throttle::mark_of(tx, *vault, Kind::kPassword, "achieng"));
        for (int i = 0; i < throttle::kFreeForAccount; ++i) TRY(throttle::take(tx, Kind::kPassword, mark, kNow));
        EXPECT_EQ(throttle::take(tx, Kind::kPassword, mark, kNow).error().code, Code::kTooMany);
        TRY(const bool blocked, throttle::is_blocked(tx, mark, kNow));
        EXPECT_TRUE(blocked);
        TRY(throttle::take(tx, Kind::kPassword, mark, kNow + 31s));
        TRY(throttle::give_back(tx, Kind::kPassword, mark));
        TRY(throttle::take(tx, Kind::kPassword, mark, kNow + 31s));
        TRY(throttle::sweep(tx.raw(), kNow + 48h));
        TRY(throttle::take(tx, Kind::kAddress, mark, kNow + 48h));
        TRY(throttle::give_back(tx, Kind::kAddress, mark));
        return {};
    });
}

TEST_P(PeopleOnEngines, guesses_at_once_are_counted_one_by_one) {
    std::atomic<int> let_through = 0;
    std::vector<std::thread> guessers;
    for (int i = 0; i < 20; ++i) {
        guessers.emplace_back([&] {
            const auto taken = database->write([&](store::Tx& raw) -> Result<> {
                store::ClinicTx tx(raw, clinic);
                return throttle::take(tx, throttle::Kind::kPassword, "one mark for all", kNow);
            });
            if (taken) ++let_through;
        });
    }
    for (auto& guesser : guessers) guesser.join();
    EXPECT_EQ(let_through, throttle::kFreeForAccount);
}

INSTANTIATE_TEST_SUITE_P(engines, PeopleOnEngines, ::testing::Values("sqlite", "postgres"));

}  // namespace
}  // namespace clinicpro::clinics
