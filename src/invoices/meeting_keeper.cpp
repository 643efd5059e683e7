#include "invoices/meeting_keeper.hpp"

#include "base/json.hpp"
#include "base/log.hpp"
#include "clinics/audit.hpp"
#include "invoices/meeting_fallback.hpp"
#include "invoices/meeting_sweep.hpp"
#include "payments/day_sums.hpp"

namespace clinicpro::invoices {
namespace {

using meetings::Verb;

constexpr Duration kWaitLeast = 5s;
constexpr Duration kWaitMost = 30min;
constexpr Duration kLookAgain = 2s;     // while another job's request is on its way
constexpr Duration kAnswerSlack = 90s;  // above the worker's lease slack: the job that sent it is the first to know

// The nearer the visit, the more often: a link that comes after its visit is no use.
Duration wait_most(const Visit& visit, Instant now) {
    return std::clamp(Duration((visit.starts_at - now) / 8), Duration(1min), kWaitMost);
}

bool is_remote(std::string_view provider) {
    return provider != meetings::to_string(meetings::Kind::kSimple);
}

// Those of earlier generations have served.
Result<> clear_earlier(jobs::Context& context, store::ClinicTx& tx, const Visit& visit) {
    TRY(const auto earlier, meeting_rows::earlier(tx, visit.id, visit.meeting_generation));
    for (const MeetingId one : earlier) {
        TRY(context.enqueue(tx, {tx.clinic(), std::string(kClearMeetingJob), one.value, context.now()}));
    }
    return {};
}

Result<std::optional<meeting_rows::Found>> find(store::ClinicTx& tx, const jobs::Job& job) {
    return job.kind == kClearMeetingJob ? meeting_rows::find(tx, MeetingId{job.subject})
                                        : meeting_rows::find(tx, AppointmentId{job.subject});
}

}  // namespace

// One run of a job: what it read, and what it will write.
struct MeetingKeeper::Work {
    jobs::Context& context;
    store::ClinicTx& tx;
    const jobs::Job& job;
    Visit visit;
    Meeting meeting;
    std::shared_ptr<const meetings::Adapter> adapter = {};
    Connection connection = {};
    meetings::Operation operation = {};
    meetings::Position position = {};

