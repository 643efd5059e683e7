#include "web/pool.hpp"

#include "base/error.hpp"

namespace clinicpro::web {

Pool::Pool(PoolOptions options) : options_(options) {
    CHECK(options_.threads >= 0);
    for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { serve(); });
}

Pool::~Pool() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    more_.notify_all();
    for (auto& thread : threads_) thread.join();
}

bool Pool::post(std::function<void()> work) {
    if (options_.threads == 0) {
        work();
        return true;
    }
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || queue_.size() >= options_.queue_max) return false;
        queue_.push_back(std::move(work));
    }
    more_.notify_one();
    return true;
}

size_t Pool::waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

void Pool::serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
        more_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        {
            const std::function<void()> work = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            work();
        }  // what the work held is gone before the lock is taken again
        lock.lock();
    }
}

}  // namespace clinicpro::web
