// zoom_meetings.cpp: create, read, list, change and delete, with Zoom's ways of changing what was asked.
#include "base/text.hpp"
#include "sandbox/zoom.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr int64_t kFirstId = 81'000'000'000;  // eleven digits: beyond 32 bits
constexpr Duration kPageLife = 15min;
constexpr Duration kKept = Duration(30LL * 86'400'000'000);  // an unused meeting expires after its date
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

}  // namespace

void Zoom::meeting_json(json::Writer& out, const ZoomMeeting& m, bool whole) {
    out.begin_object().field("id", m.id).field("uuid", m.uuid).field("host_id", m.host).field("topic", m.topic);
    out.field("type", 2).field("start_time", to_iso(m.start)).field("duration", m.duration);
    out.field("timezone", m.timezone).field("agenda", m.agenda).field("created_at", to_iso(m.created));
    std::string url = account_.join_base + std::to_string(m.id);
    const bool shown = !m.password.empty() && account_.password_in_answers;
    const std::string encrypted = text::to_base64url(m.password + "." + std::to_string(m.id)) + ".1";
    if (shown) url += "?pwd=" + encrypted;
    out.field("join_url", url);
    if (whole) {
        out.field("status", m.state == "started" ? "started" : "waiting");
        for (const ZoomUser& user : account_.users) {
            if (user.id == m.host) out.field("host_email", user.email);
        }
        out.field("start_url",
                  "https://us05web.zoom.us/s/" + std::to_string(m.id) + "?zak=" + world_.dice.pick(kLetters, 60));
        if (shown) out.field("password", m.password).field("encrypted_password", encrypted);
        out.field("creation_source", "open_api").key("settings").begin_object();
        for (const auto& [name, value] : m.settings) out.key(name).raw(value);
        out.end_object();
    }
    out.end_object();
}

Answer Zoom::read(const ZoomMeeting& meeting, int status) {
    json::Writer out;
    meeting_json(out, meeting, true);
    return answer(status, out.take());
}

// Zoom answers 201 and does otherwise: what the account locked, and its rule that some lock must be on.
void Zoom::rewrite(const ZoomUser& user, ZoomMeeting& m, const Subject& subject) {
    if (user.waiting_room_off) m.settings["waiting_room"] = "false";
    if (user.passcode_off) m.password.clear();
    if (user.recording != "none") m.settings["auto_recording"] = '"' + user.recording + '"';
    if (const Fault* dropped = world_.faults.draw("zoom_setting_dropped", subject, world_.dice)) {
        if (dropped->code == "password")
            m.password.clear();
        else if (dropped->code == "locks")
            m.password.clear(), m.settings["waiting_room"] = "false";
        else if (dropped->code == "auto_recording")
            m.settings["auto_recording"] = "\"cloud\"";
        else
            m.settings[dropped->code.empty() ? "waiting_room" : dropped->code] = "false";
        return;
    }
    const bool locked = user.waiting_room_off && user.passcode_off;
    if (!locked && m.password.empty() && m.settings["waiting_room"] != "true" &&
        m.settings["meeting_authentication"] != "true") {
        m.settings["waiting_room"] = "true";
    }
    if (m.settings["waiting_room"] == "true") m.settings["join_before_host"] = "false";
}

Answer Zoom::create(const net::Request& request, const ZoomUser& user, Instant now) {
    const auto document = json::Document::parse(request.body);
    if (!document || document->root().kind() != json::Kind::kObject ||
        text::trim(text::split(request.header("Content-Type"), ';').front()) != "application/json") {
        return error(400, 300, "Request Body should be a valid JSON object.");
    }
    ZoomMeeting made;
    made.settings = {{"waiting_room", "false"},
                     {"join_before_host", "true"},
                     {"use_pmi", "false"},
                     {"approval_type", "2"},
                     {"auto_recording", '"' + user.default_recording + '"'},
                     {"meeting_authentication", "false"},
                     {"auto_start_meeting_summary", "false"},
                     {"email_notification", "true"},
                     {"continuous_meeting_chat", R"({"enable":true})"}};
    const Problems problems = apply(document->root(), user, made);
    if (!problems.empty()) return error(400, 300, "Validation Failed.", problems);
    if (capped(user.id, now)) return limited({}, true, now);
    const Subject subject{request.path, {}, {}, request.method};
    rewrite(user, made, subject);
    made.id = kFirstId + int64_t(meetings_.size()) * 7 + 1;
    // One in three breaks a path that is not encoded twice.
    const std::string random = world_.dice.pick(kLetters, 20) + "==";
    made.uuid = meetings_.size() % 3 == 1   ? "/" + random
                : meetings_.size() % 3 == 2 ? random.substr(0, 8) + "//" + random.substr(8)
                                            : random;
    made.host = user.id;
    made.created = Instant{world_.stamp(now).micros / 1'000'000 * 1'000'000};
    made.listed_at = now;
    if (const Fault* lag = world_.faults.draw("zoom_list_lag", subject, world_.dice))
        made.listed_at = now + lag->wait(3);
    const auto& kept = meetings_.emplace(made.id, std::move(made)).first->second;
    announce("meeting.created", kept, now);
    return read(kept, 201);
}

