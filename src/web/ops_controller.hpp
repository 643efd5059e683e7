// ops_controller.hpp: what a supervisor, a load balancer and a benchmark ask. Tested by web/ops_test.
#pragma once

#include "web/pool.hpp"
#include "web/services.hpp"

namespace clinicpro::web {

class OpsController final {
public:
    OpsController(const Services& services, Pool& pool) : services_(services), pool_(pool) {}

    void health(net::Request request, net::Respond respond) const;   // GET /healthz: this process answers
    void ready(net::Request request, net::Respond respond) const;    // GET /readyz: it can do its work
    void version(net::Request request, net::Respond respond) const;  // GET /version
    void noop(net::Request request,
              net::Respond respond) const;  // POST /noop: what HTTP alone costs, for the benchmark

private:
    const Services& services_;
    Pool& pool_;
};

}  // namespace clinicpro::web
