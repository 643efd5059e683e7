#include "jobs/runner.hpp"

#include <algorithm>

namespace clinicpro::jobs {

Runner::Runner(Worker& worker, const Clock& clock) : worker_(worker), clock_(clock) {
    worker_.on_ready([this] { wake(); });
    thread_ = std::thread([this] { run(); });
}

Runner::~Runner() {
    drain(Duration(0));
    worker_.on_ready(nullptr);
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Runner::wake() {
    {
        const std::lock_guard lock(mutex_);
        if (woken_) return;
        woken_ = true;
    }
    changed_.notify_all();
}

bool Runner::drain(Duration patience) {
    {
        const std::lock_guard lock(mutex_);
        draining_ = true;
        woken_ = true;
    }
    changed_.notify_all();
    const auto until = std::chrono::steady_clock::now() + patience;
    while (worker_.in_flight() > 0 && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return worker_.in_flight() == 0;
}

void Runner::run() {
    Duration trouble{};  // grows while the database does not answer
    std::unique_lock lock(mutex_);
    while (!stopped_) {
        woken_ = false;
        const bool accept_new = !draining_;
        lock.unlock();
        const auto progress = worker_.step(accept_new);
        lock.lock();
        Duration pause = kPoll;
        if (!progress) {
            trouble = std::clamp(trouble * 2, Duration(10ms), Duration(5s));
            log::failure("worker.step_failed", progress.error());
            pause = trouble;
            // A wake-up must not shorten this: the database needs the rest.
            changed_.wait_for(lock, pause, [&] { return stopped_; });
            continue;
        }
        trouble = {};
        if (progress->taken > 0) continue;
        if (progress->next_due) {
            pause = std::clamp<Duration>(*progress->next_due - clock_.now(), Duration(1ms), kPoll);
        }
        changed_.wait_for(lock, pause, [&] { return woken_ || stopped_; });
    }
}

}  // namespace clinicpro::jobs
