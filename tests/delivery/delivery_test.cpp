// Each effect one message, whatever goes wrong: our sender against the sandbox's SMS provider and mail server, in one
// process, on a clock the test holds, with every fault at 5 %.
//
// What may happen twice is what the code documents: a message whose answer was lost is sent once more, because a second
// copy of the same link does no harm and a missing one does.
#include "base/text.hpp"
#include "sandbox/daraja.hpp"
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using testing::World;

// The cable: HTTP straight into the sandbox, SMTP line by line.
class Cable final : public net::Client {
public:
    Cable(sandbox::Daraja& other, const Clock& clock) : other_(other), clock_(clock) {}

    void send(net::ClientRequest request, std::function<void(net::Outcome)> done) override {
        net::Request seen;
        seen.method = request.method;
        seen.path = request.url.substr(request.url.find('/', request.url.find("://") + 3));
        seen.headers = request.headers;
        seen.body = request.body;
        const auto answer = other_.handle(seen, clock_.now());
        if (answer.response.status == 0) return done(net::Unknown{"the connection was cut"});
        if (answer.delay > request.timeout) return done(net::Unknown{"time-out"});
        done(answer.response);
    }

    void send_mail(net::MailRequest mail, std::function<void(net::Outcome)> done) override { done(talk(mail)); }

private:
    net::Outcome talk(const net::MailRequest& mail) {
        sandbox::SmtpSession session;
        sandbox::Smtp& smtp = other_.smtp();
        auto said = session.open(smtp);
        const std::string sign_in = std::string(1, '\0') + mail.username + '\0' + mail.password.reveal();
        const std::string steps[] = {"EHLO x\r\n",
                                     "STARTTLS\r\n",
                                     "EHLO x\r\n",
                                     "AUTH PLAIN " + text::to_base64(sign_in) + "\r\n",
                                     "MAIL FROM:<" + mail.from + ">\r\n",
                                     "RCPT TO:<" + mail.to + ">\r\n",
                                     "DATA\r\n",
                                     mail.content + ".\r\n"};
        for (const std::string& step : steps) {
            if (const auto end = verdict(said, false)) return *end;
            said = session.hear(smtp, step, clock_.now());
            if (said.then_tls) session.secured();
        }
        return verdict(said, true).value_or(net::Response{.status = 250});
    }
    static std::optional<net::Outcome> verdict(const net::Talk::Say& said, bool end_was_sent) {
        if (said.bytes.empty() && said.then_close) {
            if (end_was_sent) return net::Unknown{"cut after the end"};
            return net::NotSent{"cut"};
        }
        if (said.bytes[0] != '4' && said.bytes[0] != '5') return std::nullopt;
        return net::Response{.status = std::stoi(said.bytes.substr(0, 3)), .headers = {}, .body = said.bytes};
    }

    sandbox::Daraja& other_;
    const Clock& clock_;
};

constexpr std::string_view kFaults = R"([
    {"name":"request_lost","probability":0.05},{"name":"response_lost_after_queue","probability":0.05},
    {"name":"slow_response","probability":0.05,"seconds":60},{"name":"http_500","probability":0.05},
    {"name":"http_500","probability":0.05,"stage":"after"},{"name":"http_502","probability":0.05,"stage":"after"},
    {"name":"http_503","probability":0.05},{"name":"http_429_fault","probability":0.05},
    {"name":"sms_refused","probability":0.05,"code":"501"},{"name":"sms_refused","probability":0.05,"code":"405"},
    {"name":"sms_undelivered","probability":0.05},{"name":"sms_report_lost","probability":0.05},
    {"name":"sms_report_late","probability":0.05},{"name":"sms_report_duplicate","probability":0.05,"times":3},
    {"name":"mail_refused","probability":0.05,"code":"451"},{"name":"mail_refused","probability":0.01,"code":"550","path":"/mail/rcpt"},
    {"name":"mail_cut","probability":0.05},{"name":"mail_answer_lost","probability":0.05}])";

