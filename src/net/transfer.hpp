// transfer.hpp: one exchange while curl has it, an HTTP call or a mail. Private to net; curl's types stay out of it.
#pragma once

#include <functional>
#include <string>

#include "net/http.hpp"

namespace clinicpro::net {

struct ClientOptions;

class Transfer {
public:
    explicit Transfer(std::function<void(Outcome)> done) : done_(std::move(done)) {}
    virtual ~Transfer() = default;
    Transfer(const Transfer&) = delete;

    // A sentence about what is wrong with the request itself; empty when nothing is.
    virtual std::string fault() const = 0;
    // Sets every option on a fresh or reset CURL easy handle. False when curl refuses one.
    virtual bool prepare(void* easy, const ClientOptions& options) = 0;
    // After curl is done with it, with its CURLcode. Moves the answer out.
    virtual Outcome outcome(int code) = 0;

    void* easy() const { return easy_; }
    // Ends it; nothing may be done with it afterwards.
    void finish(Outcome outcome) { done_(std::move(outcome)); }
    static Transfer* of(void* easy);

protected:
    void* easy_ = nullptr;  // CURL, the engine's

private:
    std::function<void(Outcome)> done_;
};

}  // namespace clinicpro::net
