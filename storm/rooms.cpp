#include "storm/rooms.hpp"

#include "base/json.hpp"
#include "storm/probes.hpp"

namespace clinicpro::storm {
namespace {

constexpr int64_t kTokenSeconds = 3600;

net::Response plain(int status) {
    return {status, {}, "{}"};
}

}  // namespace

const Rooms::Room* Rooms::find(std::string_view id) const {
    const auto found = std::ranges::find(rooms_, id, &Room::id);
    return found == rooms_.end() ? nullptr : &*found;
}

void Rooms::revoke() {
    ++grant_;
    tokens_.clear();
}

net::Response Rooms::show(int status, const Room& room, Instant now) const {
    json::Writer w;
    w.begin_object().field("id", room.id).field("key", room.key);
    w.field("url", now < room.linked_at ? std::string() : url_of(room)).end_object();
    return {status, {}, w.take()};
}

net::Response Rooms::token(std::string_view path) {
    if (path != "/g" + std::to_string(grant_) + "/token") {
        SOMETIMES(kGrantDead);
        return {400, {}, "{\"error\":\"invalid_grant\"}"};
    }
    const std::string made = "roomtoken" + std::to_string(++tokens_given_);
    tokens_.insert(made);
    return {200, {}, "{\"token\":\"" + made + "\",\"expires_in\":" + std::to_string(kTokenSeconds) + "}"};
}

net::Response Rooms::handle(const net::Request& request, Instant now) {
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

net::Response Rooms::serve(const net::Request& request, std::string_view path, Instant now) {
    const auto body = json::Document::parse(request.body.empty() ? "null" : request.body);
    if (!body) return plain(400);
    const auto start = [&] { return Instant{body->root()["start"].integer().value_or(0)}; };
    if (path == "/rooms" && request.method == "POST") {
        Room room{.id = std::to_string(9000 + rooms_.size()),
                  .key = body->root()["key"].text().value_or(""),
                  .start = start(),
                  .linked_at = now};
        if (faults_on_ && swarm_.rooms_slow_link > 0 && dice_.chance(swarm_.rooms_slow_link)) {
            SOMETIMES(kMeetingPending);
            room.linked_at = now + dice_.between(Duration(1s), Duration(10min));
        }
        if (std::ranges::any_of(rooms_, [&](const Room& one) { return one.is_live && one.key == room.key; }))
            made_twice_();
        rooms_.push_back(room);
        return show(201, room, now);
    }
    if (path == "/rooms" && request.query.starts_with("from=")) {
        const int64_t from = std::strtoll(request.query_value("from").c_str(), nullptr, 10);
        const int64_t until = std::strtoll(request.query_value("until").c_str(), nullptr, 10);
        json::Writer w;
        w.begin_object().key("rooms").begin_array();
        for (const Room& room : rooms_) {
            if (!room.is_live || room.start.micros < from || room.start.micros >= until) continue;
            w.begin_object().field("id", room.id).field("key", room.key).field("start", room.start.micros).end_object();
        }
        w.end_array().end_object();
        return {200, {}, w.take()};
    }
    if (path == "/rooms") {  // the list, by key
        for (const Room& room : rooms_) {
            if (room.is_live && "key=" + room.key == request.query) return show(200, room, now);
        }
        return plain(404);
    }
    for (Room& room : rooms_) {
        if (path != "/rooms/" + room.id || !room.is_live) continue;
        if (request.method == "PATCH") room.start = start();
        if (request.method == "DELETE") room.is_live = false;
        return show(200, room, now);
    }
    return plain(404);
}

}  // namespace clinicpro::storm
