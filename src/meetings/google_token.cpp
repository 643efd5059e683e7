// google_token.cpp: the assertion, the token call and what its refusals mean.
#include "meetings/google_token.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/rsa.hpp"
#include "meetings/google_errors.hpp"

namespace clinicpro::meetings {
namespace {

using Fault = Failed::Fault;

// The assertion is dated back for a clock that is ahead of Google's; its life may not exceed an hour (meetings.md 1.8).
constexpr Duration kBackdate = 60s;
constexpr Duration kAssertionLife = 3600s;
constexpr size_t kTokenMax = 4096;  // Google reserves 2048 for access tokens
constexpr Duration kLifeMax = 24h;
constexpr Duration kAgain = 30s;

std::string assertion_claims(const GoogleSettings& settings, const std::string& account, Instant now) {
    const int64_t issued = (now - kBackdate).micros / 1'000'000;
    json::Writer w;
    w.begin_object().field("iss", settings.client_email).field("scope", google_scopes(settings));
    w.field("aud", settings.token_url);
    w.field("iat", issued).field("exp", issued + kAssertionLife / 1s);
    if (!account.empty()) w.field("sub", account);
    return w.end_object().take();
}

Result<std::string> assertion(const GoogleSettings& settings, const std::string& account, Instant now) {
    json::Writer header;
    header.begin_object().field("alg", "RS256").field("typ", "JWT");
    if (!settings.private_key_id.empty()) header.field("kid", settings.private_key_id);
    const std::string signed_part = text::to_base64url(header.end_object().take()) + "." +
                                    text::to_base64url(assertion_claims(settings, account, now));
    TRY(const std::string signature, crypto::rs256_sign(settings.private_key, signed_part));
    return signed_part + "." + text::to_base64url(signature);
}

Failed refused(Fault fault, std::string sentence) {
    return {.fault = fault, .sentence = std::move(sentence), .retry_at = {}};
}

Failed later(std::string why, Instant now) {
    return {.fault = Fault::kTransient,
            .sentence = "Google gave no access token (" + std::move(why) + "). It is tried again by itself.",
            .retry_at = now + kAgain};
}

Failed refused_service_account(const GoogleSettings& settings, const std::string& account, const std::string& error,
                               const std::string& why) {
    const std::string robot =
        "client id " + (settings.client_id.empty() ? "of " + settings.client_email : settings.client_id);
    const auto has = [&](std::string_view part) { return text::contains_ignoring_case(why, part); };
    if (error == "unauthorized_client" || error == "access_denied") {
        return refused(Fault::kConfig,
                       "The service account may not act for " + (account.empty() ? "anybody" : account) +
                           ". A super administrator of the Google Workspace must open admin.google.com, Security, API "
                           "controls, Domain-wide delegation, and authorise " +
                           robot + " for exactly these scopes: " + google_scopes(settings) + ".");
    }
    if (error == "invalid_scope") {
        return refused(Fault::kConfig, "Google does not know one of these scopes: " + google_scopes(settings) +
                                           ". Authorise them letter by letter in the Workspace admin console.");
    }
    if (has("short-lived") || has("reasonable timeframe") || has("iat and exp")) {
        return refused(Fault::kConfig,
                       "Google refuses the signed request because this server's clock is wrong. Turn on time "
                       "synchronisation (NTP) and check with 'date -u'.");
    }
    if (has("signature")) {
        return refused(Fault::kConfig,
                       "Google refuses the signature: the key of " + settings.client_email +
                           " was deleted, or belongs to another account. Make a new key and give its JSON file.");
    }
    if (has("email or user id") || has("account not found")) {
        return refused(Fault::kConfig, "Google knows no user " + (account.empty() ? settings.client_email : account) +
                                           ". Check the address of the user to act for; the service account "
                                           "itself must exist too.");
    }
    return refused(Fault::kAuth, "Google refuses the service account " + settings.client_email +
                                     ". Check in the Google Cloud console that it is enabled and that its key exists, "
                                     "then give its JSON file again.");
}

Failed refused_user(const std::string& error) {
    if (error == "invalid_grant") {
        return refused(Fault::kAuth,
                       "Google no longer accepts the clinic's connection: it was revoked, unused for six months, or "
                       "made while the consent screen was in Testing, which ends it after 7 days. Publish the consent "
                       "screen, then connect Google again: at the desk's set-up, or with 'clinicpro "
                       "meetings connect google'.");
    }
    if (error == "invalid_client" || error == "unauthorized_client") {
        return refused(Fault::kConfig,
                       "Google does not accept the OAuth client's id and secret. Copy both again from the Google Cloud "
                       "console (APIs and services, Credentials), then connect again.");
    }
    if (error == "access_denied" || error == "admin_policy_enforced") {
        return refused(Fault::kAuth,
                       "The Google Workspace administrator does not allow this app. Ask for it to be trusted, then "
                       "connect Google again: at the desk's set-up, or with 'clinicpro meetings connect google'.");
    }
    return refused(Fault::kConfig, "Google refuses the connection (" + std::string(text::clip(error, 60)) +
                                       "). Connect Google again.");
}

bool can_be_a_header(std::string_view token) {
    return !token.empty() && token.size() <= kTokenMax &&
           std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

std::string form(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    std::string out;
    for (const auto& [name, value] : fields) {
        if (!out.empty()) out += '&';
        out += text::percent_encode(name) + "=" + text::percent_encode(value);
    }
    return out;
}

std::string google_grant_home(const GoogleSettings& settings, const std::string& account) {
    return settings.calendar_url + "#" + account;
}

Result<net::ClientRequest> google_token_request(const GoogleSettings& settings, const std::string& account,
                                                Instant now) {
    net::ClientRequest request;
    request.url = settings.token_url;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
    request.repeatable = true;  // a second token harms nobody
    if (settings.is_service_account()) {
        TRY(const std::string proof, assertion(settings, account, now));
        request.body = form({{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}, {"assertion", proof}});
    } else {
        request.body = form({{"grant_type", "refresh_token"},
                             {"refresh_token", settings.refresh_token.reveal()},
                             {"client_id", settings.client_id},
                             {"client_secret", settings.client_secret.reveal()}});
    }
    return request;
}

std::variant<GoogleToken, Failed> read_google_token(const GoogleSettings& settings, const std::string& account,
                                                    const net::Outcome& outcome, Instant now) {
    const auto* response = std::get_if<net::Response>(&outcome);
    if (response == nullptr) {
        const auto* unsent = std::get_if<net::NotSent>(&outcome);
        return later(unsent ? unsent->reason : std::get<net::Unknown>(outcome).reason, now);
    }
    const auto document = json::Document::parse(response->body);
    const bool readable = document && document->root().kind() == json::Kind::kObject;
    if (response->status == 429) {
        return Failed{.fault = Fault::kRate,
                      .sentence = "Google asks for fewer token requests. It is tried again by itself.",
                      .retry_at = now + google_retry_after(*response, kAgain)};
    }
    if (!readable || response->status >= 500) return later("answer " + std::to_string(response->status), now);
    const json::View root = document->root();
    if (response->status >= 400) {
        const std::string error = root["error"].scalar_if_any().value_or("");
        const std::string why = root["error_description"].scalar_if_any().value_or("");
        if (error.empty()) return later("answer " + std::to_string(response->status), now);
        if (error == "internal_failure" || error == "temporarily_unavailable") return later(error, now);
        return settings.is_service_account() ? refused_service_account(settings, account, error, why)
                                             : refused_user(error);
    }
    const auto token = root["access_token"].text();
    const auto seconds = root["expires_in"].integer();
    if (response->status != 200 || !token || !can_be_a_header(*token) || !seconds || *seconds <= 0)
        return later("the answer holds no usable token", now);
    GoogleToken read;
    read.grant = {
        .token = Secret<>(*token),
        .expires_at = now + std::min<Duration>(std::chrono::seconds(std::min<int64_t>(*seconds, 86'400)), kLifeMax),
        .api_url = google_grant_home(settings, account)};
    read.scopes = root["scope"].scalar_if_any();
    if (const auto theirs = parse_http_date(response->header("Date"))) read.skew = now - *theirs;
    return read;
}

std::string missing_google_scopes(const GoogleSettings& settings, std::string_view granted) {
    const std::string wanted = google_scopes(settings);
    const auto have = text::split(granted, ' ');
    std::string missing;
    for (const std::string_view scope : text::split(wanted, ' ')) {
        if (std::find(have.begin(), have.end(), scope) != have.end()) continue;
        if (!missing.empty()) missing += ' ';
        missing += scope;
    }
    return missing;
}

}  // namespace clinicpro::meetings
