// google_errors.cpp: reasons by family, each with the cure in its sentence.
#include "meetings/google_errors.hpp"

#include <charconv>

#include "base/json.hpp"
#include "base/text.hpp"

namespace clinicpro::meetings {
namespace {

using Fault = Failed::Fault;

constexpr size_t kMessageMax = 200;  // of a foreign sentence in one of ours
constexpr Duration kRateWait = 20s;  // sliding window of a minute (1.7)
constexpr Duration kQuotaWait = 1h;  // calendar-use limits last hours (1.7)
constexpr Duration kRetryAfterMax = 24h;

bool is_one_of(std::string_view reason, std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view name) { return text::equal_ignoring_case(name, reason); });
}

Failed say(Fault fault, std::string sentence) {
    return {.fault = fault, .sentence = std::move(sentence), .retry_at = {}};
}

std::string who(const GoogleSettings& settings, const std::string& account) {
    if (!account.empty()) return account;
    return settings.is_service_account() ? settings.client_email : "the connected Google account";
}

Failed missing_scope(const GoogleSettings& settings) {
    if (settings.is_service_account()) {
        return say(Fault::kConfig,
                   "The service account lacks a right. Authorise exactly these scopes for it in the Workspace admin "
                   "console (Security, API controls, Domain-wide delegation): " +
                       google_scopes(settings) + ".");
    }
    return say(Fault::kAuth,
               "The clinic's Google connection lacks a right that was not ticked. Run 'clinicpro meetings connect "
               "google' again and leave every box ticked.");
}

Failed robots_have_no_meet(const GoogleSettings& settings, const std::string& account) {
    if (settings.is_service_account() && account.empty()) {
        return say(Fault::kConfig,
                   "Google gives a service account no Meet links of its own. Set the user it acts for (subject) to a "
                   "clinician's address in the clinic's Google Workspace, with domain-wide delegation; or connect one "
                   "user's account instead.");
    }
    return say(Fault::kConfig, "This calendar may not hold Google Meet links. In the Google Workspace of " +
                                   who(settings, account) +
                                   ", turn Google Meet on (Apps, Google Workspace, Google Meet), or choose a calendar "
                                   "of a user who has it.");
}

}  // namespace

GoogleRefusal read_google_refusal(const net::Response& response) {
    GoogleRefusal refusal{.status = response.status};
    const auto document = json::Document::parse(response.body);
    if (!document || document->root()["error"].kind() != json::Kind::kObject) return refusal;
    refusal.readable = true;
    const json::View error = document->root()["error"];
    refusal.message = text::clip(error["message"].scalar_if_any().value_or(""), kMessageMax);
    const json::View first = error["errors"].at(0);
    if (const auto reason = first["reason"].scalar_if_any()) {
        refusal.reason = *reason;
        return refusal;
    }
    const json::View details = error["details"];
    for (size_t i = 0; i < details.size(); ++i) {
        if (const auto reason = details.at(i)["reason"].scalar_if_any()) refusal.reason = *reason;
    }
    if (refusal.reason.empty()) refusal.reason = error["status"].scalar_if_any().value_or("");
    return refusal;
}

Failed google_failure(const GoogleRefusal& refusal, const net::Response& response, const GoogleSettings& settings,
                      const std::string& account, Instant now) {
    const std::string_view reason = refusal.reason;
    if (is_one_of(reason, {"quotaExceeded", "dailyLimitExceeded"})) {
        return {.fault = Fault::kQuota,
                .sentence =
                    "Google's limit for this calendar is used up; it opens again within hours. Young and trial "
                    "accounts have low limits.",
                .retry_at = now + google_retry_after(response, kQuotaWait)};
    }
    if (refusal.status == 429 || is_one_of(reason, {"rateLimitExceeded", "userRateLimitExceeded", "RESOURCE_EXHAUSTED",
                                                    "RATE_LIMIT_EXCEEDED"})) {
        return {.fault = Fault::kRate,
                .sentence = "Google asks for fewer requests at a time. It is tried again by itself.",
                .retry_at = now + google_retry_after(response, kRateWait)};
    }
    if (text::contains_ignoring_case(refusal.message, "Invalid conference type"))
        return robots_have_no_meet(settings, account);
    if (is_one_of(reason, {"forbiddenForServiceAccounts"})) {
        return say(Fault::kConfig,
                   "A service account may not invite people without domain-wide delegation. Set it up in the Workspace "
                   "admin console and set the user it acts for (subject).");
    }
    if (is_one_of(reason, {"accessNotConfigured", "SERVICE_DISABLED"})) {
        return say(Fault::kConfig,
                   "A Google API is not turned on. In the Google Cloud console of this project turn on the Google "
                   "Calendar API" +
                       std::string(settings.changes_space() ? " and the Google Meet API" : "") +
                       ", then wait five minutes.");
    }
    if (is_one_of(reason, {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}))
        return missing_scope(settings);
    if (refusal.status == 403) {
        return say(Fault::kConfig, who(settings, account) + " may not change the calendar " + settings.calendar_id +
                                       ". Share it with this account with the right 'Make changes to events', or use "
                                       "the account's own calendar (primary).");
    }
    return say(Fault::kInvalid, "Google does not take this meeting: " +
                                    (refusal.message.empty() ? std::string(reason) : refusal.message) +
                                    " Correct the visit and try again.");
}

Duration google_retry_after(const net::Response& response, Duration otherwise) {
    const std::string_view text = text::trim(response.header("Retry-After"));
    int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || seconds < 0) return otherwise;
    return std::min<Duration>(std::chrono::seconds(std::min<int64_t>(seconds, kRetryAfterMax / 1s)), kRetryAfterMax);
}

}  // namespace clinicpro::meetings
