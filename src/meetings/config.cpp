// config.cpp: kinds by name, base URLs, and the choice per clinic.
#include "meetings/config.hpp"

#include "base/text.hpp"
#include "meetings/google_meet_adapter.hpp"
#include "meetings/provider_fields.hpp"
#include "meetings/simple_adapter.hpp"
#include "meetings/zoom_adapter.hpp"

namespace clinicpro::meetings {
namespace {

constexpr Kind kKinds[] = {Kind::kSimple, Kind::kGoogleMeet, Kind::kZoom};

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_host(std::string_view host) {
    if (host == "[::1]") return true;
    if (host.empty() || host.front() == '.' || host.front() == '-' || host.find("..") != host.npos) return false;
    return std::all_of(host.begin(), host.end(), [](char c) { return is_alphanumeric(c) || c == '.' || c == '-'; });
}

bool is_port(std::string_view port) {
    if (port.empty() || port.size() > 5) return false;
    int number = 0;
    for (const char c : port) {
        if (c < '0' || c > '9') return false;
        number = number * 10 + (c - '0');
    }
    return number >= 1 && number <= 65'535;
}

bool is_path(std::string_view path) {
    return std::all_of(path.begin(), path.end(), [](char c) {
        return is_alphanumeric(c) || c == '/' || c == '-' || c == '_' || c == '.' || c == '~';
    });
}

std::unexpected<Error> bad_url() {
    return fail(
        Code::kConfig,
        "The address of the meeting rooms must look like https://meet.clinic.example; plain http is allowed only to "
        "this machine.",
        "base_url");
}

}  // namespace

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::kSimple: return "simple";
        case Kind::kGoogleMeet: return "google_meet";
        case Kind::kZoom: return "zoom";
    }
    return "";
}

Result<Kind> parse_kind(std::string_view text) {
    for (const Kind kind : kKinds) {
        if (text == to_string(kind)) return kind;
    }
    return fail(Code::kInvalid, "The meeting provider must be simple, google_meet or zoom.", "kind");
}

Result<std::string> check_base_url(std::string_view url) {
    if (url.size() > kBaseUrlMax) return bad_url();
    bool secure = false;
    if (url.starts_with("https://")) {
        secure = true;
        url.remove_prefix(8);
    } else if (url.starts_with("http://")) {
        url.remove_prefix(7);
    } else {
        return bad_url();
    }
    const std::string_view authority = url.substr(0, url.find('/'));
    std::string_view path = url.substr(authority.size());
    while (path.ends_with('/')) path.remove_suffix(1);

    const size_t bracket = authority.find(']');
    const size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
    const std::string_view host = authority.substr(0, colon);
    if (!is_host(host) || (colon != authority.npos && !is_port(authority.substr(colon + 1))) || !is_path(path))
        return bad_url();
    const bool here = host == "localhost" || host == "127.0.0.1" || host == "[::1]";
    if (!secure && !here) return bad_url();
    return (secure ? "https://" : "http://") + text::lower(authority) + std::string(path);
}

Result<std::shared_ptr<const Adapter>> make_adapter(const ProviderSettings& settings, crypto::Entropy& entropy) {
    switch (settings.kind) {
        case Kind::kSimple: {
            TRY(std::unique_ptr<SimpleAdapter> made, word_of(settings) == "jitsi"
                                                         ? SimpleAdapter::create(jitsi_settings(settings), entropy)
                                                         : SimpleAdapter::create(settings.base_url, entropy));
            return std::shared_ptr<const Adapter>(std::move(made));
        }
        case Kind::kGoogleMeet: {
            TRY(GoogleSettings google, google_settings(settings));
            TRY(std::unique_ptr<GoogleMeetAdapter> made, GoogleMeetAdapter::create(std::move(google), entropy));
            return std::shared_ptr<const Adapter>(std::move(made));
        }
        case Kind::kZoom: {
            TRY(ZoomSettings zoom, zoom_settings(settings));
            TRY(std::unique_ptr<ZoomAdapter> made, ZoomAdapter::create(std::move(zoom)));
            return std::shared_ptr<const Adapter>(std::move(made));
        }
    }
    return fail(Code::kConfig, "There is no such meeting provider.", "kind");
}

Result<> Config::set_adapter(const ProviderSettings& settings, std::optional<ClinicId> clinic) {
    TRY(auto made, make_adapter(settings, entropy_));
    const std::lock_guard lock(mutex_);
    Choice& choice = choices_[clinic.value_or(kSystem)];
    choice.current = settings.kind;
    choice.known[settings.kind] = std::move(made);
    return {};
}

Result<std::shared_ptr<const Adapter>> Config::adapter(ClinicId clinic) const {
    const std::lock_guard lock(mutex_);
    for (const ClinicId owner : {clinic, kSystem}) {
        if (const auto found = choices_.find(owner); found != choices_.end()) {
            return found->second.known.at(found->second.current);
        }
    }
    return fail(Code::kConfig,
                "No meeting provider is chosen for this clinic. Choose one in its settings, such as simple.", "kind");
}

Result<std::shared_ptr<const Adapter>> Config::adapter(ClinicId clinic, Kind kind) const {
    const std::lock_guard lock(mutex_);
    for (const ClinicId owner : {clinic, kSystem}) {
        const auto found = choices_.find(owner);
        if (found == choices_.end()) continue;
        if (const auto known = found->second.known.find(kind); known != found->second.known.end()) return known->second;
    }
    return fail(Code::kConfig,
                "The meeting provider " + std::string(to_string(kind)) +
                    " is no longer set up for this clinic, but it made this meeting. Set it up again.",
                "kind");
}

}  // namespace clinicpro::meetings
