// request_parser.hpp: bytes in, one Request out, or one clear refusal.
//
// Beast's parser reads the grammar; this adds what a server in front of money needs: limits, one meaning for the length
// of a body (no Content-Length beside Transfer-Encoding, none twice, no other coding than chunked: request smuggling),
// one Host, and a decoded path without tricks. Trailers are dropped. Private to net. Tested by net/server_limits_test.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace clinicpro::net {

inline constexpr size_t kTargetMax = 8 * 1024;  // our longest path is under 200 bytes; RFC 9110 4.1 asks for 8000
inline constexpr size_t kHeadersMax = 100;      // lines; browsers send about 20

struct ParserLimits {
    size_t header_max;
    size_t body_max;
};

struct Refusal {
    int status = 400;
    std::string_view code;      // "bad_request", ...
    std::string_view sentence;  // for the person who reads the answer
};

class RequestParser {
public:
    enum class Step {
        kMore,     // wants more bytes than these; unused ones must be offered again with what follows them
        kHead,     // the head is complete and a body follows
        kDone,     // the request is complete
        kRefused,  // see refusal(); nothing that follows on this connection can be trusted
    };

    explicit RequestParser(ParserLimits limits);
    ~RequestParser();

    void reset();  // for the next request
    // Reads from the front of `bytes` and sets `used`.
    Step feed(std::string_view bytes, size_t& used);

    // After kHead or kDone:
    bool keep_alive() const;
    bool is_http_1_0() const;
    bool expects_continue() const;
    Request take();  // after kDone; id and peer are not set
    // At any time:
    bool is_head_done() const;
    size_t body_left() const;  // by Content-Length; 0 when unknown
    const Refusal& refusal() const;

private:
    class Body;
    std::unique_ptr<Body> body_;
};

// Decodes a path. False when it is not absolute, or holds a bad or hidden encoding (%2F), a NUL, or a dot segment.
bool decode_path(std::string_view raw, std::string& path);

}  // namespace clinicpro::net
