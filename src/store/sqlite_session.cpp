// sqlite_session.cpp: statements, parameters, rows and faults of SQLite 3.40.
//
// Settings, for a server that writes much and must not lose an acknowledged row:
//   journal_mode=WAL     readers and the writer do not wait for each other; one fsync a commit
//   synchronous=FULL     that fsync happens before COMMIT returns; NORMAL would lose the last commits in a power cut
//   foreign_keys=ON      off by default in SQLite; tenant isolation stands on composite foreign keys
//   cache_size           writer 16 MiB: the pages that payments touch again and again stay in memory between groups. More
//                        makes every commit dearer: 3.40 gives a page a far-away number for a moment when a tree's
//                        pages change places, and then walks the whole cache at COMMIT to drop what lies beyond the end,
//                        0.6 ms with 64 MiB. Readers 8 MiB: each commit empties their caches, so more would buy
//                        nothing. The kernel's page cache serves both
//   mmap_size=0          a disk error under a mapping is SIGBUS and kills the server; under read() it is an Error
//   temp_store=MEMORY    sorts are small and bounded by page sizes
//   wal_autocheckpoint   16384 pages (64 MiB), from which on the log is copied back, in a server by a thread beside the
//                        writer. With the default 1000 a busy writer does that several times a second, the same hot
//                        pages each time: 18,700 four-row bodies a second and a slowest of 200 ms, against 35,800 and
//                        48 ms (bench/store_bench, 512 in flight, fdatasync 3 ms)
//   journal_size_limit   256 MiB: a log that a long reader made grow is cut back; below that, its blocks are reused
#include "store/sqlite_session.hpp"

#include <sqlite3.h>

#include <mutex>

#include <cstring>
#include <thread>

namespace clinicpro::store {

namespace {

class SqliteRow final : public Row {
public:
    SqliteRow(sqlite3_stmt* statement, int columns) : statement_(statement), columns_(columns) {}
    bool is_null(int column) const override {
        check(column);
        return sqlite3_column_type(statement_, column) == SQLITE_NULL;
    }
    int64_t integer(int column) const override {
        check(column);
        return sqlite3_column_int64(statement_, column);
    }
    std::string_view text(int column) const override {
        check(column);
        // Also right for text: no conversion, and no byte is lost to a zero.
        const void* bytes = sqlite3_column_blob(statement_, column);
        const int size = sqlite3_column_bytes(statement_, column);
        return bytes ? std::string_view(static_cast<const char*>(bytes), size_t(size)) : std::string_view();
    }

private:
    void check(int column) const { CHECK(column >= 0 && column < columns_); }
    sqlite3_stmt* statement_;
    int columns_;
};

struct Meaning {
    Code code;
    const char* message;
};

Meaning meaning_of(int extended) {
    switch (extended) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
        case SQLITE_CONSTRAINT_FOREIGNKEY:
        case SQLITE_CONSTRAINT_CHECK:
            return {Code::kConflict, "That no longer fits what is stored; look again and then repeat it."};
    }
    switch (extended & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return {Code::kBusy, "The database is locked by another program; try again in a moment."};
        case SQLITE_FULL: return {Code::kStorageFull, "The disk is full. Free some space; nothing was lost."};
        case SQLITE_IOERR:
        case SQLITE_NOMEM:
        case SQLITE_CANTOPEN:
            return {Code::kUnavailable, "The database file cannot be read or written; check its disk and try again."};
        case SQLITE_CORRUPT:
            return {Code::kUnavailable, "The database file is damaged; stop the server and restore the last backup."};
        case SQLITE_NOTADB: return {Code::kConfig, "That file is not a database; correct the database URL."};
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {Code::kConfig, "The database file may not be written by this user; correct its owner or mode."};
        case SQLITE_READONLY: return {Code::kConfig, "The database cannot be changed here: it is read-only."};
        case SQLITE_TOOBIG: return {Code::kTooLarge, "That is too large to be stored; send less."};
    }
    return {Code::kInternal, "A database statement is wrong; this is a fault in ClinicPro. The log says which."};
}

Error error_of(sqlite3* handle, int code) {
    const int extended = handle ? sqlite3_extended_errcode(handle) : code;
    // errcode speaks of the last call; trust the code in hand when they disagree.
    const int exact = (extended & 0xff) == (code & 0xff) ? extended : code;
    const Meaning meaning = meaning_of(exact);
    std::string detail = "sqlite " + std::to_string(exact) + ": ";
    detail += exact == extended && handle ? sqlite3_errmsg(handle) : sqlite3_errstr(exact);
    return {meaning.code, meaning.message, {}, std::move(detail)};
}

Error statement_fault(std::string detail) {
    return {Code::kInternal,
            "A database statement is wrong; this is a fault in ClinicPro. The log says which.",
            {},
            std::move(detail)};
}

}  // namespace

