#include "storm/database.hpp"

#include "storm/probes.hpp"

namespace clinicpro::storm {
namespace {

Result<> gone() {
    return fail(Code::kUnavailable, "This server is dead (storm).");
}

}  // namespace

void StormDatabase::die(std::string_view how) {
    life_->dead = true;
    around_.died(how);
}

Result<> StormDatabase::read(const store::Body& body) {
    if (life_->dead) return gone();
    if (chance(around_.swarm.busy)) {
        SOMETIMES(kDatabaseBusy);
        return fail(Code::kBusy, "The database is busy with other questions (storm).");
    }
    return inner_.read([&](store::Tx& tx) -> Result<> {
        PlantedTx planted(tx, around_.plant, 0);
        return body(planted);
    });
}

void StormDatabase::submit(store::Body body, std::function<void(Result<>)> done) {
    const Swarm& swarm = around_.swarm;
    if (life_->dead) return done(gone());
    if (chance(swarm.crash_before)) {
        SOMETIMES(kCrashBeforeCommit);
        die("before a commit");
        return done(gone());
    }
    if (chance(swarm.busy)) {
        SOMETIMES(kDatabaseBusy);
        around_.note("database busy");
        return done(fail(Code::kBusy, "The database is locked by another program (storm)."));
    }
    if (chance(swarm.full)) {
        SOMETIMES(kDatabaseFull);
        around_.note("disk full");
        return done(fail(Code::kStorageFull, "The disk is full (storm)."));
    }
    if (chance(swarm.unknown_lost)) {
        SOMETIMES(kCommitUnknownLost);
        around_.note("commit unknown, not kept");
        return done(fail(Code::kUnknown, "The commit's answer was lost (storm)."));
    }
    int64_t fails_at = 0;
    if (chance(swarm.statement)) fails_at = around_.dice.between(1, 40);
    const bool kept = chance(swarm.unknown_kept);
    const bool dies = chance(swarm.crash_after);
    inner_.submit(
        [plant = around_.plant, fails_at, body = std::move(body)](store::Tx& tx) -> Result<> {
            PlantedTx planted(tx, plant, fails_at);
            auto result = body(planted);
            if (planted.failed()) {
                SOMETIMES(kStatementFailed);
                return fail(Code::kUnavailable, "The database file cannot be read or written (storm).");
            }
            return result;
        },
        [this, life = life_, kept, dies, done = std::move(done)](Result<> result) {
            if (result && dies) {
                SOMETIMES(kCrashAfterCommit);
                die("after a commit");
                result = gone();
            } else if (result && kept) {
                SOMETIMES(kCommitUnknownKept);
                around_.note("commit unknown, kept");
                result = fail(Code::kUnknown, "The commit's answer was lost (storm).");
            }
            done(std::move(result));
        });
}

}  // namespace clinicpro::storm
