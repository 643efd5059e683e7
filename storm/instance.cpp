#include "storm/instance.hpp"

#include "invoices/meeting_keeper.hpp"
#include "invoices/notice_sender.hpp"
#include "invoices/payment_processor.hpp"
#include "invoices/reminder.hpp"
#include "invoices/refund.hpp"
#include "mpesa/refund.hpp"

namespace clinicpro::storm {
namespace {

constexpr std::string_view kPublicUrl = "https://visits.clinic.co.ke";
constexpr int kStepsMax = 2000;  // in one wake-up: more is a worker that spins

std::unique_ptr<clinics::Vault> open_vault(World& world) {
    auto ring = crypto::Keyring::parse(world.master_key);
    CHECK(ring.has_value());
    auto vault = clinics::Vault::open(*world.database, *std::move(ring), world.entropy);
    CHECK(vault.has_value());
    return *std::move(vault);
}

// Each as it is, but for the storm's own, which goes by the name of Zoom.
invoices::MeetingSettings::Factory adapters(World& world) {
    return [&entropy = world.entropy](
               store::ClinicTx&,
               const meetings::ProviderSettings& settings) -> Result<std::shared_ptr<const meetings::Adapter>> {
        const bool is_plain = settings.kind == meetings::Kind::kZoom && !settings.plain.contains("token_url");
        if (is_plain) return make_rooms_adapter(settings.plain.at("api_url"));
        return meetings::make_adapter(settings, entropy);
    };
}

}  // namespace

messaging::Step KeptChannel::send(const messaging::Message& message) {
    if (Tenant* t = world_.tenant_of(message.clinic)) {
        t->messages += message.body + "\n";
        std::string shown = message.body;
        if (const size_t link = shown.find("/j/"); link != std::string::npos) {
            t->doors.push_back(shown.substr(link + 3, clinics::LinkSigner::kShortSize));
            shown.erase(link, 3 + clinics::LinkSigner::kShortSize);
        }
        world_.say(t->number, "message " + shown);
        const bool own = std::find(t->phones.begin(), t->phones.end(), message.to.digits()) != t->phones.end();
        if (!own) world_.breaks(7, "a message of clinic " + t->colour + " goes to a phone that is not its patient's");
    }
    if (Tenant* t = world_.tenant_of(message.clinic); t != nullptr && world_.swarm.sms) {
        return sms_request(sms_host(t->number), message);
    }
    return inner_.send(message);
}

messaging::Delivery KeptChannel::absorb(const net::Outcome& outcome) {
    auto delivery = sms_delivery(outcome);
    if (std::holds_alternative<messaging::Unknown>(delivery)) SOMETIMES(kMessageUnknown);
    return delivery;
}

Instance::Instance(World& world, size_t index)
    : clock(world.clock),
      world_(world),
      index_(index),
      database_(*world.database, life_,
                {.swarm = world.swarm,
                 .faults_on = world.faults_on,
                 .dice = world.process,
                 .plant = world.options.plant,
                 .died =
                     [&world, index](std::string_view how) {
                         // Not at once: the dying server's own calls are still on the stack.
                         world.after(Duration(0),
                                     [&world, index, how = std::string(how)] { crash(world, index, how); });
                     },
                 .note = [&world](std::string_view what) { world.say(0, what); }}),
      vault_(open_vault(world)),
      ids_(clock, world.nodes_used++ % 256),
      links_(vault_->system()),
      auth_(*vault_, world.entropy),
      wire_(std::make_unique<Wire>(world, life_, [this] { wake(); })),
      meeting_settings_(*vault_, world.entropy, adapters(world)),
      channel_(world),
      message_settings_(*vault_, channel_),
      inbox_(database_, *vault_, world.entropy, ids_, clock, methods_),
      worker_(database_, *wire_, ids_, clock) {}

Result<std::unique_ptr<Instance>> Instance::start(World& world, size_t index) {
    std::unique_ptr<Instance> made(new Instance(world, index));
    TRY(made->wire_up());
    return made;
}

// The same parts in the same order as app/wiring.cpp.
Result<> Instance::wire_up() {
    const mpesa::Parts parts{*vault_, world_.entropy, links_, auth_};
    const Plant plant = world_.options.plant;
    methods_.add(planted(plant, std::make_unique<mpesa::StkPush>(parts), *vault_));
    methods_.add(planted(plant, std::make_unique<mpesa::C2b>(parts, accounts_), *vault_));
    for (const auto news : mpesa::kAllRefundNews) {
        methods_.add(planted(plant, std::make_unique<mpesa::RefundNotices>(news), *vault_));
    }
    payback_ = std::make_unique<mpesa::RefundPayback>(parts);
    c2b_for_validation_ = std::make_unique<mpesa::C2b>(parts, accounts_);
    c2b_ = c2b_for_validation_.get();
    worker_.drain_from(inbox_);
    worker_.drain_from(spreader_);
    const auto handle = [&](std::string_view kind, std::unique_ptr<jobs::Handler> handler) {
        worker_.handle(std::string(kind), planted(plant, kind, std::move(handler)));
    };
    handle(mpesa::kStkPushJob, std::make_unique<mpesa::StkSender>(parts));
    handle(mpesa::kStkQueryJob, std::make_unique<mpesa::StkQuery>(parts));
    handle(mpesa::kRegisterJob, std::make_unique<mpesa::UrlRegistrar>(parts));
    handle(payments::kSettledJob, std::make_unique<invoices::PaymentProcessor>());
    handle(payments::kRefundApprovedJob, std::make_unique<mpesa::RefundSender>(parts));
    handle(mpesa::kRefundQueryJob, std::make_unique<mpesa::RefundQuery>(parts));
    handle(payments::kRefundEndedJob, std::make_unique<invoices::RefundKeeper>());
    handle(invoices::kReleaseJob, std::make_unique<invoices::HoldKeeper>());
    handle(invoices::kRemindJob, std::make_unique<invoices::Reminder>());
    handle(webhooks::kDeliverJob, std::make_unique<webhooks::Deliverer>(*vault_, webhooks::Deliverer::Options{}));
    for (auto& [kind, handler] : invoices::meeting_keeper::handlers(meeting_settings_, *vault_)) {
        handle(kind, std::move(handler));
    }
    handle(invoices::kSendNoticeJob,
           std::make_unique<invoices::NoticeSender>(
               message_settings_, *vault_, links_,
               invoices::NoticeSender::Options{.public_base_url = std::string(kPublicUrl),
                                               .paybill = [](store::ClinicTx& tx) -> Result<std::string> {
                                                   TRY(const auto config, mpesa::config::shown(tx));
                                                   return config.shortcode;
                                               }}));
    inbox_.on_stored([this] { wake(); });
    services_ = std::make_unique<web::Services>(web::Services{.database = database_,
                                                              .vault = *vault_,
                                                              .entropy = world_.entropy,
                                                              .links = links_,
                                                              .ids = ids_,
                                                              .clock = clock,
                                                              .methods = methods_,
                                                              .inbox = inbox_,
                                                              .c2b = *c2b_,
                                                              .mpesa = parts,
                                                              .payback = *payback_,
                                                              .meeting_settings = meeting_settings_,
                                                              .client = *wire_,
                                                              .public_url = std::string(kPublicUrl),
                                                              .wake = [this] { wake(); },
                                                              .is_ready = [] { return true; }});
    router_ = std::make_unique<net::Router>(web::build_router(*services_, pool_));
    wake();
    return {};
}

Instance::~Instance() {
    life_->dead = true;
}

std::optional<net::Response> Instance::ask(net::Request request) {
    if (life_->dead) return std::nullopt;
    // Numbered, so that a log line can be found again; the real server draws it.
    request.id = std::to_string(index_) + "-" + std::to_string(++requests_);
    std::optional<net::Response> answer;
    router_->dispatch(std::move(request), [&](net::Response response) { answer = std::move(response); });
    CHECK(answer.has_value());  // everything runs in the caller
    if (life_->dead) return std::nullopt;
    return answer;
}

std::optional<net::Response> Instance::validate(net::Request request) {
    if (life_->dead) return std::nullopt;
    const auto link =
        links_.verify_hex(clinics::Link::Purpose::kC2bCallback, request.path.substr(request.path.rfind('/') + 1));
    if (!link) return net::Response::text(404, "");
    std::string answer;
    const auto read = database_.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, link->clinic);
        answer = c2b_->validate(tx, request.body);
        return {};
    });
    return net::Response::json(200, read ? answer : daraja::accept_validation());
}

