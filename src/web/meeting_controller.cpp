#include "web/meeting_controller.hpp"

#include "clinics/credentials.hpp"
#include "invoices/meeting_call.hpp"
#include "invoices/meeting_consent.hpp"
#include "invoices/meeting_fallback.hpp"
#include "invoices/meeting_keeper.hpp"
#include "invoices/meeting_sweep.hpp"
#include "meetings/provider_fields.hpp"
#include "web/body.hpp"
#include "web/patient_controller.hpp"
#include "web/views.hpp"

namespace clinicpro::web::meeting {
namespace {

using invoices::MeetingSettings;

void write_connection(json::Writer& w, const MeetingSettings::Choice& choice,
                      const std::vector<invoices::meeting_connections::Broken>& broken,
                      const std::vector<std::string>& secrets) {
    const bool google = choice.settings.kind == meetings::Kind::kGoogleMeet;
    const auto has = [&](std::string_view name) { return std::find(secrets.begin(), secrets.end(), name) != secrets.end(); };
    const bool to_be_connected = google && !has("service_account") && !has("refresh_token");
    w.key("connection").begin_object();
    w.field("state", to_be_connected ? "to_be_connected" : broken.empty() ? "good" : "broken");
    w.key("broken").begin_array();
    for (const auto& one : broken) {
        w.begin_object().field("account", one.account).field("since", to_iso(one.since)).field("sentence", one.note);
        w.end_object();
    }
    w.end_array().end_object();
}

Result<Answer> shown(const Services& services, store::ClinicTx& tx) {
    TRY(const auto choice, MeetingSettings::current(tx));
    if (!choice) {
        return fail(Code::kNotFound,
                    "No meeting provider is chosen yet. Choose one with PUT at this address, such as simple.");
    }
    TRY(const auto secrets, services.meeting_settings.secrets_set(tx, *choice));
    TRY(const auto broken, invoices::meeting_connections::broken(tx, *choice));
    TRY(const auto order, invoices::meeting_fallback::order(tx));
    TRY(const auto sweeps, invoices::meeting_sweeps::list(tx));
    json::Writer w;
    w.begin_object().field("provider", meetings::word_of(choice->settings));
    w.field("base_url", choice->settings.base_url).field("is_default", choice->is_default);
    w.key("settings").begin_object();
    for (const auto& [name, value] : choice->settings.plain) w.field(name, value);
    w.end_object().key("secrets_set").begin_array();
    for (const std::string& name : secrets) w.value(name);
    w.end_array();
    write_connection(w, *choice, broken, secrets);
    w.field("checked_at", view::time_or_null(choice->checked_at)).field("check_sentence", choice->check_note);
    w.key("fallback").begin_array();
    for (const meetings::Kind kind : order) w.value(meetings::to_string(kind));
    w.end_array().key("sweeps").begin_array();
    for (const auto& one : sweeps) {
        w.begin_object().field("provider", one.provider).field("is_running", one.is_running);
        w.field("listed", one.listed).field("removed", one.removed).field("strangers", one.strangers);
        w.field("sentence", one.note).field("finished_at", view::time_or_null(one.finished_at)).end_object();
    }
    w.end_array().end_object();
    return Answer{200, w.take()};
}

invoices::MeetingCall calling(const Call& call) {
    const Services& s = call.services;
    return {s.database, s.vault, s.meeting_settings, s.client, s.ids, s.clock, call.clinic.id, call.actor()};
}

// What was sent is wrong, not what is stored.
Error as_sent(Error error) {
    if (error.code == Code::kConfig) error.code = Code::kInvalid;
    if (error.field == "kind") error.field = "provider";
    return error;
}

}  // namespace

Result<Answer> show(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    return shown(call.services, tx);
}

Result<Deed> put(const Call& call) {
    TRY(const auto document,
        body::parse(call.request.body,
                    {"provider",      "base_url",     "app_id",        "subject",          "app_secret",
                     "service_account", "client_id",  "client_secret", "refresh_token",    "calendar_id",
                     "access",        "recording",    "transcription", "calendar_url",     "meet_url",
                     "token_url",     "consent_url",  "account_id",    "host",             "waiting_room",
                     "passcode",      "join_before_host", "webhook_secret", "api_url"}));
    const json::View root = document.root();
    TRY(const std::string word, body::text(root["provider"], 20));
    TRY(meetings::kind_of_word(word));
    meetings::Given plain;
    std::map<std::string, Secret<>> secrets;
    for (const auto name : root.keys()) {
        if (name == "provider" || root[name].is_missing_or_null()) continue;
        const meetings::ProviderField* field = meetings::find_field(word, name);
        const json::View value = root[name];
        if (field != nullptr && field->type == meetings::ProviderField::Type::kFile) {
            TRY(std::string file, value.text());  // of several lines
            secrets.emplace(std::string(name), Secret<>(std::move(file)));
        } else if (field != nullptr && field->is_secret()) {
            TRY(Secret<> secret, body::secret_if_any(value, clinics::Credentials::kValueMax));
            secrets.emplace(std::string(name), std::move(secret));
        } else if (value.kind() == json::Kind::kBool) {
            TRY(const bool truth, value.boolean());
            plain.emplace(std::string(name), truth ? "yes" : "no");
        } else {
            TRY(std::string text, body::text_if_any(value, meetings::kPlainMax));
            plain.emplace(std::string(name), std::move(text));
        }
    }
    return Deed([word, plain, secrets, &services = call.services, actor = call.actor()](
                    jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        // What is not secret is replaced as a whole; the client of a consent that was given is recognised by it.
        TRY(const meetings::Kind kind, meetings::kind_of_word(word));
        TRY(const auto before, MeetingSettings::of_kind(tx, kind, tx.clinic()));
        auto composed = meetings::compose(word, plain, secrets, nullptr);
        if (!composed) return std::unexpected(as_sent(std::move(composed).error()));
        const auto client = [](const meetings::ProviderSettings& of) {
            const auto found = of.plain.find("client_id");
            return found == of.plain.end() ? std::string() : found->second;
        };
        if (before && client(before->settings) == client(*composed) && !secrets.contains("refresh_token")) {
            composed->secrets.erase("refresh_token");
        }
        auto chosen = services.meeting_settings.set_adapter(context, tx, *composed, actor);
        if (!chosen) return std::unexpected(as_sent(std::move(chosen).error()));
        return shown(services, tx);
    });
}

Result<Deed> clear(const Call& call) {
    TRY(body::parse(call.request.body, {}));
    return Deed([actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(MeetingSettings::clear_adapter(context, tx, actor));
        return Answer{204, {}};
    });
}

Result<Deed> put_fallback(const Call& call) {
    TRY(const auto document, body::parse(call.request.body, {"order"}));
    const json::View list = document.root()["order"];
    if (list.kind() != json::Kind::kArray || list.size() > std::size(meetings::kProviderWords)) {
        return fail(Code::kInvalid, "\"order\" must be a list of providers, such as [\"simple\"], or [] for none.", "order");
    }
    std::vector<meetings::Kind> order;
    for (size_t i = 0; i < list.size(); ++i) {
        TRY(const std::string word, body::text(list.at(i), 20));
        TRY(const meetings::Kind kind, meetings::kind_of_word(word));
        order.push_back(kind);
    }
    return Deed([order, &services = call.services, actor = call.actor()](jobs::Context& context,
                                                                         store::ClinicTx& tx) -> Result<Answer> {
        TRY(invoices::meeting_fallback::set_order(context, tx, order, actor));
        return shown(services, tx);
    });
}

Result<Answer> check(const Call& call) {
    TRY(const auto document, body::parse(call.request.body, {"host"}));
    TRY(const std::string host, body::text_if_any(document.root()["host"], invoices::appointments::kHostMax));
    auto findings = calling(call).check(host);
    if (!findings && findings.error().code == Code::kConfig) findings.error().code = Code::kConflict;
    TRY(findings);
    bool usable = true;
    json::Writer w;
    w.begin_object().key("findings").begin_array();
    for (const meetings::Finding& one : *findings) {
        usable = usable && one.level != meetings::Finding::Level::kProblem;
        w.begin_object().field("level", meetings::to_string(one.level)).field("sentence", one.sentence).end_object();
    }
    w.end_array().field("usable", usable).end_object();
    if (call.services.wake) call.services.wake();  // what was broken may be tried again
    return Answer{200, w.take()};
}

Result<Deed> connect(const Call& call) {
    TRY(const auto document, body::parse(call.request.body, {"provider"}));
    TRY(const std::string word, body::text(document.root()["provider"], 20));
    TRY(const meetings::Kind kind, meetings::kind_of_word(word));
    if (kind != meetings::Kind::kGoogleMeet) {
        return fail(Code::kInvalid, "Only google is connected in a browser; the others need no consent.", "provider");
    }
    return Deed([&services = call.services, actor = call.actor()](jobs::Context& context,
                                                                  store::ClinicTx& tx) -> Result<Answer> {
        TRY(const auto begun,
            invoices::meeting_consents::begin(context, tx, services.vault, services.meeting_settings, services.links,
                                              services.public_url, actor));
        json::Writer w;
        w.begin_object().field("url", begun.url).field("redirect_uri", begun.redirect_uri);
        w.field("expires_at", to_iso(begun.expires_at)).end_object();
        return Answer{200, w.take()};
    });
}

Result<Deed> move(const Call& call) {
    TRY(const AppointmentId id, AppointmentId::parse(call.param(0)));
    TRY(const auto document, body::parse(call.request.body, {"host"}));
    const json::View given = document.root()["host"];
    std::optional<std::string> host;
    if (!given.is_missing_or_null()) {
        TRY(host, body::text_if_any(given, invoices::appointments::kHostMax));
    }
    return Deed([id, host, &services = call.services, actor = call.actor()](jobs::Context& context,
                                                                            store::ClinicTx& tx) -> Result<Answer> {
        TRY(invoices::meeting_keeper::move(context, tx, id, host, actor));
        return appointment::shown(services, tx, id);
    });
}

Result<Answer> host_link(const Call& call) {
    TRY(const AppointmentId id, AppointmentId::parse(call.param(0)));
    TRY(body::parse(call.request.body, {}));
    TRY(const Secret<> url, calling(call).host_link(id));
    return Answer{200, json::Writer().begin_object().field("url", url.reveal()).end_object().take()};
}

}  // namespace clinicpro::web::meeting
