// migrate_test.cpp: schema history and node numbers, on both engines.
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/store/contract.hpp"

namespace clinicpro::store {
namespace {

using testing::EngineUnderTest;
using ::testing::HasSubstr;

constexpr Migration kFirst{1, "0001_first",
                           "-- 'quoted'; with a semicolon, an @at@ and Wanjik\xC5\xA9\n"
                           "CREATE TABLE a (clinic_id BIGINT NOT NULL, id BIGINT NOT NULL, body {blob}, "
                           "PRIMARY KEY (clinic_id, id)) {clustered};\n"
                           "INSERT INTO a (clinic_id, id) VALUES (1, 1);"};
constexpr Migration kSecond{2, "0002_second", "ALTER TABLE a ADD COLUMN note TEXT; CREATE INDEX a_note ON a (note);"};
constexpr Migration kSecondEdited{2, "0002_second", "ALTER TABLE a ADD COLUMN note BIGINT;"};
constexpr Migration kBroken{3, "0003_broken", "CREATE TABLE b (id BIGINT); INSERT INTO nowhere (id) VALUES (1);"};

class migrations : public ::testing::TestWithParam<const char*> {
protected:
    EngineUnderTest engine_{GetParam()};
    std::unique_ptr<Database> db_ = engine_.open();
};

std::string words(const Result<MigrationReport>& report) {
    if (!report) return std::string(to_string(report.error().code)) + ": " + report.error().message;
    return std::to_string(report->before) + " -> " + std::to_string(report->after) + " of " +
           std::to_string(report->known);
}

TEST_P(migrations, are_applied_in_order_and_once) {
    const Migration one[] = {kFirst};
    const Migration two[] = {kFirst, kSecond};
    EXPECT_EQ(words(inspect(*db_, two)), "0 -> 0 of 2");
    EXPECT_EQ(words(migrate(*db_, one)), "0 -> 1 of 1");
    EXPECT_EQ(words(inspect(*db_, two)), "1 -> 1 of 2");
    EXPECT_EQ(words(migrate(*db_, two)), "1 -> 2 of 2");
    EXPECT_EQ(words(migrate(*db_, two)), "2 -> 2 of 2");
    auto read = db_->read([](Tx& tx) -> Result<> {
        TRY(const int64_t rows, tx.execute("SELECT note FROM a"));
        EXPECT_EQ(rows, 1);
        TRY(const int64_t recorded,
            tx.execute("SELECT 1 FROM schema_migrations WHERE LENGTH(checksum) = 64 AND applied_at > 0"));
        EXPECT_EQ(recorded, 2);
        return {};
    });
    EXPECT_TRUE(read) << read.error().detail;
}

TEST_P(migrations, of_a_newer_database_are_refused) {
    const Migration one[] = {kFirst};
    const Migration two[] = {kFirst, kSecond};
    ASSERT_TRUE(migrate(*db_, two));
    EXPECT_THAT(words(migrate(*db_, one)),
                HasSubstr("config: The database's schema (version 2) is newer than this program"));
    EXPECT_THAT(words(inspect(*db_, one)), HasSubstr("is newer than this program"));
}

TEST_P(migrations, that_were_edited_afterwards_are_refused) {
    const Migration two[] = {kFirst, kSecond};
    const Migration edited[] = {kFirst, kSecondEdited};
    ASSERT_TRUE(migrate(*db_, two));
    EXPECT_THAT(words(migrate(*db_, edited)),
                HasSubstr("config: Migration 0002_second was changed after it was applied"));
}

TEST_P(migrations, that_were_never_applied_below_the_newest_are_refused) {
    const Migration gap[] = {kFirst, {3, "0003_late", "CREATE TABLE c (id BIGINT)"}};
    const Migration filled[] = {kFirst, kSecond, {3, "0003_late", "CREATE TABLE c (id BIGINT)"}};
    ASSERT_TRUE(migrate(*db_, gap));
    EXPECT_THAT(words(migrate(*db_, filled)), HasSubstr("config: The database was made by another program"));
}

TEST_P(migrations, that_fail_leave_nothing_behind) {
    const Migration broken[] = {kFirst, kSecond, kBroken};
    const Migration two[] = {kFirst, kSecond};
    auto report = migrate(*db_, broken);
    ASSERT_FALSE(report);
    EXPECT_THAT(report.error().detail, HasSubstr("migration 0003_broken"));
    EXPECT_EQ(words(inspect(*db_, two)), "2 -> 2 of 2");
    auto read = db_->read([](Tx& tx) -> Result<> {
        TRY(tx.execute("SELECT id FROM b"));
        return {};
    });
    EXPECT_FALSE(read);
}

TEST_P(migrations, by_instances_that_start_at_once_are_applied_once) {
    const Migration two[] = {kFirst, kSecond};
    db_.reset();
    EngineUnderTest fresh{GetParam()};
    std::vector<std::string> said(4);
    std::vector<std::thread> instances;
    for (std::string& words_of : said) {
        instances.emplace_back([&] {
            auto db = fresh.open();
            if (!db) return;
            auto report = migrate(*db, two);
            words_of = report ? std::to_string(report->after) : words(report) + report.error().detail;
        });
    }
    for (auto& instance : instances) instance.join();
    EXPECT_EQ(said, std::vector<std::string>(4, "2"));
}

TEST_P(migrations, that_the_program_carries_apply_to_an_empty_database) {
    ASSERT_FALSE(embedded_migrations().empty());
    auto report = migrate(*db_);
    ASSERT_TRUE(report) << report.error().message << " " << report.error().detail;
    EXPECT_EQ(report->after, embedded_migrations().back().version);
    EXPECT_EQ(words(inspect(*db_)), words(migrate(*db_)));
}

TEST(embedded_migration, is_its_file_to_the_byte) {
    for (const Migration& migration : embedded_migrations()) {
        std::ifstream file(std::string(CLINICPRO_SOURCE_DIR "/migrations/") + migration.name + ".sql",
                           std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        EXPECT_EQ(text.str(), migration.sql) << migration.name;
    }
    EXPECT_THAT(embedded_migrations().front().sql, HasSubstr("someone's"));  // the file with the awkward characters
}

class nodes : public migrations {
protected:
    void SetUp() override {
        const Migration only[] = {embedded_migrations().front()};
        ASSERT_TRUE(migrate(*db_, only));
    }
    const Instant t0_{1'790'000'000'000'000};
};

TEST_P(nodes, differ_between_live_instances_and_are_reused_after_they_lapse) {
    ASSERT_EQ(claim_node(*db_, "a", t0_), 0);
    ASSERT_EQ(claim_node(*db_, "b", t0_), 1);
    ASSERT_EQ(claim_node(*db_, "a", t0_), 2);  // a name alone proves nothing
    EXPECT_TRUE(renew_node(*db_, 1, "b", t0_ + 30s));
    auto foreign = renew_node(*db_, 1, "a", t0_ + 30s);
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().code, Code::kConflict);
    for (int node = 3; node < 256; ++node) ASSERT_EQ(claim_node(*db_, "c", t0_), node);
    auto none = claim_node(*db_, "d", t0_ + 59s);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Code::kBusy);
    EXPECT_EQ(claim_node(*db_, "d", t0_ + 60s), 0);
    auto lost = renew_node(*db_, 0, "a", t0_ + 60s);
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code, Code::kConflict);
    EXPECT_TRUE(renew_node(*db_, 2, "a", t0_ + 80s));  // late, but nobody took it
}

TEST_P(nodes, claimed_at_the_same_moment_are_all_different) {
    constexpr int kInstances = 6;
    std::vector<int> claimed(kInstances, -1);
    std::vector<std::thread> threads;
    for (int i = 0; i < kInstances; ++i) {
        threads.emplace_back([&, i] {
            auto own = engine_.open();
            if (!own) return;
            auto node = claim_node(*own, "instance " + std::to_string(i), t0_);
            claimed[size_t(i)] = node ? *node : -1;
        });
    }
    for (auto& thread : threads) thread.join();
    std::sort(claimed.begin(), claimed.end());
    EXPECT_EQ(claimed, (std::vector<int>{0, 1, 2, 3, 4, 5}));
}

INSTANTIATE_TEST_SUITE_P(engines, migrations, testing::kEngines, testing::kEngineName);
INSTANTIATE_TEST_SUITE_P(engines, nodes, testing::kEngines, testing::kEngineName);

}  // namespace
}  // namespace clinicpro::store
