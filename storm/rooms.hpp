// rooms.hpp: a meeting provider in the storm, and our adapter for it; shaped like the hardest real one.
//
// Tokens that die early, a grant that can be revoked, no idempotency key for creating, links that come late, 429 and
// 5xx, some of them after the work was done. Its list of rooms is the truth that P-06 is asked of.
#pragma once

#include <set>

#include "meetings/adapter.hpp"
#include "storm/outside.hpp"
#include "storm/swarm.hpp"

namespace clinicpro::storm {

class Rooms final : public Outside {
public:
    struct Room {
        std::string id;
        std::string key;  // the intent's
        Instant start;
        Instant linked_at;  // before: no link yet
        bool is_live = true;
    };
    // `made_twice` is told when a second room is made for a key whose first one lives.
    Rooms(const Swarm& swarm, const bool& faults_on, Dice dice, std::function<void()> made_twice)
        : swarm_(swarm), faults_on_(faults_on), dice_(dice), made_twice_(std::move(made_twice)) {}
    net::Response handle(const net::Request& request, Instant now) override;

    // The clinic's consent is gone; the next one has another number, which settings must name ("/g2").
    void revoke();
    int grant() const { return grant_; }
    const std::vector<Room>& all() const { return rooms_; }
    const Room* find(std::string_view id) const;
    std::string url_of(const Room& room) const { return "https://meet.example/" + room.id; }

private:
    net::Response token(std::string_view path);
    net::Response serve(const net::Request& request, std::string_view path, Instant now);
    net::Response show(int status, const Room& room, Instant now) const;

    const Swarm& swarm_;
    const bool& faults_on_;
    Dice dice_;
    const std::function<void()> made_twice_;
    std::vector<Room> rooms_;
    std::set<std::string> tokens_;  // the good ones
    int grant_ = 1;
    int tokens_given_ = 0;
};

// Goes by the name of Zoom, as nobody else does here. `base_url` names the host and the grant:
// "https://rooms1.example/g1".
std::shared_ptr<const meetings::Adapter> make_rooms_adapter(std::string base_url);

}  // namespace clinicpro::storm
