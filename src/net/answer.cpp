#include "net/answer.hpp"

#include <utility>

#include "base/log.hpp"

namespace clinicpro::net {

void Mailbox::put(std::shared_ptr<Answer> answer) {
    const std::lock_guard lock(mutex_);
    if (!wake_) return;
    waiting_.push_back(std::move(answer));
    if (waiting_.size() == 1) wake_();
}

void Mailbox::deliver() {
    {
        const std::lock_guard lock(mutex_);
        std::swap(waiting_, delivering_);
    }
    for (const auto& answer : delivering_) {
        // Null when the connection gave up between the answer and now.
        if (AnswerTaker* taker = std::exchange(answer->taker_, nullptr)) taker->answer_ready();
    }
    delivering_.clear();
}

void Mailbox::close() {
    std::vector<std::shared_ptr<Answer>> unread;
    const std::lock_guard lock(mutex_);
    wake_ = nullptr;
    std::swap(waiting_, unread);
}

// A copy of Respond: counts itself, so that the last one to go knows whether the request was ever answered.
class Answer::Hand {
public:
    explicit Hand(std::shared_ptr<Answer> answer) : answer_(std::move(answer)) { answer_->hands_.fetch_add(1); }
    Hand(const Hand& other) : answer_(other.answer_) {
        if (answer_) answer_->hands_.fetch_add(1, std::memory_order_relaxed);
    }
    Hand(Hand&& other) noexcept : answer_(std::move(other.answer_)) {}
    Hand& operator=(const Hand&) = delete;
    Hand& operator=(Hand&&) = delete;
    ~Hand() {
        if (answer_ && answer_->hands_.fetch_sub(1, std::memory_order_acq_rel) == 1) dropped(answer_);
    }
    void operator()(Response response) const { give(answer_, std::move(response)); }

private:
    std::shared_ptr<Answer> answer_;
};

Answer::Answer(std::shared_ptr<Mailbox> mailbox, AnswerTaker& taker, std::string request_id)
    : mailbox_(std::move(mailbox)), taker_(&taker), request_id_(std::move(request_id)) {}

Respond Answer::responder(const std::shared_ptr<Answer>& answer) {
    return Hand(answer);
}

bool Answer::must_wait() {
    State open = State::kOpen;
    return state_.compare_exchange_strong(open, State::kAwaited, std::memory_order_acq_rel);
}

bool Answer::give_up() {
    State awaited = State::kAwaited;
    if (!state_.compare_exchange_strong(awaited, State::kGivenUp, std::memory_order_acq_rel)) return false;
    taker_ = nullptr;
    return true;
}

void Answer::forget() {
    taker_ = nullptr;
    state_.store(State::kGivenUp, std::memory_order_release);
}

void Answer::give(const std::shared_ptr<Answer>& answer, Response response) {
    if (answer->claimed_.exchange(true, std::memory_order_acq_rel)) {
        log::error("net.answered_twice", {{"request", answer->request_id_}, {"ignored_status", response.status}});
        return;
    }
    answer->response_ = std::move(response);
    switch (answer->state_.exchange(State::kAnswered, std::memory_order_acq_rel)) {
        case State::kOpen: return;  // the handler is still running: its connection looks next
        case State::kAwaited: return answer->mailbox_->put(answer);
        case State::kAnswered: return;  // cannot be: claimed once
        case State::kGivenUp: log::info("net.answer_too_late", {{"request", answer->request_id_}}); return;
    }
}

void Answer::dropped(const std::shared_ptr<Answer>& answer) {
    if (answer->claimed_.load(std::memory_order_acquire)) return;
    if (answer->state_.load(std::memory_order_acquire) == State::kGivenUp) return;
    log::error("net.answer_dropped", {{"request", answer->request_id_}});
    give(answer,
         Response::problem(Error{Code::kInternal,
                                 "The server lost track of this request. Look up its result before repeating it.",
                                 {},
                                 {}},
                           answer->request_id_));
}

}  // namespace clinicpro::net
