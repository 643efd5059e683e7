// google_settings.cpp: reads the service account's file and refuses settings that cannot work.
#include "meetings/google_settings.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/rsa.hpp"
#include "meetings/config.hpp"

namespace clinicpro::meetings {
namespace {

constexpr std::pair<GoogleAccess, std::string_view> kAccess[] = {{GoogleAccess::kLeave, "leave"},
                                                                 {GoogleAccess::kOpen, "open"},
                                                                 {GoogleAccess::kTrusted, "trusted"},
                                                                 {GoogleAccess::kRestricted, "restricted"}};
constexpr size_t kTextMax = 320;      // the longest e-mail address; ids are shorter
constexpr size_t kSecretMax = 2'048;  // refresh tokens have about 100 characters, Google reserves up to 512
constexpr std::string_view kScopes = "https://www.googleapis.com/auth/";

bool is_word(std::string_view text, size_t max) {
    return !text.empty() && text.size() <= max &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

Result<> check_url(std::string& url, std::string_view field) {
    auto checked = check_base_url(url);
    if (!checked) {
        return fail(Code::kConfig,
                    "The Google address must look like https://www.googleapis.com; plain http is allowed only to this "
                    "machine. Leave it out to use Google's own.",
                    std::string(field));
    }
    url = *std::move(checked);
    return {};
}

Result<std::string> member(json::View root, std::string_view name) {
    const auto text = root[name].text();
    if (!text || text::trim(*text).empty()) {
        return fail(Code::kConfig,
                    "The service account file has no " + std::string(name) +
                        ". Download the JSON key again from the Google Cloud console (IAM, Service accounts, Keys).",
                    std::string(name));
    }
    return *text;
}

}  // namespace

std::string_view to_string(GoogleAccess access) {
    for (const auto& [known, name] : kAccess) {
        if (known == access) return name;
    }
    return "";
}

Result<GoogleAccess> parse_google_access(std::string_view text) {
    for (const auto& [known, name] : kAccess) {
        if (name == text) return known;
    }
    return fail(Code::kInvalid, "Who enters without knocking must be leave, open, trusted or restricted.", "access");
}

std::string GoogleSettings::account_for(const std::string& host) const {
    if (!is_service_account()) return {};
    return host.empty() ? subject : host;
}

bool is_account(std::string_view text) {
    const size_t at = text.find('@');
    return is_word(text, kTextMax) && at != text.npos && at > 0 && text.find('@', at + 1) == text.npos &&
           text.find('.', at) != text.npos && !text.ends_with('.');
}

Result<> read_service_account(std::string_view json, GoogleSettings& settings) {
    const auto document = json::Document::parse(json);
    if (!document || document->root().kind() != json::Kind::kObject) {
        return fail(
            Code::kConfig,
            "This is not a service account file: it is not JSON. Give the whole text of the .json key file from "
            "the Google Cloud console.",
            "service_account", document ? std::string() : document.error().message);
    }
    const json::View root = document->root();
    if (root["web"].exists() || root["installed"].exists()) {
        return fail(
            Code::kConfig,
            "This is the file of an OAuth client, not of a service account. To act for one user, give its "
            "client_id and client_secret and connect; to act for a whole domain, give the key file of a service "
            "account.",
            "service_account");
    }
    if (root["type"].scalar_if_any() != "service_account") {
        return fail(Code::kConfig,
                    "This JSON file is not the key of a service account: its type is not service_account. Download the "
                    "key from the Google Cloud console (IAM, Service accounts, Keys).",
                    "type");
    }
    GoogleSettings read = settings;
    TRY(read.client_email, member(root, "client_email"));
    TRY(std::string pem, member(root, "private_key"));
    read.private_key = Secret<>(std::move(pem));
    read.private_key_id = root["private_key_id"].scalar_if_any().value_or("");
    read.client_id = root["client_id"].scalar_if_any().value_or("");
    if (root["token_uri"].exists()) {
        TRY(read.token_url, member(root, "token_uri"));
    }
    if (!is_account(read.client_email)) {
        return fail(Code::kConfig, "The client_email of the service account file is not an e-mail address.",
                    "client_email");
    }
    if (const auto key = crypto::rsa_public_key(read.private_key); !key) {
        return fail(
            Code::kConfig,
            "The private_key of the service account file cannot be used; download the JSON key again and change "
            "nothing in it. (" +
                key.error().message + ")",
            "private_key");
    }
    TRY(check_url(read.token_url, "token_uri"));
    settings = std::move(read);
    return {};
}

Result<GoogleSettings> check(GoogleSettings settings) {
    TRY(check_url(settings.calendar_url, "calendar_url"));
    TRY(check_url(settings.meet_url, "meet_url"));
    TRY(check_url(settings.token_url, "token_url"));
    TRY(check_url(settings.consent_url, "consent_url"));
    if (!is_word(settings.calendar_id, kTextMax)) {
        return fail(Code::kConfig, "The calendar must be primary or the calendar's id, such as visits@clinic.example.",
                    "calendar_id");
    }
    if (settings.is_service_account()) {
        if (!settings.refresh_token.empty()) {
            return fail(Code::kConfig, "Connect by a service account or by a user's consent, not by both.",
                        "refresh_token");
        }
        if (!is_account(settings.client_email)) {
            return fail(Code::kConfig, "The service account's client_email is missing. Give its whole JSON file.",
                        "client_email");
        }
        if (!settings.subject.empty() && !is_account(settings.subject)) {
            return fail(Code::kConfig,
                        "The user to act for must be an e-mail address of the clinic's Google Workspace.", "subject");
        }
        TRY(crypto::rsa_public_key(settings.private_key));
        return settings;
    }
    if (!is_word(settings.client_id, kTextMax) || !is_word(settings.client_secret.reveal(), kSecretMax)) {
        return fail(Code::kConfig,
                    "Give the key file of a service account, or the client_id and client_secret of the clinic's OAuth "
                    "client.",
                    "client_id");
    }
    if (!is_word(settings.refresh_token.reveal(), kSecretMax)) {
        return fail(
            Code::kConfig,
            "Google Meet is not connected yet. Connect it at the desk's set-up, or with 'clinicpro meetings connect google'.",
            "refresh_token");
    }
    return settings;
}

std::string google_scopes(const GoogleSettings& settings) {
    // The second is read by the check alone: whether the calendar may hold Meet links is told nowhere else.
    std::string scopes =
        std::string(kScopes) + "calendar.events " + std::string(kScopes) + "calendar.calendars.readonly";
    if (settings.changes_space()) scopes += " " + std::string(kScopes) + "meetings.space.settings";
    return scopes;
}

}  // namespace clinicpro::meetings
