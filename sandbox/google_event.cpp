#include "sandbox/google_event.hpp"

#include "base/text.hpp"
#include "sandbox/google_reply.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr size_t kIdMin = 5, kIdMax = 1'024;
constexpr size_t kPropertyMax = 1'024;  // bytes of a value

net::Response bad(std::string_view message, std::string_view reason = "invalid", std::string_view domain = "global") {
    return google_reply::calendar(400, domain, reason, message);
}

bool is_id(std::string_view id) {
    return id.size() >= kIdMin && id.size() <= kIdMax &&
           std::all_of(id.begin(), id.end(), [](char c) { return (c >= 'a' && c <= 'v') || (c >= '0' && c <= '9'); });
}

struct Field {
    std::string_view name;
    json::Kind kind;
    std::string_view choices = {};
};
// Kept and shown as they came.
constexpr Field kPlain[] = {{"summary", json::Kind::kString},
                            {"description", json::Kind::kString},
                            {"location", json::Kind::kString},
                            {"visibility", json::Kind::kString, "default|public|private|confidential"},
                            {"transparency", json::Kind::kString, "opaque|transparent"},
                            {"guestsCanInviteOthers", json::Kind::kBool},
                            {"guestsCanModify", json::Kind::kBool},
                            {"guestsCanSeeOtherGuests", json::Kind::kBool},
                            {"attendees", json::Kind::kArray},
                            {"reminders", json::Kind::kObject},
                            {"source", json::Kind::kObject}};

const Field* plain_field(std::string_view name) {
    for (const Field& field : kPlain) {
        if (field.name == name) return &field;
    }
    return nullptr;
}

std::optional<net::Response> take_plain(GoogleEvent& event, const Field& field, json::View value) {
    if (value.kind() == json::Kind::kNull) {
        event.plain.erase(std::string(field.name));
        return std::nullopt;
    }
    if (value.kind() != field.kind) return bad("Invalid value for: " + std::string(field.name));
    if (!field.choices.empty()) {
        bool known = false;
        for (const std::string_view choice : text::split(field.choices, '|'))
            known = known || value.scalar_if_any() == std::string(choice);
        if (!known) return bad("Invalid value for: " + std::string(field.name));
    }
    json::Writer out;
    copy_json(out, value);
    event.plain[std::string(field.name)] = out.take();
    return std::nullopt;
}

std::optional<net::Response> take_properties(GoogleEvent& event, json::View value) {
    for (const std::string_view kind : value.keys()) {
        if (kind != "private" && kind != "shared") return bad("Unknown name \"" + std::string(kind) + "\"");
        auto& properties = kind == "private" ? event.private_properties : event.shared_properties;
        for (const std::string_view name : value[kind].keys()) {
            const json::View property = value[kind][name];
            if (property.kind() == json::Kind::kNull) {
                properties.erase(std::string(name));
                continue;
            }
            const auto text = property.text();
            if (!text || text->size() > kPropertyMax) return bad("Invalid extended property");
            properties[std::string(name)] = *text;
        }
    }
    return std::nullopt;
}

// {"dateTime": "2026-11-25T13:00:00+03:00", "timeZone": "Africa/Nairobi"}; without an offset the zone decides.
std::optional<net::Response> take_time(json::View value, Instant& at, std::string& zone) {
    for (const std::string_view name : value.keys()) {
        if (name != "dateTime" && name != "timeZone") return bad("Unknown name \"" + std::string(name) + "\"");
    }
    zone = value["timeZone"].scalar_if_any().value_or("");
    if (!zone.empty() && zone != "Africa/Nairobi" && zone != "UTC") return bad("Invalid time zone definition.");
    const std::string text = value["dateTime"].scalar_if_any().value_or("");
    const bool has_offset = text.ends_with('Z') || text.find_first_of("+-", 11) != std::string::npos;
    if (text.size() < 19 || (!has_offset && zone.empty()))
        return bad("Missing time zone definition for start time.", "required");
    const auto read = parse_iso(has_offset ? text : text + (zone == "UTC" ? "Z" : "+03:00"));
    if (!read) return bad("Invalid value for: dateTime", "badRequest");
    at = *read;
    return std::nullopt;
}