SqliteSession::SqliteSession(sqlite3* handle, const SqliteOptions& options) : handle_(handle), options_(options) {}

SqliteSession::~SqliteSession() {
    checkpointer_.reset();
    if (*options_.disk_failed) sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    for (auto& [text, prepared] : prepared_) sqlite3_finalize(prepared.handle);
    for (sqlite3_stmt* statement : {begin_, commit_, rollback_}) sqlite3_finalize(statement);
    sqlite3_close(handle_);
}

Result<std::unique_ptr<SqliteSession>> SqliteSession::open(const SqliteOptions& options) {
    TRY(sqlite3* const handle, connect(options));
    std::unique_ptr<SqliteSession> session(new SqliteSession(handle, options));
    TRY(session->set_up());
    if (options.checkpoints == SqliteOptions::Checkpoints::kBeside) TRY(session->copy_log_beside());
    return session;
}

Result<sqlite3*> SqliteSession::connect(const SqliteOptions& options) {
    // Memory statistics put one lock around every allocation of every connection, and nothing reads them.
    static std::once_flag configured;
    std::call_once(configured, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
    sqlite3* handle = nullptr;
    // No mutex: a connection belongs to one thread at a time. Readers too open for writing: they share the log's index.
    const int code =
        sqlite3_open_v2(options.path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    if (code == SQLITE_OK) return handle;
    Error error = error_of(handle, code);
    sqlite3_close(handle);
    return std::unexpected(std::move(error));
}

// The limit is read back: the tests make it small.
Result<> SqliteSession::copy_log_beside() {
    int limit = 0;
    const auto read = [](void* into, int, char** values, char**) {
        *static_cast<int*>(into) = std::atoi(values[0]);
        return 0;
    };
    sqlite3_exec(handle_, "PRAGMA wal_autocheckpoint", read, &limit, nullptr);
    CHECK(limit > 0);
    TRY(sqlite3* const beside, connect(options_));
    // How a checkpoint is synced is the setting of the connection that makes it. The second line opens the log.
    for (const char* text : {options_.durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF",
                             "SELECT COUNT(*) FROM sqlite_schema", "PRAGMA wal_autocheckpoint=0"}) {
        if (const int code = sqlite3_exec(beside, text, nullptr, nullptr, nullptr); code != SQLITE_OK) {
            Error error = error_of(beside, code);
            sqlite3_close(beside);
            return std::unexpected(std::move(error));
        }
    }
    checkpointer_ = std::make_unique<SqliteCheckpointer>(handle_, beside, limit, options_.durable, options_.disk_failed);
    return {};
}

Result<> SqliteSession::pragma(const char* text) {
    const int code = sqlite3_exec(handle_, text, nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return {};
    return std::unexpected(error_of(handle_, code));
}

Result<> SqliteSession::set_up() {
    sqlite3_extended_result_codes(handle_, 1);
    const int64_t patience_ms = options_.busy_timeout / 1ms;
    sqlite3_busy_timeout(handle_, int(patience_ms));
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);  // "x" is a name, never a text
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    // Two programs that open a new file at once: the change to WAL is refused at once, without the busy timeout.
    Result<> wal = pragma("PRAGMA journal_mode=WAL");
    for (int64_t waited = 0; !wal && wal.error().code == Code::kBusy && waited < patience_ms; waited += 10) {
        std::this_thread::sleep_for(10ms);
        wal = pragma("PRAGMA journal_mode=WAL");
    }
    TRY(wal);
    TRY(pragma(options_.durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF"));
    TRY(pragma("PRAGMA foreign_keys=ON"));
    // More than the default of 100 small allocations: a batch keeps some sixty prepared statements with their cursors.
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_LOOKASIDE, nullptr, 1024, 1000);
    TRY(pragma("PRAGMA temp_store=MEMORY"));
    TRY(pragma("PRAGMA mmap_size=0"));
    TRY(pragma("PRAGMA journal_size_limit=268435456"));
    const bool copies = options_.checkpoints != SqliteOptions::Checkpoints::kNone;
    TRY(pragma(("PRAGMA wal_autocheckpoint=" + std::to_string(copies ? options_.log_pages : 0)).c_str()));
    if (options_.reads_only) {
        TRY(pragma("PRAGMA cache_size=-8192"));
        return pragma("PRAGMA query_only=ON");
    }
    return pragma("PRAGMA cache_size=-16384");
}

std::unexpected<Error> SqliteSession::failed(int code) {
    // After a full disk, an I/O error or lack of memory SQLite may have rolled the whole transaction back by itself.
    const bool gone = sqlite3_get_autocommit(handle_) != 0;
    Error error = error_of(handle_, code);
    const bool for_all = error.code == Code::kStorageFull || error.code == Code::kUnavailable;
    return broken(gone || for_all ? Fault::kFatal : Fault::kStatement, std::move(error));
}

int SqliteSession::control(sqlite3_stmt*& handle, const char* text) {
    if (!handle) {
        const int code = sqlite3_prepare_v3(handle_, text, -1, SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
        if (code != SQLITE_OK) return code;
    }
    sqlite3_step(handle);
    return sqlite3_reset(handle);  // gives the same code as the step, exactly
}

Result<> SqliteSession::begin() {
    start_clean();
    // IMMEDIATE takes the write lock now: waiting for it later, with a snapshot in hand, could only end in SQLITE_BUSY.
    const int code = control(begin_, options_.reads_only ? "BEGIN" : "BEGIN IMMEDIATE");
    if (code == SQLITE_OK) return {};
    return std::unexpected(error_of(handle_, code));
}

Result<> SqliteSession::commit() {
    const int code = control(commit_, "COMMIT");
    if (code == SQLITE_OK) return {};
    Error error = error_of(handle_, code);
    // The log may hold the commit although its fsync failed; a restart would then find it.
    if ((code & 0xff) == SQLITE_IOERR) {
        error.code = Code::kUnknown;
        error.message = "The disk failed while saving, so it may or may not be saved; check the disk, then look again.";
    }
    rollback();
    return std::unexpected(std::move(error));
}

void SqliteSession::rollback() {
    if (sqlite3_get_autocommit(handle_) == 0) control(rollback_, "ROLLBACK");
    start_clean();
}

int64_t SqliteSession::changed_rows() const {
    return sqlite3_total_changes64(handle_) + scripts_;
}

Result<SqliteSession::Prepared> SqliteSession::prepare(const char* text) {
    Prepared prepared;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(handle_, text, -1, SQLITE_PREPARE_PERSISTENT, &prepared.handle, &rest);
    if (code != SQLITE_OK) return failed(code);
    if (!prepared.handle || (rest && rest[std::strspn(rest, " \t\n;")] != '\0')) {
        sqlite3_finalize(prepared.handle);
        return broken(Fault::kStatement, statement_fault(std::string("not exactly one statement: ") + text));
    }
    const int count = sqlite3_bind_parameter_count(prepared.handle);
    for (int i = 1; i <= count; ++i) {
        const char* name = sqlite3_bind_parameter_name(prepared.handle, i);
        const int number = name && name[0] == '$' ? std::atoi(name + 1) : 0;
        if (number < 1) {
            sqlite3_finalize(prepared.handle);
            return broken(Fault::kStatement, statement_fault(std::string("a parameter is not $n: ") + text));
        }
        prepared.numbers.push_back(number);
        prepared.highest = std::max(prepared.highest, number);
    }
    prepared.columns = sqlite3_column_count(prepared.handle);
    prepared.changes_rows = !sqlite3_stmt_readonly(prepared.handle);
    return prepared;
}

Result<int64_t> SqliteSession::statement(Sql sql, std::span<const Param> params, const RowSink* sink) {
    auto found = prepared_.find(sql.text);
    if (found == prepared_.end()) {
        TRY(Prepared fresh, prepare(sql.text));
        found = prepared_.emplace(sql.text, std::move(fresh)).first;
    }
    if (!found->second.running) return step_through(found->second, params, sink);
    // A sink that runs the very statement whose row it is looking at.
    TRY(Prepared second, prepare(sql.text));
    auto result = step_through(second, params, sink);
    sqlite3_finalize(second.handle);
    return result;
}

Result<> SqliteSession::bind(const Prepared& prepared, std::span<const Param> params) {
    // PostgreSQL cannot guess the type of a parameter that is not mentioned, so nor may SQLite.
    if (size_t(prepared.highest) != params.size()) {
        return broken(Fault::kStatement,
                      statement_fault("it takes " + std::to_string(prepared.highest) + " values and was given " +
                                      std::to_string(params.size()) + ": " + sqlite3_sql(prepared.handle)));
    }
    for (size_t i = 0; i < prepared.numbers.size(); ++i) {
        const Param& param = params[size_t(prepared.numbers[i]) - 1];
        const std::string_view text = param.text();
        const char* bytes = text.data() ? text.data() : "";  // a null pointer would be NULL, not empty
        const int at = int(i) + 1;
        int code = SQLITE_OK;
        switch (param.kind()) {
            case Param::Kind::kNull: code = sqlite3_bind_null(prepared.handle, at); break;
            case Param::Kind::kInteger: code = sqlite3_bind_int64(prepared.handle, at, param.integer()); break;
            case Param::Kind::kText:
                if (std::memchr(bytes, 0, text.size()) != nullptr) {
                    return broken(Fault::kStatement,
                                  {Code::kInvalid, "Text may not hold a zero byte; remove it.", {}, {}});
                }
                code = sqlite3_bind_text64(prepared.handle, at, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
                break;
            case Param::Kind::kBlob:
                code = sqlite3_bind_blob64(prepared.handle, at, bytes, text.size(), SQLITE_STATIC);
                break;
        }
        if (code != SQLITE_OK) return failed(code);
    }
    return {};
}

Result<int64_t> SqliteSession::step_through(Prepared& prepared, std::span<const Param> params, const RowSink* sink) {
    if (prepared.changes_rows && sinks_ > 0) {
        // SQLite leaves open whether the reading statement meets the changed row again.
        return broken(Fault::kStatement, statement_fault(std::string("it changes rows from inside a sink: ") +
                                                         sqlite3_sql(prepared.handle)));
    }
    TRY(bind(prepared, params));
    const int64_t total = sqlite3_total_changes64(handle_);
    int64_t rows = 0;
    int code = SQLITE_ROW;
    prepared.running = true;
    const SqliteRow row(prepared.handle, prepared.columns);
    // A sink may throw; the statement must be at rest again all the same.
    struct Rest {
        Prepared& prepared;
        int& sinks;
        const int sinks_before;
        ~Rest() {
            sinks = sinks_before;
            prepared.running = false;
            sqlite3_reset(prepared.handle);
        }
    } rest{prepared, sinks_, sinks_};
    while ((code = sqlite3_step(prepared.handle)) == SQLITE_ROW) {
        ++rows;
        if (!sink) continue;
        ++sinks_;
        (*sink)(row);
        --sinks_;
    }
    if (code != SQLITE_DONE) return failed(code);
    if (fault() != Fault::kNone) return std::unexpected(error());  // a statement inside the sink failed
    if (prepared.columns > 0 || !prepared.changes_rows) return rows;
    return sqlite3_total_changes64(handle_) == total ? 0 : sqlite3_changes64(handle_);
}

Result<> SqliteSession::statements(const std::string& text) {
    ++scripts_;
    const int code = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failed(code);
    return {};
}

}  // namespace clinicpro::store
