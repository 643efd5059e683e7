// wire.hpp: the cable from one server to Daraja: net::Client on virtual time, with everything that goes wrong on a
// network.
//
// A request that leaves is seen by the sandbox at its time, and its answer comes back later, too late, cut or never.
// What left is kept by colour: no byte of one clinic may go to another's Daraja (P-07).
#pragma once

#include "net/http.hpp"
#include "storm/world.hpp"

namespace clinicpro::storm {

// Each clinic's own, by its number.
std::string rooms_host(int clinic);
std::string sms_host(int clinic);
std::string ear_host(int clinic);

class Wire final : public net::Client {
public:
    // `heard` runs after each answer was handed over: the runner's wake-up.
    Wire(World& world, std::shared_ptr<Life> life, std::function<void()> heard)
        : world_(world), life_(std::move(life)), heard_(std::move(heard)) {}
    void send(net::ClientRequest request, std::function<void(net::Outcome)> done) override;

    // Answers to status queries that were handed to the worker and are not committed yet.
    struct Answered {
        Tenant* tenant;
        std::string checkout;
        bool success;
    };
    std::vector<Answered> take_answered() { return std::exchange(answered_, {}); }
    int on_their_way() const { return on_their_way_; }

private:
    struct Trip;
    // Who is asked, and for whom.
    void address(Trip& trip, const net::ClientRequest& request);
    // What the other side makes of it, and when its answer is back; the server may be dead by then.
    static std::pair<net::Outcome, Instant> arrive(World& world, const Trip& trip);
    static sandbox::Answer ask_daraja(World& world, const Trip& trip, const net::Request& seen);
    void hand_over(const std::shared_ptr<Trip>& trip, net::Outcome outcome, Instant at);
    void look_at(const Trip& trip, const net::Response& response);
    void look_at_reversal(Trip& trip, const net::ClientRequest& request);
    static bool says_no(const net::Outcome& outcome);
    Tenant* owner_of(const Host& host, const net::ClientRequest& request, const std::string& path) const;
    void check_colours(const net::ClientRequest& request, const Tenant* owner);

    World& world_;
    const std::shared_ptr<Life> life_;
    const std::function<void()> heard_;
    std::vector<Answered> answered_;
    int on_their_way_ = 0;
};

}  // namespace clinicpro::storm
