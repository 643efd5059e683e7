// appointment.hpp: a visit that payment confirms: held -> confirmed -> completed | cancelled | released.
//
// Virtual visits get a meeting, onsite visits never do. The patient's /j/ link names the appointment and its
// link_generation, so moving a visit keeps the link; a meeting is made once per meeting_generation (promise P-06).
// Every change compares the state in its WHERE: two people, or a person and a payment, cannot both win.
// Tested by invoices/appointment_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clinics/link.hpp"
#include "jobs/job.hpp"

namespace clinicpro::invoices {

inline constexpr std::string_view kKeepMeetingJob = "meeting.keep";        // subject: the appointment
inline constexpr std::string_view kReleaseJob = "appointment.release";     // subject: the appointment

enum class AppointmentKind { kVirtual, kOnsite };
enum class AppointmentState { kHeld, kConfirmed, kCompleted, kCancelled, kReleased };
std::string_view to_string(AppointmentKind kind);
std::string_view to_string(AppointmentState state);
std::optional<AppointmentKind> appointment_kind_from(std::string_view text);
std::optional<AppointmentState> appointment_state_from(std::string_view text);

struct Appointment {
    AppointmentId id;
    PatientId patient;
    AppointmentKind kind = AppointmentKind::kOnsite;
    AppointmentState state = AppointmentState::kHeld;
    std::string title;
    Instant starts_at;
    Instant ends_at;
    int64_t link_generation = 0;
    int64_t meeting_generation = 0;
    std::optional<Instant> hold_until;
    Instant created_at;
    Instant updated_at;
    std::string host;  // of a virtual visit
    int64_t revision = 0;  // raised at each change the patient is told of
    std::optional<Instant> remind_at = {};  // the next reminder (reminder.hpp); nothing: none is to come
};

struct NewAppointment {
    PatientId patient;
    AppointmentKind kind = AppointmentKind::kOnsite;
    std::string title;  // for the clinic's own list; never sent to the patient or a provider
    Instant starts_at;
    Instant ends_at;
    std::optional<Instant> hold_until;  // unpaid by then: released; nothing: held until somebody decides
    std::string actor;
    // Of a virtual visit: the meeting provider's user who holds it, such as the practitioner's e-mail address. Empty: the
    // one of the provider's settings.
    std::string host = {};
};

namespace appointments {

inline constexpr size_t kHostMax = 254;  // the longest e-mail address
Result<> check_host(std::string_view host);

inline constexpr size_t kTitleMax = 120;
inline constexpr Duration kLengthMax = 24h;  // a longer visit is a mistyped date
inline constexpr int kPageMax = 500;         // a full day of a large clinic

Result<Appointment> create(jobs::Context& context, store::ClinicTx& tx, const NewAppointment& wanted);
Result<Appointment> find(store::ClinicTx& tx, AppointmentId id);  // kNotFound

struct Window {
    Instant from;   // starts_at in [from, until)
    Instant until;
    std::optional<AppointmentState> state = {};
    int limit = kPageMax;
};
Result<std::vector<Appointment>> list(store::ClinicTx& tx, const Window& window);  // in order of time
// The East African day that holds `at`.
Window day_of(Instant at);

// Each returns the visit as it is now, or kConflict with a sentence that names its state.
// confirm: a person vouches for a visit that needs no payment now, or takes a released one back.
Result<Appointment> confirm(jobs::Context& context, store::ClinicTx& tx, AppointmentId id, std::string_view actor);
Result<Appointment> complete(jobs::Context& context, store::ClinicTx& tx, AppointmentId id, std::string_view actor);
Result<Appointment> cancel(jobs::Context& context, store::ClinicTx& tx, AppointmentId id, std::string_view actor);
Result<Appointment> release(jobs::Context& context, store::ClinicTx& tx, AppointmentId id, std::string_view actor);
Result<Appointment> reschedule(jobs::Context& context, store::ClinicTx& tx, AppointmentId id, Instant starts_at,
                               Instant ends_at, std::string_view actor);
// Makes every /j/ link sent so far worthless, for a link that reached the wrong person.
Result<Appointment> revoke_link(jobs::Context& context, store::ClinicTx& tx, AppointmentId id, std::string_view actor);

// What LinkSigner signs for this visit.
clinics::Link join_link(ClinicId clinic, AppointmentId id, int64_t link_generation);

}  // namespace appointments

// Frees the slot of a visit that was not paid in time. A visit with part of its money is left to a person.
class HoldKeeper final : public jobs::Handler {
public:
    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
};

}  // namespace clinicpro::invoices
