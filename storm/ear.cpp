#include "storm/ear.hpp"

#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "storm/probes.hpp"

namespace clinicpro::storm {
namespace {

constexpr std::string_view kSecretHead = "whsec_";  // and base64, as Standard Webhooks writes it
constexpr Duration kTimeApart = 5min;               // the tolerance of its libraries

}  // namespace

void Ear::know(const std::string& secret) {
    CHECK(secret.starts_with(kSecretHead));
    const auto key = text::from_base64(secret.substr(kSecretHead.size()));
    CHECK(key.has_value());
    keys_.push_back(*key);
}

bool Ear::is_signed(const net::Request& request) const {
    const std::string signed_bytes = std::string(request.header("webhook-id")) + "." +
                                     std::string(request.header("webhook-timestamp")) + "." + request.body;
    for (const std::string_view one : text::split(request.header("webhook-signature"), ' ')) {
        for (const std::string& key : keys_) {
            if (one == "v1," + text::to_base64(crypto::hmac_sha256(Secret<>(key), signed_bytes))) return true;
        }
    }
    return false;
}

net::Response Ear::handle(const net::Request& request, Instant now) {
    const bool fails = faults_on_ && swarm_.hooks_fail > 0 && dice_.chance(swarm_.hooks_fail);
    if (fails && dice_.chance(0.5)) return {503, {}, ""};
    if (!is_signed(request)) {
        complains_("has no signature that its receiver knows");
        return {401, {}, ""};
    }
    const Instant at{std::strtoll(std::string(request.header("webhook-timestamp")).c_str(), nullptr, 10) * 1'000'000};
    if (swarm_.clock_jumps == 0 && std::chrono::abs(now - at) > kTimeApart) complains_("carries the wrong time");
    const auto [before, is_new] = heard_.try_emplace(std::string(request.header("webhook-id")), request.body);
    if (!is_new) {
        SOMETIMES(kEventTwice);
        if (before->second != request.body) complains_("says under one id what it did not say before");
    }
    return {fails ? 500 : 204, {}, ""};
}

}  // namespace clinicpro::storm
