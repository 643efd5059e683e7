#include "web/message_controller.hpp"

#include "clinics/credentials.hpp"
#include "invoices/message_settings.hpp"
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
    if (!settings.sms) w.value("log");
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

Result<messaging::Settings> read(const json::View& root) {
    messaging::Settings settings;
    const json::View channels = root["channels"];
    if (channels.kind() != json::Kind::kArray || channels.size() == 0) {
        return fail(Code::kInvalid, "\"channels\" must be a list of sms, or log alone.", "channels");
    }
    bool log = false;
    for (size_t i = 0; i < channels.size(); ++i) {
        TRY(const std::string word, body::text(channels.at(i), 10));
        if (word == "sms") {
            settings.sms = true;
        } else if (word == "log") {
            log = true;
        } else {
            return fail(Code::kInvalid, "\"" + channels.at(i).path() + "\" must be sms or log.", channels.at(i).path());
        }
    }
    if (log && settings.sms) {
        return fail(Code::kInvalid, "\"channels\" is log alone, when nothing is to be sent.", "channels");
    }
    TRY(settings.sms_account, read_sms(root["sms"]));
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
    TRY(const auto document, body::parse(call.request.body, {"channels", "sms", "quiet_from", "quiet_until"}));
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

}  // namespace clinicpro::web::message
