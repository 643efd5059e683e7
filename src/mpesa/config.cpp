#include "mpesa/config.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "clinics/audit.hpp"
#include "clinics/credentials.hpp"
#include "daraja/callback_url.hpp"

namespace clinicpro::mpesa {
namespace {

constexpr std::string_view kConsumerKey = "mpesa.consumer_key";
constexpr std::string_view kConsumerSecret = "mpesa.consumer_secret";
constexpr std::string_view kPasskey = "mpesa.passkey";
constexpr std::string_view kInitiatorPassword = "mpesa.initiator_password";
constexpr int kQueriesMax = 6000;  // a hundred a second: above any limit Safaricom is known to grant

Error problem(std::string field, std::string sentence) {
    return {Code::kConfig, std::move(sentence), std::move(field), {}};
}

}  // namespace

std::string_view to_string(Environment environment) {
    switch (environment) {
        case Environment::kSandbox: return "sandbox";
        case Environment::kProduction: return "production";
        case Environment::kCustom: return "custom";
    }
    return "";
}

Result<Environment> parse_environment(std::string_view text) {
    for (const auto one : {Environment::kSandbox, Environment::kProduction, Environment::kCustom}) {
        if (to_string(one) == text) return one;
    }
    return fail(Code::kInvalid, "The environment must be sandbox, production or custom.", "environment");
}

std::string_view to_string(ValidationPolicy policy) {
    switch (policy) {
        case ValidationPolicy::kAcceptAll: return "accept_all";
        case ValidationPolicy::kKnownAccount: return "known_account";
        case ValidationPolicy::kExactAmount: return "exact_amount";
    }
    return "";
}

Result<ValidationPolicy> parse_validation_policy(std::string_view text) {
    for (const auto one :
         {ValidationPolicy::kAcceptAll, ValidationPolicy::kKnownAccount, ValidationPolicy::kExactAmount}) {
        if (to_string(one) == text) return one;
    }
    return fail(Code::kInvalid, "The validation policy must be accept_all, known_account or exact_amount.",
                "validation_policy");
}

daraja::Endpoint Config::endpoint() const {
    switch (environment) {
        case Environment::kSandbox: return daraja::Endpoint::sandbox();
        case Environment::kProduction: return daraja::Endpoint::production();
        case Environment::kCustom: return {base_url};
    }
    return {base_url};
}

Result<daraja::Initiator> Config::initiator() const {
    if (initiator_name.empty() || initiator_certificate.empty() || initiator_password.empty()) {
        return fail(Code::kConfig,
                    "Refunds through M-Pesa need the clinic's initiator: its name, its password and the certificate. Set "
                    "them in the M-Pesa settings, or pay back by hand.",
                    "initiator_name");
    }
    TRY(Secret<> credential, daraja::security_credential(initiator_certificate, initiator_password));
    return daraja::Initiator{initiator_name, std::move(credential)};
}

namespace {

// Refunds are a choice; half a set-up for them is a mistake.
void check_refunds(const Config& config, std::vector<Error>& found) {
    if (!config.payout_shortcode.empty()) {
        if (auto good = daraja::check_shortcode(config.payout_shortcode, "payout_shortcode"); !good) {
            found.push_back(problem("payout_shortcode", good.error().message));
        }
    }
    if (config.initiator_name.empty() && config.initiator_certificate.empty()) return;
    if (config.initiator_name.empty()) {
        found.push_back(problem("initiator_name", "The name of the initiator for refunds is missing."));
    } else if (config.initiator_name.size() > 64) {
        found.push_back(problem("initiator_name", "The name of an initiator has at most 64 letters."));
    }
    if (config.initiator_password.empty()) {
        found.push_back(problem("initiator_password", "The password of the initiator for refunds is missing."));
    } else if (auto credential = daraja::security_credential(config.initiator_certificate, config.initiator_password);
               !credential) {
        found.push_back(problem("initiator_certificate", credential.error().message));
    }
}

}  // namespace

std::vector<Error> problems(const Config& config) {
    std::vector<Error> found;
    const auto take = [&](const Result<>& result) {
        if (!result) found.push_back(problem(result.error().field, result.error().message));
    };
    if (config.environment == Environment::kCustom) {
        if (auto endpoint = daraja::Endpoint::parse(config.base_url); !endpoint) {
            found.push_back(problem("base_url", endpoint.error().message));
        }
    } else if (!config.base_url.empty()) {
        found.push_back(problem("base_url", "A base URL goes with the environment \"custom\" only; leave it out."));
    }
    take(daraja::check_shortcode(config.shortcode, "shortcode"));
    if (config.shortcode_kind == daraja::ShortcodeKind::kTill) {
        if (config.store_number.empty()) {
            found.push_back(problem("store_number",
                                    "A till needs its store number (the head-office number from go-live) as well: "
                                    "prompts are signed with it."));
        } else {
            take(daraja::check_shortcode(config.store_number, "store_number"));
        }
    } else if (!config.store_number.empty()) {
        found.push_back(problem("store_number", "A store number goes with a till only; leave it out for a paybill."));
    }
    const bool strict = config.environment == Environment::kProduction;
    if (auto url = daraja::check_callback_url(config.callback_base_url, strict); !url) {
        found.push_back(problem("callback_base_url", url.error().message));
    } else if (config.callback_base_url.ends_with('/') || config.callback_base_url.find('?') != std::string::npos) {
        found.push_back(problem("callback_base_url", "The callback base URL must end without a slash or a query."));
    }
    if (config.queries_per_minute < 1 || config.queries_per_minute > kQueriesMax) {
        found.push_back(problem("queries_per_minute", "Status queries per minute must be between 1 and 6000."));
    }
    if (config.consumer_key.empty()) {
        found.push_back(problem("consumer_key", "The consumer key of the Daraja app is missing."));
    }
    if (config.consumer_secret.empty()) {
        found.push_back(problem("consumer_secret", "The consumer secret of the Daraja app is missing."));
    }
    if (config.passkey.empty()) {
        found.push_back(problem("passkey", "The M-Pesa Express passkey of the shortcode is missing."));
    }
    check_refunds(config, found);
    return found;
}

Result<> validate(const Config& config) {
    const auto found = problems(config);
    if (found.empty()) return {};
    std::string sentences;
    for (const Error& one : found) sentences += (sentences.empty() ? "" : " ") + one.message;
    return fail(Code::kInvalid, std::move(sentences), found.front().field);
}

namespace config {
namespace {

// Empty when it is not set (any more): then the configuration has a problem that can be named and repaired.
Result<Secret<>> credential(store::ClinicTx& tx, clinics::Vault& vault, std::string_view name) {
    auto found = clinics::Credentials(vault).get(tx, name);
    if (!found && found.error().code == Code::kNotFound) return Secret<>();
    return found;
}

Result<std::optional<Config>> find_shown(store::ClinicTx& tx) {
    std::optional<Config> found;
    TRY(tx.each(
        "SELECT environment, base_url, shortcode_kind, shortcode, store_number, callback_base_url, c2b_version, "
        "validation_policy, queries_per_minute, callback_generation, active, initiator_name, initiator_certificate, "
        "payout_shortcode FROM mpesa_config WHERE clinic_id = $1",
        [&](const store::Row& row) {
            found.emplace();
            found->environment = *parse_environment(row.text(0));
            found->base_url = row.string(1);
            found->shortcode_kind = *daraja::parse_shortcode_kind(row.text(2));
            found->shortcode = row.string(3);
            found->store_number = row.string(4);
            found->callback_base_url = row.string(5);
            found->c2b_version = row.text(6) == "v1" ? daraja::C2bVersion::kV1 : daraja::C2bVersion::kV2;
            found->validation_policy = *parse_validation_policy(row.text(7));
            found->queries_per_minute = int(row.integer(8));
            found->callback_generation = int(row.integer(9));
            found->active = row.integer(10) != 0;
            found->initiator_name = row.string(11);
            found->initiator_certificate = row.string(12);
            found->payout_shortcode = row.string(13);
        }));
    return found;
}

Result<std::optional<Config>> find(store::ClinicTx& tx, clinics::Vault& vault) {
    TRY(auto found, find_shown(tx));
    if (!found) return std::nullopt;
    TRY(found->consumer_key, credential(tx, vault, kConsumerKey));
    TRY(found->consumer_secret, credential(tx, vault, kConsumerSecret));
    TRY(found->passkey, credential(tx, vault, kPasskey));
    TRY(found->initiator_password, credential(tx, vault, kInitiatorPassword));
    return found;
}

std::unexpected<Error> not_configured() {
    return fail(Code::kConfig, "This clinic has no M-Pesa configuration yet. Set it with `clinicpro mpesa set`.");
}

}  // namespace

Result<Config> shown(store::ClinicTx& tx) {
    TRY(auto found, tx.remember<std::optional<Config>>([&] { return find_shown(tx); }));
    if (!found) return not_configured();
    return *std::move(found);
}

Result<Config> load(store::ClinicTx& tx, clinics::Vault& vault, bool only_active) {
    TRY(auto found, find(tx, vault));
    if (!found) return not_configured();
    if (only_active && !found->active) {
        return fail(Code::kConfig, "M-Pesa is switched off for this clinic. Switch it on with `clinicpro mpesa set`.");
    }
    // What is on its way (a confirmation, a status query) goes on without; nothing new is started.
    if (only_active && (found->consumer_key.empty() || found->consumer_secret.empty() || found->passkey.empty())) {
        return fail(
            Code::kConfig,
            "This clinic's M-Pesa consumer key, consumer secret or passkey is missing. Set it with `clinicpro mpesa "
            "set`.");
    }
    return *std::move(found);
}

Result<> save(store::ClinicTx& tx, clinics::Vault& vault, crypto::Entropy&, Config config, std::string_view actor,
              Instant now) {
    TRY(const auto before, find(tx, vault));
    clinics::Credentials credentials(vault);
    std::string changed;
    const auto keep_or_put = [&](Secret<>& value, std::string_view name, const Secret<>* stored) -> Result<> {
        if (value.empty()) {
            if (stored != nullptr) value = *stored;
            return {};
        }
        if (stored != nullptr && *stored == value) return {};
        changed += (changed.empty() ? "" : ",") + std::string(name);
        return credentials.put(tx, name, value, now);
    };
    TRY(keep_or_put(config.consumer_key, kConsumerKey, before ? &before->consumer_key : nullptr));
    TRY(keep_or_put(config.consumer_secret, kConsumerSecret, before ? &before->consumer_secret : nullptr));
    TRY(keep_or_put(config.passkey, kPasskey, before ? &before->passkey : nullptr));
    TRY(keep_or_put(config.initiator_password, kInitiatorPassword, before ? &before->initiator_password : nullptr));
    if (before) config.callback_generation = before->callback_generation;
    TRY(validate(config));
    TRY(tx.execute(
        "INSERT INTO mpesa_config (clinic_id, environment, base_url, shortcode_kind, shortcode, store_number, "
        "callback_base_url, c2b_version, validation_policy, queries_per_minute, callback_generation, active, "
        "updated_at, initiator_name, initiator_certificate, payout_shortcode) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (clinic_id) DO UPDATE SET "
        "environment = excluded.environment, base_url = excluded.base_url, shortcode_kind = excluded.shortcode_kind, "
        "shortcode = excluded.shortcode, store_number = excluded.store_number, "
        "callback_base_url = excluded.callback_base_url, c2b_version = excluded.c2b_version, "
        "validation_policy = excluded.validation_policy, queries_per_minute = excluded.queries_per_minute, "
        "active = excluded.active, updated_at = excluded.updated_at, initiator_name = excluded.initiator_name, "
        "initiator_certificate = excluded.initiator_certificate, payout_shortcode = excluded.payout_shortcode",
        to_string(config.environment), config.base_url, daraja::to_string(config.shortcode_kind), config.shortcode,
        config.store_number, config.callback_base_url, config.c2b_version == daraja::C2bVersion::kV1 ? "v1" : "v2",
        to_string(config.validation_policy), config.queries_per_minute, config.callback_generation, config.active,
        now, config.initiator_name, config.initiator_certificate, config.payout_shortcode));
    tx.forget<std::optional<Config>>();
    json::Writer w;
    w.begin_object()
        .field("environment", to_string(config.environment))
        .field("shortcode", config.shortcode)
        .field("active", config.active)
        .field("secrets_changed", changed)
        .end_object();
    const std::string detail = w.take();
    TRY(clinics::audit::append(
        tx, {.at = now, .actor = actor, .action = "mpesa.configured", .subject = "mpesa", .detail = detail}));
    return {};
}

Result<int> rotate_callbacks(store::ClinicTx& tx, std::string_view actor, Instant now) {
    int generation = 0;
    TRY(tx.each(
        "UPDATE mpesa_config SET callback_generation = callback_generation + 1, updated_at = $2 "
        "WHERE clinic_id = $1 RETURNING callback_generation",
        [&](const store::Row& row) { generation = int(row.integer(0)); }, now));
    if (generation == 0) return fail(Code::kConfig, "This clinic has no M-Pesa configuration yet.");
    tx.forget<std::optional<Config>>();
    TRY(clinics::audit::append(tx,
                               {.at = now, .actor = actor, .action = "mpesa.callbacks_rotated", .subject = "mpesa"}));
    return generation;
}

}  // namespace config
}  // namespace clinicpro::mpesa
