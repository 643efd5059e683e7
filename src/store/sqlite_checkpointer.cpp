#include "store/sqlite_checkpointer.hpp"

#include <sqlite3.h>

#include <algorithm>

#include "base/log.hpp"

namespace clinicpro::store {

namespace {

constexpr int kPassesMost = 3;
constexpr int kWriterTriesMost = 16;
constexpr int kSurely = 4;  // times the limit

}  // namespace

SqliteCheckpointer::SqliteCheckpointer(sqlite3* writer, sqlite3* beside, int limit, bool durable,
                                       std::shared_ptr<std::atomic<bool>> disk_failed)
    : writer_(writer),
      beside_(beside),
      limit_(limit),
      near_(std::max(limit / 8, 32)),
      durable_(durable),
      disk_failed_(std::move(disk_failed)),
      next_at_(limit),
      surely_at_(kSurely * limit) {
    const auto hook = [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteCheckpointer*>(self)->committed(pages);
        return SQLITE_OK;
    };
    thread_ = std::thread([this] { serve(); });
    sqlite3_wal_hook(writer_, hook, this);
}

SqliteCheckpointer::~SqliteCheckpointer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wanted_.notify_one();
    thread_.join();
    sqlite3_wal_hook(writer_, nullptr, nullptr);
    if (*disk_failed_) sqlite3_db_config(beside_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_close(beside_);
}

void SqliteCheckpointer::note(int code) {
    if ((code & 0xff) != SQLITE_IOERR || disk_failed_->exchange(true)) return;
    log::failure("store.checkpoint_failed",
                 {Code::kUnavailable,
                  "The disk failed while the database's log was copied back. Nothing is lost, but the log grows from now "
                  "on: check the disk, then start the server again.",
                  {},
                  "sqlite " + std::to_string(code)});
}

// False when nothing could be copied: another program does it at this moment, the disk failed, or there is no log.
// `copied`: so many pages of the log, counted from its beginning.
bool SqliteCheckpointer::copy(sqlite3* connection, int& copied) {
    int logged = 0;
    const int code = sqlite3_wal_checkpoint_v2(connection, "main", SQLITE_CHECKPOINT_PASSIVE, &logged, &copied);
    note(code);
    return code == SQLITE_OK && logged >= 0;
}

// SQLite syncs the file only when the whole log is copied, and that is the writer's pass: it shall find little to do.
void SqliteCheckpointer::flush() {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(beside_, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (durable_ && file != nullptr && file->pMethods != nullptr) note(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL));
}

void SqliteCheckpointer::committed(int pages) {
    std::unique_lock lock(mutex_);
    if (pages < pages_) {  // the log began anew
        next_at_ = limit_;
        surely_at_ = kSurely * limit_;
        if (turn_ == Turn::kWriter) turn_ = Turn::kNobody;
    }
    pages_ = pages;
    if (turn_ == Turn::kThread || *disk_failed_) return;
    const bool surely = pages >= surely_at_;
    if (turn_ == Turn::kNobody && pages >= next_at_ && !surely) {
        turn_ = Turn::kThread;
        wanted_.notify_one();
        return;
    }
    if (turn_ != Turn::kWriter && !surely) return;
    if (surely) surely_at_ = pages + limit_;
    lock.unlock();
    int copied = 0;
    copy(writer_, copied);
    lock.lock();
    // Somebody who reads keeps the log from beginning anew; most read for milliseconds.
    if (turn_ == Turn::kWriter && --writer_tries_ <= 0) turn_ = Turn::kNobody;
}

void SqliteCheckpointer::serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wanted_.wait(lock, [&] { return stopping_ || turn_ == Turn::kThread; });
        if (stopping_) return;
        int left = 0;
        bool done = false;
        for (int i = 0; i < kPassesMost; ++i) {
            lock.unlock();
            int copied = 0;
            done = copy(beside_, copied);
            if (done) flush();
            lock.lock();
            left = pages_ - copied;
            if (!done || stopping_ || left < near_) break;
        }
        next_at_ = pages_ + limit_ / 4;  // unless the log begins anew before
        writer_tries_ = kWriterTriesMost;
        turn_ = done && left < near_ ? Turn::kWriter : Turn::kNobody;
    }
}

}  // namespace clinicpro::store
