// http.hpp: HTTP as plain values, and the three ways a call to somebody else can end.
//
// No socket, no coroutine and no library type crosses this header. Promise P-05 rests on Outcome: a caller must say what
// it does with Unknown.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace clinicpro::net {

using Headers = std::vector<std::pair<std::string, std::string>>;
// First value of a header by case-insensitive name; empty when absent.
std::string_view find_header(const Headers& headers, std::string_view name);

// What somebody asks of us.
struct Request {
    std::string method;  // upper case
    std::string path;    // percent-decoded, without the query
    std::string query;   // raw, without '?'
    Headers headers;
    std::string body;
    std::string peer;    // IP address of the client; only a trusted proxy's word replaces the socket's (ServerOptions)
    std::string id;      // request id, also answered as X-Request-Id
    std::vector<std::string> params;  // values of {placeholders} in the route pattern, in order

    std::string_view header(std::string_view name) const { return find_header(headers, name); }
    // Decoded query parameter; empty when absent.
    std::string query_value(std::string_view name) const;
};

struct Response {
    int status = 200;
    Headers headers;
    std::string body;

    std::string_view header(std::string_view name) const { return find_header(headers, name); }
    static Response json(int status, std::string body);
    static Response html(int status, std::string body);
    static Response text(int status, std::string body);
    static Response problem(const Error& error, std::string_view request_id = {});  // RFC 9457 problem+json
    static Response redirect(std::string location);                                 // 303
};

// Answers exactly once, from any thread.
using Respond = std::function<void(Response)>;

// What we ask of somebody else.
struct ClientRequest {
    std::string method = "POST";
    std::string url;
    Headers headers;
    std::string body;
    Duration timeout = 30s;          // for the whole call
    Duration connect_timeout = 5s;
    size_t response_max = 1 << 20;   // bytes; a longer answer is Unknown
};

struct NotSent {  // certain that the other side saw nothing: no connection, TLS refused, local queue full
    std::string reason;
};
struct Unknown {  // the request may have been seen: time-out, reset, cut answer
    std::string reason;
};
using Outcome = std::variant<Response, NotSent, Unknown>;

class Client {
public:
    virtual ~Client() = default;
    // `done` runs exactly once, on the client's own thread: keep it short.
    virtual void send(ClientRequest request, std::function<void(Outcome)> done) = 0;
};

// Blocks until the outcome is there; for command-line tools and tests.
Outcome send_and_wait(Client& client, ClientRequest request);

}  // namespace clinicpro::net
