// Facts about the occasions on which a patient hears from the clinic: each once, in the right hours, and never untrue.
#include "base/text.hpp"
#include "invoices/message_texts.hpp"
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using testing::World;

messaging::Settings settings(bool sms, bool mail) {
    messaging::Settings s;
    s.sms = sms;
    s.mail = mail;
    s.sms_account = {.environment = messaging::SmsEnvironment::kCustom,
                     .base_url = "https://sms.example",
                     .username = "mlimani",
                     .sender_id = {},
                     .api_key = Secret<>("key")};
    s.mail_account = {.host = "smtp.example",
                      .port = 587,
                      .security = messaging::MailSecurity::kStartTls,
                      .username = "visits",
                      .password = Secret<>("secret"),
                      .from = "visits@mlimani.example",
                      .from_name = {}};
    return s;
}

void choose(World& world, const messaging::Settings& chosen) {
    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return MessageSettings::save(context, tx, *world.vault, chosen, "test"); });
}

net::Response taken() {
    return {.status = 201,
            .headers = {},
            .body = R"({"SMSMessageData":{"Message":"Sent","Recipients":[{"statusCode":101,"messageId":"ATXid_1"}]}})"};
}

PatientId with_mail(World& world, std::string language = "en") {
    return world
        .in(World::kMlimani,
            [&](auto& context, auto& tx) {
                return patients::create(context, tx, *world.vault,
                                        {"Achieng", *Msisdn::parse("0712345678"), language, "test",
                                         *messaging::MailAddress::parse("achieng@example.co.ke")});
            })
        .id;
}

void confirm(World& world, AppointmentId visit) {
    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return appointments::confirm(context, tx, visit, "test"); });
    world.run();
}
void move(World& world, AppointmentId visit, Instant to) {
    world.in(World::kMlimani, [&](auto& context, auto& tx) {
        return appointments::reschedule(context, tx, visit, to, to + 30min, "test");
    });
    world.run();
}
void cancel(World& world, AppointmentId visit) {
    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return appointments::cancel(context, tx, visit, "test"); });
    world.run();
}

// What the kept channel carried, oldest first: "link_ready visit_moved".
std::string told(const World& world) {
    std::string all;
    for (const auto& one : world.channel.sent) all += (all.empty() ? "" : " ") + one.template_name;
    return all;
}
int64_t stored(World& world, std::string_view state) {
    int64_t count = 0;
    for (const Notice& one : world.notices_of()) count += one.state == state;
    return count;
}

TEST(occasions, a_visit_is_confirmed_and_reminded_of_twice) {
    World world;
    const auto visit = world.visit(world.patient(), AppointmentKind::kVirtual, World::kMlimani, 48h);
    confirm(world, visit);
    EXPECT_EQ(told(world), "link_ready");
    world.pass(24h - 1min);
    EXPECT_EQ(told(world), "link_ready");
    world.pass(1min);
    EXPECT_EQ(told(world), "link_ready reminder_day");
    world.pass(23h);
    EXPECT_EQ(told(world), "link_ready reminder_day reminder_hour");
    EXPECT_NE(world.channel.sent[2].body.find("https://pay.example/j/"), std::string::npos);
    world.pass(72h);
    EXPECT_EQ(told(world), "link_ready reminder_day reminder_hour");
}

TEST(occasions, a_paid_visit_is_reminded_of_too_and_one_at_the_clinic_has_no_link) {
    World world;
    const auto visit = world.visit(world.patient(), AppointmentKind::kOnsite, World::kMlimani, 30h);
    world.pay(world.invoice(world.now(visit).patient, visit).account, 1500);
    for (int i = 0; i < 30; ++i) world.pass(1h);
    EXPECT_EQ(told(world), "paid_onsite reminder_day reminder_hour");
    for (const auto& one : world.channel.sent) EXPECT_EQ(one.body.find("/j/"), std::string::npos);
}

TEST(occasions, nobody_is_reminded_of_what_they_were_just_told) {
    World world;
    const auto soon = world.visit(world.patient(), AppointmentKind::kVirtual, World::kMlimani, 80min);
    confirm(world, soon);
    for (int i = 0; i < 3; ++i) world.pass(30min);
    EXPECT_EQ(told(world), "link_ready");
    const auto later = world.visit(world.patient(), AppointmentKind::kVirtual, World::kMlimani, 24h + 20min);
    confirm(world, later);
    world.pass(2h);
    EXPECT_EQ(told(world), "link_ready link_ready");
    world.pass(22h);
    EXPECT_EQ(told(world), "link_ready link_ready reminder_hour");
}

