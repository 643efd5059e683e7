#include "sandbox/google_calendar.hpp"

#include "base/text.hpp"
#include "sandbox/fields.hpp"
#include "sandbox/google_event.hpp"
#include "sandbox/google_reply.hpp"

namespace clinicpro::sandbox::google_calendar_api {
namespace {

constexpr size_t kPageUsual = 250, kPageMost = 2'500;

net::Response not_found() {
    return google_reply::calendar(404, "global", "notFound", "Not Found");
}
net::Response deleted() {
    return google_reply::calendar(410, "global", "deleted", "Resource has been deleted");
}
net::Response no_scope() {
    return google_reply::calendar(403, "global", "insufficientPermissions",
                                  "Request had insufficient authentication scopes.");
}

// What each parameter may be; those every Google API takes come first.
bool is_known_parameter(std::string_view name, std::string_view allowed) {
    for (const std::string_view common : {"alt", "fields", "key", "prettyPrint", "quotaUser", "userIp"}) {
        if (name == common) return true;
    }
    for (const std::string_view own : text::split(allowed, ' ')) {
        if (name == own) return true;
    }
    return false;
}

std::optional<net::Response> check_query(const GoogleCall& call, std::string_view allowed) {
    for (const std::string_view pair : text::split(call.request.query, '&')) {
        if (pair.empty()) continue;
        const std::string name = text::percent_decode(pair.substr(0, pair.find('=')), true).value_or("");
        if (!is_known_parameter(name, allowed))
            return google_reply::calendar(400, "global", "invalidParameter", "Unknown parameter: " + name);
    }
    const std::string mails = call.request.query_value("sendUpdates");
    if (!mails.empty() && mails != "all" && mails != "externalOnly" && mails != "none")
        return google_reply::calendar(400, "global", "invalidParameter", "Invalid value for: sendUpdates");
    const std::string version = call.request.query_value("conferenceDataVersion");
    if (!version.empty() && version != "0" && version != "1")
        return google_reply::calendar(400, "global", "invalidParameter", "Invalid value for: conferenceDataVersion");
    return std::nullopt;
}

std::optional<net::Response> check_body(const GoogleCall& call) {
    const std::string_view type = text::trim(text::split(call.request.header("Content-Type"), ';').front());
    if (type == "application/json" && call.body.kind() == json::Kind::kObject) return std::nullopt;
    return google_reply::calendar(400, "global", "parseError", "Parse Error");
}

// The right to change events, the calendar, and a query in order; or the refusal.
std::optional<net::Response> enter(GoogleCall& call, std::string_view id, std::string_view parameters,
                                   const GoogleCalendar*& calendar) {
    if (!call.may({"calendar", "calendar.events", "calendar.events.owned", "calendar.app.created"})) return no_scope();
    calendar = google_calendar(id, call.token.who);
    if (calendar == nullptr) return not_found();
    return check_query(call, parameters);
}

GoogleEvent* find(GoogleCall& call, const GoogleCalendar& calendar, std::string_view id) {
    const auto found = call.state.events.find({std::string(calendar.id), std::string(id)});
    return found == call.state.events.end() ? nullptr : &found->second;
}

net::Response shown(const GoogleCall& call, const GoogleEvent& event) {
    json::Writer out;
    write_event(out, call, event);
    net::Response response = google_reply::ok(out.take());
    response.headers.emplace_back("ETag", etag(event));
    return response;
}

void changed(GoogleCall& call, GoogleEvent& event) {
    event.updated = call.now;
    event.version = ++call.state.last_version;
    event.mails.push_back(call.request.query_value("sendUpdates"));
}

}  // namespace

net::Response calendar(GoogleCall& call, std::string_view id) {
    if (!call.may({"calendar", "calendar.app.created", "calendar.calendars", "calendar.calendars.readonly",
                   "calendar.readonly"}))
        return no_scope();
    const GoogleCalendar* found = google_calendar(id, call.token.who);
    if (found == nullptr) return not_found();
    if (auto refusal = check_query(call, "")) return *refusal;
    // A robot of its own may not hold Meet links (meetings.md 1.8).
    const bool meet = call.world.config.switches.google_meet_allowed && call.token.who != kGoogleRobot.email;
    json::Writer out;
    out.begin_object().field("kind", "calendar#calendar").field("id", found->id).field("summary", found->summary);
    out.field("timeZone", "Africa/Nairobi").key("conferenceProperties").begin_object();
    out.key("allowedConferenceSolutionTypes").begin_array();
    if (meet) out.value("hangoutsMeet");
    out.end_array().end_object().end_object();
    return google_reply::ok(out.take());
}

net::Response insert(GoogleCall& call, std::string_view id) {
    const GoogleCalendar* calendar = nullptr;
    if (auto refusal = enter(call, id, "conferenceDataVersion sendUpdates", calendar)) return *refusal;
    if (auto refusal = check_body(call)) return *refusal;
    GoogleEvent event;
    event.calendar = calendar->id;
    event.creator = call.token.who;
    event.organizer = calendar->id;
    event.created = call.now;
    if (auto refusal = take_event_body(call, event, true)) return *refusal;
    if (event.id.empty()) event.id = call.world.dice.pick("0123456789abcdefghijklmnopqrstuv", 26);
    // Also after a delete: the id is never free again.
    if (find(call, *calendar, event.id) != nullptr)
        return google_reply::calendar(409, "global", "duplicate", "The requested identifier already exists.");
    if (auto refusal = take_conference(call, event)) return *refusal;
    changed(call, event);
    return shown(call, call.state.events[{event.calendar, event.id}] = event);
}

net::Response get(GoogleCall& call, std::string_view id, std::string_view event_id) {
    const GoogleCalendar* calendar = nullptr;
    if (auto refusal = enter(call, id, "maxAttendees timeZone", calendar)) return *refusal;
    if (google_fault(call, "google_not_seen_yet")) return not_found();
    GoogleEvent* event = find(call, *calendar, event_id);
    if (event == nullptr) return not_found();
    look_at(call, *event);
    return shown(call, *event);
}

net::Response patch(GoogleCall& call, std::string_view id, std::string_view event_id) {
    const GoogleCalendar* calendar = nullptr;
    if (auto refusal = enter(call, id, "conferenceDataVersion sendUpdates", calendar)) return *refusal;
    if (auto refusal = check_body(call)) return *refusal;
    GoogleEvent* event = find(call, *calendar, event_id);
    if (event == nullptr) return not_found();
    if (event->is_cancelled()) {
        if (call.world.config.switches.google_patch_of_deleted == "gone") return deleted();
        return google_reply::calendar(403, "global", "forbidden", "Forbidden");
    }
    const std::string_view match = call.request.header("If-Match");
    if (!match.empty() && match != "*" && match != etag(*event))
        return google_reply::calendar(412, "global", "conditionNotMet", "Precondition Failed");
    GoogleEvent next = *event;
    if (auto refusal = take_event_body(call, next, false)) return *refusal;
    if (auto refusal = take_conference(call, next)) return *refusal;
    if (next.start != event->start || next.end != event->end) ++next.sequence;
    changed(call, next);
    *event = std::move(next);
    return shown(call, *event);
}

net::Response remove(GoogleCall& call, std::string_view id, std::string_view event_id) {
    const GoogleCalendar* calendar = nullptr;
    if (auto refusal = enter(call, id, "sendUpdates", calendar)) return *refusal;
    GoogleEvent* event = find(call, *calendar, event_id);
    if (event == nullptr) return not_found();
    if (event->is_cancelled()) return deleted();
    event->status = "cancelled";
    changed(call, *event);
    return google_reply::nothing();
}

namespace {

bool has_property(const GoogleEvent& event, const std::string& wanted) {
    const size_t equals = wanted.find('=');
    const auto found = event.private_properties.find(wanted.substr(0, equals));
    return found != event.private_properties.end() && equals != wanted.npos &&
           found->second == wanted.substr(equals + 1);
}

struct Span {
    std::optional<Instant> least, most;
};
std::optional<net::Response> read_span(const GoogleCall& call, Span& span) {
    for (const auto& [name, at] : {std::pair{"timeMin", &span.least}, std::pair{"timeMax", &span.most}}) {
        const std::string text = call.request.query_value(name);
        if (text.empty()) continue;
        const auto read = parse_iso(text);
        if (!read) return google_reply::calendar(400, "global", "badRequest", "Bad Request");
        *at = *read;
    }
    if (span.least && span.most && *span.most <= *span.least)
        return google_reply::calendar(400, "calendar", "timeRangeEmpty", "The specified time range is empty.");
    return std::nullopt;
}

}  // namespace

net::Response list(GoogleCall& call, std::string_view id) {
    const GoogleCalendar* calendar = nullptr;
    if (auto refusal = enter(call, id,
                             "privateExtendedProperty iCalUID showDeleted timeMin timeMax singleEvents maxResults "
                             "pageToken orderBy",
                             calendar))
        return *refusal;
    Span span;
    if (auto refusal = read_span(call, span)) return *refusal;
    const std::string asked = call.request.query_value("maxResults");
    if (!asked.empty() && !is_digits(asked, 1, 5))
        return google_reply::calendar(400, "global", "invalidParameter", "Invalid value for: maxResults");
    const size_t page =
        std::min(asked.empty() ? kPageUsual : std::max<size_t>(std::stoul(asked), 1),
                 size_t(std::min<int64_t>(int64_t(kPageMost), call.world.config.switches.google_page_most)));
    const std::string token = call.request.query_value("pageToken");
    const std::string uid = call.request.query_value("iCalUID");
    const bool with_deleted = call.request.query_value("showDeleted") == "true";
    json::Writer out;
    out.begin_object().field("kind", "calendar#events").field("summary", calendar->summary);
    out.field("timeZone", "Africa/Nairobi").key("items").begin_array();
    size_t count = 0;
    std::string next;
    for (auto& [place, event] : call.state.events) {
        if (place.first != calendar->id || (!token.empty() && place.second < token)) continue;
        if (event.is_cancelled() && !with_deleted) continue;
        if (!uid.empty() && uid != event.id + "@google.com") continue;
        if ((span.least && event.end <= *span.least) || (span.most && event.start >= *span.most)) continue;
        const auto wanted = call.all("privateExtendedProperty");
        if (!std::all_of(wanted.begin(), wanted.end(), [&](const auto& one) { return has_property(event, one); }))
            continue;
        if (count++ == page) {
            next = event.id;
            break;
        }
        write_event(out, call, event);
    }
    out.end_array();
    if (!next.empty()) out.field("nextPageToken", next);
    out.end_object();
    return google_reply::ok(out.take());
}

}  // namespace clinicpro::sandbox::google_calendar_api
