// rooms.hpp: meeting providers in the storm. What they list is the truth that P-06 is asked of.
#pragma once

#include <set>

#include "meetings/adapter.hpp"
#include "storm/outside.hpp"
#include "storm/swarm.hpp"

namespace clinicpro::storm {

class Rooms : public Outside {
public:
    struct Room {
        std::string id;
        std::string key;  // the intent's
        Instant start;
        bool is_live = true;
        std::string url;
    };
    virtual std::string_view provider() const { return "zoom"; }  // as our books name it
    // The clinic's consent is gone, until it is given anew.
    virtual void revoke() = 0;
    // Gives consent: the settings by which the clinic connects now, as the API takes them.
    virtual std::string connect(const std::string& host, const std::string& secret) = 0;
    virtual std::vector<Room> all() const = 0;  // those that are gone as well
    virtual std::vector<std::string> secrets() const { return {}; }  // of the clinic, made by the provider
    std::optional<Room> find(std::string_view id) const;
};

// One of our own, shaped like the hardest real one: tokens that die early, a grant that can be revoked, no idempotency
// key for creating, links that come late, 429 and 5xx, some of them after the work was done.
class PlainRooms final : public Rooms {
public:
    // `made_twice` is told when a second room is made for a key whose first one lives.
    PlainRooms(const Swarm& swarm, const bool& faults_on, Dice dice, std::function<void()> made_twice)
        : swarm_(swarm), faults_on_(faults_on), dice_(dice), made_twice_(std::move(made_twice)) {}
    net::Response handle(const net::Request& request, Instant now) override;

    void revoke() override;
    std::string connect(const std::string& host, const std::string& secret) override;
    std::vector<Room> all() const override;

private:
    struct Kept {
        Room room;
        Instant linked_at;  // before: no link yet
    };
    net::Response token(std::string_view path);
    net::Response serve(const net::Request& request, std::string_view path, Instant now);
    net::Response show(int status, const Kept& kept, Instant now) const;

    const Swarm& swarm_;
    const bool& faults_on_;
    Dice dice_;
    const std::function<void()> made_twice_;
    std::vector<Kept> rooms_;
    std::set<std::string> tokens_;  // the good ones
    int grant_ = 1;  // each consent has another number, which settings must name ("/g2")
    int tokens_given_ = 0;
};

// Zoom for half of the clinics, Google for a quarter, and PlainRooms for the others. `made_twice` as there; Google's event
// has its id from us, and cannot be made twice.
std::unique_ptr<Rooms> make_rooms(Dice which, const Swarm& swarm, const bool& faults_on, Dice dice,
                                  std::function<void()> made_twice);

// The adapter for PlainRooms, which goes by the name of Zoom. `base_url` names the host and the grant:
// "https://rooms1.example/g1".
std::shared_ptr<const meetings::Adapter> make_rooms_adapter(std::string base_url);

}  // namespace clinicpro::storm
