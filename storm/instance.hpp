// instance.hpp: one life of one server process: the parts of app/wiring over the storm's database, cable, clock and
// chance.
//
// No thread: the API's pool works in the caller, and the scheduler steps the worker where the runner would. When it
// dies it is simply destroyed; what was on its way to it is heard by nobody.
#pragma once

#include "invoices/invoice.hpp"
#include "invoices/meeting_settings.hpp"
#include "invoices/message_settings.hpp"
#include "jobs/worker.hpp"
#include "messaging/log_channel.hpp"
#include "mpesa/c2b.hpp"
#include "net/router.hpp"
#include "payments/inbox.hpp"
#include "storm/wire.hpp"
#include "web/routes.hpp"
#include "webhooks/delivery.hpp"

namespace clinicpro::storm {

// The log channel or the clinic's SMS gateway, and a copy of each message for the checkers.
class KeptChannel final : public messaging::Channel {
public:
    explicit KeptChannel(World& world) : world_(world) {}
    std::string_view name() const override { return world_.swarm.sms ? "storm" : inner_.name(); }
    messaging::Step send(const messaging::Message& message) override;
    messaging::Delivery absorb(const net::Outcome& outcome) override;

private:
    World& world_;
    messaging::LogChannel inner_;
};

class Instance {
public:
    // Error when the database cannot be read: then it does not start.
    static Result<std::unique_ptr<Instance>> start(World& world, size_t index);
    ~Instance();

    // An HTTP request to this server. Nothing: it died before it answered.
    std::optional<net::Response> ask(net::Request request);
    // M-Pesa's validation, without the desk's real-time threads.
    std::optional<net::Response> validate(net::Request request);

    void wake();  // steps soon, as the runner does
    void stall(Duration length);
    bool is_dead() const { return life_->dead; }
    bool has_requests_on_their_way() const { return wire_->on_their_way() > 0; }
    const clinics::LinkSigner& links() const { return links_; }
    clinics::Vault& vault() { return *vault_; }
    SkewedClock clock;

private:
    Instance(World& world, size_t index);
    Result<> wire_up();
    void step();
    void step_at(Instant due);
    void plan_next();

    World& world_;
    const size_t index_;
    const std::shared_ptr<Life> life_ = std::make_shared<Life>();
    StormDatabase database_;
    std::unique_ptr<clinics::Vault> vault_;
    IdMaker ids_;
    clinics::LinkSigner links_;
    mpesa::Auth auth_;
    std::unique_ptr<Wire> wire_;
    invoices::InvoiceAccounts accounts_;
    invoices::MeetingSettings meeting_settings_;
    payments::Methods methods_;
    KeptChannel channel_;
    invoices::MessageSettings message_settings_;
    payments::Inbox inbox_;
    webhooks::Spreader spreader_;
    jobs::Worker worker_;
    mpesa::C2b* c2b_ = nullptr;
    std::unique_ptr<mpesa::C2b> c2b_for_validation_;
    std::unique_ptr<payments::Payback> payback_;
    std::unique_ptr<web::Services> services_;
    web::Pool pool_{{.threads = 0}};
    std::unique_ptr<net::Router> router_;
    Instant stalled_until_{};
    Instant step_due_{};  // zero: none is planned
    Duration trouble_{};
    int64_t requests_ = 0;
};

// Kills a server and starts its successor after a while.
void crash(World& world, size_t index, std::string_view how);
void start_server(World& world, size_t index);
void wake_all(World& world);

}  // namespace clinicpro::storm
