// log_channel.hpp: a channel that only writes down that a message was due.
//
// For a clinic without an SMS account, and for development: the text stays readable in the notice's row. The log line
// names the masked phone, the template and the key; never the body, which holds the patient's link (promise P-08).
// Tested by messaging/channel_test.
#pragma once

#include "messaging/channel.hpp"

namespace clinicpro::messaging {

class LogChannel final : public Channel {
public:
    std::string_view name() const override { return "log"; }
    Step send(const Message& message) override;
    Delivery absorb(const net::Outcome& outcome) override;  // never asked: nothing is exchanged
};

}  // namespace clinicpro::messaging
