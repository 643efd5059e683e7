// Promise P-07 in the schema: every tenant table carries its clinic on both engines, and PostgreSQL shows no row to a
// transaction that named no clinic, or another one. The tests run as the program's own role, which is no superuser.
#include "store/row_security.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "store/tenant.hpp"
#include "tests/store/engines.hpp"

namespace clinicpro::store {
namespace {

using clinicpro::testing::EngineUnderTest;

constexpr ClinicId kMlimani{1}, kPwani{2};
constexpr Instant kNow{1'795'000'000'000'000};

// Tables of the whole server: no patient's, payment's or clinic's data stands in them.
const std::set<std::string> kOfTheServer = {"schema_migrations", "nodes", "clinic_numbers"};

struct Table {
    std::vector<std::string> key;  // columns of the primary key, in order
    bool has_clinic = false;
    bool clinic_may_be_null = true;
    std::map<int64_t, std::vector<std::string>> references;  // a foreign key's own columns
    std::map<int64_t, std::string> referenced;               // the table it leads to
};

class Schema : public ::testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        database = under_test.open();
        ASSERT_TRUE(database);
        const auto migrated = migrate(*database);
        ASSERT_TRUE(migrated) << migrated.error().message << migrated.error().detail;
    }
    bool sqlite() const { return under_test.engine() == "sqlite"; }

    std::map<std::string, Table> tables() {
        std::map<std::string, Table> found;
        const auto read = database->read([&](Tx& tx) { return sqlite() ? walk_sqlite(tx, found) : walk_postgres(tx, found); });
        EXPECT_TRUE(read) << read.error().message << " " << read.error().detail;
        return found;
    }