    Instant now() const { return context.now(); }
    Instant next_try() const {
        return now() + jobs::back_off(job.attempt, kWaitLeast, wait_most(visit, now()), int(visit.id.value % 1000));
    }
};

// Writes the provider's name down even when it cannot be had: what follows must know who failed.
Result<Provider> MeetingKeeper::provider_for(store::ClinicTx& tx, Meeting& meeting) {
    if (is_fresh(meeting)) {
        TRY(const auto choice, MeetingSettings::current(tx));
        meeting.provider = choice ? meetings::to_string(choice->settings.kind) : std::string_view();
        meeting.fell_back_from.clear();
        meeting.fell_back_why.clear();
        return choice ? settings_.provider(tx, *choice) : settings_.provider(tx);
    }
    TRY(const meetings::Kind kind, meetings::parse_kind(meeting.provider));
    return settings_.provider(tx, kind, meeting.owner);
}

Result<> MeetingKeeper::prepare(Work& work, Provider provider) {
    work.meeting.owner = provider.owner;
    work.operation = meeting_keeper::operation(work.meeting, *work.meeting.verb);
    TRY(work.connection,
        meeting_connections::load(work.tx, vault_, provider, provider.adapter->account(work.operation.intent)));
    work.position = {work.connection.grant, work.meeting.memo};
    work.adapter = std::move(provider.adapter);
    return {};
}

Result<jobs::Plan> MeetingKeeper::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) {
    TRY(auto found, find(tx, job));
    if (!found) return jobs::Next{jobs::Dead{"There is no such visit."}};
    Work work{context, tx, job, std::move(found->visit), std::move(found->meeting)};
    Meeting& meeting = work.meeting;
    const Instant now = context.now();

    if (!meeting.verb) {
        meeting.verb = next_verb(work.visit, meeting, now);
        meeting.memo.clear();
        if (!meeting.verb) {
            // A meeting that was never made is simply no longer wanted.
            if (meeting.id && meeting.provider_id.empty() && work.visit.is_off() &&
                meeting.state != MeetingState::kCancelled) {
                meeting.state = MeetingState::kCancelled;
                TRY(meeting_rows::save(context, tx, meeting));
            }
            if (work.visit.is_off()) TRY(clear_earlier(context, tx, work.visit));
            return jobs::Next{jobs::Done{}};
        }
    }
    const bool unanswered = !meeting.step.empty();
    if (unanswered && job.interrupted_step.empty() && now < meeting.answer_until) {
        // Another job's request for this meeting is on its way: a second one could make a second meeting.
        return jobs::Next{jobs::Again{.at = std::min(meeting.answer_until, now + kLookAgain),
                                      .progress = true,
                                      .why = "The meeting provider has not answered yet."}};
    }
    // Not between the requests of one operation: the first told the provider the time; next_verb sees a visit that moved.
    if (!unanswered && meeting.memo.empty() && (*meeting.verb == Verb::kCreate || *meeting.verb == Verb::kUpdate)) {
        meeting.starts_at = work.visit.starts_at;
        meeting.ends_at = work.visit.ends_at;
        if (*meeting.verb == Verb::kCreate) meeting.host = work.visit.host;
    }
    auto provider = provider_for(tx, meeting);
    if (!provider) {
        if (provider.error().code != Code::kConfig) return std::unexpected(std::move(provider).error());
        TRY(jobs::Next next, failed(work, {.fault = meetings::Failed::Fault::kConfig,
                                           .sentence = std::move(provider).error().message,
                                           .retry_at = {}}));
        return next;
    }
    TRY(prepare(work, *std::move(provider)));
    if (unanswered) {
        const std::string step = std::exchange(meeting.step, {});
        TRY(jobs::Next next, turned(work, step, net::Unknown{"The program stopped before the answer came."}));
        return next;
    }
    if (work.connection.broken_at) {
        TRY(jobs::Next next,
            failed(work, {.fault = meetings::Failed::Fault::kAuth, .sentence = work.connection.note, .retry_at = {}}));
        return next;
    }
    const bool fetches = is_remote(meeting.provider) && !work.position.grant.lasts(now);
    if (fetches && work.connection.asked_until > now) {
        return jobs::Next{jobs::Again{.at = now + meeting_connections::kLookAgain,
                                      .progress = true,
                                      .why = "Access to the meeting provider is being renewed."}};
    }
    meetings::Step step = work.adapter->next(work.operation, work.position, now);
    if (auto* send = std::get_if<meetings::Send>(&step)) {
        if (fetches) {
            TRY(meeting_connections::fetching(tx, work.connection,
                                              now + send->request.timeout + meeting_connections::kFetchSlack));
        }
        if (*meeting.verb == Verb::kCreate) TRY(meeting_sweeps::want(context, tx, meeting.provider, meeting.owner));
        meeting.step = fetches ? send->step : meeting_connections::marked(send->step, work.position.grant);
        meeting.answer_until = now + send->request.timeout + kAnswerSlack;
        TRY(meeting_rows::save(context, tx, meeting));  // the wish is durable before the request leaves
        return jobs::Send{meeting.step, std::move(send->request)};
    }
    TRY(jobs::Next next, remember(work, std::get<meetings::Answer>(step)));
    return next;
}

