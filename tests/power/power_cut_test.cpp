// The power goes at any operation of the disk: what was acknowledged is there afterwards, nothing is booked twice, and
// the file is whole. The same trial with synchronous=NORMAL loses payments, which shows that the disk of this test can
// take them.
//
//   POWER_TIMES=8 build/dev/bin/power_test      so many times the cuts of the quick tier
#include <sqlite3.h>

#include <iostream>
#include <random>
#include <set>

#include "app/core.hpp"
#include "tests/power/life.hpp"

namespace clinicpro::testing::power {
namespace {

// --- the disk itself

class Disk : public ::testing::Test {
protected:
    Disk() {
        install();
        new_folder(folder.path);
        tamper({});
    }
    ~Disk() override { tamper({}); }
    sqlite3* open() const {
        sqlite3* handle = nullptr;
        CHECK(sqlite3_open(file.c_str(), &handle) == SQLITE_OK);
        return handle;
    }
    static int run(sqlite3* handle, const char* sql) { return sqlite3_exec(handle, sql, nullptr, nullptr, nullptr); }
    static int64_t number(sqlite3* handle, const char* sql) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr) != SQLITE_OK ||
            sqlite3_step(statement) != SQLITE_ROW) {
            ADD_FAILURE() << sql << ": " << sqlite3_errmsg(handle);
        }
        const int64_t found = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        return found;
    }
    // An empty folder.
    void clear() const {
        for (const char* end : {"", "-wal", "-journal", "-shm"}) std::filesystem::remove(file + end);
        new_folder(folder.path);
    }
    Folder folder;
    const std::string file = folder.path + "/disk.db";
};

