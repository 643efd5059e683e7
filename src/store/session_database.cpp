// session_database.cpp: reading from the pool, and Database::write (see session_database.hpp).
#include "store/session_database.hpp"

namespace clinicpro::store {

Result<> Database::write(const Body& body) {
    std::mutex mutex;
    std::condition_variable finished;
    std::optional<Result<>> outcome;
    submit([&body](Tx& tx) { return body(tx); },
           [&](Result<> result) {
               // Notified under the lock: the waiter may not leave, and take these with it, before we are through.
               std::lock_guard lock(mutex);
               outcome = std::move(result);
               finished.notify_one();
           });
    std::unique_lock lock(mutex);
    finished.wait(lock, [&] { return outcome.has_value(); });
    return *std::move(outcome);
}

SessionDatabase::SessionDatabase(SessionSet sessions)
    : engine_(sessions.writers.front()->engine()),
      patience_(sessions.patience),
      readers_(std::move(sessions.readers)),
      writers_(std::move(sessions.writers), sessions.in_caller) {
    CHECK(!readers_.empty());
    for (auto& reader : readers_) free_readers_.push_back(reader.get());
}

Session* SessionDatabase::take_reader() {
    std::unique_lock lock(mutex_);
    if (!returned_.wait_for(lock, patience_, [&] { return !free_readers_.empty(); })) return nullptr;
    Session* reader = free_readers_.back();  // the one used last has the warmest cache
    free_readers_.pop_back();
    return reader;
}

void SessionDatabase::give_back(Session* reader) {
    {
        std::lock_guard lock(mutex_);
        free_readers_.push_back(reader);
    }
    returned_.notify_one();
}

Result<> SessionDatabase::read(const Body& body) {
    Session* reader = take_reader();
    if (!reader) {
        return fail(Code::kBusy, "The database is busy with other questions; try again in a moment.", {},
                    "no free read connection");
    }
    Result<> result = reader->begin();
    if (result) {
        result = reader->run_body(body);
        reader->rollback();  // nothing was changed; the engine may drop its snapshot
    }
    give_back(reader);
    return result;
}

}  // namespace clinicpro::store
