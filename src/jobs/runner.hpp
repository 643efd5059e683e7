// runner.hpp: the thread that keeps a worker stepping: at once when woken, when the next job is due, and at least every
// kPoll for work that another process put into the database. Tested by jobs/runner_test and the crash rounds.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "jobs/worker.hpp"

namespace clinicpro::jobs {

class Runner {
public:
    Runner(Worker& worker, const Clock& clock);
    ~Runner();  // drains for a moment, then stops

    void wake();  // from any thread; cheap
    // Stops taking new work and waits until requests on their way have been absorbed, at most `patience`. Returns
    // whether all were.
    bool drain(Duration patience);

    static constexpr Duration kPoll = 200ms;

private:
    void run();
    Worker& worker_;
    const Clock& clock_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool woken_ = false;
    bool draining_ = false;
    bool stopped_ = false;
    std::thread thread_;  // last: starts when everything above is ready
};

}  // namespace clinicpro::jobs
