// http.hpp: HTTP as plain values, and the three ways a call to somebody else can end.
//
// No socket, no coroutine and no library type crosses this header. Promise P-05 rests on Outcome: a caller must say
// what it does with Unknown. Tested by net/http_test.
#pragma once

#include <functional>
#include <memory>
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
std::string_view reason_phrase(int status);  // "Not Found"; "Unknown" for a number nobody registered

// What somebody asks of us.
struct Request {
    std::string method;  // upper case
    std::string path;    // percent-decoded, without the query
    std::string query;   // raw, without '?'
    Headers headers;
    std::string body;
    std::string peer;  // IP address of the client; only a trusted proxy's word replaces the socket's (ServerOptions)
    std::string id;    // request id, also answered as X-Request-Id
    std::vector<std::string> params;  // values of {placeholders} in the route pattern, in order

    std::string_view header(std::string_view name) const { return find_header(headers, name); }
    // Decoded query parameter; empty when absent.
    std::string query_value(std::string_view name) const;
};

class Stream;

struct Response {
    int status = 200;
    Headers headers;
    std::string body;
    std::shared_ptr<Stream> stream = {};  // the body goes on: stream.hpp

    std::string_view header(std::string_view name) const { return find_header(headers, name); }
    static Response json(int status, std::string body);
    static Response html(int status, std::string body);
    static Response text(int status, std::string body);
    // RFC 9457 problem+json: title, status, detail (the error's sentence), code, and field and request_id when there
    // are any. Error::detail is for operators and never shown.
    static Response problem(const Error& error, std::string_view request_id = {});
    // The same for a status that no error code has, such as 405 or 431.
    static Response problem(int status, std::string_view code, std::string_view sentence,
                            std::string_view request_id = {});
    static Response redirect(std::string location);  // 303
};

// Answers exactly once, from any thread. A response with status 0 means: close the connection without an answer; only
// the sandbox uses it (lost answers).
using Respond = std::function<void(Response)>;

// What we ask of somebody else.
struct ClientRequest {
    std::string method = "POST";
    std::string url;
    Headers headers;
    std::string body;
    Duration timeout = 30s;  // for the whole call
    Duration connect_timeout = 5s;
    size_t response_max = 1 << 20;  // bytes; a longer answer is Unknown
    // False: the bytes leave this machine at most once, whatever happens to the connection. True: the client may send
    // again by itself when a kept connection turns out dead. GET and HEAD only read, so they are always repeatable.
    bool repeatable = false;
    // True: addresses of this machine and of private networks are NotSent, whatever name leads there. For addresses that
    // somebody else than the operator chose.
    bool public_only = false;
};

struct NotSent {  // certain that the other side saw nothing: no connection, TLS refused, local queue full
    std::string reason;
};
struct Unknown {  // the request may have been seen: time-out, reset, cut answer
    std::string reason;
};
using Outcome = std::variant<Response, NotSent, Unknown>;

struct MailRequest;  // net/mail.hpp

class Client {
public:
    virtual ~Client() = default;
    // `done` runs exactly once, on the client's own thread, never inside send(): keep it short.
    virtual void send(ClientRequest request, std::function<void(Outcome)> done) = 0;
    // The same for a mail. A client that speaks no SMTP says NotSent.
    virtual void send_mail(MailRequest request, std::function<void(Outcome)> done);
};

// Starts something and blocks until its outcome is there; for command-line tools, tests and a person's own trial.
Outcome wait_for(const std::function<void(std::function<void(Outcome)>)>& start);
Outcome send_and_wait(Client& client, ClientRequest request);

}  // namespace clinicpro::net
