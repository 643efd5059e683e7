// meeting_sweep_row.cpp: rows of `meeting_sweeps`, and what a meeting found at a provider is to us.
#include "invoices/meeting_sweep_row.hpp"

#include "base/json.hpp"
#include "invoices/meeting_keeper.hpp"
#include "jobs/queue.hpp"

namespace clinicpro::invoices::meeting_sweeps {
namespace {

constexpr std::pair<Phase, std::string_view> kPhases[] = {
    {Phase::kIdle, "idle"}, {Phase::kListing, "listing"}, {Phase::kRemoving, "removing"}};

constexpr store::Sql kFind =
    "SELECT id, provider, owner, phase, host, memo, todo, turns, listed, removed, strangers, note, started_at, "
    "finished_at FROM meeting_sweeps WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kList =
    "SELECT provider, phase, listed, removed, strangers, note, finished_at, id FROM meeting_sweeps "
    "WHERE clinic_id = $1 ORDER BY provider, owner";
constexpr store::Sql kWant =
    "INSERT INTO meeting_sweeps (clinic_id, id, provider, owner, phase, host, memo, todo, turns, listed, removed, "
    "strangers, note) VALUES ($1, $2, $3, $4, 'idle', '', '', '[]', 0, 0, 0, 0, '') ON CONFLICT DO NOTHING";
constexpr store::Sql kSave =
    "UPDATE meeting_sweeps SET phase = $3, host = $4, memo = $5, todo = $6, turns = $7, listed = $8, removed = $9, "
    "strangers = $10, note = $11, started_at = $12, finished_at = $13 WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kRemove = "DELETE FROM meeting_sweeps WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kHost =
    "SELECT host FROM meetings WHERE clinic_id = $1 AND provider = $2 AND provider <> 'simple' AND ends_at > $3 "
    "AND owner = $4 AND (CAST($5 AS BIGINT) = 0 OR host > $6) ORDER BY host LIMIT 1";
constexpr store::Sql kByKey =
    "SELECT id FROM meetings WHERE clinic_id = $1 AND appointment_id = $2 AND generation = $3";

std::string_view name_of(Phase phase) {
    for (const auto& [known, name] : kPhases) {
        if (known == phase) return name;
    }
    CHECK(false);
    return {};
}

std::string write_todo(const std::vector<meetings::Listed::One>& todo) {
    json::Writer w;
    w.begin_array();
    for (const auto& one : todo) {
        w.begin_object().field("key", one.key).field("id", one.provider_id).field("start", one.start.micros);
        w.end_object();
    }
    return w.end_array().take();
}

std::vector<meetings::Listed::One> read_todo(std::string_view text) {
    std::vector<meetings::Listed::One> todo;
    const auto document = json::Document::parse(text);
    CHECK(document);  // only save writes it
    const json::View root = document->root();
    for (size_t i = 0; i < root.size(); ++i) {
        const json::View one = root.at(i);
        todo.push_back({one["key"].scalar_if_any().value_or(""), one["id"].scalar_if_any().value_or(""),
                        Instant{one["start"].integer().value_or(0)}});
    }
    return todo;
}

// "apt_0c5t7v2k9m1qa_3", as meeting_keeper::operation writes it.
std::optional<std::pair<AppointmentId, int64_t>> read_key(std::string_view key) {
    constexpr size_t kDigitsMax = 9;
    const size_t at = key.rfind('_');
    if (at == key.npos) return std::nullopt;
    const auto appointment = AppointmentId::parse(key.substr(0, at));
    const std::string_view digits = key.substr(at + 1);
    if (!appointment || digits.empty() || digits.size() > kDigitsMax) return std::nullopt;
    int64_t generation = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        generation = generation * 10 + (c - '0');
    }
    return std::pair(*appointment, generation);
}

}  // namespace

Result<std::optional<Sweep>> find(store::ClinicTx& tx, int64_t id) {
    std::optional<Sweep> found;
    TRY(tx.each(
        kFind,
        [&](const store::Row& row) {
            found = Sweep{.id = row.integer(0),
                          .provider = row.string(1),
                          .owner = ClinicId{row.integer(2)},
                          .host = row.string(4),
                          .memo = row.string(5),
                          .todo = read_todo(row.text(6)),
                          .turns = row.integer(7),
                          .listed = row.integer(8),
                          .removed = row.integer(9),
                          .strangers = row.integer(10),
                          .note = row.string(11),
                          .started_at = row.maybe_instant(12),
                          .finished_at = row.maybe_instant(13)};
            for (const auto& [phase, name] : kPhases) {
                if (name == row.text(3)) found->phase = phase;
            }
        },
        id));
    return found;
}

