// zoom_rooms.hpp: the sandbox's Zoom as a clinic's meeting provider in the storm, for the adapter that clinics really use.
#pragma once

#include "sandbox/zoom.hpp"
#include "storm/rooms.hpp"

namespace clinicpro::storm {

class ZoomRooms final : public Rooms {
public:
    // `made_twice` as for PlainRooms, but only where the host's list is never behind: while it is, no caller can tell
    // that a meeting was made, and a copy has to be swept afterwards.
    ZoomRooms(const Swarm& swarm, const bool& faults_on, Dice dice, std::function<void()> made_twice);
    net::Response handle(const net::Request& request, Instant now) override;

    void revoke() override;
    std::string connect(const std::string& host, const std::string& secret) override;
    std::vector<Room> all() const override;

private:
    std::string faults_json() const;

    const Swarm& swarm_;
    const bool& faults_on_;
    const std::function<void()> made_twice_;
    sandbox::World world_;
    sandbox::Zoom zoom_{world_};
    bool is_troubled_ = false;
};

}  // namespace clinicpro::storm
