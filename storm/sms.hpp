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
    // `arrived` is told each message: the notice's key and how often it came before.
    SmsGate(const Swarm& swarm, const bool& faults_on, Dice dice,
            std::function<void(const std::string& key, int before)> arrived)
        : swarm_(swarm), faults_on_(faults_on), dice_(dice), arrived_(std::move(arrived)) {}
    net::Response handle(const net::Request& request, Instant now) override;

private:
    const Swarm& swarm_;
    const bool& faults_on_;
    Dice dice_;
    const std::function<void(const std::string&, int)> arrived_;
    std::map<std::string, int> copies_;
};

// What a channel has to do for such a gateway.
messaging::Step sms_request(const std::string& host, const messaging::Message& message);
messaging::Delivery sms_delivery(const net::Outcome& outcome);

}  // namespace clinicpro::storm
