// migrate.cpp: brings a database's schema to what this program knows.
//
// Each migration is one transaction that takes a lock, looks what is there, applies the next one and records it with
// the SHA-256 of its text. So of two instances that start at once the second finds the work done.
// For writers of migrations:
//   - neutral SQL; the words in braces of migrations.hpp are the only differences between engines;
//   - BIGINT for ids, cents and times; INTEGER is 32 bits on PostgreSQL;
//   - a released file is never edited.
// Tested by store/migrate_test.
#include <sodium.h>

#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "store/open.hpp"
#include "store/row_security.hpp"
#include "store/sqlite_statistics.hpp"

namespace clinicpro::store {

namespace {

constexpr Sql kTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
    "checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)";
constexpr Sql kApplied = "SELECT version, name, checksum FROM schema_migrations ORDER BY version";
constexpr Sql kRecord = "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";
constexpr Sql kTableSqlite = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'";
constexpr Sql kTablePostgres = "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('schema_migrations')";
// Held to the end of the transaction. The number is "clinicpr" in ASCII. SQLite's write transaction is lock enough.
constexpr Sql kLockPostgres = "SELECT pg_advisory_xact_lock(7164217030175060082)";
// An index on a large table takes longer than a statement of the server may.
constexpr const char* kPatiencePostgres = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'";

std::string checksum_of(const Migration& migration) {
    const std::string_view sql = migration.sql;
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, reinterpret_cast<const unsigned char*>(sql.data()), sql.size());
    return text::to_hex({reinterpret_cast<const char*>(digest), sizeof digest});
}

void replace_all(std::string& text, std::string_view token, std::string_view by) {
    for (size_t at = text.find(token); at != std::string::npos; at = text.find(token, at + by.size())) {
        text.replace(at, token.size(), by);
    }
}

// What stands between {sqlite: and :sqlite} is for that engine only.
void keep_or_drop_sqlite_parts(std::string& sql, bool keep) {
    constexpr std::string_view kOpen = "{sqlite:", kClose = ":sqlite}";
    for (size_t from = sql.find(kOpen); from != std::string::npos; from = sql.find(kOpen)) {
        const size_t to = sql.find(kClose, from);
        CHECK(to != std::string::npos);
        const size_t inner = from + kOpen.size();
        const std::string part = keep ? sql.substr(inner, to - inner) : std::string();
        sql.replace(from, to + kClose.size() - from, part);
    }
}

std::string in_dialect(const Migration& migration, std::string_view engine) {
    const bool sqlite = engine == "sqlite";
    std::string sql = migration.sql;
    keep_or_drop_sqlite_parts(sql, sqlite);
    replace_all(sql, "{blob}", sqlite ? "BLOB" : "BYTEA");
    replace_all(sql, "{clustered}", sqlite ? "WITHOUT ROWID" : "");
    replace_all(sql, "{bytewise}", sqlite ? "" : "COLLATE \"C\"");
    replace_all(sql, "{position}", sqlite ? "instr" : "strpos");
    return sql;
}

std::unexpected<Error> config(std::string message) {
    return fail(Code::kConfig, std::move(message));
}

// The version the database is at; an error when it does not fit `known`.
Result<int> current_version(Tx& tx, std::span<const Migration> known) {
    struct Applied {
        int version;
        std::string name, checksum;
    };
    std::vector<Applied> applied;
    TRY(tx.each(kApplied,
                [&](const Row& row) { applied.push_back({int(row.integer(0)), row.string(1), row.string(2)}); }));
    const int newest = known.empty() ? 0 : known.back().version;
    size_t next = 0;
    for (const Applied& was : applied) {
        if (was.version > newest) {
            return config("The database's schema (version " + std::to_string(was.version) +
                          ") is newer than this program (version " + std::to_string(newest) +
                          "); start the newer program.");
        }
        if (next >= known.size() || known[next].version != was.version) {
            return config("The database was made by another program: its migration " + was.name + " does not follow " +
                          "this program's; check the database URL and the program's version.");
        }
        if (checksum_of(known[next]) != was.checksum) {
            return config("Migration " + was.name + " was changed after it was applied to this database; start the " +
                          "program that applied it.");
        }
        ++next;
    }
    return applied.empty() ? 0 : applied.back().version;
}

void check_order(std::span<const Migration> migrations) {
    for (size_t i = 0; i < migrations.size(); ++i) {
        CHECK(migrations[i].version > (i == 0 ? 0 : migrations[i - 1].version));
    }
}

const Migration* first_after(std::span<const Migration> migrations, int version) {
    for (const Migration& migration : migrations) {
        if (migration.version > version) return &migration;
    }
    return nullptr;
}

}  // namespace

Result<MigrationReport> inspect(Database& database, std::span<const Migration> migrations) {
    check_order(migrations);
    MigrationReport report{.known = migrations.empty() ? 0 : migrations.back().version};
    TRY(database.read([&](Tx& tx) -> Result<> {
        int64_t tables = 0;
        TRY(tx.each(tx.pick(kTableSqlite, kTablePostgres), [&](const Row& row) { tables = row.integer(0); }));
        if (tables == 0) return {};
        TRY(report.before, current_version(tx, migrations));
        return {};
    }));
    report.after = report.before;
    return report;
}

Result<MigrationReport> migrate(Database& database, std::span<const Migration> migrations) {
    TRY(MigrationReport report, inspect(database, migrations));
    const SystemClock clock;
    for (const Migration* applied = nullptr;;) {
        TRY(database.write([&](Tx& tx) -> Result<> {
            applied = nullptr;
            if (tx.engine() == "postgres") {
                TRY(tx.script(kPatiencePostgres));
                TRY(tx.execute(kLockPostgres));
            }
            TRY(tx.execute(kTable));
            TRY(report.after, current_version(tx, migrations));
            const Migration* next = first_after(migrations, report.after);
            if (!next) return {};
            if (auto done = tx.script(in_dialect(*next, tx.engine())); !done) {
                Error error = std::move(done).error();
                error.detail = std::string("migration ") + next->name + ": " + error.detail;
                return std::unexpected(std::move(error));
            }
            TRY(enforce_row_security(tx));
            TRY(tx.execute(kRecord, next->version, next->name, checksum_of(*next), clock.now()));
            if (tx.engine() == "sqlite") {
                TRY(tx.script(kExpectLargeTables));
            }
            applied = next;
            return {};
        }));
        if (!applied) return report;
        log::info("store.migrated", {{"migration", applied->name}, {"engine", database.engine()}});
    }
}

Result<MigrationReport> migrate(Database& database) {
    return migrate(database, embedded_migrations());
}
Result<MigrationReport> inspect(Database& database) {
    return inspect(database, embedded_migrations());
}

}  // namespace clinicpro::store
