#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

using Ops = SiteTest;

TEST_F(Ops, alive_ready_and_version_answer_without_a_key) {
    EXPECT_EQ(ask("GET", "/healthz").body, R"({"status":"alive"})");
    EXPECT_EQ(ask("GET", "/readyz").body, R"({"status":"ready"})");
    EXPECT_EQ(ask("HEAD", "/readyz").status, 200);
    const Reply version = ask("GET", "/version");
    EXPECT_EQ(version["name"], "clinicpro");
    EXPECT_EQ(version["version"], CLINICPRO_VERSION);
    EXPECT_EQ(version["database"], "sqlite");
}

TEST_F(Ops, a_server_that_is_draining_is_alive_but_not_ready) {
    ready = false;
    EXPECT_EQ(ask("GET", "/healthz").status, 200);
    const Reply reply = ask("GET", "/readyz");
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply["code"], "unavailable");
    EXPECT_FALSE(reply["detail"].empty());
    EXPECT_EQ(reply.header("Retry-After"), "1");
}

TEST_F(Ops, the_noop_route_is_there_only_for_the_benchmark) {
    EXPECT_EQ(ask("POST", "/noop", "x").body, R"({"ok":true})");
    const net::Router plain = build_router(services, *pool);
    Reply reply;
    plain.dispatch(request("POST", "/noop", "x"), [&](const net::Response& r) { reply.status = r.status; });
    EXPECT_EQ(reply.status, 404);
}

}  // namespace clinicpro::web::testing