TEST(occasions, a_moved_visit_has_one_set_of_reminders_at_the_new_time) {
    World world;
    const auto visit = world.visit(world.patient(), AppointmentKind::kVirtual, World::kMlimani, 48h);
    confirm(world, visit);
    const Instant first = world.now(visit).starts_at;
    move(world, visit, first + 48h);
    world.pass(47h);  // both reminders of the old time would be due
    EXPECT_EQ(told(world), "link_ready visit_moved");
    world.pass(25h);
    EXPECT_EQ(told(world), "link_ready visit_moved reminder_day");
    move(world, visit, world.clock.at + 3h);  // nearer
    world.pass(2h);
    EXPECT_EQ(told(world), "link_ready visit_moved reminder_day visit_moved reminder_hour");
    world.pass(72h);
    EXPECT_EQ(told(world), "link_ready visit_moved reminder_day visit_moved reminder_hour");
    EXPECT_EQ(world.now(visit).revision, 2);
}

TEST(occasions, a_visit_moved_to_the_same_time_again_is_told_each_time) {
    World world;
    const auto visit = world.visit(world.patient(), AppointmentKind::kVirtual, World::kMlimani, 48h);
    confirm(world, visit);
    const Instant first = world.now(visit).starts_at;
    move(world, visit, first + 1h);
    move(world, visit, first);
    move(world, visit, first + 1h);
    EXPECT_EQ(told(world), "link_ready visit_moved visit_moved visit_moved");
}

TEST(occasions, a_cancelled_visit_drops_its_reminders) {
    World world;
    const auto visit = world.visit(world.patient(), AppointmentKind::kVirtual, World::kMlimani, 48h);
    confirm(world, visit);
    cancel(world, visit);
    for (int i = 0; i < 50; ++i) world.pass(1h);
    EXPECT_EQ(told(world), "link_ready visit_cancelled");
}

TEST(occasions, after_a_long_stop_only_the_reminder_that_is_still_true_goes_out) {
    World world;
    const auto visit = world.visit(world.patient(), AppointmentKind::kVirtual, World::kMlimani, 48h);
    confirm(world, visit);
    world.clock.at = world.clock.at + 47h + 30min;  // both are due
    world.run();
    EXPECT_EQ(told(world), "link_ready reminder_hour");
    const auto missed = world.visit(world.patient(), AppointmentKind::kVirtual, World::kMlimani, 48h);
    confirm(world, missed);
    world.clock.at = world.clock.at + 49h;  // it is over
    world.run();
    EXPECT_EQ(told(world), "link_ready reminder_hour link_ready");
}

TEST(occasions, a_refund_is_told_once_with_its_own_receipt) {
    World world;
    const auto patient = world.patient();
    for (int i = 0; i < 2; ++i) {
        world.in(World::kMlimani, [&](auto& context, auto& tx) {
            return notices::queue_refunded(
                context, tx,
                {.effect = "rfd_1", .patient = patient, .amount = Money::from_shillings(500), .receipt = "TKR0000001"});
        });
    }
    world.run();
    ASSERT_EQ(world.channel.sent.size(), 1u);
    EXPECT_EQ(world.channel.sent[0].body, "Mlimani: We have sent KES 500 back to you, receipt TKR0000001.");
}

