// envelope.hpp: the three shapes in which Daraja says no (daraja.md 0.4), and the answer a handler gives.
#pragma once

#include <string>
#include <string_view>

#include "net/http.hpp"

namespace clinicpro::sandbox {

// What a caller gets, and how long after it asked. Response status 0: the connection is cut without an answer.
struct Answer {
    net::Response response;
    Duration delay{};  // at least this; the usual latency is added by Daraja
};

inline constexpr std::string_view kJson = "application/json;charset=UTF-8";

namespace envelope {

net::Response ok(std::string json);
// {"requestId", "errorCode", "errorMessage"}
net::Response refusal(int status, std::string_view request_id, std::string_view code, std::string_view message);
// Apigee: {"fault": {"faultstring", "detail": {"errorcode"}}}
net::Response fault(int status, std::string_view text, std::string_view code);
net::Response spike_arrest(int64_t per_minute);
// The edge's HTML page.
net::Response blocked();
net::Response gateway(int status);  // an HTML 502, 503 or 504
net::Response cut();                // close without an answer

}  // namespace envelope
}  // namespace clinicpro::sandbox
