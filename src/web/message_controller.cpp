#include "web/message_controller.hpp"

#include "clinics/credentials.hpp"
#include "invoices/message_trial.hpp"
#include "messaging/mail_address.hpp"
#include "web/body.hpp"

namespace clinicpro::web::message {
namespace {

using invoices::MessageSettings;

constexpr size_t kSecretMax = clinics::Credentials::kValueMax;

Result<Answer> shown(const Services& services, store::ClinicTx& tx) {
    TRY(const auto choice, MessageSettings::current(tx, services.vault));
    const messaging::Settings settings = choice ? choice->settings : messaging::Settings{};
    const ClinicId owner = choice ? choice->owner : kSystem;
    json::Writer w;
    w.begin_object().field("is_set", choice.has_value()).field("is_default", owner != tx.clinic());
    w.key("channels").begin_array();
    if (settings.sms) w.value("sms");
    if (settings.mail) w.value("mail");
    if (!settings.sms && !settings.mail) w.value("log");
    w.end_array();
    const messaging::SmsAccount& sms = settings.sms_account;
    w.key("sms").begin_object().field("environment", to_string(sms.environment)).field("base_url", sms.base_url);
    w.field("username", sms.username).field("sender_id", sms.sender_id).field("api_key_set", !sms.api_key.empty());
    std::optional<std::string> reports;
    // A clinic that uses the server's account does not learn where its reports come in.
    if (owner == tx.clinic()) {
        reports = invoices::report_url(services.public_url, services.links, owner, settings.report_generation);
    }
    w.field("report_url", reports).end_object();
    const messaging::MailAccount& mail = settings.mail_account;
    w.key("mail").begin_object().field("host", mail.host).field("port", mail.port);
    w.field("security", messaging::to_string(mail.security)).field("username", mail.username);
    w.field("password_set", !mail.password.empty()).field("from", mail.from).field("from_name", mail.from_name);
    w.end_object();
    w.field("quiet_from", messaging::minute_of_day(settings.quiet.from));
    w.field("quiet_until", messaging::minute_of_day(settings.quiet.until)).end_object();
    return Answer{200, w.take()};
}

Result<int> minute_or(const json::View& view, int fallback) {
    if (view.is_missing_or_null()) return fallback;
    TRY(const std::string text, body::text(view, 5));
    const auto minutes = messaging::parse_minute_of_day(text);
    if (!minutes) return fail(Code::kInvalid, minutes.error().message, view.path());
    return *minutes;
}

Result<messaging::SmsAccount> read_sms(const json::View& view) {
    messaging::SmsAccount sms;
    if (view.is_missing_or_null()) return sms;
    TRY(body::only(view, {"environment", "base_url", "username", "sender_id", "api_key"}));
    TRY(const std::string environment, body::text_if_any(view["environment"], 20));
    const auto known = messaging::sms_environment_from(environment.empty() ? "live" : environment);
    if (!known) {
        return fail(Code::kInvalid, "\"sms.environment\" must be live, sandbox or custom.", "sms.environment");
    }
    sms.environment = *known;
    TRY(sms.base_url, body::text_if_any(view["base_url"], messaging::kUrlMax));
    TRY(sms.username, body::text_if_any(view["username"], messaging::kUsernameMax));
    TRY(sms.sender_id, body::text_if_any(view["sender_id"], messaging::kSenderMax));
    TRY(sms.api_key, body::secret_if_any(view["api_key"], kSecretMax));
    return sms;
}

Result<messaging::MailAccount> read_mail(const json::View& view) {
    messaging::MailAccount mail;
    if (view.is_missing_or_null()) return mail;
    TRY(body::only(view, {"host", "port", "security", "username", "password", "from", "from_name"}));
    TRY(mail.host, body::text_if_any(view["host"], messaging::kHostMax));
    if (!view["port"].is_missing_or_null()) {
        TRY(const int64_t port, body::whole(view["port"], 1, 65'535));
        mail.port = int(port);
    }
    TRY(const std::string security, body::text_if_any(view["security"], 10));
    const auto known = messaging::mail_security_from(security.empty() ? "starttls" : security);
    if (!known) return fail(Code::kInvalid, "\"mail.security\" must be starttls, tls or none.", "mail.security");
    mail.security = *known;
    TRY(mail.username, body::text_if_any(view["username"], messaging::MailAddress::kMax));
    TRY(mail.password, body::secret_if_any(view["password"], kSecretMax));
    TRY(mail.from, body::text_if_any(view["from"], messaging::MailAddress::kMax));
    TRY(mail.from_name, body::text_if_any(view["from_name"], messaging::kFromNameMax));
    return mail;
}

Result<messaging::Settings> read(const json::View& root) {
    messaging::Settings settings;
    const json::View channels = root["channels"];
    if (channels.kind() != json::Kind::kArray || channels.size() == 0) {
        return fail(Code::kInvalid, "\"channels\" must be a list of sms and mail, or log alone.", "channels");
    }
    bool log = false;
    for (size_t i = 0; i < channels.size(); ++i) {
        TRY(const std::string word, body::text(channels.at(i), 10));
        if (word == "sms") {
            settings.sms = true;
        } else if (word == "mail") {
            settings.mail = true;
        } else if (word == "log") {
            log = true;
        } else {
            return fail(Code::kInvalid, "\"" + channels.at(i).path() + "\" must be sms, mail or log.",
                        channels.at(i).path());
        }
    }
    if (log && (settings.sms || settings.mail)) {
        return fail(Code::kInvalid, "\"channels\" is log alone, when nothing is to be sent.", "channels");
    }
    TRY(settings.sms_account, read_sms(root["sms"]));
    TRY(settings.mail_account, read_mail(root["mail"]));
    TRY(settings.quiet.from, minute_or(root["quiet_from"], settings.quiet.from));
    TRY(settings.quiet.until, minute_or(root["quiet_until"], settings.quiet.until));
    return settings;
}

}  // namespace

Result<Answer> show(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    return shown(call.services, tx);
}

Result<Deed> put(const Call& call) {
    TRY(const auto document, body::parse(call.request.body, {"channels", "sms", "mail", "quiet_from", "quiet_until"}));
    TRY(const messaging::Settings settings, read(document.root()));
    return Deed([settings, &services = call.services, actor = call.actor()](jobs::Context& context,
                                                                            store::ClinicTx& tx) -> Result<Answer> {
        TRY(MessageSettings::save(context, tx, services.vault, settings, actor));
        return shown(services, tx);
    });
}

Result<Deed> clear(const Call& call) {
    TRY(body::parse(call.request.body, {}));
    return Deed([actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(MessageSettings::clear(context, tx, actor));
        return Answer{204, {}};
    });
}

Result<Deed> rotate_reports(const Call& call) {
    TRY(body::parse(call.request.body, {}));
    return Deed([&services = call.services, actor = call.actor()](jobs::Context& context,
                                                                  store::ClinicTx& tx) -> Result<Answer> {
        TRY(MessageSettings::rotate_reports(tx, actor, context.now()));
        return shown(services, tx);
    });
}

Result<Answer> trial(const Call& call) {
    TRY(const auto document, body::parse(call.request.body, {"channel", "to"}));
    invoices::Trial wanted;
    TRY(wanted.channel, body::text(document.root()["channel"], 10));
    TRY(wanted.to, body::text(document.root()["to"], messaging::MailAddress::kMax));
    const Services& services = call.services;
    std::optional<MessageSettings::Choice> choice;
    TRY(services.database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, call.clinic.id);
        TRY(choice, MessageSettings::current(tx, services.vault));
        return {};
    }));
    if (!choice) {
        return fail(Code::kInvalid, "No channel is set up yet. Choose one with PUT at .../messaging.", "channel");
    }
    const std::string key = "trial_" + services.entropy.hex(8);
    auto request = invoices::start_trial(*choice, wanted, call.clinic.name, key, services.clock.now());
    if (!request) return fail(Code::kInvalid, request.error().message, request.error().field);
    const auto outcome = net::wait_for([&](std::function<void(net::Outcome)> done) {
        net::send(services.client, *std::move(request), std::move(done));
    });
    const auto result = invoices::read_trial(wanted, outcome);
    TRY(services.database.write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, call.clinic.id);
        return MessageSettings::note_trial(tx, choice->owner, wanted.channel, result.found(services.clock.now()));
    }));
    json::Writer w;
    w.begin_object().field("accepted", result.accepted).field("sentence", result.sentence).end_object();
    return Answer{200, w.take()};
}

}  // namespace clinicpro::web::message
