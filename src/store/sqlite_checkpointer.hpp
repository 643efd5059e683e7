// sqlite_checkpointer.hpp: copies SQLite's log back into the database file beside the writer.
//
// The commit that crosses a limit would else copy 64 MiB back before it returns, and every payment behind it waits for
// that tenth of a second. Here a thread with a connection of its own copies and syncs; the little that was logged
// meanwhile the writer copies itself after one of its next commits, because only then does the log start again from its
// beginning. Where this thread comes to nothing (a slow disk, a log that grows faster), the writer copies all of it at
// four times the limit, as SQLite would have done from the start.
//
// SQLite before 3.51.3 can lose commits when a second checkpoint starts in the very moment in which a writer begins a
// log anew that a first one had copied whole (sqlite.org/wal.html#walresetbug). So the thread starts only while
// something is left to copy, and the writer never copies while it is the thread's turn.
//
// Durability is not touched: a checkpoint never runs ahead of what was synced. But a disk tells of a failed sync only
// once, so after one nothing is copied any more, not even at the end: the next start copies all of the log anew.
// Tested by store/checkpointer_test and, with power cuts, by tests/power.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

struct sqlite3;

namespace clinicpro::store {

class SqliteCheckpointer final {
public:
    // `writer` is the connection that logs; `beside`, which is closed in the end, another one on the same file. From now
    // on the hook of the writer's commits is ours. `limit`: pages in the log from which on they are copied.
    // `disk_failed` is set when a sync fails: no connection may then copy the log as it closes.
    SqliteCheckpointer(sqlite3* writer, sqlite3* beside, int limit, bool durable,
                       std::shared_ptr<std::atomic<bool>> disk_failed);
    ~SqliteCheckpointer();  // before the writer is closed
    SqliteCheckpointer(const SqliteCheckpointer&) = delete;
    SqliteCheckpointer& operator=(const SqliteCheckpointer&) = delete;

private:
    enum class Turn { kNobody, kThread, kWriter };  // whose turn it is to copy

    void committed(int pages);  // in the writer's thread
    void serve();
    bool copy(sqlite3* connection, int& copied);
    void flush();
    void note(int code);

    sqlite3* const writer_;
    sqlite3* const beside_;
    const int limit_;
    const int near_;  // fewer pages than these are left to the writer
    const bool durable_;
    const std::shared_ptr<std::atomic<bool>> disk_failed_;

    std::mutex mutex_;
    std::condition_variable wanted_;
    Turn turn_ = Turn::kNobody;
    int writer_tries_ = 0;
    int pages_ = 0;      // in the log, when the last commit returned
    int next_at_ = 0;    // pages from which on the thread tries
    int surely_at_ = 0;  // pages from which on the writer does it all
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace clinicpro::store
