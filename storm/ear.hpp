// ear.hpp: a clinic's own system that is told what happens there (webhooks), and what it truly heard.
#pragma once

#include <map>

#include "storm/outside.hpp"
#include "storm/swarm.hpp"

namespace clinicpro::storm {

class Ear final : public Outside {
public:
    // `complains`: what is wrong with a call, as the rest of a sentence about it.
    Ear(const Swarm& swarm, const bool& faults_on, Dice dice, std::function<void(std::string)> complains)
        : swarm_(swarm), faults_on_(faults_on), dice_(dice), complains_(std::move(complains)) {}
    net::Response handle(const net::Request& request, Instant now) override;

    // A secret that calls may be signed with from now on; the ones before stay good.
    void know(const std::string& secret);
    const std::map<std::string, std::string>& heard() const { return heard_; }  // body by webhook-id

private:
    bool is_signed(const net::Request& request) const;

    const Swarm& swarm_;
    const bool& faults_on_;
    Dice dice_;
    const std::function<void(std::string)> complains_;
    std::vector<std::string> keys_;
    std::map<std::string, std::string> heard_;
};

}  // namespace clinicpro::storm
