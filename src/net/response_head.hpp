// response_head.hpp: writes a response's head as bytes, by hand and in one go (stack.md: 1.5 µs less than a
// serializer).
//
// The framing is the server's: Content-Length, Connection, Date and X-Request-Id given by a handler are not sent,
// except that "Connection: close" closes and that a HEAD answer may name its length. A header that could break out of
// its line is dropped and logged. Private to net. Tested by net/server_test.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace clinicpro::net {

// "Sun, 06 Nov 1994 08:49:37 GMT", made once a second. One per thread.
class DateLine {
public:
    std::string_view text();

private:
    std::time_t second_ = -1;
    char text_[32] = {};
};

struct HeadOptions {
    std::string_view request_id;
    std::string_view date;
    bool head_only = false;   // the request was HEAD
    bool keep_alive = true;   // what the connection would like
    bool old_client = false;  // HTTP/1.0: staying open must be said
};
struct HeadResult {
    bool keep_alive;
    bool has_body;  // whether the body's bytes follow
};
// Appends the head to `out`.
HeadResult append_head(std::string& out, const Response& response, const HeadOptions& options);
// Appends a part of a body whose length nobody knew: as a chunk, or as it is for HTTP/1.0. `last`: and the end.
void append_chunk(std::string& out, std::string_view bytes, bool chunked, bool last);

}  // namespace clinicpro::net
