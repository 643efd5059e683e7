#include "web/validation_desk.hpp"

#include "base/log.hpp"
#include "daraja/c2b.hpp"

namespace clinicpro::web {

struct ValidationDesk::Question {
    net::Respond respond;
    std::chrono::steady_clock::time_point late_at;
    std::atomic<bool> answered = false;

    void answer(std::string json) {
        if (!answered.exchange(true)) respond(net::Response::json(200, std::move(json)));
    }
};

ValidationDesk::ValidationDesk(Decide decide, Duration patience)
    : decide_(std::move(decide)), patience_(patience), watcher_([this] { watch(); }) {}

ValidationDesk::~ValidationDesk() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    watcher_.join();
}

void ValidationDesk::ask(ClinicId clinic, std::string body, net::Respond respond) {
    const auto question = std::make_shared<Question>();
    question->respond = std::move(respond);
    question->late_at = std::chrono::steady_clock::now() + patience_;
    const bool taken = pool_.post([this, clinic, question, body = std::move(body)] {
        if (!question->answered) question->answer(decide_(clinic, body));
    });
    if (!taken) {
        log::warn("c2b.validation_overloaded", {{"clinic", clinic.value}});
        return question->answer(daraja::accept_validation());
    }
    const std::lock_guard lock(mutex_);
    waiting_.push_back(question);
    if (waiting_.size() == 1) changed_.notify_one();
}

void ValidationDesk::watch() {
    std::unique_lock lock(mutex_);
    for (;;) {
        if (waiting_.empty()) {
            if (stopping_) return;
            changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
            continue;
        }
        const auto oldest = waiting_.front();
        if (!oldest->answered && !stopping_) {
            changed_.wait_until(lock, oldest->late_at, [&] { return stopping_; });
        } else {
            waiting_.pop_front();
            continue;
        }
        if (oldest->answered) continue;
        lock.unlock();
        log::warn("c2b.validation_late");
        oldest->answer(daraja::accept_validation());
        lock.lock();
    }
}

}  // namespace clinicpro::web
