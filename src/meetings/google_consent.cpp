// google_consent.cpp: the consent page's address, the code exchange, and their refusals.
#include "meetings/google_consent.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "meetings/google_token.hpp"

namespace clinicpro::meetings {
namespace {

constexpr size_t kStateBytes = 16;     // 128 bits
constexpr size_t kVerifierBytes = 32;  // RFC 7636 4.1: 43 characters
constexpr size_t kCodeMax = 1'024;     // Google reserves 256
constexpr size_t kTokenMax = 2'048;

std::unexpected<Error> again(Code code, std::string why) {
    return fail(code, std::move(why) + " Start again: at the desk's set-up, or with 'clinicpro meetings connect google'.");
}

bool is_word(std::string_view text, size_t max) {
    return !text.empty() && text.size() <= max &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

Result<GoogleConsent> begin_google_consent(const GoogleSettings& settings, std::string_view redirect_uri,
                                           crypto::Entropy& entropy, std::string state) {
    if (settings.client_id.empty() || settings.client_secret.empty()) {
        return fail(
            Code::kConfig,
            "Give the client_id and client_secret of the clinic's OAuth client first (Google Cloud console, APIs "
            "and services, Credentials, Web application).",
            "client_id");
    }
    GoogleConsent consent;
    consent.state = state.empty() ? entropy.base64url(kStateBytes) : std::move(state);
    consent.verifier = Secret<>(entropy.base64url(kVerifierBytes));
    // Only prompt=consent with access_type=offline brings a refresh token every time.
    consent.url = settings.consent_url + "?" +
                  form({{"response_type", "code"},
                        {"client_id", settings.client_id},
                        {"redirect_uri", redirect_uri},
                        {"scope", google_scopes(settings)},
                        {"access_type", "offline"},
                        {"prompt", "consent"},
                        {"state", consent.state},
                        {"code_challenge", text::to_base64url(crypto::sha256(consent.verifier.reveal()))},
                        {"code_challenge_method", "S256"}});
    return consent;
}

Result<Secret<>> google_consent_code(std::string_view code, std::string_view error) {
    if (error == "access_denied") return again(Code::kForbidden, "Google Meet was not connected: nobody agreed.");
    if (!error.empty()) {
        return again(Code::kConfig, "Google Meet was not connected: Google answered " +
                                        std::string(text::clip(text::trim(error), 60)) + ".");
    }
    if (!is_word(code, kCodeMax)) return again(Code::kInvalid, "Google's answer holds no code.");
    return Secret<>(std::string(code));
}

net::ClientRequest google_exchange_request(const GoogleSettings& settings, const Secret<>& code,
                                           const Secret<>& verifier, std::string_view redirect_uri) {
    net::ClientRequest request;
    request.url = settings.token_url;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
    request.body = form({{"grant_type", "authorization_code"},
                         {"code", code.reveal()},
                         {"client_id", settings.client_id},
                         {"client_secret", settings.client_secret.reveal()},
                         {"redirect_uri", redirect_uri},
                         {"code_verifier", verifier.reveal()}});
    return request;
}

Result<Secret<>> read_google_exchange(const GoogleSettings& settings, const net::Outcome& outcome) {
    const auto* response = std::get_if<net::Response>(&outcome);
    if (response == nullptr) return again(Code::kUnavailable, "Google did not answer.");
    const auto document = json::Document::parse(response->body);
    if (!document || response->status >= 500) return again(Code::kUnavailable, "Google gave no usable answer.");
    const json::View root = document->root();
    if (response->status != 200) {
        const std::string error = root["error"].scalar_if_any().value_or("");
        if (error == "invalid_grant")
            return again(Code::kUnauthorised, "Google's code was used already, is too old, or belongs elsewhere.");
        if (error == "redirect_uri_mismatch") {
            return again(
                Code::kConfig,
                "The redirect address is not registered with the clinic's OAuth client; add it letter by letter "
                "in the Google Cloud console (APIs and services, Credentials).");
        }
        return again(Code::kConfig,
                     "Google does not accept the OAuth client's id and secret; copy both again from the Google Cloud "
                     "console (APIs and services, Credentials).");
    }
    const std::string missing = missing_google_scopes(settings, root["scope"].scalar_if_any().value_or(""));
    if (!missing.empty()) {
        return again(
            Code::kForbidden,
            "Google Meet was not connected: a box was left unticked on Google's page. Leave every box ticked.");
    }
    const auto token = root["refresh_token"].text();
    if (!token || !is_word(*token, kTokenMax)) {
        return again(Code::kConfig,
                     "Google gave no lasting connection. Remove ClinicPro at myaccount.google.com/permissions.");
    }
    return Secret<>(*token);
}

}  // namespace clinicpro::meetings
