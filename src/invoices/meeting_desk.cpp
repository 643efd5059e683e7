// meeting_desk.cpp: what people and settings do to meetings: move them, try them again, look at them.
#include "base/json.hpp"
#include "clinics/audit.hpp"
#include "invoices/meeting_keeper.hpp"
#include "invoices/meeting_sweep.hpp"

namespace clinicpro::invoices {
namespace {

// Waiting ones too: what they waited for may have changed, and a provider chosen since may make them.
constexpr store::Sql kFailed =
    "SELECT m.appointment_id FROM appointments a JOIN meetings m ON m.clinic_id = a.clinic_id AND m.appointment_id = "
    "a.id AND m.generation = a.meeting_generation WHERE a.clinic_id = $1 AND a.ends_at > $2 "
    "AND a.starts_at > $3 AND (m.state = 'failed' OR m.verb <> '') ORDER BY a.starts_at LIMIT $4";
// Those that could not be taken away, of whatever generation.
constexpr store::Sql kStuck =
    "SELECT m.id FROM meetings m JOIN appointments a ON a.clinic_id = m.clinic_id AND a.id = m.appointment_id "
    "WHERE m.clinic_id = $1 AND m.ends_at > $2 AND m.state = 'failed' AND m.provider_id <> '' "
    "AND m.generation < a.meeting_generation ORDER BY m.id LIMIT $3";
constexpr store::Sql kClinics = "SELECT clinic_id FROM clinics WHERE status = 'active' ORDER BY clinic_id";
constexpr store::Sql kSetHost =
    "UPDATE appointments SET host = $3, updated_at = $4 WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kEarlierLink =
    "SELECT 1 FROM meetings WHERE clinic_id = $1 AND appointment_id = $2 AND generation < $3 "
    "AND state <> 'cancelled' AND url_sealed IS NOT NULL LIMIT 1";

// What both sides read in the provider's list. No name, no reason for the visit (meetings.md 5.6).
constexpr std::string_view kTitle = "Online visit";

}  // namespace

Result<jobs::Plan> MeetingRetrier::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job&) {
    if (tx.clinic() != kSystem) {
        TRY(meeting_keeper::retry_failed(context, tx));
        return jobs::Next{jobs::Done{}};
    }
    std::vector<ClinicId> clinics;
    TRY(tx.raw().each(kClinics, [&](const store::Row& row) { clinics.push_back(ClinicId{row.integer(0)}); }));
    for (const ClinicId clinic : clinics) {
        store::ClinicTx own(tx.raw(), clinic);
        TRY(context.enqueue(own, {clinic, std::string(kRetryMeetingsJob), 0, context.now()}));
    }
    return jobs::Next{jobs::Done{}};
}

namespace meeting_keeper {

meetings::Operation operation(const Meeting& meeting, meetings::Verb verb) {
    return {.verb = verb,
            .intent = {.key = meeting.appointment.to_text() + "_" + std::to_string(meeting.generation),
                       .start = meeting.starts_at,
                       .end = meeting.ends_at,
                       .title = std::string(kTitle),
                       .host = meeting.host},
            .provider_id = verb == meetings::Verb::kCreate ? std::string() : meeting.provider_id};
}

Result<> retry_failed(jobs::Context& context, store::ClinicTx& tx) {
    if (tx.clinic() == kSystem) {
        return context.enqueue(tx, {kSystem, std::string(kRetryMeetingsJob), 0, context.now()});
    }
    std::vector<jobs::NewJob> wanted;
    const auto keep = [&](std::string_view kind) {
        return [&, kind](const store::Row& row) {
            wanted.push_back({tx.clinic(), std::string(kind), row.integer(0), context.now()});
        };
    };
    // Whatever began longer ago is over: the index of starts leaves the clinic's past alone.
    TRY(tx.each(kFailed, keep(kKeepMeetingJob), context.now(), context.now() - appointments::kLengthMax, kRetryMax));
    TRY(tx.each(kStuck, keep(kClearMeetingJob), context.now(), kRetryMax));
    for (jobs::NewJob& job : wanted) TRY(context.enqueue(tx, std::move(job)));
    return {};
}

Result<> move(jobs::Context& context, store::ClinicTx& tx, AppointmentId appointment,
              const std::optional<std::string>& host, std::string_view actor) {
    TRY(const auto found, meeting_rows::find(tx, appointment));
    if (!found) return fail(Code::kNotFound, "There is no visit under this id.");
    if (!found->visit.wants_meeting(context.now())) {
        return fail(Code::kConflict, "This visit has no meeting to move: it is not a confirmed virtual visit to come.",
                    "state");
    }
    if (host) {
        TRY(appointments::check_host(*host));
        TRY(tx.execute(kSetHost, appointment, *host, context.now()));
    }
    const Meeting& now = found->meeting;
    json::Writer detail;
    detail.begin_object().field("from", now.provider).field("host", host.value_or(found->visit.host)).end_object();
    TRY(clinics::audit::append(tx,
                               {context.now(), actor, "meeting.moved", appointment.to_text(), detail.take()}));
    if (now.id) {
        TRY(meeting_rows::next_generation(context, tx, found->visit));
        // One that has a link serves until the new one is ready; of one in doubt it must be found out at once.
        if (now.url_sealed.empty()) {
            TRY(context.enqueue(tx, {tx.clinic(), std::string(kClearMeetingJob), now.id.value, context.now()}));
        }
    }
    return context.enqueue(tx, {tx.clinic(), std::string(kKeepMeetingJob), appointment.value, context.now()});
}

Result<std::optional<Listed>> of_visit(store::ClinicTx& tx, AppointmentId appointment) {
    TRY(const auto found, meeting_rows::find(tx, appointment));
    std::optional<Listed> listed;
    if (!found || !found->meeting.id) return listed;
    const Meeting& m = found->meeting;
    listed = Listed{appointment,
                    m.provider,
                    std::string(to_string(m.state)),
                    m.note,
                    m.starts_at,
                    !m.url_sealed.empty() && m.state != MeetingState::kCancelled,
                    m.host,
                    m.fell_back_from,
                    m.fell_back_why,
                    m.generation};
    if (!listed->has_link && m.generation > 0) {
        TRY(tx.each(kEarlierLink, [&](const store::Row&) { listed->has_link = true; }, appointment, m.generation));
    }
    return listed;
}

std::vector<std::pair<std::string_view, std::unique_ptr<jobs::Handler>>> handlers(MeetingSettings& settings,
                                                                                   clinics::Vault& vault) {
    std::vector<std::pair<std::string_view, std::unique_ptr<jobs::Handler>>> all;
    all.emplace_back(kKeepMeetingJob, std::make_unique<MeetingKeeper>(settings, vault));
    all.emplace_back(kClearMeetingJob, std::make_unique<MeetingKeeper>(settings, vault));
    all.emplace_back(kRetryMeetingsJob, std::make_unique<MeetingRetrier>());
    all.emplace_back(kSweepMeetingsJob, std::make_unique<MeetingSweeper>(settings, vault));
    return all;
}

}  // namespace meeting_keeper
}  // namespace clinicpro::invoices