TEST(occasions, a_clinic_s_own_words_are_used_from_the_next_message_on) {
    World world;
    const auto say = [&](std::string_view words) {
        return world.attempt(World::kMlimani, [&](auto& context, auto& tx) {
            return message_texts::set(context, tx, messaging::Template::kLinkReady, messaging::Language::kEnglish,
                                      words, "test");
        });
    };
    EXPECT_EQ(say("No link here {visit}").error().field, "words");
    ASSERT_TRUE(say("Karibu! {visit}: {link}"));
    confirm(world, world.visit(world.patient(), AppointmentKind::kVirtual));
    EXPECT_TRUE(
        world.channel.sent.at(0).body.starts_with("Mlimani: Karibu! Tue 24 Nov, 09:00 EAT: https://pay.example/j/"));
    const auto pwani = world.in(World::kPwani, [&](auto&, auto& tx) {
        return message_texts::words(tx, messaging::Template::kLinkReady, messaging::Language::kEnglish);
    });
    EXPECT_EQ(pwani, messaging::default_words(messaging::Template::kLinkReady, messaging::Language::kEnglish));
    world.in(World::kMlimani, [&](auto& context, auto& tx) {
        return message_texts::reset(context, tx, messaging::Template::kLinkReady, messaging::Language::kEnglish,
                                    "test");
    });
    confirm(world, world.visit(world.patient(), AppointmentKind::kVirtual));
    EXPECT_EQ(world.channel.sent.at(1).body.find("Karibu"), std::string::npos);
}

// ---- quiet hours ----

TEST(quiet, what_can_wait_waits_for_the_morning_and_what_cannot_goes) {
    using enum messaging::Template;
    const messaging::QuietHours usual;
    const Instant night = *parse_iso("2026-11-23T23:00:00+03:00"), morning = *parse_iso("2026-11-24T07:00:00+03:00");
    const auto held = [&](messaging::Template which, std::optional<Instant> visit, Duration ago) {
        return held_until(which, visit, night - ago, night, usual);
    };
    EXPECT_EQ(held(kVisitMoved, night + 48h, 0s), morning);
    EXPECT_EQ(held(kReminderDay, night + 24h, 0s), morning);
    EXPECT_EQ(held(kRefunded, {}, 0s), morning);
    EXPECT_EQ(held(kReminderHour, night + 1h, 0s), std::nullopt);
    EXPECT_EQ(held(kLinkReady, night + 30min, 0s), std::nullopt);
    EXPECT_EQ(held(kPaidVirtual, night + 50min, 3h), std::nullopt);
    // Waiting would leave less than an hour before the visit.
    EXPECT_EQ(held(kVisitCancelled, *parse_iso("2026-11-24T07:30:00+03:00"), 0s), std::nullopt);
    EXPECT_EQ(held(kVisitCancelled, *parse_iso("2026-11-24T08:00:00+03:00"), 0s), morning);
    // Somebody who has just paid has the phone in hand; the same message hours later can wait.
    EXPECT_EQ(held(kPaidVirtual, night + 48h, 1min), std::nullopt);
    EXPECT_EQ(held(kPaidVirtual, night + 48h, 2h), morning);
    EXPECT_EQ(held_until(kRefunded, {}, night, night, {0, 0}), std::nullopt);
    EXPECT_EQ(held_until(kRefunded, {}, night, morning, usual), std::nullopt);
}

TEST(quiet, a_message_of_the_night_goes_out_in_the_morning_as_things_are_then) {
    World world;
    choose(world, settings(true, false));
    const auto visit = world.visit(world.patient(), AppointmentKind::kVirtual, World::kMlimani, 72h);
    world.client.script = {taken()};
    confirm(world, visit);
    world.clock.at = *parse_iso("2026-11-23T22:00:00+03:00");
    const Instant first = world.now(visit).starts_at;
    move(world, visit, first + 2h);
    move(world, visit, first + 4h);
    EXPECT_EQ(world.client.requests.size(), 1u);
    EXPECT_EQ(stored(world, "dropped"), 1);  // the first move is no longer true
    EXPECT_EQ(world.notices_of().at(0).note, "It waits for the end of the quiet hours.");
    world.client.script = {taken()};
    world.pass(9h);
    ASSERT_EQ(world.client.requests.size(), 2u);
    EXPECT_NE(world.client.requests[1].body.find("moved%20to%20Thu%2026%20Nov%2C%2013%3A00"), std::string::npos)
        << world.client.requests[1].body;
    world.pass(12h);
    EXPECT_EQ(world.client.requests.size(), 2u);
}

// ---- mail ----

