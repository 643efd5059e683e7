// zoom.cpp: tokens, faults, and the way to each call.
#include "sandbox/zoom.hpp"

#include "base/text.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr Duration kTokenLife = 3599s;
constexpr int64_t kDay = 86'400'000'000;
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

std::optional<std::string> basic(const net::Request& request) {
    const std::string_view header = request.header("Authorization");
    return header.starts_with("Basic ") ? text::from_base64(header.substr(6)) : std::nullopt;
}

}  // namespace

Answer Zoom::answer(int status, std::string body) {
    net::Response response;
    response.status = status;
    if (!body.empty()) response.headers.emplace_back("Content-Type", "application/json;charset=UTF-8");
    response.headers.emplace_back("x-zm-trackingid", "v=2.0;clid=sandbox;rid=WEB_" + world_.dice.pick(kHex, 32));
    response.body = std::move(body);
    return {std::move(response), {}};
}

Answer Zoom::error(int status, int64_t code, std::string_view message, const Problems& problems) {
    json::Writer out;
    out.begin_object().field("code", code).field("message", message);
    if (!problems.empty()) {
        out.key("errors").begin_array();
        for (const auto& [field, words] : problems) {
            out.begin_object().field("field", field).field("message", words).end_object();
        }
        out.end_array();
    }
    return answer(status, out.end_object().take());
}

// The daily cap says so in its text and nowhere else; the headers speak of another limit.
Answer Zoom::limited(std::string_view form, bool daily, Instant now) {
    Answer out =
        daily ? error(429, 429,
                      "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests "
                      "permitted for this user. You may resume these requests at GMT 00:00:00.")
              : error(429, 429, "You have reached the maximum per-second rate limit for this API. Try again later.");
    auto& headers = out.response.headers;
    if (daily) {
        headers.emplace_back("x-ratelimit-category", "Light");
        headers.emplace_back("x-ratelimit-limit", "6000");
        headers.emplace_back("x-ratelimit-remaining", "5893");
        return out;
    }
    const Instant later{(world_.stamp(now).micros / 1'000'000 + 3) * 1'000'000};
    headers.emplace_back("X-RateLimit-Category", "Medium");
    headers.emplace_back("X-RateLimit-Type", "QPS");
    if (form == "seconds") headers.emplace_back("Retry-After", "3");
    if (form == "date") headers.emplace_back("Retry-After", to_http_date(later));
    if (form == "iso") headers.emplace_back("Retry-After", to_iso(later));
    return out;
}

Answer Zoom::handle(const net::Request& request, Instant now, std::string& fault) {
    const Subject subject{request.path, {}, {}, request.method};
    const auto draw = [&](std::string_view name) {
        const Fault* bitten = world_.faults.draw(name, subject, world_.dice);
        if (bitten != nullptr) fault = bitten->name;
        return bitten;
    };
    Answer out;
    const auto page = [&](int status) { out = {envelope::gateway(status), {}}; };
    if (draw("request_lost") != nullptr) {
        out.response = envelope::cut();
        return out;
    }
    if (draw("zoom_daily_cap") != nullptr) return limited({}, true, now);
    if (const Fault* limit = draw("zoom_rate_limit")) return limited(limit->code, false, now);
    if (const Fault* before = world_.faults.draw_http(false, subject, world_.dice)) {
        fault = before->name;
        page(before->name == "http_403_html" ? 403 : before->name == "http_503" ? 503 : 502);
        return out;
    }
    if (draw("token_dies") != nullptr)
        tokens_.erase(std::string(text::clip(request.header("Authorization"), 4096))
                          .substr(std::min<size_t>(7, request.header("Authorization").size())));
    out = route(request, now);
    if (const Fault* after = world_.faults.draw_http(true, subject, world_.dice)) {
        fault = after->name;
        page(after->name == "http_503" ? 503 : 502);
    }
    if (draw("answer_empty") != nullptr) out.response.body.clear();
    if (draw("answer_html") != nullptr) out.response.body = "<html><body>One moment, please.</body></html>";
    if (draw("answer_truncated") != nullptr) out.response.body.resize(out.response.body.size() / 2);
    if (const Fault* lost = draw("response_lost_after_queue")) {
        out.response = envelope::cut();
        out.delay += lost->wait(0);
    }
    if (const Fault* slow = draw("slow_response")) out.delay += slow->wait(10);
    return out;
}

