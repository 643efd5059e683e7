// daraja.hpp: Safaricom's Daraja, played by one deterministic object: requests and the time go in, answers and
// callbacks to be sent come out. No thread, no socket, no clock of its own.
//
// Promise: the same seed and the same requests at the same times give the same run, byte for byte. It is stricter than
// the real one, and shares no code with src/daraja, so that it shares no mistakes. What is asked under /google/ goes to
// Google on the same clock, with the same faults and the same log. Tested by tests/sandbox on virtual time.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/c2b.hpp"
#include "sandbox/google.hpp"
#include "sandbox/oauth.hpp"
#include "sandbox/pull.hpp"
#include "sandbox/sms.hpp"
#include "sandbox/smtp.hpp"
#include "sandbox/stk.hpp"
#include "sandbox/stk_query.hpp"
#include "sandbox/transfers.hpp"
#include "sandbox/world.hpp"
#include "sandbox/zoom.hpp"

namespace clinicpro::sandbox {

// One request that came in, with secrets replaced.
struct Exchange {
    int64_t number = 0;
    Instant at;
    std::string method;
    std::string path;
    std::string peer;
    std::string request;
    int status = 0;  // 0: cut
    std::string response;
    std::string fault;
    Duration delay{};
};

class Daraja {
public:
    Daraja(Config config, uint64_t seed);

    // `now` never goes back between calls. Runs what is due first.
    Answer handle(const net::Request& request, Instant now);
    void advance(Instant now);
    std::optional<Instant> next_due() const { return world_->schedule.next_due(); }
    // Requests to send now; report each by ended().
    std::vector<Outgoing> take_outgoing() { return world_->outbox.take(); }
    void ended(int64_t delivery, const net::Outcome& outcome, Instant now);

    // Back to the start: same configuration, same seed, nothing happened.
    void reset();

    World& world() { return *world_; }
    Stk& stk() { return *stk_; }
    C2b& c2b() { return *c2b_; }
    Oauth& oauth() { return *oauth_; }
    SmsProvider& sms() { return *sms_; }
    Zoom& zoom() { return *zoom_; }
    Google& google() { return *google_; }
    Smtp& smtp() { return *smtp_; }
    const Transfers& transfers() const { return *transfers_; }
    const std::deque<Exchange>& exchanges() const { return exchanges_; }

private:
    struct Endpoint;
    static std::span<const Endpoint> endpoints();
    Answer route(const net::Request& request, json::View body, Instant now);
    Answer authorised(const Endpoint& endpoint, const net::Request& request, json::View body, Instant now);
    Answer faulty(const Fault& fault, const net::Request& request);
    void keep(const net::Request& request, const Answer& answer, std::string fault, Instant now);

    const Config config_;
    const uint64_t seed_;
    std::unique_ptr<World> world_;
    std::unique_ptr<Oauth> oauth_;
    std::unique_ptr<C2b> c2b_;
    std::unique_ptr<Stk> stk_;
    std::unique_ptr<StkQuery> stk_query_;
    std::unique_ptr<Pull> pull_;
    std::unique_ptr<SmsProvider> sms_;
    std::unique_ptr<Zoom> zoom_;
    std::unique_ptr<Google> google_;
    std::unique_ptr<Smtp> smtp_;
    std::unique_ptr<Transfers> transfers_;
    std::deque<Exchange> exchanges_;
    int64_t last_exchange_ = 0;
};

// The body with passwords, credentials and tokens replaced by "[redacted]".
std::string redacted(std::string_view body);

}  // namespace clinicpro::sandbox
