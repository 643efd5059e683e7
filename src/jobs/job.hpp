// job.hpp: a durable step of work, as values.
//
// Every flow is a state machine whose steps are either one local transaction or one foreign call, never both at once:
//   plan(tx)  decide, in a transaction; may return a request to send
//   send      act, outside any transaction; ends as Response, NotSent or Unknown
//   absorb(tx) remember, in a transaction
// A crash between any two leaves a row that says what to do next. A job leased before a crash is leased again after
// its lease lapses: `interrupted_step` then names the request whose fate is unknown.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "net/mail.hpp"
#include "store/tenant.hpp"

namespace clinicpro::jobs {

struct NewJob {
    ClinicId clinic;
    std::string kind;     // "stk.push", "payment.settled"
    int64_t subject = 0;  // the row it is about
    Instant run_at;       // at or before now: as soon as possible
};

struct Job {
    JobId id;
    ClinicId clinic;
    std::string kind;
    int64_t subject = 0;
    int attempt = 0;  // how many times it was sent or retried before
    // Set when a previous lease ended without an absorb: the step that was (perhaps) sent.
    std::string interrupted_step;
};

struct Done {};
struct Again {  // run again at; counts as an attempt unless `progress`
    Instant at;
    bool progress = false;
    std::string why;
};
struct Dead {  // a person must look; `reason` is a sentence
    std::string reason;
};
using Next = std::variant<Done, Again, Dead>;

struct Send {
    std::string step;  // names the request, so absorb and recovery know what was asked
    net::AnyRequest request;
};
using Plan = std::variant<Next, Send>;

// What a handler may use besides its transaction. Jobs added here stand in the same transaction.
class Context {
public:
    virtual ~Context() = default;
    virtual Instant now() const = 0;
    virtual IdMaker& ids() = 0;
    virtual Result<> enqueue(store::ClinicTx& tx, NewJob job) = 0;
    // As Tx::nested, and jobs that `body` added go with it when it fails.
    virtual Result<> nested(store::Tx& tx, const std::function<Result<>()>& body) { return tx.nested(body); }
};

class Handler {
public:
    virtual ~Handler() = default;
    virtual Result<Plan> plan(Context& context, store::ClinicTx& tx, const Job& job) = 0;
    // `step` is the one plan returned. Handlers that never send need not override.
    virtual Result<Next> absorb(Context& context, store::ClinicTx& tx, const Job& job, std::string_view step,
                                const net::Outcome& outcome);
};

// Seconds to wait before attempt n (0-based): 1, 2, 4 ... capped at `most`, spread by `jitter` in 0..999.
Duration back_off(int attempt, Duration least, Duration most, int jitter);

}  // namespace clinicpro::jobs
