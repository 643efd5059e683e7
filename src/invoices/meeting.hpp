// meeting.hpp: the row of a meeting, and what should happen to it next.
//
// `next_verb` is pure: how the visit stands and how its meeting stands give the next operation with the provider, or
// none. One row per visit and meeting generation (unique in the table), written before or with the answer it holds, so
// a meeting the provider made is never forgotten (promise P-06). Tested by invoices/meeting_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "clinics/vault.hpp"
#include "invoices/appointment.hpp"
#include "meetings/adapter.hpp"

namespace clinicpro::invoices {

enum class MeetingState { kWanted, kPending, kReady, kFailed, kCancelled };
std::string_view to_string(MeetingState state);

struct Meeting {
    MeetingId id;               // 0: no row yet
    AppointmentId appointment;
    int64_t generation = 0;
    std::string provider;       // "simple", "google_meet", "zoom"; empty until one was asked
    MeetingState state = MeetingState::kWanted;
    std::string provider_id;
    std::string url_sealed;       // "meeting.url"
    std::string passcode_sealed;  // "meeting.passcode"
    std::optional<meetings::Verb> verb;  // the operation under way
    std::string memo;
    std::string step;           // a request of it that is on its way; empty: none
    Instant answer_until;       // after this no answer comes
    Instant starts_at;          // what the provider was last told
    Instant ends_at;
    std::string note;           // why it waits or failed: a sentence for the clinic
    Instant created_at;
    ClinicId owner{-1};         // whose settings lead to the provider's account: the clinic's, or 0; -1: not known
    std::string host;           // the provider's user who holds it, as it was made
    bool leaving = false;       // it is being made sure that nothing is left at this provider; then the next is asked
    std::string fell_back_from;  // the provider that should have made it
    std::string fell_back_why;
};

// The visit of a meeting, as far as the meeting cares.
struct Visit {
    AppointmentId id;
    AppointmentKind kind = AppointmentKind::kOnsite;
    AppointmentState state = AppointmentState::kHeld;
    Instant starts_at;
    Instant ends_at;
    int64_t meeting_generation = 0;
    std::string host = {};
    bool has_newer = false;  // looked at beside a meeting of an earlier generation, which must go

    bool wants_meeting(Instant now) const {
        return !has_newer && kind == AppointmentKind::kVirtual && state == AppointmentState::kConfirmed &&
               now < ends_at;
    }
    bool is_off() const {
        return has_newer || state == AppointmentState::kCancelled || state == AppointmentState::kReleased;
    }
};

// The next operation, or nothing when all is as it should be. A finished operation (meeting.verb empty) is assumed.
std::optional<meetings::Verb> next_verb(const Visit& visit, const Meeting& meeting, Instant now);

// Certainly nobody has made it: it is free to go to another provider.
bool is_fresh(const Meeting& meeting);

namespace meeting_rows {

inline constexpr std::string_view kUrl = "meeting.url";
inline constexpr std::string_view kPasscode = "meeting.passcode";

struct Found {
    Visit visit;
    Meeting meeting;  // of the visit's generation; id 0 when there is none
};
Result<std::optional<Found>> find(store::ClinicTx& tx, AppointmentId appointment);
Result<std::optional<Found>> find(store::ClinicTx& tx, MeetingId meeting);  // of whatever generation
// The newest that has a link and is not gone.
Result<std::optional<Found>> with_link(store::ClinicTx& tx, AppointmentId appointment);
// Meetings of earlier generations that are not gone yet. Their link serves until the newest has one.
Result<std::vector<MeetingId>> earlier(store::ClinicTx& tx, AppointmentId appointment, int64_t generation);
// Inserts or updates. kConflict when another instance made the row first.
Result<> save(jobs::Context& context, store::ClinicTx& tx, Meeting& meeting);
// The next meeting of the visit is another one: the provider lost this one, or another provider makes it.
Result<> next_generation(jobs::Context& context, store::ClinicTx& tx, const Visit& visit);

}  // namespace meeting_rows
}  // namespace clinicpro::invoices
