// Facts about our standing with an account: what is kept belongs to one version of the settings, and to one clinic.
#include "tests/invoices/ledger_provider.hpp"

namespace clinicpro::invoices::testing {

using meetings::Kind;

class Connections : public LedgerTest {
protected:
    Connection load(std::string account = {}, ClinicId clinic = World::kMlimani) {
        return world.in(clinic, [&](auto&, auto& tx) -> Result<Connection> {
            TRY(const auto provider, world.settings.provider(tx, Kind::kZoom));
            return meeting_connections::load(tx, *world.vault, provider, account);
        });
    }
    template <class Act>
    void with(const Connection& connection, Act act) {
        world.in(World::kMlimani, [&](auto& context, auto& tx) { return act(context, tx, connection); });
    }
};

TEST_F(Connections, a_grant_is_kept_for_one_account_and_one_version_of_the_settings) {
    EXPECT_TRUE(load().grant.token.empty());
    with(load(), [&](auto&, auto& tx, const Connection& c) {
        return meeting_connections::keep(tx, *world.vault, c, {Secret<>("the-token"), world.clock.at + 1h, "https://api"});
    });
    EXPECT_EQ(load().grant.token.reveal(), "the-token");
    EXPECT_EQ(load().grant.api_url, "https://api");
    EXPECT_TRUE(load("dr@clinic.example").grant.token.empty());
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM meeting_connections WHERE clinic_id = $1 AND "
                           "CAST(sealed AS TEXT) LIKE '%the-token%'"),
              0);
    use(Kind::kZoom);
    EXPECT_TRUE(load().grant.token.empty());
}

TEST_F(Connections, an_empty_grant_is_forgotten) {
    with(load(), [&](auto&, auto& tx, const Connection& c) {
        return meeting_connections::keep(tx, *world.vault, c, {Secret<>("t"), world.clock.at + 1h, {}});
    });
    with(load(), [&](auto&, auto& tx, const Connection& c) {
        return meeting_connections::keep(tx, *world.vault, c, meetings::Grant{});
    });
    EXPECT_TRUE(load().grant.token.empty());
}

TEST_F(Connections, one_fetches_and_says_how_long) {
    with(load(), [&](auto&, auto& tx, const Connection& c) {
        return meeting_connections::fetching(tx, c, world.clock.at + 30s);
    });
    EXPECT_EQ(load().asked_until, world.clock.at + 30s);
    with(load(), [&](auto&, auto& tx, const Connection& c) {
        return meeting_connections::keep(tx, *world.vault, c, {Secret<>("t"), world.clock.at + 1h, {}});
    });
    EXPECT_EQ(load().asked_until, Instant{});
}

TEST_F(Connections, a_broken_one_is_told_once_and_mended_once) {
    for (int i = 0; i < 2; ++i) {
        with(load("dr@clinic.example"), [&](auto& context, auto& tx, const Connection& c) {
            return meeting_connections::broke(context, tx, c, "Connect again.");
        });
    }
    EXPECT_EQ(load("dr@clinic.example").note, "Connect again.");
    EXPECT_FALSE(load().broken_at);  // another practitioner's is another matter
    EXPECT_EQ(audited("meeting.connection_broken"), 1);
    for (int i = 0; i < 2; ++i) {
        with(load("dr@clinic.example"), [&](auto& context, auto& tx, const Connection& c) {
            return meeting_connections::mended(context, tx, c, "test");
        });
    }
    EXPECT_FALSE(load("dr@clinic.example").broken_at);
    EXPECT_EQ(audited("meeting.connection_mended"), 1);
}

TEST_F(Connections, clinics_that_use_the_default_share_its_account_and_see_nothing_of_another_clinic_s) {
    world.in(kSystem, [&](auto& context, auto& tx) {
        return world.settings.set_adapter(context, tx, {Kind::kZoom, {}}, "test");
    });
    with(load(), [&](auto&, auto& tx, const Connection& c) {
        return meeting_connections::keep(tx, *world.vault, c, {Secret<>("mlimani's"), world.clock.at + 1h, {}});
    });
    const Connection theirs = load({}, World::kPwani);
    EXPECT_EQ(theirs.owner, kSystem);
    EXPECT_TRUE(theirs.grant.token.empty());
    EXPECT_EQ(load().owner, World::kMlimani);
}

}  // namespace clinicpro::invoices::testing
