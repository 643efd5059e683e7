#include "app/wiring.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <thread>

#include "invoices/invoice.hpp"
#include "invoices/meeting_keeper.hpp"
#include "invoices/notice_sender.hpp"
#include "invoices/payment_processor.hpp"
#include "invoices/refund.hpp"
#include "invoices/reminder.hpp"
#include "jobs/runner.hpp"
#include "messaging/log_channel.hpp"
#include "mpesa/c2b.hpp"
#include "mpesa/refund.hpp"
#include "net/client.hpp"
#include "net/server.hpp"
#include "payments/inbox.hpp"
#include "web/routes.hpp"
#include "webhooks/delivery.hpp"

namespace clinicpro::app {
namespace {

// Keeps this process's node number while it lives, and notices when the database is gone.
class NodeKeeper {
public:
    NodeKeeper(Core& core, std::function<void()> on_lost) : core_(core), on_lost_(std::move(on_lost)), thread_([this] { run(); }) {}
    ~NodeKeeper() {
        {
            const std::lock_guard lock(mutex_);
            stopped_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    bool is_healthy() const { return healthy_; }

private:
    void run() {
        constexpr auto kEvery = store::kNodeLease / 4;
        std::unique_lock lock(mutex_);
        while (!changed_.wait_for(lock, healthy_ ? Duration(kEvery) : Duration(1s), [this] { return stopped_; })) {
            lock.unlock();
            const auto renewed = store::renew_node(*core_.database, core_.node, core_.holder, core_.clock.now());
            lock.lock();
            if (!renewed) log::failure("node.renew_failed", renewed.error());
            healthy_ = renewed.has_value();
            if (!renewed && renewed.error().code == Code::kConflict) {
                on_lost_();
                return;
            }
        }
    }
    Core& core_;
    std::function<void()> on_lost_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<bool> healthy_{true};
    bool stopped_ = false;
    std::thread thread_;
};

class Wired final : public Program {
public:
    explicit Wired(std::unique_ptr<Core> core)
        : core_(std::move(core)),
          payback_(core_->mpesa()),
          meeting_settings_(*core_->vault, core_->entropy),
          message_settings_(*core_->vault, channel_),
          inbox_(*core_->database, *core_->vault, core_->entropy, *core_->ids, core_->clock, methods_),
          worker_(*core_->database, client_, *core_->ids, core_->clock) {
        // Ways of paying. A card or a bank would be one more line here.
        methods_.add(std::make_unique<mpesa::StkPush>(core_->mpesa()));
        auto c2b = std::make_unique<mpesa::C2b>(core_->mpesa(), accounts_);
        c2b_ = c2b.get();
        methods_.add(std::move(c2b));
        for (const auto news : mpesa::kAllRefundNews) methods_.add(std::make_unique<mpesa::RefundNotices>(news));

        // Work, by kind. Webhooks come after the inbox: what it brings about is told in the same transaction.
        worker_.drain_from(inbox_);
        worker_.drain_from(spreader_);
        worker_.handle(std::string(webhooks::kDeliverJob),
                       std::make_unique<webhooks::Deliverer>(
                           *core_->vault, webhooks::Deliverer::Options{.private_addresses = core_->settings.webhook_private_addresses}));
        worker_.handle(std::string(mpesa::kStkPushJob), std::make_unique<mpesa::StkSender>(core_->mpesa()));
        worker_.handle(std::string(mpesa::kStkQueryJob), std::make_unique<mpesa::StkQuery>(core_->mpesa()));
        worker_.handle(std::string(mpesa::kRegisterJob), std::make_unique<mpesa::UrlRegistrar>(core_->mpesa()));
        worker_.handle(std::string(payments::kSettledJob), std::make_unique<invoices::PaymentProcessor>());
        worker_.handle(std::string(payments::kRefundApprovedJob), std::make_unique<mpesa::RefundSender>(core_->mpesa()));
        worker_.handle(std::string(mpesa::kRefundQueryJob), std::make_unique<mpesa::RefundQuery>(core_->mpesa()));
        worker_.handle(std::string(payments::kRefundEndedJob), std::make_unique<invoices::RefundKeeper>());
        worker_.handle(std::string(invoices::kReleaseJob), std::make_unique<invoices::HoldKeeper>());
        worker_.handle(std::string(invoices::kRemindJob), std::make_unique<invoices::Reminder>());
        for (auto& [kind, handler] : invoices::meeting_keeper::handlers(meeting_settings_, *core_->vault)) {
            worker_.handle(std::string(kind), std::move(handler));
        }
        worker_.handle(std::string(invoices::kSendNoticeJob),
                       std::make_unique<invoices::NoticeSender>(
                           message_settings_, *core_->vault, *core_->links,
                           invoices::NoticeSender::Options{
                               .public_base_url = core_->settings.public_url,
                               .paybill = [this](store::ClinicTx& tx) { return paybill(tx); }}));
    }

    ~Wired() override { stop(); }

    Result<> serve() {
        runner_ = std::make_unique<jobs::Runner>(worker_, core_->clock);
        inbox_.on_stored([this] { runner_->wake(); });
        keeper_ = std::make_unique<NodeKeeper>(*core_, [this] {
            // Another process holds our node number: ids could repeat. Stop in order and let the supervisor restart us.
            ready_ = false;
            ::kill(::getpid(), SIGTERM);
        });
        services_ = std::make_unique<web::Services>(web::Services{
            .database = *core_->database,
            .vault = *core_->vault,
            .entropy = core_->entropy,
            .links = *core_->links,
            .ids = *core_->ids,
            .clock = core_->clock,
            .methods = methods_,
            .inbox = inbox_,
            .c2b = *c2b_,
            .mpesa = core_->mpesa(),
            .payback = payback_,
            .meeting_settings = meeting_settings_,
            .client = client_,
            .public_url = core_->settings.public_url,
            .wake = [this] { runner_->wake(); },
            .database_folder = core_->settings.database_folder(),
            .is_ready = [this] { return ready_ && keeper_->is_healthy(); }});
        pool_ = std::make_unique<web::Pool>(web::PoolOptions{.threads = core_->settings.api_threads});
        live_ = std::make_unique<web::Live>(*core_->database);
        router_ = std::make_unique<net::Router>(
            web::build_router(*services_, *pool_, {.benchmark = core_->settings.benchmark_routes, .live = live_.get()}));
        TRY(server_, net::Server::start(
                         {.address = core_->settings.listen_address(),
                          .port = core_->settings.listen_port(),
                          .threads = core_->settings.io_threads,
                          .trusted_proxies = core_->settings.trusted_proxies},
                         [this](net::Request request, net::Respond respond) {
                             router_->dispatch(std::move(request), std::move(respond));
                         }));
        ready_ = true;
        log::info("server.ready", {{"port", server_->port()}, {"database", core_->database->engine()}});
        return {};
    }

    uint16_t port() const override { return server_->port(); }

    // Requests first, then the work they started, then everything else in reverse order of making.
    bool stop() override {
        if (stopped_) return true;
        stopped_ = true;
        ready_ = false;
        const Duration patience = std::chrono::seconds(core_->settings.drain_seconds);
        bool finished = true;
        if (server_) finished = server_->drain(patience);
        pool_.reset();
        if (runner_) finished = runner_->drain(patience) && finished;
        server_.reset();
        inbox_.on_stored(nullptr);  // commits may still be under way
        runner_.reset();
        keeper_.reset();
        log::info("server.stopped", {{"finished", finished ? "yes" : "no"}});
        log::flush();
        return finished;
    }

private:
    Result<std::string> paybill(store::ClinicTx& tx) {
        auto config = mpesa::config::shown(tx);
        if (config) return config->shortcode;
        if (config.error().code == Code::kConfig) return std::string();
        return std::unexpected(std::move(config).error());
    }

    std::unique_ptr<Core> core_;
    net::CurlClient client_;
    mpesa::RefundPayback payback_;
    invoices::InvoiceAccounts accounts_;
    invoices::MeetingSettings meeting_settings_;
    messaging::LogChannel channel_;  // for clinics that send nothing
    invoices::MessageSettings message_settings_;
    mpesa::C2b* c2b_ = nullptr;
    payments::Methods methods_;
    payments::Inbox inbox_;
    webhooks::Spreader spreader_;
    jobs::Worker worker_;
    std::atomic<bool> ready_{false};
    bool stopped_ = false;
    std::unique_ptr<jobs::Runner> runner_;
    std::unique_ptr<NodeKeeper> keeper_;
    std::unique_ptr<web::Services> services_;
    std::unique_ptr<web::Pool> pool_;
    std::unique_ptr<web::Live> live_;
    std::unique_ptr<net::Router> router_;
    std::unique_ptr<net::Server> server_;
};

}  // namespace

Result<std::unique_ptr<Program>> Program::start(const Settings& settings) {
    TRY(auto core, open_core(settings, Schema::kBringUpToDate));
    auto wired = std::make_unique<Wired>(std::move(core));
    TRY(wired->serve());
    return wired;
}

}  // namespace clinicpro::app
