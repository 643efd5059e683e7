// meeting_sweep.cpp: the sweeping job; its rows and verdicts are in meeting_sweeps.cpp.
#include "invoices/meeting_sweep.hpp"

#include "base/json.hpp"
#include "clinics/audit.hpp"
#include "invoices/meeting_sweep_row.hpp"

namespace clinicpro::invoices {
namespace {

using meetings::Verb;
using meeting_sweeps::Phase;
using meeting_sweeps::Sweep;
using meeting_sweeps::Verdict;

constexpr Duration kWaitLeast = 30s;
constexpr Duration kWaitMost = 30min;

}  // namespace

struct MeetingSweeper::Work {
    jobs::Context& context;
    store::ClinicTx& tx;
    const jobs::Job& job;
    Sweep sweep;
    Provider provider = {};
    Connection connection = {};
    meetings::Operation operation = {};

    Instant now() const { return context.now(); }
    Result<jobs::Next> again(Instant at, bool progress, std::string why = {}) {
        TRY(meeting_sweeps::save(tx, sweep));
        return jobs::Again{.at = at, .progress = progress, .why = std::move(why)};
    }
};

// False: the account is out of reach; sweep.note says why.
Result<bool> MeetingSweeper::prepare(Work& work) {
    Sweep& sweep = work.sweep;
    TRY(const meetings::Kind kind, meetings::parse_kind(sweep.provider));
    auto provider = settings_.provider(work.tx, kind, sweep.owner);
    if (!provider) {
        if (provider.error().code != Code::kConfig) return std::unexpected(std::move(provider).error());
        sweep.note = provider.error().message;
        return false;
    }
    work.provider = *std::move(provider);
    if (sweep.phase == Phase::kRemoving) {
        const meetings::Listed::One& one = sweep.todo.front();
        work.operation = {Verb::kCancel,
                          {.key = one.key, .start = one.start, .end = one.start + 1h, .title = "Online visit",
                           .host = sweep.host},
                          one.provider_id};
    } else {
        work.operation = {Verb::kList,
                          {.key = "sweep", .start = *sweep.started_at - kBack, .end = *sweep.started_at + kAhead,
                           .title = "Online visit", .host = sweep.host},
                          {}};
    }
    TRY(work.connection, meeting_connections::load(work.tx, vault_, work.provider,
                                                   work.provider.adapter->account(work.operation.intent)));
    if (work.connection.broken_at) {
        sweep.note = work.connection.note;
        return false;
    }
    return true;
}

Result<jobs::Plan> MeetingSweeper::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) {
    TRY(auto found, meeting_sweeps::find(tx, job.subject));
    if (!found) return jobs::Next{jobs::Done{}};
    Work work{context, tx, job, *std::move(found)};
    Sweep& sweep = work.sweep;
    const Instant now = context.now();
    if (sweep.phase == Phase::kIdle) {
        sweep.started_at = now;
        TRY(const auto host, meeting_sweeps::host_from(tx, sweep, now - kBack, {}));
        if (!host) {  // no meeting is left there to go astray
            TRY(meeting_sweeps::remove(tx, sweep));
            return jobs::Next{jobs::Done{}};
        }
        sweep.phase = Phase::kListing;
        sweep.host = *host;
        sweep.memo.clear();
        sweep.note.clear();
        sweep.turns = sweep.listed = sweep.removed = sweep.strangers = 0;
    }
    // Nothing here is made, and removing may be repeated: what was interrupted simply starts anew.
    if (!job.interrupted_step.empty()) sweep.memo.clear();
    if (sweep.phase == Phase::kRemoving) {
        // The rows may have changed since the list was made.
        TRY(const Verdict verdict, meeting_sweeps::judge(context, tx, sweep.provider, sweep.owner, sweep.todo.front()));
        if (verdict != Verdict::kOrphan) {
            TRY(jobs::Next next, removed(work));
            return next;
        }
    }
    TRY(const bool reachable, prepare(work));
    if (!reachable) {
        TRY(jobs::Next next, finish(work, sweep.note));
        return next;
    }
    const bool fetches = !work.connection.grant.lasts(now);
    if (fetches && work.connection.asked_until > now) {
        return jobs::Next{jobs::Again{.at = now + meeting_connections::kLookAgain, .progress = true, .why = {}}};
    }
    meetings::Step step = work.provider.adapter->next(work.operation, {work.connection.grant, sweep.memo}, now);
    if (auto* send = std::get_if<meetings::Send>(&step)) {
        if (fetches) {
            TRY(meeting_connections::fetching(tx, work.connection,
                                              now + send->request.timeout + meeting_connections::kFetchSlack));
        }
        TRY(meeting_sweeps::save(tx, sweep));
        return jobs::Send{std::move(send->step), std::move(send->request)};
    }
    TRY(jobs::Next next, remember(work, std::get<meetings::Answer>(step)));
    return next;
}