std::string local_time(Instant at) {
    const std::string shifted = to_iso(at + 3h);
    return shifted.substr(0, 19) + "+03:00";
}

}  // namespace

void copy_json(json::Writer& out, json::View value) {
    switch (value.kind()) {
        case json::Kind::kObject:
            out.begin_object();
            for (const std::string_view key : value.keys()) {
                out.key(key);
                copy_json(out, value[key]);
            }
            out.end_object();
            return;
        case json::Kind::kArray:
            out.begin_array();
            for (size_t i = 0; i < value.size(); ++i) copy_json(out, value.at(i));
            out.end_array();
            return;
        case json::Kind::kString: out.value(value.text().value_or("")); return;
        case json::Kind::kBool: out.value(value.boolean().value_or(false)); return;
        case json::Kind::kNumber: out.raw(value.scalar().value_or("0")); return;
        case json::Kind::kNull:
        case json::Kind::kMissing: out.null(); return;
    }
}

std::optional<net::Response> take_event_body(GoogleCall& call, GoogleEvent& event, bool inserting) {
    const json::View body = call.body;
    for (const std::string_view name : body.keys()) {
        const json::View value = body[name];
        if (const Field* field = plain_field(name)) {
            if (auto refusal = take_plain(event, *field, value)) return refusal;
        } else if (name == "start") {
            if (auto refusal = take_time(value, event.start, event.start_zone)) return refusal;
        } else if (name == "end") {
            if (auto refusal = take_time(value, event.end, event.end_zone)) return refusal;
        } else if (name == "extendedProperties") {
            if (auto refusal = take_properties(event, value)) return refusal;
        } else if (name == "id" && inserting) {
            event.id = value.scalar_if_any().value_or("");
            if (!is_id(event.id)) return bad("Invalid resource id value.");
        } else if (name == "status") {
            const std::string status = value.scalar_if_any().value_or("");
            if (status != "confirmed" && status != "tentative" && status != "cancelled")
                return bad("Invalid value for: status");
            event.status = status;
        } else if (name != "conferenceData") {
            return bad("Invalid JSON payload received. Unknown name \"" + std::string(name) + "\": Cannot find field.");
        }
    }
    if (inserting && (!body["start"].exists() || !body["end"].exists()))
        return bad(body["start"].exists() ? "Missing end time." : "Missing start time.", "required");
    if (event.end <= event.start) return bad("The specified time range is empty.", "timeRangeEmpty", "calendar");
    if (event.plain.contains("attendees") && call.token.who == kGoogleRobot.email) {
        return google_reply::calendar(
            403, "calendar", "forbiddenForServiceAccounts",
            "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.");
    }
    return std::nullopt;
}

std::optional<net::Response> take_conference(GoogleCall& call, GoogleEvent& event) {
    const json::View data = call.body["conferenceData"];
    if (!data.exists() || call.request.query_value("conferenceDataVersion") != "1") return std::nullopt;
    const json::View asked = data["createRequest"];
    if (asked.kind() != json::Kind::kObject) {
        // A copied link would let one patient into another's room.
        return bad("Conference data may only be made by createRequest here.");
    }
    const auto request_id = asked["requestId"].text();
    if (!request_id || request_id->empty()) return bad("Missing conference request id.", "required");
    const Switches& switches = call.world.config.switches;
    const std::string type = asked["conferenceSolutionKey"]["type"].scalar_if_any().value_or("hangoutsMeet");
    if (type != "hangoutsMeet" || call.token.who == kGoogleRobot.email || !switches.google_meet_allowed)
        return bad("Invalid conference type value.");
    if (*request_id == event.request_id) return std::nullopt;
    event.request_id = *request_id;
    event.code.clear();
    event.reads_left = switches.google_pending_reads;
    const bool fails = google_fault(call, "google_conference_fails") != nullptr;
    event.becomes = fails ? GoogleEvent::Conference::kFailed : GoogleEvent::Conference::kMade;
    event.conference = GoogleEvent::Conference::kPending;
    if (const Fault* pending = google_fault(call, "google_conference_pending")) event.reads_left = pending->times;
    if (event.reads_left == 0) look_at(call, event);
    return std::nullopt;
}

