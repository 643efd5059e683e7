#include "storm/rooms.hpp"

#include "base/json.hpp"
#include "storm/google_rooms.hpp"
#include "storm/probes.hpp"
#include "storm/zoom_rooms.hpp"

namespace clinicpro::storm {
namespace {

constexpr int64_t kTokenSeconds = 3600;

net::Response plain(int status) {
    return {status, {}, "{}"};
}

}  // namespace

std::optional<Rooms::Room> Rooms::find(std::string_view id) const {
    for (Room& room : all()) {
        if (room.id == id) return std::move(room);
    }
    return std::nullopt;
}

std::unique_ptr<Rooms> make_rooms(Dice which, const Swarm& swarm, const bool& faults_on, Dice dice,
                                  std::function<void()> made_twice) {
    if (which.chance(0.5)) return std::make_unique<ZoomRooms>(swarm, faults_on, dice, std::move(made_twice));
    if (which.chance(0.5)) return std::make_unique<GoogleRooms>(swarm, faults_on, dice);
    return std::make_unique<PlainRooms>(swarm, faults_on, dice, std::move(made_twice));
}

std::vector<Rooms::Room> PlainRooms::all() const {
    std::vector<Room> rooms;
    for (const Kept& kept : rooms_) rooms.push_back(kept.room);
    return rooms;
}

std::string PlainRooms::connect(const std::string& host, const std::string& secret) {
    json::Writer w;
    w.begin_object().field("provider", "zoom").field("account_id", "account").field("client_id", "client");
    w.field("client_secret", secret).field("api_url", "https://" + host + "/g" + std::to_string(grant_)).end_object();
    return w.take();
}

void PlainRooms::revoke() {
    ++grant_;
    tokens_.clear();
}

net::Response PlainRooms::show(int status, const Kept& kept, Instant now) const {
    json::Writer w;
    w.begin_object().field("id", kept.room.id).field("key", kept.room.key);
    w.field("url", now < kept.linked_at ? std::string() : kept.room.url).end_object();
    return {status, {}, w.take()};
}

net::Response PlainRooms::token(std::string_view path) {
    if (path != "/g" + std::to_string(grant_) + "/token") {
        SOMETIMES(kGrantDead);
        return {400, {}, "{\"error\":\"invalid_grant\"}"};
    }
    const std::string made = "roomtoken" + std::to_string(++tokens_given_);
    tokens_.insert(made);
    return {200, {}, "{\"token\":\"" + made + "\",\"expires_in\":" + std::to_string(kTokenSeconds) + "}"};
}

net::Response PlainRooms::handle(const net::Request& request, Instant now) {
    const auto chance = [&](double p) { return faults_on_ && p > 0 && dice_.chance(p); };
    const bool fails = chance(swarm_.rooms_fail);
    const bool after = fails && dice_.chance(0.5);
    const bool slow_down = chance(swarm_.rooms_429);
    if (chance(swarm_.rooms_token_dies)) tokens_.clear();
    if (slow_down) return {429, {{"Retry-After", "3"}}, "{}"};
    if (fails && !after) return {503, {}, "<html>overloaded</html>"};
    net::Response answer;
    if (request.path.ends_with("/token")) {
        answer = token(request.path);
    } else if (const std::string_view bearer = request.header("Authorization");
               !bearer.starts_with("Bearer ") || !tokens_.contains(std::string(bearer.substr(7)))) {
        answer = plain(401);
    } else {
        answer =
            serve(request,
                  std::string_view(request.path).substr(std::min(request.path.find('/', 1), request.path.size())), now);
    }
    if (after) {
        if (answer.status == 201) SOMETIMES(kMeetingMadeUnknown);
        return {502, {}, "<html>bad gateway</html>"};
    }
    return answer;
}

net::Response PlainRooms::serve(const net::Request& request, std::string_view path, Instant now) {
    const auto body = json::Document::parse(request.body.empty() ? "null" : request.body);
    if (!body) return plain(400);
    const auto start = [&] { return Instant{body->root()["start"].integer().value_or(0)}; };
    if (path == "/rooms" && request.method == "POST") {
        const std::string id = std::to_string(9000 + rooms_.size());
        Kept made{.room = {.id = id,
                           .key = body->root()["key"].text().value_or(""),
                           .start = start(),
                           .url = "https://meet.example/" + id},
                  .linked_at = now};
        if (faults_on_ && swarm_.rooms_slow_link > 0 && dice_.chance(swarm_.rooms_slow_link)) {
            SOMETIMES(kMeetingPending);
            made.linked_at = now + dice_.between(Duration(1s), Duration(10min));
        }
        if (std::ranges::any_of(rooms_, [&](const Kept& one) { return one.room.is_live && one.room.key == made.room.key; }))
            made_twice_();
        rooms_.push_back(made);
        return show(201, made, now);
    }
    if (path == "/rooms" && request.query.starts_with("from=")) {
        const int64_t from = std::strtoll(request.query_value("from").c_str(), nullptr, 10);
        const int64_t until = std::strtoll(request.query_value("until").c_str(), nullptr, 10);
        json::Writer w;
        w.begin_object().key("rooms").begin_array();
        for (const auto& [room, linked_at] : rooms_) {
            if (!room.is_live || room.start.micros < from || room.start.micros >= until) continue;
            w.begin_object().field("id", room.id).field("key", room.key).field("start", room.start.micros).end_object();
        }
        w.end_array().end_object();
        return {200, {}, w.take()};
    }
    if (path == "/rooms") {  // the list, by key
        for (const Kept& kept : rooms_) {
            if (kept.room.is_live && "key=" + kept.room.key == request.query) return show(200, kept, now);
        }
        return plain(404);
    }
    for (Kept& kept : rooms_) {
        if (path != "/rooms/" + kept.room.id || !kept.room.is_live) continue;
        if (request.method == "PATCH") kept.room.start = start();
        if (request.method == "DELETE") kept.room.is_live = false;
        return show(200, kept, now);
    }
    return plain(404);
}

}  // namespace clinicpro::storm
