// mail.hpp: a mail on its way to somebody's server, as a plain value beside the HTTP request, and what either may be.
//
// A mail ends as every call ends. Response: the server gave its verdict, and `status` is the SMTP reply code (250 took
// it; 4yz not now; 5yz never) with its words in the body. NotSent: certain that it was not taken, because its end was
// never sent. Unknown: its end was sent and no verdict came; it may be delivered. Tested by net/mail_test.
#pragma once

#include <string>
#include <variant>

#include "base/log.hpp"
#include "net/http.hpp"

namespace clinicpro::net {

struct MailRequest {
    enum class Security {
        kStartTls,  // port 587: plain at first, and nothing is said before TLS stands
        kTls,       // port 465
        kNone,      // only to this machine
    };
    std::string host;
    uint16_t port = 587;
    Security security = Security::kStartTls;
    std::string username;  // empty: no AUTH
    Secret<> password;
    std::string hello;  // our own host name, for EHLO
    std::string from;   // envelope addresses, ASCII
    std::string to;
    std::string content;     // header and body, each line ended by CRLF; dots are doubled on the way. Empty: signs in and
                             // leaves, to see whether the server lets us in; `to` does not count
    Duration timeout = 60s;  // for the whole exchange
    Duration connect_timeout = 10s;
};

using AnyRequest = std::variant<ClientRequest, MailRequest>;
Duration timeout_of(const AnyRequest& request);
void send(Client& client, AnyRequest request, std::function<void(Outcome)> done);
Outcome send_and_wait(Client& client, MailRequest request);

}  // namespace clinicpro::net