    EngineUnderTest under_test{GetParam()};
    std::unique_ptr<Database> database;

private:
    static Result<> walk_sqlite(Tx& tx, std::map<std::string, Table>& found) {
        TRY(tx.each("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
                    [&](const Row& row) { found[row.string(0)]; }));
        for (auto& [name, table] : found) {
            std::map<int64_t, std::string> key;
            TRY(tx.each("SELECT name, \"notnull\", pk FROM pragma_table_info($1)",
                        [&](const Row& row) {
                            if (row.text(0) == "clinic_id") {
                                table.has_clinic = true;
                                table.clinic_may_be_null = row.integer(1) == 0 && row.integer(2) == 0;
                            }
                            if (row.integer(2) > 0) key[row.integer(2)] = row.string(0);
                        },
                        name));
            for (const auto& [place, column] : key) table.key.push_back(column);
            TRY(tx.each("SELECT id, \"from\", \"table\" FROM pragma_foreign_key_list($1) ORDER BY id, seq",
                        [&](const Row& row) {
                            table.references[row.integer(0)].push_back(row.string(1));
                            table.referenced[row.integer(0)] = row.string(2);
                        },
                        name));
        }
        return {};
    }
    static Result<> walk_postgres(Tx& tx, std::map<std::string, Table>& found) {
        TRY(tx.each("SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')",
                    [&](const Row& row) { found[row.string(0)]; }));
        TRY(tx.each("SELECT c.relname, a.attnotnull FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
                    "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'clinic_id'",
                    [&](const Row& row) {
                        found[row.string(0)].has_clinic = true;
                        found[row.string(0)].clinic_may_be_null = row.integer(1) == 0;
                    }));
        TRY(tx.each("SELECT c.relname, k.contype::text, k.conname, a.attname, COALESCE(f.relname, '') FROM pg_constraint k "
                    "JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_class f ON f.oid = k.confrelid "
                    "CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS u(num, place) "
                    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.num "
                    "WHERE c.relnamespace = current_schema()::regnamespace AND k.contype IN ('p', 'f') "
                    "ORDER BY c.relname, k.conname, u.place",
                    [&](const Row& row) {
                        Table& table = found[row.string(0)];
                        if (row.text(1) == "p") return table.key.push_back(row.string(3));
                        const int64_t id = int64_t(std::hash<std::string>()(row.string(2)));
                        table.references[id].push_back(row.string(3));
                        table.referenced[id] = row.string(4);
                    }));
        return {};
    }
};
INSTANTIATE_TEST_SUITE_P(Engines, Schema, ::testing::Values("sqlite", "postgres"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(Schema, every_table_but_three_is_keyed_by_its_clinic_first) {
    const auto all = tables();
    EXPECT_GE(all.size(), 20u) << "the walk must see the whole schema";
    for (const auto& [name, table] : all) {
        if (kOfTheServer.contains(name)) {
            EXPECT_FALSE(table.has_clinic) << name << " has a clinic: take it off the list of the server's own tables";
            continue;
        }
        EXPECT_TRUE(table.has_clinic) << name << " lacks clinic_id";
        EXPECT_FALSE(table.clinic_may_be_null) << name;
        ASSERT_FALSE(table.key.empty()) << name << " has no primary key";
        EXPECT_EQ(table.key.front(), "clinic_id") << name;
    }
}

TEST_P(Schema, a_reference_to_a_tenant_table_carries_the_clinic) {
    int seen = 0;
    const auto all = tables();
    for (const auto& [name, table] : all) {
        for (const auto& [id, columns] : table.references) {
            ++seen;
            EXPECT_EQ(columns.front(), "clinic_id") << name << " -> " << table.referenced.at(id);
        }
    }
    EXPECT_GE(seen, 8) << "the walk must see the references";
}

// What follows is PostgreSQL's: SQLite has no row-level security.
class RowSecurity : public ::testing::Test {
protected:
    void SetUp() override {
        database = under_test.open();
        ASSERT_TRUE(database);
        ASSERT_TRUE(migrate(*database));
        const auto written = database->write([&](Tx& tx) -> Result<> {
            for (const ClinicId clinic : {kMlimani, kPwani}) {
                TRY(ClinicTx(tx, clinic).execute(kAdd, 1, "kind", kNow));
            }
            return {};
        });
        ASSERT_TRUE(written) << written.error().message << " " << written.error().detail;
    }
    static constexpr Sql kAdd =
        "INSERT INTO jobs (clinic_id, id, kind, subject, state, run_at, attempt, fence, step, note, created_at) "
        "VALUES ($1, $2, $3, 0, 'ready', $4, 0, 0, '', '', $4)";
    // On purpose without its clinic in the WHERE clause: the mistake that the policy must catch.
    static constexpr Sql kCareless = "SELECT clinic_id FROM jobs WHERE clinic_id > $1 - 1000 ORDER BY clinic_id";

    static std::vector<int64_t> seen_by(ClinicTx& tx) {
        std::vector<int64_t> clinics;
        EXPECT_TRUE(tx.each(kCareless, [&](const Row& row) { clinics.push_back(row.integer(0)); }));
        return clinics;
    }

    EngineUnderTest under_test{"postgres"};
    std::unique_ptr<Database> database;
};

TEST_F(RowSecurity, binds_the_role_that_the_tests_run_as) {
    ASSERT_TRUE(database->read([&](Tx& tx) -> Result<> {
        TRY(const bool binds, row_security_binds(tx));
        EXPECT_TRUE(binds);
        return {};
    }));
}

TEST_F(RowSecurity, covers_every_table_that_has_a_clinic) {
    ASSERT_TRUE(database->read([&](Tx& tx) -> Result<> {
        int64_t with_clinic = 0, guarded = 0;
        TRY(tx.each("SELECT CAST(COUNT(*) AS BIGINT), CAST(COUNT(*) FILTER (WHERE c.relrowsecurity AND c.relforcerowsecurity "
                    "AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'one_clinic')) AS BIGINT) "
                    "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
                    "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attname = 'clinic_id'",
                    [&](const Row& row) {
                        with_clinic = row.integer(0);
                        guarded = row.integer(1);
                    }));
        EXPECT_GE(with_clinic, 20);
        EXPECT_EQ(guarded, with_clinic);
        return {};
    }));
}

TEST_F(RowSecurity, shows_nothing_when_no_clinic_was_named) {
    // As any program would that connects with our role and knows nothing of the setting.
    ASSERT_TRUE(database->read([&](Tx& tx) -> Result<> {
        int64_t rows = -1;
        TRY(tx.each("SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE set_config('clinicpro.clinic', '', true) = ''",
                    [&](const Row& row) { rows = row.integer(0); }));
        EXPECT_EQ(rows, 0);
        return {};
    }));
}

TEST_F(RowSecurity, shows_a_careless_statement_its_own_clinic_only) {
    ASSERT_TRUE(database->read([&](Tx& tx) -> Result<> {
        for (const ClinicId clinic : {kMlimani, kPwani, kMlimani}) {
            ClinicTx own(tx, clinic);
            EXPECT_EQ(seen_by(own), std::vector<int64_t>{clinic.value});
        }
        int64_t all = 0;
        TRY(tx.each("SELECT CAST(COUNT(*) AS BIGINT) FROM jobs", [&](const Row& row) { all = row.integer(0); }));
        EXPECT_EQ(all, 2) << "a plain Tx looks over all clinics";
        return {};
    }));
}

TEST_F(RowSecurity, neither_changes_nor_adds_a_row_of_another_clinic) {
    const auto changed = database->write([&](Tx& tx) -> Result<> {
        ClinicTx own(tx, kMlimani);
        TRY(const int64_t rows, own.execute("UPDATE jobs SET note = 'mine' WHERE clinic_id > $1 - 1000"));
        EXPECT_EQ(rows, 1);
        return {};
    });
    EXPECT_TRUE(changed);
    const auto added = database->write([&](Tx& tx) -> Result<> {
        TRY(ClinicTx(tx, kMlimani).execute(
            "INSERT INTO jobs (clinic_id, id, kind, subject, state, run_at, attempt, fence, step, note, created_at) "
            "VALUES ($1 + 1, $2, 'kind', 0, 'ready', 0, 0, 0, '', '', 0)",
            9));
        return {};
    });
    EXPECT_FALSE(added) << "clinic 1 added a row to clinic 2";
}

TEST_F(RowSecurity, still_knows_whose_turn_it_is_after_a_savepoint_was_undone) {
    ASSERT_TRUE(database->write([&](Tx& tx) -> Result<> {
        ClinicTx mlimani(tx, kMlimani), pwani(tx, kPwani);
        EXPECT_EQ(seen_by(mlimani), std::vector<int64_t>{1});
        const auto undone = tx.nested([&]() -> Result<> {
            EXPECT_EQ(seen_by(pwani), std::vector<int64_t>{2});
            return fail(Code::kConflict, "on purpose");
        });
        EXPECT_FALSE(undone);
        EXPECT_EQ(seen_by(pwani), std::vector<int64_t>{2});
        EXPECT_EQ(seen_by(mlimani), std::vector<int64_t>{1});
        return {};
    }));
}

}  // namespace
}  // namespace clinicpro::store