Answer Zoom::token(const net::Request& request, Instant now) {
    const auto refuse = [&](int status, std::string_view code, std::string_view reason) {
        json::Writer out;
        out.begin_object().field("reason", reason).field("error", code).end_object();
        return answer(status, out.take());
    };
    if (request.method != "POST") return refuse(405, "invalid_request", "Method not allowed");
    // The query string was once taken; now it is refused whatever the body says.
    if (!request.query.empty()) return refuse(400, "invalid_request", "Bad Request");
    if (basic(request) != account_.client_id + ":" + account_.client_secret.reveal()) {
        return refuse(401, "invalid_client", "Invalid client_id or client_secret");
    }
    if (!account_.active) return refuse(400, "invalid_request", "This app has been disabled.");
    const std::string_view type = text::split(request.header("Content-Type"), ';').front();
    if (text::trim(type) != "application/x-www-form-urlencoded") {
        return refuse(400, "invalid_request", "Missing grant type");
    }
    std::map<std::string, std::string> form;
    for (const std::string_view pair : text::split(request.body, '&')) {
        const size_t equals = pair.find('=');
        if (equals == pair.npos) continue;
        form[std::string(pair.substr(0, equals))] = text::percent_decode(pair.substr(equals + 1), true).value_or("");
    }
    if (form["grant_type"] != "account_credentials")
        return refuse(400, "unsupported_grant_type", "Unsupported grant type");
    if (form["account_id"] != account_.account_id) return refuse(400, "invalid_request", "Bad Request");
    if (account_.new_token_kills_old) tokens_.clear();
    const std::string made = "eyJzdiI6IjAwMDAwMSJ9." + world_.dice.pick(kLetters, 80);
    Token& token = tokens_[made];
    token.ends = now + kTokenLife;
    for (const std::string_view scope : text::split(account_.scopes, ' ')) token.scopes.emplace(scope);
    json::Writer out;
    out.begin_object().field("access_token", made).field("token_type", "bearer").field("expires_in", 3599);
    out.field("scope", account_.scopes).field("api_url", "https://api.zoom.us").end_object();
    return answer(200, out.take());
}

Answer Zoom::route(const net::Request& request, Instant now) {
    if (request.path == "/zoom/oauth/token") return token(request, now);
    if (!request.path.starts_with("/zoom/v2/")) return error(404, 2300, "This API endpoint is not recognized.");
    const std::string_view header = request.header("Authorization");
    const auto token = header.starts_with("Bearer ") ? tokens_.find(std::string(header.substr(7))) : tokens_.end();
    if (token == tokens_.end()) return error(401, 124, "Invalid access token.");
    if (token->second.ends <= now || !account_.active) return error(401, 124, "Access token is expired.");

    const std::string rest = request.path.substr(9);
    const auto parts = text::split(rest, '/');
    const bool users = parts[0] == "users" && parts.size() >= 2;
    const bool meeting = parts[0] == "meetings" && parts.size() == 2;
    std::string scope;
    if (users && parts.size() == 2 && request.method == "GET") scope = "user:read:user:admin";
    if (users && parts.size() == 3 && parts[2] == "settings" && request.method == "GET")
        scope = "user:read:settings:admin";
    if (users && parts.size() == 3 && parts[2] == "meetings") {
        if (request.method == "POST") scope = "meeting:write:meeting:admin";
        if (request.method == "GET") scope = "meeting:read:list_meetings:admin";
    }
    if (meeting && request.method == "GET") scope = "meeting:read:meeting:admin";
    if (meeting && request.method == "PATCH") scope = "meeting:update:meeting:admin";
    if (meeting && request.method == "DELETE") scope = "meeting:delete:meeting:admin";
    if (scope.empty()) return error(404, 2300, "This API endpoint is not recognized.");
    if (!token->second.scopes.contains(scope)) {
        return error(400, 4711, "Invalid access token, does not contain scopes:[" + scope + "].");
    }
    if (meeting) {
        ZoomMeeting* found = live(parts[1]);
        if (found == nullptr) return error(404, 3001, "Meeting does not exist: " + std::string(parts[1]) + ".");
        if (request.method == "GET") return read(*found, 200);
        return request.method == "PATCH" ? update(request, *found, now) : remove(*found, now);
    }
    // "me" names nobody with a server-to-server token.
    const ZoomUser* host = find_user(parts[1]);
    if (host == nullptr) return error(404, 1001, "User does not exist: " + std::string(parts[1]) + ".");
    if (host->other_account) return error(400, 1010, "User does not belong to this account: " + host->email + ".");
    if (parts.size() == 2 || parts[2] == "settings") return user(*host, parts.size() == 3);
    return request.method == "POST" ? create(request, *host, now) : list(request, *host, now);
}

Answer Zoom::user(const ZoomUser& host, bool settings) {
    json::Writer out;
    out.begin_object();
    if (settings) {
        out.key("schedule_meeting").begin_object().field("join_before_host", true);
        out.key("meeting_password_requirement").begin_object().field("length", 0);
        out.field("only_allow_numeric", host.digits_only).end_object().end_object();
        out.key("in_meeting").begin_object().field("waiting_room", !host.waiting_room_off).end_object();
        out.key("recording").begin_object().field("cloud_recording", host.type == 2);
        out.field("auto_recording", host.default_recording).end_object();
    } else {
        out.field("id", host.id).field("email", host.email).field("type", host.type).field("status", "active");
        out.field("account_id", account_.account_id).field("timezone", "Africa/Nairobi");
    }
    return answer(200, out.end_object().take());
}

const ZoomUser* Zoom::find_user(std::string_view key) const {
    for (const ZoomUser& one : account_.users) {
        if (one.id == key || one.email == key) return &one;
    }
    return nullptr;
}

ZoomMeeting* Zoom::live(std::string_view id) {
    if (id.empty() || id.size() > 18 || id.find_first_not_of("0123456789") != id.npos) return nullptr;
    const auto found = meetings_.find(std::stoll(std::string(id)));
    return found == meetings_.end() || found->second.deleted ? nullptr : &found->second;
}

bool Zoom::capped(const std::string& host, Instant now) {
    int64_t& used = used_[{host, world_.stamp(now).micros / kDay}];
    if (used >= kDailyCap) return true;
    ++used;
    return false;
}

}  // namespace clinicpro::sandbox
