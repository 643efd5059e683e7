// zoom.hpp: Zoom's OAuth and meetings API, played under /zoom: token, meetings of a host, their webhooks.
//
// Promise: what Zoom does to its callers, this does more strictly: no idempotency (repeating a POST makes a second
// meeting), settings dropped and rewritten with a 201, 100 creates and updates per host and UTC day with a 429 that no
// header explains, paging tokens that die, answers lost after the work was done. `meetings()` is the truth. Source:
// meetings.md 3 and 7.3. It shares no code with src/meetings. Tested by sandbox/zoom_test and meetings/contract_test.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sandbox/world.hpp"

namespace clinicpro::sandbox {

struct ZoomUser {
    std::string id;
    std::string email;
    int64_t type = 2;                        // 1 Basic (40 minutes), 2 Licensed
    bool other_account = false;              // 1010
    bool digits_only = false;                // passcodes
    bool waiting_room_off = false;           // the account locked it off: dropped silently
    bool passcode_off = false;               // the same
    std::string recording = "none";          // what the account forces: none | local | cloud
    std::string default_recording = "none";  // of the host's own settings
};

struct ZoomAccount {
    std::string account_id = "sandbox-account";
    std::string client_id = "sandbox-zoom-client";
    Secret<> client_secret = Secret<>("sandbox-zoom-secret");
    Secret<> webhook_secret = Secret<>("sandbox-zoom-webhook-secret");
    std::string webhook_url;  // empty: no event subscription
    std::string scopes =
        "meeting:write:meeting:admin meeting:read:meeting:admin meeting:read:list_meetings:admin "
        "meeting:update:meeting:admin meeting:delete:meeting:admin user:read:user:admin user:read:settings:admin";
    bool active = true;  // the app
    bool new_token_kills_old = false;
    bool password_in_answers = true;  // some paid accounts leave it out
    std::string join_base = "https://us05web.zoom.us/j/";
    std::vector<ZoomUser> users = {{.id = "zhDoctor1", .email = "doctor@clinic.example"},
                                   {.id = "zhFree1", .email = "free@clinic.example", .type = 1},
                                   {.id = "zhOther1", .email = "doctor@elsewhere.example", .other_account = true}};
};

struct ZoomMeeting {
    int64_t id = 0;
    std::string uuid;
    std::string host;  // user id
    std::string topic, agenda, timezone, password;
    Instant start, created;
    Instant listed_at;  // not in the list before: replication
    int64_t duration = 60;
    std::map<std::string, std::string> settings;  // name to raw JSON
    std::string state = "waiting";                // waiting | started | ended
    bool deleted = false;
};

class Zoom {
public:
    explicit Zoom(World& world) : world_(world) {}

    static bool serves(std::string_view path) {
        return path.starts_with("/zoom/oauth/") || path.starts_with("/zoom/v2/");
    }
    // `fault`: the one that bit, for the log.
    Answer handle(const net::Request& request, Instant now, std::string& fault);

    ZoomAccount& account() { return account_; }
    const std::map<int64_t, ZoomMeeting>& meetings() const { return meetings_; }
    // What people in the meeting do: "start" or "end". False when there is no such live meeting.
    bool act(int64_t id, std::string_view what, Instant now);
    // Zoom's check of the webhook address. The outcome stands among the deliveries.
    void validate_url(Instant now);

    static constexpr int64_t kDailyCap = 100;

private:
    struct Token {
        Instant ends;
        std::set<std::string> scopes;  // frozen when it was given
    };
    struct Page {
        Instant ends;
        size_t from = 0;
        std::string user;
    };
    Answer route(const net::Request& request, Instant now);
    Answer token(const net::Request& request, Instant now);
    Answer user(const ZoomUser& user, bool settings);
    Answer create(const net::Request& request, const ZoomUser& user, Instant now);
    Answer list(const net::Request& request, const ZoomUser& user, Instant now);
    Answer read(const ZoomMeeting& meeting, int status);
    Answer update(const net::Request& request, ZoomMeeting& meeting, Instant now);
    Answer remove(ZoomMeeting& meeting, Instant now);

    // Problems of a body as {field, message}; applies it to `meeting` when there are none.
    using Problems = std::vector<std::pair<std::string, std::string>>;
    Problems apply(json::View body, const ZoomUser& user, ZoomMeeting& meeting) const;
    void rewrite(const ZoomUser& user, ZoomMeeting& meeting, const Subject& subject);
    const ZoomUser* find_user(std::string_view key) const;
    ZoomMeeting* live(std::string_view id);
    bool capped(const std::string& user, Instant now);

    Answer error(int status, int64_t code, std::string_view message, const Problems& problems = {});
    Answer limited(std::string_view form, bool daily, Instant now);
    Answer answer(int status, std::string body);
    void meeting_json(json::Writer& out, const ZoomMeeting& meeting, bool whole);
    void announce(std::string_view event, const ZoomMeeting& meeting, Instant now);
    void post_event(std::string event, std::string about, std::string body, Instant due, int tries);

    World& world_;
    ZoomAccount account_;
    std::map<std::string, Token> tokens_;
    std::map<std::string, Page> pages_;
    std::map<int64_t, ZoomMeeting> meetings_;
    std::map<std::pair<std::string, int64_t>, int64_t> used_;  // creates and updates by user and UTC day
};

}  // namespace clinicpro::sandbox
