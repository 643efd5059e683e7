#include "web/setup_controller.hpp"

#include "clinics/credentials.hpp"
#include "mpesa/callback.hpp"
#include "mpesa/config.hpp"
#include "web/body.hpp"
#include "web/views.hpp"

namespace clinicpro::web::setup {
namespace {

std::string_view to_text(daraja::C2bVersion version) {
    return version == daraja::C2bVersion::kV1 ? "v1" : "v2";
}

Result<mpesa::Config> load(const Services& services, store::ClinicTx& tx) {
    auto config = mpesa::config::load(tx, services.vault, false);
    if (!config && config.error().code == Code::kConfig) {
        return fail(Code::kNotFound, "This clinic has no M-Pesa configuration yet. Set it with PUT at this address.",
                    {}, config.error().message);
    }
    return config;
}

Result<Answer> shown_mpesa(const Services& services, store::ClinicTx& tx) {
    TRY(const mpesa::Config config, load(services, tx));
    json::Writer w;
    w.begin_object().field("environment", to_string(config.environment)).field("base_url", config.base_url);
    w.field("shortcode_kind", daraja::to_string(config.shortcode_kind)).field("shortcode", config.shortcode);
    w.field("store_number", config.store_number).field("callback_base_url", config.callback_base_url);
    w.field("c2b_version", to_text(config.c2b_version));
    w.field("validation_policy", to_string(config.validation_policy));
    w.field("queries_per_minute", config.queries_per_minute).field("callback_generation", config.callback_generation);
    w.field("active", config.active);
    w.key("secrets_set").begin_object().field("consumer_key", !config.consumer_key.empty());
    w.field("consumer_secret", !config.consumer_secret.empty()).field("passkey", !config.passkey.empty());
    w.field("initiator_password", !config.initiator_password.empty()).end_object();
    w.field("initiator_name", config.initiator_name).field("payout_shortcode", config.payout_shortcode);
    w.field("initiator_certificate", config.initiator_certificate);
    w.key("problems").begin_array();
    for (const Error& problem : mpesa::problems(config)) {
        w.begin_object().field("field", problem.field).field("sentence", problem.message).end_object();
    }
    w.end_array().end_object();
    return Answer{200, w.take()};
}

Result<Answer> shown_urls(const Services& services, store::ClinicTx& tx, int status) {
    TRY(const mpesa::Config config, load(services, tx));
    TRY(const auto found, mpesa::registration(tx));
    const mpesa::Registration none{"none",
                                   "These addresses were not registered yet.",
                                   std::string(to_text(config.c2b_version)),
                                   config.callback_generation,
                                   {}};
    const mpesa::Registration& now = found ? *found : none;
    json::Writer w;
    w.begin_object().field("state", now.state).field("response", now.response).field("version", now.version);
    w.field("generation", now.generation).field("current_generation", config.callback_generation);
    w.field("at", view::time_or_null(found ? std::optional(found->at) : std::nullopt));
    w.field("confirmation_url", mpesa::callback::c2b_confirmation_url(config, services.links, tx.clinic()));
    w.field("validation_url", mpesa::callback::c2b_validation_url(config, services.links, tx.clinic())).end_object();
    return Answer{status, w.take()};
}

constexpr size_t kCertificateMax = 16 * 1024;  // those in use are under 3 KiB
constexpr size_t kSecretMax = clinics::Credentials::kValueMax;

Result<mpesa::Config> read_config(const json::View& root) {
    mpesa::Config config;
    TRY(const std::string environment, body::text(root["environment"], 20));
    TRY(config.environment, mpesa::parse_environment(environment));
    TRY(config.base_url, body::text_if_any(root["base_url"], 200));
    TRY(std::string kind, body::text_if_any(root["shortcode_kind"], 20));
    auto shortcode_kind = daraja::parse_shortcode_kind(kind.empty() ? "paybill" : kind);
    if (!shortcode_kind) return fail(Code::kInvalid, shortcode_kind.error().message, "shortcode_kind");
    config.shortcode_kind = *shortcode_kind;
    TRY(config.shortcode, body::text(root["shortcode"], 20));
    TRY(config.store_number, body::text_if_any(root["store_number"], 20));
    TRY(config.callback_base_url, body::text(root["callback_base_url"], 200));
    TRY(const std::string version, body::text_if_any(root["c2b_version"], 2));
    if (!version.empty() && version != "v1" && version != "v2") {
        return fail(Code::kInvalid, "\"c2b_version\" must be v1 or v2, as the Daraja app's product says.",
                    "c2b_version");
    }
    config.c2b_version = version == "v1" ? daraja::C2bVersion::kV1 : daraja::C2bVersion::kV2;
    TRY(const std::string policy, body::text_if_any(root["validation_policy"], 20));
    if (!policy.empty()) {
        TRY(config.validation_policy, mpesa::parse_validation_policy(policy));
    }
    if (!root["queries_per_minute"].is_missing_or_null()) {
        TRY(const int64_t queries, body::whole(root["queries_per_minute"], 1, 6000));
        config.queries_per_minute = int(queries);
    }
    TRY(config.active, body::truth_or(root["active"], true));
    TRY(config.consumer_key, body::secret_if_any(root["consumer_key"], kSecretMax));
    TRY(config.consumer_secret, body::secret_if_any(root["consumer_secret"], kSecretMax));
    TRY(config.passkey, body::secret_if_any(root["passkey"], kSecretMax));
    TRY(config.initiator_name, body::text_if_any(root["initiator_name"], 64));
    TRY(config.payout_shortcode, body::text_if_any(root["payout_shortcode"], 20));
    TRY(config.initiator_certificate, body::lines_if_any(root["initiator_certificate"], kCertificateMax));
    TRY(config.initiator_password, body::secret_if_any(root["initiator_password"], kSecretMax));
    return config;
}

}  // namespace

Result<Answer> show_mpesa(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    return shown_mpesa(call.services, tx);
}

Result<Deed> put_mpesa(const Call& call) {
    TRY(const auto document,
        body::parse(call.request.body, {"environment", "base_url", "shortcode_kind", "shortcode", "store_number",
                                        "callback_base_url", "c2b_version", "validation_policy", "queries_per_minute",
                                        "active", "consumer_key", "consumer_secret", "passkey", "initiator_name",
                                        "initiator_password", "initiator_certificate", "payout_shortcode"}));
    TRY(const mpesa::Config config, read_config(document.root()));
    return Deed([config, &services = call.services, actor = call.actor()](jobs::Context& context,
                                                                          store::ClinicTx& tx) -> Result<Answer> {
        TRY(mpesa::config::save(tx, services.vault, services.entropy, config, actor, context.now()));
        return shown_mpesa(services, tx);
    });
}

Result<Answer> show_urls(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    return shown_urls(call.services, tx, 200);
}

Result<Deed> register_urls(const Call& call) {
    TRY(body::parse(call.request.body, {}));
    return Deed([&services = call.services, actor = call.actor()](jobs::Context& context,
                                                                  store::ClinicTx& tx) -> Result<Answer> {
        TRY(load(services, tx));
        TRY(mpesa::ask_registration(context, tx, services.vault, actor));
        return shown_urls(services, tx, 202);
    });
}

Result<Deed> rotate_urls(const Call& call) {
    TRY(body::parse(call.request.body, {}));
    return Deed([&services = call.services, actor = call.actor()](jobs::Context& context,
                                                                  store::ClinicTx& tx) -> Result<Answer> {
        TRY(load(services, tx));
        TRY(mpesa::config::rotate_callbacks(tx, actor, context.now()));
        return shown_urls(services, tx, 200);
    });
}

}  // namespace clinicpro::web::setup
