// client.hpp: the HTTP client over libcurl: pooled connections, TLS verification, proxies from the environment, HTTP/2.
//
// One event thread drives any number of calls. Redirects are never followed: Daraja, Google and Zoom do not use them on
// their APIs and following one could carry a bearer token elsewhere. Tested by net/client_test.
#pragma once

#include <memory>

#include "net/http.hpp"

namespace clinicpro::net {

struct ClientOptions {
    int connections_per_host = 32;
    size_t in_flight_max = 4096;  // further calls are NotSent at once
    bool verify_tls = true;       // off only for tests against a self-signed sandbox
    std::string ca_file;          // empty: the system's
    std::string user_agent = "ClinicPro";
};

class CurlClient final : public Client {
public:
    explicit CurlClient(ClientOptions options = {});
    ~CurlClient() override;  // pending calls end as Unknown
    void send(ClientRequest request, std::function<void(Outcome)> done) override;

private:
    struct Body;
    std::unique_ptr<Body> body_;
};

}  // namespace clinicpro::net
