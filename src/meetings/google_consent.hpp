// google_consent.hpp: connecting one Google user: the address where he agrees, and what to make of his return.
//
// OAuth 2.0 for web servers with PKCE (meetings.md 1.9): send the browser to `url`, keep `state` and `verifier` until
// it comes back to `redirect_uri` with ?state=&code= or ?state=&error=, compare the state, read the code, send the
// exchange, read its answer, store the refresh token. Sans-I/O. Tested by meetings/google_connection_test.
#pragma once

#include <string>
#include <string_view>

#include "crypto/entropy.hpp"
#include "meetings/google_settings.hpp"
#include "net/http.hpp"

namespace clinicpro::meetings {

struct GoogleConsent {
    std::string url;
    std::string state;  // guards against an answer that belongs to another browser: compare, then forget
    Secret<> verifier;  // PKCE: a code that was overheard is worth nothing without it
};
// `redirect_uri` as registered with the OAuth client, letter by letter. `state` is random unless given. Error kConfig
// when the client's id or secret is missing. The other settings decide what is asked for (google_scopes).
Result<GoogleConsent> begin_google_consent(const GoogleSettings& settings, std::string_view redirect_uri,
                                           crypto::Entropy& entropy, std::string state = {});

// What the browser brought back: the query values `code` and `error`. Errors are sentences for the page.
Result<Secret<>> google_consent_code(std::string_view code, std::string_view error);

net::ClientRequest google_exchange_request(const GoogleSettings& settings, const Secret<>& code,
                                           const Secret<>& verifier, std::string_view redirect_uri);
// The refresh token for GoogleSettings. Error kConfig or kUnauthorised when agreeing must be done again, kUnavailable
// when Google did not answer: a code can be exchanged once, so then too it must be done again.
Result<Secret<>> read_google_exchange(const GoogleSettings& settings, const net::Outcome& outcome);

}  // namespace clinicpro::meetings
