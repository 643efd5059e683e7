// oauth.hpp: GET /oauth/v1/generate, and which app a bearer token speaks for (daraja.md 1). Tested by
// sandbox/oauth_test.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "sandbox/world.hpp"

namespace clinicpro::sandbox {

class Oauth {
public:
    explicit Oauth(World& world) : world_(world) {}

    Answer generate(const net::Request& request, Instant now);

    enum class Check { kGood, kNoHeader, kBadToken };
    // On kGood, `app` is the consumer key.
    Check check(const net::Request& request, Instant now, std::string& app) const;
    void kill(const net::Request& request);  // the fault token_dies
    void kill_all() { tokens_.clear(); }     // as after a restart on Safaricom's side

private:
    struct Token {
        std::string app;
        Instant until;
    };
    static std::string bearer(const net::Request& request);

    World& world_;
    std::map<std::string, Token> tokens_;
};

}  // namespace clinicpro::sandbox
