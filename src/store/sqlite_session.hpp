// sqlite_session.hpp: one SQLite connection as a Session.
//
// Settings and their reasons stand in sqlite_session.cpp. Statements are prepared once per connection and found again
// by the address of their literal. Tested by store/contract_test.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "store/session.hpp"
#include "store/sqlite_checkpointer.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace clinicpro::store {

struct SqliteOptions {
    std::string path;
    Duration busy_timeout = 5s;
    bool reads_only = false;
    bool durable = true;
    enum class Checkpoints { kNone, kAfterCommit, kBeside };  // kBeside: by a thread (sqlite_checkpointer.hpp)
    Checkpoints checkpoints = Checkpoints::kAfterCommit;
    int log_pages = 16384;  // how long the log grows before one
    // Of all connections of one Database: what is then to be copied is copied anew at the next start.
    std::shared_ptr<std::atomic<bool>> disk_failed = std::make_shared<std::atomic<bool>>(false);
};

class SqliteSession final : public Session {
public:
    static Result<std::unique_ptr<SqliteSession>> open(const SqliteOptions& options);
    ~SqliteSession() override;

    Result<> begin() override;
    Result<> commit() override;
    void rollback() override;
    int64_t changed_rows() const override;
    std::string_view engine() const override { return "sqlite"; }

protected:
    Result<int64_t> statement(Sql sql, std::span<const Param> params, const RowSink* sink) override;
    Result<> statements(const std::string& text) override;
    bool goes_on_after_failure() const override { return true; }  // a failed statement undoes itself

private:
    struct Prepared {
        sqlite3_stmt* handle = nullptr;
        std::vector<int> numbers;  // numbers[i] = n when SQLite's parameter i+1 is $n
        int highest = 0;           // the highest n
        int columns = 0;
        bool changes_rows = false;
        bool running = false;
    };

    SqliteSession(sqlite3* handle, const SqliteOptions& options);
    static Result<sqlite3*> connect(const SqliteOptions& options);
    Result<> set_up();
    Result<> copy_log_beside();
    Result<> pragma(const char* text);
    Result<Prepared> prepare(const char* text);
    Result<int64_t> step_through(Prepared& prepared, std::span<const Param> params, const RowSink* sink);
    Result<> bind(const Prepared& prepared, std::span<const Param> params);
    int control(sqlite3_stmt*& handle, const char* text);  // BEGIN, COMMIT, ROLLBACK
    std::unexpected<Error> failed(int code);               // records the fault

    sqlite3* const handle_;
    const SqliteOptions options_;
    std::unordered_map<const char*, Prepared> prepared_;  // by address, see Sql
    sqlite3_stmt* begin_ = nullptr;
    sqlite3_stmt* commit_ = nullptr;
    sqlite3_stmt* rollback_ = nullptr;
    int sinks_ = 0;  // sinks that are running now
    int64_t scripts_ = 0;
    std::unique_ptr<SqliteCheckpointer> checkpointer_;
};

}  // namespace clinicpro::store
