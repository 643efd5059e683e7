#include "storm/sms.hpp"

#include "base/json.hpp"
#include "storm/probes.hpp"

namespace clinicpro::storm {

net::Response SmsGate::handle(const net::Request& request, Instant) {
    const auto chance = [&](double p) { return faults_on_ && p > 0 && dice_.chance(p); };
    if (chance(swarm_.sms_refuses)) return {429, {}, "{}"};
    const bool lost = chance(swarm_.sms_fails);
    const auto body = json::Document::parse(request.body);
    if (!body) return {400, {}, "{}"};
    const std::string key = body->root()["key"].text().value_or("");
    if (copies_[key]++ > 0) SOMETIMES(kMessageTwice);
    if (lost) return {500, {}, "<html>the message left, the page did not</html>"};
    return {200, {}, "{\"id\":\"sms" + std::to_string(copies_.size()) + "\"}"};
}

messaging::Step sms_request(const std::string& host, const messaging::Message& message) {
    json::Writer w;
    w.begin_object()
        .field("to", message.to.digits())
        .field("body", message.body)
        .field("key", message.key)
        .end_object();
    return net::ClientRequest{.method = "POST", .url = "https://" + host + "/send", .body = w.take()};
}

messaging::Delivery sms_delivery(const net::Outcome& outcome) {
    if (const auto* unsent = std::get_if<net::NotSent>(&outcome))
        return messaging::Refused{messaging::Refused::Why::kPassing, unsent->reason};
    const auto* response = std::get_if<net::Response>(&outcome);
    if (response == nullptr || response->status >= 500) return messaging::Unknown{"no clear answer"};
    if (response->status != 200) return messaging::Refused{messaging::Refused::Why::kPassing, "The gateway is busy."};
    return messaging::Sent{"sms"};
}

}  // namespace clinicpro::storm