void Instance::wake() {
    if (!life_->dead) step_at(world_.clock.now() + world_.swarm.runner_lag);
}

void Instance::stall(Duration length) {
    stalled_until_ = world_.clock.now() + length;
    world_.say(0, "server " + std::to_string(index_) + " stands still");
}

void Instance::step_at(Instant due) {
    if (step_due_.micros != 0 && step_due_ <= due) return;  // one that comes sooner will plan the next
    step_due_ = due;
    world_.at(due, [this, due, life = life_] {
        if (life->dead || step_due_ != due) return;
        step_due_ = {};
        step();
    });
}

void Instance::step() {
    if (world_.clock.now() < stalled_until_) return step_at(stalled_until_);
    for (int steps = 0;; ++steps) {
        if (steps == kStepsMax) {
            world_.breaks(4, "a worker spins without an end");
            return;
        }
        const auto progress = worker_.step();
        if (life_->dead) return;
        if (!progress) {
            // As the runner: the database needs a rest.
            trouble_ = std::clamp(trouble_ * 2, Duration(10ms), Duration(5s));
            return step_at(world_.clock.now() + trouble_);
        }
        trouble_ = {};
        for (auto& one : wire_->take_answered()) {
            if (!one.success) ++one.tenant->queries_failed[one.checkout];
            one.tenant->told.push_back(
                {.receipt = {}, .checkout = one.checkout, .success = one.success, .amount = {}, .by_query = true});
        }
        if (progress->taken == 0) break;
    }
    plan_next();
    // The other server's poll would find what this one left.
    for (size_t i = 0; i < world_.servers.size(); ++i) {
        if (i != index_ && world_.servers[i] && !world_.servers[i]->is_dead()) world_.servers[i]->plan_next();
    }
}

