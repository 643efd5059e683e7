// Facts about who carries a clinic's messages: its own account or the server's, sealed; and what networks report.
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using testing::World;

messaging::Settings sms(std::string username, std::string key) {
    messaging::Settings settings;
    settings.sms = true;
    settings.sms_account = {.environment = messaging::SmsEnvironment::kCustom,
                            .base_url = "https://sms.example",
                            .username = std::move(username),
                            .sender_id = {},
                            .api_key = Secret<>(std::move(key))};
    return settings;
}

void choose(World& world, ClinicId clinic, const messaging::Settings& settings) {
    world.in(clinic, [&](auto& context, auto& tx) {
        return MessageSettings::save(context, tx, *world.vault, settings, "test");
    });
}

net::Response taken(const std::string& id) {
    return {
        .status = 201,
        .headers = {},
        .body = R"({"SMSMessageData":{"Message":"Sent","Recipients":[{"statusCode":101,"messageId":")" + id + "\"}]}}"};
}

void paid(World& world, ClinicId clinic = World::kMlimani) {
    const auto invoice = world.invoice(world.patient(clinic), {}, {}, 1500, clinic);
    world.pay(invoice.account, 1500, clinic);
}

void report(World& world, ClinicId account, const std::string& id, const std::string& status) {
    world.in(kSystem, [&](auto&, auto& tx) {
        return notices::report(tx.raw(), account, *messaging::read_delivery_report("id=" + id + "&status=" + status),
                               world.clock.now());
    });
}

MessageSettings::Choice current(World& world, ClinicId clinic) {
    std::optional<MessageSettings::Choice> found;
    world.in(clinic, [&](auto&, auto& tx) -> Result<> {
        TRY(found, MessageSettings::current(tx, *world.vault));
        return {};
    });
    return *found;
}

class Reports : public ::testing::TestWithParam<std::string> {
protected:
    World world{{}, GetParam()};
    Notice notice(ClinicId clinic = World::kMlimani) { return world.notices_of(clinic).at(0); }
};
INSTANTIATE_TEST_SUITE_P(engines, Reports, ::testing::Values("sqlite", "postgres"),
                         [](const auto& info) { return info.param; });

TEST(message_settings, what_a_trial_found_is_kept_until_its_account_changes) {
    World world;
    choose(world, World::kMlimani, sms("mlimani", "mlimani-key"));
    world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<> {
        TRY(MessageSettings::note_trial(tx, tx.clinic(), "sms", MessageSettings::Tried{world.clock.now(), "No money left."}));
        return MessageSettings::note_trial(tx, tx.clinic(), "mail", MessageSettings::Tried{world.clock.now(), ""});
    });
    EXPECT_EQ(current(world, World::kMlimani).sms_tried.note, "No money left.");
    auto same = sms("mlimani", "");
    same.quiet.from = 0;
    choose(world, World::kMlimani, same);
    EXPECT_EQ(current(world, World::kMlimani).sms_tried.note, "No money left.");
    choose(world, World::kMlimani, sms("mlimani", "another-key"));
    EXPECT_FALSE(current(world, World::kMlimani).sms_tried.at);
    EXPECT_EQ(current(world, World::kMlimani).sms_tried.note, "");
    EXPECT_TRUE(current(world, World::kMlimani).mail_tried.at);
}

TEST(message_settings, a_clinic_s_own_account_replaces_the_server_s_and_its_key_is_sealed) {
    World world;
    choose(world, kSystem, sms("server", "server-key"));
    choose(world, World::kMlimani, sms("mlimani", "mlimani-key"));
    world.client.script = {taken("ATXid_1"), taken("ATXid_2")};
    paid(world);
    paid(world, World::kPwani);
    ASSERT_EQ(world.client.requests.size(), 2u);
    EXPECT_EQ(net::find_header(world.client.requests[0].headers, "apiKey"), "mlimani-key");
    EXPECT_EQ(net::find_header(world.client.requests[1].headers, "apiKey"), "server-key");
    EXPECT_TRUE(world.client.requests[1].body.starts_with("username=server&to=%2B254712345678&"));
    EXPECT_EQ(world.notices_of().at(0).channel, "sms");
    EXPECT_EQ(world.notices_of().at(0).parts, 1);
    EXPECT_EQ(
        world.number("SELECT COUNT(*) FROM credentials WHERE clinic_id = $1 AND CAST(sealed AS TEXT) LIKE '%key%'"), 0);
}

