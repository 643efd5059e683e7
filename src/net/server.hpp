// server.hpp: the HTTP/1.1 server over Boost.Beast, tuned (stack.md): one io_context per thread with SO_REUSEPORT,
// typed executors, buffers and parser reused per connection, one sweep timer per thread, one write per response.
//
// It enforces limits before a handler sees anything: header bytes, body bytes, time for the head, time for the body,
// idle time, connections. Over a limit gets one clear answer (400, 408, 413, 414, 431, 503) and a close. TLS is the
// reverse proxy's business. Tested by net/server_test and net/server_limits_test.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/http.hpp"

namespace clinicpro::net {

struct ServerOptions {
    std::string address = "127.0.0.1";
    uint16_t port = 0;  // 0: any free port
    int threads = 1;
    size_t header_max = 16 * 1024;
    size_t body_max = 1024 * 1024;
    Duration head_timeout = 10s;     // from the first byte to the end of the head
    Duration body_timeout = 20s;     // from the end of the head to the end of the body
    Duration idle_timeout = 60s;     // a kept-alive connection with nothing to say
    Duration handler_timeout = 60s;  // then 503
    Duration write_timeout = 20s;    // a peer that reads nothing of its answer for so long is cut off
    size_t connections_max = 10'000;
    size_t streams_max = 2'000;       // responses that go on (stream.hpp); one more is answered 503
    Duration stream_heartbeat = 15s;  // well below the minute after which proxies give up
    Duration stream_age_max = 10min;  // then it ends; a page that still watches comes again
    // Peers whose X-Forwarded-For is believed (right-most untrusted value is the client): addresses or networks such as
    // "127.0.0.1", "10.0.0.0/8", "fd00::/8". Empty: none.
    std::vector<std::string> trusted_proxies;
};

class Server {
public:
    using Handler = std::function<void(Request, Respond)>;
    // Error kUnavailable when the port is taken or the address is not ours; kConfig when an option makes no sense.
    // The handler runs on an I/O thread. It may answer inside the call or later from any thread, exactly once: a second
    // answer is ignored and logged, and dropping every copy of Respond unanswered is answered 500.
    static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
    virtual ~Server() = default;

    virtual uint16_t port() const = 0;
    // Stops accepting, lets running requests finish for up to `patience`, then closes. Returns true when all finished.
    virtual bool drain(Duration patience) = 0;
};

}  // namespace clinicpro::net
