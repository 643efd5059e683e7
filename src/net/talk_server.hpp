// talk_server.hpp: a small server for a protocol of lines (SMTP), with TLS that may begin in mid-talk.
//
// The protocol is the Talk's and holds no socket: bytes go in, bytes come out. One thread serves everybody, so a Talk
// must not block; its certificate is made up at the start, for this machine's names. For the sandbox and for tests: it
// knows no limit on connections. Tested by net/mail_test.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace clinicpro::net {

class Talk {
public:
    virtual ~Talk() = default;
    struct Say {
        std::string bytes;
        bool then_tls = false;    // the next bytes are a TLS handshake
        bool then_close = false;  // with no bytes: the connection is cut
    };
    virtual Say open() = 0;
    virtual Say hear(std::string_view bytes) = 0;
    virtual void secured() {}  // TLS stands from now on
};

struct TalkOptions {
    std::string address = "127.0.0.1";
    uint16_t port = 0;
    bool tls_at_once = false;
};

class TalkServer {
public:
    virtual ~TalkServer() = default;
    static Result<std::unique_ptr<TalkServer>> start(TalkOptions options, std::function<std::unique_ptr<Talk>()> make);
    virtual uint16_t port() const = 0;
    virtual const std::string& certificate() const = 0;  // PEM
};

}  // namespace clinicpro::net
