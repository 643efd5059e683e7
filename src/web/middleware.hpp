// middleware.hpp: what every API request passes through, in one order: pool, content type, key, clinic, permission,
// Idempotency-Key, the route itself, one access line.
//
// The API key is checked and the clinic found in a read transaction, so a stranger never reaches the writer. Another
// clinic's number, slug or row gets the very answer that nothing gets (promise P-07). The access line names the route's
// pattern, the status, the time and the key's id; never a body, a path or a token (P-08). Tested by web/access_test.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "web/call.hpp"
#include "web/pool.hpp"

namespace clinicpro::web {

class Api final {
public:
    Api(const Services& services, Pool& pool) : services_(services), pool_(pool) {}
    ~Api();  // waits for writes on their way; the database must still be there

    // On an I/O thread; returns at once. `route` must outlive the Api.
    void handle(const ApiRoute& route, net::Request request, net::Respond respond);

private:
    struct Running;
    void run(const std::shared_ptr<Running>& running);
    Result<std::optional<Answer>> admit(Running& running);
    void write(const std::shared_ptr<Running>& running, Deed deed);
    void finish(Running& running, Result<Answer> result);
    void respond(Running& running, net::Response response);

    const Services& services_;
    Pool& pool_;
    std::mutex mutex_;
    std::condition_variable idle_;
    int writing_ = 0;
};

// The problem for `error`, with the headers its status asks for.
net::Response problem_with_headers(const Error& error, std::string_view request_id);
// 503 because too much is waiting.
net::Response overloaded(std::string_view request_id);

}  // namespace clinicpro::web
