// sms.hpp: an SMS gateway in the storm and our channel to it. Like the real ones it has no idempotency key, so what it
// got is the truth about who heard what, how often.
#pragma once

#include <map>

#include "messaging/channel.hpp"
#include "storm/outside.hpp"
#include "storm/swarm.hpp"

namespace clinicpro::storm {

class SmsGate final : public Outside {
public:
    SmsGate(const Swarm& swarm, const bool& faults_on, Dice dice) : swarm_(swarm), faults_on_(faults_on), dice_(dice) {}
    net::Response handle(const net::Request& request, Instant now) override;

private:
    const Swarm& swarm_;
    const bool& faults_on_;
    Dice dice_;
    std::map<std::string, int> copies_;  // by the notice's key
};

// What a channel has to do for such a gateway.
messaging::Step sms_request(const std::string& host, const messaging::Message& message);
messaging::Delivery sms_delivery(const net::Outcome& outcome);

}  // namespace clinicpro::storm
