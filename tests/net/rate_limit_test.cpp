#include "net/rate_limit.hpp"

#include <gtest/gtest.h>

namespace clinicpro::net {
namespace {
constexpr Instant kStart{1'000'000'000};

int allowed(RateLimit& limit, std::string_view key, Instant now, int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += limit.allow(key, now);
    return count;
}

TEST(rate_limit, a_burst_passes_and_then_the_rate_holds) {
    RateLimit limit({.per_second = 2, .burst = 5, .keys_max = 10});
    EXPECT_EQ(allowed(limit, "a", kStart, 20), 5);
    EXPECT_EQ(allowed(limit, "a", kStart + 499ms, 20), 0);
    EXPECT_EQ(allowed(limit, "a", kStart + 500ms, 20), 1);
    EXPECT_EQ(allowed(limit, "a", kStart + 3500ms, 20), 5) << "no more than a burst is saved up";
    EXPECT_EQ(limit.retry_after(), Duration(500ms));
}

TEST(rate_limit, keys_do_not_share) {
    RateLimit limit({.per_second = 1, .burst = 1, .keys_max = 10});
    EXPECT_TRUE(limit.allow("a", kStart));
    EXPECT_FALSE(limit.allow("a", kStart));
    EXPECT_TRUE(limit.allow("b", kStart));
}

TEST(rate_limit, the_number_of_keys_is_bounded_and_the_busy_ones_stay) {
    RateLimit limit({.per_second = 1, .burst = 1, .keys_max = 100});
    EXPECT_TRUE(limit.allow("noisy", kStart));
    for (int i = 0; i < 10'000; ++i) {
        limit.allow("key" + std::to_string(i), kStart);
        EXPECT_FALSE(limit.allow("noisy", kStart));
    }
    EXPECT_EQ(limit.keys(), 100u);
}

TEST(rate_limit, a_clock_that_steps_back_neither_refills_nor_starves) {
    RateLimit limit({.per_second = 1, .burst = 1, .keys_max = 10});
    EXPECT_TRUE(limit.allow("a", kStart));
    EXPECT_FALSE(limit.allow("a", kStart - 3600s));
    EXPECT_TRUE(limit.allow("a", kStart - 3600s + 1s));
}

TEST(rate_limit, an_ipv6_subscriber_is_one_key) {
    EXPECT_EQ(rate_key("41.90.1.2"), "41.90.1.2");
    EXPECT_EQ(rate_key("2001:db8:1:2:aaaa::1"), "2001:db8:1:2::/64");
    EXPECT_EQ(rate_key("2001:db8:1:2:bbbb::9"), rate_key("2001:db8:1:2:aaaa::1"));
}

}  // namespace
}  // namespace clinicpro::net
