// gateway.hpp: internal to daraja: how a request is dressed, and how any answer is judged before an API looks at it.
//
// The one place that knows which refusals are certain (daraja.md 0.4, 2.3). Not for other layers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/log.hpp"
#include "base/money.hpp"
#include "daraja/environment.hpp"
#include "daraja/reply.hpp"
#include "net/http.hpp"

namespace clinicpro::daraja::gateway {

net::ClientRequest post(const Endpoint& endpoint, std::string_view path, const Secret<>& token, std::string body);

// For requests that change something. The pointer is a 2xx answer inside `outcome`.
using Judged = std::variant<const net::Response*, Refused, InvalidToken, NotSent, Unknown>;
Judged judge(const net::Outcome& outcome);

// For questions, which may always be asked again.
using Answered = std::variant<const net::Response*, NoInformation, InvalidToken, Misconfigured>;
Answered judge_question(const net::Outcome& outcome);
inline constexpr Duration kAskAgain = 15s;  // the second step of the schedule of daraja.md 3

// The refusal in an answer that is neither 2xx nor a bad token; nothing when it may have been acted on.
std::optional<Refused> certain_refusal(const net::Response& response, const Fault& fault);

// "http 503 500.003.1001: Internal Server Error"; safe to log.
std::string describe(const Fault& fault);

}  // namespace clinicpro::daraja::gateway
