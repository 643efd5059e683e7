// adapter.hpp: the port to whoever provides virtual meetings.
//
// Sans-I/O: an adapter never sends, sleeps, stores or reads a clock. An operation is a small machine that the caller
// turns:
//
//     next(operation, position, now)           -> an Answer, or one request to Send
//     absorb(operation, step, position, outcome, now) -> an Answer, or Onward: remember this and call next again
//
// The caller keeps the Position between turns (in its database: every turn may be another run of a job) and the Answer
// for ever: an adapter is stateless and, asked twice to create, may make two meetings. The rules that follow:
//  - A token is not special. When the Grant is missing or old, `next` sends the token request; `absorb` returns
//    Onward{.grant}, the caller keeps it (sealed, shared by the account's operations) and turns again. A 401 in mid-life
//    is Onward with an empty grant, once; the second, of a token just given, is Failed{kTransient}: what ends a
//    connection (kAuth) is said where tokens are given.
//  - A request whose fate is unknown, or that a crash interrupted, is absorbed as net::Unknown. The answer is then
//    Unknown{how}: kCreateAgain where our key makes creating idempotent (Google), kFind where it does not (Zoom): run
//    kFind, and create again only after Absent.
//  - Pending is polled with kFind and the provider_id.
// Facts: meetings.md 1.4, 3.6, 8. Tested by meetings/contract_test, which every adapter must pass.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "net/http.hpp"

namespace clinicpro::meetings {

enum class Kind { kSimple, kGoogleMeet, kZoom };

// What we want to exist.
struct Intent {
    std::string key;  // ours, unique per appointment and meeting generation; 1 to 64 of A-Z, a-z, 0-9, _ and -
    Instant start;
    Instant end;        // exclusive; at most kLengthMax after start
    std::string title;  // both sides read it: no patient's name, no reason for the visit (meetings.md 5.6)
    std::string host;   // the provider's account that holds the meeting, such as an e-mail address; empty: the only one
};
inline constexpr size_t kKeyMax = 64;
inline constexpr size_t kTitleMax = 200;     // Zoom's topic, meetings.md 3.2
inline constexpr Duration kLengthMax = 24h;  // Zoom's longest is 1440 minutes
Result<> check(const Intent& intent);        // Error kInvalid with the field

enum class Verb {
    kCreate,
    kFind,      // by provider_id, or by the intent's key when that is empty; changes nothing
    kUpdate,    // moves the meeting to the intent's start and end; the link stays where the provider can
    kCancel,    // cancelling what is gone is a success
    kHostLink,  // the way in for the clinician, fetched when it is used and never stored; by provider_id
    kCheck,     // tries token, scopes, host and plan; makes nothing. Of the intent only `host` is looked at
    kList,      // meetings of ours that the provider holds with a start in [intent.start, intent.end), for the sweeper
};
bool is_for_one_visit(Verb verb);  // those that read the intent's key, times and title
struct Operation {
    Verb verb = Verb::kCreate;
    Intent intent;
    std::string provider_id;  // from Ready or Pending; empty for kCreate, kCheck and kList
};

// --- what an operation can end with ----------------------------------------------------------------------------------

struct Ready {
    std::string provider_id;  // names the meeting to later operations
    std::string patient_url;  // the door itself: secret, shown to the patient only behind our own link
    std::optional<std::string> passcode;
    std::string warning = {};  // what the provider made weaker than the clinic's policy: a sentence; empty: nothing
    struct Held {
        Instant start, end;
    };
    std::optional<Held> held = {};  // kFind: when the provider holds it, where that is not the intent's time
};
struct Pending {  // accepted; the link is not there yet
    std::string provider_id;
    Instant poll_at;
};
struct Absent {};     // kFind, kUpdate, kHostLink: certainly not there; kCreate: was deleted, its key is used up
struct Cancelled {};  // kCancel
struct HostLink {     // kHostLink
    Secret<> url;     // signs the holder in as the host: only for a clinician who is signed in with us
};
struct Finding {
    enum class Level { kGood, kWarning, kProblem };
    Level level = Level::kGood;
    std::string sentence;  // what was tried and how it is; for a warning or a problem also what to do
};
std::string_view to_string(Finding::Level level);  // "good", "warning", "problem"
struct Checked {  // kCheck: in the order they were tried; usable when no finding is a problem
    std::vector<Finding> findings;
};
struct Listed {  // kList: those that carry our mark, whoever's key it is; a meeting somebody made by hand never stands
                 // here
    struct One {
        std::string key;  // the intent's
        std::string provider_id;
        Instant start;
    };
    std::vector<One> meetings;
};
struct Unknown {  // may or may not have happened
    enum class How {
        kFind,
        kCreateAgain,
        kRepeat
    };  // kRepeat: the same operation again is safe (update, cancel, find)
    How how = How::kFind;
    std::string reason;
};
struct Failed {
    enum class Fault {
        kConfig,     // settings must be corrected: no retry helps
        kAuth,       // the connection was revoked or never granted: connect again
        kQuota,      // used up until retry_at (Zoom: 00:00 UTC); another provider may serve
        kRate,       // too fast; retry_at is soon
        kInvalid,    // the provider refuses this meeting as it is
        kTransient,  // certainly not done; try again
    };
    Fault fault = Fault::kTransient;
    std::string sentence;  // for the clinic's administrator: what is wrong and what to do
    std::optional<Instant> retry_at;
};
std::string_view to_string(Failed::Fault fault);  // "config", "auth", ...
bool is_worth_retrying(Failed::Fault fault);      // quota, rate, transient

using Answer = std::variant<Ready, Pending, Absent, Cancelled, Unknown, Failed, HostLink, Checked, Listed>;

// --- turning the machine ---------------------------------------------------------------------------------------------

// What a token exchange brought. A secret of the clinic: seal it when it is stored.
struct Grant {
    Secret<> token;
    Instant expires_at;
    std::string api_url;  // where the provider wants it used; empty: the usual place

