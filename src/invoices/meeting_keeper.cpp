#include "invoices/meeting_keeper.hpp"

#include "base/log.hpp"

namespace clinicpro::invoices {
namespace {

using meetings::Verb;

constexpr Duration kWaitLeast = 5s;
constexpr Duration kWaitMost = 30min;
constexpr Duration kLookAgain = 2s;     // while another job's request is on its way
constexpr Duration kAnswerSlack = 90s;  // above the worker's lease slack: the job that sent it is the first to know
constexpr std::string_view kGrant = "meeting.grant";

constexpr store::Sql kLoadGrant =
    "SELECT sealed, expires_at, api_url FROM meeting_grants WHERE clinic_id = $1 AND provider = $2";
constexpr store::Sql kStoreGrant =
    "INSERT INTO meeting_grants (clinic_id, provider, sealed, expires_at, api_url) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (clinic_id, provider) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at, "
    "api_url = excluded.api_url";
constexpr store::Sql kForgetGrant = "DELETE FROM meeting_grants WHERE clinic_id = $1 AND provider = $2";
constexpr store::Sql kFailed =
    "SELECT m.appointment_id FROM appointments a JOIN meetings m ON m.clinic_id = a.clinic_id AND m.appointment_id = "
    "a.id "
    "AND m.generation = a.meeting_generation WHERE a.clinic_id = $1 AND a.starts_at > $2 "
    "AND (m.state = 'failed' OR (m.state = 'wanted' AND m.verb = 'find')) ORDER BY a.starts_at LIMIT $3";

// What both sides read in the provider's list. No name, no reason for the visit (meetings.md 5.6).
constexpr std::string_view kTitle = "Online visit";

meetings::Operation operation_for(const Visit& visit, const Meeting& meeting) {
    return {.verb = *meeting.verb,
            .intent = {.key = visit.id.to_text() + "_" + std::to_string(meeting.generation),
                       .start = meeting.starts_at,
                       .end = meeting.ends_at,
                       .title = std::string(kTitle),
                       .host = {}},
            .provider_id = *meeting.verb == Verb::kCreate ? std::string() : meeting.provider_id};
}

}  // namespace

// One run of a job: what it read, and what it will write.
struct MeetingKeeper::Work {
    jobs::Context& context;
    store::ClinicTx& tx;
    const jobs::Job& job;
    Visit visit;
    Meeting meeting;
    meetings::Operation operation = {};
    meetings::Position position = {};
};

Result<std::shared_ptr<const meetings::Adapter>> MeetingKeeper::adapter_for(store::ClinicTx& tx,
                                                                            const Meeting& meeting) {
    // Only a meeting that nobody may have made yet is free to go to another provider.
    const bool fresh =
        meeting.provider.empty() || (meeting.state == MeetingState::kFailed && meeting.provider_id.empty() &&
                                     meeting.verb == Verb::kCreate && meeting.memo.empty());
    if (fresh) return settings_.adapter(tx);
    TRY(const meetings::Kind kind, meetings::parse_kind(meeting.provider));
    return settings_.adapter(tx, kind);
}

Result<jobs::Plan> MeetingKeeper::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) {
    TRY(auto found, meeting_rows::find(tx, AppointmentId{job.subject}));
    if (!found) return jobs::Next{jobs::Dead{"There is no such visit."}};
    Work work{context, tx, job, found->visit, std::move(found->meeting)};
    Meeting& meeting = work.meeting;

    if (!meeting.verb) {
        meeting.verb = next_verb(work.visit, meeting, context.now());
        meeting.memo.clear();
        if (!meeting.verb) {
            // A meeting that was never made is simply no longer wanted.
            if (meeting.id && meeting.provider_id.empty() && work.visit.is_off() &&
                meeting.state != MeetingState::kCancelled) {
                meeting.state = MeetingState::kCancelled;
                TRY(meeting_rows::save(context, tx, meeting));
            }
            return jobs::Next{jobs::Done{}};
        }
    }
    const bool unanswered = !meeting.step.empty();
    if (unanswered && job.interrupted_step.empty() && context.now() < meeting.answer_until) {
        // Another job's request for this meeting is on its way: a second one could make a second meeting.
        return jobs::Next{jobs::Again{.at = std::min(meeting.answer_until, context.now() + kLookAgain),
                                      .progress = true,
                                      .why = "The meeting provider has not answered yet."}};
    }
    if (!unanswered && (*meeting.verb == Verb::kCreate || *meeting.verb == Verb::kUpdate)) {
        meeting.starts_at = work.visit.starts_at;
        meeting.ends_at = work.visit.ends_at;
    }
    auto adapter = adapter_for(tx, meeting);
    if (!adapter) {
        if (adapter.error().code != Code::kConfig) return std::unexpected(std::move(adapter).error());
        TRY(jobs::Next next, failed(work, {.fault = meetings::Failed::Fault::kConfig,
                                           .sentence = std::move(adapter).error().message,
                                           .retry_at = {}}));
        return next;
    }
    meeting.provider = meetings::to_string((*adapter)->kind());
    work.operation = operation_for(work.visit, meeting);
    TRY(work.position.grant, load_grant(tx, meeting));
    work.position.memo = meeting.memo;

    if (unanswered) {
        const std::string step = std::exchange(meeting.step, {});
        TRY(jobs::Next next,
            turned(work, **adapter, step, net::Unknown{"The program stopped before the answer came."}));
        return next;
    }
    meetings::Step step = (*adapter)->next(work.operation, work.position, context.now());
    if (auto* send = std::get_if<meetings::Send>(&step)) {
        meeting.step = send->step;
        meeting.answer_until = context.now() + send->request.timeout + kAnswerSlack;
        TRY(meeting_rows::save(context, tx, meeting));  // the wish is durable before the request leaves
        return jobs::Send{std::move(send->step), std::move(send->request)};
    }
    TRY(jobs::Next next, remember(work, std::get<meetings::Answer>(step)));
    return next;
}

