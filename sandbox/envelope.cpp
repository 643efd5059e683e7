#include "sandbox/envelope.hpp"

#include "base/json.hpp"

namespace clinicpro::sandbox::envelope {
namespace {

net::Response made(int status, std::string_view type, std::string body) {
    net::Response response;
    response.status = status;
    response.headers.emplace_back("Content-Type", std::string(type));
    response.body = std::move(body);
    return response;
}

}  // namespace

net::Response ok(std::string json) {
    return made(200, kJson, std::move(json));
}

net::Response refusal(int status, std::string_view request_id, std::string_view code, std::string_view message) {
    json::Writer out;
    out.begin_object()
        .field("requestId", request_id)
        .field("errorCode", code)
        .field("errorMessage", message)
        .end_object();
    return made(status, kJson, out.take());
}

net::Response fault(int status, std::string_view text, std::string_view code) {
    json::Writer out;
    out.begin_object().key("fault").begin_object().field("faultstring", text).key("detail").begin_object();
    out.field("errorcode", code).end_object().end_object().end_object();
    return made(status, "application/json", out.take());
}

net::Response spike_arrest(int64_t per_minute) {
    return fault(429,
                 "Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=" + std::to_string(per_minute) +
                     ", periodInMicroseconds=60000000, maxBurstMessageCount=1.0}",
                 "policies.ratelimit.SpikeArrestViolation");
}

net::Response blocked() {
    return made(
        403, "text/html; charset=UTF-8",
        "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult "
        "with your administrator.</body></html>");
}

net::Response gateway(int status) {
    const std::string name = status == 502   ? "502 Bad Gateway"
                             : status == 503 ? "503 Service Unavailable"
                                             : std::to_string(status) + " Error";
    return made(status, "text/html",
                "<html><head><title>" + name + "</title></head><body><h1>" + name + "</h1></body></html>");
}

net::Response cut() {
    net::Response response;
    response.status = 0;
    return response;
}

}  // namespace clinicpro::sandbox::envelope
