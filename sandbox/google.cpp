#include "sandbox/google.hpp"

#include "base/text.hpp"
#include "sandbox/google_calendar.hpp"
#include "sandbox/google_event.hpp"
#include "sandbox/google_meet.hpp"
#include "sandbox/google_reply.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr std::string_view kConsent = "/google/o/oauth2/v2/auth";
constexpr std::string_view kToken = "/google/token";
constexpr std::string_view kCalendars = "/google/calendar/v3/calendars/";
constexpr std::string_view kSpaces = "/google/meet/v2/spaces";
constexpr std::string_view kPage = "/google/meetings";
constexpr std::string_view kRoom = "/google/room/";

net::Response html(std::string body) {
    net::Response response = net::Response::html(200, std::move(body));
    response.headers.emplace_back("Cache-Control", "no-store");
    response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; style-src 'self'");
    return response;
}

std::string document(std::string_view title, std::string_view lead, const std::string& main) {
    return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>" +
           std::string(title) + "</title><link rel=\"stylesheet\" href=\"/phone.css\"></head><body><header><h1>" +
           std::string(title) + "</h1><p>" + std::string(lead) + "</p></header><main>" + main + "</main></body></html>";
}

}  // namespace

std::vector<std::string> GoogleCall::all(std::string_view name) const {
    std::vector<std::string> values;
    for (const std::string_view pair : text::split(request.query, '&')) {
        const size_t equals = pair.find('=');
        if (equals == pair.npos || text::percent_decode(pair.substr(0, equals), true) != std::string(name)) continue;
        values.push_back(text::percent_decode(pair.substr(equals + 1), true).value_or(""));
    }
    return values;
}

std::string GoogleCall::room(std::string_view code) const {
    const bool local = world.config.switches.google_links == "local";
    return (local ? origin() + std::string(kRoom) : "https://meet.google.com/") + std::string(code);
}

const Fault* google_fault(GoogleCall& call, std::string_view name) {
    const Subject subject{.path = call.request.path, .phone = {}, .shortcode = {}, .method = call.request.method};
    return call.world.faults.draw(name, subject, call.world.dice);
}

std::string google_code(Dice& dice) {
    constexpr std::string_view kLetters = "abcdefghijkmnopqrstuvwxyz";
    return dice.pick(kLetters, 3) + "-" + dice.pick(kLetters, 4) + "-" + dice.pick(kLetters, 3);
}

GoogleSpace& google_space_of(GoogleState& state, Dice& dice, const GoogleEvent& event) {
    GoogleSpace space;
    space.name = "spaces/" + dice.pick(kTokenLetters, 12);
    space.code = event.code;
    space.owner = event.creator;
    space.from_calendar = true;
    return state.spaces[space.name] = space;
}

std::string Google::path_of(std::string_view path) {
    if (path.starts_with("/google/")) return std::string(path);
    if (path.starts_with("/calendar/v3/")) return "/google" + std::string(path);
    if (path == "/v2/spaces" || path.starts_with("/v2/spaces/")) return "/google/meet" + std::string(path);
    return {};
}

Answer Google::handle(const net::Request& came, json::View body, Instant now) {
    net::Request request = came;
    request.path = path_of(came.path);
    GoogleCall call{.world = world_, .state = state_, .request = request, .body = body, .now = world_.stamp(now)};
    Answer answer{.response = route(call)};
    std::string& bytes = answer.response.body;
    if (google_fault(call, "answer_empty")) bytes.clear();
    if (google_fault(call, "answer_html")) bytes = google_reply::edge(200).body;
    if (google_fault(call, "answer_truncated")) bytes.resize(bytes.size() / 2);
    // The Date of a whole second, by which a client sees that its clock is wrong.
    answer.response.headers.emplace_back("Date", to_http_date(call.now));
    return answer;
}

