// endpoint.hpp: where a clinic wants to hear what happened.
//
// The secret is shown once, when it is made or rotated, and stands sealed. After a rotation the one before signs
// as well for kOldSecretFor, whatever follows: a rotation whose answer was lost is repeated, and the receiver then knows only
// a secret from two or more changes ago. An endpoint that answers 410 is gone and is told nothing more; one that a person stopped keeps its place
// and is told what it missed when it is started again, up to kMissedMax entries. Tested by webhooks/delivery_test.
#pragma once

#include "clinics/vault.hpp"
#include "jobs/job.hpp"
#include "webhooks/event.hpp"

namespace clinicpro::webhooks {

struct EndpointKind { static constexpr std::string_view kPrefix = "whk"; };
struct DeliveryKind { static constexpr std::string_view kPrefix = "dlv"; };
using EndpointId = Id<EndpointKind>;
using DeliveryId = Id<DeliveryKind>;

inline constexpr int kEndpointsMax = 20;          // of one clinic
inline constexpr size_t kUrlMax = 500;
inline constexpr Duration kOldSecretFor = 24h;
inline constexpr int64_t kOldSecretsMax = 8;  // that sign at once; then kTooMany
inline constexpr int64_t kMissedMax = 10'000;
inline constexpr size_t kSecretBytes = 32;        // Standard Webhooks: 24 to 64

struct Endpoint {
    EndpointId id;
    std::string url, label, types;
    std::string state;  // "active" | "stopped" | "gone"
    int64_t cursor = 0;
    std::optional<Instant> old_until;
    Instant created_at;
};

struct NewEndpoint {
    std::string url;    // https; http only to this machine
    std::string label;
    std::string types;  // see check_types
};
struct Made {
    Endpoint endpoint;
    Secret<> secret;  // "whsec_<base64>"
};

namespace endpoints {

// Told from now on; what happened before is not told. Error kInvalid, kTooMany.
Result<Made> create(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, const NewEndpoint& wanted);
Result<std::vector<Endpoint>> list(store::ClinicTx& tx);
Result<Endpoint> find(store::ClinicTx& tx, EndpointId id);  // kNotFound
Result<Made> rotate(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, EndpointId id);
Result<> set_state(jobs::Context& context, store::ClinicTx& tx, EndpointId id, std::string_view state);
// With its deliveries.
Result<> remove(store::ClinicTx& tx, EndpointId id);

// The secrets that sign now, the newest first.
Result<std::vector<Secret<>>> secrets(store::ClinicTx& tx, clinics::Vault& vault, EndpointId id, Instant now);

}  // namespace endpoints

Secret<> make_secret(crypto::Entropy& entropy);    // "whsec_<base64 of 32 bytes>"
Result<> check_secret(const Secret<>& secret);     // kInvalid when it is not of that form (24 to 64 bytes)

// "v1,<base64 HMAC-SHA256 of id.timestamp.body>" for each secret, separated by blanks.
std::string sign(const std::vector<Secret<>>& secrets, std::string_view id, int64_t seconds, std::string_view body);

}  // namespace clinicpro::webhooks
