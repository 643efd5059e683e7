// delivery.hpp: one event to one endpoint: tried for a day, then left for a person.
//
// Spreader is a Source of the worker: in the transaction in which something happened it writes a row for every endpoint
// that wants to hear it, and a job "webhook.deliver" (subject: the delivery). Each delivery is tried by itself, so one bad
// event does not hold up the others and order is not promised; receivers de-duplicate by webhook-id, which is the same in
// every try. 2xx is delivered; 410 ends the endpoint; everything else, Unknown included, is tried again. Redirects are not
// followed. Addresses inside the machine's own network are refused unless the operator allows them, because a clinic's
// administrator is not the operator. Tested by webhooks/delivery_test.
#pragma once

#include "jobs/worker.hpp"
#include "webhooks/endpoint.hpp"

namespace clinicpro::webhooks {

inline constexpr std::string_view kDeliverJob = "webhook.deliver";

// After the first try. Standard Webhooks' advice, ended after a good day.
inline constexpr Duration kRetries[] = {5s, 5min, 30min, 2h, 5h, 10h, 14h};
inline constexpr Duration kTimeout = 15s;
inline constexpr int kSpreadMax = 256;  // entries of the trail looked at for one endpoint in one step
inline constexpr int kKeptPerEndpoint = 1'000;  // deliveries that ended; older ones are dropped

struct Delivery {
    DeliveryId id;
    EndpointId endpoint;
    int64_t seq = 0;
    std::string type, state, note;
    int64_t tries = 0;
    std::optional<int64_t> answer_status;
    Instant created_at, updated_at;
};

namespace deliveries {

Result<std::vector<Delivery>> list(store::ClinicTx& tx, EndpointId endpoint, int64_t before, int limit);  // newest first
// One event again, to every active endpoint that wants it, or to one whatever it wants. Returns how many.
Result<int> resend(jobs::Context& context, store::ClinicTx& tx, int64_t seq, EndpointId only = {});
// "test.ping" to this endpoint, whatever it wants.
Result<DeliveryId> ping(jobs::Context& context, store::ClinicTx& tx, EndpointId endpoint);

}  // namespace deliveries

class Spreader final : public jobs::Source {
public:
    Result<int> drain(jobs::Context& context, store::Tx& tx, int limit) override;
};

class Deliverer final : public jobs::Handler {
public:
    struct Options {
        bool private_addresses = false;  // loopback and private networks may be told, too
    };
    Deliverer(clinics::Vault& vault, Options options) : vault_(vault), options_(options) {}
    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
    Result<jobs::Next> absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job, std::string_view step,
                              const net::Outcome& outcome) override;

private:
    clinics::Vault& vault_;
    const Options options_;
};

}  // namespace clinicpro::webhooks
