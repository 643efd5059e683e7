// google_state.hpp: what the sandbox's Google remembers: events with their conferences, Meet spaces, tokens.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"
#include "sandbox/google_accounts.hpp"
#include "sandbox/world.hpp"

namespace clinicpro::sandbox {

inline constexpr std::string_view kGoogleScope = "https://www.googleapis.com/auth/";

struct GoogleToken {
    std::string who;               // whose data: a person, or the robot itself
    std::set<std::string> scopes;  // without kGoogleScope
    Instant until;
};

struct GoogleRefresh {  // what a person agreed to
    std::string who;
    std::set<std::string> scopes;
    Instant given;
    bool testing = false;  // made while the consent screen was in Testing: dies after 7 days, whatever comes later
    bool revoked = false;
};

struct GoogleEvent {
    enum class Conference { kNone, kPending, kMade, kFailed };
    std::string id, calendar, status = "confirmed";
    std::string start_zone, end_zone;
    Instant start, end;
    std::map<std::string, std::string> plain;  // other fields, as JSON
    std::map<std::string, std::string> private_properties, shared_properties;
    std::string creator, organizer;
    Instant created, updated;
    int64_t sequence = 0;
    int64_t version = 0;
    std::string request_id;  // of the newest createRequest
    Conference conference = Conference::kNone;
    Conference becomes = Conference::kMade;  // of a pending one
    int64_t reads_left = 0;                  // until it does
    std::string code;
    std::vector<std::string> mails;  // the sendUpdates of each change, "" where it was not given

    bool is_cancelled() const { return status == "cancelled"; }
};

struct GoogleSpace {
    std::string name, code, owner;
    bool from_calendar = false;
    std::string access = "TRUSTED", recording = "OFF", transcription = "OFF";
    bool ended = false;
};

struct GoogleState {
    std::map<std::string, GoogleToken> tokens;
    std::map<std::string, GoogleRefresh> refreshes;
    std::map<std::pair<std::string, std::string>, GoogleEvent> events;  // by calendar and id
    std::map<std::string, GoogleSpace> spaces;                          // by name
    int64_t last_version = 0;
};

// One request on its way: `now` is the time as shown, and who asks is known where a bearer token was needed.
struct GoogleCall {
    World& world;
    GoogleState& state;
    const net::Request& request;
    json::View body;
    Instant now;
    GoogleToken token = {};

    bool may(std::initializer_list<std::string_view> scopes) const {
        for (const std::string_view scope : scopes) {
            if (token.scopes.contains(std::string(scope))) return true;
        }
        return false;
    }
    std::string origin() const { return "http://" + std::string(request.header("Host")); }
    // Repeated query parameters, decoded.
    std::vector<std::string> all(std::string_view name) const;
    std::string room(std::string_view code) const;  // the address of a Meet room
};

// Whether a fault of this name bites this request.
const Fault* google_fault(GoogleCall& call, std::string_view name);
std::string google_code(Dice& dice);  // "abc-defg-hij"
GoogleSpace& google_space_of(GoogleState& state, Dice& dice, const GoogleEvent& event);

}  // namespace clinicpro::sandbox
