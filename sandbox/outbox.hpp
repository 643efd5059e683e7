// outbox.hpp: every callback the sandbox sends: when, where, what, and how each attempt ended.
//
// It plans deliveries on the schedule and hands out due ones; somebody else owns the sockets and reports the outcome.
// Delivered once by default, whatever the answer (daraja.md 6.3). Tested by sandbox/stk_callback_test.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "net/http.hpp"
#include "sandbox/schedule.hpp"

namespace clinicpro::sandbox {

struct Attempt {
    Instant sent;
    Instant ended;
    int status = 0;      // 0: no answer
    std::string result;  // "answered", "not sent: ...", "unknown: ..."
};

struct Delivery {
    int64_t id = 0;
    std::string kind;   // stk_callback | c2b_validation | c2b_confirmation | forged
    std::string about;  // CheckoutRequestID or receipt
    std::string shortcode;
    std::string phone;
    std::string url;
    std::string body;
    net::Headers headers;
    Duration timeout = 30s;
    std::string fault;  // the fault that shaped it, if any
    int64_t copy_of = 0;
    int tries = 1;  // more only in folklore mode
    Instant due;
    std::string state = "planned";  // planned | held | sent | answered | failed | lost
    std::vector<Attempt> attempts;
    std::function<void(const net::Outcome&, Instant)> done;  // what hangs on the answer (validation)
};

struct Outgoing {
    int64_t delivery = 0;
    net::ClientRequest request;
};

class Outbox {
public:
    explicit Outbox(Schedule& schedule) : schedule_(schedule) {}

    int64_t post(Delivery delivery, Instant due);
    // Recorded, never sent.
    int64_t lose(Delivery delivery, Instant due);
    // Sent just after the next post of the same kind and shortcode, or at `latest`.
    int64_t hold(Delivery delivery, Instant latest);
    // Sends a recorded delivery again as it was, without its consequences. False when there is none.
    bool redeliver(int64_t id, Instant now);

    void ended(int64_t id, const net::Outcome& outcome, Instant now);
    std::vector<Outgoing> take() { return std::exchange(outgoing_, {}); }
    const std::map<int64_t, Delivery>& all() const { return deliveries_; }
    int64_t last_id() const { return last_id_; }
    void start_after(int64_t id) { last_id_ = id; }

private:
    int64_t keep(Delivery delivery);
    void plan(int64_t id, Instant due);
    void send(int64_t id, Instant now);

    Schedule& schedule_;
    std::map<int64_t, Delivery> deliveries_;
    std::map<int64_t, Schedule::Ticket> held_;
    std::vector<Outgoing> outgoing_;
    int64_t last_id_ = 0;
};

}  // namespace clinicpro::sandbox
