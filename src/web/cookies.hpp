// cookies.hpp: the one cookie of the desk, so bound to this server that no other page, port or subdomain can set or
// read it.
//
// Over https it is "__Host-clinicpro": Secure, HttpOnly, SameSite=Lax, path /, no domain. On plain http, which is for
// trying things on one's own machine, browsers would drop that, so it is "clinicpro-local" without Secure; a server
// whose public address is http and not a loopback address signs nobody in. Tested by web/desk_door_test.
#pragma once

#include <string>
#include <string_view>

#include "base/log.hpp"
#include "net/http.hpp"

namespace clinicpro::web {

class Cookies final {
public:
    explicit Cookies(std::string_view public_url);

    // False: passwords would travel in clear over a network.
    bool may_sign_in() const { return https_ || loopback_; }
    // The session's token, or nothing.
    std::string session(const net::Request& request) const;
    // A random value that a sign-in form must bring back; empty when the browser has none yet.
    std::string form(const net::Request& request) const;

    void set_session(net::Response& response, const Secret<>& token) const;
    void set_form(net::Response& response, std::string_view value) const;
    void end_session(net::Response& response) const;

private:
    std::string name(std::string_view what) const;
    std::string read(const net::Request& request, std::string_view what) const;
    void set(net::Response& response, std::string_view what, std::string_view value, bool ends) const;

    bool https_;
    bool loopback_;
};

}  // namespace clinicpro::web
