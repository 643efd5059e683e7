#include "storm/google_rooms.hpp"

#include "base/json.hpp"
#include "storm/fault_list.hpp"
#include "storm/probes.hpp"

namespace clinicpro::storm {
namespace {

constexpr std::string_view kWho = "kisumu.clinic@mail.example";
constexpr std::string_view kScopes =
    "https://www.googleapis.com/auth/calendar.events https://www.googleapis.com/auth/calendar.calendars.readonly "
    "https://www.googleapis.com/auth/meetings.space.settings";

}  // namespace

GoogleRooms::GoogleRooms(const Swarm& swarm, const bool& faults_on, Dice dice)
    : swarm_(swarm), faults_on_(faults_on), opens_door_(dice.chance(0.5)), sandbox_(std::make_unique<sandbox::Daraja>(sandbox::Config{}, dice.next())) {}

std::string GoogleRooms::faults_json() const {
    FaultList faults;
    faults.add_troubles(swarm_.rooms_fail);
    faults.add("answer_empty", swarm_.rooms_fail / 8);
    faults.add("google_conference_fails", swarm_.rooms_fail / 4);
    faults.add("google_not_seen_yet", swarm_.rooms_fail / 4);
    faults.add("google_space_not_kept", swarm_.rooms_fail / 4);
    faults.add("google_rate", swarm_.rooms_429 / 2);
    faults.add("google_quota", swarm_.rooms_429 / 8);
    faults.add("http_429_fault", swarm_.rooms_429 / 2);
    faults.add("token_dies", swarm_.rooms_token_dies);
    faults.add("google_conference_pending", swarm_.rooms_slow_link, R"("times":2)");
    return faults.to_json();
}

net::Response GoogleRooms::handle(const net::Request& request, Instant now) {
    if (faults_on_ != is_troubled_) {
        const auto faults = json::Document::parse(faults_json());
        CHECK(sandbox_->world().faults.replace(faults->root()).has_value());
        if (!faults_on_) sandbox_->world().faults.clear();
        is_troubled_ = faults_on_;
    }
    const auto& events = sandbox_->google().state().events;
    const size_t before = events.size();
    const net::Response answer = sandbox_->handle(request, now).response;
    if (request.path.ends_with("/token") && answer.status == 400) SOMETIMES(kGrantDead);
    if (answer.status == 409) SOMETIMES(kGoogleAdopted);
    if (events.size() > before && answer.status != 200) {
        SOMETIMES(kMeetingMadeUnknown);
        SOMETIMES(kGoogleTrouble);
    }
    return answer;
}

void GoogleRooms::revoke() {
    auto& state = sandbox_->google().state();
    for (auto& [token, refresh] : state.refreshes) refresh.revoked = true;
    state.tokens.clear();
}

std::string GoogleRooms::connect(const std::string& host, const std::string&) {
    const auto token = sandbox_->google().connect(kWho, kScopes, kDawn);
    CHECK(token.has_value());
    secrets_.push_back(*token);
    const std::string google = "https://" + host + "/google";
    json::Writer w;
    w.begin_object().field("provider", "google").field("client_id", sandbox::kGoogleClient.id);
    w.field("client_secret", sandbox::kGoogleClient.secret).field("refresh_token", *token);
    if (opens_door_) w.field("access", "open");
    w.field("token_url", google + "/token").field("consent_url", google + "/o/oauth2/v2/auth");
    w.field("calendar_url", google + "/calendar/v3").field("meet_url", google + "/meet").end_object();
    return w.take();
}

std::vector<Rooms::Room> GoogleRooms::all() const {
    std::vector<Room> rooms;
    for (const auto& [place, event] : sandbox_->google().state().events) {
        const auto key = event.private_properties.find("clinicpro_key");
        const bool is_linked = event.conference == sandbox::GoogleEvent::Conference::kMade;
        rooms.push_back({.id = event.id + " primary",
                         .key = key == event.private_properties.end() ? "" : key->second,
                         .start = event.start,
                         .is_live = !event.is_cancelled(),
                         .url = is_linked ? "https://meet.google.com/" + event.code : ""});
    }
    return rooms;
}

}  // namespace clinicpro::storm