TEST_F(Disk, forgets_what_was_not_synced_and_keeps_what_was) {
    int kept_without_sync = 0, lost_without_sync = 0;
    for (uint32_t seed = 1; seed <= 40; ++seed) {
        clear();
        sqlite3* handle = open();
        ASSERT_EQ(
            run(handle,
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (id); INSERT INTO t VALUES (1)"),
            SQLITE_OK);
        ASSERT_EQ(run(handle, "PRAGMA synchronous=OFF; INSERT INTO t VALUES (2)"), SQLITE_OK);
        cut_after(1);
        EXPECT_NE(run(handle, "INSERT INTO t VALUES (3)"), SQLITE_OK);
        EXPECT_TRUE(is_cut());
        EXPECT_EQ(cut_at(), "log write");
        EXPECT_NE(run(handle, "INSERT INTO t VALUES (4)"), SQLITE_OK) << "the power is gone";
        sqlite3_close(handle);
        wake(seed);
        handle = open();
        EXPECT_EQ(number(handle, "SELECT COUNT(*) FROM t WHERE id = 1"), 1) << "seed " << seed;
        const bool kept = number(handle, "SELECT COUNT(*) FROM t WHERE id = 2") == 1;
        ++(kept ? kept_without_sync : lost_without_sync);
        EXPECT_EQ(number(handle, "SELECT COUNT(*) FROM t WHERE id > 2"), 0);
        sqlite3_close(handle);
    }
    EXPECT_GT(kept_without_sync, 0);
    EXPECT_GT(lost_without_sync, 0);
}

TEST_F(Disk, leaves_the_same_files_for_the_same_seed) {
    const auto left = [&](uint32_t seed) {
        clear();
        sqlite3* handle = open();
        CHECK(run(handle, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE t (id)") == SQLITE_OK);
        cut_after(9);
        for (int i = 0; i < 9; ++i) run(handle, "INSERT INTO t VALUES (randomblob(0))");
        sqlite3_close(handle);
        wake(seed);
        // The log's salts are random; how much of it is there is not.
        return std::filesystem::exists(file + "-wal") ? int64_t(std::filesystem::file_size(file + "-wal")) : -1;
    };
    std::set<int64_t> sizes;
    for (uint32_t seed = 1; seed <= 12; ++seed) {
        const int64_t size = left(seed);
        EXPECT_EQ(left(seed), size) << "seed " << seed;
        sizes.insert(size);
    }
    EXPECT_GT(sizes.size(), 1u);
}

// --- acknowledged is acknowledged

struct Verdict {
    int cuts = 0, acknowledged = 0, lost = 0, doubled = 0, wrong = 0, damaged = 0;
    std::map<std::string, int> cut_at;
};

class PowerCut : public Disk {
protected:
    static constexpr int kPayments = 24, kAtOnce = 3;

    // A founded clinic, closed in order: where each trial begins.
    std::string base() {
        new_folder(folder.path);
        Life(file, 0).found();
        return bytes_of(file);
    }
    // Takes three payments, some for the second time, works, takes the next three, until the power goes.
    static void live(Life& life, std::set<int>& acknowledged) {
        for (int first = 0; first < kPayments && !is_cut(); first += kAtOnce) {
            for (int n = first; n < first + kAtOnce; ++n) {
                if (life.take(payment(n))) acknowledged.insert(n);
                if (n % 4 == 1 && life.take(payment(n - 1))) acknowledged.insert(n - 1);
            }
            if (!life.work()) return;
        }
    }
    int64_t operations_of_a_history(const std::string& start) {
        lay(start);
        std::set<int> acknowledged;
        cut_after(0);
        Life life(file, 1);
        live(life, acknowledged);
        CHECK(acknowledged.size() == size_t(kPayments));
        return operations();
    }
    void lay(const std::string& start) const {
        clear();
        std::ofstream(file, std::ios::binary) << start;
    }
    // One life that ends at its `operation`-th write, sync or deletion (of that kind), and what the next one finds.
    void trial(const std::string& start, int64_t operation, const std::string& kind, uint32_t seed, Verdict& verdict) {
        lay(start);
        std::set<int> acknowledged;
        cut_after(operation, kind);
        try {
            Life life(file, 1);
            live(life, acknowledged);
        } catch (const std::runtime_error&) {
            EXPECT_TRUE(is_cut()) << "the store did not open, and the power was there";
        }
        if (!is_cut()) return;  // the last close came before
        ++verdict.cuts;
        ++verdict.cut_at[cut_at()];
        wake(seed);
        try {
            Life next(file, 2);
            judge(next, acknowledged, verdict);
        } catch (const std::runtime_error& broken) {
            ADD_FAILURE() << "cut at operation " << operation << ", seed " << seed << ": " << broken.what();
            ++verdict.damaged;
        }
    }
    void judge(Life& life, const std::set<int>& acknowledged, Verdict& verdict) {
        if (life.words("PRAGMA integrity_check") != "ok" || !life.words("PRAGMA foreign_key_check").empty())
            ++verdict.damaged;
        const auto notices = life.notices();
        must(life.work());
        auto booked = life.booked();
        for (const int n : acknowledged) {
            ++verdict.acknowledged;
            if (!notices.contains(payment(n).receipt))
                ++verdict.lost;
            else if (!booked.contains(payment(n).receipt))
                ++verdict.wrong;
        }
        // Who got no 200 sends again, and so does somebody who did.
        for (int n = 0; n < kPayments; ++n) EXPECT_TRUE(life.take(payment(n)));
        must(life.work());
        booked = life.booked();
        int64_t shillings = 0;
        for (int n = 0; n < kPayments; ++n) {
            if (booked[payment(n).receipt] == -1)
                ++verdict.doubled;
            else if (booked[payment(n).receipt] != payment(n).shillings)
                ++verdict.wrong;
            shillings += payment(n).shillings;
        }
        EXPECT_EQ(booked.size(), size_t(kPayments));
        EXPECT_EQ(life.mpesa_cents(), shillings * 100);
        EXPECT_TRUE(life.audit_is_whole());
    }
    // Cuts spread over the whole history, and some at each kind of operation that is rare in it.
    Verdict trials(int cuts) {
        const std::string start = base();
        const int64_t all = operations_of_a_history(start);
        Verdict verdict;
        std::mt19937 dice{uint32_t(cuts)};
        for (int i = 0; i < cuts; ++i) {
            const int64_t from = all * i / cuts, until = std::max(from + 1, all * (i + 1) / cuts);
            const int64_t operation = 1 + from + int64_t(dice() % uint32_t(until - from));
            trial(start, operation, "", uint32_t(i) + 1, verdict);
        }
        for (const char* kind : {"log sync", "file write", "file sync"}) {
            for (int i = 1; i <= std::max(2, cuts / 16); ++i) trial(start, i, kind, uint32_t(i), verdict);
        }
        return verdict;
    }
};

TEST_F(PowerCut, loses_no_acknowledged_notice_and_books_none_twice) {
    tamper({.checkpoint_pages = 60});  // several checkpoints in a history
    const int cuts = 50 * times();
    const Verdict seen = trials(cuts);
    EXPECT_GT(seen.cuts, cuts * 9 / 10);
    EXPECT_GT(seen.acknowledged, seen.cuts);
    EXPECT_EQ(seen.lost, 0);
    EXPECT_EQ(seen.doubled, 0);
    EXPECT_EQ(seen.wrong, 0);
    EXPECT_EQ(seen.damaged, 0);
    for (const char* where : {"log write", "log sync", "file write", "file sync"}) {
        EXPECT_GT(seen.cut_at.count(where), 0u) << "no cut hit a " << where;
    }
    std::cout << seen.cuts << " cuts, " << seen.acknowledged << " acknowledged notices, all there:";
    for (const auto& [where, times] : seen.cut_at) std::cout << " " << times << " at a " << where << ";";
    std::cout << "\n";
}

// The control. Were this green with 0 losses, the test above would prove nothing.
TEST_F(PowerCut, with_synchronous_normal_acknowledged_notices_are_lost) {
    tamper({.normal = true, .checkpoint_pages = 60});
    const Verdict seen = trials(20);
    EXPECT_GT(seen.cuts, 15);
    EXPECT_GT(seen.lost, 0) << "the disk of this test forgets too little";
    EXPECT_EQ(seen.damaged, 0) << "NORMAL loses the last commits, but does not tear the file";
    std::cout << seen.cuts << " cuts with synchronous=NORMAL: " << seen.lost << " of " << seen.acknowledged
              << " acknowledged notices lost\n";
}

// --- the program's own setting

TEST_F(Disk, the_program_itself_opens_its_file_with_synchronous_full) {
    payments::CountingEntropy entropy;
    app::Settings settings;
    settings.database = "sqlite:" + file;
    settings.master_key = Secret<>(crypto::Keyring::make_master_key(entropy));
    log::configure(log::Level::kOff, false);
    const auto core = must(app::open_core(settings, app::Schema::kBringUpToDate));
    constexpr int64_t kFull = 2;
    int64_t writer = -1, reader = -1;
    must(core->database->write([&](store::Tx& tx) -> Result<> {
        TRY(tx.each("PRAGMA synchronous", [&](const store::Row& row) { writer = row.integer(0); }));
        return {};
    }));
    must(core->database->read([&](store::Tx& tx) -> Result<> {
        TRY(tx.each("PRAGMA synchronous", [&](const store::Row& row) { reader = row.integer(0); }));
        return {};
    }));
    EXPECT_EQ(writer, kFull);
    EXPECT_EQ(reader, kFull);
}

// --- migrations

std::string schema_of(store::Database& database) {
    std::string all;
    must(database.read([&](store::Tx& tx) -> Result<> {
        TRY(tx.each("SELECT type || ' ' || name || ' ' || COALESCE(sql, '') FROM sqlite_master ORDER BY type, name",
                    [&](const store::Row& row) { all += row.string(0) + "\n"; }));
        TRY(tx.each("SELECT CAST(version AS TEXT) || checksum FROM schema_migrations ORDER BY version",
                    [&](const store::Row& row) { all += row.string(0) + "\n"; }));
        return {};
    }));
    return all;
}

TEST_F(Disk, a_power_cut_in_a_migration_leaves_an_old_or_a_new_schema_and_every_row) {
    log::configure(log::Level::kOff, false);
    const auto all = store::embedded_migrations();
    const auto open_store = [&] { return store::open({.url = "sqlite:" + file, .readers = 1, .in_caller = true}); };
    tamper({.checkpoint_pages = 60});
    std::string wanted;
    int64_t operations_in_all = 0;
    {
        auto database = must(open_store());
        must(store::migrate(*database));
        wanted = schema_of(*database);
        operations_in_all = operations();
    }
    const int cuts = 15 * times();
    int hit = 0, old_schema = 0;
    std::mt19937 dice(7);
    for (int i = 0; i < cuts; ++i) {
        const size_t first = dice() % all.size();  // what an older program left
        clear();
        {
            auto database = must(open_store());
            must(store::migrate(*database, all.first(first)));
            must(database->write([](store::Tx& tx) {
                return tx.script("CREATE TABLE kept (id BIGINT PRIMARY KEY); INSERT INTO kept VALUES (1), (2), (3)");
            }));
        }
        cut_after(1 +
                  int64_t(dice() % uint64_t(operations_in_all * int64_t(all.size() - first) / int64_t(all.size()))));
        if (auto database = open_store()) (void)store::migrate(**database);
        if (!is_cut()) continue;
        ++hit;
        wake(uint32_t(i));
        auto database = must(open_store());
        const auto found = must(store::inspect(*database));
        old_schema += found.before < found.known;
        must(store::migrate(*database));
        int64_t kept = 0;
        std::string health;
        must(database->read([&](store::Tx& tx) -> Result<> {
            TRY(tx.each("SELECT COUNT(*) FROM kept", [&](const store::Row& row) { kept = row.integer(0); }));
            TRY(tx.each("PRAGMA integrity_check", [&](const store::Row& row) { health += row.string(0); }));
            return {};
        }));
        EXPECT_EQ(kept, 3);
        EXPECT_EQ(health, "ok");
        must(database->write([](store::Tx& tx) { return tx.script("DROP TABLE kept"); }));
        EXPECT_EQ(schema_of(*database), wanted) << "seed " << i;
    }
    EXPECT_GT(hit, cuts / 2);
    EXPECT_GT(old_schema, 0) << "no cut came before the last migration";
    std::cout << hit << " cuts in migrations, " << old_schema << " of them left an older schema\n";
}

}  // namespace
}  // namespace clinicpro::testing::power