class Delivery : public ::testing::TestWithParam<uint64_t> {
protected:
    static sandbox::Config config() {
        auto made = sandbox::default_config();
        made.sms_accounts = {{"mlimani", Secret<>("key"), {"MLIMANI"}, "https://pay.example/n/r/x"}};
        return made;
    }
    Delivery() : other(config(), GetParam()), cable(other, world.clock) {
        world.worker = std::make_unique<jobs::Worker>(*world.database, cable, world.ids, world.clock);
        world.register_handlers();
        messaging::Settings s;
        s.sms = true;
        s.mail = true;
        s.quiet = {0, 0};
        s.sms_account = {.environment = messaging::SmsEnvironment::kCustom,
                         .base_url = "https://sms.example",
                         .username = "mlimani",
                         .sender_id = "MLIMANI",
                         .api_key = Secret<>("key")};
        s.mail_account = {.host = "smtp.example",
                          .port = 587,
                          .security = messaging::MailSecurity::kStartTls,
                          .username = "visits",
                          .password = Secret<>("DemoMailSecret0001"),
                          .from = "visits@mlimani.example",
                          .from_name = {}};
        world.in(World::kMlimani,
                 [&](auto& context, auto& tx) { return MessageSettings::save(context, tx, *world.vault, s, "test"); });
    }
    // Lets time pass, and brings the delivery reports that the sandbox sends meanwhile.
    void pass(Duration time) {
        world.pass(time);
        other.advance(world.clock.at);
        for (const auto& out : other.take_outgoing()) {
            const auto report = messaging::read_delivery_report(out.request.body);
            ASSERT_TRUE(report) << out.request.body;
            world.in(World::kMlimani, [&](auto&, auto& tx) {
                return notices::report(tx.raw(), World::kMlimani, *report, world.clock.at);
            });
            other.ended(out.delivery, net::Response{}, world.clock.at);
        }
    }
    void fault(std::string_view list) {
        ASSERT_TRUE(other.world().faults.replace(json::Document::parse(list)->root()));
    }
    int64_t in_state(std::string_view state) {
        int64_t count = 0;
        for (const Notice& one : all()) count += one.state == state;
        return count;
    }
    std::vector<Notice> all() {
        return world.in(World::kMlimani,
                        [&](auto&, auto& tx) { return notices::list(tx, *world.vault, {.limit = notices::kPageMax}); });
    }

    World world;
    sandbox::Daraja other;
    Cable cable;
};
INSTANTIATE_TEST_SUITE_P(seeds, Delivery, ::testing::Values(1, 2, 3));

TEST_P(Delivery, every_effect_is_one_message_by_each_channel_whatever_goes_wrong) {
    constexpr int kVisits = 60;
    fault(kFaults);
    for (int i = 0; i < kVisits; ++i) {
        const auto patient = world.in(World::kMlimani, [&](auto& context, auto& tx) {
            return patients::create(context, tx, *world.vault,
                                    {"Achieng", *Msisdn::parse("07123456" + std::to_string(10 + i)), "en", "test",
                                     *messaging::MailAddress::parse("p" + std::to_string(i) + "@example.co.ke")});
        });
        const auto visit = world.visit(patient.id, AppointmentKind::kVirtual, World::kMlimani, 240h);
        world.in(World::kMlimani,
                 [&](auto& context, auto& tx) { return appointments::confirm(context, tx, visit, "test"); });
    }
    for (int i = 0; i < 24; ++i) pass(10min);
    fault("[]");
    const int64_t lost =
        world.number("SELECT CAST(COALESCE(SUM(unknowns), 0) AS BIGINT) FROM notices WHERE clinic_id = $1");
    // What stands on the list is there with a sentence, and a person sends it again.
    int64_t by_hand = 0;
    for (int round = 0; round < 3; ++round) {
        for (const Notice& one : all()) {
            if (one.state != "failed") continue;
            EXPECT_TRUE(one.note.ends_with('.') || one.note.starts_with("It is not known")) << one.note;
            ++by_hand;
            world.in(World::kMlimani, [&](auto& context, auto& tx) { return notices::retry(context, tx, one.id); });
        }
        for (int i = 0; i < 6; ++i) pass(20min);
    }
    EXPECT_EQ(in_state("sent"), 2 * kVisits);
    EXPECT_EQ(in_state("queued") + in_state("failed"), 0);
    EXPECT_LT(by_hand, kVisits);

    // The other side's own lists.
    std::map<std::string, int> sms, mails;
    for (const auto& one : other.sms().all()) {
        if (one.id != "None") ++sms[one.phone];
    }
    for (const auto& one : other.smtp().all()) ++mails[one.to];
    EXPECT_EQ(int(sms.size()), kVisits);
    EXPECT_EQ(int(mails.size()), kVisits);
    int64_t more = 0;
    for (const auto& [phone, count] : sms) more += count - 1;
    for (const auto& [address, count] : mails) more += count - 1;
    // Second copies come only of lost answers and of what a person sent again.
    EXPECT_LE(more, lost + by_hand);
    EXPECT_GT(more, 0);  // or the faults did nothing
}

TEST_P(Delivery, without_faults_each_is_exactly_one) {
    const auto patient = world.in(World::kMlimani, [&](auto& context, auto& tx) {
        return patients::create(
            context, tx, *world.vault,
            {"Achieng", *Msisdn::parse("0712345678"), "sw", "test", *messaging::MailAddress::parse("p@example.co.ke")});
    });
    const auto visit = world.visit(patient.id, AppointmentKind::kVirtual, World::kMlimani, 72h);
    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return appointments::confirm(context, tx, visit, "test"); });
    for (int i = 0; i < 80; ++i) pass(1h);
    ASSERT_EQ(other.sms().all().size(), 3u);  // link, a day before, an hour before
    EXPECT_EQ(other.smtp().all().size(), 2u);
    for (const Notice& one : all()) {
        EXPECT_EQ(one.state, "sent");
        if (one.channel == "sms") EXPECT_EQ(one.delivery, "delivered");
    }
}

}  // namespace
}  // namespace clinicpro::invoices
