// google_rooms.hpp: the sandbox's Google as a clinic's meeting provider in the storm, by one user's consent, for the
// adapter that clinics really use.
#pragma once

#include "sandbox/daraja.hpp"
#include "storm/rooms.hpp"

namespace clinicpro::storm {

class GoogleRooms final : public Rooms {
public:
    GoogleRooms(const Swarm& swarm, const bool& faults_on, Dice dice);
    net::Response handle(const net::Request& request, Instant now) override;

    std::string_view provider() const override { return "google_meet"; }
    void revoke() override;
    std::string connect(const std::string& host, const std::string& secret) override;
    std::vector<Room> all() const override;
    std::vector<std::string> secrets() const override { return secrets_; }

private:
    std::string faults_json() const;

    const Swarm& swarm_;
    const bool& faults_on_;
    const bool opens_door_;  // the clinic lets everybody in who has the link, which the Meet API must be told
    const std::unique_ptr<sandbox::Daraja> sandbox_;
    std::vector<std::string> secrets_{std::string(sandbox::kGoogleClient.secret)};
    bool is_troubled_ = false;
};

}  // namespace clinicpro::storm
