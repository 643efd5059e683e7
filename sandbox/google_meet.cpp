#include "sandbox/google_meet.hpp"

#include "base/text.hpp"
#include "sandbox/google_oauth.hpp"
#include "sandbox/google_reply.hpp"

namespace clinicpro::sandbox::google_meet_api {
namespace {

constexpr std::string_view kRecording = "config.artifactConfig.recordingConfig.autoRecordingGeneration";
constexpr std::string_view kTranscription = "config.artifactConfig.transcriptionConfig.autoTranscriptionGeneration";

net::Response no_scope() {
    return google_reply::meet(403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                              "Request had insufficient authentication scopes.");
}
net::Response not_found() {
    return google_reply::meet(404, "NOT_FOUND", "", "Requested entity was not found.");
}
net::Response bad(std::string_view message) {
    return google_reply::meet(400, "INVALID_ARGUMENT", "", message);
}

GoogleSpace* find(GoogleCall& call, std::string_view name, bool by_code) {
    for (auto& [full, space] : call.state.spaces) {
        if (full == "spaces/" + std::string(name) || (by_code && text::equal_ignoring_case(space.code, name)))
            return &space;
    }
    return nullptr;
}

net::Response shown(const GoogleCall& call, const GoogleSpace& space) {
    json::Writer out;
    out.begin_object().field("name", space.name).field("meetingUri", call.room(space.code));
    out.field("meetingCode", space.code).key("config").begin_object().field("accessType", space.access);
    out.field("entryPointAccess", "ALL").key("artifactConfig").begin_object();
    out.key("recordingConfig").begin_object().field("autoRecordingGeneration", space.recording).end_object();
    out.key("transcriptionConfig").begin_object();
    out.field("autoTranscriptionGeneration", space.transcription).end_object().end_object().end_object().end_object();
    return google_reply::ok(out.take());
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

// Takes the fields of the mask from the body.
std::optional<net::Response> take_config(const GoogleCall& call, GoogleSpace& space,
                                         const std::vector<std::string_view>& mask) {
    const json::View config = call.body["config"];
    const json::View artifacts = config["artifactConfig"];
    const bool plan = call.world.config.switches.google_recording_allowed;
    for (const std::string_view path : mask) {
        if (path == "config.accessType") {
            space.access = config["accessType"].scalar_if_any().value_or("");
            if (!is_one_of(space.access, {"OPEN", "TRUSTED", "RESTRICTED"}))
                return bad("Invalid value at config.accessType");
        } else if (path == kRecording || path == kTranscription) {
            const bool recording = path == kRecording;
            const auto value = recording
                                   ? artifacts["recordingConfig"]["autoRecordingGeneration"].scalar_if_any()
                                   : artifacts["transcriptionConfig"]["autoTranscriptionGeneration"].scalar_if_any();
            if (!is_one_of(value.value_or(""), {"ON", "OFF"})) return bad("Invalid value at " + std::string(path));
            if (value == "ON" && !plan) {
                return google_reply::meet(403, "PERMISSION_DENIED", "",
                                          "The user does not have the privilege to generate this artifact.");
            }
            (recording ? space.recording : space.transcription) = *value;
        } else {
            return bad("Invalid field path in updateMask: " + std::string(path));
        }
    }
    return std::nullopt;
}

}  // namespace

net::Response create(GoogleCall& call) {
    if (!call.may({"meetings.space.created"})) return no_scope();
    GoogleSpace space;
    space.name = "spaces/" + call.world.dice.pick(kTokenLetters, 12);
    space.code = google_code(call.world.dice);
    space.owner = call.token.who;
    std::vector<std::string_view> mask;
    if (call.body["config"]["accessType"].exists()) mask.push_back("config.accessType");
    if (auto refusal = take_config(call, space, mask)) return *refusal;
    return shown(call, call.state.spaces[space.name] = space);  // each POST makes one more
}

net::Response get(GoogleCall& call, std::string_view name) {
    if (!call.may({"meetings.space.created", "meetings.space.readonly", "meetings.space.settings"})) return no_scope();
    const GoogleSpace* space = find(call, name, true);
    if (space == nullptr) return not_found();
    if (space->owner != call.token.who)
        return google_reply::meet(403, "PERMISSION_DENIED", "", "Permission denied on resource Space.");
    return shown(call, *space);
}

net::Response patch(GoogleCall& call, std::string_view name) {
    GoogleSpace* space = find(call, name, false);
    // Settings of a space that Calendar made need the wider scope.
    if (!call.may({"meetings.space.settings"}) &&
        !(call.may({"meetings.space.created"}) && space != nullptr && !space->from_calendar))
        return no_scope();
    if (space == nullptr) return not_found();
    if (space->owner != call.token.who)
        return google_reply::meet(403, "PERMISSION_DENIED", "", "Permission denied on resource Space.");
    const std::string mask = call.request.query_value("updateMask");
    if (mask.empty() || call.body.kind() != json::Kind::kObject) return bad("updateMask and a body are needed.");
    GoogleSpace next = *space;
    if (auto refusal = take_config(call, next, text::split(mask, ','))) return *refusal;
    // The fault: taken and not kept, as with settings a plan does not have.
    if (!google_fault(call, "google_space_not_kept")) *space = std::move(next);
    return shown(call, *space);
}

net::Response end(GoogleCall& call, std::string_view name) {
    if (!call.may({"meetings.space.created"})) return no_scope();
    GoogleSpace* space = find(call, name, false);
    if (space == nullptr) return not_found();
    space->ended = true;
    return google_reply::ok("{}");
}

}  // namespace clinicpro::sandbox::google_meet_api
