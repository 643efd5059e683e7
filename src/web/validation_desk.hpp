// validation_desk.hpp: answers M-Pesa's question "may this payment go through?" within a second, whatever happens.
//
// The answer comes from local reads on two threads of its own, so API traffic cannot delay it. When it is not there in
// time, or too many questions wait, the payment is accepted: money that fits nowhere is kept and shown to a person,
// whereas a silence makes M-Pesa decide by itself after about eight seconds (daraja.md 4.3). Tested by
// web/callback_test.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "net/http.hpp"
#include "web/pool.hpp"

namespace clinicpro::web {

class ValidationDesk final {
public:
    // `decide` blocks and gives the JSON answer.
    using Decide = std::function<std::string(ClinicId clinic, const std::string& body)>;
    explicit ValidationDesk(Decide decide, Duration patience = kPatience);
    ~ValidationDesk();

    void ask(ClinicId clinic, std::string body, net::Respond respond);

    static constexpr Duration kPatience = 900ms;  // of the second we promise; the rest is for the network

private:
    struct Question;
    void watch();

    const Decide decide_;
    const Duration patience_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::shared_ptr<Question>> waiting_;  // oldest first
    bool stopping_ = false;
    Pool pool_{{.threads = 2, .queue_max = 512}};
    std::thread watcher_;
};

}  // namespace clinicpro::web
