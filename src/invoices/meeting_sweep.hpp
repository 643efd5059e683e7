// meeting_sweep.hpp: looks through what a provider holds for meetings of ours that no visit wants, and removes them.
//
// A lost answer, a switch of provider or a cancel in the wrong moment can leave one behind (meetings.md 5.2). One job per
// clinic and account lists what carries our mark, some hours apart and after a switch, and compares it with the rows:
// every meeting of ours has a row before it is asked for. What a row may be about to adopt is never touched; what no row
// of this clinic knows is another clinic's, or another server's, and is only counted. Slow on purpose: it must leave the
// provider's budget to the patients. Tested by invoices/meeting_sweep_test and contract/keeper_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "invoices/meeting_connection.hpp"

namespace clinicpro::invoices {

inline constexpr std::string_view kSweepMeetingsJob = "meeting.sweep";  // subject: the sweep's row

class MeetingSweeper final : public jobs::Handler {
public:
    static constexpr Duration kEvery = 4h;
    static constexpr Duration kAfterSwitch = 2min;  // so that what the switch itself cancels is gone by then
    static constexpr Duration kPace = 1s;           // between two requests: Zoom gives 4 a second to all (meetings.md 3.5)
    static constexpr Duration kBack = 24h;          // visits from yesterday
    static constexpr Duration kAhead = 90 * 24h;    // to those that are booked far ahead
    static constexpr int kTurnsMax = 60;            // requests of one listing: some 50 pages
    static constexpr size_t kRemovedMax = 50;       // by one sweep; more waits for the next, and is a sign of trouble
    static constexpr int kTriesMax = 5;             // of one request; the next sweep comes anyway

    MeetingSweeper(MeetingSettings& settings, clinics::Vault& vault) : settings_(settings), vault_(vault) {}

    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
    Result<jobs::Next> absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job, std::string_view step,
                              const net::Outcome& outcome) override;

private:
    struct Work;
    Result<bool> prepare(Work& work);
    Result<jobs::Next> remember(Work& work, const meetings::Answer& answer);
    Result<jobs::Next> listed(Work& work, const meetings::Listed& list);
    Result<jobs::Next> removed(Work& work);
    Result<jobs::Next> next_host(Work& work);
    Result<jobs::Next> finish(Work& work, std::string note);

    MeetingSettings& settings_;
    clinics::Vault& vault_;
};

namespace meeting_sweeps {

// Called when a meeting is asked for: from now on this account is looked through.
Result<> want(jobs::Context& context, store::ClinicTx& tx, std::string_view provider, ClinicId owner);
// All of the clinic's, soon.
Result<> hasten(jobs::Context& context, store::ClinicTx& tx);

struct Last {
    std::string provider;
    bool is_running = false;
    int64_t listed = 0, removed = 0, strangers = 0;
    std::string note;
    std::optional<Instant> finished_at;
};
Result<std::vector<Last>> list(store::ClinicTx& tx);

// What a meeting at the provider is to this clinic.
enum class Verdict {
    kWanted,    // a row has it, or will take it down itself
    kInDoubt,   // a row may be about to adopt it
    kAdopt,     // a row wants one and does not know of this one
    kOrphan,    // no row wants it
    kStranger,  // no row of this clinic knows it
};
Result<Verdict> judge(jobs::Context& context, store::ClinicTx& tx, std::string_view provider, ClinicId owner,
                      const meetings::Listed::One& one);

}  // namespace meeting_sweeps
}  // namespace clinicpro::invoices