net::Response Google::route(GoogleCall& call) {
    const std::string_view path = call.request.path;
    const std::string_view method = call.request.method;
    if (path == kToken)
        return method == "POST" ? oauth_.token(call) : google_reply::oauth(405, "invalid_request", "Use POST.");
    if (path == kConsent) {
        if (method == "GET") return oauth_.consent_page(call);
        if (method == "POST") return oauth_.consented(call);
    }
    if (path == kPage && method == "GET") return page(call);
    if (path.starts_with(kRoom) && method == "GET") return room(call, path.substr(kRoom.size()));
    const bool meeting = path.starts_with(kSpaces);
    if (!meeting && !path.starts_with(kCalendars)) return google_reply::edge(404);
    if (auto refusal = oauth_.authorise(call, meeting)) return *refusal;
    if (google_fault(call, "google_rate")) {
        if (meeting) return google_reply::meet(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", "Quota exceeded.");
        return google_reply::calendar(403, "usageLimits", "userRateLimitExceeded", "User Rate Limit Exceeded");
    }
    if (google_fault(call, "google_quota"))
        return google_reply::calendar(403, "usageLimits", "quotaExceeded", "Calendar usage limits exceeded.");
    if (meeting) return meet(call, path.substr(kSpaces.size()));
    return calendar(call, text::split(path.substr(kCalendars.size()), '/'));
}

net::Response Google::calendar(GoogleCall& call, const std::vector<std::string_view>& parts) {
    namespace api = google_calendar_api;
    const std::string_view method = call.request.method;
    if (parts.size() == 1 && method == "GET") return api::calendar(call, parts[0]);
    if (parts.size() >= 2 && parts[1] == "events") {
        if (parts.size() == 2 && method == "GET") return api::list(call, parts[0]);
        if (parts.size() == 2 && method == "POST") return api::insert(call, parts[0]);
        if (parts.size() == 3 && method == "GET") return api::get(call, parts[0], parts[2]);
        if (parts.size() == 3 && method == "PATCH") return api::patch(call, parts[0], parts[2]);
        if (parts.size() == 3 && method == "DELETE") return api::remove(call, parts[0], parts[2]);
    }
    return google_reply::calendar(404, "global", "notFound", "Not Found");
}

net::Response Google::meet(GoogleCall& call, std::string_view rest) {
    namespace api = google_meet_api;
    const std::string_view method = call.request.method;
    if (rest.empty() && method == "POST") return api::create(call);
    if (rest.starts_with('/')) {
        rest.remove_prefix(1);
        constexpr std::string_view kEnd = ":endActiveConference";
        if (method == "GET") return api::get(call, rest);
        if (method == "PATCH") return api::patch(call, rest);
        if (method == "POST" && rest.ends_with(kEnd)) return api::end(call, rest.substr(0, rest.size() - kEnd.size()));
    }
    return google_reply::meet(404, "NOT_FOUND", "", "Method not found.");
}

net::Response Google::faulty(const Fault& fault, const net::Request& request) {
    const bool meeting = path_of(request.path).starts_with(kSpaces);
    const auto backend = [&](int status, std::string_view message) {
        if (request.path == kToken) return google_reply::oauth(status, "internal_failure", message);
        if (meeting) return google_reply::meet(status, status == 500 ? "INTERNAL" : "UNAVAILABLE", "", message);
        return google_reply::calendar(status, "global", "backendError", message);
    };
    if (fault.name == "http_500") return backend(500, "Backend Error");
    if (fault.name == "http_busy") return backend(503, "Service unavailable. Please try again later.");
    if (fault.name == "http_429_fault") {
        if (meeting) return google_reply::meet(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", "Quota exceeded.");
        return google_reply::calendar(429, "usageLimits", "rateLimitExceeded", "Rate Limit Exceeded");
    }
    return google_reply::edge(fault.name == "http_403_html" ? 403 : fault.name == "http_502" ? 502 : 503);
}

bool Google::is_live(const GoogleEvent& event) {
    return !event.is_cancelled() && (event.conference == GoogleEvent::Conference::kMade ||
                                     event.conference == GoogleEvent::Conference::kPending);
}

Result<> Google::delete_by_hand(std::string_view event) {
    for (auto& [place, one] : state_.events) {
        if (place.second != event || one.is_cancelled()) continue;
        one.status = "cancelled";
        one.version = ++state_.last_version;
        return {};
    }
    return fail(Code::kNotFound, "There is no such event.", "event");
}

Result<std::string> Google::connect(std::string_view who, std::string_view scopes, Instant now) {
    if (google_person(who) == nullptr) return fail(Code::kInvalid, "There is no such person.", "who");
    const auto read = read_google_scopes(scopes);
    if (!read) return fail(Code::kInvalid, "Give scopes that Google has, separated by spaces.", "scope");
    return GoogleOauth::connect(state_, world_, who, *read, world_.stamp(now));
}

// --- pages -----------------------------------------------------------------------------------------------------------

net::Response Google::page(const GoogleCall& call) const {
    const bool local = world_.config.switches.google_links == "local";
    std::string rows;
    for (const auto& [place, event] : state_.events) {
        if (!is_live(event)) continue;
        std::string link = event_link(call, event);
        if (local && !link.empty()) link = "<a href=\"" + link + "\">" + link + "</a>";
        std::string title = "(no title)";
        if (const auto found = event.plain.find("summary"); found != event.plain.end()) {
            if (const auto text = json::Document::parse(found->second)) title = text->root().text().value_or(title);
        }
        rows += "<li id=\"" + event.id + "\"><strong>" + text::escape_html(title) + "</strong> " +
                text::escape_html(to_eat_words(event.start)) + "<br>" + text::escape_html(event.calendar) + "<br>" +
                (link.empty() ? "the link is still being made" : link) + "</li>";
    }
    return html(
        document("Sandbox Google Meet", "Every meeting that is live, in every calendar. All invented.",
                 "<section>" + (rows.empty() ? "<p>No meeting yet.</p>" : "<ul>" + rows + "</ul>") + "</section>"));
}

net::Response Google::room(const GoogleCall& call, std::string_view code) const {
    for (const auto& [place, event] : state_.events) {
        if (event.code != code || event.is_cancelled()) continue;
        return html(document("Sandbox Meet room", "You are in " + text::escape_html(code) + ".",
                             "<section><p>The visit starts " + text::escape_html(to_eat_words(event.start)) +
                                 ". Somebody of " + text::escape_html(event.calendar) + " lets you in.</p></section>"));
    }
    return html(document("Sandbox Meet room", "Check your meeting code.",
                         "<section><p>There is no such meeting; it may have been cancelled.</p></section>"));
}

}  // namespace clinicpro::sandbox
