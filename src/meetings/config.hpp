// config.hpp: which provider makes a clinic's meetings.
//
// One default for the server, and any clinic may have its own. Changing the provider leaves earlier ones in reach,
// because a meeting is moved and cancelled by the provider that made it. Tested by meetings/config_test.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "crypto/entropy.hpp"
#include "meetings/adapter.hpp"

namespace clinicpro::meetings {

std::string_view to_string(Kind kind);  // "simple", "google_meet", "zoom"
Result<Kind> parse_kind(std::string_view text);

struct ProviderSettings {
    Kind kind = Kind::kSimple;
    std::string base_url;  // simple: where the rooms are, such as "https://meet.clinic.example"
    // The rest by name, as meetings/provider_fields.hpp lists it for the kind. What is missing has its usual value.
    std::map<std::string, std::string> plain = {};
    std::map<std::string, Secret<>> secrets = {};
};

// Error kConfig, naming the setting, when the settings are wrong or this program has no such adapter built in.
Result<std::shared_ptr<const Adapter>> make_adapter(const ProviderSettings& settings, crypto::Entropy& entropy);

// https://host[:port][/path], or http to this machine; no user, query or fragment. Gives it without a slash at the end.
Result<std::string> check_base_url(std::string_view url);
inline constexpr size_t kBaseUrlMax = 200;

class Config final {
public:
    explicit Config(crypto::Entropy& entropy) : entropy_(entropy) {}

    // Chooses the provider of one clinic, or of all that have none of their own. Nothing changes on error.
    Result<> set_adapter(const ProviderSettings& settings, std::optional<ClinicId> clinic = {});
    // The provider of new meetings. Error kConfig when none was chosen.
    Result<std::shared_ptr<const Adapter>> adapter(ClinicId clinic) const;
    // The provider of that kind, for a meeting it made earlier. Error kConfig when it was never set up.
    Result<std::shared_ptr<const Adapter>> adapter(ClinicId clinic, Kind kind) const;

private:
    struct Choice {
        Kind current = Kind::kSimple;
        std::map<Kind, std::shared_ptr<const Adapter>> known;
    };
    crypto::Entropy& entropy_;
    mutable std::mutex mutex_;
    std::map<ClinicId, Choice> choices_;  // kSystem: the default
};

}  // namespace clinicpro::meetings
