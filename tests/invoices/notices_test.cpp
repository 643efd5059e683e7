// Facts about messages to patients: each wanted once, sent at least once, never readable in the database.
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using testing::World;

// A paid invoice: the shortest way to a message.
InvoiceId paid(World& world) {
    const Invoice invoice = world.invoice(world.patient());
    world.pay(invoice.account, 1500);
    return invoice.id;
}

TEST(notices, a_sent_text_can_be_read_back_and_stands_nowhere_in_clear) {
    World world;
    const auto visit = world.visit(world.patient(), AppointmentKind::kVirtual);
    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return appointments::confirm(context, tx, visit, "test"); });
    world.run();
    const auto listed = world.notices_of();
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_EQ(listed[0].state, "sent");
    EXPECT_EQ(listed[0].which, "link_ready");
    EXPECT_EQ(listed[0].channel, "kept");
    EXPECT_EQ(listed[0].appointment, visit);
    EXPECT_EQ(listed[0].body, world.channel.sent.at(0).body);
    EXPECT_NE(listed[0].body.find("https://pay.example/j/"), std::string::npos);
    EXPECT_TRUE(listed[0].sent_at);
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM notices WHERE clinic_id = $1 AND "
                           "CAST(body_sealed AS TEXT) LIKE '%pay.example%'"),
              0);
    EXPECT_TRUE(world.notices_of(World::kPwani).empty());
}

TEST(notices, one_effect_is_one_message) {
    World world;
    const auto patient = world.patient();
    for (int i = 0; i < 3; ++i) {
        world.in(World::kMlimani, [&](auto& context, auto& tx) {
            return notices::queue(context, tx,
                                  {.effect_key = "same", .which = messaging::Template::kPaid, .patient = patient});
        });
        world.run();
    }
    EXPECT_EQ(world.channel.sent.size(), 1u);
    EXPECT_EQ(world.notices_of().size(), 1u);
}

TEST(notices, an_exchange_that_succeeds_leaves_the_provider_s_id) {
    World world;
    world.channel.exchange = true;
    world.client.script = {net::Response{.status = 201}};
    paid(world);
    ASSERT_EQ(world.notices_of().size(), 1u);
    EXPECT_EQ(world.notices_of()[0].state, "sent");
    EXPECT_EQ(world.notices_of()[0].body, world.channel.sent.at(0).body);
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM notices WHERE clinic_id = $1 AND provider_id = 'sms-1'"), 1);
}

TEST(notices, a_passing_refusal_is_tried_again_and_a_final_one_is_kept_for_a_person) {
    World world;
    world.channel.exchange = true;
    world.client.script = {net::Response{.status = 503}, net::NotSent{"refused"}, net::Response{.status = 201}};
    paid(world);
    EXPECT_EQ(world.notices_of().at(0).state, "queued");
    EXPECT_EQ(world.notices_of().at(0).note, "The SMS provider said no.");
    world.pass(1h);
    world.pass(1h);
    EXPECT_EQ(world.notices_of().at(0).state, "sent");
    EXPECT_EQ(world.notices_of().at(0).note, "");
    EXPECT_EQ(world.channel.sent.size(), 3u);

    world.client.script = {net::Response{.status = 403}};
    paid(world);
    EXPECT_EQ(world.notices_of().at(0).state, "failed");
    EXPECT_EQ(world.notices_of().at(0).note, "The SMS provider said no.");
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM jobs WHERE clinic_id = $1"), 0);

    const auto failed = world.notices_of().at(0).id;
    const auto retry = [&](ClinicId clinic) {
        return world.attempt(clinic, [&](auto& context, auto& tx) { return notices::retry(context, tx, failed); });
    };
    EXPECT_EQ(retry(World::kPwani).error().code, Code::kNotFound);
    world.client.script = {net::Response{.status = 201}};
    EXPECT_TRUE(retry(World::kMlimani));
    world.run();
    EXPECT_EQ(world.notices_of().at(0).state, "sent");
    EXPECT_EQ(retry(World::kMlimani).error().code, Code::kConflict);
}

TEST(notices, an_unknown_ending_is_sent_once_more_and_then_left_to_a_person) {
    World world;
    world.channel.exchange = true;
    world.client.script = {net::Unknown{"time-out"}, net::Unknown{"time-out"}, net::Unknown{"time-out"}};
    paid(world);
    for (int i = 0; i < 5; ++i) world.pass(1h);
    EXPECT_EQ(world.channel.sent.size(), 2u);
    EXPECT_EQ(world.notices_of().at(0).state, "failed");
    EXPECT_EQ(world.notices_of().at(0).note, "It is not known whether this message arrived: no answer");
}