Result<jobs::Next> MeetingKeeper::absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                         std::string_view step, const net::Outcome& outcome) {
    TRY(auto found, find(tx, job));
    if (!found) return jobs::Done{};
    // An answer so late that another job took its absence for Unknown, or that its visit has a newer meeting: the job
    // that looks after that row has asked or will ask the provider.
    if (!found->meeting.verb || found->meeting.step != step)
        return jobs::Again{.at = context.now(), .progress = true, .why = {}};
    Work work{context, tx, job, std::move(found->visit), std::move(found->meeting)};
    // The one that was asked, whatever is chosen by now.
    TRY(const meetings::Kind kind, meetings::parse_kind(work.meeting.provider));
    auto provider = settings_.provider(tx, kind, work.meeting.owner);
    if (!provider) {
        if (provider.error().code != Code::kConfig) return std::unexpected(std::move(provider).error());
        // The answer cannot be read: it stays unanswered, and is Unknown to the next run.
        return again(work, context.now() + kWaitMost, false, std::move(provider).error().message);
    }
    work.meeting.step.clear();
    TRY(prepare(work, *std::move(provider)));
    return turned(work, step, outcome);
}

Result<jobs::Next> MeetingKeeper::turned(Work& work, std::string_view step, const net::Outcome& outcome) {
    const auto [name, mark] = meeting_connections::unmarked(step);
    const bool fetched = is_remote(work.meeting.provider) && mark.empty();
    const meetings::Turn turn = work.adapter->absorb(work.operation, name, work.position, outcome, work.now());
    const auto* onward = std::get_if<meetings::Onward>(&turn);
    const bool drops = onward != nullptr && onward->grant && onward->grant->token.empty();
    // Refused was a token that another job has replaced since: the one we have is not forgotten for it.
    if (drops && !mark.empty() && mark != meeting_connections::mark_of(work.position.grant)) {
        return again(work, work.now(), true, work.meeting.note);
    }
    if (onward != nullptr && onward->grant) {
        TRY(meeting_connections::keep(work.tx, vault_, work.connection, *onward->grant));
    } else if (fetched) {
        TRY(meeting_connections::fetching(work.tx, work.connection, Instant{}));
    }
    if (onward == nullptr) return remember(work, std::get<meetings::Answer>(turn));
    work.meeting.memo = onward->memo;
    return again(work, work.now() + onward->wait, true, work.meeting.note);
}

// The operation ended; what remains to be done is decided anew, at once, from the rows.
Result<jobs::Next> MeetingKeeper::done(Work& work, MeetingState state, std::string note) {
    Meeting& meeting = work.meeting;
    meeting.state = state;
    meeting.verb.reset();
    meeting.memo.clear();
    meeting.note = std::move(note);
    meeting.leaving = false;
    TRY(meeting_rows::save(work.context, work.tx, meeting));
    if (state == MeetingState::kReady || work.visit.is_off()) {
        if (!work.visit.has_newer) TRY(clear_earlier(work.context, work.tx, work.visit));
    }
    if (next_verb(work.visit, meeting, work.now())) return jobs::Again{.at = work.now(), .progress = true, .why = {}};
    return jobs::Done{};
}

Result<jobs::Next> MeetingKeeper::remember(Work& work, const meetings::Answer& answer) {
    Meeting& meeting = work.meeting;
    const Instant now = work.now();
    if (const auto* ready = std::get_if<meetings::Ready>(&answer)) {
        meeting.provider_id = ready->provider_id;
        // Made by an earlier try, before the visit moved: next_verb compares with the visit.
        if (ready->held) std::tie(meeting.starts_at, meeting.ends_at) = std::tie(ready->held->start, ready->held->end);
        if (meeting.url_sealed.empty()) {  // the first link of this meeting: how long did the patient wait for it?
            namespace sums = payments::day_sums;
            const int64_t seconds = meeting.id ? (now - meeting.created_at) / 1s : 0;
            TRY(sums::add(work.tx, {.day = sums::day_of(now), .what = sums::kLink, .method = meeting.provider, .seconds = seconds, .n = 1}));
        }
        TRY(keep_secrets(work, *ready));
        return done(work, MeetingState::kReady, ready->warning);
    }
    if (const auto* pending = std::get_if<meetings::Pending>(&answer)) {
        meeting.state = MeetingState::kPending;
        meeting.provider_id = pending->provider_id;
        meeting.verb = Verb::kFind;
        meeting.memo.clear();
        TRY(const auto next, next_provider(work));
        if (next && now >= meeting_fallback::latest(work.visit, meeting)) {
            meeting.leaving = true;
            meeting.verb = Verb::kCancel;
            return again(work, now, true, "The meeting provider gave no link in time.");
        }
        if (meeting.id && now - meeting.created_at > kPendingMax) {
            return failed(work,
                          {.fault = meetings::Failed::Fault::kInvalid,
                           .sentence = "The meeting provider never gave a link. Choose another provider or try again.",
                           .retry_at = {}});
        }
        return again(work, pending->poll_at, true, {});
    }
    if (std::holds_alternative<meetings::Absent>(answer)) return absent(work);
    if (std::holds_alternative<meetings::Cancelled>(answer)) {
        return meeting.leaving && !work.visit.is_off() ? fall_back(work, meeting.note)
                                                       : done(work, MeetingState::kCancelled);
    }
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
        return again(work, work.next_try(), false, meeting.leaving ? meeting.note : unknown->reason);
    }
    const auto* failure = std::get_if<meetings::Failed>(&answer);
    CHECK(failure);  // the other answers belong to verbs that are not asked here
    return failed(work, *failure);
}

