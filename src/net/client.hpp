// client.hpp: the HTTP client over libcurl: pooled connections, TLS verification, proxies from the environment, HTTP/2;
// and mail by SMTP.
//
// One event thread drives any number of calls; mails have one of their own, because curl waits for a mail server's
// goodbye and M-Pesa must not wait with it. Redirects are never followed: Daraja, Google and Zoom do not use them on
// their APIs and following one could carry a bearer token elsewhere. Headers and bodies are never logged.
//
// A call that is not `repeatable` leaves this machine at most once (P-05). curl by itself sends a request again when a
// pooled connection dies before any answer byte; here the body is handed to curl once and cannot be rewound, so a
// second whole request cannot be formed. Without a body there is nothing to withhold: such a call gets a fresh
// connection, which curl never retries. It speaks HTTP/1.1, so that one broken connection makes one call Unknown and
// not thirty. Tested by net/client_test and net/mail_test.
#pragma once

#include <memory>
#include <mutex>

#include "net/http.hpp"

namespace clinicpro::net {

struct ClientOptions {
    int connections_per_host = 32;
    size_t in_flight_max = 4096;  // further calls are NotSent at once; those that wait for a connection count
    bool verify_tls = true;       // off only for tests against a self-signed sandbox
    std::string ca_file;          // empty: the system's
    std::string user_agent = "ClinicPro";
};

class CurlClient final : public Client {
public:
    explicit CurlClient(ClientOptions options = {});
    ~CurlClient() override;  // pending calls end as Unknown, or NotSent where that is certain
    void send(ClientRequest request, std::function<void(Outcome)> done) override;
    void send_mail(MailRequest request, std::function<void(Outcome)> done) override;

private:
    class Engine;
    const ClientOptions options_;
    std::unique_ptr<Engine> engine_;
    std::mutex mutex_;
    std::unique_ptr<Engine> mail_engine_;  // started by the first mail
};

}  // namespace clinicpro::net
