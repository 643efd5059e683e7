// meeting_keeper.hpp: keeps each visit's meeting as the visit wants it: made, moved, or gone.
//
// Handles "meeting.keep" (subject: the appointment). Each run looks at both rows, turns the provider's machine one step
// (meetings/adapter.hpp) and stores what came out. A request interrupted by a crash is absorbed as Unknown, so a
// meeting is looked for before it is made again. An onsite visit never has a row. What cannot be done stays as `failed`
// with a sentence for the clinic, and is tried again when the provider is set anew or the visit changes. Promise P-06.
// Tested by invoices/meeting_keeper_test.
#pragma once

#include "invoices/meeting.hpp"
#include "invoices/meeting_settings.hpp"

namespace clinicpro::invoices {

class MeetingKeeper final : public jobs::Handler {
public:
    static constexpr int kAttemptsMax = 10;  // tries of one operation before it is failed: some hours of back-off
    static constexpr Duration kPendingMax = 24h;     // a provider that still has no link then never will

    MeetingKeeper(MeetingSettings& settings, clinics::Vault& vault) : settings_(settings), vault_(vault) {}

    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
    Result<jobs::Next> absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job, std::string_view step,
                              const net::Outcome& outcome) override;

private:
    struct Work;
    Result<std::shared_ptr<const meetings::Adapter>> adapter_for(store::ClinicTx& tx, const Meeting& meeting);
    Result<jobs::Next> turned(Work& work, const meetings::Adapter& adapter, std::string_view step,
                              const net::Outcome& outcome);
    Result<jobs::Next> remember(Work& work, const meetings::Answer& answer);
    Result<jobs::Next> again(Work& work, Instant at, bool progress, std::string note);
    Result<jobs::Next> failed(Work& work, const meetings::Failed& failure);
    Result<> keep_secrets(Work& work, const meetings::Ready& ready);
    Result<meetings::Grant> load_grant(store::ClinicTx& tx, const Meeting& meeting);
    Result<> store_grant(store::ClinicTx& tx, const Meeting& meeting, const meetings::Grant& grant);

    MeetingSettings& settings_;
    clinics::Vault& vault_;
};

namespace meeting_keeper {

inline constexpr int kRetryMax = 500;  // visits to come with a failed meeting: the rest is retried by the next change

// Tries every failed meeting of the clinic's coming visits again.
Result<> retry_failed(jobs::Context& context, store::ClinicTx& tx);

struct Listed {
    AppointmentId appointment;
    std::string provider, state, note;
    Instant starts_at;
    bool has_link = false;
};
Result<std::optional<Listed>> of_visit(store::ClinicTx& tx, AppointmentId appointment);

}  // namespace meeting_keeper
}  // namespace clinicpro::invoices
