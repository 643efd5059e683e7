#include "web/pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

TEST(pool, work_runs_on_every_thread_at_once) {
    std::latch all_here(4);  // would never open if two shared a thread
    Pool pool({.threads = 4, .queue_max = 10});
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(pool.post([&] { all_here.arrive_and_wait(); }));
    all_here.wait();
}

TEST(pool, a_full_queue_refuses_and_forgets) {
    std::latch started(1), release(1);
    std::atomic<int> ran = 0;
    {
        Pool pool({.threads = 1, .queue_max = 2});
        ASSERT_TRUE(pool.post([&] {
            started.count_down();
            release.wait();
        }));
        started.wait();
        EXPECT_TRUE(pool.post([&] { ++ran; }));
        EXPECT_TRUE(pool.post([&] { ++ran; }));
        EXPECT_EQ(pool.waiting(), 2u);
        EXPECT_FALSE(pool.post([&] { ++ran; }));
        release.count_down();
    }
    EXPECT_EQ(ran, 2);  // what was taken is finished before the pool is gone
}

TEST(pool, an_api_request_that_finds_it_full_is_503_with_retry_after) {
    std::latch started(1), release(1);
    Site site({.threads = 1, .queue_max = 1});
    ASSERT_TRUE(site.pool->post([&] {
        started.count_down();
        release.wait();
    }));
    started.wait();
    ASSERT_TRUE(site.pool->post([] {}));
    const Reply refused = site.get("/patients");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused["code"], "busy");
    EXPECT_EQ(refused.header("Retry-After"), "1");
    EXPECT_EQ(site.ask("GET", "/readyz").status, 503);
    EXPECT_EQ(site.ask("GET", "/healthz").status, 200);
    // Notices from Safaricom do not stand behind it.
    EXPECT_EQ(site.ask("POST", site.confirmation_path(), "x").status, 200);
    release.count_down();
}

}  // namespace clinicpro::web::testing
