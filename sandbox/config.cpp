#include "sandbox/config.hpp"

#include "sandbox/fields.hpp"
#include "sandbox/google_accounts.hpp"

namespace clinicpro::sandbox {
namespace {

Merchant demo(std::string name, std::string shortcode, std::string key, std::string secret, std::string passkey) {
    Merchant m;
    m.name = std::move(name);
    m.shortcode = std::move(shortcode);
    m.consumer_key = std::move(key);
    m.consumer_secret = Secret<>(std::move(secret));
    m.passkey = Secret<>(std::move(passkey));
    return m;
}

}  // namespace

Timing realistic_timing() {
    return {.response = {300ms, 5s},
            .pay = {9s, 39s},
            .cancel = {10s, 18s},
            .unreachable = {16s, 26s},
            .expiry = {60s, 180s},
            .late = {60s, 600s},
            .callback = {500ms, 2s},
            .c2b = {500ms, 4s},
            .result = {2s, 20s}};
}

Timing quick_timing() {
    return {.response = {5ms, 40ms},
            .pay = {2s, 2s},
            .cancel = {1s, 1s},
            .unreachable = {2s, 3s},
            .expiry = {5s, 5s},
            .late = {4s, 4s},
            .callback = {20ms, 100ms},
            .c2b = {20ms, 150ms},
            .result = {200ms, 800ms}};
}

const Merchant* Config::by_shortcode(std::string_view shortcode) const {
    for (const Merchant& m : merchants) {
        if (m.shortcode == shortcode) return &m;
    }
    return nullptr;
}

const Merchant* Config::by_receiver(std::string_view number) const {
    for (const Merchant& m : merchants) {
        if (m.receiver() == number) return &m;
    }
    return nullptr;
}

const Merchant* Config::by_key(std::string_view consumer_key) const {
    for (const Merchant& m : merchants) {
        if (m.consumer_key == consumer_key) return &m;
    }
    return nullptr;
}

// 174379 carries the passkey Safaricom publishes for its sandbox; every other key, secret and passkey is invented.
Config default_config() {
    Config config;
    Merchant shared = demo("Daraja-Sandbox", "174379", "SandboxSharedKey0000000000000001", "SandboxSharedSecret1",
                           "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919");
    shared.shared = true;
    config.merchants.push_back(std::move(shared));
    config.merchants.push_back(demo("Mlimani Clinic", "600986", "DemoMlimaniKey000000000000000002",
                                    "DemoMlimaniSecret002",
                                    "5f2c1d7be0a94b368c1e7d2f90ab34cd5e6f708192a3b4c5d6e7f8091a2b3c4d"));
    config.merchants.push_back(demo("Bahari Clinic", "600987", "DemoBahariKey0000000000000000003",
                                    "DemoBahariSecret0003",
                                    "9a8b7c6d5e4f30211203f4e5d6c7b8a90f1e2d3c4b5a69788796a5b4c3d2e1f0"));
    config.merchants.push_back(demo("Nyota Clinic", "600989", "DemoNyotaKey00000000000000000005", "DemoNyotaSecret00005",
                                    "3e4f5061728394a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7d8e9fa0b1c2d"));
    Merchant till = demo("Pwani Pharmacy", "600988", "DemoPwaniKey00000000000000000004", "DemoPwaniSecret00004",
                         "0c1b2a394857667584930aabbccddeeff00112233445566778899aabbccddeef");
    till.till = "5200988";
    config.merchants.push_back(std::move(till));
    config.sms_accounts = {{"mlimani", Secret<>("atsk_demo_mlimani_0000000000000002"), {"MLIMANI"}, {}},
                           {"bahari", Secret<>("atsk_demo_bahari_00000000000000003"), {"BAHARI"}, {}},
                           {"nyota", Secret<>("atsk_demo_nyota_000000000000000005"), {"NYOTA"}, {}},
                           {"clinicpro", Secret<>("atsk_demo_clinicpro_0000000000004"), {"CLINICPRO"}, {}}};
    config.mail_users = {{"visits", Secret<>("DemoMailSecret0001")}};
    return config;
}

Result<Merchant> read_merchant(json::View object) {
    if (object.kind() != json::Kind::kObject)
        return fail(Code::kInvalid, "A merchant must be a JSON object.", object.path());
    Merchant m;
    TRY(m.shortcode, object["shortcode"].scalar());
    if (!is_digits(m.shortcode, 5, 7))
        return fail(Code::kInvalid, "A shortcode has 5 to 7 digits.", object["shortcode"].path());
    m.name = object["name"].scalar_if_any().value_or("Merchant " + m.shortcode);
    m.till = object["till"].scalar_if_any().value_or("");
    if (!m.till.empty() && !is_digits(m.till, 5, 7)) {
        return fail(Code::kInvalid, "A till number has 5 to 7 digits.", object["till"].path());
    }
    TRY(m.consumer_key, object["consumer_key"].text());
    TRY(std::string secret, object["consumer_secret"].text());
    TRY(std::string passkey, object["passkey"].text());
    if (m.consumer_key.empty() || secret.empty() || passkey.empty()) {
        return fail(Code::kInvalid, "A merchant needs a consumer key, a consumer secret and a passkey.", object.path());
    }
    m.consumer_secret = Secret<>(std::move(secret));
    m.passkey = Secret<>(std::move(passkey));
    if (object["shared"].exists()) {
        TRY(m.shared, object["shared"].boolean());
    }
    if (object["validation"].exists()) {
        TRY(m.validation, object["validation"].boolean());
    }
    m.initiator = object["initiator"].scalar_if_any().value_or(m.initiator);
    if (object["initiator_password"].exists()) {
        TRY(std::string password, object["initiator_password"].text());
        m.initiator_password = Secret<>(std::move(password));
    }
    if (object["products"].exists()) {
        m.products.clear();
        for (size_t i = 0; i < object["products"].size(); ++i) {
            TRY(std::string product, object["products"].at(i).text());
            if (!Merchant().products.contains(product)) {
                return fail(Code::kInvalid, "A product is stk, c2b, pull, reversal, b2c or status.",
                            object["products"].at(i).path());
            }
            m.products.insert(std::move(product));
        }
    }
    return m;
}

Result<> put_merchant(Config& config, Merchant merchant) {
    for (const Merchant& m : config.merchants) {
        if (m.shortcode == merchant.shortcode) continue;
        if (m.receiver() == merchant.receiver()) {
            return fail(Code::kInvalid, "Another merchant has this till number.", "till");
        }
        if (m.consumer_key == merchant.consumer_key && !(m.consumer_secret == merchant.consumer_secret)) {
            return fail(Code::kInvalid, "Another merchant has this consumer key with a different secret.",
                        "consumer_key");
        }
    }
    for (Merchant& m : config.merchants) {
        if (m.shortcode == merchant.shortcode) {
            m = std::move(merchant);
            return {};
        }
    }
    config.merchants.push_back(std::move(merchant));
    return {};
}

Result<> read_config(Config& config, json::View object) {
    if (object.kind() != json::Kind::kObject) return fail(Code::kInvalid, "The configuration must be a JSON object.");
    for (const std::string_view key : object.keys()) {
        if (key == "google") continue;  // as printed; those accounts are always the same
        if (key != "merchants" && key != "sms_accounts" && key != "mail_users" && key != "switches") {
            return fail(Code::kInvalid,
                        "The configuration has \"merchants\", \"sms_accounts\", \"mail_users\" and \"switches\" only.",
                        std::string(key));
        }
    }
    Config made = config;
    if (object["merchants"].exists()) {
        made.merchants.clear();
        for (size_t i = 0; i < object["merchants"].size(); ++i) {
            TRY(Merchant merchant, read_merchant(object["merchants"].at(i)));
            TRY(put_merchant(made, std::move(merchant)));
        }
        if (made.merchants.empty()) return fail(Code::kInvalid, "Give at least one merchant.", "merchants");
    }
    if (object["sms_accounts"].exists()) {
        made.sms_accounts.clear();
        for (size_t i = 0; i < object["sms_accounts"].size(); ++i) {
            TRY(SmsAccount account, read_sms_account(object["sms_accounts"].at(i)));
            made.sms_accounts.push_back(std::move(account));
        }
    }
    if (object["mail_users"].exists()) {
        made.mail_users.clear();
        for (size_t i = 0; i < object["mail_users"].size(); ++i) {
            const json::View user = object["mail_users"].at(i);
            TRY(const std::string name, user["username"].text());
            TRY(std::string password, user["password"].text());
            made.mail_users.push_back({name, Secret<>(std::move(password))});
        }
    }
    if (object["switches"].exists()) {
        TRY(apply_switches(made.switches, object["switches"]));
    }
    config = std::move(made);
    return {};
}

void write_merchant(json::Writer& out, const Merchant& m, bool with_secrets) {
    out.begin_object().field("name", m.name).field("shortcode", m.shortcode).field("till", m.till);
    out.field("consumer_key", m.consumer_key);
    if (with_secrets) {
        out.field("consumer_secret", m.consumer_secret.reveal()).field("passkey", m.passkey.reveal());
        out.field("initiator_password", m.initiator_password.reveal());
    }
    out.field("initiator", m.initiator);
    out.field("shared", m.shared).field("validation", m.validation).key("products").begin_array();
    for (const std::string& product : m.products) out.value(product);
    out.end_array().end_object();
}

std::string print_config(const Config& config, bool with_secrets, std::string_view base_url) {
    json::Writer out;
    out.begin_object().key("merchants").begin_array();
    for (const Merchant& m : config.merchants) write_merchant(out, m, with_secrets);
    out.end_array().key("sms_accounts").begin_array();
    for (const SmsAccount& one : config.sms_accounts) write_sms_account(out, one, with_secrets);
    out.end_array().key("mail_users").begin_array();
    for (const MailUser& one : config.mail_users) {
        out.begin_object().field("username", one.username);
        if (with_secrets) out.field("password", one.password.reveal());
        out.end_object();
    }
    out.end_array().key("switches");
    write_switches(out, config.switches, false);
    if (!base_url.empty()) {
        out.key("google");
        write_google_accounts(out, base_url);
    }
    out.end_object();
    return out.take();
}

}  // namespace clinicpro::sandbox