TEST(message_settings, a_secret_left_out_stays_and_clearing_goes_back_to_the_default) {
    World world;
    choose(world, World::kMlimani, sms("mlimani", "mlimani-key"));
    choose(world, World::kMlimani, sms("renamed", ""));
    const auto own = world.in(World::kMlimani, [&](auto&, auto& tx) { return world.message_settings.current(tx); });
    EXPECT_EQ(own->settings.sms_account.username, "renamed");
    EXPECT_EQ(own->settings.sms_account.api_key.reveal(), "mlimani-key");
    EXPECT_FALSE(world.in(World::kPwani, [&](auto&, auto& tx) { return world.message_settings.current(tx); }));
    world.in(World::kMlimani, [&](auto& context, auto& tx) { return MessageSettings::clear(context, tx, "test"); });
    EXPECT_FALSE(world.in(World::kMlimani, [&](auto&, auto& tx) { return world.message_settings.current(tx); }));
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM credentials WHERE clinic_id = $1"), 0);
}

TEST(message_settings, what_cannot_work_changes_nothing) {
    World world;
    const auto refused = world.attempt(World::kMlimani, [&](auto& context, auto& tx) {
        return MessageSettings::save(context, tx, *world.vault, sms("", ""), "test");
    });
    EXPECT_EQ(refused.error().field, "sms.username");
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM messaging_config WHERE clinic_id = $1"), 0);
}

TEST(message_settings, an_account_s_refusal_waits_for_a_person_who_then_sends_it_again_by_another_channel) {
    World world;
    choose(world, World::kMlimani, sms("mlimani", "wrong"));
    world.client.script = {
        net::Response{.status = 401, .headers = {}, .body = "The supplied authentication is invalid"}};
    paid(world);
    const Notice failed = world.notices_of().at(0);
    EXPECT_EQ(failed.state, "failed");
    EXPECT_NE(failed.note.find("Correct the user name and API key"), std::string::npos);
    world.in(World::kMlimani, [&](auto& context, auto& tx) { return notices::retry(context, tx, failed.id, "kept"); });
    world.run();
    EXPECT_EQ(world.notices_of().at(0).state, "sent");
    EXPECT_EQ(world.notices_of().at(0).channel, "kept");
    EXPECT_EQ(world.client.requests.size(), 1u);
}

TEST(message_settings, an_sms_whose_answer_is_lost_is_sent_once_more_also_after_many_busy_answers) {
    World world;
    choose(world, World::kMlimani, sms("mlimani", "key"));
    world.client.script = {net::Response{.status = 503}, net::Response{.status = 503}, net::Unknown{"cut"},
                           net::Unknown{"cut"}, net::Response{.status = 503}};
    paid(world);
    for (int i = 0; i < 8; ++i) world.pass(1h);
    EXPECT_EQ(world.client.requests.size(), 4u);
    EXPECT_EQ(world.notices_of().at(0).state, "failed");
    EXPECT_EQ(world.notices_of().at(0).note, "It is not known whether this message arrived: cut");
}

TEST(message_settings, crash_after_crash_sends_at_most_two) {
    World world;
    choose(world, World::kMlimani, sms("mlimani", "key"));
    world.client.hold = true;
    paid(world);
    for (int i = 0; i < 5; ++i) {
        world.restart();
        world.pass(1h);
    }
    EXPECT_EQ(world.client.requests.size(), 2u);
    EXPECT_EQ(world.notices_of().at(0).state, "failed");
}

