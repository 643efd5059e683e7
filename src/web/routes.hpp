// routes.hpp: every address this server answers, in one table (routes.cpp).
//
// api/openapi.yaml describes the part under /v1; a test compares the two both ways. Tested by web/openapi_test.
#pragma once

#include <span>

#include "net/router.hpp"
#include "web/call.hpp"
#include "web/live.hpp"
#include "web/pool.hpp"
#include "web/services.hpp"

namespace clinicpro::web {

struct RouterOptions {
    bool benchmark = false;  // POST /noop, the baseline of `./dev bench`
    Live* live = nullptr;    // who looks for pages that follow; null: nobody, and they see only what they began with
};

// The router refers to `services` and `pool`; drain the server before it goes.
net::Router build_router(const Services& services, Pool& pool, RouterOptions options = {});

std::span<const ApiRoute> api_routes();

}  // namespace clinicpro::web