Result<jobs::Next> MeetingKeeper::absent(Work& work) {
    Meeting& meeting = work.meeting;
    if (work.visit.is_off()) return done(work, MeetingState::kCancelled);
    if (meeting.leaving) return fall_back(work, meeting.note);
    if (work.operation.verb == Verb::kFind && meeting.provider_id.empty()) {
        meeting.verb = Verb::kCreate;  // it certainly was not made: now it may be
        meeting.memo.clear();
        return again(work, work.now(), true, {});
    }
    // It existed and is gone: somebody deleted it at the provider. The next one is a new one.
    TRY(done(work, MeetingState::kCancelled));
    if (!work.visit.wants_meeting(work.now())) return jobs::Done{};
    TRY(meeting_rows::next_generation(work.context, work.tx, work.visit));
    return jobs::Again{.at = work.now(), .progress = true, .why = "The meeting was deleted at the provider."};
}

Result<jobs::Next> MeetingKeeper::again(Work& work, Instant at, bool progress, std::string note) {
    work.meeting.note = note;
    TRY(meeting_rows::save(work.context, work.tx, work.meeting));
    return jobs::Again{.at = at, .progress = progress, .why = std::move(note)};
}

Result<jobs::Next> MeetingKeeper::failed(Work& work, const meetings::Failed& failure) {
    Meeting& meeting = work.meeting;
    const Instant now = work.now();
    if (failure.fault == meetings::Failed::Fault::kAuth && work.adapter && !work.connection.broken_at) {
        TRY(meeting_connections::broke(work.context, work.tx, work.connection, failure.sentence));
    }
    const bool tries_left = meetings::is_worth_retrying(failure.fault) && work.job.attempt < kAttemptsMax;
    if (meeting.leaving && meeting.provider_id.empty()) {
        meeting.memo.clear();
        if (tries_left) return again(work, work.next_try(), false, meeting.note);
        // The provider refused to make it and refuses to say more. A refusal is an answer: there is nothing.
        return fall_back(work, meeting.note);
    }
    TRY(const auto next, next_provider(work));
    if (next && meeting.verb == Verb::kCreate &&
        meeting_fallback::gives_up(failure.fault, work.visit, meeting, tries_left, now)) {
        meeting.memo.clear();
        // Where nobody is let in, nobody can look either; and nothing was made.
        if (failure.fault == meetings::Failed::Fault::kAuth || !work.adapter) return fall_back(work, failure.sentence);
        meeting.leaving = true;
        meeting.verb = Verb::kFind;
        return again(work, now, true, failure.sentence);
    }
    if (tries_left) {
        Instant at = failure.retry_at.value_or(work.next_try());
        if (next) at = std::min(at, std::max(meeting_fallback::latest(work.visit, meeting), now + kWaitLeast));
        meeting.memo.clear();
        return again(work, at, false, failure.sentence);
    }
    log::warn("meeting.failed", {{"clinic", work.tx.clinic().value},
                                 {"appointment", work.visit.id.to_text()},
                                 {"fault", meetings::to_string(failure.fault)}});
    // Whether it was made is still open: without end, for this must be known before anything else may be done.
    if (meeting.provider_id.empty() && (meeting.verb == Verb::kFind || !meeting.step.empty())) {
        return again(work, now + wait_most(work.visit, now), false, failure.sentence);
    }
    meeting.state = MeetingState::kFailed;
    meeting.verb.reset();
    meeting.memo.clear();
    meeting.step.clear();
    meeting.leaving = false;
    meeting.note = failure.sentence;
    TRY(meeting_rows::save(work.context, work.tx, meeting));
    // A person sees it by now, and need not come: what may pass by itself is tried on while it is of use.
    if (meetings::is_worth_retrying(failure.fault) && now < meeting.ends_at && next_verb(work.visit, meeting, now)) {
        const Duration wait = work.visit.is_off() ? kWaitMost : wait_most(work.visit, now);
        return jobs::Again{.at = std::max(failure.retry_at.value_or(now), now + wait), .why = failure.sentence};
    }
    return jobs::Done{};
}