TEST_P(Reports, a_delivery_is_shown_and_never_taken_back_whatever_comes_after) {
    choose(world, World::kMlimani, sms("mlimani", "key"));
    world.client.script = {taken("ATXid_1")};
    paid(world);
    EXPECT_EQ(notice().delivery, "");
    for (const char* status : {"Submitted", "Sent", "Success", "Failed", "Submitted", "Success"}) {
        report(world, World::kMlimani, "ATXid_1", status);
    }
    EXPECT_EQ(notice().delivery, "delivered");
    EXPECT_EQ(notice().state, "sent");
    EXPECT_EQ(notice().note, "");
}

TEST_P(Reports, a_message_that_did_not_arrive_is_on_the_list_and_can_be_sent_again) {
    choose(world, World::kMlimani, sms("mlimani", "key"));
    world.client.script = {taken("ATXid_1"), taken("ATXid_2")};
    paid(world);
    report(world, World::kMlimani, "ATXid_1", "Failed&failureReason=UserDoesNotExist");
    EXPECT_EQ(notice().state, "failed");
    EXPECT_EQ(notice().delivery, "failed");
    EXPECT_EQ(notice().note,
              "The message did not arrive: the number does not exist: correct it, then send this again.");
    const auto id = notice().id;
    world.in(World::kMlimani, [&](auto& context, auto& tx) { return notices::retry(context, tx, id); });
    world.run();
    EXPECT_EQ(notice().state, "sent");
    EXPECT_EQ(notice().delivery, "");
    report(world, World::kMlimani, "ATXid_1", "Success");  // of the first copy, late
    EXPECT_EQ(notice().delivery, "");
    report(world, World::kMlimani, "ATXid_2", "Success");
    EXPECT_EQ(notice().delivery, "delivered");
}

TEST_P(Reports, one_that_comes_before_the_answer_waits_for_it) {
    choose(world, World::kMlimani, sms("mlimani", "key"));
    world.client.hold = true;
    paid(world);
    report(world, World::kMlimani, "ATXid_1", "Success");
    report(world, World::kMlimani, "ATXid_1", "Submitted");
    EXPECT_EQ(notice().delivery, "");
    world.client.held.at(0)(taken("ATXid_1"));
    world.run();
    EXPECT_EQ(notice().state, "sent");
    EXPECT_EQ(notice().delivery, "delivered");
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM sms_reports WHERE clinic_id = $1"), 0);
}

TEST_P(Reports, an_unknown_id_is_kept_for_a_day_only) {
    choose(world, World::kMlimani, sms("mlimani", "key"));
    report(world, World::kMlimani, "ATXid_9", "Success");
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM sms_reports WHERE clinic_id = $1"), 1);
    world.pass(25h);
    report(world, World::kMlimani, "ATXid_8", "Success");
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM sms_reports WHERE clinic_id = $1"), 1);
}

TEST_P(Reports, the_server_s_account_speaks_for_its_clinics_and_a_clinic_s_own_for_nobody_else) {
    choose(world, kSystem, sms("server", "key"));
    choose(world, World::kPwani, sms("pwani", "key"));
    world.client.script = {taken("ATXid_1"), taken("ATXid_2")};
    paid(world);
    paid(world, World::kPwani);
    report(world, World::kPwani, "ATXid_1", "Failed");  // a neighbour's
    report(world, kSystem, "ATXid_2", "Failed");        // not the server's message
    EXPECT_EQ(notice().delivery, "");
    EXPECT_EQ(notice(World::kPwani).delivery, "");
    report(world, kSystem, "ATXid_1", "Success");
    report(world, World::kPwani, "ATXid_2", "Success");
    EXPECT_EQ(notice().delivery, "delivered");
    EXPECT_EQ(notice(World::kPwani).delivery, "delivered");
}

}  // namespace
}  // namespace clinicpro::invoices
