// google_check.cpp: findings in the order they were tried.
#include "meetings/google_check.hpp"

#include <charconv>

#include "base/json.hpp"
#include "base/text.hpp"
#include "meetings/google_errors.hpp"

namespace clinicpro::meetings {
namespace {

using Level = Finding::Level;

constexpr int64_t kSkewWarned = 30;   // seconds; the assertion is dated back by 60
constexpr int64_t kSkewBroken = 240;  // Google allows about five minutes

Finding of_clock(int64_t skew) {
    const std::string by = std::to_string(skew < 0 ? -skew : skew) + " seconds " + (skew < 0 ? "behind" : "ahead of");
    const bool broken = skew > kSkewBroken || skew < -kSkewBroken;
    const bool warned = skew > kSkewWarned || skew < -kSkewWarned;
    if (!broken && !warned) return {Level::kGood, "This server's clock agrees with Google's."};
    return {broken ? Level::kProblem : Level::kWarning,
            "This server's clock is " + by + " Google's. Turn on time synchronisation (NTP)."};
}

Finding of_admission(const GoogleSettings& settings, const std::string& account) {
    const std::string host = account.empty() ? "the connected account" : account;
    switch (settings.access) {
        case GoogleAccess::kOpen:
            return {
                Level::kWarning,
                "Everybody who has the link enters without knocking; the link stands behind ClinicPro's own. Choose "
                "trusted or restricted to keep a waiting room."};
        case GoogleAccess::kLeave:
        case GoogleAccess::kTrusted:
        case GoogleAccess::kRestricted: break;
    }
    return {Level::kGood, "A patient without the host's organisation knocks, and is let in by " + host +
                              " or a signed-in colleague of the same Google Workspace. The clinician must join as one "
                              "of them."};
}

std::vector<Finding> of_calendar(const GoogleSettings& settings, const std::string& account,
                                 const net::Outcome& outcome, Instant now) {
    const auto* response = std::get_if<net::Response>(&outcome);
    if (response == nullptr || response->status >= 500) {
        return {{Level::kProblem, "Google's calendar did not answer. Check again in a minute."}};
    }
    if (response->status == 404) {
        return {{Level::kProblem, "There is no calendar " + settings.calendar_id +
                                      " for this account. Correct the calendar's id, or share the calendar with the "
                                      "account."}};
    }
    if (response->status == 401)
        return {{Level::kProblem, "Google refused its own new token. Check again in a minute."}};
    const auto document = json::Document::parse(response->body);
    if (response->status >= 400) {
        const GoogleRefusal refusal = read_google_refusal(*response);
        if (refusal.readable || refusal.status == 429) {
            return {{Level::kProblem, google_failure(refusal, *response, settings, account, now).sentence}};
        }
    }
    if (response->status != 200 || !document || !document->root()["id"].exists()) {
        return {
            {Level::kProblem,
             "Something between this server and Google answered instead of Google. Look at the proxy or firewall."}};
    }
    std::vector<Finding> findings{
        {Level::kGood,
         "The calendar " + document->root()["id"].scalar_if_any().value_or(settings.calendar_id) + " can be read."}};
    const json::View allowed = document->root()["conferenceProperties"]["allowedConferenceSolutionTypes"];
    bool meet = false;
    for (size_t i = 0; i < allowed.size(); ++i) meet = meet || allowed.at(i).scalar_if_any() == "hangoutsMeet";
    if (meet) {
        findings.push_back({Level::kGood, "It may hold Google Meet links."});
    } else {
        findings.push_back({Level::kProblem,
                            "It may not hold Google Meet links. Have the Workspace administrator turn Google Meet on "
                            "(Apps, Google Workspace, Google Meet), or choose a calendar of a user who has it."});
    }
    return findings;
}

}  // namespace

GoogleTokenFacts GoogleTokenFacts::of(const GoogleSettings& settings, const GoogleToken& token) {
    GoogleTokenFacts facts;
    if (token.skew) facts.skew_seconds = token.skew->count() / 1'000'000;
    if (token.scopes) facts.missing_scopes = missing_google_scopes(settings, *token.scopes);
    return facts;
}

std::string GoogleTokenFacts::text() const {
    return (skew_seconds ? std::to_string(*skew_seconds) : "-") + "|" + missing_scopes;
}

GoogleTokenFacts GoogleTokenFacts::parse(std::string_view text) {
    GoogleTokenFacts facts;
    const size_t bar = text.find('|');
    if (bar == text.npos) return facts;
    int64_t seconds = 0;
    if (std::from_chars(text.data(), text.data() + bar, seconds).ec == std::errc()) facts.skew_seconds = seconds;
    facts.missing_scopes = text.substr(bar + 1);
    return facts;
}

Checked google_check_failed(const Failed& failure) {
    return {{{Level::kProblem, failure.sentence}}};
}

Checked google_checked(const GoogleSettings& settings, const std::string& account, const GoogleTokenFacts& facts,
                       const net::Outcome& calendar, Instant now) {
    Checked checked;
    auto& findings = checked.findings;
    if (!settings.is_service_account()) {
        findings.push_back({Level::kGood, "Google accepts the clinic's connection."});
    } else if (!account.empty()) {
        findings.push_back({Level::kGood, "Google lets " + settings.client_email + " act for " + account + "."});
    } else {
        findings.push_back(
            {Level::kProblem,
             "The service account acts for nobody, and Google gives it no Meet links of its own. Set the "
             "user it acts for (subject) to a clinician's address in the clinic's Google Workspace."});
    }
    if (facts.missing_scopes.empty()) {
        findings.push_back({Level::kGood, "All rights that are needed were given."});
    } else {
        findings.push_back({Level::kProblem, "These rights were not given: " + facts.missing_scopes +
                                                 ". Connect Google again, at the desk or by command, and leave every box "
                                                 "ticked."});
    }
    if (facts.skew_seconds) findings.push_back(of_clock(*facts.skew_seconds));
    for (Finding& finding : of_calendar(settings, account, calendar, now)) findings.push_back(std::move(finding));
    findings.push_back(of_admission(settings, account));
    return checked;
}

}  // namespace clinicpro::meetings
