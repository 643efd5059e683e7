// zoom_meeting.cpp: bodies out, meetings in, and the policy read back.
#include "meetings/zoom_meeting.hpp"

#include "base/text.hpp"
#include "crypto/hash.hpp"

namespace clinicpro::meetings::zoom {
namespace {

constexpr std::string_view kMarkOpen = "[clinicpro:";
constexpr std::string_view kZone = "Africa/Nairobi";  // how the host's list shows it; the time itself is sent in UTC
constexpr int64_t kMinute = 60'000'000;
constexpr int64_t kSecond = 1'000'000;

std::string_view to_string(Recording recording) {
    switch (recording) {
        case Recording::kNone: return "none";
        case Recording::kLocal: return "local";
        case Recording::kCloud: return "cloud";
    }
    return "none";
}

void write_times(json::Writer& out, const Intent& intent) {
    const Instant start{intent.start.micros / kSecond * kSecond};  // Zoom drops fractions
    const int64_t minutes = (intent.end.micros - start.micros + kMinute - 1) / kMinute;
    out.field("start_time", to_iso(start))
        .field("duration", std::clamp<int64_t>(minutes, 1, 24 * 60))
        .field("timezone", kZone);
}

void write_settings(json::Writer& out, const ZoomPolicy& policy) {
    out.key("settings").begin_object();
    out.field("use_pmi", false);  // a personal room is the same room for every patient
    out.field("waiting_room", policy.waiting_room);
    out.field("join_before_host", policy.join_before_host && !policy.waiting_room);
    out.field("approval_type", 2);               // no registration
    out.field("meeting_authentication", false);  // patients have no Zoom account
    out.field("auto_recording", to_string(policy.recording));
    out.field("auto_start_meeting_summary", policy.recording != Recording::kNone);
    out.field("email_notification", false);  // the patient hears from the clinic, once
    out.key("continuous_meeting_chat").begin_object().field("enable", false).end_object();
    out.end_object();
}

bool is_on(json::View setting) {
    return setting.scalar_if_any().value_or("") == "true";
}

bool has_passcode(json::View meeting) {
    for (const char* name : {"password", "encrypted_password", "h323_password", "pstn_password"}) {
        if (!meeting[name].scalar_if_any().value_or("").empty()) return true;
    }
    return meeting["join_url"].scalar_if_any().value_or("").find("pwd=") != std::string::npos;
}

}  // namespace

std::string agenda_of(std::string_view key) {
    return "Made by the clinic's booking system, which finds it by the next line. Please leave it.\n" +
           std::string(kMarkOpen) + std::string(key) + "]";
}

std::optional<std::string> key_in(std::string_view agenda) {
    const size_t open = agenda.rfind(kMarkOpen);
    if (open == agenda.npos) return std::nullopt;
    agenda.remove_prefix(open + kMarkOpen.size());
    const size_t close = agenda.find(']');
    if (close == agenda.npos || close == 0 || close > kKeyMax) return std::nullopt;
    return std::string(agenda.substr(0, close));
}

std::string passcode(const Secret<>& client_secret, std::string_view key, bool digits_only) {
    const std::string bytes = crypto::hmac_sha256(client_secret, "clinicpro.zoom.passcode\n" + std::string(key));
    // No letter or digit that is read as another one; never more than two of a kind side by side.
    constexpr std::string_view kLetters = "abcdefghjkmnpqrstuvwxyz";
    constexpr std::string_view kDigits = "23456789";
    constexpr std::string_view kSigns = "@-_*";
    constexpr std::string_view kShape = "aa9a9-a9aa";
    std::string out;
    for (size_t i = 0; i < kShape.size(); ++i) {
        // Two bytes for each character, so that the remainder prefers none by more than a thousandth.
        const size_t drawn = size_t(uint8_t(bytes[2 * i])) << 8 | uint8_t(bytes[2 * i + 1]);
        const std::string_view from = digits_only        ? std::string_view("0123456789")
                                      : kShape[i] == 'a' ? kLetters
                                      : kShape[i] == '9' ? kDigits
                                                         : kSigns;
        out += from[drawn % from.size()];
    }
    return out;
}

std::string create_body(const ZoomSettings& settings, const Intent& intent, bool digits_only) {
    json::Writer out;
    out.begin_object().field("topic", intent.title).field("type", 2);
    write_times(out, intent);
    out.field("agenda", agenda_of(intent.key));
    if (settings.policy.passcode) {
        out.field("password", passcode(settings.client_secret, intent.key, digits_only));
    }
    write_settings(out, settings.policy);
    return out.end_object().take();
}

std::string update_body(const ZoomSettings& settings, const Intent& intent) {
    json::Writer out;
    out.begin_object().field("topic", intent.title);
    write_times(out, intent);
    out.field("agenda", agenda_of(intent.key));
    write_settings(out, settings.policy);
    return out.end_object().take();
}

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 19 && text.find_first_not_of("0123456789") == text.npos;
}

