// switches.cpp: the one table of switches, and how it is read from and written as JSON.
#include "base/text.hpp"
#include "sandbox/config.hpp"

namespace clinicpro::sandbox {

std::span<const SwitchRow> switch_rows() {
    using S = Switches;
    static const SwitchRow rows[] = {
        {"expires_in_number", &S::expires_in_number, "", "OAuth writes expires_in as 3599 instead of \"3599\""},
        {"new_token_kills_old", &S::new_token_kills_old, "", "a new token ends the app's previous one (portal FAQ)"},
        {"bad_credentials", &S::bad_credentials, "400.008.01|empty",
         "answer to a wrong key: with a code, or an empty 400"},
        {"id_look", &S::id_look, "new|old", "look of requestId and MerchantRequestID"},
        {"check_timestamp_age", &S::check_timestamp_age, "",
         "refuse an STK Timestamp more than 15 minutes from EAT now"},
        {"over_limit", &S::over_limit, "callback|sync", "an amount over the limit: callback code 3, or 400 at once"},
        {"text_limits", &S::text_limits, "", "AccountReference over 12 or TransactionDesc over 13 is refused at once"},
        {"upper_case_host_refused", &S::upper_case_host_refused, "",
         "upper-case letters in a callback host are refused"},
        {"forbidden_words_in_stk_url", &S::forbidden_words_in_stk_url, "",
         "C2B's forbidden words are refused in CallBackURL"},
        {"http_on_loopback", &S::http_on_loopback, "", "http:// is taken for 127.0.0.1, localhost and [::1]"},
        {"http_anywhere", &S::http_anywhere, "", "http:// is taken for every host"},
        {"second_push", &S::second_push, "refuse|result_1001|first_dies", "a push to a phone that has one open"},
        {"same_amount_rule", &S::same_amount_rule, "",
         "the same amount paid to the same shortcode within 2 minutes is 17"},
        {"stk_also_c2b", &S::stk_also_c2b, "",
         "a paid STK push also sends a C2B confirmation when URLs are registered"},
        {"stk_c2b_order", &S::stk_c2b_order, "any|before|after", "that confirmation against the STK callback"},
        {"callback_balance", &S::callback_balance, "any|omit|no_value|value", "the Balance item of a success callback"},
        {"callback_amount", &S::callback_amount, "any|1|1.0|1.00", "how Amount is written"},
        {"callback_shuffled", &S::callback_shuffled, "", "items of CallbackMetadata come in any order"},
        {"callback_phone", &S::callback_phone, "plain|masked|absent", "the PhoneNumber item"},
        {"callback_date_text", &S::callback_date_text, "", "TransactionDate is a string instead of a number"},
        {"callback_retries", &S::callback_retries, "once|folklore",
         "deliver once, or up to 3 more times after a failure"},
        {"source_address", &S::source_address, "*", "sent as X-Forwarded-For with every callback, when set"},
        {"query_in_flight", &S::query_in_flight, "4999|500", "STK query of an open push: 200 with 4999, or 500"},
        {"query_blind_ms", &S::query_blind_ms, "", "STK query sooner than this says Invalid CheckoutRequestID"},
        {"query_noise_percent", &S::query_noise_percent, "", "share of meaningless 500.001.1001 after the end"},
        {"query_unknown", &S::query_unknown, "does_not_exist|invalid", "STK query of an id nobody knows"},
        {"query_per_minute", &S::query_per_minute, "", "spike arrest of STK query per app, burst 1; 0 is unlimited"},
        {"query_refusal", &S::query_refusal, "429|500.003.02", "how spike arrest answers"},
        {"c2b_register_once", &S::c2b_register_once, "", "URLs can be registered once only, as in production"},
        {"c2b_old_platform", &S::c2b_old_platform, "", "registering answers \"Duplicate notification info\""},
        {"c2b_answer_without_code", &S::c2b_answer_without_code, "", "registering answers without ResponseCode"},
        {"c2b_transaction_type", &S::c2b_transaction_type, "*",
         "TransactionType of confirmations; by_kind is the usual"},
        {"c2b_amount", &S::c2b_amount, "any|10|10.00", "how TransAmount is written"},
        {"c2b_msisdn", &S::c2b_msisdn, "by_version|plain|masked|hash|masked_hash", "v1 sends a hash, v2 a mask"},
        {"c2b_names", &S::c2b_names, "any|all|first_only|empty", "which name keys a confirmation has"},
        {"validation_limit_ms", &S::validation_limit_ms, "", "how long M-Pesa waits for a validation answer"},
        {"mail_tls", &S::mail_tls, "", "the mail server offers STARTTLS, and takes nothing without it"},
        {"default_script", &S::default_script, "pay|wrong_pin|cancel|no_answer|ignore|no_money|late|manual",
         "what a handset without a script does with a prompt"},
        {"amount_min", &S::amount_min, "", "least shillings of a payment"},
        {"amount_max", &S::amount_max, "", "most shillings of a payment"},
        {"daily_max", &S::daily_max, "", "most shillings a customer pays in one EAT day"},
        {"opening_balance", &S::opening_balance, "", "shillings in a new customer's wallet"},
        {"shortcode_balance_max", &S::shortcode_balance_max, "",
         "most shillings a shortcode may hold (code 8); 0 is no limit"},
        {"zoom_page_max", &S::zoom_page_max, "", "most meetings on a page of Zoom's list, whatever is asked"},
        {"zoom_retry_ms", &S::zoom_retry_ms, "", "what stands for a minute between Zoom's tries of an event"},
        {"google_delegation", &S::google_delegation, "", "the Workspace lets the service account act for its people"},
        {"google_delegated_scopes", &S::google_delegated_scopes, "*",
         "all, or the scopes authorised, such as \"calendar.events\", separated by spaces"},
        {"google_consent_testing", &S::google_consent_testing, "",
         "the consent screen is in Testing: what is agreed to now ends after 7 days"},
        {"google_meet_allowed", &S::google_meet_allowed, "", "calendars may hold Meet links"},
        {"google_recording_allowed", &S::google_recording_allowed, "", "the plan has recording and transcription"},
        {"google_pending_reads", &S::google_pending_reads, "",
         "looks at an event until its Meet link is made; 0 is at once"},
        {"google_page_most", &S::google_page_most, "", "most events in a page of a list"},
        {"google_patch_of_deleted", &S::google_patch_of_deleted, "forbidden|gone",
         "changing a deleted event is 403, or 410"},
        {"google_links", &S::google_links, "google|local",
         "Meet links look like Google's, or lead to a page of this sandbox"},
        {"opening_utility", &S::opening_utility, "", "shillings in a shortcode's Utility account, which pays B2C"},
    };
    return rows;
}

namespace {

constexpr int64_t kIntegerMax = 1'000'000'000;

Result<> apply_one(Switches& switches, const SwitchRow& row, json::View value) {
    if (const auto* flag = std::get_if<bool Switches::*>(&row.member)) {
        TRY(switches.*(*flag), value.boolean());
        return {};
    }
    if (const auto* number = std::get_if<int64_t Switches::*>(&row.member)) {
        TRY(const int64_t n, value.integer());
        if (n < 0 || n > kIntegerMax) {
            return fail(Code::kInvalid, "This switch takes a whole number from 0 to 1000000000.", value.path());
        }
        switches.*(*number) = n;
        return {};
    }
    TRY(std::string word, value.text());
    if (row.choices != "*") {
        bool known = false;
        for (const std::string_view choice : text::split(row.choices, '|')) known = known || choice == word;
        if (!known) {
            return fail(Code::kInvalid, "This switch takes one of " + std::string(row.choices) + ".", value.path());
        }
    }
    switches.*std::get<std::string Switches::*>(row.member) = std::move(word);
    return {};
}

}  // namespace

Result<> apply_switches(Switches& switches, json::View object) {
    if (object.kind() != json::Kind::kObject)
        return fail(Code::kInvalid, "Switches must be a JSON object.", object.path());
    Switches made = switches;
    for (const std::string_view key : object.keys()) {
        const SwitchRow* found = nullptr;
        for (const SwitchRow& row : switch_rows()) {
            if (row.name == key) found = &row;
        }
        if (found == nullptr) {
            return fail(Code::kInvalid, "There is no such switch; GET /_sandbox/switches lists them.",
                        object[key].path());
        }
        TRY(apply_one(made, *found, object[key]));
    }
    switches = std::move(made);
    return {};
}

void write_switches(json::Writer& out, const Switches& switches, bool with_meaning) {
    out.begin_object();
    for (const SwitchRow& row : switch_rows()) {
        out.key(row.name);
        if (with_meaning) out.begin_object().key("value");
        if (const auto* flag = std::get_if<bool Switches::*>(&row.member)) {
            out.value(switches.*(*flag));
        } else if (const auto* number = std::get_if<int64_t Switches::*>(&row.member)) {
            out.value(switches.*(*number));
        } else {
            out.value(switches.*std::get<std::string Switches::*>(row.member));
        }
        if (with_meaning) {
            if (!row.choices.empty() && row.choices != "*") out.field("choices", row.choices);
            out.field("meaning", row.meaning).end_object();
        }
    }
    out.end_object();
}

}  // namespace clinicpro::sandbox
