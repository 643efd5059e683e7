// connection.hpp: one HTTP/1.1 connection, as its I/O thread sees it. The coroutine that serves it is in
// connection.cpp.
//
// A connection has one deadline at a time; the thread's sweep looks at it, so no operation arms a timer. Requests on
// one connection are handled strictly in order, so pipelining is safe. Private to net. Tested by net/server_test.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "net/answer.hpp"
#include "net/peer.hpp"
#include "net/response_head.hpp"
#include "net/server.hpp"

namespace boost::asio {
class io_context;
}

namespace clinicpro::net {

using Tick = std::chrono::steady_clock::time_point;

class Connection {
public:
    virtual ~Connection() = default;
    virtual void sweep(Tick now) = 0;  // acts when the deadline has passed
    virtual void drain() = 0;          // closes when nothing is asked, else with the next answer
    virtual void abort() = 0;          // closes now
    virtual void unwind() = 0;         // at shutdown: lets go of the coroutine that waits for an answer
};

// How many connections the whole server has; drain waits for zero.
class Census {
public:
    size_t count() const { return count_.load(std::memory_order_relaxed); }
    void enter() { count_.fetch_add(1, std::memory_order_relaxed); }
    void leave() {
        if (count_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
        const std::lock_guard lock(mutex_);
        empty_.notify_all();
    }
    bool wait_empty(Tick until) {
        std::unique_lock lock(mutex_);
        return empty_.wait_until(lock, until, [&] { return count() == 0; });
    }

private:
    std::atomic<size_t> count_{0};
    std::mutex mutex_;
    std::condition_variable empty_;
};

// What the connections of one I/O thread share. Touched on that thread only, but for the census.
struct Household {
    const ServerOptions& options;
    const Server::Handler& handler;
    const TrustedProxies& proxies;
    Census& census;
    Census& streams;
    std::shared_ptr<Mailbox> mailbox;
    std::string id_prefix;  // of request ids: the process and the thread
    uint64_t requests = 0;
    bool draining = false;
    DateLine date;
    std::list<Connection*> connections;
};

// Takes over the socket and serves it until it closes. `refused`: answers 503 only.
void serve_connection(boost::asio::io_context& io, Household& household, int socket, std::string peer, bool refused);

}  // namespace clinicpro::net
