// open.hpp: opens the database that a URL names, and brings its schema up to date.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "store/database.hpp"
#include "store/migrations.hpp"

namespace clinicpro::store {

struct OpenOptions {
    // "sqlite:/var/lib/clinicpro/clinicpro.db" or "postgresql://user:password@host/db" (any libpq URL).
    std::string url;
    int readers = 4;  // read connections
    int writers = 2;  // PostgreSQL writer connections; SQLite has one writer by nature
    Duration busy_timeout = 5s;
    // No writer thread: submit() runs the body, commits and calls `done` in the caller's thread. For deterministic
    // simulation and one-shot commands.
    bool in_caller = false;
    // Off (SQLite only) skips fsync: for simulations and tests that commit often and need not survive a power cut.
    bool durable = true;
    // SQLite copies its log into the database once it has so many pages of 4 KiB, from 1 on.
    int log_pages = 16384;
};

// Error kUnavailable / kConfig in sentences an operator can act on (missing folder, wrong password, no server).
// The URL's password is never in the message.
Result<std::unique_ptr<Database>> open(const OpenOptions& options);

struct MigrationReport {
    int before = 0;  // schema version found
    int after = 0;
    int known = 0;  // newest version this program knows
};

// Applies embedded migrations in order, each in its own transaction, under a lock so that two starting instances do not
// race. Verifies the checksum of every applied one. Error kConfig when the database is newer than the program or a
// checksum differs.
Result<MigrationReport> migrate(Database& database);
// The same look without changing anything.
Result<MigrationReport> inspect(Database& database);
// The same with a list of one's own, in ascending order of version.
Result<MigrationReport> migrate(Database& database, std::span<const Migration> migrations);
Result<MigrationReport> inspect(Database& database, std::span<const Migration> migrations);

// Claims a node number (0..255) for ids, kept by renewing before it lapses. `holder` names this process and must be
// unlike any other's. renew_node fails with kConflict once the node is somebody else's: stop making ids then.
Result<int> claim_node(Database& database, const std::string& holder, Instant now);
Result<> renew_node(Database& database, int node, const std::string& holder, Instant now);
// Gives the number back at once; a short command would otherwise hold it for a minute.
Result<> release_node(Database& database, int node, const std::string& holder, Instant now);
inline constexpr Duration kNodeLease = 60s;

}  // namespace clinicpro::store