    // Good for one more request that may take a minute.
    bool lasts(Instant now) const { return !token.empty() && now + kMargin < expires_at; }
    static constexpr Duration kMargin = 5min;
};

struct Position {
    Grant grant;
    std::string memo;  // the adapter's own note, empty at the start of an operation; no secret stands in it
};

struct Send {
    std::string step;  // names the request for absorb
    net::ClientRequest request;
};
struct Onward {
    std::string memo;            // replaces Position::memo
    std::optional<Grant> grant;  // when set, replaces Position::grant, for the clinic's other operations too
    Duration wait{};             // before the next turn
};
using Step = std::variant<Answer, Send>;
using Turn = std::variant<Answer, Onward>;

// A patient at the door of a meeting that was made earlier.
struct Knock {
    std::string provider_id;
    Instant ends_at;  // of the visit
};

class Adapter {
public:
    virtual ~Adapter() = default;
    virtual Kind kind() const = 0;
    // The patient's own way in, for providers whose links are personal and short-lived (Jitsi with signed tokens): made
    // at the moment the door is opened, given once, never stored. Contacts nobody. Nothing, as most answer: the
    // patient_url of Ready is the door. The host's way in is always the verb kHostLink.
    virtual std::optional<Secret<>> door(const Knock&, Instant) const { return std::nullopt; }
    // The provider's user whose token this intent needs, where each has one of his own: grants are kept by it. Empty:
    // one grant serves all.
    virtual std::string account(const Intent& intent) const { return {}; }
    virtual Step next(const Operation& operation, const Position& position, Instant now) const = 0;
    virtual Turn absorb(const Operation& operation, std::string_view step, const Position& position,
                        const net::Outcome& outcome, Instant now) const = 0;
};

// Turns an operation to its end in one go, for programs without a job queue and for tests. `position` is updated. Waits
// are the caller's to make: they are given to `wait`. An operation that needs more than kTurnsMax requests is Failed.
using Exchange = std::function<net::Outcome(const net::ClientRequest&)>;
inline constexpr int kTurnsMax = 40;  // a token, a create, and a listing of some 30 pages
Answer drive(const Adapter& adapter, const Operation& operation, Position& position, Instant now, const Exchange& send,
             const std::function<void(Duration)>& wait);

}  // namespace clinicpro::meetings
