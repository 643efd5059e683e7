// open_test.cpp: what an operator is told when a database cannot be opened, and what SQLite says under pressure.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <semaphore>

#include "tests/store/engines.hpp"

namespace clinicpro::store {
namespace {

using ::testing::AllOf;
using testing::EngineUnderTest;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::PostgresServer;

Error refused(const std::string& url) {
    OpenOptions options;
    options.url = url;
    auto database = open(options);
    EXPECT_FALSE(database) << url;
    return database ? Error{} : database.error();
}

TEST(open, a_url_of_no_engine_is_refused_without_repeating_it) {
    EXPECT_EQ(refused("").message,
              "No database is named; set its URL, such as sqlite:/var/lib/clinicpro/clinicpro.db.");
    const Error error = refused("mysql://root:hunter2@db/x");
    EXPECT_EQ(error.code, Code::kConfig);
    EXPECT_EQ(error.message, "The database URL must begin with sqlite: or postgresql://; correct it.");
}

TEST(open, a_file_that_cannot_be_a_database_says_why) {
    EngineUnderTest place("sqlite");
    const std::string folder = place.file().parent_path().string();
    EXPECT_EQ(refused("sqlite:" + folder + "/missing/x.db").message,
              "The folder " + folder + "/missing for the database does not exist; make it first.");
    EXPECT_EQ(refused("sqlite:" + folder).message,
              "The database " + folder + " is not a file; correct the database URL.");
    EXPECT_EQ(refused("sqlite:").message, "The database URL names no file; write it as sqlite:/folder/clinicpro.db.");
    EXPECT_EQ(refused("sqlite::memory:").code, Code::kConfig);
    std::ofstream(place.file()) << std::string(8192, 'x') << "this is a letter to grandmother";
    const Error error = refused(place.url());
    EXPECT_EQ(error.code, Code::kConfig);
    EXPECT_EQ(error.message,
              "The database " + place.file().string() + ": That file is not a database; correct the database URL.");
}

TEST(open, a_place_where_no_file_can_be_made_says_so) {
    const Error error = refused("sqlite:/proc/clinicpro.db");
    EXPECT_THAT(error.message, AllOf(HasSubstr("/proc"), ::testing::EndsWith(".")));
    EXPECT_TRUE(error.code == Code::kUnavailable || error.code == Code::kConfig);
}

TEST(open, a_new_file_and_its_log_belong_to_their_owner_only) {
    EngineUnderTest place("sqlite");
    auto db = place.open();
    ASSERT_TRUE(db);
    ASSERT_TRUE(db->write([](Tx& tx) { return tx.script("CREATE TABLE t (id BIGINT)"); }));
    for (const char* suffix : {"", "-wal", "-shm"}) {
        struct stat about{};
        ASSERT_EQ(::stat((place.file().string() + suffix).c_str(), &about), 0) << suffix;
        EXPECT_EQ(about.st_mode & 0777, 0600u) << suffix;
    }
}

TEST(open, postgres_explains_itself_and_keeps_the_password) {
    ASSERT_TRUE(PostgresServer::shared().url());
    auto tcp = PostgresServer::shared().tcp_url();
    ASSERT_TRUE(tcp) << tcp.error().message;
    const std::string good = *tcp;
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string url = good;
        return url.replace(url.find(from), from.size(), to);
    };
    struct Case {
        std::string url;
        Code code;
        const char* says;
    };
    const Case cases[] = {
        {with("clinic-secret", "hunter2"), Code::kConfig, "refused the user or the password"},
        {with("clinicpro:", "nobody:"), Code::kConfig, "refused the user or the password"},
        {with(":clinic-secret", ""), Code::kConfig, "wants a password"},
        {good.substr(0, good.rfind('/')) + "/nowhere", Code::kConfig, "no database of that name"},
        {"postgresql://clinicpro:hunter2@127.0.0.1:1/postgres", Code::kUnavailable,
         "PostgreSQL cannot be reached at 127.0.0.1, port 1; check that it runs"},
        {"postgresql://clinicpro:hunter2@host:port/x?nonsense", Code::kConfig, "not well formed"},
        {"postgresql://clinicpro:hunter2@127.0.0.1/x?nonsense=hunter2", Code::kConfig, "not well formed"},
    };
    for (const Case& c : cases) {
        const Error error = refused(c.url);
        EXPECT_EQ(error.code, c.code) << error.message << error.detail;
        EXPECT_THAT(error.message, AllOf(HasSubstr(c.says), ::testing::EndsWith(".")));
        EXPECT_THAT(error.message + error.detail, AllOf(Not(HasSubstr("hunter2")), Not(HasSubstr("clinic-secret"))));
    }
}

TEST(sqlite, a_database_locked_by_another_program_is_busy) {
    EngineUnderTest place("sqlite");
    auto holder = place.open();
    OpenOptions hasty;
    hasty.busy_timeout = 30ms;
    auto db = place.open(hasty);
    ASSERT_TRUE(holder && db);
    ASSERT_TRUE(holder->write([](Tx& tx) { return tx.script("CREATE TABLE t (id BIGINT)"); }));
    std::binary_semaphore held{0}, release{0}, released{0};
    holder->submit(
        [&](Tx&) -> Result<> {
            held.release();
            release.acquire();
            return {};
        },
        [&](Result<>) { released.release(); });
    held.acquire();
    const auto insert = [](Tx& tx) -> Result<> {
        TRY(tx.execute("INSERT INTO t (id) VALUES (1)"));
        return {};
    };
    auto blocked = db->write(insert);
    ASSERT_FALSE(blocked);
    EXPECT_EQ(blocked.error().code, Code::kBusy);
    EXPECT_EQ(blocked.error().message, "The database is locked by another program; try again in a moment.");
    EXPECT_TRUE(db->read([](Tx& tx) -> Result<> {  // readers do not wait for a writer
        TRY(tx.execute("SELECT id FROM t"));
        return {};
    }));
    release.release();
    released.acquire();
    EXPECT_TRUE(db->write(insert));
}

TEST(sqlite, a_full_disk_is_told_and_writing_goes_on_when_there_is_space_again) {
    EngineUnderTest place("sqlite");
    auto db = place.open();
    ASSERT_TRUE(db);
    ASSERT_TRUE(db->write([](Tx& tx) { return tx.script("CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)"); }));
    ASSERT_TRUE(db->write([](Tx& tx) { return tx.script("PRAGMA max_page_count=20"); }));
    const std::string body(1000, 'x');
    const auto insert = [&](Tx& tx) -> Result<> {
        TRY(tx.execute("INSERT INTO t (body) VALUES ($1)", body));
        return {};
    };
    int64_t saved = 0;
    Result<> last;
    while (saved < 1000 && (last = db->write(insert))) ++saved;
    ASSERT_FALSE(last);
    EXPECT_GT(saved, 10);
    EXPECT_EQ(last.error().code, Code::kStorageFull);
    EXPECT_EQ(last.error().message, "The disk is full. Free some space; nothing was lost.");
    EXPECT_EQ(db->write(insert).error().code, Code::kStorageFull);

    ASSERT_TRUE(db->write([](Tx& tx) { return tx.script("PRAGMA max_page_count=1000000"); }));
    EXPECT_TRUE(db->write(insert));
    int64_t found = 0;
    ASSERT_TRUE(db->read([&](Tx& tx) -> Result<> {
        TRY(found, tx.execute("SELECT id FROM t"));
        return {};
    }));
    EXPECT_EQ(found, saved + 1);
}

TEST(sqlite, a_sink_that_changes_rows_is_refused) {
    EngineUnderTest place("sqlite");
    auto db = place.open();
    ASSERT_TRUE(db);
    ASSERT_TRUE(db->write([](Tx& tx) { return tx.script("CREATE TABLE t (id BIGINT); INSERT INTO t VALUES (1)"); }));
    auto written = db->write([](Tx& tx) -> Result<> {
        TRY(tx.each("SELECT id FROM t", [&](const Row&) { (void)tx.execute("UPDATE t SET id = id + 1"); }));
        return {};
    });
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Code::kInternal);
    EXPECT_THAT(written.error().detail, HasSubstr("from inside a sink"));
}

}  // namespace
}  // namespace clinicpro::store
