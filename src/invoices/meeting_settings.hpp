// meeting_settings.hpp: which provider makes a clinic's meetings, chosen at run time and kept in the database.
//
// clinic 0 holds the default; a clinic's own choice overrides it. Secrets are sealed credentials of the clinic whose
// settings they are, such as "zoom.client_secret". Instances read the row each time they need an adapter, so a change
// works everywhere at once; adapters are cached by the version of the row they were made from. Earlier providers stay
// known, because a meeting is moved and cancelled by the one that made it. Tested by invoices/meeting_settings_test.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "clinics/vault.hpp"
#include "jobs/job.hpp"
#include "meetings/config.hpp"

namespace clinicpro::invoices {

inline constexpr ClinicId kAnyOwner{-1};

// A provider within reach of a clinic.
struct Provider {
    std::shared_ptr<const meetings::Adapter> adapter;
    meetings::Kind kind = meetings::Kind::kSimple;
    ClinicId owner;       // whose settings they are: the clinic's own, or 0
    int64_t version = 0;  // of the settings
};

class MeetingSettings final {
public:
    // Makes an adapter for the clinic of `tx`. The default is meetings::make_adapter.
    using Factory = std::function<Result<std::shared_ptr<const meetings::Adapter>>(store::ClinicTx& tx,
                                                                                   const meetings::ProviderSettings&)>;
    MeetingSettings(clinics::Vault& vault, crypto::Entropy& entropy, Factory factory = {});

    // For the clinic of `tx`; with ClinicId 0 the default of all clinics. A secret that is not given stays as it is;
    // one that is given empty is removed. Error kConfig or kInvalid, naming the setting, when no adapter can be made
    // from it; then nothing may be committed. A Google account that is still to be connected is no error. Meetings that
    // failed are tried again.
    Result<> set_adapter(jobs::Context& context, store::ClinicTx& tx, const meetings::ProviderSettings& settings,
                         std::string_view actor);
    // One secret of a provider that is set up, such as what connecting brought; its meetings that failed are tried again.
    Result<> set_secret(jobs::Context& context, store::ClinicTx& tx, meetings::Kind kind, std::string_view name,
                        const Secret<>& value, std::string_view actor);
    // Back to the default. No error when there was no choice.
    static Result<> clear_adapter(jobs::Context& context, store::ClinicTx& tx, std::string_view actor);

    struct Choice {
        meetings::ProviderSettings settings;  // without the secrets
        bool is_default = false;              // not the clinic's own
        bool is_current = false;
        ClinicId owner;
        int64_t version = 0;
        std::optional<Instant> checked_at;
        std::string check_note;
    };
    static Result<std::optional<Choice>> current(store::ClinicTx& tx);
    static Result<std::optional<Choice>> of_kind(store::ClinicTx& tx, meetings::Kind kind, ClinicId owner = kAnyOwner);
    // The clinic's own, the current one first; with its secrets.
    Result<meetings::ProviderSettings> with_secrets(store::ClinicTx& tx, const Choice& choice);
    Result<std::vector<std::string>> secrets_set(store::ClinicTx& tx, const Choice& choice);
    static Result<> note_check(store::ClinicTx& tx, const Choice& choice, Instant at, std::string_view note);

    // The provider of new meetings. Error kConfig when none was chosen.
    Result<Provider> provider(store::ClinicTx& tx);
    Result<Provider> provider(store::ClinicTx& tx, const Choice& choice);
    // The provider of that kind, for a meeting it made. Error kConfig when it was never set up.
    Result<Provider> provider(store::ClinicTx& tx, meetings::Kind kind, ClinicId owner = kAnyOwner);

private:
    using Key = std::tuple<ClinicId, meetings::Kind, int64_t>;
    clinics::Vault& vault_;
    const Factory factory_;
    std::mutex mutex_;
    std::map<Key, std::shared_ptr<const meetings::Adapter>> adapters_;  // of the newest version each
};

// "zoom.client_secret"
std::string credential_name(meetings::Kind kind, std::string_view secret);

}  // namespace clinicpro::invoices