Answer Zoom::update(const net::Request& request, ZoomMeeting& meeting, Instant now) {
    const auto document = json::Document::parse(request.body);
    if (!document || document->root().kind() != json::Kind::kObject) {
        return error(400, 300, "Request Body should be a valid JSON object.");
    }
    const ZoomUser user = *find_user(meeting.host);
    ZoomMeeting changed = meeting;
    const Problems problems = apply(document->root(), user, changed);
    if (!problems.empty()) return error(400, 300, "Validation Failed.", problems);
    if (capped(user.id, now)) return limited({}, true, now);
    rewrite(user, changed, {request.path, {}, {}, request.method});
    meeting = std::move(changed);
    announce("meeting.updated", meeting, now);
    return answer(204, {});
}

Answer Zoom::remove(ZoomMeeting& meeting, Instant now) {
    if (meeting.state == "started")
        return error(400, 3002, "Sorry, you cannot delete this meeting since it is in progress.");
    meeting.deleted = true;
    announce("meeting.deleted", meeting, now);
    return answer(204, {});
}

Answer Zoom::list(const net::Request& request, const ZoomUser& user, Instant now) {
    const std::string type = request.query_value("type");
    if (!type.empty() && type != "scheduled" && type != "upcoming" && type != "live") {
        return error(400, 300, "Validation Failed.", {{"type", "Invalid field."}});
    }
    int64_t size = 30;
    if (const std::string wanted = request.query_value("page_size"); !wanted.empty()) {
        const bool digits = wanted.size() <= 3 && wanted.find_first_not_of("0123456789") == wanted.npos;
        size = digits ? std::stoll(wanted) : 0;
        if (size < 1 || size > 300) return error(400, 300, "Validation Failed.", {{"page_size", "Invalid field."}});
    }
    size = std::min(size, world_.config.switches.zoom_page_max);
    size_t from = 0;
    if (const std::string token = request.query_value("next_page_token"); !token.empty()) {
        const auto page = pages_.find(token);
        const bool expired =
            world_.faults.draw("zoom_page_expired", {request.path, {}, {}, request.method}, world_.dice) != nullptr;
        if (page == pages_.end() || page->second.ends <= now || page->second.user != user.id || expired) {
            return error(400, 300, "The next page token is invalid or expired.");
        }
        from = page->second.from;
    }
    std::vector<const ZoomMeeting*> chosen;
    for (const auto& [id, m] : meetings_) {
        const bool right = type == "live" ? m.state == "started"
                                          : type != "upcoming" || m.start > world_.stamp(now) || m.state == "started";
        if (m.host == user.id && !m.deleted && m.listed_at <= now && right && m.start + kKept > world_.stamp(now))
            chosen.push_back(&m);
    }
    json::Writer out;
    out.begin_object()
        .field("page_size", size)
        .field("total_records", int64_t(chosen.size()))
        .key("meetings")
        .begin_array();
    const size_t end = std::min(chosen.size(), from + size_t(size));
    for (size_t i = from; i < end; ++i) meeting_json(out, *chosen[i], false);
    out.end_array();
    std::string token;
    if (end < chosen.size()) {
        token = world_.dice.pick(kLetters, 32) + "+/=2";  // must be percent-encoded
        pages_[token] = {now + kPageLife, end, user.id};
    }
    out.field("next_page_token", token).end_object();
    return answer(200, out.take());
}

}  // namespace clinicpro::sandbox
