// rate_limit.hpp: a token bucket per key, in memory, with a bounded number of keys.
//
// It shields one process from a noisy peer; it is not an accounting of use, and each process counts for itself. Time is
// passed in. When there are more keys than kept, the one unused for longest is forgotten, which can only let more
// through. Thread-safe. Tested by net/rate_limit_test.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace clinicpro::net {

struct RateLimitOptions {
    double per_second = 10;     // refill
    double burst = 20;          // bucket size; at least 1
    size_t keys_max = 100'000;  // about 15 MB
};

class RateLimit {
public:
    explicit RateLimit(RateLimitOptions options);
    // Takes one token of `key`. False: refuse this one; the next token is there after retry_after().
    bool allow(std::string_view key, Instant now);
    Duration retry_after() const;
    size_t keys() const;

private:
    struct Bucket {
        std::string key;
        double tokens;
        Instant filled;
    };
    const RateLimitOptions options_;
    mutable std::mutex mutex_;
    std::list<Bucket> buckets_;                                                // most recently used first
    std::unordered_map<std::string_view, std::list<Bucket>::iterator> index_;  // views into the buckets' keys
};

// The key to limit a peer by: an IPv4 address as it is, an IPv6 address as its /64, which one subscriber owns whole.
std::string rate_key(std::string_view ip);

}  // namespace clinicpro::net
