// config.hpp: who the merchants are and how strict, quick and odd the sandbox behaves.
//
// Every switch stands in one table (switch_rows) that the config file, the control interface and --print-config share.
// Where the evidence about Daraja disagrees (daraja.md, mark E) there is a switch. Tested by sandbox/config_test.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "sandbox/sms_account.hpp"

namespace clinicpro::sandbox {

// One shortcode and the developer app that may use it.
struct Merchant {
    std::string name;       // as the prompt shows it
    std::string shortcode;  // a paybill, or the store number of a till
    std::string till;       // empty for a paybill
    std::string consumer_key;
    Secret<> consumer_secret;
    Secret<> passkey;
    bool shared = false;      // any app may push to it, as with Safaricom's public 174379
    bool validation = false;  // external C2B validation is on
    std::string initiator = "testapi";  // who signs transfers and status queries
    Secret<> initiator_password{"Sandbox#Initiator1"};
    std::set<std::string> products{"stk", "c2b", "pull", "reversal", "b2c", "status"};

    bool is_till() const { return !till.empty(); }
    const std::string& receiver() const { return till.empty() ? shortcode : till; }
};

struct Range {
    Duration least{};
    Duration most{};
};

struct Timing {
    Range response;     // how long an API answer takes
    Range pay;          // prompt to PIN entered
    Range cancel;       // prompt to Cancel
    Range unreachable;  // prompt to "DS timeout" (1037)
    Range expiry;       // how long an ignored prompt stays on the handset (1032)
    Range late;         // the late answer, after 1037
    Range callback;     // result known to callback sent
    Range c2b;          // money moved to confirmation sent
    Range result;       // transfer or question accepted to executed
};
Timing realistic_timing();  // daraja.md 2.6 and 10.16
Timing quick_timing();      // for tests against a real server: prompts answer after 2 s

struct Switches {
    bool expires_in_number = false;
    bool new_token_kills_old = false;
    std::string bad_credentials = "400.008.01";
    std::string id_look = "new";
    bool check_timestamp_age = false;
    std::string over_limit = "callback";
    bool text_limits = true;
    bool upper_case_host_refused = true;
    bool forbidden_words_in_stk_url = true;
    bool http_on_loopback = true;
    bool http_anywhere = false;
    std::string second_push = "refuse";
    bool same_amount_rule = true;
    bool stk_also_c2b = true;
    std::string stk_c2b_order = "any";
    std::string callback_balance = "any";
    std::string callback_amount = "any";
    bool callback_shuffled = true;
    std::string callback_phone = "plain";
    bool callback_date_text = false;
    std::string callback_retries = "once";
    std::string source_address;
    std::string query_in_flight = "4999";
    int64_t query_blind_ms = 1000;
    int64_t query_noise_percent = 20;
    std::string query_unknown = "does_not_exist";
    int64_t query_per_minute = 5;
    std::string query_refusal = "429";
    bool c2b_register_once = false;
    bool c2b_old_platform = false;
    bool c2b_answer_without_code = false;
    std::string c2b_transaction_type = "by_kind";
    std::string c2b_amount = "any";
    std::string c2b_msisdn = "by_version";
    std::string c2b_names = "any";
    int64_t validation_limit_ms = 8000;
    bool mail_tls = true;
    std::string default_script = "pay";
    int64_t amount_min = 1;
    int64_t amount_max = 250'000;
    int64_t daily_max = 500'000;
    int64_t opening_balance = 100'000;
    int64_t shortcode_balance_max = 0;
    int64_t zoom_page_max = 300;
    int64_t zoom_retry_ms = 1000;
    bool google_delegation = true;
    std::string google_delegated_scopes = "all";
    bool google_consent_testing = false;
    bool google_meet_allowed = true;
    bool google_recording_allowed = false;
    int64_t google_pending_reads = 0;
    int64_t google_page_most = 2'500;
    std::string google_patch_of_deleted = "forbidden";
    std::string google_links = "google";
    int64_t opening_utility = 100'000;
};

struct SwitchRow {
    std::string_view name;
    std::variant<bool Switches::*, int64_t Switches::*, std::string Switches::*> member;
    std::string_view choices;  // for text: the values allowed, separated by '|'; "*" for any text
    std::string_view meaning;
};
std::span<const SwitchRow> switch_rows();
// Changes the switches named in a JSON object. Error kInvalid names the switch; then nothing is changed.
Result<> apply_switches(Switches& switches, json::View object);

struct Config {
    std::vector<Merchant> merchants;
    std::vector<SmsAccount> sms_accounts;
    std::vector<MailUser> mail_users;
    Switches switches;
    Timing timing = realistic_timing();
    // Sandbox seconds per real second. It scales limits that are measured on the real network (validation).
    double speed = 1.0;
    Duration clock_offset{};  // added to every time that is shown, never to when things happen

    const Merchant* by_shortcode(std::string_view shortcode) const;  // BusinessShortCode of an STK push
    const Merchant* by_receiver(std::string_view number) const;      // the paybill or till a customer types
    const Merchant* by_key(std::string_view consumer_key) const;
};

Config default_config();
Result<Merchant> read_merchant(json::View object);
// Adds or replaces by shortcode. Error kInvalid when the same consumer key stands with another secret.
Result<> put_merchant(Config& config, Merchant merchant);
// {"merchants": [...], "sms_accounts": [...], "switches": {...}}; lists given replace the default ones.
Result<> read_config(Config& config, json::View object);
// The whole configuration as JSON; with secrets only when asked, for --print-config. Where `base_url` is given, also
// Google's accounts, which are always the same: they are told here, and not read.
std::string print_config(const Config& config, bool with_secrets, std::string_view base_url = {});
void write_merchant(json::Writer& out, const Merchant& merchant, bool with_secrets);
void write_switches(json::Writer& out, const Switches& switches, bool with_meaning);

}  // namespace clinicpro::sandbox
