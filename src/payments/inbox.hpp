// inbox.hpp: raw notices from providers: stored first, acknowledged second, understood third.
//
// Promise P-01: a notice is acknowledged only after its bytes are committed, sealed with the clinic's key. `drain` then
// hands each to its Method inside the worker's transaction. A notice that cannot be placed yet is parked and tried
// again for a day; one that cannot be true is rejected and shown to a person. Nothing is deleted here.
// Tested by payments/inbox_test, the crash rounds and the demo.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "clinics/vault.hpp"
#include "crypto/entropy.hpp"
#include "jobs/worker.hpp"
#include "payments/method.hpp"

namespace clinicpro::payments {

// What the peer of a notice begins with that a person took in from the provider's statement; who it was follows.
inline constexpr std::string_view kFromStatement = "statement, ";

struct Arrived {
    ClinicId clinic;
    std::string method;   // which Method understands it
    int64_t subject = 0;  // what its address named; the Method knows
    std::string body;
    std::string peer;
    bool peer_known = false;
};

class Inbox final : public jobs::Source {
public:
    Inbox(store::Database& database, clinics::Vault& vault, crypto::Entropy& entropy, IdMaker& ids, const Clock& clock,
          const Methods& methods);

    // Seals on the calling thread, commits with the next group, then calls `done`. `done` gets an error only when the
    // bytes are not stored.
    void store(Arrived notice, std::function<void(Result<>)> done);
    // The same inside the caller's transaction, for what a person hands in; the caller wakes the runner.
    static Result<InboxId> put(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, const Arrived& notice);
    // Called, from a writer's thread, after each stored notice; nullptr ends it, and nobody is in the old one afterwards.
    void on_stored(std::function<void()> wake);

    // jobs::Source: takes up to `limit` due notices.
    Result<int> drain(jobs::Context& context, store::Tx& tx, int limit) override;

    struct Listed {
        InboxId id;
        std::string method, state, note, peer;
        bool peer_known = false;
        int64_t attempt = 0, subject = 0;
        Instant received_at;
    };
    // Newest first; `state` empty: any.
    static Result<std::vector<Listed>> list(store::ClinicTx& tx, std::string_view state, int limit);
    // The bytes as they came, for a person with the right to see them.
    static Result<Secret<>> open(store::ClinicTx& tx, clinics::Vault& vault, InboxId id);
    // Tries a parked or rejected notice again at once.
    static Result<> retry(store::ClinicTx& tx, InboxId id, Instant now);

private:
    store::Database& database_;
    clinics::Vault& vault_;
    crypto::Entropy& entropy_;
    IdMaker& ids_;
    const Clock& clock_;
    const Methods& methods_;
    struct Waker {  // outlives the inbox while commits are under way
        std::mutex mutex;
        std::function<void()> wake;
    };
    std::shared_ptr<Waker> waker_ = std::make_shared<Waker>();
};

}  // namespace clinicpro::payments