Result<Seen> read(json::View meeting) {
    Seen seen;
    TRY(seen.id, meeting["id"].scalar());
    TRY(seen.ready.patient_url, meeting["join_url"].text());
    const std::string& url = seen.ready.patient_url;
    const bool link = url.starts_with("https://") || url.starts_with("http://127.0.0.1");  // the sandbox's
    if (!is_id(seen.id) || !link || url.size() > 2048) {
        return fail(Code::kInvalid, "Zoom's answer holds no usable meeting.");
    }
    seen.ready.provider_id = seen.id;
    if (auto password = meeting["password"].scalar_if_any(); password && !password->empty()) {
        seen.ready.passcode = std::move(password);
    }
    if (const auto start = meeting["start_time"].scalar_if_any()) {
        if (const auto at = parse_iso(*start)) seen.start = *at;
    }
    return seen;
}

Judgement judge(const ZoomPolicy& policy, json::View meeting) {
    Judgement out;
    const json::View settings = meeting["settings"];
    if (settings.kind() != json::Kind::kObject) {
        out.unsaid = true;
        return out;
    }
    const std::string recording = settings["auto_recording"].scalar_if_any().value_or("none");
    const bool waiting = is_on(settings["waiting_room"]);
    const bool authentication = is_on(settings["meeting_authentication"]);
    const bool passcode = has_passcode(meeting);
    constexpr std::string_view kWhere =
        " In Zoom's web portal, under Account Settings, change or unlock it; then check the meeting settings again.";
    if (is_on(settings["use_pmi"])) {
        out.refuse = "Zoom put the visit into the host's personal room, which is the same for every patient.";
    } else if (recording != "none" && recording != to_string(policy.recording)) {
        out.refuse = "Zoom would record the visit (" + std::string(text::clip(recording, 10)) +
                     "), which this clinic's policy does not allow: automatic recording is locked on in the account.";
    } else if (is_on(settings["auto_start_meeting_summary"]) && policy.recording == Recording::kNone) {
        out.refuse =
            "Zoom would write a summary of the visit, which this clinic's policy does not allow: the meeting "
            "summary is locked on in the account.";
    } else if ((policy.waiting_room || policy.passcode) && !waiting && !passcode && !authentication) {
        out.refuse = "Zoom dropped both the waiting room and the passcode, so anybody with the number could come in.";
    }
    if (!out.refuse.empty()) {
        out.refuse += kWhere;
        return out;
    }
    const auto warn = [&](std::string_view sentence) {
        if (!out.warning.empty()) out.warning += ' ';
        out.warning += sentence;
    };
    if (policy.waiting_room && !waiting) warn("Zoom switched the waiting room off.");
    if (policy.passcode && !passcode) warn("Zoom made the meeting without a passcode.");
    if (!policy.join_before_host && !waiting && is_on(settings["join_before_host"])) {
        warn("Zoom lets people in before the host.");
    }
    if (authentication) warn("Zoom asks everybody to sign in, so a patient without a Zoom account cannot join.");
    if (policy.recording != Recording::kNone && recording == "none") warn("Zoom will not record by itself.");
    if (!out.warning.empty()) out.warning += kWhere;
    return out;
}

}  // namespace clinicpro::meetings::zoom
