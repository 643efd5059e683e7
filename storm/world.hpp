// world.hpp: everything one run consists of: the other side, the clinics and their people, the servers, and what was
// truly said to whom. The parts of the storm share it; run.cpp builds it and moves its time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "clinics/link.hpp"
#include "clinics/vault.hpp"
#include "sandbox/daraja.hpp"
#include "storm/database.hpp"
#include "storm/ear.hpp"
#include "storm/probes.hpp"
#include "storm/rooms.hpp"
#include "storm/sms.hpp"
#include "storm/swarm.hpp"
#include "storm/time.hpp"
#include "storm/trace.hpp"

namespace clinicpro::storm {

class Instance;

// One Daraja, and the cable to it.
struct Host {
    std::string name;  // "daraja1.example"
    std::unique_ptr<sandbox::Daraja> daraja;
    Dice dice;  // of the cable
};

// What the provider told us, or answered when asked and the answer was absorbed.
struct Told {
    std::string receipt;   // empty: by query
    std::string checkout;  // empty: by C2B
    bool success = false;
    Money amount;  // zero: not said
    bool by_query = false;
    bool acknowledged = true;  // false: it reached a server, which did not say that it keeps it
};

// An acknowledged notice: it must be in the inbox for ever.
struct Acknowledged {
    std::string method;
    std::string body;
};

struct Invoice {
    std::string id;  // as the API names it
    std::string account;
    std::string visit;  // the appointment's id, or empty
    std::string patient;
    std::string phone;
    bool is_virtual = false;
    int64_t due = 0;  // shillings
    int number = 0;   // in this clinic
};

// A wish to give money back, as the people who asked and decided remember it. Its reason names it: an answer may be
// lost, the reason is in the books whenever the wish is.
struct RefundWish {
    int by = 0;              // which of the two asked
    int64_t cents = 0;       // what the other one was shown, or what was asked; 0: neither is known
    std::string phone;       // to whom, when that was said
    std::set<int> approved;  // who sent an approval
    Instant approved_at;     // the first of them
    bool paid_by_hand = false;
    bool was_answered = false;
    bool is_plain = false;  // made after the storm: it must succeed
};

struct Tenant {
    int number = 0;  // 1 ...
    ClinicId id;
    std::string colour;
    Host* host = nullptr;
    sandbox::Merchant merchant;
    bool v1 = false;
    std::string policy;
    std::string key;         // an admin's
    std::string second_key;  // another's
    Dice dice;               // of its people
    int rotations = 0;
    std::vector<Invoice> invoices;
    std::vector<std::string> phones;
    std::vector<std::string> secrets;
    std::vector<Told> told;
    std::vector<Acknowledged> acknowledged;
    std::map<std::string, int> queries_asked;              // by checkout
    std::map<std::string, int> queries_failed;             // by checkout: absorbed answers that said no
    std::map<int64_t, int> prompts;                        // accepted pushes by transaction
    std::set<std::string> forged;                          // receipts that never were
    std::map<std::string, std::set<std::string>> started;  // payments made under one Idempotency-Key
    std::map<std::string, RefundWish> refunds;             // by reason
    std::set<int64_t> reversals_in_doubt;                  // refunds that left without a clear answer
    std::map<std::string, int> results_kept;               // acknowledged results that said success, by receipt
    std::unique_ptr<Rooms> rooms;                          // its meeting provider
    std::unique_ptr<SmsGate> sms;                          // its SMS gateway
    std::unique_ptr<Ear> ear;                              // its own system
    std::string hook;                                      // the webhook that tells it; empty: none
    int64_t ear_from = 0;                                  // the last entry of the trail before it listened
    Dice cable;                                            // to all three
    bool uses_rooms = false;                               // the provider was chosen once
    std::vector<std::string> plain;                        // the invoices of the plain visits after the storm
    int plain_wanted = 0;
    std::string messages;            // bytes its patients were sent
    std::vector<std::string> doors;  // tokens of the links in them
};

struct RunOptions {
    uint64_t seed = 0;
    Plant plant = Plant::kNone;
    int64_t events_max = -1;  // the storm phase ends after so many; -1: when its time is over
    bool print = false;
    bool keep_lines = false;   // every clinic's lines, for comparing
    int clinics_left_out = 0;  // the last ones are not there
};

struct World {
    World(const RunOptions& run_options, const Swarm& drawn)
        : options(run_options),
          swarm(drawn),
          trace(run_options.print, run_options.keep_lines),
          process(stream(drawn.seed, "process")),
          entropy(drawn.seed) {}

    const RunOptions options;
    const Swarm swarm;
    SimClock clock;
    sandbox::Schedule events;
    Trace trace;
    Dice process;  // luck of the servers
    SeededEntropy entropy;
    bool faults_on = true;
    std::unique_ptr<store::Database> database;
    Secret<> master_key;
    std::unique_ptr<clinics::LinkSigner> links;  // what the servers sign with, to read what they signed
    std::vector<std::unique_ptr<Host>> hosts;
    std::vector<std::unique_ptr<Tenant>> tenants;
    std::vector<std::shared_ptr<Instance>> servers;  // a null one is down
    std::string operator_key;
    std::string log;
    std::set<std::string> tokens;  // access tokens and callback addresses that were used: secrets while they live
    int nodes_used = 0;
    int64_t ran = 0;
    std::vector<std::string> broken;  // what a checker saw

    void at(Instant due, std::function<void()> event) {
        events.at(due, [this, event = std::move(event)](Instant) {
            ++ran;
            event();
        });
    }
    void after(Duration wait, std::function<void()> event) { at(clock.now() + wait, std::move(event)); }
    void say(int clinic, std::string_view text) { trace.line(clock.now(), clinic, text); }
    void breaks(int promise, std::string sentence) {
        char head[16];
        std::snprintf(head, sizeof head, "P-%02d ", promise);
        broken.push_back(head + std::move(sentence));
    }
    Tenant* tenant_of(ClinicId id) {
        for (auto& t : tenants) {
            if (t->id == id) return t.get();
        }
        return nullptr;
    }
};

}  // namespace clinicpro::storm
