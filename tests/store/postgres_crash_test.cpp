// postgres_crash_test.cpp: the server dies under load and comes back; no acknowledged row is lost and none that was
// refused appears.
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "tests/store/engines.hpp"

namespace clinicpro::store {
namespace {

using testing::EngineUnderTest;
using testing::PostgresServer;

TEST(postgres, a_crash_in_mid_load_loses_no_acknowledged_row) {
    EngineUnderTest engine("postgres");
    auto db = engine.open();
    ASSERT_TRUE(db);
    ASSERT_TRUE(db->write([](Tx& tx) { return tx.script("CREATE TABLE t (id BIGINT PRIMARY KEY)"); }));

    std::mutex mutex;
    std::condition_variable changed;
    std::set<int64_t> acknowledged, refused, unknown;
    std::vector<Code> strange;
    size_t after_restart = 0;
    bool restarted = false, stop = false;
    constexpr int kThreads = 6;
    std::vector<std::thread> load;
    for (int t = 0; t < kThreads; ++t) {
        load.emplace_back([&, t] {
            for (int64_t n = 0;; ++n) {
                const int64_t id = n * kThreads + t;
                auto written = db->write([&](Tx& tx) -> Result<> {
                    TRY(tx.execute("INSERT INTO t (id) VALUES ($1)", id));
                    return {};
                });
                std::lock_guard lock(mutex);
                if (written) {
                    acknowledged.insert(id);
                    if (restarted) ++after_restart;
                } else if (written.error().code == Code::kUnknown) {
                    unknown.insert(id);
                } else {
                    refused.insert(id);
                    if (written.error().code != Code::kUnavailable) strange.push_back(written.error().code);
                }
                changed.notify_all();
                if (stop) return;
            }
        });
    }
    {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return acknowledged.size() > 500; });
    }
    auto crashed = PostgresServer::shared().crash();
    EXPECT_TRUE(crashed) << crashed.error().message;
    {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return !refused.empty(); });
    }
    EXPECT_FALSE(db->read([](Tx& tx) -> Result<> {
        TRY(tx.execute("SELECT id FROM t"));
        return {};
    }));
    auto back = PostgresServer::shared().restart();
    EXPECT_TRUE(back) << back.error().message;
    {
        std::unique_lock lock(mutex);
        restarted = true;
        changed.wait(lock, [&] { return after_restart > 200; });
        stop = true;
    }
    for (auto& thread : load) thread.join();

    std::set<int64_t> found;
    auto read = db->read([&](Tx& tx) -> Result<> {
        TRY(tx.each("SELECT id FROM t", [&](const Row& row) { found.insert(row.integer(0)); }));
        return {};
    });
    ASSERT_TRUE(read) << read.error().detail;
    size_t lost = 0, invented = 0;
    for (const int64_t id : acknowledged) lost += found.contains(id) ? 0 : 1;
    for (const int64_t id : refused) invented += found.contains(id) ? 1 : 0;
    EXPECT_EQ(lost, 0u);
    EXPECT_EQ(invented, 0u);
    EXPECT_EQ(found.size() - acknowledged.size() <= unknown.size(), true);
    EXPECT_TRUE(strange.empty()) << "a code other than unavailable or unknown: " << to_string(strange.front());
}

TEST(postgres, a_connection_cut_while_idle_goes_unnoticed) {
    EngineUnderTest engine("postgres");
    auto db = engine.open();
    auto other = engine.open();
    ASSERT_TRUE(db && other);
    ASSERT_TRUE(db->write([](Tx& tx) { return tx.script("CREATE TABLE t (id BIGINT PRIMARY KEY)"); }));
    ASSERT_TRUE(db->read([](Tx& tx) -> Result<> {
        TRY(tx.execute("SELECT id FROM t"));
        return {};
    }));
    auto cut = other->write([](Tx& tx) -> Result<> {
        TRY(
            tx.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                       "WHERE pid <> pg_backend_pid() AND application_name = 'clinicpro'"));
        return {};
    });
    ASSERT_TRUE(cut) << cut.error().detail;
    auto written = db->write([](Tx& tx) -> Result<> {
        TRY(tx.execute("INSERT INTO t (id) VALUES (1)"));
        return {};
    });
    EXPECT_TRUE(written) << written.error().detail;
    int64_t rows = 0;
    auto read = db->read([&](Tx& tx) -> Result<> {
        TRY(rows, tx.execute("SELECT id FROM t"));
        return {};
    });
    EXPECT_TRUE(read) << read.error().detail;
    EXPECT_EQ(rows, 1);
}

TEST(postgres, a_connection_cut_before_commit_makes_the_group_run_again) {
    EngineUnderTest engine("postgres");
    OpenOptions one;
    one.writers = 1;
    auto db = engine.open(one);
    auto other = engine.open();
    ASSERT_TRUE(db && other);
    ASSERT_TRUE(db->write([](Tx& tx) { return tx.script("CREATE TABLE t (id BIGINT PRIMARY KEY)"); }));
    int runs = 0;
    auto written = db->write([&](Tx& tx) -> Result<> {
        ++runs;
        TRY(tx.execute("INSERT INTO t (id) VALUES (1)"));
        int64_t pid = 0;
        TRY(tx.each("SELECT pg_backend_pid()", [&](const Row& row) { pid = row.integer(0); }));
        if (runs == 1) {
            auto cut = other->write([&](Tx& knife) -> Result<> {
                TRY(knife.execute("SELECT pg_terminate_backend($1, 5000)", pid));
                return {};
            });
            EXPECT_TRUE(cut) << cut.error().detail;
        }
        TRY(tx.execute("INSERT INTO t (id) VALUES (2)"));
        return {};
    });
    EXPECT_TRUE(written) << written.error().detail;
    EXPECT_EQ(runs, 2);
    int64_t rows = 0;
    ASSERT_TRUE(db->read([&](Tx& tx) -> Result<> {
        TRY(rows, tx.execute("SELECT id FROM t"));
        return {};
    }));
    EXPECT_EQ(rows, 2);
}

}  // namespace
}  // namespace clinicpro::store
