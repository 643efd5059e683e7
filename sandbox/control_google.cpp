// control_google.cpp: the part of the control interface that shows and steers the sandbox's Google.
#include "sandbox/control.hpp"
#include "sandbox/google_event.hpp"

namespace clinicpro::sandbox {

// The accounts, as --print-config has them: the keys are invented and the same everywhere, so they are no secret.
Result<std::string> Control::google(const net::Request& request) {
    json::Writer out;
    write_google_accounts(out, "http://" + std::string(request.header("Host")));
    return out.take();
}

// ?all=true: cancelled ones too, and events that never had a conference.
Result<std::string> Control::google_meetings(const net::Request& request) {
    const bool all = request.query_value("all") == "true";
    GoogleState& state = daraja_.google().state();
    const auto nothing = json::Document::parse("null");
    const GoogleCall call{.world = daraja_.world(),
                          .state = state,
                          .request = request,
                          .body = nothing->root(),
                          .now = daraja_.world().stamp(now_)};
    json::Writer out;
    out.begin_object().key("meetings").begin_array();
    for (const auto& [place, event] : state.events) {
        if (!all && !Google::is_live(event)) continue;
        out.begin_object().field("id", event.id).field("calendar", event.calendar).field("status", event.status);
        const auto title = event.plain.find("summary");
        if (title != event.plain.end()) out.key("summary").raw(title->second);
        out.field("start", to_iso(event.start)).field("end", to_iso(event.end)).field("creator", event.creator);
        out.field("link", event_link(call, event)).key("properties").begin_object();
        for (const auto& [name, value] : event.private_properties) out.field(name, value);
        out.end_object().key("send_updates").begin_array();
        for (const std::string& mails : event.mails) out.value(mails);
        out.end_array();
        for (const auto& [name, space] : state.spaces) {
            if (space.code != event.code || event.code.empty()) continue;
            out.key("space").begin_object().field("name", name).field("access", space.access);
            out.field("recording", space.recording).field("transcription", space.transcription).end_object();
        }
        out.end_object();
    }
    out.end_array().end_object();
    return out.take();
}

Result<std::string> Control::google_delete(const net::Request& request) {
    TRY(daraja_.google().delete_by_hand(request.params.at(0)));
    return std::string("{\"ok\":true}");
}

// {"who": "dr.wanjiku@mlimani.example", "scope": "https://www.googleapis.com/auth/calendar.events"}
Result<std::string> Control::google_connect(const net::Request& request) {
    TRY(const auto document, body_of(request));
    TRY(const std::string who, document.root()["who"].text());
    TRY(const std::string scope, document.root()["scope"].text());
    TRY(const std::string token, daraja_.google().connect(who, scope, now_));
    json::Writer out;
    out.begin_object().field("refresh_token", token).end_object();
    return out.take();
}

// Everybody takes back what he agreed to, and every access token dies.
Result<std::string> Control::google_revoke(const net::Request&) {
    GoogleState& state = daraja_.google().state();
    for (auto& [token, given] : state.refreshes) given.revoked = true;
    state.tokens.clear();
    return std::string("{\"ok\":true}");
}

}  // namespace clinicpro::sandbox
