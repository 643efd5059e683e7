// meeting_settings.hpp: which provider makes a clinic's meetings, chosen at run time and kept in the database.
//
// clinic 0 holds the default; a clinic's own choice overrides it. Instances read the row each time they need an
// adapter, so a change works everywhere at once; adapters are cached by what they were made from. Earlier providers
// stay known, because a meeting is moved and cancelled by the one that made it. Tested by
// invoices/meeting_settings_test.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "jobs/job.hpp"
#include "meetings/config.hpp"

namespace clinicpro::invoices {

class MeetingSettings final {
public:
    // Makes an adapter for the clinic of `tx`, where its credentials are. The default knows adapters that need none.
    using Factory = std::function<Result<std::shared_ptr<const meetings::Adapter>>(store::ClinicTx& tx,
                                                                                   const meetings::ProviderSettings&)>;
    explicit MeetingSettings(crypto::Entropy& entropy, Factory factory = {});

    // For the clinic of `tx`; with ClinicId 0 the default of all clinics. Error kConfig or kInvalid, naming the
    // setting, when no adapter can be made from it; nothing changes then. Meetings that failed are tried again (the
    // clinic's own only).
    Result<> set_adapter(jobs::Context& context, store::ClinicTx& tx, const meetings::ProviderSettings& settings,
                         std::string_view actor);
    // Back to the default. No error when there was no choice.
    static Result<> clear_adapter(jobs::Context& context, store::ClinicTx& tx, std::string_view actor);

    struct Choice {
        meetings::ProviderSettings settings;
        bool is_default = false;  // not the clinic's own
    };
    static Result<std::optional<Choice>> current(store::ClinicTx& tx);

    // The provider of new meetings. Error kConfig when none was chosen.
    Result<std::shared_ptr<const meetings::Adapter>> adapter(store::ClinicTx& tx);
    // The provider of that kind, for a meeting it made. Error kConfig when it was never set up.
    Result<std::shared_ptr<const meetings::Adapter>> adapter(store::ClinicTx& tx, meetings::Kind kind);
    // Makes adapters anew after a credential changed.
    void forget(ClinicId clinic);

private:
    Result<std::shared_ptr<const meetings::Adapter>> made(store::ClinicTx& tx,
                                                          const meetings::ProviderSettings& settings);

    using Key = std::tuple<ClinicId, meetings::Kind, std::string>;
    const Factory factory_;
    std::mutex mutex_;
    std::map<Key, std::shared_ptr<const meetings::Adapter>> adapters_;
};

}  // namespace clinicpro::invoices
