#include "net/server.hpp"

#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>
#include <thread>

#include "base/log.hpp"
#include "net/connection.hpp"
#include "net/listener.hpp"

namespace clinicpro::net {
namespace asio = boost::asio;
using boost::system::error_code;
using Executor = asio::io_context::executor_type;
constexpr asio::use_awaitable_t<Executor> kAwait;

namespace {

constexpr int kThreadsMax = 256;
// Connections past the limit that are still told so. Beyond these they are closed without a word.
constexpr size_t kRefusedMax = 64;
constexpr int kAcceptBatch = 64;          // then others on this thread get their turn
constexpr Duration kAcceptPause = 100ms;  // after running out of descriptors
constexpr Duration kSweepMin = 5ms, kSweepMax = 250ms;

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

// Often enough that a deadline is at most a quarter late.
Duration sweep_interval(const ServerOptions& o) {
    const Duration least =
        std::min({o.head_timeout, o.body_timeout, o.idle_timeout, o.handler_timeout, o.write_timeout});
    return std::clamp<Duration>(least / 4, kSweepMin, kSweepMax);
}

// One I/O thread with its listening socket and its connections.
class Loop {
public:
    Loop(const ServerOptions& options, const Server::Handler& handler, const TrustedProxies& proxies, Census& census,
         Census& streams, int listener, std::string id_prefix)
        : household_{options, handler, proxies, census, streams, nullptr, std::move(id_prefix), 0, false, {}, {}},
          io_(1),
          work_(asio::make_work_guard(io_)),
          listener_(io_, listener),
          accept_pause_(io_),
          sweep_timer_(io_) {
        household_.mailbox =
            std::make_shared<Mailbox>([this] { asio::post(io_, [this] { household_.mailbox->deliver(); }); });
    }

    ~Loop() {
        household_.mailbox->close();
        io_.stop();
        if (thread_.joinable()) thread_.join();
        // Coroutines that wait for an answer hang on their connections; the rest hang on io_ and go with it.
        for (Connection* connection : std::list<Connection*>(household_.connections)) connection->unwind();
    }

    void start() {
        asio::co_spawn(io_.get_executor(), accept(), asio::detached);
        asio::co_spawn(io_.get_executor(), sweep(), asio::detached);
        thread_ = std::thread([this] { io_.run(); });
    }

    // Runs `action` on the thread.
    template <class F>
    void post(F action) {
        asio::post(io_, std::move(action));
    }

    void drain() {
        if (household_.draining) return;
        accept_batch(1 << 20);  // the kernel let these in already, and they may have asked: serve them too
        household_.draining = true;
        error_code ignored;
        listener_.close(ignored);
        accept_pause_.cancel();
        for (Connection* connection : household_.connections) connection->drain();
    }

    void abort_all() {
        for (Connection* connection : household_.connections) connection->abort();
    }

private:
    asio::awaitable<void, Executor> accept() {
        while (!household_.draining) {
            error_code ec;
            co_await listener_.async_wait(Descriptor::wait_read, asio::redirect_error(kAwait, ec));
            if (ec || household_.draining) co_return;
            if (accept_batch(kAcceptBatch)) continue;
            accept_pause_.expires_after(kAcceptPause);
            co_await accept_pause_.async_wait(asio::redirect_error(kAwait, ec));
        }
    }

    // False when the system is out of something and accepting again at once would only spin.
    bool accept_batch(int most) {
        for (int i = 0; i < most; ++i) {
            Accepted accepted = accept_one(listener_.native_handle());
            if (accepted.socket < 0) {
                if (accepted.error == EAGAIN) return true;
                if (accepted.error != EMFILE && accepted.error != ENFILE && accepted.error != ENOBUFS &&
                    accepted.error != ENOMEM) {
                    continue;  // that one connection broke before we took it
                }
                log::error("net.accept_failed",
                           {{"errno", accepted.error}, {"connections", household_.census.count()}});
                return false;
            }
            const size_t limit = household_.options.connections_max;
            const size_t present = household_.census.count();
            if (present >= limit + kRefusedMax) {
                ::close(accepted.socket);
            } else {
                serve_connection(io_, household_, accepted.socket, std::move(accepted.peer), present >= limit);
            }
        }
        return true;
    }

