// google.hpp: Google's token service, consent page, Calendar and Meet under /google/, played by one deterministic
// object.
//
//   /google/o/oauth2/v2/auth   consent      /google/calendar/v3/...   Calendar
//   /google/token              tokens       /google/meet/v2/...       Meet
//   /google/meetings           a page: every live meeting, for people
// Google's own clients keep nothing but the host of an address, so Calendar and Meet answer at /calendar/v3/... and
// /v2/spaces... too.
// Stricter than the real ones; it shares no code with src/meetings. Tested by sandbox/google_*_test, and by the
// official clients in tests/google_peer_test.sh.
#pragma once

#include "sandbox/google_oauth.hpp"
#include "sandbox/google_state.hpp"

namespace clinicpro::sandbox {

class Google {
public:
    explicit Google(World& world) : world_(world) {}

    static bool is_mine(std::string_view path) { return !path_of(path).empty(); }
    Answer handle(const net::Request& came, json::View body, Instant now);
    void kill(const net::Request& request) { oauth_.kill(state_, request); }
    // Our answer to a fault that any side may have, in Google's shape.
    static net::Response faulty(const Fault& fault, const net::Request& request);

    GoogleState& state() { return state_; }
    // A live meeting is an event that is not cancelled and has, or is about to have, a conference.
    static bool is_live(const GoogleEvent& event);
    // For the control interface; Error kNotFound.
    Result<> delete_by_hand(std::string_view event);
    Result<std::string> connect(std::string_view who, std::string_view scopes, Instant now);

private:
    static std::string path_of(std::string_view path);  // the /google/... form; empty: not ours
    net::Response route(GoogleCall& call);
    net::Response calendar(GoogleCall& call, const std::vector<std::string_view>& parts);
    net::Response meet(GoogleCall& call, std::string_view rest);
    net::Response page(const GoogleCall& call) const;
    net::Response room(const GoogleCall& call, std::string_view code) const;

    World& world_;
    GoogleState state_;
    GoogleOauth oauth_;
};

}  // namespace clinicpro::sandbox
