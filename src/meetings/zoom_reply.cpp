// zoom_reply.cpp: the table of codes.
#include "meetings/zoom_reply.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

namespace clinicpro::meetings::zoom {
namespace {

using Fault = Failed::Fault;

constexpr size_t kTextMax = 300;
constexpr Duration kRateWait = 2s;     // Zoom's per-second limits
constexpr Duration kServerWait = 30s;  // a page of an edge or a proxy instead of an answer
constexpr int64_t kDay = 86'400'000'000;

std::string one_line(std::string_view words) {
    std::string out(text::clip(words, kTextMax));
    for (char& c : out) {
        if (uint8_t(c) < 0x20) c = ' ';
    }
    return out;
}

bool says(std::string_view haystack, std::string_view needle) {
    return text::contains_ignoring_case(haystack, needle);
}

// What stands between the brackets of "... does not contain scopes:[a, b]."
std::string scopes_in(std::string_view words) {
    const size_t open = words.find('[');
    const size_t close = words.find(']', open == words.npos ? 0 : open);
    if (open == words.npos || close == words.npos || close == open + 1) return "that this needs";
    return std::string(words.substr(open + 1, close - open - 1));
}

Failed failed(Fault fault, std::string sentence, std::optional<Instant> at = {}) {
    return Failed{.fault = fault, .sentence = std::move(sentence), .retry_at = at};
}

Failed limited(const Refusal& refusal, const net::Response& response, std::string_view host, Instant now) {
    // The daily cap comes without any header that says so: only the text tells it from a passing limit.
    const bool daily = says(refusal.text, "daily") || says(response.header("X-RateLimit-Type"), "daily");
    if (daily) {
        return failed(Fault::kQuota,
                      "Zoom lets one host make or change 100 meetings a day, and " + std::string(host) +
                          " has reached that. It goes on at 00:00 UTC (03:00 in Nairobi); until then choose another "
                          "host or provider.",
                      std::max(next_utc_midnight(now), retry_at(response, Duration{}, now)));
    }
    const Instant at = retry_at(response, kRateWait, now);
    return failed(at - now > 1h ? Fault::kQuota : Fault::kRate,
                  "Zoom is asked too often by this account's apps and wants a pause.", at);
}

}  // namespace

Refusal read_refusal(const net::Response& response) {
    Refusal out;
    out.status = response.status;
    const std::string_view body = text::trim(response.body);
    if (!body.starts_with('{')) return out;
    const auto document = json::Document::parse(body);
    if (!document) return out;
    const json::View root = document->root();
    const auto code = root["code"].integer();
    if (!code) return out;
    out.is_json = true;
    out.code = *code;
    out.text = one_line(root["message"].scalar_if_any().value_or(""));
    const json::View errors = root["errors"];
    for (size_t i = 0; i < errors.size() && out.fields.size() < kTextMax; ++i) {
        if (!out.fields.empty()) out.fields += "; ";
        out.fields += one_line(errors.at(i)["field"].scalar_if_any().value_or("?") + ": " +
                               errors.at(i)["message"].scalar_if_any().value_or("refused"));
    }
    return out;
}

bool is_token_refused(const Refusal& refusal) {
    if (refusal.code == 124 || refusal.code == 4700) return true;
    return refusal.status == 401 && !is_scope_missing(refusal);
}
bool is_scope_missing(const Refusal& refusal) {
    return refusal.code == 4711 || (refusal.code == 4700 && says(refusal.text, "scope"));
}
bool is_gone(const Refusal& refusal) {
    return refusal.code == 3001 || (refusal.status == 404 && refusal.is_json && refusal.code != 1001);
}
bool is_ended(const Refusal& refusal) {
    return refusal.code == 3007;
}
bool is_page_expired(const Refusal& refusal) {
    return refusal.code == 300 &&
           (says(refusal.text, "page token") || says(refusal.text, "page_token") || says(refusal.fields, "page_token"));
}
bool is_passcode_refused(const Refusal& refusal) {
    return refusal.code == 300 &&
           (says(refusal.fields, "password") || says(refusal.text, "password") || says(refusal.text, "passcode"));
}

Failed to_failed(const Refusal& refusal, const net::Response& response, std::string_view host, Instant now) {
    const std::string who(host);
    if (refusal.status == 429 || refusal.code == 429 || refusal.code == 4001) {
        return limited(refusal, response, host, now);
    }
    if (is_scope_missing(refusal)) {
        return failed(Fault::kConfig, "The Zoom app lacks the scope " + scopes_in(refusal.text) +
                                          ". Tick it on the app's page in Zoom's marketplace, under Scopes, then check "
                                          "the meeting settings again.");
    }
    if (is_token_refused(refusal)) {
        // Not the end of the connection: that is said by the token service, and would stop the whole clinic.
        return failed(
            Fault::kTransient,
            "Zoom refuses a token it has just given. It is tried again by itself; if it lasts, look at the "
            "app's page in Zoom's marketplace: it must be activated, and of the type server-to-server OAuth.");
    }
    switch (refusal.code) {
        case 1001:
            return failed(Fault::kConfig, "Zoom knows no user " + who +
                                              ". Correct the host of the meetings: the "
                                              "e-mail address of a user of this Zoom account.");
        case 1010:
            return failed(Fault::kConfig, "The Zoom user " + who +
                                              " belongs to another account. Choose a host of "
                                              "this account, or add the user to it.");
        case 3161:
            return failed(Fault::kConfig, "Zoom does not let " + who +
                                              " host meetings. Give the user a licence or the "
                                              "right to schedule in Zoom's web portal, or choose another host.");
        case 200: return failed(Fault::kConfig, "This needs a paid Zoom plan for " + who + ".");
        case 2306:
            return failed(Fault::kConfig, "Zoom does not let this app act for " + who +
                                              ". Allow it in the app's "
                                              "sharing permissions in Zoom's marketplace.");
        case 300:
            return failed(Fault::kInvalid, "Zoom refuses the meeting: " +
                                               (refusal.fields.empty() ? refusal.text : refusal.fields) + ".");
        case 3002:
            return failed(Fault::kTransient, "The meeting is in progress, so Zoom does not delete it now.", now + 5min);
        default: break;
    }
    if (says(refusal.text, "not permitted access")) {
        return failed(Fault::kConfig, "Zoom does not let this app act for " + who +
                                          ". Allow it in the app's sharing "
                                          "permissions in Zoom's marketplace.");
    }
    if (refusal.status >= 500 || !refusal.is_json) {
        return failed(Fault::kTransient,
                      "Zoom did not answer properly (HTTP " + std::to_string(refusal.status) + "). It is tried again.",
                      retry_at(response, kServerWait, now));
    }
    return failed(Fault::kInvalid, "Zoom refuses this (code " + std::to_string(refusal.code) + "): " + refusal.text);
}

Instant retry_at(const net::Response& response, Duration otherwise, Instant now) {
    const std::string_view words = text::trim(response.header("Retry-After"));
    Instant at = now + otherwise;
    if (!words.empty() && words.size() <= 9 && words.find_first_not_of("0123456789") == words.npos) {
        at = now + std::chrono::seconds(std::stol(std::string(words)));
    } else if (const auto iso = parse_iso(words)) {
        at = *iso;
    } else if (const auto date = parse_http_date(words)) {
        at = *date;
    }
    return std::clamp(at, now + 1s, now + kRetryMax);
}

Instant next_utc_midnight(Instant now) {
    return Instant{(now.micros / kDay + 1) * kDay};
}

std::string missing_scopes(std::string_view granted) {
    const auto parts = text::split(granted, ' ');
    const auto has = [&](std::string_view scope) {
        return std::find(parts.begin(), parts.end(), scope) != parts.end();
    };
    std::string missing;
    for (const std::string_view scope : kScopes) {
        const bool user = scope.starts_with("user:");
        const bool reads = scope.find(":read:") != scope.npos;
        const std::string_view classic = user    ? "user:read:admin"
                                         : reads ? "meeting:read:admin"
                                                 : "meeting:write:admin";
        if (has(scope) || has(classic)) continue;
        if (!missing.empty()) missing += ", ";
        missing += scope;
    }
    return missing;
}

Failed token_failed(const net::Response& response, Instant now) {
    std::string error, reason;
    if (const auto document = json::Document::parse(response.body)) {
        error = document->root()["error"].scalar_if_any().value_or("");
        reason = document->root()["reason"].scalar_if_any().value_or("");
        if (reason.empty()) reason = document->root()["message"].scalar_if_any().value_or("");
    }
    if (response.status == 429) return limited(read_refusal(response), response, "this account", now);
    if (says(reason, "disabled") || says(reason, "deactivated") || says(reason, "not activated")) {
        return failed(Fault::kAuth,
                      "The Zoom app is deactivated. Activate it on its page in Zoom's marketplace, then "
                      "check the meeting settings again.");
    }
    if (error == "invalid_client") {
        return failed(Fault::kConfig,
                      "Zoom refuses the client id and secret. Copy both again from the app's page in "
                      "Zoom's marketplace, under App Credentials.");
    }
    if (error == "unsupported_grant_type") {
        return failed(Fault::kConfig,
                      "This Zoom app is not of the type server-to-server OAuth. Make one of that type "
                      "in Zoom's marketplace and enter its credentials.");
    }
    if (response.status == 400 && !error.empty()) {
        return failed(Fault::kConfig,
                      "Zoom refuses the account id. Copy it again from the app's page in Zoom's "
                      "marketplace, under App Credentials.");
    }
    return failed(Fault::kTransient,
                  "Zoom's token service did not answer properly (HTTP " + std::to_string(response.status) +
                      "). It is tried again.",
                  retry_at(response, kServerWait, now));
}

}  // namespace clinicpro::meetings::zoom
