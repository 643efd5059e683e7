// google_space.cpp: SpaceConfig out, Space in.
#include "meetings/google_space.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

namespace clinicpro::meetings {
namespace {

constexpr std::string_view kPrefix = "spaces/";
constexpr size_t kNameMax = 128;  // Google's own ids have about 12 characters

bool is_space_name(std::string_view name) {
    if (!name.starts_with(kPrefix) || name.size() <= kPrefix.size() || name.size() > kNameMax) return false;
    const std::string_view id = name.substr(kPrefix.size());
    return std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

}  // namespace

std::string google_space_body(const GoogleSettings& settings) {
    json::Writer w;
    w.begin_object().key("config").begin_object();
    if (settings.access != GoogleAccess::kLeave) w.field("accessType", text::upper(to_string(settings.access)));
    if (settings.recording || settings.transcription) {
        w.key("artifactConfig").begin_object();
        if (settings.recording)
            w.key("recordingConfig").begin_object().field("autoRecordingGeneration", "ON").end_object();
        if (settings.transcription)
            w.key("transcriptionConfig").begin_object().field("autoTranscriptionGeneration", "ON").end_object();
        w.end_object();
    }
    return w.end_object().end_object().take();
}

std::string google_space_mask(const GoogleSettings& settings) {
    std::string mask;
    const auto add = [&](bool on, std::string_view path) {
        if (!on) return;
        if (!mask.empty()) mask += ',';
        mask += path;
    };
    add(settings.access != GoogleAccess::kLeave, "config.accessType");
    add(settings.recording, "config.artifactConfig.recordingConfig.autoRecordingGeneration");
    add(settings.transcription, "config.artifactConfig.transcriptionConfig.autoTranscriptionGeneration");
    return mask;
}

Result<GoogleSpace> read_google_space(const GoogleSettings& settings, std::string_view body) {
    TRY(const auto document, json::Document::parse(body));
    const json::View root = document.root();
    GoogleSpace space;
    TRY(space.name, root["name"].text());
    TRY(space.link, root["meetingUri"].text());
    if (!is_space_name(space.name)) return fail(Code::kInvalid, "The space has no usable name.", "name");
    const json::View config = root["config"];
    const json::View artifacts = config["artifactConfig"];
    const auto on = [](json::View value) { return value.scalar_if_any() == "ON"; };
    space.as_wanted = (settings.access == GoogleAccess::kLeave ||
                       config["accessType"].scalar_if_any() == text::upper(to_string(settings.access))) &&
                      (!settings.recording || on(artifacts["recordingConfig"]["autoRecordingGeneration"])) &&
                      (!settings.transcription || on(artifacts["transcriptionConfig"]["autoTranscriptionGeneration"]));
    return space;
}

}  // namespace clinicpro::meetings