TEST(mails, a_patient_with_an_address_gets_the_sms_and_the_mail_with_the_visit_for_the_calendar) {
    World world;
    choose(world, settings(true, true));
    const auto visit = world.visit(with_mail(world), AppointmentKind::kVirtual);
    world.client.script = {taken()};
    world.client.mail_script = {net::Response{.status = 250}};
    confirm(world, visit);
    ASSERT_EQ(world.client.requests.size(), 1u);
    ASSERT_EQ(world.client.mails.size(), 1u);
    const net::MailRequest& mail = world.client.mails[0];
    EXPECT_EQ(mail.to, "achieng@example.co.ke");
    EXPECT_EQ(mail.username, "visits");
    EXPECT_EQ(mail.password.reveal(), "secret");
    EXPECT_NE(mail.content.find("method=REQUEST"), std::string::npos);
    EXPECT_NE(mail.content.find("Message-ID: <ntc_"), std::string::npos);
    EXPECT_EQ(stored(world, "sent"), 2);
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM patients WHERE clinic_id = $1 AND (CAST(email_sealed AS TEXT) LIKE "
                           "'%achieng%' OR email_masked <> 'a***@example.co.ke')"),
              0);
}

TEST(mails, the_calendar_speaks_the_patients_language) {
    for (const auto& [language, summary] : {std::pair("en", "SUMMARY:Online visit\\, "), std::pair("sw", "SUMMARY:Miadi ya mtandaoni\\, ")}) {
        World world;
        choose(world, settings(false, true));
        world.client.mail_script = {net::Response{.status = 250}};
        confirm(world, world.visit(with_mail(world, language), AppointmentKind::kVirtual));
        ASSERT_EQ(world.client.mails.size(), 1u);
        const std::string& mail = world.client.mails[0].content;
        const size_t begin = mail.find("\r\n\r\n", mail.find("text/calendar")) + 4;
        std::string base64 = mail.substr(begin, mail.find("\r\n--", begin) - begin);
        std::erase_if(base64, [](char c) { return c == '\r' || c == '\n'; });
        EXPECT_NE(text::from_base64(base64).value_or("").find(summary), std::string::npos) << mail;
    }
}

TEST(mails, without_sms_they_carry_everything_and_without_an_address_a_person_is_told) {
    World world;
    choose(world, settings(false, true));
    world.client.mail_script = {net::Response{.status = 250}, net::Response{.status = 250}};
    const auto visit = world.visit(with_mail(world), AppointmentKind::kVirtual);
    confirm(world, visit);
    cancel(world, visit);
    ASSERT_EQ(world.client.mails.size(), 2u);
    EXPECT_NE(world.client.mails[1].content.find("method=CANCEL"), std::string::npos);
    EXPECT_TRUE(world.client.requests.empty());
    confirm(world, world.visit(world.patient(), AppointmentKind::kVirtual));
    EXPECT_EQ(world.notices_of().at(0).state, "failed");
    EXPECT_EQ(world.notices_of().at(0).note, "This patient has no mail address. Add one, or send it by SMS.");
    // The cure: the address is added, and the message sent again.
    const auto failed = world.notices_of().at(0);
    world.client.mail_script = {net::Response{.status = 250}};
    world.in(World::kMlimani, [&](auto& context, auto& tx) -> Result<> {
        TRY(patients::correct(context, tx, *world.vault, failed.patient,
                              {.email = *messaging::MailAddress::parse("new@example.co.ke"), .actor = "test"}));
        return notices::retry(context, tx, failed.id);
    });
    world.run();
    EXPECT_EQ(world.client.mails.back().to, "new@example.co.ke");
    EXPECT_EQ(world.notices_of().at(0).state, "sent");
}

TEST(mails, an_unknown_ending_is_sent_once_more_under_the_same_message_id) {
    World world;
    choose(world, settings(false, true));
    world.client.mail_script = {net::Response{.status = 451}, net::Unknown{"cut"}, net::Response{.status = 250}};
    confirm(world, world.visit(with_mail(world), AppointmentKind::kVirtual));
    for (int i = 0; i < 4; ++i) world.pass(1h);
    ASSERT_EQ(world.client.mails.size(), 3u);
    const auto id = [](const std::string& mail) {
        const size_t at = mail.find("Message-ID:");
        return mail.substr(at, mail.find("\r\n", at) - at);
    };
    EXPECT_EQ(id(world.client.mails[0].content), id(world.client.mails[2].content));
    EXPECT_EQ(world.notices_of().at(0).state, "sent");
}

}  // namespace
}  // namespace clinicpro::invoices
