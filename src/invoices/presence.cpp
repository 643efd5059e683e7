// presence.cpp: rows of `meeting_events`.
#include "invoices/presence.hpp"

#include "meetings/config.hpp"

namespace clinicpro::invoices::presence {
namespace {

constexpr store::Sql kMeeting =
    "SELECT m.id, (SELECT COUNT(*) FROM meeting_events e WHERE e.clinic_id = m.clinic_id AND e.meeting_id = m.id) "
    "FROM meetings m WHERE m.clinic_id = $1 AND m.provider = $2 AND m.provider_id = $3 "
    "AND m.provider <> 'simple' AND m.provider_id <> '' ORDER BY m.id DESC LIMIT 1";
constexpr store::Sql kInsert =
    "INSERT INTO meeting_events (clinic_id, meeting_id, kind, instance, happened_at, received_at) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
// Of every generation: a meeting that was replaced may have been held all the same.
constexpr store::Sql kOfVisit =
    "SELECT e.kind, e.instance, e.happened_at FROM meetings m JOIN meeting_events e ON e.clinic_id = m.clinic_id "
    "AND e.meeting_id = m.id WHERE m.clinic_id = $1 AND m.appointment_id = $2 ORDER BY e.happened_at LIMIT $3";

}  // namespace

Result<bool> record(store::ClinicTx& tx, const Told& told, Instant now) {
    int64_t meeting = 0, events = 0;
    TRY(tx.each(
        kMeeting,
        [&](const store::Row& row) {
            meeting = row.integer(0);
            events = row.integer(1);
        },
        meetings::to_string(told.provider), told.provider_id));
    if (meeting == 0) return false;
    if (events >= kEventsMax) return true;
    TRY(tx.execute(kInsert, meeting, told.started ? "started" : "ended", told.instance, told.at, now));
    return true;
}

Result<Presence> of_visit(store::ClinicTx& tx, AppointmentId appointment, Instant now) {
    Presence out;
    std::map<std::string, Instant> open;  // instances that have started, and when
    std::vector<std::string> over;
    TRY(tx.each(
        kOfVisit,
        [&](const store::Row& row) {
            const Instant at = row.instant(2);
            if (row.text(0) == "started") {
                if (!out.started_at) out.started_at = at;
                open.emplace(row.string(1), at);
            } else {
                out.ended_at = at;
                over.push_back(row.string(1));
            }
        },
        appointment, kEventsMax));
    for (const std::string& instance : over) open.erase(instance);
    for (const auto& [instance, at] : open) out.in_progress = out.in_progress || now - at < kHeldMax;
    if (out.in_progress) out.ended_at.reset();
    return out;
}

}  // namespace clinicpro::invoices::presence
