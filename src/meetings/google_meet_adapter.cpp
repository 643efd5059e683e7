// google_meet_adapter.cpp: which request comes next. What the answers mean stands in google_answers.cpp.
#include "meetings/google_meet_adapter.hpp"

#include <charconv>

#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "crypto/seal.hpp"
#include "meetings/google_space.hpp"
#include "meetings/google_token.hpp"

namespace clinicpro::meetings {
namespace {

using Fault = Failed::Fault;

constexpr size_t kEventIdMin = 5, kEventIdMax = 1'024;  // meetings.md 1.2
constexpr size_t kAnswerMax = 4 << 20;                  // a page of 2,500 events has about 700 KB
constexpr std::string_view kQuiet = "sendUpdates=none";
constexpr std::string_view kQuietWithConference = "conferenceDataVersion=1&sendUpdates=none";
constexpr std::string_view kCode = "google.code";

Answer invalid(std::string sentence) {
    return Failed{.fault = Fault::kInvalid, .sentence = std::move(sentence), .retry_at = {}};
}

bool is_event_id(std::string_view id) {
    return id.size() >= kEventIdMin && id.size() <= kEventIdMax &&
           std::all_of(id.begin(), id.end(), [](char c) { return (c >= 'a' && c <= 'v') || (c >= '0' && c <= '9'); });
}

Instant micros(std::string_view digits) {
    Instant at{};
    std::from_chars(digits.data(), digits.data() + digits.size(), at.micros);
    return at;
}

crypto::DataKey key_of(const Grant& grant) {
    return crypto::DataKey(kSystem, Secret<>(crypto::sha256(grant.token.reveal())));
}

}  // namespace

Result<std::unique_ptr<GoogleMeetAdapter>> GoogleMeetAdapter::create(GoogleSettings settings,
                                                                     crypto::Entropy& entropy) {
    TRY(GoogleSettings checked, meetings::check(std::move(settings)));
    return std::unique_ptr<GoogleMeetAdapter>(new GoogleMeetAdapter(std::move(checked), entropy));
}

std::string GoogleMeetAdapter::Place::provider_id() const {
    return event + " " + calendar + (account.empty() ? "" : " " + account);
}

std::variant<GoogleMeetAdapter::Place, Failed> GoogleMeetAdapter::place_of(const Operation& operation) const {
    Place place{.event = google_event_id(operation.intent.key),
                .calendar = settings_.calendar_id,
                .account = settings_.account_for(operation.intent.host)};
    if (!operation.provider_id.empty()) {
        const auto parts = text::split(operation.provider_id, ' ');
        if (parts.size() < 2 || parts.size() > 3 || !is_event_id(parts[0]) || parts[1].empty()) {
            return Failed{.fault = Fault::kInvalid,
                          .sentence = "This meeting was not made by Google Meet. Use the provider that made it.",
                          .retry_at = {}};
        }
        place.event = parts[0];
        place.calendar = parts[1];
        if (parts.size() == 3) place.account = parts[2];
        if (parts.size() == 3 && !settings_.is_service_account()) {
            return Failed{.fault = Fault::kConfig,
                          .sentence = "This meeting was made for " + place.account +
                                      " by a service account. Set the service account up again to change it.",
                          .retry_at = {}};
        }
    }
    if (!place.account.empty() && !is_account(place.account)) {
        return Failed{.fault = Fault::kInvalid,
                      .sentence = "The host of a Google meeting must be an e-mail address of the clinic's Workspace.",
                      .retry_at = {}};
    }
    return place;
}

// "1 ask 2 more": flag, todo, asked, and the rest as it is. The flag may be "1@start@end", in microseconds.
GoogleMeetAdapter::Note GoogleMeetAdapter::Note::parse(std::string_view memo) {
    Note note;
    const auto word = [&memo] {
        const std::string_view found = memo.substr(0, memo.find(' '));
        memo.remove_prefix(std::min(memo.size(), found.size() + 1));
        return found;
    };
    const auto first = text::split(word(), '@');
    note.renewed = first[0] == "1";
    if (first.size() == 3) note.held = Ready::Held{micros(first[1]), micros(first[2])};
    note.todo = word();
    if (const std::string_view asked = word(); asked.size() == 1) note.asked = asked[0] - '0';
    note.more = memo;
    return note;
}

std::string GoogleMeetAdapter::Note::text() const {
    const std::string when = held ? "@" + std::to_string(held->start.micros) + "@" + std::to_string(held->end.micros) : "";
    return std::string(renewed ? "1" : "0") + when + " " + todo + " " + std::to_string(asked) + " " + more;
}

std::string GoogleMeetAdapter::seal_code(const Turning& t, const std::string& code) const {
    return text::to_base64url(key_of(t.position.grant).seal(code, kCode, entropy_));
}

std::optional<std::string> GoogleMeetAdapter::open_code(const Turning& t) const {
    const auto sealed = text::from_base64url(t.note.more);
    if (!sealed) return std::nullopt;
    const auto code = key_of(t.position.grant).open(*sealed, kCode);
    return code ? std::optional(code->reveal()) : std::nullopt;
}

std::string GoogleMeetAdapter::events_url(const Place& place) const {
    return settings_.calendar_url + "/calendars/" + text::percent_encode(place.calendar) + "/events";
}

std::string GoogleMeetAdapter::event_url(const Place& place, std::string_view query) const {
    return events_url(place) + "/" + place.event + (query.empty() ? "" : "?" + std::string(query));
}

Send GoogleMeetAdapter::request(const Turning& t, std::string step, std::string method, std::string url,
                                std::string body) const {
    net::ClientRequest request;
    request.method = std::move(method);
    request.url = std::move(url);
    request.headers = {{"Authorization", "Bearer " + t.position.grant.token.reveal()}, {"Accept", "application/json"}};
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    request.body = std::move(body);
    request.response_max = kAnswerMax;
    return {std::move(step), std::move(request)};
}

Step GoogleMeetAdapter::next(const Operation& operation, const Position& position, Instant now) const {
    if (auto checked = meetings::check(operation.intent); !checked && is_for_one_visit(operation.verb))
        return invalid(checked.error().message);
    if (operation.verb == Verb::kHostLink && operation.provider_id.empty()) return Answer(Absent{});
    auto place = place_of(operation);
    if (const auto* failure = std::get_if<Failed>(&place)) return Answer(*failure);
    const Turning t{operation, position, std::get<Place>(std::move(place)), Note::parse(position.memo), now};
    const std::string& account = t.place.account;

    if (settings_.is_service_account() && account.empty() && operation.verb == Verb::kCreate) {
        return Answer(Failed{.fault = Fault::kConfig,
                             .sentence =
                                 "Google gives a service account no Meet links of its own. Set the user it acts "
                                 "for (subject) to a clinician's address in the clinic's Google Workspace.",
                             .retry_at = {}});
    }
    const bool fresh = position.grant.lasts(now) && position.grant.api_url == google_grant_home(settings_, account);
    if (!fresh || (operation.verb == Verb::kCheck && t.note.todo.empty())) {
        auto asked = google_token_request(settings_, account, now);
        if (!asked) {
            return Answer(
                Failed{.fault = Fault::kConfig, .sentence = std::move(asked).error().message, .retry_at = {}});
        }
        return Send{"token", *std::move(asked)};
    }
    if (t.note.todo == "read") return request(t, "read", "GET", event_url(t.place));
    if (t.note.todo == "move") {
        return request(t, "move", "PATCH", event_url(t.place, kQuietWithConference),
                       google_move_body(operation.intent));
    }
    if (t.note.todo == "ask") {
        return request(t, "ask", "PATCH", event_url(t.place, kQuietWithConference),
                       google_conference_body(t.place.event, now));
    }
    if (t.note.todo == "space") {
        const auto code = open_code(t);
        // The token changed on the way: the event says the code again.
        if (!code) return request(t, "read", "GET", event_url(t.place));
        return request(t, "space", "GET", settings_.meet_url + "/v2/spaces/" + text::percent_encode(*code));
    }
    if (t.note.todo == "space_patch") {
        return request(t, "space_patch", "PATCH",
                       settings_.meet_url + "/v2/" + t.note.more +
                           "?updateMask=" + text::percent_encode(google_space_mask(settings_)),
                       google_space_body(settings_));
    }
    return first(t);
}

Step GoogleMeetAdapter::first(const Turning& t) const {
    switch (t.operation.verb) {
        case Verb::kCreate:
            return request(t, "insert", "POST", events_url(t.place) + "?" + std::string(kQuietWithConference),
                           google_insert_body(t.operation.intent));
        case Verb::kFind:
        case Verb::kHostLink: return request(t, "read", "GET", event_url(t.place));
        case Verb::kUpdate:
            return request(t, "move", "PATCH", event_url(t.place, kQuietWithConference),
                           google_move_body(t.operation.intent));
        case Verb::kCancel: return request(t, "cancel", "DELETE", event_url(t.place, kQuiet));
        case Verb::kCheck:
            return request(t, "calendar", "GET",
                           settings_.calendar_url + "/calendars/" + text::percent_encode(t.place.calendar));
        case Verb::kList: return list(t);
    }
    CHECK(false);
    return invalid({});
}

}  // namespace clinicpro::meetings
