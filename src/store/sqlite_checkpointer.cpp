#include "store/sqlite_checkpointer.hpp"

#include <sqlite3.h>

namespace clinicpro::store {

namespace {

constexpr int kPassesMost = 3;
constexpr int kSurely = 4;  // times the limit

}  // namespace

SqliteCheckpointer::SqliteCheckpointer(sqlite3* writer, sqlite3* beside, int limit)
    : writer_(writer), beside_(beside), limit_(limit), next_at_(limit), surely_at_(kSurely * limit) {
    const auto hook = [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteCheckpointer*>(self)->committed(pages);
        return SQLITE_OK;
    };
    sqlite3_wal_hook(writer_, hook, this);
    thread_ = std::thread([this] { serve(); });
}

SqliteCheckpointer::~SqliteCheckpointer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wanted_.notify_one();
    thread_.join();
    sqlite3_wal_hook(writer_, nullptr, nullptr);
    sqlite3_close(beside_);
}

// False when nothing could be copied: another program does it at this moment, or the disk failed. `left`: pages of the
// log that still are to be copied, because they are new or because somebody reads as of before them.
bool SqliteCheckpointer::pass(sqlite3* connection, int& left) {
    int logged = 0, copied = 0;
    const int code = sqlite3_wal_checkpoint_v2(connection, "main", SQLITE_CHECKPOINT_PASSIVE, &logged, &copied);
    left = logged - copied;
    return code == SQLITE_OK;
}

// SQLite syncs the file only when the whole log is copied, and that is the writer's pass: it shall find little to do.
void SqliteCheckpointer::flush() {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(beside_, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (file != nullptr && file->pMethods != nullptr) file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
}

void SqliteCheckpointer::committed(int pages) {
    std::unique_lock lock(mutex_);
    if (pages < pages_) next_at_ = limit_, surely_at_ = kSurely * limit_;  // the log began anew
    pages_ = pages;
    const bool surely = pages >= surely_at_;
    if (turn_ == Turn::kNobody && pages >= next_at_ && !surely) {
        turn_ = Turn::kThread;
        wanted_.notify_one();
        return;
    }
    if (turn_ != Turn::kWriter && !surely) return;
    if (surely) surely_at_ = pages + limit_;
    lock.unlock();
    int left = 0;
    pass(writer_, left);
    lock.lock();
    if (turn_ == Turn::kWriter) turn_ = Turn::kNobody;
}

void SqliteCheckpointer::serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wanted_.wait(lock, [&] { return stopping_ || turn_ == Turn::kThread; });
        if (stopping_) return;
        lock.unlock();
        int left = 0;
        bool copied = false;
        for (int i = 0; i < kPassesMost; ++i) {
            copied = pass(beside_, left);
            if (!copied || left < limit_ / 64) break;
        }
        if (copied) flush();
        lock.lock();
        next_at_ = pages_ + limit_ / 4;  // unless the log begins anew before
        turn_ = copied && left < limit_ / 8 ? Turn::kWriter : Turn::kNobody;
    }
}

}  // namespace clinicpro::store
