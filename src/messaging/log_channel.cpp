#include "messaging/log_channel.hpp"

#include "base/log.hpp"

namespace clinicpro::messaging {

Step LogChannel::send(const Message& message) {
    log::info("notice.sent", {{"clinic", message.clinic.value},
                              {"to", message.to.masked()},
                              {"template", message.template_name},
                              {"key", message.key}});
    return Delivery{Sent{}};
}

Delivery LogChannel::absorb(const net::Outcome&) {
    return Refused{Refused::Why::kAccount, "The log channel exchanges nothing, so there is no answer to read."};
}

}  // namespace clinicpro::messaging