    asio::awaitable<void, Executor> sweep() {
        const Duration interval = sweep_interval(household_.options);
        for (;;) {
            sweep_timer_.expires_after(interval);
            co_await sweep_timer_.async_wait(kAwait);
            const Tick now = std::chrono::steady_clock::now();
            for (Connection* connection : household_.connections) connection->sweep(now);
        }
    }

    using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
    Household household_;  // before io_: connections end with io_ and report here
    asio::io_context io_;
    asio::executor_work_guard<Executor> work_;
    Descriptor listener_;
    Timer accept_pause_;
    Timer sweep_timer_;
    std::thread thread_;
};

class LoopServer final : public Server {
public:
    LoopServer(ServerOptions options, Handler handler, TrustedProxies proxies, const Listeners& listeners)
        : options_(std::move(options)),
          handler_(std::move(handler)),
          proxies_(std::move(proxies)),
          port_(listeners.port) {
        std::random_device seed;
        std::string prefix;
        for (int i = 0; i < 5; ++i) prefix += "0123456789abcdefghjkmnpqrstvwxyz"[seed() & 31];
        for (size_t i = 0; i < listeners.sockets.size(); ++i) {
            const std::string id =
                prefix + "0123456789abcdefghjkmnpqrstvwxyz"[i >> 5 & 31] + "0123456789abcdefghjkmnpqrstvwxyz"[i & 31];
            loops_.push_back(
                std::make_unique<Loop>(options_, handler_, proxies_, census_, streams_, listeners.sockets[i], id));
        }
        for (auto& loop : loops_) loop->start();
    }

    uint16_t port() const override { return port_; }

    bool drain(Duration patience) override {
        const Tick until = std::chrono::steady_clock::now() + patience;
        // Counted as present until every loop has stopped accepting, so that zero means zero.
        for (auto& loop : loops_) {
            census_.enter();
            loop->post([this, loop = loop.get()] {
                loop->drain();
                census_.leave();
            });
        }
        if (census_.wait_empty(until)) return true;
        log::warn("net.drain_gave_up", {{"connections", census_.count()}});
        for (auto& loop : loops_) loop->post([loop = loop.get()] { loop->abort_all(); });
        return false;
    }

private:
    const ServerOptions options_;
    const Handler handler_;
    const TrustedProxies proxies_;
    const uint16_t port_;
    Census census_;
    Census streams_;
    std::vector<std::unique_ptr<Loop>> loops_;
};

Result<> check(const ServerOptions& o) {
    const auto bad = [](std::string field, std::string what) {
        return fail(Code::kConfig, "The server setting " + field + " " + what + ".", field);
    };
    if (o.threads < 1 || o.threads > kThreadsMax) return bad("threads", "must be between 1 and 256");
    if (o.header_max < 1024 || o.header_max > 1024 * 1024) return bad("header_max", "must be between 1 KiB and 1 MiB");
    if (o.connections_max == 0) return bad("connections_max", "must be at least 1");
    const std::pair<const char*, Duration> times[] = {
        {"head_timeout", o.head_timeout},    {"body_timeout", o.body_timeout},
        {"idle_timeout", o.idle_timeout},    {"handler_timeout", o.handler_timeout},
        {"write_timeout", o.write_timeout},  {"stream_heartbeat", o.stream_heartbeat},
        {"stream_age_max", o.stream_age_max}};
    for (const auto& [name, time] : times) {
        if (time < 1ms || time > 24h) return bad(name, "must be between a millisecond and a day");
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
    CHECK(handler != nullptr);
    TRY(check(options));
    TRY(TrustedProxies proxies, TrustedProxies::parse(options.trusted_proxies));
    TRY(Listeners listeners, open_listeners(options.address, options.port, options.threads));
    return std::make_unique<LoopServer>(std::move(options), std::move(handler), std::move(proxies), listeners);
}

}  // namespace clinicpro::net