Result<jobs::Next> MeetingSweeper::absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                          std::string_view step, const net::Outcome& outcome) {
    TRY(auto found, meeting_sweeps::find(tx, job.subject));
    if (!found || found->phase == Phase::kIdle) return jobs::Done{};
    Work work{context, tx, job, *std::move(found)};
    TRY(const bool reachable, prepare(work));
    if (!reachable) return finish(work, work.sweep.note);
    const bool fetched = !work.connection.grant.lasts(context.now());
    const meetings::Turn turn = work.provider.adapter->absorb(
        work.operation, step, {work.connection.grant, work.sweep.memo}, outcome, context.now());
    const auto* onward = std::get_if<meetings::Onward>(&turn);
    if (onward != nullptr && onward->grant) {
        TRY(meeting_connections::keep(tx, vault_, work.connection, *onward->grant));
    } else if (fetched) {
        TRY(meeting_connections::fetching(tx, work.connection, Instant{}));
    }
    if (onward == nullptr) return remember(work, std::get<meetings::Answer>(turn));
    work.sweep.memo = onward->memo;
    if (++work.sweep.turns > kTurnsMax) return finish(work, "The list is too long for one sweep.");
    return work.again(context.now() + std::max(onward->wait, kPace), true);
}

Result<jobs::Next> MeetingSweeper::remember(Work& work, const meetings::Answer& answer) {
    Sweep& sweep = work.sweep;
    sweep.memo.clear();
    if (const auto* list = std::get_if<meetings::Listed>(&answer)) return listed(work, *list);
    if (std::holds_alternative<meetings::Cancelled>(answer) || std::holds_alternative<meetings::Absent>(answer)) {
        const meetings::Listed::One& one = sweep.todo.front();
        json::Writer detail;
        detail.begin_object().field("provider", sweep.provider).field("starts_at", to_iso(one.start)).end_object();
        TRY(clinics::audit::append(
            work.tx, {work.now(), "system", "meeting.orphan_removed", one.key, detail.take()}));
        ++sweep.removed;
        return removed(work);
    }
    const auto* failure = std::get_if<meetings::Failed>(&answer);
    const auto* unknown = std::get_if<meetings::Unknown>(&answer);
    CHECK(failure || unknown);  // the other answers belong to verbs that are not asked here
    const std::string why = failure ? failure->sentence : unknown->reason;
    if (failure && failure->fault == meetings::Failed::Fault::kAuth) {
        TRY(meeting_connections::broke(work.context, work.tx, work.connection, why));
    }
    if ((unknown || meetings::is_worth_retrying(failure->fault)) && work.job.attempt < kTriesMax) {
        const Instant at = failure && failure->retry_at
                               ? *failure->retry_at
                               : work.now() + jobs::back_off(work.job.attempt, kWaitLeast, kWaitMost, 0);
        return work.again(at, false, why);
    }
    return finish(work, why);
}

Result<jobs::Next> MeetingSweeper::listed(Work& work, const meetings::Listed& list) {
    Sweep& sweep = work.sweep;
    sweep.listed += int64_t(list.meetings.size());
    for (const auto& one : list.meetings) {
        TRY(const Verdict verdict, meeting_sweeps::judge(work.context, work.tx, sweep.provider, sweep.owner, one));
        if (verdict == Verdict::kStranger) ++sweep.strangers;
        if (verdict != Verdict::kOrphan) continue;
        if (sweep.todo.size() + size_t(sweep.removed) < kRemovedMax) {
            sweep.todo.push_back(one);
        } else {
            sweep.note = "More orphans were found than one sweep may remove; the next one goes on.";
        }
    }
    if (sweep.todo.empty()) return next_host(work);
    sweep.phase = Phase::kRemoving;
    return work.again(work.now() + kPace, true);
}

// The first of the list is dealt with.
Result<jobs::Next> MeetingSweeper::removed(Work& work) {
    work.sweep.todo.erase(work.sweep.todo.begin());
    return work.sweep.todo.empty() ? next_host(work) : work.again(work.now() + kPace, true);
}

Result<jobs::Next> MeetingSweeper::next_host(Work& work) {
    Sweep& sweep = work.sweep;
    TRY(const auto host, meeting_sweeps::host_from(work.tx, sweep, *sweep.started_at - kBack, sweep.host));
    if (!host) return finish(work, sweep.note);
    sweep.phase = Phase::kListing;
    sweep.host = *host;
    sweep.turns = 0;
    return work.again(work.now() + kPace, true);
}

Result<jobs::Next> MeetingSweeper::finish(Work& work, std::string note) {
    Sweep& sweep = work.sweep;
    sweep.phase = Phase::kIdle;
    sweep.memo.clear();
    sweep.todo.clear();
    sweep.note = std::move(note);
    sweep.finished_at = work.now();
    return work.again(work.now() + kEvery, true, sweep.note);
}

}  // namespace clinicpro::invoices
