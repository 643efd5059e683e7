// pool.hpp: a fixed number of threads for API requests, so that no database wait ever stands on an I/O thread.
//
// The queue is bounded: when it is full the caller answers 503 at once, which a client can act on, rather than late,
// which it cannot. The destructor finishes what was taken. Tested by web/pool_test.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace clinicpro::web {

struct PoolOptions {
    int threads = 8;  // each waits for the database most of its time; 0: post() does the work itself (simulation)
    size_t queue_max = 1024;  // at 1 ms a request and eight threads, an eighth of a second of work
};

class Pool final {
public:
    explicit Pool(PoolOptions options = {});
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    // False when the queue is full; then `work` is not kept. Never blocks for longer than the lock.
    bool post(std::function<void()> work);
    size_t waiting() const;

private:
    void serve();
    const PoolOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable more_;
    std::deque<std::function<void()>> queue_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace clinicpro::web
