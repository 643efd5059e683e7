// The plans of hot look-ups, on the schema as the migrations leave it.
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>

#include "store/open.hpp"

namespace clinicpro::store {
namespace {

class SqliteStatistics : public ::testing::Test {
protected:
    void SetUp() override {
        path_ = std::filesystem::temp_directory_path() / ("statistics_test_" + std::to_string(::getpid()) + ".db");
        std::filesystem::remove(path_);
        auto opened = open({.url = "sqlite:" + path_.string(), .readers = 1, .in_caller = true});
        ASSERT_TRUE(opened) << opened.error().message;
        database_ = *std::move(opened);
        ASSERT_TRUE(migrate(*database_));
    }
    void TearDown() override {
        database_.reset();
        for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path_.string() + end);
    }
    std::string look(Sql sql, int column = 0) {
        std::string text;
        const auto read = database_->read([&](Tx& tx) -> Result<> {
            TRY(tx.each(sql, [&](const Row& row) { text += row.string(column) + "\n"; }));
            return {};
        });
        EXPECT_TRUE(read) << read.error().detail;
        return text;
    }
    std::string plan(Sql sql) { return look(sql, 3); }
    std::filesystem::path path_;
    std::unique_ptr<Database> database_;
};

TEST_F(SqliteStatistics, a_payment_is_found_by_its_invoice_through_the_index) {
    EXPECT_NE(plan("EXPLAIN QUERY PLAN SELECT id, method, state, receipt FROM transactions "
                   "WHERE clinic_id = 1 AND invoice_id = 2 AND invoice_id IS NOT NULL")
                  .find("transactions_invoice"),
              std::string::npos);
}

TEST_F(SqliteStatistics, a_payment_is_found_by_its_receipt_through_the_index) {
    EXPECT_NE(plan("EXPLAIN QUERY PLAN SELECT id, method, state FROM transactions WHERE clinic_id = 1 AND receipt = 'A' "
                   "AND receipt IS NOT NULL AND duplicate_of IS NULL")
                  .find("transactions_receipt"),
              std::string::npos);
}

TEST_F(SqliteStatistics, what_is_due_is_found_through_its_index) {
    EXPECT_NE(plan("EXPLAIN QUERY PLAN SELECT * FROM jobs WHERE state <> 'dead' AND run_at <= 5 ORDER BY run_at").find("jobs_due"),
              std::string::npos);
    EXPECT_NE(plan("EXPLAIN QUERY PLAN SELECT * FROM inbox WHERE state IN ('new', 'parked') AND run_at <= 5 ORDER BY run_at")
                  .find("inbox_due"),
              std::string::npos);
}

TEST_F(SqliteStatistics, a_patient_a_visit_and_its_invoice_are_found_through_their_indexes) {
    EXPECT_NE(plan("EXPLAIN QUERY PLAN SELECT * FROM patients WHERE clinic_id = 1 AND phone_mark = x'00'").find("patients_phone"),
              std::string::npos);
    EXPECT_NE(plan("EXPLAIN QUERY PLAN SELECT * FROM appointments WHERE clinic_id = 1 AND starts_at >= 5 AND starts_at < 6")
                  .find("appointments_report"),
              std::string::npos);
    EXPECT_NE(plan("EXPLAIN QUERY PLAN SELECT * FROM invoices WHERE clinic_id = 1 AND appointment_id = 2 AND appointment_id IS NOT NULL")
                  .find("invoices_appointment"),
              std::string::npos);
}

TEST_F(SqliteStatistics, the_few_rows_a_desk_looks_for_are_found_through_the_indexes_made_for_them) {
    EXPECT_NE(plan("EXPLAIN QUERY PLAN SELECT id FROM transactions WHERE clinic_id = 1 AND attention IS NOT NULL AND id < 5 "
                   "ORDER BY id DESC LIMIT 50")
                  .find("transactions_attention"),
              std::string::npos);
    EXPECT_NE(plan("EXPLAIN QUERY PLAN SELECT id FROM transactions WHERE clinic_id = 1 AND state = 'expired' "
                   "AND id >= 1 AND id < 5 ORDER BY id DESC LIMIT 50")
                  .find("transactions_troubled"),
              std::string::npos);
    EXPECT_NE(plan("EXPLAIN QUERY PLAN SELECT id FROM transactions WHERE clinic_id = 1 AND substr(payer_masked, "
                   "length(payer_masked) - 2) = '678' AND id >= 1 AND id < 5 ORDER BY id DESC LIMIT 50")
                  .find("transactions_phone_end"),
              std::string::npos);
    EXPECT_NE(plan("EXPLAIN QUERY PLAN SELECT id FROM invoices WHERE clinic_id = 1 AND state <> 'paid' AND state = 'open' "
                   "AND id < 5 ORDER BY id DESC LIMIT 50")
                  .find("invoices_state"),
              std::string::npos);
    EXPECT_NE(plan("EXPLAIN QUERY PLAN SELECT id FROM notices WHERE clinic_id = 1 AND state = 'failed' LIMIT 1000").find("notices_failed"),
              std::string::npos);
    EXPECT_NE(plan("EXPLAIN QUERY PLAN SELECT id FROM transactions WHERE clinic_id = 1 AND id >= 1 AND id < 5 ORDER BY id DESC LIMIT 50")
                  .find("PRIMARY KEY (clinic_id=? AND id>? AND id<?)"),
              std::string::npos);
}

// An IN list of more than two values in a CHECK or in an index's WHERE would make SQLite fill a table for every row written.
TEST_F(SqliteStatistics, what_a_payment_writes_is_written_without_tables_in_between) {
    std::deque<std::string> texts;  // a session knows a statement by its address
    const auto ask = [&](const std::string& statement, int column) {
        Sql sql("");
        sql.text = texts.emplace_back(statement).c_str();
        return look(sql, column);
    };
    for (const std::string table : {"transactions", "inbox", "unallocated", "jobs", "invoices", "appointments", "meetings", "notices",
                                    "webhook_deliveries"}) {
        const std::string set = ask("SELECT group_concat(name || ' = ' || name || ' || 1', ', ') FROM pragma_table_info('" + table +
                                  "') WHERE pk = 0", 0);
        for (const std::string& statement : {"INSERT INTO " + table + " DEFAULT VALUES",
                                             "UPDATE " + table + " SET " + set + " WHERE clinic_id = 1 AND id = 2"}) {
            const std::string opcodes = ask("EXPLAIN " + statement, 1);
            EXPECT_NE(opcodes.find("IdxInsert"), std::string::npos) << statement;
            EXPECT_EQ(opcodes.find("OpenEphemeral"), std::string::npos) << statement;
        }
    }
}

TEST_F(SqliteStatistics, the_checks_that_were_rewritten_still_refuse) {
    const auto put = [&](const char* state) {
        return database_->write([&](Tx& tx) -> Result<> {
            TRY(tx.execute("INSERT INTO jobs (clinic_id, id, kind, subject, state, run_at, attempt, fence, step, note, created_at) "
                           "VALUES (1, $2, 'k', 1, $1, 1, 0, 0, '', '', 1)",
                           state, int64_t(std::string_view(state).size())));
            return {};
        });
    };
    for (const char* state : {"ready", "leased", "dead"}) EXPECT_TRUE(put(state)) << state;
    const auto refused = put("nonsense");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kConflict);
    EXPECT_NE(refused.error().detail.find("CHECK"), std::string::npos);
    EXPECT_EQ(look("PRAGMA integrity_check"), "ok\n");
    EXPECT_EQ(look("PRAGMA foreign_key_check"), "");
}

TEST_F(SqliteStatistics, a_row_is_found_by_its_primary_key) {
    EXPECT_NE(plan("EXPLAIN QUERY PLAN SELECT * FROM transactions WHERE clinic_id = 1 AND id = 2").find("PRIMARY KEY (clinic_id=? AND id=?)"),
              std::string::npos);
}

}  // namespace
}  // namespace clinicpro::store
