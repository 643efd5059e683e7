// The log is copied back beside the writer, and begins anew.
#include "store/sqlite_checkpointer.hpp"

#include <sqlite3.h>

#include "store/sqlite_session.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace clinicpro::store {
namespace {

constexpr int kLimit = 60;  // pages
constexpr int kPage = 4096;

class Checkpointer : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() / ("checkpointer_test_" + std::to_string(::getpid()));
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directory(folder_);
        writer_ = connect("log.db");
        run(writer_, "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
                     "CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT NOT NULL)");
    }
    void TearDown() override {
        checkpointer_.reset();
        sqlite3_close(writer_);
        std::filesystem::remove_all(folder_);
    }
    sqlite3* connect(const char* name) {
        sqlite3* made = nullptr;
        EXPECT_EQ(sqlite3_open((folder_ / name).c_str(), &made), SQLITE_OK);
        return made;
    }
    void start(const char* name, int limit, bool fails_to_sync = false) {
        sqlite3* beside = connect(name);
        look(beside, "SELECT COUNT(*) FROM sqlite_schema");  // opens its log
        if (fails_to_sync) break_sync(beside);
        checkpointer_.emplace(writer_, beside, limit, fails_to_sync, disk_failed_);
    }
    static void break_sync(sqlite3* connection) {
        sqlite3_file* file = nullptr;
        sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file);
        static sqlite3_io_methods broken;
        broken = *file->pMethods;
        broken.xSync = [](sqlite3_file*, int) { return SQLITE_IOERR_FSYNC; };
        file->pMethods = &broken;
    }
    void run(sqlite3* connection, const std::string& sql) {
        char* why = nullptr;
        EXPECT_EQ(sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, &why), SQLITE_OK) << (why ? why : "");
        sqlite3_free(why);
    }
    // So many commits of some three pages each, with time in between as a payment takes.
    void commit(int times) {
        for (int i = 0; i < times; ++i) {
            run(writer_, "INSERT INTO rows (body) VALUES (hex(randomblob(2500)))");
            sqlite3_sleep(1);
        }
    }
    std::string look(sqlite3* connection, const char* sql) {
        std::string found;
        const auto take = [](void* into, int, char** values, char**) {
            *static_cast<std::string*>(into) += values[0] ? values[0] : "";
            return 0;
        };
        EXPECT_EQ(sqlite3_exec(connection, sql, take, &found, nullptr), SQLITE_OK);
        return found;
    }
    int logged_pages() { return int(std::filesystem::file_size(folder_ / "log.db-wal")) / kPage; }
    void expect_all(const char* rows) {
        sqlite3* other = connect("log.db");
        EXPECT_EQ(look(other, "SELECT COUNT(*) FROM rows"), rows);
        EXPECT_EQ(look(other, "PRAGMA integrity_check"), "ok");
        sqlite3_close(other);
    }

    std::filesystem::path folder_;
    sqlite3* writer_ = nullptr;
    std::shared_ptr<std::atomic<bool>> disk_failed_ = std::make_shared<std::atomic<bool>>(false);
    std::optional<SqliteCheckpointer> checkpointer_;
};

TEST_F(Checkpointer, under_steady_writing_the_log_begins_anew_again_and_again) {
    start("log.db", kLimit);
    commit(600);
    EXPECT_LT(logged_pages(), 5 * kLimit) << "1,200 pages were written";
    expect_all("600");
}

TEST_F(Checkpointer, a_reader_makes_the_log_grow_and_no_longer_than_he_reads) {
    start("log.db", kLimit);
    sqlite3* reader = connect("log.db");
    run(reader, "BEGIN; SELECT COUNT(*) FROM rows");
    commit(300);
    EXPECT_GT(logged_pages(), 5 * kLimit);
    EXPECT_EQ(look(reader, "SELECT COUNT(*) FROM rows"), "0") << "he sees what was there when he began";
    run(reader, "COMMIT");
    sqlite3_close(reader);
    const int grown = logged_pages();
    commit(600);
    EXPECT_LT(logged_pages(), grown + 5 * kLimit);
    expect_all("900");
}

// Here it looks at another file, and so comes to nothing.
TEST_F(Checkpointer, where_the_thread_comes_to_nothing_the_writer_copies) {
    start("another.db", kLimit);
    commit(600);
    EXPECT_LT(logged_pages(), 7 * kLimit);
    expect_all("600");
}

// After a failed sync the log is the only whole copy.
TEST_F(Checkpointer, after_a_sync_that_failed_nothing_is_copied) {
    start("log.db", kLimit, true);
    commit(300);
    EXPECT_TRUE(*disk_failed_);
    EXPECT_GT(logged_pages(), 5 * kLimit);
    expect_all("300");
}

TEST_F(Checkpointer, after_the_disk_failed_the_log_outlives_its_connections) {
    for (const bool failed : {false, true}) {
        const std::string path = (folder_ / "session.db").string();
        std::ofstream(path, std::ios::app);  // a session opens what is there
        SqliteOptions options{.path = path, .checkpoints = SqliteOptions::Checkpoints::kBeside};
        {
            const auto session = SqliteSession::open(options);
            ASSERT_TRUE(session);
            ASSERT_TRUE((*session)->begin());
            ASSERT_TRUE((*session)->script("CREATE TABLE t" + std::to_string(failed) + " (id BIGINT NOT NULL PRIMARY KEY)"));
            ASSERT_TRUE((*session)->commit());
            *options.disk_failed = failed;
        }
        EXPECT_EQ(std::filesystem::exists(path + "-wal"), failed) << "a healthy one is copied back and gone";
    }
}

TEST_F(Checkpointer, it_ends_while_there_is_much_to_do) {
    start("log.db", 1);
    commit(50);
    checkpointer_.reset();
    commit(50);
    expect_all("100");
}

}  // namespace
}  // namespace clinicpro::store
