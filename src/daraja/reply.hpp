// reply.hpp: the ways a call to Daraja can end that are the same for every API.
//
// Readers take a net::Outcome and answer a variant of these and of one success type. A caller that uses std::visit is
// made to say what it does with each. `reason` and `sentence` never hold a token, a body or a phone number.
// Source of the rules: daraja.md 0.4, 1, 2.3. Tested by daraja/stk_test and daraja/result_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/http.hpp"

namespace clinicpro::daraja {

// Safaricom (or its gateway) certainly did not act on the request.
struct Refused {
    std::string code;      // "400.002.02", a ResponseCode, or "http 403"
    std::string sentence;  // for people: what is wrong and what to do next
    bool retry_later = false;
    Duration wait{};         // when retry_later: not before this long
    bool is_config = false;  // the operator must correct a setting; sending the same again cannot help
};

// The access token was refused: forget it, fetch another, send the same request again ONCE (daraja.md 1).
// Nothing was done: a token is checked before anything else.
struct InvalidToken {};

struct NotSent {  // certain that nothing reached Safaricom; sending again is safe
    std::string reason;
};

struct Unknown {  // it may have been done; a request without an idempotency key must not be sent again
    std::string reason;
};

// For questions only (asking again is always safe): the answer says nothing about the thing asked.
struct NoInformation {
    std::string reason;
    Duration retry_after{};  // not before; from Retry-After when there is one
};

// For questions only: no answer will come until the operator corrects a setting.
struct Misconfigured {
    std::string code;
    std::string sentence;
};

// What a non-success answer says, whichever of the three envelopes it wears (daraja.md 0.4): Daraja's
// requestId/errorCode/errorMessage, Apigee's fault, or an HTML page from the edge.
struct Fault {
    int status = 0;
    std::string code;      // errorCode or detail.errorcode; empty when there is none
    std::string text;      // errorMessage or faultstring, at most kFaultTextMax bytes; empty when there is none
    bool is_html = false;  // an edge or a proxy answered, not Daraja
};
inline constexpr size_t kFaultTextMax = 300;  // the longest seen is under 120
Fault read_fault(const net::Response& response);

// Whether an answer means "this token is not valid (any more)": 404.001.03, 400.003.01, 401.002.01, 401.003.01 or a
// plain 401 (daraja.md 1). Not so: "no apiproduct match found" (the app lacks the product: configuration) and
// 404.001.04 (header or method: our fault).
bool is_invalid_token(const net::Response& response);

// Safaricom's clock when it answered, from the answer's Date; none when there is no answer or no readable Date.
std::optional<Instant> told_time(const net::Outcome& outcome);

// Whole seconds of a Retry-After header, capped at kRetryAfterMax; `otherwise` when absent or not a number of seconds.
Duration retry_after(const net::Response& response, Duration otherwise);
inline constexpr Duration kRetryAfterMax = 3600s;  // a longer word from a gateway is not believed

}  // namespace clinicpro::daraja
