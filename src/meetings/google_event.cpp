// google_event.cpp: events out, events in.
#include "meetings/google_event.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "meetings/config.hpp"

namespace clinicpro::meetings {
namespace {

constexpr size_t kLinkMax = 1'300;                    // meetings.md 1.3
constexpr size_t kIdMax = 1'024;                      // meetings.md 1.2
constexpr std::string_view kZone = "Africa/Nairobi";  // for display; the times themselves carry Z

std::string base32hex(std::string_view bytes) {
    static constexpr std::string_view kAlphabet = "0123456789abcdefghijklmnopqrstuv";
    std::string out;
    uint32_t bits = 0;
    int held = 0;
    for (const char c : bytes) {
        bits = (bits << 8) | uint8_t(c);
        held += 8;
        while (held >= 5) {
            held -= 5;
            out += kAlphabet[(bits >> held) & 31];
        }
    }
    if (held > 0) out += kAlphabet[(bits << (5 - held)) & 31];
    return out;
}

void write_time(json::Writer& w, std::string_view name, Instant at) {
    w.key(name).begin_object().field("dateTime", to_iso(at)).field("timeZone", kZone).end_object();
}

void write_request(json::Writer& w, const std::string& request_id) {
    w.key("conferenceData").begin_object().key("createRequest").begin_object();
    w.field("requestId", request_id);
    w.key("conferenceSolutionKey").begin_object().field("type", "hangoutsMeet").end_object();
    w.end_object().end_object();
}

std::optional<Instant> read_time(json::View view) {
    const auto text = view.scalar_if_any();
    if (!text) return std::nullopt;
    const auto at = parse_iso(*text);
    return at ? std::optional(*at) : std::nullopt;
}

// The patient's browser is sent there: nothing but a web address, and in the clear only to this machine.
bool is_link(const std::string& link) {
    if (link.size() > kLinkMax) return false;
    if (!std::all_of(link.begin(), link.end(), [](char c) { return c > 0x20 && c < 0x7f; })) return false;
    const size_t path = link.find('/', link.find("://") == link.npos ? 0 : link.find("://") + 3);
    return check_base_url(link.substr(0, path)).has_value();
}

std::string link_in(json::View event) {
    std::string link = event["hangoutLink"].scalar_if_any().value_or("");
    const json::View doors = event["conferenceData"]["entryPoints"];
    for (size_t i = 0; link.empty() && i < doors.size(); ++i) {
        if (doors.at(i)["entryPointType"].scalar_if_any() == "video")
            link = doors.at(i)["uri"].scalar_if_any().value_or("");
    }
    return is_link(link) ? link : std::string();
}

GoogleEvent read(json::View root, std::string id) {
    GoogleEvent event;
    event.id = std::move(id);
    event.cancelled = root["status"].scalar_if_any() == "cancelled";
    const json::View mine = root["extendedProperties"]["private"];
    if (mine[kGoogleMark].scalar_if_any() == kGoogleMarkValue) {
        event.key = mine[kGoogleKeyMark].scalar_if_any().value_or("");
    }
    event.start = read_time(root["start"]["dateTime"]);
    event.end = read_time(root["end"]["dateTime"]);
    event.created = read_time(root["created"]);
    event.link = link_in(root);
    if (!event.link.empty()) {
        event.conference = GoogleEvent::Conference::kMade;
        event.code = root["conferenceData"]["conferenceId"].scalar_if_any().value_or("");
        if (event.code.empty()) event.code = event.link.substr(event.link.rfind('/') + 1);
        return event;
    }
    // A missing link cannot tell failed from pending; the status can (meetings.md 1.3).
    const auto status = root["conferenceData"]["createRequest"]["status"]["statusCode"].scalar_if_any();
    if (status == "failure") {
        event.conference = GoogleEvent::Conference::kFailed;
    } else if (status) {
        event.conference = GoogleEvent::Conference::kPending;
    }
    return event;
}

}  // namespace

std::string google_event_id(std::string_view key) {
    return base32hex(crypto::sha256("clinicpro meeting " + std::string(key)));
}

std::string google_insert_body(const Intent& intent) {
    const std::string id = google_event_id(intent.key);
    json::Writer w;
    w.begin_object().field("id", id).field("summary", intent.title);
    write_time(w, "start", intent.start);
    write_time(w, "end", intent.end);
    w.field("visibility", "private").field("guestsCanInviteOthers", false).field("guestsCanSeeOtherGuests", false);
    w.key("extendedProperties").begin_object().key("private").begin_object();
    w.field(kGoogleMark, kGoogleMarkValue).field(kGoogleKeyMark, intent.key).end_object().end_object();
    write_request(w, id);
    return w.end_object().take();
}

std::string google_move_body(const Intent& intent) {
    json::Writer w;
    w.begin_object();
    write_time(w, "start", intent.start);
    write_time(w, "end", intent.end);
    return w.end_object().take();
}

std::string google_conference_body(std::string_view event_id, Instant now) {
    json::Writer w;
    w.begin_object();
    write_request(w, std::string(event_id) + "-" + std::to_string(now.micros));
    return w.end_object().take();
}

Result<GoogleEvent> read_google_event(std::string_view body) {
    TRY(const auto document, json::Document::parse(body));
    TRY(std::string id, document.root()["id"].text());
    if (id.empty() || id.size() > kIdMax) return fail(Code::kInvalid, "The event has no usable id.", "id");
    return read(document.root(), std::move(id));
}

Result<GooglePage> read_google_page(std::string_view body) {
    TRY(const auto document, json::Document::parse(body));
    const json::View items = document.root()["items"];
    if (items.kind() != json::Kind::kArray) return fail(Code::kInvalid, "The list has no items.", "items");
    GooglePage page;
    for (size_t i = 0; i < items.size(); ++i) {
        TRY(std::string id, items.at(i)["id"].text());
        GoogleEvent event = read(items.at(i), std::move(id));
        if (!event.key.empty() && !event.cancelled) page.events.push_back(std::move(event));
    }
    page.next = document.root()["nextPageToken"].scalar_if_any().value_or("");
    return page;
}

}  // namespace clinicpro::meetings
