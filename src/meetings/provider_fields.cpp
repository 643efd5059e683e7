// provider_fields.cpp: the table, and what a set of names makes.
#include "meetings/provider_fields.hpp"

#include "base/text.hpp"

namespace clinicpro::meetings {
namespace {

using Type = ProviderField::Type;

constexpr ProviderField kSimple[] = {
    {"base_url", Type::kUrl, "where the rooms are, such as https://meet.clinic.example"},
};
constexpr ProviderField kJitsi[] = {
    {"base_url", Type::kUrl, "the clinic's Jitsi server, such as https://meet.clinic.example"},
    {"app_id", Type::kText, "JWT_APP_ID of the Jitsi server"},
    {"subject", Type::kText, "the server's domain or tenant, when it is not the host of the address"},
    {"app_secret", Type::kSecret, "JWT_APP_SECRET of the Jitsi server, at least 32 characters"},
};
constexpr ProviderField kGoogle[] = {
    {"service_account", Type::kFile, "the JSON key file of a service account with domain-wide delegation"},
    {"subject", Type::kText, "with a service account: the user it acts for; a visit's host takes its place"},
    {"client_id", Type::kText, "with a user's consent: the clinic's OAuth client"},
    {"client_secret", Type::kSecret, "with a user's consent: the secret of that client"},
    {"refresh_token", Type::kSecret, "what `clinicpro meetings connect google` brings"},
    {"calendar_id", Type::kText, "primary, or the id of the calendar"},
    {"access", Type::kText, "who enters without knocking: leave, open, trusted or restricted"},
    {"recording", Type::kYesNo, "record by itself: only with the patients' consent"},
    {"transcription", Type::kYesNo, "write down what is said: only with the patients' consent"},
    {"calendar_url", Type::kUrl, "instead of Google's own, such as a sandbox"},
    {"meet_url", Type::kUrl, "instead of Google's own"},
    {"token_url", Type::kUrl, "instead of Google's own"},
    {"consent_url", Type::kUrl, "instead of Google's own"},
};

constexpr ProviderField kZoom[] = {
    {"account_id", Type::kText, "of the server-to-server OAuth app"},
    {"client_id", Type::kText, "of the server-to-server OAuth app"},
    {"client_secret", Type::kSecret, "of the server-to-server OAuth app"},
    {"host", Type::kText, "who holds the meetings: e-mail address or user id; a visit's host takes its place"},
    {"waiting_room", Type::kYesNo, "patients wait until the host lets them in (usual: yes)"},
    {"passcode", Type::kYesNo, "a passcode in the link (usual: yes)"},
    {"join_before_host", Type::kYesNo, "patients may be there first (usual: no)"},
    {"recording", Type::kText, "none, local or cloud: only with the patients' consent (usual: none)"},
    {"webhook_secret", Type::kSecret, "the secret token of the app's event subscription"},
    {"token_url", Type::kUrl, "instead of Zoom's own, such as a sandbox"},
    {"api_url", Type::kUrl, "instead of Zoom's own"},
};

std::span<const ProviderField> fields_of(std::string_view word) {
    if (word == "jitsi") return kJitsi;
    if (word == "google" || word == "google_meet") return kGoogle;
    if (word == "simple") return kSimple;
    if (word == "zoom") return kZoom;
    return {};
}

std::unexpected<Error> wrong(std::string_view name, std::string sentence) {
    return fail(Code::kInvalid, std::move(sentence), std::string(name));
}

std::string plain_of(const ProviderSettings& settings, const std::string& name) {
    const auto found = settings.plain.find(name);
    return found == settings.plain.end() ? std::string() : found->second;
}

Secret<> secret_of(const ProviderSettings& settings, const std::string& name) {
    const auto found = settings.secrets.find(name);
    return found == settings.secrets.end() ? Secret<>() : found->second;
}

bool is_yes(const ProviderSettings& settings, const std::string& name, bool usual) {
    const std::string word = plain_of(settings, name);
    return word.empty() ? usual : word == "yes";
}

bool gives(const std::map<std::string, Secret<>>& secrets, const std::string& name) {
    const auto found = secrets.find(name);
    return found != secrets.end() && !found->second.empty();
}

// A provider is reached by one way at a time: the other's secrets must not stay behind.
void leave_other_ways(std::string_view word, const Given& plain, ProviderSettings& made,
                      const ProviderSettings* before) {
    if (word == "simple") {
        for (const char* name : {"app_id", "subject"}) made.plain.erase(name);
        made.secrets.emplace("app_secret", Secret<>());
    }
    if (made.kind != Kind::kGoogleMeet) return;
    if (gives(made.secrets, "service_account")) {
        made.plain.erase("client_id");
        for (const char* name : {"client_secret", "refresh_token"}) made.secrets.insert_or_assign(name, Secret<>());
    } else if (gives(made.secrets, "client_secret") || plain.contains("client_id")) {
        made.secrets.insert_or_assign("service_account", Secret<>());
        // Consent was given to a client: another client needs another one.
        const bool same = before != nullptr && plain_of(*before, "client_id") == plain_of(made, "client_id");
        if (!same) made.secrets.emplace("refresh_token", Secret<>());
    }
}

}  // namespace

Result<Kind> kind_of_word(std::string_view word) {
    if (word == "simple" || word == "jitsi") return Kind::kSimple;
    if (word == "google" || word == "google_meet") return Kind::kGoogleMeet;
    if (word == "zoom") return Kind::kZoom;
    return fail(Code::kInvalid, "The meeting provider must be simple, jitsi, google or zoom.", "provider");
}

std::string_view word_of(const ProviderSettings& settings) {
    if (settings.kind == Kind::kSimple && !plain_of(settings, "app_id").empty()) return "jitsi";
    return to_string(settings.kind);
}

std::span<const ProviderField> provider_fields(std::string_view word) { return fields_of(word); }

const ProviderField* find_field(std::string_view word, std::string_view name) {
    for (const ProviderField& field : fields_of(word)) {
        if (field.name == name) return &field;
    }
    return nullptr;
}

Result<ProviderSettings> compose(std::string_view word, const Given& plain, const std::map<std::string, Secret<>>& secrets,
                                 const ProviderSettings* before) {
    ProviderSettings made;
    TRY(made.kind, kind_of_word(word));
    if (before != nullptr && before->kind == made.kind) {
        made.base_url = before->base_url;
        made.plain = before->plain;
    } else {
        before = nullptr;
    }
    const auto unknown = [&](const std::string& name) {
        return wrong(name, "The provider " + std::string(word) + " has no setting " + name + ". `clinicpro meetings list` " +
                               "names those it has.");
    };
    for (const auto& [name, value] : plain) {
        const ProviderField* field = find_field(word, name);
        if (field == nullptr || field->is_secret()) return unknown(name);
        const std::string clean(text::trim(value));
        if (clean.size() > kPlainMax || !text::is_utf8(clean) || clean.find('\n') != clean.npos) {
            return wrong(name, "The setting " + name + " must be one line of at most 400 bytes.");
        }
        if (field->type == Type::kYesNo && !clean.empty() && clean != "yes" && clean != "no") {
            return wrong(name, "The setting " + name + " must be yes or no.");
        }
        if (name == "base_url") {
            made.base_url = clean;
        } else if (clean.empty()) {
            made.plain.erase(name);
        } else {
            made.plain.insert_or_assign(name, clean);
        }
    }
    for (const auto& [name, value] : secrets) {
        const ProviderField* field = find_field(word, name);
        if (field == nullptr || !field->is_secret()) return unknown(name);
        if (!value.empty()) made.secrets.insert_or_assign(name, value);
    }
    if (word == "jitsi" && plain_of(made, "app_id").empty()) {
        return wrong("app_id", "Give the app id of the Jitsi server: JWT_APP_ID of its settings.");
    }
    leave_other_ways(word, plain, made, before);
    return made;
}

Result<GoogleSettings> google_settings(const ProviderSettings& settings) {
    GoogleSettings made;
    const Secret<> account = secret_of(settings, "service_account");
    if (!account.empty()) TRY(read_service_account(account.reveal(), made));
    const auto take = [&](const std::string& name, std::string& into) {
        std::string value = plain_of(settings, name);
        if (!value.empty()) into = std::move(value);
    };
    if (account.empty()) {
        take("client_id", made.client_id);
        made.client_secret = secret_of(settings, "client_secret");
        made.refresh_token = secret_of(settings, "refresh_token");
    }
    take("subject", made.subject);
    take("calendar_id", made.calendar_id);
    take("calendar_url", made.calendar_url);
    take("meet_url", made.meet_url);
    take("token_url", made.token_url);
    take("consent_url", made.consent_url);
    if (const std::string access = plain_of(settings, "access"); !access.empty()) {
        TRY(made.access, parse_google_access(access));
    }
    made.recording = is_yes(settings, "recording", false);
    made.transcription = is_yes(settings, "transcription", false);
    return made;
}

Result<ZoomSettings> zoom_settings(const ProviderSettings& settings) {
    ZoomSettings made{.account_id = plain_of(settings, "account_id"),
                      .client_id = plain_of(settings, "client_id"),
                      .client_secret = secret_of(settings, "client_secret"),
                      .host = plain_of(settings, "host"),
                      .token_url = plain_of(settings, "token_url"),
                      .api_url = plain_of(settings, "api_url"),
                      .webhook_secret = secret_of(settings, "webhook_secret")};
    made.policy.waiting_room = is_yes(settings, "waiting_room", made.policy.waiting_room);
    made.policy.passcode = is_yes(settings, "passcode", made.policy.passcode);
    made.policy.join_before_host = is_yes(settings, "join_before_host", made.policy.join_before_host);
    const std::string recording = plain_of(settings, "recording");
    if (recording == "local") {
        made.policy.recording = Recording::kLocal;
    } else if (recording == "cloud") {
        made.policy.recording = Recording::kCloud;
    } else if (!recording.empty() && recording != "none") {
        return fail(Code::kConfig, "Zoom's recording must be none, local or cloud.", "recording");
    }
    return made;
}

JitsiSettings jitsi_settings(const ProviderSettings& settings) {
    return {.base_url = settings.base_url,
            .app_id = plain_of(settings, "app_id"),
            .app_secret = secret_of(settings, "app_secret"),
            .subject = plain_of(settings, "subject")};
}

}  // namespace clinicpro::meetings
