// checks.hpp: the promises as questions to a finished run. Each answer that is no becomes a sentence in World::broken.
//
// The measure is the sandbox's own ledger (what truly moved), what was told and acknowledged, and what people and
// patients were shown; the server's tables are what is measured. P-10 is asked by run.cpp, P-05 and P-07 also while the
// run goes on.
#pragma once

#include "storm/world.hpp"

namespace clinicpro::storm {

// One clinic's rows, as the checkers need them.
struct Books {
    struct Payment {
        int64_t id = 0;
        std::string method, state, receipt, attention, witness, account, result_code;
        int64_t invoice = 0, expected = 0, received = 0, allocated = 0, duplicate_of = 0, held = 0, refunded = 0;
    };
    struct Refund {
        int64_t id = 0, payment = 0, amount = 0, done = 0;
        std::string way, state, reason, requested_by, decided_by, reference, witness, attention;
        bool is_open() const {
            return state == "requested" || state == "approved" || state == "sending" || state == "pending" ||
                   state == "unknown";
        }
    };
    struct Line {
        int64_t payment = 0, invoice = 0, amount = 0;
        std::string debit, credit, note;
    };
    struct Bill {
        int64_t id = 0, due = 0, paid = 0, visit = 0;
        std::string state;
    };
    struct Waiting {
        int64_t payment = 0, amount = 0;
        std::string state, reason;
    };
    struct Notice {
        std::string method, state, note, body;
    };
    struct Visit {
        int64_t id = 0, generation = 0, starts_at = 0, ends_at = 0, link_generation = 0;
        std::string kind, state;
    };
    struct Meeting {
        int64_t visit = 0, generation = 0;
        std::string state, note, provider, provider_id;
    };
    struct Message {
        int64_t payment = 0, amount = 0;
        std::string state, which, effect;
    };
    struct Entry {
        std::string actor, action, subject;
    };
    std::vector<Payment> payments;
    std::vector<Refund> refunds;
    std::vector<Line> lines;
    std::vector<Bill> bills;
    std::vector<Waiting> unallocated;
    std::vector<Notice> notices;
    std::vector<Visit> visits;
    std::vector<Meeting> meetings;
    std::vector<Message> messages;
    std::vector<Entry> audit;

    const Payment* payment(int64_t id) const;
};
Books read_books(World& world, const Tenant& tenant, clinics::Vault& vault);

// All of them.
void check(World& world, const std::string& database_path, clinics::Vault& vault);

void check_money(World& world, const Tenant& tenant, const Books& books);     // P-02, P-03
void check_refunds(World& world, const Tenant& tenant, const Books& books);   // P-12
void check_evidence(World& world, const Tenant& tenant, const Books& books);  // P-01, P-04
void check_visits(World& world, const Tenant& tenant, const Books& books);    // P-06
// Each patient opens the link of the last message at the visit's time; moves the clock on for good.
void check_doors(World& world, const std::map<const Tenant*, Books>& books);                   // P-06
void check_messages(World& world, const Tenant& tenant, const Books& books);        // P-11
void message_leaves(World& world, const Tenant& tenant, const std::string& key);    // P-11, while it runs
void check_trail(World& world, const Tenant& tenant, const Books& books);                      // P-09
void check_hooks(World& world, const Tenant& tenant);                          // P-13
void look_for_probes(const Tenant& tenant, const Books& books);
// Whether a job is left that would end by itself; what never does is the checks' to find.
bool is_at_work(World& world);

}  // namespace clinicpro::storm
