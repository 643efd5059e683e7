#include "invoices/meeting_call.hpp"

#include <thread>

#include "clinics/audit.hpp"
#include "invoices/meeting_keeper.hpp"
#include "jobs/queue.hpp"

namespace clinicpro::invoices {

using meetings::Finding;
using meetings::Verb;

Result<> MeetingCall::write(const std::function<Result<>(jobs::Context&, store::ClinicTx&)>& body) {
    return database.write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, clinic);
        jobs::QueueContext context(ids, clock.now());
        return body(context, tx);
    });
}

Result<MeetingCall::Picked> MeetingCall::pick(const Pick& which, const meetings::Operation& operation) {
    Picked picked;
    TRY(database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, clinic);
        TRY(picked.provider, which(tx));
        TRY(picked.connection, meeting_connections::load(tx, vault, picked.provider,
                                                         picked.provider.adapter->account(operation.intent)));
        return {};
    }));
    return picked;
}

Result<meetings::Answer> MeetingCall::ask(const Pick& which, const meetings::Operation& operation, Picked& picked) {
    const Instant until = clock.now() + kPatience;
    std::string memo;
    for (int turns = 0; turns < meetings::kTurnsMax;) {
        TRY(picked, pick(which, operation));
        const Instant now = clock.now();
        if (now >= until) break;
        const meetings::Adapter& adapter = *picked.provider.adapter;
        const bool fetches =
            picked.provider.kind != meetings::Kind::kSimple && !picked.connection.grant.lasts(now);
        if (fetches && picked.connection.asked_until > now) {
            std::this_thread::sleep_for(meeting_connections::kLookAgain);
            continue;
        }
        ++turns;
        meetings::Step step = adapter.next(operation, {picked.connection.grant, memo}, now);
        if (auto* answer = std::get_if<meetings::Answer>(&step)) return std::move(*answer);
        meetings::Send& send = std::get<meetings::Send>(step);
        send.request.timeout = std::min(send.request.timeout, Duration(until - now));
        if (fetches) {
            TRY(write([&](jobs::Context&, store::ClinicTx& tx) {
                return meeting_connections::fetching(
                    tx, picked.connection, now + send.request.timeout + meeting_connections::kFetchSlack);
            }));
        }
        const net::Outcome outcome = net::send_and_wait(client, send.request);
        meetings::Turn turn =
            adapter.absorb(operation, send.step, {picked.connection.grant, memo}, outcome, clock.now());
        auto* onward = std::get_if<meetings::Onward>(&turn);
        if (fetches || (onward != nullptr && onward->grant)) {
            TRY(write([&](jobs::Context&, store::ClinicTx& tx) {
                return onward != nullptr && onward->grant
                           ? meeting_connections::keep(tx, vault, picked.connection, *onward->grant)
                           : meeting_connections::fetching(tx, picked.connection, Instant{});
            }));
        }
        if (onward == nullptr) return std::move(std::get<meetings::Answer>(turn));
        memo = std::move(onward->memo);
        if (onward->wait > Duration{}) std::this_thread::sleep_for(std::min(onward->wait, kWaitMost));
    }
    return meetings::Answer(
        meetings::Unknown{meetings::Unknown::How::kRepeat, "The provider took too long. Try again in a minute."});
}

Result<std::vector<Finding>> MeetingCall::check(const std::string& host) {
    TRY(appointments::check_host(host));
    std::optional<MeetingSettings::Choice> choice;
    TRY(database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, clinic);
        TRY(choice, MeetingSettings::current(tx));
        return {};
    }));
    if (!choice) return fail(Code::kConfig, "No meeting provider is chosen here. Choose one first, such as simple.");

    const Instant now = clock.now();
    const meetings::Operation operation{
        Verb::kCheck, {.key = "check", .start = now, .end = now + 1h, .title = "Check", .host = host}, {}};
    Picked picked;
    std::vector<Finding> findings;
    const auto answer = ask([&](store::ClinicTx& tx) { return settings.provider(tx); }, operation, picked);
    const auto problem = [&](std::string sentence) {
        findings.push_back({Finding::Level::kProblem, std::move(sentence)});
    };
    bool dead = false;
    if (!answer) {
        if (answer.error().code != Code::kConfig) return std::unexpected(answer.error());
        problem(answer.error().message);
    } else if (const auto* checked = std::get_if<meetings::Checked>(&*answer)) {
        findings = checked->findings;
    } else if (const auto* failed = std::get_if<meetings::Failed>(&*answer)) {
        dead = failed->fault == meetings::Failed::Fault::kAuth;
        problem(failed->sentence);
    } else if (const auto* unknown = std::get_if<meetings::Unknown>(&*answer)) {
        problem(unknown->reason);
    }
    const auto worst = std::find_if(findings.begin(), findings.end(),
                                    [](const Finding& one) { return one.level == Finding::Level::kProblem; });
    TRY(write([&](jobs::Context& context, store::ClinicTx& tx) -> Result<> {
        TRY(MeetingSettings::note_check(tx, *choice, context.now(),
                                        worst == findings.end() ? std::string_view() : worst->sentence));
        if (!picked.provider.adapter) return {};
        if (worst == findings.end()) return meeting_connections::mended(context, tx, picked.connection, actor);
        return dead ? meeting_connections::broke(context, tx, picked.connection, worst->sentence) : Result<>();
    }));
    return findings;
}

Result<Secret<>> MeetingCall::host_link(AppointmentId appointment) {
    std::optional<meeting_rows::Found> found;
    TRY(database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, clinic);
        TRY(const auto visit, appointments::find(tx, appointment));
        if (visit.state != AppointmentState::kConfirmed || clock.now() >= visit.ends_at + kHostEndsAfter) {
            return fail(Code::kConflict, "This visit is not one to start: it is not confirmed, or it is over.", "state");
        }
        TRY(found, meeting_rows::with_link(tx, appointment));
        return {};
    }));
    if (!found) {
        return fail(Code::kConflict,
                    "This visit has no meeting yet. If it is a virtual visit, try again in a minute.", "meeting");
    }
    const Meeting& meeting = found->meeting;
    TRY(const meetings::Kind kind, meetings::parse_kind(meeting.provider));
    meetings::Operation operation = meeting_keeper::operation(meeting, Verb::kHostLink);
    Picked picked;
    TRY(const auto answer, ask([&](store::ClinicTx& tx) { return settings.provider(tx, kind, meeting.owner); },
                               operation, picked));
    const auto* link = std::get_if<meetings::HostLink>(&answer);
    if (link == nullptr) {
        const auto* failed = std::get_if<meetings::Failed>(&answer);
        const auto* unknown = std::get_if<meetings::Unknown>(&answer);
        return fail(Code::kUnavailable, failed    ? failed->sentence
                                        : unknown ? "The meeting provider did not answer: " + unknown->reason
                                                  : "The meeting was deleted at the provider. Move the visit to a new one.");
    }
    TRY(write([&](jobs::Context& context, store::ClinicTx& tx) -> Result<> {
        TRY(clinics::audit::append(tx, {context.now(), actor, "meeting.host_link", appointment.to_text()}));
        return {};
    }));
    return link->url;
}

}  // namespace clinicpro::invoices
