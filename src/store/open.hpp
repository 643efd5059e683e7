// open.hpp: opens the database that a URL names, and brings its schema up to date.
#pragma once

#include <memory>
#include <string>

#include "store/database.hpp"

namespace clinicpro::store {

struct OpenOptions {
    // "sqlite:/var/lib/clinicpro/clinicpro.db" or "postgresql://user:password@host/db" (any libpq URL).
    std::string url;
    int readers = 4;  // read connections
    int writers = 2;  // PostgreSQL writer connections; SQLite has one writer by nature
    Duration busy_timeout = 5s;
};

// Error kUnavailable / kConfig in sentences an operator can act on (missing folder, wrong password, no server).
// The URL's password is never in the message.
Result<std::unique_ptr<Database>> open(const OpenOptions& options);

struct MigrationReport {
    int before = 0;  // schema version found
    int after = 0;
    int known = 0;   // newest version this program knows
};

// Applies embedded migrations in order, each in its own transaction, under a lock so that two starting instances do not
// race. Verifies the checksum of every applied one. Error kConfig when the database is newer than the program or a
// checksum differs.
Result<MigrationReport> migrate(Database& database);
// The same look without changing anything.
Result<MigrationReport> inspect(Database& database);

// Claims a node number (0..255) for ids, kept by renewing before it lapses. `holder` names this process.
Result<int> claim_node(Database& database, const std::string& holder, Instant now);
Result<> renew_node(Database& database, int node, const std::string& holder, Instant now);
inline constexpr Duration kNodeLease = 60s;

}  // namespace clinicpro::store
