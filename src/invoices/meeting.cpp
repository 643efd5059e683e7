#include "invoices/meeting.hpp"

namespace clinicpro::invoices {
namespace {

using meetings::Verb;

constexpr std::pair<MeetingState, std::string_view> kStates[] = {{MeetingState::kWanted, "wanted"},
                                                                 {MeetingState::kPending, "pending"},
                                                                 {MeetingState::kReady, "ready"},
                                                                 {MeetingState::kFailed, "failed"},
                                                                 {MeetingState::kCancelled, "cancelled"}};
constexpr std::pair<Verb, std::string_view> kVerbs[] = {{Verb::kCreate, "create"},
                                                        {Verb::kFind, "find"},
                                                        {Verb::kUpdate, "update"},
                                                        {Verb::kCancel, "cancel"}};

#define MEETING_COLUMNS                                                                                             \
    "SELECT a.kind, a.state, a.starts_at, a.ends_at, a.meeting_generation, m.id, m.provider, m.state, "             \
    "m.provider_id, m.url_sealed, m.passcode_sealed, m.verb, m.memo, m.starts_at, m.ends_at, m.note, "              \
    "m.created_at, m.step, m.answer_until, a.id, a.host, m.generation, m.owner, m.host, m.leaving, "                \
    "m.fell_back_from, m.fell_back_why FROM appointments a "
constexpr store::Sql kFind = MEETING_COLUMNS
    "LEFT JOIN meetings m ON m.clinic_id = a.clinic_id AND m.appointment_id = a.id "
    "AND m.generation = a.meeting_generation WHERE a.clinic_id = $1 AND a.id = $2";
constexpr store::Sql kFindById = MEETING_COLUMNS
    "JOIN meetings m ON m.clinic_id = a.clinic_id AND m.appointment_id = a.id WHERE m.clinic_id = $1 AND m.id = $2";
#undef MEETING_COLUMNS
constexpr store::Sql kWithLink =
    "SELECT id FROM meetings WHERE clinic_id = $1 AND appointment_id = $2 AND state <> 'cancelled' "
    "AND url_sealed IS NOT NULL ORDER BY generation DESC LIMIT 1";
constexpr store::Sql kEarlier =
    "SELECT id FROM meetings WHERE clinic_id = $1 AND appointment_id = $2 AND generation < $3 "
    "AND state <> 'cancelled' ORDER BY generation";
constexpr store::Sql kInsert =
    "INSERT INTO meetings (clinic_id, id, appointment_id, generation, provider, state, provider_id, url_sealed, "
    "passcode_sealed, verb, memo, starts_at, ends_at, note, created_at, updated_at, step, answer_until, owner, host, "
    "leaving, fell_back_from, fell_back_why) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16, $17, $18, $19, $20, $21, $22) "
    "ON CONFLICT DO NOTHING";
constexpr store::Sql kUpdate =
    "UPDATE meetings SET provider = $3, state = $4, provider_id = $5, url_sealed = $6, passcode_sealed = $7, "
    "verb = $8, memo = $9, starts_at = $10, ends_at = $11, note = $12, updated_at = $13, step = $14, "
    "answer_until = $15, owner = $16, host = $17, leaving = $18, fell_back_from = $19, fell_back_why = $20 "
    "WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kNextGeneration =
    "UPDATE appointments SET meeting_generation = meeting_generation + 1, updated_at = $3 "
    "WHERE clinic_id = $1 AND id = $2 AND meeting_generation = $4";

std::string_view verb_name(std::optional<Verb> verb) {
    if (!verb) return "";
    for (const auto& [known, name] : kVerbs) {
        if (known == *verb) return name;
    }
    CHECK(false);
    return {};
}

std::optional<Verb> verb_from(std::string_view text) {
    for (const auto& [known, name] : kVerbs) {
        if (name == text) return known;
    }
    return std::nullopt;
}

std::optional<store::Blob> blob(const std::string& bytes) {
    return bytes.empty() ? std::nullopt : std::optional(store::Blob{bytes});
}

meeting_rows::Found read(const store::Row& row) {
    const auto kind = appointment_kind_from(row.text(0));
    const auto state = appointment_state_from(row.text(1));
    CHECK(kind && state);
    meeting_rows::Found found{{row.id<AppointmentId>(19), *kind, *state, row.instant(2), row.instant(3), row.integer(4),
                               row.string(20)},
                              {}};
    Meeting& m = found.meeting;
    m.appointment = found.visit.id;
    m.generation = found.visit.meeting_generation;
    if (row.is_null(5)) return found;
    m.id = row.id<MeetingId>(5);
    m.provider = row.text(6);
    for (const auto& [known, name] : kStates) {
        if (name == row.text(7)) m.state = known;
    }
    m.provider_id = row.text(8);
    m.url_sealed = row.text(9);
    m.passcode_sealed = row.text(10);
    m.verb = verb_from(row.text(11));
    m.memo = row.text(12);
    m.starts_at = row.instant(13);
    m.ends_at = row.instant(14);
    m.note = row.text(15);
    m.created_at = row.instant(16);
    m.step = row.text(17);
    m.answer_until = row.instant(18);
    m.generation = row.integer(21);
    m.owner = ClinicId{row.integer(22)};
    m.host = row.text(23);
    m.leaving = row.integer(24) != 0;
    m.fell_back_from = row.text(25);
    m.fell_back_why = row.text(26);
    found.visit.has_newer = m.generation < found.visit.meeting_generation;
    return found;
}

}  // namespace

std::string_view to_string(MeetingState state) {
    for (const auto& [known, name] : kStates) {
        if (known == state) return name;
    }
    CHECK(false);
    return {};
}

std::optional<Verb> next_verb(const Visit& visit, const Meeting& meeting, Instant now) {
    const bool wanted = visit.wants_meeting(now);
    if (!meeting.id) return wanted ? std::optional(Verb::kCreate) : std::nullopt;
    switch (meeting.state) {
        case MeetingState::kWanted: return wanted ? std::optional(Verb::kCreate) : std::nullopt;
        case MeetingState::kPending:
            if (visit.is_off()) return Verb::kCancel;
            return wanted ? std::optional(Verb::kFind) : std::nullopt;
        case MeetingState::kReady:
            if (visit.is_off()) return Verb::kCancel;
            if (wanted && (meeting.starts_at != visit.starts_at || meeting.ends_at != visit.ends_at))
                return Verb::kUpdate;
            return std::nullopt;
        case MeetingState::kFailed:
            if (visit.is_off()) return meeting.provider_id.empty() ? std::nullopt : std::optional(Verb::kCancel);
            if (!wanted) return std::nullopt;
            return meeting.provider_id.empty() ? Verb::kCreate : Verb::kUpdate;
        case MeetingState::kCancelled: return std::nullopt;
    }
    return std::nullopt;
}

bool is_fresh(const Meeting& m) {
    return m.provider.empty() ||
           (m.provider_id.empty() && m.verb == Verb::kCreate && m.step.empty() && m.memo.empty() && !m.leaving &&
            (m.fell_back_from.empty() || m.state == MeetingState::kFailed));
}

namespace meeting_rows {

Result<std::optional<Found>> find(store::ClinicTx& tx, AppointmentId appointment) {
    std::optional<Found> found;
    TRY(tx.each(kFind, [&](const store::Row& row) { found = read(row); }, appointment));
    return found;
}

Result<std::optional<Found>> find(store::ClinicTx& tx, MeetingId meeting) {
    std::optional<Found> found;
    TRY(tx.each(kFindById, [&](const store::Row& row) { found = read(row); }, meeting));
    return found;
}

Result<std::optional<Found>> with_link(store::ClinicTx& tx, AppointmentId appointment) {
    MeetingId id;
    TRY(tx.each(kWithLink, [&](const store::Row& row) { id = row.id<MeetingId>(0); }, appointment));
    return id ? find(tx, id) : Result<std::optional<Found>>(std::nullopt);
}

Result<std::vector<MeetingId>> earlier(store::ClinicTx& tx, AppointmentId appointment, int64_t generation) {
    std::vector<MeetingId> found;
    if (generation == 0) return found;
    TRY(tx.each(kEarlier, [&](const store::Row& row) { found.push_back(row.id<MeetingId>(0)); }, appointment, generation));
    return found;
}

Result<> save(jobs::Context& context, store::ClinicTx& tx, Meeting& m) {
    if (m.id) {
        TRY(tx.execute(kUpdate, m.id, m.provider, to_string(m.state), m.provider_id, blob(m.url_sealed),
                       blob(m.passcode_sealed), verb_name(m.verb), m.memo, m.starts_at, m.ends_at, m.note,
                       context.now(), m.step, m.answer_until, m.owner, m.host, m.leaving, m.fell_back_from,
                       m.fell_back_why));
        return {};
    }
    m.id = context.ids().make<MeetingId>();
    m.created_at = context.now();
    TRY(const int64_t rows, tx.execute(kInsert, m.id, m.appointment, m.generation, m.provider, to_string(m.state),
                                       m.provider_id, blob(m.url_sealed), blob(m.passcode_sealed), verb_name(m.verb),
                                       m.memo, m.starts_at, m.ends_at, m.note, m.created_at, m.step, m.answer_until,
                                       m.owner, m.host, m.leaving, m.fell_back_from, m.fell_back_why));
    if (rows != 1) return fail(Code::kConflict, "This visit's meeting was wanted at the same moment. Try again.");
    return {};
}

Result<> next_generation(jobs::Context& context, store::ClinicTx& tx, const Visit& visit) {
    TRY(const int64_t rows, tx.execute(kNextGeneration, visit.id, context.now(), visit.meeting_generation));
    if (rows != 1) return fail(Code::kConflict, "This visit changed at the same moment. Try again.");
    return {};
}

}  // namespace meeting_rows
}  // namespace clinicpro::invoices
