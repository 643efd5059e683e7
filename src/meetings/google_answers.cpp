// google_answers.cpp: what an answer of Google means to the operation under way.
#include <charconv>

#include "base/text.hpp"
#include "meetings/google_check.hpp"
#include "meetings/google_meet_adapter.hpp"
#include "meetings/google_space.hpp"

namespace clinicpro::meetings {
namespace {

using Fault = Failed::Fault;
using Conference = GoogleEvent::Conference;

constexpr int kAskedMax = 3;           // conferences asked for anew within one operation
constexpr Duration kAskAgain = 10min;  // and then a pause
constexpr Duration kPollLeast = 1s, kPollMost = 5min;
constexpr Duration kSoon = 10s;
constexpr Duration kQuotaLeast = 2min;  // between tries while the calendar's limit is used up
constexpr size_t kPagesMax = 5;         // of 2,500 events
constexpr std::string_view kPageSize = "2500";

bool same_second(std::optional<Instant> theirs, Instant ours) {
    return theirs && theirs->micros / 1'000'000 == ours.micros / 1'000'000;
}

// Longer and longer, from the age of the event, so that nothing need be remembered.
Instant poll_at(const GoogleEvent& event, Instant now) {
    const Duration age = event.created ? now - *event.created : kPollLeast;
    return now + std::clamp<Duration>(age / 2, kPollLeast, kPollMost);
}

Failed soon(std::string sentence, Instant at) {
    return {.fault = Fault::kTransient, .sentence = std::move(sentence), .retry_at = at};
}

}  // namespace

Turn GoogleMeetAdapter::lost(const Operation& operation, std::string reason) {
    const auto how = operation.verb == Verb::kCreate ? Unknown::How::kCreateAgain : Unknown::How::kRepeat;
    return Answer(Unknown{.how = how, .reason = std::move(reason)});
}

Turn GoogleMeetAdapter::onward(Turning& t, std::string todo, std::string more) {
    t.note.todo = std::move(todo);
    t.note.more = std::move(more);
    return Onward{.memo = t.note.text(), .grant = {}};
}

Turn GoogleMeetAdapter::absorb(const Operation& operation, std::string_view step, const Position& position,
                               const net::Outcome& outcome, Instant now) const {
    auto place = place_of(operation);
    if (const auto* failure = std::get_if<Failed>(&place)) return Answer(*failure);
    Turning t{operation, position, std::get<Place>(std::move(place)), Note::parse(position.memo), now};
    if (step == "token") return absorb_token(t, outcome);
    if (step == "calendar") {
        return Answer(google_checked(settings_, t.place.account, GoogleTokenFacts::parse(t.note.more), outcome, now));
    }
    if (const auto* unsent = std::get_if<net::NotSent>(&outcome))
        return Answer(soon("Google could not be reached (" + unsent->reason + ").", now + kSoon));
    if (const auto* unknown = std::get_if<net::Unknown>(&outcome))
        return lost(operation, "Google's answer was lost (" + unknown->reason + ").");
    return answered(t, step, std::get<net::Response>(outcome));
}

Turn GoogleMeetAdapter::absorb_token(Turning& t, const net::Outcome& outcome) const {
    auto read = read_google_token(settings_, t.place.account, outcome, t.now);
    const bool checking = t.operation.verb == Verb::kCheck;
    if (const auto* failure = std::get_if<Failed>(&read))
        return checking ? Answer(google_check_failed(*failure)) : Answer(*failure);
    GoogleToken& token = std::get<GoogleToken>(read);
    if (checking) {
        t.note.todo = "calendar";
        t.note.more = GoogleTokenFacts::of(settings_, token).text();
    }
    return Onward{.memo = t.note.text(), .grant = std::move(token.grant)};
}

Turn GoogleMeetAdapter::answered(Turning& t, std::string_view step, const net::Response& response) const {
    if (response.status == 401) {
        if (t.note.renewed) {
            // Not the end of the connection: that is said by the token service, and would stop the whole clinic.
            return Answer(Failed{.fault = Fault::kTransient,
                                 .sentence = "Google refused a token that it had just given. It is tried again by "
                                             "itself; if it lasts, check the meeting settings.",
                                 .retry_at = {}});
        }
        t.note.renewed = true;
        return Onward{.memo = t.note.text(), .grant = Grant{}};
    }
    if (response.status >= 500) {
        return lost(t.operation, "Google had a fault of its own (" + std::to_string(response.status) + ").");
    }
    if (step == "cancel" && (response.status / 100 == 2 || response.status == 410)) return Answer(Cancelled{});
    if (response.status == 200) {
        if (step == "space" || step == "space_patch") return with_space(t, step, response);
        return step == "list" ? with_page(t, response) : with_event(t, step, response);
    }
    const GoogleRefusal refusal = read_google_refusal(response);
    if (!refusal.readable && response.status != 429) {
        return lost(t.operation, "Something between this server and Google answered instead of Google (" +
                                     std::to_string(response.status) +
                                     "). If it lasts, look at the proxy or firewall.");
    }
    if (response.status == 409 && step == "insert") return onward(t, "read");
    if (response.status == 404 || response.status == 410) return gone(t, step);
    return refused(t, step, response);
}

Turn GoogleMeetAdapter::gone(Turning& t, std::string_view step) const {
    if (step == "cancel") return Answer(Cancelled{});
    if (step == "insert" || step == "list") {
        return Answer(Failed{.fault = Fault::kConfig,
                             .sentence = "There is no calendar " + t.place.calendar +
                                         " for this Google account. Correct the calendar's id, or share the calendar "
                                         "with the account with the right 'Make changes to events'.",
                             .retry_at = {}});
    }
    if (step == "space" || step == "space_patch") {
        return Answer(
            soon("Google Meet does not know the new meeting yet; its settings are set once it does.", t.now + kSoon));
    }
    // Right after "duplicate" it must be somewhere: Google's copies agree only after a while.
    if (t.operation.verb == Verb::kCreate && step == "read" && t.note.asked == 0)
        return Answer(soon("Google has the meeting but does not show it yet.", t.now + kSoon));
    return Answer(Absent{});
}

Turn GoogleMeetAdapter::refused(Turning& t, std::string_view step, const net::Response& response) const {
    Failed failure = google_failure(read_google_refusal(response), response, settings_, t.place.account, t.now);
    // How long the limit lasts is our guess, and one that outlasts the visit helps nobody.
    if (failure.fault == Fault::kQuota && failure.retry_at && response.header("Retry-After").empty() &&
        is_for_one_visit(t.operation.verb)) {
        const Duration patience = std::max<Duration>((t.operation.intent.start - t.now) / 4, kQuotaLeast);
        failure.retry_at = std::min(*failure.retry_at, t.now + patience);
    }
    // Changing an event that somebody deleted may be forbidden instead of gone: look before blaming the settings.
    if (step == "move" && response.status == 403 && failure.fault == Fault::kConfig &&
        t.operation.verb == Verb::kUpdate && t.note.todo.empty())
        return onward(t, "read", failure.sentence);
    if (step == "space" || step == "space_patch") {
        if (!is_worth_retrying(failure.fault)) {
            failure.fault = Fault::kConfig;
            failure.sentence = "The meeting exists, but Google does not take the clinic's Meet settings (" +
                               std::string(to_string(settings_.access)) + " access" +
                               (settings_.recording ? ", recording" : "") +
                               (settings_.transcription ? ", transcription" : "") +
                               "). Turn off what this Google plan does not offer. " + failure.sentence;
        }
    }
    return Answer(std::move(failure));
}

Turn GoogleMeetAdapter::with_event(Turning& t, std::string_view step, const net::Response& response) const {
    const auto event = read_google_event(response.body);
    if (!event) return lost(t.operation, "Google's answer cannot be read (" + event.error().message + ").");
    if (t.operation.verb == Verb::kHostLink) {
        if (event->cancelled) return Answer(Absent{});
        if (event->link.empty()) return Answer(soon("Google is still making the link.", poll_at(*event, t.now)));
        return Answer(HostLink{Secret<>(event->link)});
    }
    if (t.operation.verb == Verb::kUpdate && step == "read" && !event->cancelled)
        return Answer(Failed{.fault = Fault::kConfig, .sentence = t.note.more, .retry_at = {}});
    return judge(t, *event);
}

Turn GoogleMeetAdapter::judge(Turning& t, const GoogleEvent& event) const {
    // Where we name the event ourselves, somebody may have stripped our mark from it: it is ours still.
    const bool ours = event.id == t.place.event &&
                      (event.key == t.operation.intent.key || (event.key.empty() && !t.operation.provider_id.empty()));
    if (!ours) {
        return Answer(Failed{.fault = Fault::kInvalid,
                             .sentence = "An event with this meeting's id already stands in the calendar " +
                                         t.place.calendar +
                                         " and belongs to something else. Cancel the visit and book it again.",
                             .retry_at = {}});
    }
    if (event.cancelled) return Answer(Absent{});
    const bool creating = t.operation.verb == Verb::kCreate;
    const bool in_time =
        same_second(event.start, t.operation.intent.start) && same_second(event.end, t.operation.intent.end);
    const bool finding = t.operation.verb == Verb::kFind;
    // Made by an earlier try, and the visit has moved since.
    if (creating && !in_time && t.note.todo != "move") return onward(t, "move");
    const bool is_whole = event.start && event.end && *event.end > *event.start && *event.end - *event.start <= kLengthMax;
    if (finding && !in_time && is_whole) t.note.held = Ready::Held{*event.start, *event.end};
    if (event.link.empty()) {
        if (event.conference == Conference::kPending)
            return Answer(Pending{.provider_id = t.place.provider_id(), .poll_at = poll_at(event, t.now)});
        if (t.note.asked >= kAskedMax)
            return Answer(soon("Google could not make the Meet link. It is asked again.", t.now + kAskAgain));
        ++t.note.asked;
        return onward(t, "ask");
    }
    if (settings_.changes_space() && (creating || finding)) return onward(t, "space", seal_code(t, event.code));
    return Answer(Ready{.provider_id = t.place.provider_id(), .patient_url = event.link, .passcode = {}, .held = t.note.held});
}

Turn GoogleMeetAdapter::with_space(Turning& t, std::string_view step, const net::Response& response) const {
    const auto space = read_google_space(settings_, response.body);
    if (!space) return lost(t.operation, "Google Meet's answer cannot be read (" + space.error().message + ").");
    if (!space->as_wanted) {
        if (step == "space") return onward(t, "space_patch", space->name);
        return Answer(Failed{.fault = Fault::kConfig,
                             .sentence = "Google Meet took the clinic's Meet settings but did not keep them. Turn off "
                                         "recording or transcription if this Google plan does not offer them.",
                             .retry_at = {}});
    }
    return Answer(Ready{.provider_id = t.place.provider_id(), .patient_url = space->link, .passcode = {}, .held = t.note.held});
}

// --- the sweeper's list ----------------------------------------------------------------------------------------------

// Note::more: the number of pages read, the next page's token, then one line for each event: id, start, key.
Step GoogleMeetAdapter::list(const Turning& t) const {
    if (t.operation.intent.end <= t.operation.intent.start) return Answer(Listed{});
    const std::string_view head = text::split(t.note.more, '\n').front();
    const size_t space = head.find(' ');
    std::string url = events_url(t.place) + "?privateExtendedProperty=" +
                      text::percent_encode(std::string(kGoogleMark) + "=" + std::string(kGoogleMarkValue)) +
                      "&timeMin=" + text::percent_encode(to_iso(t.operation.intent.start)) +
                      "&timeMax=" + text::percent_encode(to_iso(t.operation.intent.end)) +
                      "&singleEvents=true&maxResults=" + std::string(kPageSize);
    if (space != head.npos) url += "&pageToken=" + text::percent_encode(head.substr(space + 1));
    return request(t, "list", "GET", std::move(url));
}

Turn GoogleMeetAdapter::with_page(Turning& t, const net::Response& response) const {
    const auto page = read_google_page(response.body);
    if (!page) return lost(t.operation, "Google's list cannot be read (" + page.error().message + ").");
    const auto lines = text::split(t.note.more, '\n');
    std::string kept;
    for (size_t i = 1; i < lines.size(); ++i) kept += "\n" + std::string(lines[i]);
    for (const GoogleEvent& event : page->events) {
        // timeMin is compared with the end of an event, so one that began before the span may stand in the list.
        if (!event.start || *event.start < t.operation.intent.start) continue;
        kept += "\n" + event.id + " " + std::to_string(event.start->micros) + " " + event.key;
    }
    size_t pages = 1;
    if (!lines.front().empty()) pages += size_t(lines.front().front() - '0');
    if (!page->next.empty()) {
        if (pages >= kPagesMax) {
            return Answer(Failed{.fault = Fault::kInvalid,
                                 .sentence = "There are too many meetings in this span of time. Ask for a shorter one.",
                                 .retry_at = {}});
        }
        return onward(t, "", std::to_string(pages) + " " + page->next + kept);
    }
    Listed listed;
    for (const std::string_view line : text::split(kept, '\n')) {
        const auto words = text::split(line, ' ');
        if (words.size() != 3) continue;
        Place place = t.place;
        place.event = words[0];
        int64_t micros = 0;
        std::from_chars(words[1].data(), words[1].data() + words[1].size(), micros);
        listed.meetings.push_back(
            {.key = std::string(words[2]), .provider_id = place.provider_id(), .start = Instant{micros}});
    }
    return Answer(std::move(listed));
}

}  // namespace clinicpro::meetings
