// config.hpp: one clinic's M-Pesa set-up: which Daraja, which shortcode, whose credentials.
//
// The row holds what may be shown; consumer key, consumer secret, passkey and initiator
// password are sealed credentials. Whole-config
// validation names every problem at once. Tested by mpesa/config_test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "clinics/vault.hpp"
#include "crypto/entropy.hpp"
#include "daraja/c2b.hpp"
#include "daraja/environment.hpp"
#include "daraja/initiator.hpp"
#include "store/tenant.hpp"

namespace clinicpro::mpesa {

enum class Environment { kSandbox, kProduction, kCustom };
std::string_view to_string(Environment environment);
Result<Environment> parse_environment(std::string_view text);

// What C2B validation refuses. Money for an unknown account is never lost either way: it stands as unallocated.
enum class ValidationPolicy { kAcceptAll, kKnownAccount, kExactAmount };
std::string_view to_string(ValidationPolicy policy);
Result<ValidationPolicy> parse_validation_policy(std::string_view text);

struct Config {
    Environment environment = Environment::kSandbox;
    std::string base_url;  // only for kCustom: a simulator or a proxy
    daraja::ShortcodeKind shortcode_kind = daraja::ShortcodeKind::kPaybill;
    std::string shortcode;          // the paybill, or the till
    std::string store_number;       // only for a till: its store or head-office number (daraja.md 2.1)
    std::string callback_base_url;  // where Safaricom reaches this server, such as "https://pay.clinic.example"
    daraja::C2bVersion c2b_version = daraja::C2bVersion::kV2;
    ValidationPolicy validation_policy = ValidationPolicy::kKnownAccount;
    int queries_per_minute = 5;   // the sandbox's limit; production's is not published (daraja.md 3)
    int callback_generation = 1;  // rotating the C2B address raises it; the one before stays good
    bool active = true;
    Secret<> consumer_key;
    Secret<> consumer_secret;
    Secret<> passkey;
    // For refunds; all empty when the clinic makes none through M-Pesa (daraja.md 5.2).
    std::string initiator_name;
    std::string initiator_certificate;  // PEM, from the Daraja portal, for this environment
    std::string payout_shortcode;       // of B2C; empty: the business shortcode
    Secret<> initiator_password;

    daraja::Endpoint endpoint() const;
    // What STK signs with: the paybill itself, or the till's store number.
    const std::string& business_shortcode() const {
        return shortcode_kind == daraja::ShortcodeKind::kTill ? store_number : shortcode;
    }
    const std::string& payer_shortcode() const {
        return payout_shortcode.empty() ? business_shortcode() : payout_shortcode;
    }
    // Signs what moves money out. kConfig when it is not set up.
    Result<daraja::Initiator> initiator() const;
};

// Every problem, each naming its field; empty when the configuration can be used.
std::vector<Error> problems(const Config& config);
// The problems as one error: the first one's field, all their sentences.
Result<> validate(const Config& config);

namespace config {

// Without its secrets, for those who only compare or show: no credential is opened. kConfig when the clinic has none.
Result<Config> shown(store::ClinicTx& tx);
// kConfig when the clinic has none; with `only_active` also when it is switched off or has lost a secret.
Result<Config> load(store::ClinicTx& tx, clinics::Vault& vault, bool only_active = true);
// Validates, then replaces the whole configuration. An empty secret keeps the one that is stored.
Result<> save(store::ClinicTx& tx, clinics::Vault& vault, crypto::Entropy& entropy, Config config,
              std::string_view actor, Instant now);
// Makes the next C2B address current; the one before stays good until the next rotation.
Result<int> rotate_callbacks(store::ClinicTx& tx, std::string_view actor, Instant now);

}  // namespace config
}  // namespace clinicpro::mpesa
