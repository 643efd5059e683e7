#include "storm/zoom_rooms.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "storm/fault_list.hpp"
#include "storm/probes.hpp"

namespace clinicpro::storm {
namespace {

constexpr std::string_view kMark = "[clinicpro:";  // before the key, in the last line of the agenda

std::string key_in(const std::string& agenda) {
    const size_t open = agenda.rfind(kMark);
    if (open == std::string::npos) return {};
    const size_t from = open + kMark.size();
    return agenda.substr(from, agenda.find(']', from) - from);
}

}  // namespace

ZoomRooms::ZoomRooms(const Swarm& swarm, const bool& faults_on, Dice dice, std::function<void()> made_twice)
    : swarm_(swarm), faults_on_(faults_on), made_twice_(std::move(made_twice)), world_({}, dice.next()) {
    zoom_.account().new_token_kills_old = dice.chance(0.3);
}

std::string ZoomRooms::faults_json() const {
    FaultList faults;
    faults.add_troubles(swarm_.rooms_fail);
    faults.add("zoom_rate_limit", swarm_.rooms_429 / 2, R"("code":"seconds")");
    faults.add("zoom_rate_limit", swarm_.rooms_429 / 2, R"("code":"none")");
    faults.add("token_dies", swarm_.rooms_token_dies);
    faults.add("zoom_list_lag", swarm_.rooms_slow_link, R"("seconds":60)");
    return faults.to_json();
}

net::Response ZoomRooms::handle(const net::Request& request, Instant now) {
    if (faults_on_ != is_troubled_) {
        const auto faults = json::Document::parse(faults_json());
        CHECK(world_.faults.replace(faults->root()).has_value());
        if (!faults_on_) world_.faults.clear();
        is_troubled_ = faults_on_;
    }
    const size_t before = zoom_.meetings().size();
    std::string fault;
    const sandbox::Answer answer = zoom_.handle(request, now, fault);
    if (request.path.ends_with("/token") && answer.response.status == 400) SOMETIMES(kGrantDead);
    if (zoom_.meetings().size() > before) {
        if (answer.response.status != 201) SOMETIMES(kMeetingMadeUnknown);
        if (!fault.empty()) SOMETIMES(kZoomTrouble);
        int same = 0;
        const std::vector<Room> rooms = all();
        for (const Room& room : rooms) same += room.is_live && room.key == rooms.back().key ? 1 : 0;
        if (same > 1 && swarm_.rooms_slow_link > 0) SOMETIMES(kZoomCopy);
        if (same > 1 && swarm_.rooms_slow_link == 0) made_twice_();
    }
    return answer.response;
}

void ZoomRooms::revoke() {
    zoom_.account().active = false;
}

std::string ZoomRooms::connect(const std::string& host, const std::string& secret) {
    sandbox::ZoomAccount& account = zoom_.account();
    account.active = true;
    account.client_secret = Secret<>(secret);
    json::Writer w;
    w.begin_object().field("provider", "zoom").field("account_id", account.account_id).field("client_id", account.client_id);
    w.field("client_secret", secret).field("host", account.users.front().email);
    w.field("token_url", "https://" + host + "/zoom/oauth/token").field("api_url", "https://" + host + "/zoom").end_object();
    return w.take();
}

std::vector<Rooms::Room> ZoomRooms::all() const {
    std::vector<Room> rooms;  // ids rise, so the last one is the newest
    for (const auto& [id, m] : zoom_.meetings()) {
        std::string url = "https://us05web.zoom.us/j/" + std::to_string(id);
        if (!m.password.empty()) url += "?pwd=" + text::to_base64url(m.password + "." + std::to_string(id)) + ".1";
        rooms.push_back({.id = std::to_string(id), .key = key_in(m.agenda), .start = m.start, .is_live = !m.deleted, .url = std::move(url)});
    }
    return rooms;
}

}  // namespace clinicpro::storm
