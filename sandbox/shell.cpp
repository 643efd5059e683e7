#include "sandbox/shell.hpp"

#include <condition_variable>
#include <thread>

#include "net/client.hpp"
#include "net/server.hpp"
#include "net/talk_server.hpp"
#include "sandbox/control.hpp"
#include "sandbox/pages.hpp"

namespace clinicpro::sandbox {
namespace {

using Steady = std::chrono::steady_clock;

constexpr Duration kPauseMax = 500ms;    // the timer thread looks at least this often
constexpr Duration kHandlerMax = 10min;  // slow_response may take long on purpose
constexpr Duration kDrain = 1s;

class Runner final : public Shell {
public:
    explicit Runner(ShellOptions options)
        : open_to_network_(options.open_to_network),
          speed_(options.config.speed),
          born_(SystemClock().now()),
          started_(Steady::now()),
          daraja_(std::move(options.config), options.seed),
          control_(daraja_),
          client_(client_options(options.verify_tls)) {}

    Result<> open(const ShellOptions& options) {
        net::ServerOptions server;
        server.address = options.address;
        server.port = options.port;
        server.handler_timeout = kHandlerMax;
        TRY(server_, net::Server::start(server, [this](net::Request request, net::Respond respond) {
                serve(std::move(request), std::move(respond));
            }));
        if (options.mail_port >= 0) {
            TRY(mail_, net::TalkServer::start({.address = options.address, .port = uint16_t(options.mail_port)},
                                              [this] { return std::make_unique<Mailing>(*this); }));
            const std::lock_guard lock(mutex_);
            control_.mail_server(mail_->port(), mail_->certificate());
        }
        timer_ = std::thread([this] { tick(); });
        return {};
    }

    ~Runner() override {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        mail_.reset();
        if (timer_.joinable()) timer_.join();
        // Nobody will answer these any more, and the server must not wait for them.
        std::multimap<Instant, Due> left;
        {
            const std::lock_guard lock(mutex_);
            left.swap(answers_);
        }
        for (auto& [due, answer] : left) answer.respond(envelope::cut());
        left.clear();
        if (server_) server_->drain(kDrain);
        server_.reset();
    }

    uint16_t port() const override { return server_->port(); }
    uint16_t mail_port() const override { return mail_ ? mail_->port() : uint16_t(0); }

private:
    // A mail session under the same lock as everything else.
    class Mailing final : public net::Talk {
    public:
        explicit Mailing(Runner& runner) : runner_(runner) {}
        Say open() override {
            const std::lock_guard lock(runner_.mutex_);
            return session_.open(runner_.daraja_.smtp());
        }
        Say hear(std::string_view bytes) override {
            const std::lock_guard lock(runner_.mutex_);
            return session_.hear(runner_.daraja_.smtp(), bytes, runner_.now());
        }
        void secured() override { session_.secured(); }

    private:
        Runner& runner_;
        SmtpSession session_;
    };

    struct Due {
        net::Respond respond;
        net::Response response;
    };

    static net::ClientOptions client_options(bool verify_tls) {
        net::ClientOptions options;
        options.verify_tls = verify_tls;
        options.user_agent = "Apache-HttpClient/4.5.5 (Java/1.8.0_191)";
        return options;
    }

    Instant now() const {
        const auto passed = std::chrono::duration_cast<Duration>(Steady::now() - started_);
        return born_ + Duration(int64_t(double(passed.count()) * speed_));
    }
    Duration real(Duration sandbox) const { return Duration(int64_t(double(sandbox.count()) / speed_)); }

    void serve(net::Request request, net::Respond respond) {
        if (auto page = page_for(request)) return respond(std::move(*page));
        if (request.path.starts_with("/_sandbox/")) {
            net::Response response;
            {
                const std::lock_guard lock(mutex_);
                response = control_.handle(request, now(), open_to_network_);
            }
            flush();
            return respond(std::move(response));
        }
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) return respond(envelope::cut());
            const Instant at = now();
            Answer answer = daraja_.handle(request, at);
            answers_.emplace(at + answer.delay, Due{std::move(respond), std::move(answer.response)});
        }
        wake_.notify_all();
    }

    // Sends what Daraja wants sent. Never under the lock: the client may answer at once.
    void flush() {
        std::vector<Outgoing> outgoing;
        {
            const std::lock_guard lock(mutex_);
            outgoing = daraja_.take_outgoing();
        }
        for (Outgoing& out : outgoing) {
            client_.send(std::move(out.request), [this, id = out.delivery](net::Outcome outcome) {
                {
                    const std::lock_guard lock(mutex_);
                    daraja_.ended(id, outcome, now());
                }
                wake_.notify_all();
            });
        }
        wake_.notify_all();
    }

    void tick() {
        std::unique_lock lock(mutex_);
        while (!stopping_) {
            const Instant at = now();
            daraja_.advance(at);
            std::vector<Due> ready;
            while (!answers_.empty() && answers_.begin()->first <= at) {
                ready.push_back(std::move(answers_.begin()->second));
                answers_.erase(answers_.begin());
            }
            lock.unlock();
            for (Due& due : ready) due.respond(std::move(due.response));
            flush();
            lock.lock();
            if (stopping_) break;
            Duration pause = kPauseMax;
            if (const auto next = daraja_.next_due()) pause = std::min(pause, real(*next - now()));
            if (!answers_.empty()) pause = std::min(pause, real(answers_.begin()->first - now()));
            if (pause > Duration(0)) wake_.wait_for(lock, pause);
        }
    }

    const bool open_to_network_;
    const double speed_;
    const Instant born_;
    const Steady::time_point started_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    Daraja daraja_;
    Control control_;
    std::multimap<Instant, Due> answers_;
    std::unique_ptr<net::Server> server_;
    std::unique_ptr<net::TalkServer> mail_;
    net::CurlClient client_;  // goes first: its last outcomes still find Daraja
    std::thread timer_;
};

}  // namespace

Result<std::unique_ptr<Shell>> Shell::start(ShellOptions options) {
    auto runner = std::make_unique<Runner>(options);
    TRY(runner->open(options));
    return runner;
}

}  // namespace clinicpro::sandbox
