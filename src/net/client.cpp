#include "net/client.hpp"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>

#include <set>
#include <thread>

#include "net/call.hpp"
#include "net/mail_call.hpp"

namespace clinicpro::net {
namespace {

constexpr size_t kSpareMax = 64;  // idle easy handles kept for reuse
constexpr long kPoolMax = 256;    // idle and busy connections over all hosts

void start_curl() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    CHECK(started == CURLE_OK);
}

}  // namespace

class CurlClient::Engine {
public:
    explicit Engine(ClientOptions options) : options_(std::move(options)) {
        start_curl();
        multi_ = curl_multi_init();
        CHECK(multi_ != nullptr);
        curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, long(options_.connections_per_host));
        curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kPoolMax);
        thread_ = std::thread([this] { run(); });
    }

    ~Engine() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        curl_multi_wakeup(multi_);
        thread_.join();
        for (CURL* easy : spare_) curl_easy_cleanup(easy);
        curl_multi_cleanup(multi_);
    }

    void start(std::unique_ptr<Transfer> call) {
        std::string fault = call->fault();
        bool wake = false;
        {
            const std::lock_guard lock(mutex_);
            if (fault.empty() && stopping_) fault = "the client is closing";
            if (fault.empty() && in_flight_ >= options_.in_flight_max) {
                fault = "too many calls are under way (" + std::to_string(options_.in_flight_max) + ")";
            }
            if (fault.empty()) {
                ++in_flight_;
                queue_.push_back(std::move(call));
            } else {
                refused_.emplace_back(std::move(call), std::move(fault));
            }
            wake = queue_.size() + refused_.size() == 1;
        }
        if (wake) curl_multi_wakeup(multi_);
    }

private:
    using Refused = std::pair<std::unique_ptr<Transfer>, std::string>;

    void run() {
        // A write to a closed TLS connection may raise SIGPIPE, and with NOSIGNAL curl leaves that to us.
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        std::vector<std::unique_ptr<Transfer>> fresh;
        std::vector<Refused> refused;
        for (;;) {
            bool stopping = false;
            {
                const std::lock_guard lock(mutex_);
                std::swap(fresh, queue_);
                std::swap(refused, refused_);
                stopping = stopping_;
            }
            for (auto& [call, why] : refused) call->finish(NotSent{std::move(why)});
            const bool idle = refused.empty() && fresh.empty();
            refused.clear();
            if (stopping) {
                for (auto& call : fresh) call->finish(NotSent{"the client closed before the call began"});
                const bool last = fresh.empty() && idle;
                fresh.clear();
                end_all();
                if (last) return;  // `done` may send again, so look once more
                continue;
            }
            for (auto& call : fresh) begin(std::move(call));
            fresh.clear();
            int running = 0;
            curl_multi_perform(multi_, &running);
            int left = 0;
            while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
                if (message->msg == CURLMSG_DONE) {
                    end(message->easy_handle, Transfer::of(message->easy_handle)->outcome(message->data.result));
                }
            }
            curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
        }
    }

    void begin(std::unique_ptr<Transfer> call) {
        CURL* easy = nullptr;
        if (spare_.empty()) {
            easy = curl_easy_init();
        } else {
            easy = spare_.back();
            spare_.pop_back();
        }
        const bool good =
            easy != nullptr && call->prepare(easy, options_) && curl_multi_add_handle(multi_, easy) == CURLM_OK;
        if (!good) return finish(std::move(call), easy, NotSent{"the call could not be set up; check its URL"});
        active_.insert(call.release());
    }

    void end(CURL* easy, Outcome outcome) {
        std::unique_ptr<Transfer> call(Transfer::of(easy));
        active_.erase(call.get());
        curl_multi_remove_handle(multi_, easy);
        finish(std::move(call), easy, std::move(outcome));
    }

    void end_all() {
        while (!active_.empty()) {
            Transfer& call = **active_.begin();
            Outcome outcome = call.outcome(CURLE_ABORTED_BY_CALLBACK);
            end(call.easy(), std::move(outcome));
        }
    }

    void finish(std::unique_ptr<Transfer> call, CURL* easy, Outcome outcome) {
        if (easy != nullptr) {
            curl_easy_reset(easy);  // keeps no header, no body, no credential
            if (spare_.size() < kSpareMax) {
                spare_.push_back(easy);
            } else {
                curl_easy_cleanup(easy);
            }
        }
        {
            const std::lock_guard lock(mutex_);
            --in_flight_;
        }
        call->finish(std::move(outcome));
    }

    const ClientOptions options_;
    CURLM* multi_ = nullptr;
    std::set<Transfer*> active_;  // the thread's own, as are the spare handles
    std::vector<CURL*> spare_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Transfer>> queue_;
    std::vector<Refused> refused_;
    size_t in_flight_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

CurlClient::CurlClient(ClientOptions options)
    : options_(std::move(options)), engine_(std::make_unique<Engine>(options_)) {}
CurlClient::~CurlClient() = default;

void CurlClient::send(ClientRequest request, std::function<void(Outcome)> done) {
    engine_->start(std::make_unique<Call>(std::move(request), std::move(done)));
}

void CurlClient::send_mail(MailRequest request, std::function<void(Outcome)> done) {
    Engine* mails = nullptr;
    {
        const std::lock_guard lock(mutex_);
        if (!mail_engine_) mail_engine_ = std::make_unique<Engine>(options_);
        mails = mail_engine_.get();
    }
    mails->start(std::make_unique<MailCall>(std::move(request), std::move(done)));
}

}  // namespace clinicpro::net
