#include "net/rate_limit.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace clinicpro::net {

RateLimit::RateLimit(RateLimitOptions options) : options_(options) {
    CHECK(options_.per_second > 0 && options_.burst >= 1 && options_.keys_max > 0);
}

bool RateLimit::allow(std::string_view key, Instant now) {
    const std::lock_guard lock(mutex_);
    if (const auto found = index_.find(key); found != index_.end()) {
        buckets_.splice(buckets_.begin(), buckets_, found->second);
    } else {
        if (buckets_.size() >= options_.keys_max) {
            index_.erase(buckets_.back().key);
            buckets_.pop_back();
        }
        buckets_.push_front(Bucket{std::string(key), options_.burst, now});
        index_.emplace(buckets_.front().key, buckets_.begin());
    }
    Bucket& bucket = buckets_.front();
    // A clock that steps back refills nothing; counting on from there keeps the bucket from staying dry for the
    // difference.
    const double seconds = std::max(0.0, double((now - bucket.filled).count()) / 1e6);
    bucket.tokens = std::min(options_.burst, bucket.tokens + seconds * options_.per_second);
    bucket.filled = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
}

Duration RateLimit::retry_after() const {
    return Duration(int64_t(std::ceil(1e6 / options_.per_second)));
}

size_t RateLimit::keys() const {
    const std::lock_guard lock(mutex_);
    return buckets_.size();
}

std::string rate_key(std::string_view ip) {
    in6_addr address{};
    if (inet_pton(AF_INET6, std::string(ip).c_str(), &address) != 1) return std::string(ip);
    std::fill(address.s6_addr + 8, address.s6_addr + 16, uint8_t(0));
    char text[INET6_ADDRSTRLEN];
    return std::string(inet_ntop(AF_INET6, &address, text, sizeof text)) + "/64";
}

}  // namespace clinicpro::net