Result<jobs::Next> MeetingKeeper::absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                         std::string_view step, const net::Outcome& outcome) {
    TRY(auto found, meeting_rows::find(tx, AppointmentId{job.subject}));
    if (!found) return jobs::Done{};
    // An answer so late that another job took its absence for Unknown: that job has asked or will ask the provider.
    if (!found->meeting.verb || found->meeting.step != step)
        return jobs::Again{.at = context.now(), .progress = true, .why = {}};
    Work work{context, tx, job, found->visit, std::move(found->meeting)};
    work.meeting.step.clear();
    auto adapter = adapter_for(tx, work.meeting);
    if (!adapter) {
        if (adapter.error().code != Code::kConfig) return std::unexpected(std::move(adapter).error());
        // The answer cannot be read: it stays unanswered, and is Unknown to the next run.
        work.meeting.step = step;
        return again(work, context.now() + kWaitMost, false, std::move(adapter).error().message);
    }
    work.operation = operation_for(work.visit, work.meeting);
    TRY(work.position.grant, load_grant(tx, work.meeting));
    work.position.memo = work.meeting.memo;
    return turned(work, **adapter, step, outcome);
}

Result<jobs::Next> MeetingKeeper::turned(Work& work, const meetings::Adapter& adapter, std::string_view step,
                                         const net::Outcome& outcome) {
    const meetings::Turn turn = adapter.absorb(work.operation, step, work.position, outcome, work.context.now());
    if (const auto* answer = std::get_if<meetings::Answer>(&turn)) return remember(work, *answer);
    const auto& onward = std::get<meetings::Onward>(turn);
    work.meeting.memo = onward.memo;
    if (onward.grant) TRY(store_grant(work.tx, work.meeting, *onward.grant));
    return again(work, work.context.now() + onward.wait, true, work.meeting.note);
}

