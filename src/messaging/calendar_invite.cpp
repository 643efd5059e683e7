#include "messaging/calendar_invite.hpp"

#include "base/text.hpp"

namespace clinicpro::messaging {
namespace {

constexpr size_t kFoldAt = 75;  // octets without the line break (RFC 5545 3.1)
constexpr std::string_view kReminder = "-PT15M";

// "20261123T084400Z"
std::string utc(Instant at) {
    std::string out;
    for (const char c : to_iso(Instant{at.micros / 1'000'000 * 1'000'000})) {
        if (c != '-' && c != ':') out += c;
    }
    return out;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == ';' || c == ',') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else if (uint8_t(c) >= 0x20 && c != 0x7F) {
            out += c;
        }
    }
    return out;
}

// A parameter's value in quotes, which can hold neither quotes nor control characters.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c != '"' && uint8_t(c) >= 0x20 && c != 0x7F) out += c;
    }
    return out + "\"";
}

class Lines {
public:
    void add(std::string line) {
        std::string_view rest = line;
        for (size_t room = kFoldAt;; room = kFoldAt - 1) {  // the space of a continued line counts
            std::string_view piece = text::clip(rest, room);
            if (piece.empty()) piece = rest.substr(0, std::min(room, rest.size()));  // not UTF-8: anywhere
            out_ += piece;
            out_ += "\r\n";
            rest.remove_prefix(piece.size());
            if (rest.empty()) return;
            out_ += ' ';
        }
    }
    std::string take() { return std::move(out_); }

private:
    std::string out_;
};

}  // namespace

std::string_view to_string(Invite::Method method) {
    return method == Invite::Method::kCancel ? "CANCEL" : "REQUEST";
}

std::string write_ics(const Invite& invite) {
    const bool cancel = invite.method == Invite::Method::kCancel;
    Lines lines;
    lines.add("BEGIN:VCALENDAR");
    lines.add("VERSION:2.0");
    lines.add("PRODID:-//ClinicPro//ClinicPro//EN");
    lines.add("METHOD:" + std::string(to_string(invite.method)));
    lines.add("BEGIN:VEVENT");
    lines.add("UID:" + escaped(invite.uid));
    lines.add("DTSTAMP:" + utc(invite.stamp));
    lines.add("DTSTART:" + utc(invite.starts_at));
    lines.add("DTEND:" + utc(invite.ends_at));
    lines.add("SEQUENCE:" + std::to_string(invite.sequence));
    lines.add("SUMMARY:" + escaped(invite.summary));
    lines.add("ORGANIZER;CN=" + quoted(invite.organizer_name) + ":mailto:" + escaped(invite.organizer));
    lines.add("ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:" + escaped(invite.attendee));
    if (!invite.location.empty()) lines.add("LOCATION:" + escaped(invite.location));
    if (!invite.url.empty() && !cancel) lines.add("URL:" + escaped(invite.url));
    lines.add(cancel ? "STATUS:CANCELLED" : "STATUS:CONFIRMED");
    if (!cancel) {
        lines.add("BEGIN:VALARM");
        lines.add("ACTION:DISPLAY");
        lines.add("DESCRIPTION:" + escaped(invite.summary));
        lines.add("TRIGGER:" + std::string(kReminder));
        lines.add("END:VALARM");
    }
    lines.add("END:VEVENT");
    lines.add("END:VCALENDAR");
    return lines.take();
}

}  // namespace clinicpro::messaging
