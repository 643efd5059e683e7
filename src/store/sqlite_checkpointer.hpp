// sqlite_checkpointer.hpp: copies SQLite's log back into the database file beside the writer.
//
// The commit that crosses a limit would else copy 64 MiB back before it returns, and every payment behind it waits for
// that tenth of a second. Here a thread with a connection of its own copies; what the writer logs meanwhile it copies
// in a second pass and a third, and the little that is left the writer copies itself after its next commit, because
// only then does the log start again from its beginning. Where this thread comes to nothing (a slow disk, a log that
// grows faster), the writer copies all of it at four times the limit, as SQLite would have done from the start.
// Durability is not touched: a checkpoint never runs ahead of what was synced. Tested by store/checkpointer_test and,
// with power cuts, by tests/power.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

struct sqlite3;

namespace clinicpro::store {

class SqliteCheckpointer final {
public:
    // `writer` is the connection that logs; `beside`, which is closed in the end, another one on the same file.
    // From now on the hook of the writer's commits is ours. `limit`: pages in the log from which on they are copied.
    SqliteCheckpointer(sqlite3* writer, sqlite3* beside, int limit);
    ~SqliteCheckpointer();  // before the writer is closed
    SqliteCheckpointer(const SqliteCheckpointer&) = delete;
    SqliteCheckpointer& operator=(const SqliteCheckpointer&) = delete;

private:
    enum class Turn { kNobody, kThread, kWriter };  // whose turn it is to copy

    void committed(int pages);  // in the writer's thread
    void serve();
    bool pass(sqlite3* connection, int& left);
    void flush();

    sqlite3* const writer_;
    sqlite3* const beside_;
    const int limit_;

    std::mutex mutex_;
    std::condition_variable wanted_;
    Turn turn_ = Turn::kNobody;
    int pages_ = 0;     // in the log, when the last commit returned
    int next_at_ = 0;   // pages from which on the thread tries
    int surely_at_ = 0;  // pages from which on the writer does it all
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace clinicpro::store