// Nothing when the visit has no other provider to go to, or the meeting is not one that could go.
Result<std::optional<meetings::Kind>> MeetingKeeper::next_provider(Work& work) {
    std::optional<meetings::Kind> none;
    if (work.meeting.provider.empty() || work.visit.is_off()) return none;
    TRY(const auto order, meeting_fallback::order(work.tx));
    if (order.empty()) return none;
    TRY(const auto choice, MeetingSettings::current(work.tx));
    if (!choice) return none;
    TRY(const meetings::Kind failed, meetings::parse_kind(work.meeting.provider));
    return meeting_fallback::next_after(failed, choice->settings.kind, order);
}

Result<jobs::Next> MeetingKeeper::fall_back(Work& work, const std::string& why) {
    Meeting& left = work.meeting;
    if (work.visit.is_off()) return done(work, MeetingState::kCancelled);
    TRY(const auto next, next_provider(work));
    Meeting made{.appointment = work.visit.id,
                 .generation = left.generation + 1,
                 .provider = std::string(next ? meetings::to_string(*next) : std::string_view(left.provider)),
                 .starts_at = work.visit.starts_at,
                 .ends_at = work.visit.ends_at,
                 .fell_back_from = left.fell_back_from.empty() ? left.provider : left.fell_back_from,
                 .fell_back_why = left.fell_back_why.empty() ? why : left.fell_back_why};
    if (!next) {  // the order was shortened in the meantime
        left.leaving = false;
        left.verb = Verb::kCreate;
        return failed(work, {.fault = meetings::Failed::Fault::kConfig, .sentence = why, .retry_at = {}});
    }
    left.leaving = false;
    TRY(done(work, MeetingState::kCancelled));
    TRY(meeting_rows::next_generation(work.context, work.tx, work.visit));
    TRY(meeting_rows::save(work.context, work.tx, made));
    json::Writer detail;
    detail.begin_object().field("from", left.provider).field("to", made.provider).field("why", why).end_object();
    TRY(clinics::audit::append(work.tx,
                               {work.now(), "system", "meeting.fell_back", work.visit.id.to_text(), detail.take()}));
    // A job of its own: it has all its tries before it.
    TRY(work.context.enqueue(work.tx,
                             {work.tx.clinic(), std::string(kKeepMeetingJob), work.visit.id.value, work.now()}));
    return jobs::Done{};
}

Result<> MeetingKeeper::keep_secrets(Work& work, const meetings::Ready& ready) {
    TRY(const crypto::DataKey* key, vault_.key(work.tx));
    work.meeting.url_sealed = key->seal(ready.patient_url, meeting_rows::kUrl, vault_.entropy());
    work.meeting.passcode_sealed =
        ready.passcode ? key->seal(*ready.passcode, meeting_rows::kPasscode, vault_.entropy()) : std::string();
    return {};
}

}  // namespace clinicpro::invoices