// Two texts that differ would look like two payments.
TEST(notices, a_further_try_says_the_same_though_the_receipt_came_in_between) {
    using payments::Evidence;
    World world;
    world.channel.exchange = true;
    world.client.script = {net::Unknown{"time-out"}, net::Unknown{"time-out"}, net::Response{.status = 201}};
    const auto id = world.prompt(world.invoice(world.patient()), 1500);
    Evidence paid{.kind = Evidence::Kind::kSucceeded, .amount = Money::from_shillings(1500)};
    paid.witness = payments::Witness::kQuery;
    world.witness(id, paid);
    paid.witness = payments::Witness::kCallback;
    paid.receipt = "UKN1";
    world.witness(id, paid);
    world.pass(1h);
    const auto failed = world.notices_of().at(0);
    ASSERT_EQ(failed.state, "failed");
    world.in(World::kMlimani, [&](auto& context, auto& tx) { return notices::retry(context, tx, failed.id); });
    world.run();
    EXPECT_EQ(world.notices_of().at(0).state, "sent");
    ASSERT_EQ(world.channel.sent.size(), 3u);
    EXPECT_EQ(world.channel.sent[0].body.find("UKN1"), std::string::npos) << world.channel.sent[0].body;
    for (const auto& message : world.channel.sent) EXPECT_EQ(message.body, world.channel.sent[0].body);
}

TEST(notices, a_provider_that_never_recovers_ends_after_a_bounded_number_of_tries) {
    World world;
    world.channel.exchange = true;
    world.client.script.assign(100, net::Response{.status = 500});
    paid(world);
    for (int i = 0; i < 20; ++i) world.pass(1h);
    EXPECT_EQ(int(world.channel.sent.size()), NoticeSender::kAttemptsMax + 1);
    EXPECT_EQ(world.notices_of().at(0).state, "failed");
}

TEST(notices, a_provider_that_is_away_for_three_quarters_of_an_hour_is_waited_for) {
    World world;
    world.channel.exchange = true;
    world.client.script.assign(100, net::Response{.status = 503});
    paid(world);
    for (int i = 0; i < 45; ++i) world.pass(1min);
    EXPECT_EQ(world.notices_of().at(0).state, "queued");
    world.client.script = {net::Response{.status = 201}};
    for (int i = 0; i < 20; ++i) world.pass(1min);
    EXPECT_EQ(world.notices_of().at(0).state, "sent");
}

TEST(notices, a_crash_before_the_answer_sends_again_rather_than_never) {
    World world;
    world.channel.exchange = true;
    world.client.hold = true;
    paid(world);
    EXPECT_EQ(world.channel.sent.size(), 1u);
    world.restart();
    world.client.hold = false;
    world.client.script = {net::Response{.status = 201}};
    world.pass(5min);
    EXPECT_EQ(world.channel.sent.size(), 2u);
    EXPECT_EQ(world.channel.sent[0].key, world.channel.sent[1].key);
    EXPECT_EQ(world.notices_of().at(0).state, "sent");
}

TEST(notices, a_link_for_a_visit_cancelled_before_it_left_is_not_sent) {
    World world;
    const auto visit = world.visit(world.patient(), AppointmentKind::kVirtual);
    world.in(World::kMlimani, [&](auto& context, auto& tx) -> Result<> {
        TRY(appointments::confirm(context, tx, visit, "test"));
        TRY(appointments::cancel(context, tx, visit, "test"));
        return {};
    });
    world.run();
    ASSERT_EQ(world.channel.sent.size(), 1u);
    EXPECT_EQ(world.channel.sent[0].template_name, "visit_cancelled");
    EXPECT_EQ(world.meetings(), 0);
    EXPECT_EQ(world.notices_of().size(), 2u);
}

TEST(notices, neither_log_nor_list_shows_the_phone) {
    World world;
    std::string lines;
    log::capture([&](std::string_view line) { lines += line; });
    paid(world);
    log::capture(nullptr);
    EXPECT_EQ(lines.find("712345678"), std::string::npos);
    for (const Notice& notice : world.notices_of()) EXPECT_EQ(notice.body.find("712345678"), std::string::npos);
}

}  // namespace
}  // namespace clinicpro::invoices
