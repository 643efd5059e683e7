// answer.hpp: the one answer to one request, on its way from any thread back to its connection.
//
// Answered inside the handler call, it is simply picked up: no lock, no wake-up. Answered later, it goes through the
// Mailbox of the connection's thread, which is woken once for any number of answers: a group commit answers hundreds at
// a time. Exactly once is decided here: a second answer is logged and dropped, no answer becomes a 500. Private to net.
// Tested by net/server_test.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "net/http.hpp"

namespace clinicpro::net {

class Answer;

// Who waits for an answer; used on its own I/O thread only.
class AnswerTaker {
public:
    virtual ~AnswerTaker() = default;
    virtual void answer_ready() = 0;
};

class Mailbox {
public:
    explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}
    void put(std::shared_ptr<Answer> answer);  // any thread
    void deliver();                            // on the I/O thread, in response to wake
    void close();                              // afterwards put drops, and wake never runs again

private:
    std::mutex mutex_;
    std::function<void()> wake_;  // under the mutex: it must not run after close
    std::vector<std::shared_ptr<Answer>> waiting_;
    std::vector<std::shared_ptr<Answer>> delivering_;  // only here to keep its memory
};

class Answer {
public:
    Answer(std::shared_ptr<Mailbox> mailbox, AnswerTaker& taker, std::string request_id);

    // What the handler is given. Call once.
    static Respond responder(const std::shared_ptr<Answer>& answer);
    // Any thread: tells the taker that waits for a nudge, if it still does.
    static void nudge(const std::shared_ptr<Answer>& answer) { answer->mailbox_->put(answer); }

    // All on the I/O thread:
    bool must_wait();  // after the handler returned: true when nothing is there yet; then the taker will be told
    bool
    give_up();      // while waiting: true when nobody answered so far and nobody will be told any more; false: it comes
    void forget();  // the taker is going away, whatever the state
    // After the answer was taken, while its body goes on: the taker will be told when nudge() is called.
    void await_nudge(AnswerTaker& taker) { taker_ = &taker; }
    bool recall() {
        return std::exchange(taker_, nullptr) != nullptr;
    }  // whether it was waiting; it will not be told any more
    Response take() { return std::move(response_); }
    const std::string& request_id() const { return request_id_; }

private:
    friend class Mailbox;
    class Hand;
    enum class State { kOpen, kAwaited, kAnswered, kGivenUp };

    static void give(const std::shared_ptr<Answer>& answer, Response response);
    static void dropped(const std::shared_ptr<Answer>& answer);

    const std::shared_ptr<Mailbox> mailbox_;
    AnswerTaker* taker_;  // null once given up
    const std::string request_id_;
    std::atomic<int> hands_{0};         // copies of Respond
    std::atomic<bool> claimed_{false};  // by the first answer
    std::atomic<State> state_{State::kOpen};
    Response response_;
};

}  // namespace clinicpro::net