Result<> save(store::ClinicTx& tx, const Sweep& s) {
    TRY(tx.execute(kSave, s.id, name_of(s.phase), s.host, s.memo, write_todo(s.todo), s.turns, s.listed, s.removed,
                   s.strangers, s.note, s.started_at, s.finished_at));
    return {};
}

Result<> remove(store::ClinicTx& tx, const Sweep& sweep) {
    TRY(tx.execute(kRemove, sweep.id));
    return {};
}

Result<std::optional<std::string>> host_from(store::ClinicTx& tx, const Sweep& sweep, Instant since,
                                             const std::optional<std::string>& after) {
    std::optional<std::string> found;
    TRY(tx.each(
        kHost, [&](const store::Row& row) { found = row.string(0); }, sweep.provider, since, sweep.owner,
        after.has_value(), after.value_or("")));
    return found;
}

Result<> want(jobs::Context& context, store::ClinicTx& tx, std::string_view provider, ClinicId owner) {
    const int64_t id = context.ids().next();
    TRY(const int64_t rows, tx.execute(kWant, id, provider, owner));
    if (rows == 0) return {};
    return context.enqueue(tx,
                           {tx.clinic(), std::string(kSweepMeetingsJob), id, context.now() + MeetingSweeper::kEvery});
}

Result<> hasten(jobs::Context& context, store::ClinicTx& tx) {
    std::vector<int64_t> ids;
    TRY(tx.each(kList, [&](const store::Row& row) { ids.push_back(row.integer(7)); }));
    for (const int64_t id : ids) {
        TRY(jobs::queue::hasten(tx, kSweepMeetingsJob, id, context.now() + MeetingSweeper::kAfterSwitch));
    }
    return {};
}

Result<std::vector<Last>> list(store::ClinicTx& tx) {
    std::vector<Last> found;
    TRY(tx.each(kList, [&](const store::Row& row) {
        found.push_back({row.string(0), row.text(1) != "idle", row.integer(2), row.integer(3), row.integer(4),
                         row.string(5), row.maybe_instant(6)});
    }));
    return found;
}

Result<Verdict> judge(jobs::Context& context, store::ClinicTx& tx, std::string_view provider, ClinicId owner,
                      const meetings::Listed::One& one) {
    const auto key = read_key(one.key);
    MeetingId id;
    if (key) {
        TRY(tx.each(kByKey, [&](const store::Row& row) { id = row.id<MeetingId>(0); }, key->first, key->second));
    }
    if (!id) return Verdict::kStranger;
    TRY(auto found, meeting_rows::find(tx, id));
    CHECK(found);
    Meeting& meeting = found->meeting;
    if (meeting.provider != provider || (meeting.owner != owner && meeting.owner != kAnyOwner)) return Verdict::kOrphan;
    if (!meeting.step.empty()) return Verdict::kInDoubt;
    if (!meeting.provider_id.empty()) {
        if (meeting.provider_id != one.provider_id) return Verdict::kOrphan;  // a copy
        if (meeting.state == MeetingState::kCancelled) return Verdict::kOrphan;
        // One that a newer meeting has replaced goes by its own job; should that have died, it gets another.
        if (found->visit.has_newer) {
            TRY(const auto newest, meeting_rows::find(tx, found->visit.id));
            if (newest && newest->meeting.state == MeetingState::kReady) {
                TRY(context.enqueue(tx, {tx.clinic(), std::string(kClearMeetingJob), id.value, context.now()}));
            }
        }
        return Verdict::kWanted;
    }
    if (meeting.verb) return Verdict::kInDoubt;
    if (!found->visit.wants_meeting(context.now()) || meeting.state == MeetingState::kCancelled)
        return Verdict::kOrphan;
    // The row gave up, and here it is after all.
    meeting.verb = meetings::Verb::kFind;
    TRY(meeting_rows::save(context, tx, meeting));
    TRY(context.enqueue(tx, {tx.clinic(), std::string(kKeepMeetingJob), found->visit.id.value, context.now()}));
    return Verdict::kAdopt;
}

}  // namespace clinicpro::invoices::meeting_sweeps