Result<jobs::Next> MeetingKeeper::remember(Work& work, const meetings::Answer& answer) {
    Meeting& meeting = work.meeting;
    const Instant now = work.context.now();
    const auto wait = [&] {
        return now + jobs::back_off(work.job.attempt, kWaitLeast, kWaitMost, int(work.visit.id.value % 1000));
    };
    // The operation ended; what remains to be done is decided anew, at once, from the rows.
    const auto done = [&](MeetingState state, std::string note = {}) -> Result<jobs::Next> {
        meeting.state = state;
        meeting.verb.reset();
        meeting.memo.clear();
        meeting.note = std::move(note);
        TRY(meeting_rows::save(work.context, work.tx, meeting));
        if (next_verb(work.visit, meeting, now)) return jobs::Again{.at = now, .progress = true, .why = {}};
        return jobs::Done{};
    };
    if (const auto* ready = std::get_if<meetings::Ready>(&answer)) {
        meeting.provider_id = ready->provider_id;
        TRY(keep_secrets(work, *ready));
        return done(MeetingState::kReady, ready->warning);
    }
    if (const auto* pending = std::get_if<meetings::Pending>(&answer)) {
        if (meeting.id && now - meeting.created_at > kPendingMax) {
            return failed(work,
                          {.fault = meetings::Failed::Fault::kInvalid,
                           .sentence = "The meeting provider never gave a link. Choose another provider or try again.",
                           .retry_at = {}});
        }
        meeting.state = MeetingState::kPending;
        meeting.provider_id = pending->provider_id;
        meeting.verb = Verb::kFind;
        meeting.memo.clear();
        return again(work, pending->poll_at, true, {});
    }
    if (std::holds_alternative<meetings::Absent>(answer)) {
        if (work.visit.is_off()) return done(MeetingState::kCancelled);
        if (work.operation.verb == Verb::kFind && meeting.provider_id.empty()) {
            meeting.verb = Verb::kCreate;  // it certainly was not made: now it may be
            meeting.memo.clear();
            return again(work, now, true, {});
        }
        // It existed and is gone: somebody deleted it at the provider. The next one is a new one.
        TRY(done(MeetingState::kCancelled));
        if (!work.visit.wants_meeting(now)) return jobs::Done{};
        TRY(meeting_rows::next_generation(work.context, work.tx, work.visit));
        return jobs::Again{.at = now, .progress = true, .why = "The meeting was deleted at the provider."};
    }
    if (std::holds_alternative<meetings::Cancelled>(answer)) return done(MeetingState::kCancelled);
    if (const auto* unknown = std::get_if<meetings::Unknown>(&answer)) {
        switch (unknown->how) {
            // Looking first is right even where creating again would be safe: the visit may be cancelled or the
            // provider changed before the next try, and then nobody would know of a meeting that was made.
            case meetings::Unknown::How::kFind:
            case meetings::Unknown::How::kCreateAgain: meeting.verb = Verb::kFind; break;
            case meetings::Unknown::How::kRepeat: break;
        }
        meeting.memo.clear();
        // Without end: whether the provider made it must be known before anything else may be done.
        return again(work, wait(), false, unknown->reason);
    }
    const auto* failure = std::get_if<meetings::Failed>(&answer);
    CHECK(failure);  // the other answers belong to verbs that are not asked here
    return failed(work, *failure);
}

Result<jobs::Next> MeetingKeeper::again(Work& work, Instant at, bool progress, std::string note) {
    work.meeting.note = note;
    TRY(meeting_rows::save(work.context, work.tx, work.meeting));
    return jobs::Again{.at = at, .progress = progress, .why = std::move(note)};
}