void look_at(GoogleCall& call, GoogleEvent& event) {
    if (event.conference != GoogleEvent::Conference::kPending || event.is_cancelled()) return;
    if (event.reads_left > 0 && --event.reads_left > 0) return;
    event.conference = event.becomes;
    if (event.conference != GoogleEvent::Conference::kMade) return;
    event.code = google_code(call.world.dice);
    google_space_of(call.state, call.world.dice, event);
}

std::string etag(const GoogleEvent& event) {
    return "\"" + std::to_string(event.version) + "\"";
}

std::string event_link(const GoogleCall& call, const GoogleEvent& event) {
    return event.conference == GoogleEvent::Conference::kMade ? call.room(event.code) : std::string();
}

namespace {

void write_conference(json::Writer& out, const GoogleCall& call, const GoogleEvent& event) {
    if (event.conference == GoogleEvent::Conference::kNone) return;
    const bool made = event.conference == GoogleEvent::Conference::kMade;
    if (made) out.field("hangoutLink", event_link(call, event));
    out.key("conferenceData").begin_object().key("createRequest").begin_object().field("requestId", event.request_id);
    out.key("conferenceSolutionKey").begin_object().field("type", "hangoutsMeet").end_object();
    out.key("status").begin_object();
    out.field("statusCode", made                                                    ? "success"
                            : event.conference == GoogleEvent::Conference::kPending ? "pending"
                                                                                    : "failure");
    out.end_object().end_object();
    if (made) {
        out.key("entryPoints").begin_array().begin_object().field("entryPointType", "video");
        out.field("uri", event_link(call, event)).field("label", "meet.google.com/" + event.code).end_object();
        out.end_array().key("conferenceSolution").begin_object().key("key").begin_object();
        out.field("type", "hangoutsMeet").end_object().field("name", "Google Meet").end_object();
        out.field("conferenceId", event.code).field("signature", "sandbox");
    }
    out.end_object();
}

void write_properties(json::Writer& out, const GoogleEvent& event) {
    if (event.private_properties.empty() && event.shared_properties.empty()) return;
    out.key("extendedProperties").begin_object();
    for (const auto& [name, properties] :
         {std::pair{"private", &event.private_properties}, std::pair{"shared", &event.shared_properties}}) {
        if (properties->empty()) continue;
        out.key(name).begin_object();
        for (const auto& [key, value] : *properties) out.field(key, value);
        out.end_object();
    }
    out.end_object();
}

void write_time(json::Writer& out, std::string_view name, Instant at, const std::string& zone) {
    out.key(name).begin_object().field("dateTime", local_time(at));
    out.field("timeZone", zone.empty() ? "Africa/Nairobi" : zone).end_object();
}

}  // namespace

void write_event(json::Writer& out, const GoogleCall& call, const GoogleEvent& event) {
    out.begin_object().field("kind", "calendar#event").field("etag", etag(event)).field("id", event.id);
    out.field("status", event.status);
    out.field("htmlLink", call.origin() + "/google/meetings#" + event.id);
    out.field("created", to_iso(event.created)).field("updated", to_iso(event.updated));
    for (const auto& [name, value] : event.plain) out.key(name).raw(value);
    out.key("creator").begin_object().field("email", event.creator).end_object();
    out.key("organizer").begin_object().field("email", event.organizer).end_object();
    write_time(out, "start", event.start, event.start_zone);
    write_time(out, "end", event.end, event.end_zone);
    out.field("iCalUID", event.id + "@google.com").field("sequence", event.sequence);
    write_properties(out, event);
    write_conference(out, call, event);
    out.field("eventType", "default").end_object();
}

}  // namespace clinicpro::sandbox
