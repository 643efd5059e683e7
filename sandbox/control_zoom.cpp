// control_zoom.cpp: the part of the control interface that steers Zoom and shows which meetings really exist.
#include "base/text.hpp"
#include "sandbox/control.hpp"
#include "sandbox/fields.hpp"

namespace clinicpro::sandbox {
namespace {

void write_user(json::Writer& out, const ZoomUser& user) {
    out.begin_object().field("id", user.id).field("email", user.email).field("type", user.type);
    out.field("other_account", user.other_account).field("digits_only", user.digits_only);
    out.field("waiting_room_off", user.waiting_room_off).field("passcode_off", user.passcode_off);
    out.field("recording", user.recording).field("default_recording", user.default_recording).end_object();
}

Result<ZoomUser> read_user(json::View object) {
    ZoomUser user;
    TRY(user.email, object["email"].text());
    user.id = object["id"].scalar_if_any().value_or("zh-" + user.email);
    for (const std::string_view key : object.keys()) {
        const json::View value = object[key];
        if (key == "email" || key == "id") continue;
        if (key == "type") {
            TRY(user.type, value.integer());
        } else if (key == "other_account") {
            TRY(user.other_account, value.boolean());
        } else if (key == "digits_only") {
            TRY(user.digits_only, value.boolean());
        } else if (key == "waiting_room_off") {
            TRY(user.waiting_room_off, value.boolean());
        } else if (key == "passcode_off") {
            TRY(user.passcode_off, value.boolean());
        } else if (key == "recording") {
            TRY(user.recording, value.text());
        } else if (key == "default_recording") {
            TRY(user.default_recording, value.text());
        } else {
            return fail(Code::kInvalid, "A Zoom user does not have this member.", value.path());
        }
    }
    return user;
}

}  // namespace

Result<std::string> Control::zoom(const net::Request&) {
    const ZoomAccount& account = daraja_.zoom().account();
    json::Writer out;
    out.begin_object().field("account_id", account.account_id).field("client_id", account.client_id);
    out.field("webhook_url", account.webhook_url).field("scopes", account.scopes).field("active", account.active);
    out.field("new_token_kills_old", account.new_token_kills_old);
    out.field("password_in_answers", account.password_in_answers).field("join_base", account.join_base);
    out.key("users").begin_array();
    for (const ZoomUser& user : account.users) write_user(out, user);
    out.end_array().end_object();
    return out.take();
}

// Changes the members that are given.
Result<std::string> Control::set_zoom(const net::Request& request) {
    TRY(const auto document, body_of(request));
    const json::View root = document.root();
    ZoomAccount made = daraja_.zoom().account();
    for (const std::string_view key : root.keys()) {
        const json::View value = root[key];
        if (key == "account_id") {
            TRY(made.account_id, value.text());
        } else if (key == "client_id") {
            TRY(made.client_id, value.text());
        } else if (key == "client_secret") {
            TRY(std::string secret, value.text());
            made.client_secret = Secret<>(std::move(secret));
        } else if (key == "webhook_secret") {
            TRY(std::string secret, value.text());
            made.webhook_secret = Secret<>(std::move(secret));
        } else if (key == "webhook_url") {
            TRY(made.webhook_url, value.text());
        } else if (key == "scopes") {
            TRY(made.scopes, value.text());
        } else if (key == "join_base") {
            TRY(made.join_base, value.text());
        } else if (key == "active") {
            TRY(made.active, value.boolean());
        } else if (key == "new_token_kills_old") {
            TRY(made.new_token_kills_old, value.boolean());
        } else if (key == "password_in_answers") {
            TRY(made.password_in_answers, value.boolean());
        } else if (key == "users") {
            made.users.clear();
            for (size_t i = 0; i < value.size(); ++i) {
                TRY(ZoomUser user, read_user(value.at(i)));
                made.users.push_back(std::move(user));
            }
        } else {
            return fail(Code::kInvalid, "The Zoom account does not have this member.", value.path());
        }
    }
    daraja_.zoom().account() = std::move(made);
    return zoom(request);
}

// The truth. ?all=1 shows the deleted ones too.
Result<std::string> Control::zoom_meetings(const net::Request& request) {
    const bool all = request.query_value("all") == "1";
    json::Writer out;
    out.begin_object().key("meetings").begin_array();
    int64_t live = 0;
    for (const auto& [id, m] : daraja_.zoom().meetings()) {
        if (!m.deleted) ++live;
        if (m.deleted && !all) continue;
        out.begin_object().field("id", std::to_string(id)).field("host", m.host).field("topic", m.topic);
        out.field("agenda", m.agenda).field("start_time", to_iso(m.start)).field("duration", m.duration);
        out.field("state", m.deleted ? "deleted" : m.state).field("has_passcode", !m.password.empty());
        out.key("settings").begin_object();
        for (const auto& [name, value] : m.settings) out.key(name).raw(value);
        out.end_object().end_object();
    }
    out.end_array().field("live", live).end_object();
    return out.take();
}

// {"action": "start"} or "end": somebody opens or leaves the meeting.
Result<std::string> Control::zoom_act(const net::Request& request) {
    TRY(const auto document, body_of(request));
    TRY(const std::string action, document.root()["action"].text());
    if (action != "start" && action != "end") return fail(Code::kInvalid, "The action is start or end.", "action");
    const std::string& id = request.params.at(0);
    if (!is_digits(id, 1, 18) || !daraja_.zoom().act(std::stoll(id), action, now_)) {
        return fail(Code::kNotFound, "There is no such meeting.");
    }
    return std::string("{\"ok\":true}");
}

Result<std::string> Control::zoom_validate(const net::Request&) {
    if (daraja_.zoom().account().webhook_url.empty()) {
        return fail(Code::kConflict, "Set webhook_url first.", "webhook_url");
    }
    daraja_.zoom().validate_url(now_);
    return std::string("{\"ok\":true}");
}

}  // namespace clinicpro::sandbox
