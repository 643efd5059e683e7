// How long a failed step waits before it is tried again.
#include <gtest/gtest.h>

#include "jobs/job.hpp"

namespace clinicpro::jobs {
namespace {

TEST(back_off, doubles_from_the_least_to_the_most) {
    const Duration wanted[] = {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s};
    for (int attempt = 0; attempt < 8; ++attempt) EXPECT_EQ(back_off(attempt, 1s, 60s, 0), wanted[attempt]) << attempt;
    EXPECT_EQ(back_off(1'000'000, 1s, 60s, 0), Duration(60s));
    EXPECT_EQ(back_off(-1, 1s, 60s, 0), Duration(1s));
}

TEST(back_off, is_spread_over_its_last_quarter) {
    EXPECT_EQ(back_off(0, 1'000s, 1'000s, 0), Duration(1'000s));
    EXPECT_EQ(back_off(0, 1'000s, 1'000s, 500), Duration(875s));
    EXPECT_EQ(back_off(0, 1'000s, 1'000s, 999), Duration(750'250ms));
    EXPECT_EQ(back_off(0, 1'000s, 1'000s, -5), Duration(1'000s));
    EXPECT_EQ(back_off(0, 1'000s, 1'000s, 5'000), Duration(750'250ms));
}

}  // namespace
}  // namespace clinicpro::jobs
