// zoom_checks.cpp: what a meeting's body may say. Stricter than Zoom: a name it does not know is refused, not ignored,
// so that a misspelt setting cannot pass for one that was dropped.
#include "base/text.hpp"
#include "sandbox/zoom.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr std::string_view kPasscodeSigns = "@-_*";
constexpr std::string_view kFlags[] = {"use_pmi",
                                       "waiting_room",
                                       "join_before_host",
                                       "meeting_authentication",
                                       "auto_start_meeting_summary",
                                       "email_notification",
                                       "host_video",
                                       "participant_video",
                                       "mute_upon_entry",
                                       "private_meeting",
                                       "watermark",
                                       "registrants_email_notification",
                                       "push_change_to_calendar"};

bool is_passcode(std::string_view text, bool digits_only) {
    return text.size() <= 10 && std::all_of(text.begin(), text.end(), [&](char c) {
               const bool digit = c >= '0' && c <= '9';
               if (digits_only) return digit;
               return digit || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      kPasscodeSigns.find(c) != kPasscodeSigns.npos;
           });
}

// yyyy-MM-ddTHH:mm:ssZ, or without Z the time in Nairobi (the only other zone played).
std::optional<Instant> read_start(const std::string& text) {
    const bool utc = text.ends_with('Z');
    if (text.size() != (utc ? 20u : 19u)) return std::nullopt;
    const auto at = parse_iso(utc ? text : text + "+03:00");
    return at ? std::optional(*at) : std::nullopt;
}

}  // namespace

Zoom::Problems Zoom::apply(json::View body, const ZoomUser& user, ZoomMeeting& m) const {
    Problems problems;
    const auto bad = [&](std::string_view field, std::string_view words = "Invalid field.") {
        problems.emplace_back(field, words);
    };
    const auto words = [&](json::View value, std::string_view field, size_t most, std::string& to) {
        const auto text = value.text();
        if (!text || text->size() > most) return bad(field);
        to = *text;
    };
    for (const std::string_view name : body.keys()) {
        const json::View value = body[name];
        if (name == "topic") {
            words(value, name, 200, m.topic);
        } else if (name == "agenda") {
            words(value, name, 2000, m.agenda);
        } else if (name == "timezone") {
            words(value, name, 60, m.timezone);
            if (m.timezone != "Africa/Nairobi" && m.timezone != "UTC") bad(name);
        } else if (name == "type") {
            if (value.integer().value_or(0) != 2) bad(name, "Only scheduled meetings are played here.");
        } else if (name == "start_time") {
            const auto text = value.text();
            const auto at = text ? read_start(*text) : std::nullopt;
            if (at)
                m.start = *at;
            else
                bad(name);
        } else if (name == "duration") {
            const int64_t minutes = value.integer().value_or(0);
            if (minutes < 1 || minutes > 1440)
                bad(name);
            else
                m.duration = minutes;
        } else if (name == "password") {
            const auto text = value.text();
            if (!text || !is_passcode(*text, user.digits_only))
                bad(name);
            else
                m.password = *text;
        } else if (name == "settings" && value.kind() == json::Kind::kObject) {
            for (const std::string_view setting : value.keys()) {
                const json::View wish = value[setting];
                const std::string path = "settings." + std::string(setting);
                if (std::find(std::begin(kFlags), std::end(kFlags), setting) != std::end(kFlags)) {
                    if (const auto on = wish.boolean())
                        m.settings[std::string(setting)] = *on ? "true" : "false";
                    else
                        bad(path);
                } else if (setting == "approval_type") {
                    const int64_t kind = wish.integer().value_or(-1);
                    if (kind < 0 || kind > 2)
                        bad(path);
                    else
                        m.settings["approval_type"] = std::to_string(kind);
                } else if (setting == "auto_recording") {
                    const std::string where = wish.text().value_or("");
                    if (where != "none" && where != "local" && where != "cloud")
                        bad(path);
                    else
                        m.settings["auto_recording"] = '"' + where + '"';
                } else if (setting == "continuous_meeting_chat") {
                    const auto on = wish["enable"].boolean();
                    if (!on)
                        bad(path);
                    else
                        m.settings["continuous_meeting_chat"] = *on ? R"({"enable":true})" : R"({"enable":false})";
                } else {
                    bad(path, "This setting does not exist.");
                }
            }
        } else {
            bad(name, "This field does not exist.");
        }
    }
    return problems;
}

}  // namespace clinicpro::sandbox
