// desk_gate.hpp: what every request at the desk passes, in one order: pool, session, clinic, permission, form, CSRF
// token, the route itself, one access line.
//
// Without a session a page leads to the sign-in and comes back; a form is not carried over. Another clinic is "no such
// page". A form counts only with the session's own token and from our own pages, and its `once` makes it happen once
// (promise P-05). Following a page, and asking for it again because something changed, does not keep a session alive.
// Tested by web/desk_gate_test.
#pragma once

#include "web/cookies.hpp"
#include "web/desk.hpp"
#include "web/live.hpp"
#include "web/page_frame.hpp"
#include "web/pool.hpp"

namespace clinicpro::web::front_desk {

// Fields that every form of the desk carries besides its own.
inline constexpr std::string_view kCsrfField = "csrf";
inline constexpr std::string_view kOnceField = "once";
// A header with which a script asks for a page again because something changed.
inline constexpr std::string_view kLiveHeader = "X-Desk-Live";

class Gate final {
public:
    struct Parts {
        const Services& services;
        Pool& pool;
        Pool& slow_pool;
        Pool& trial_pool;
        const PageFrame& frame;
        Live& live;
        clinics::SignIn& sign_in;
        const Cookies& cookies;
    };
    explicit Gate(const Parts& parts) : parts_(parts) {}

    void handle(const Route& route, net::Request request, net::Respond respond);
    // GET /desk: to the clinic, the list of clinics, or the sign-in.
    void front(net::Request request, net::Respond respond);
    // GET /desk/{clinic}/live: an event whenever something of the clinic changed; the page then asks for itself again.
    void follow(net::Request request, net::Respond respond);

private:
    struct Visit;
    net::Response answer(const Route& route, const net::Request& request);
    Result<std::optional<clinics::SignedIn>> who(store::Tx& tx, const std::string& token) const;
    net::Response act(const Route& route, Visit& visit);
    Result<Done> do_once(const Route& route, Visit& visit, Act deed);
    net::Response page(const Visit& visit, const Shown& shown) const;
    net::Response refusal(const Visit& visit, const Error& error) const;
    net::Response to_sign_in(const net::Request& request) const;
    void keep_alive(const Visit& visit);
    Result<net::Response> events(const net::Request& request);

    const Parts parts_;
};

}  // namespace clinicpro::web::front_desk
