// meeting_keeper.hpp: keeps each visit's meeting as the visit wants it: made, moved, or gone.
//
// Handles "meeting.keep" (subject: the appointment) and "meeting.clear" (subject: a meeting that a newer one of its
// visit has replaced). Each run looks at both rows, turns the provider's machine one step (meetings/adapter.hpp) and
// stores what came out. A request interrupted by a crash is absorbed as Unknown, so a meeting is looked for before it is
// made again. An onsite visit never has a row. What cannot be done stays as `failed` with a sentence for the clinic, and
// is tried again when the provider is set anew or the visit changes, and by itself when time may heal it; or the next
// provider of the clinic's fallback order makes it, once it is certain that the first made nothing. A switch of
// provider moves nothing by itself: `move` does, and the earlier meeting serves until the new one is there. Promise
// P-06. Tested by invoices/meeting_keeper_test, invoices/meeting_fallback_test and, against the sandbox, by
// contract/keeper_test.
#pragma once

#include "invoices/meeting.hpp"
#include "invoices/meeting_connection.hpp"
#include "invoices/meeting_settings.hpp"

namespace clinicpro::invoices {

inline constexpr std::string_view kClearMeetingJob = "meeting.clear";   // subject: the meeting
inline constexpr std::string_view kRetryMeetingsJob = "meeting.retry";  // of a clinic; of clinic 0: of all

class MeetingKeeper final : public jobs::Handler {
public:
    static constexpr int kAttemptsMax = 10;  // tries of one operation before it is shown as failed: about an hour of back-off
    static constexpr Duration kPendingMax = 24h;     // a provider that still has no link then never will

    MeetingKeeper(MeetingSettings& settings, clinics::Vault& vault) : settings_(settings), vault_(vault) {}

    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
    Result<jobs::Next> absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job, std::string_view step,
                              const net::Outcome& outcome) override;

private:
    struct Work;
    Result<Provider> provider_for(store::ClinicTx& tx, Meeting& meeting);
    Result<> prepare(Work& work, Provider provider);
    Result<jobs::Next> turned(Work& work, std::string_view step, const net::Outcome& outcome);
    Result<jobs::Next> remember(Work& work, const meetings::Answer& answer);
    Result<jobs::Next> absent(Work& work);
    Result<jobs::Next> done(Work& work, MeetingState state, std::string note = {});
    Result<jobs::Next> again(Work& work, Instant at, bool progress, std::string note);
    Result<jobs::Next> failed(Work& work, const meetings::Failed& failure);
    Result<std::optional<meetings::Kind>> next_provider(Work& work);
    Result<jobs::Next> fall_back(Work& work, const std::string& why);
    Result<> keep_secrets(Work& work, const meetings::Ready& ready);

    MeetingSettings& settings_;
    clinics::Vault& vault_;
};

// Handles "meeting.retry": spreads a change of the default over the clinics.
class MeetingRetrier final : public jobs::Handler {
public:
    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
};

namespace meeting_keeper {

inline constexpr int kRetryMax = 500;  // visits to come with a failed meeting: the rest is retried by the next change

// What is asked of a provider for this meeting.
meetings::Operation operation(const Meeting& meeting, meetings::Verb verb);

// Tries every failed or waiting meeting of the clinic's coming visits again; of clinic 0: of all clinics.
Result<> retry_failed(jobs::Context& context, store::ClinicTx& tx);

// A new meeting for the visit by the provider chosen now, held by `host` when one is given; the one there is goes when
// the new one is ready, and its link serves until then. kConflict when the visit wants no meeting.
Result<> move(jobs::Context& context, store::ClinicTx& tx, AppointmentId appointment,
              const std::optional<std::string>& host, std::string_view actor);

struct Listed {
    AppointmentId appointment;
    std::string provider, state, note;
    Instant starts_at;
    bool has_link = false;
    std::string host, fell_back_from, fell_back_why;
    int64_t generation = 0;
};
Result<std::optional<Listed>> of_visit(store::ClinicTx& tx, AppointmentId appointment);

// What wants to be registered at a worker, by kind.
std::vector<std::pair<std::string_view, std::unique_ptr<jobs::Handler>>> handlers(MeetingSettings& settings,
                                                                                   clinics::Vault& vault);

}  // namespace meeting_keeper
}  // namespace clinicpro::invoices
