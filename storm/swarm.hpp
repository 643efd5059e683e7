// swarm.hpp: which faults one run has, how strong they are, and how the clinics are set up; all drawn from the seed.
//
// Each run turns every fault on or off by itself (swarm testing): a run with everything on hides what needs some of it
// off.
#pragma once

#include <string>
#include <vector>

#include "sandbox/config.hpp"
#include "storm/time.hpp"

namespace clinicpro::storm {

struct Swarm {
    uint64_t seed = 0;
    int clinics = 1;
    int instances = 1;
    bool shared_world = false;  // all clinics on one Daraja; otherwise each has its own
    bool apart = false;         // nothing is shared but the server, so that noninterference can be asked for
    int visits = 4;             // of each clinic
    Duration length{};          // of the storm phase
    Duration runner_lag{};      // from a wake-up to the worker's step

    // The network between server and Daraja, per request.
    double refused = 0;      // no connection: certainly not sent
    double lost_before = 0;  // time-out, never seen
    double lost_after = 0;   // processed, the answer lost
    double late = 0;         // the answer comes after 20 to 90 s
    double cut = 0;          // the answer's body is cut
    double doubled = 0;      // a request that may be repeated arrives twice

    struct DarajaFault {
        std::string name;
        double probability = 0;
        double seconds = -1;
        bool after = false;
        std::string code = {};
    };
    std::vector<DarajaFault> daraja;
    sandbox::Switches switches;
    bool slow_world = false;  // realistic answer times; otherwise quick ones

    // The clinic's meeting provider and SMS gateway, per request.
    bool rooms = false;     // a provider on the network; otherwise the Simple one, which contacts nobody
    double rooms_fail = 0;  // 5xx, half of them after the work was done
    double rooms_429 = 0;
    double rooms_token_dies = 0;
    double rooms_slow_link = 0;  // made, but the link comes later
    bool sms = false;            // a gateway on the network; otherwise messages go to the log
    double sms_fails = 0;        // 5xx after the message left
    double sms_refuses = 0;      // 429
    bool hooks = false;          // the clinic's own system is told what happens
    double hooks_fail = 0;       // 5xx, half of them after it was heard

    // The database, per write.
    double busy = 0;
    double full = 0;
    double statement = 0;
    double unknown_kept = 0;
    double unknown_lost = 0;

    // The process.
    double crash_before = 0;  // per write
    double crash_after = 0;   // per write
    int crashes = 0;          // at any moment
    int stalls = 0;
    int clock_jumps = 0;

    // People.
    int64_t fee = 0;           // above zero: every visit costs this much, as in many clinics; payments look alike
    double families = 0.3;     // how often one phone pays for another patient too
    double staff_meddles = 0;  // per visit, for each kind of meddling
    int operator_acts = 0;     // rotations, switches, suspensions
    int forgeries = 0;
    int refunds = 0;  // wishes to give money back, of each clinic
};

Swarm draw_swarm(uint64_t seed);
std::string to_text(const Swarm& swarm);

}  // namespace clinicpro::storm
