// google_reply.hpp: the shapes in which Google says no: Calendar's, Meet's, and the token service's (meetings.md 1.6).
#pragma once

#include <string>
#include <string_view>

#include "net/http.hpp"

namespace clinicpro::sandbox::google_reply {

net::Response ok(std::string json, int status = 200);
net::Response nothing();  // 204
// {"error": {"errors": [{domain, reason, message}], "code", "message"}}
net::Response calendar(int status, std::string_view domain, std::string_view reason, std::string_view message);
// {"error": {"code", "message", "status", "details": [...]}}; `reason` may be empty.
net::Response meet(int status, std::string_view name, std::string_view reason, std::string_view message);
// {"error", "error_description"}
net::Response oauth(int status, std::string_view error, std::string_view description);
// A page of something that stands in between, with any status.
net::Response edge(int status);

}  // namespace clinicpro::sandbox::google_reply
