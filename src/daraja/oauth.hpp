// oauth.hpp: the access token that every other call carries (daraja.md 1).
//
// Promise to the caller: a wrong key (kConfig, stop and tell the operator) is never confused with an outage
// (kUnavailable, try again). Does not cache: Safaricom's FAQ says a new token kills the one before, so share one token
// per (host, consumer key) across all processes and renew it kTokenRenewEarly before its end. Tested by
// daraja/oauth_test.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "daraja/environment.hpp"
#include "net/http.hpp"

namespace clinicpro::daraja {

struct Token {
    Secret<> value;
    Duration lifetime{};  // from the moment of the answer; 1 s .. kTokenLifetimeMax
};

inline constexpr Duration kTokenLifetimeMax = 3600s;  // stated by the portal; a longer word is cut to it
inline constexpr Duration kTokenRenewEarly = 60s;     // what every long-lived client does

net::ClientRequest token_request(const Endpoint& endpoint, const Secret<>& consumer_key,
                                 const Secret<>& consumer_secret);

// kConfig:      400.008.01, 400.008.02, a 400 without a body, 401, 404: the credentials or the base URL are wrong.
// kUnavailable: not sent, unknown, 403 and 429, 5xx, HTML, a 2xx that is not a token: try again later.
Result<Token> read_token(const net::Outcome& outcome);

}  // namespace clinicpro::daraja
