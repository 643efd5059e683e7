// Facts about trying a channel: what an ending says of the account, and who may remember it.
#include "invoices/message_trial.hpp"

#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using testing::World;
using Account = TrialResult::Account;

TrialResult mail(const net::Outcome& outcome) {
    return read_trial({"mail", "a.mwangi@mlimani.example"}, outcome);
}
net::Response reply(int status, const std::string& line) {
    return {.status = status, .headers = {}, .body = line};
}

TEST(MessageTrial, an_ending_says_of_the_account_only_what_it_knows) {
    EXPECT_EQ(mail(reply(250, "250 OK")).account, Account::kWell);
    EXPECT_EQ(mail(reply(550, "550 5.1.1 no such user")).account, Account::kWell);
    EXPECT_EQ(mail(reply(535, "535 5.7.8 bad credentials")).account, Account::kWrong);
    EXPECT_EQ(mail(reply(451, "451 4.3.0 try later")).account, Account::kUnknown);
    EXPECT_EQ(mail(net::Unknown{"time-out"}).account, Account::kUnknown);
}

TEST(MessageTrial, what_is_not_known_of_the_account_is_not_remembered) {
    const Instant now{1};
    EXPECT_FALSE(mail(net::Unknown{"time-out"}).found(now));
    EXPECT_EQ(mail(reply(250, "250 OK")).found(now)->note, "");
    EXPECT_NE(mail(reply(535, "535 5.7.8 bad credentials")).found(now)->note, "");
}

TEST(MessageTrial, what_a_clinic_met_with_the_servers_account_is_no_other_clinics_to_read) {
    World world;
    messaging::Settings settings;
    settings.mail = true;
    settings.mail_account = {.host = "mail.example", .port = 587, .from = "visits@mail.example", .from_name = "Visits"};
    world.in(kSystem, [&](auto& context, auto& tx) {
        return MessageSettings::save(context, tx, *world.vault, settings, "test");
    });
    world.in(World::kMlimani, [&](auto&, auto& tx) {
        return MessageSettings::note_trial(tx, kSystem, "mail", MessageSettings::Tried{world.clock.now(), "Refused: a.mwangi@mlimani.example"});
    });
    std::optional<MessageSettings::Choice> seen;
    world.in(World::kPwani, [&](auto&, auto& tx) -> Result<> {
        TRY(seen, MessageSettings::current(tx, *world.vault));
        return {};
    });
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->owner, kSystem);
    EXPECT_EQ(seen->mail_tried.note, "");
}

}  // namespace
}  // namespace clinicpro::invoices