// When there will be something to do: the next job, or a parked notice.
void Instance::plan_next() {
    std::optional<Instant> next;
    const auto read = world_.database->read([&](store::Tx& tx) -> Result<> {
        TRY(
            tx.each("SELECT MIN(t) FROM (SELECT MIN(run_at) AS t FROM jobs WHERE state <> 'dead' UNION ALL "
                    "SELECT MIN(run_at) FROM inbox WHERE state IN ('new', 'parked')) AS both_of_them",
                    [&](const store::Row& row) { next = row.maybe_instant(0); }));
        return {};
    });
    CHECK(read.has_value());
    if (next) step_at(std::max(*next - clock.offset, world_.clock.now() + 1us));
}

void crash(World& world, size_t index, std::string_view how) {
    auto& server = world.servers[index];
    if (!server) return;
    if (server->has_requests_on_their_way()) SOMETIMES(kCrashInFlight);
    world.say(0, "server " + std::to_string(index) + " dies " + std::string(how));
    server.reset();
    world.after(world.process.between(Duration(100ms), Duration(90s)), [&world, index] { start_server(world, index); });
}

void start_server(World& world, size_t index) {
    if (world.servers[index]) return;
    auto started = Instance::start(world, index);
    CHECK(started.has_value());
    world.servers[index] = *std::move(started);
    world.say(0, "server " + std::to_string(index) + " starts");
}

void wake_all(World& world) {
    for (const auto& server : world.servers) {
        if (server) server->wake();
    }
}

}  // namespace clinicpro::storm