Result<jobs::Next> MeetingKeeper::failed(Work& work, const meetings::Failed& failure) {
    Meeting& meeting = work.meeting;
    const Instant now = work.context.now();
    if (meetings::is_worth_retrying(failure.fault) && work.job.attempt < kAttemptsMax) {
        const Instant at = failure.retry_at.value_or(
            now + jobs::back_off(work.job.attempt, kWaitLeast, kWaitMost, int(work.visit.id.value % 1000)));
        meeting.memo.clear();
        return again(work, at, false, failure.sentence);
    }
    log::warn("meeting.failed", {{"clinic", work.tx.clinic().value},
                                 {"appointment", work.visit.id.to_text()},
                                 {"fault", meetings::to_string(failure.fault)}});
    // Whether it was made is still open: without end, for this must be known before anything else may be done.
    if (meeting.provider_id.empty() && (meeting.verb == Verb::kFind || !meeting.step.empty())) {
        return again(work, now + kWaitMost, false, failure.sentence);
    }
    meeting.state = MeetingState::kFailed;
    meeting.verb.reset();
    meeting.memo.clear();
    meeting.step.clear();
    meeting.note = failure.sentence;
    TRY(meeting_rows::save(work.context, work.tx, meeting));
    return jobs::Done{};
}

Result<> MeetingKeeper::keep_secrets(Work& work, const meetings::Ready& ready) {
    TRY(const crypto::DataKey* key, vault_.key(work.tx));
    work.meeting.url_sealed = key->seal(ready.patient_url, meeting_rows::kUrl, vault_.entropy());
    work.meeting.passcode_sealed =
        ready.passcode ? key->seal(*ready.passcode, meeting_rows::kPasscode, vault_.entropy()) : std::string();
    return {};
}

Result<meetings::Grant> MeetingKeeper::load_grant(store::ClinicTx& tx, const Meeting& meeting) {
    meetings::Grant grant;
    if (meeting.provider == meetings::to_string(meetings::Kind::kSimple)) return grant;  // it contacts nobody
    std::string sealed;
    TRY(tx.each(
        kLoadGrant,
        [&](const store::Row& row) {
            sealed = row.text(0);
            grant.expires_at = row.instant(1);
            grant.api_url = row.text(2);
        },
        meeting.provider));
    if (sealed.empty()) return grant;
    TRY(const crypto::DataKey* key, vault_.key(tx));
    TRY(grant.token, key->open(sealed, kGrant));
    return grant;
}

Result<> MeetingKeeper::store_grant(store::ClinicTx& tx, const Meeting& meeting, const meetings::Grant& grant) {
    if (grant.token.empty()) {
        TRY(tx.execute(kForgetGrant, meeting.provider));
        return {};
    }
    TRY(const crypto::DataKey* key, vault_.key(tx));
    const std::string sealed = key->seal(grant.token.reveal(), kGrant, vault_.entropy());
    TRY(tx.execute(kStoreGrant, meeting.provider, store::Blob{sealed}, grant.expires_at, grant.api_url));
    return {};
}

namespace meeting_keeper {

Result<> retry_failed(jobs::Context& context, store::ClinicTx& tx) {
    std::vector<int64_t> visits;
    TRY(tx.each(kFailed, [&](const store::Row& row) { visits.push_back(row.integer(0)); }, context.now(), kRetryMax));
    for (const int64_t visit : visits) {
        TRY(context.enqueue(tx, {tx.clinic(), std::string(kKeepMeetingJob), visit, context.now()}));
    }
    return {};
}

Result<std::optional<Listed>> of_visit(store::ClinicTx& tx, AppointmentId appointment) {
    TRY(const auto found, meeting_rows::find(tx, appointment));
    std::optional<Listed> listed;
    if (!found || !found->meeting.id) return listed;
    const Meeting& m = found->meeting;
    listed =
        Listed{appointment, m.provider, std::string(to_string(m.state)), m.note, m.starts_at, !m.url_sealed.empty()};
    return listed;
}

}  // namespace meeting_keeper
}  // namespace clinicpro::invoices
