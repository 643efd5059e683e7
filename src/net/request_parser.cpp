#include "net/request_parser.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <optional>

#include "base/text.hpp"

namespace clinicpro::net {
namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

namespace {

constexpr Refusal kBadSyntax{400, "bad_request", "This is not a well-formed HTTP/1.1 request."};
constexpr Refusal kBadTarget{400, "bad_request",
                             "The address of the request is malformed. Send a plain absolute path."};
constexpr Refusal kBadHost{400, "bad_request", "An HTTP/1.1 request needs exactly one Host header."};
constexpr Refusal kBadLength{
    400, "bad_request", "The length of the body is not clear. Send one Content-Length, or Transfer-Encoding: chunked."};
constexpr Refusal kBodyTooLarge{413, "body_too_large", "The body is larger than this server takes."};
constexpr Refusal kTargetTooLong{414, "uri_too_long", "The address of the request is longer than 8 KiB."};
constexpr Refusal kBadExpectation{417, "expectation_failed", "The only expectation understood is 100-continue."};
constexpr Refusal kHeadTooLarge{431, "headers_too_large",
                                "The headers are larger than this server takes. Send fewer cookies."};

// What is reserved on a peer's word alone; beyond it the body grows as it really comes.
constexpr size_t kReserveMax = 64 * 1024;

bool is_digits(std::string_view text) {
    if (text.empty()) return false;
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
    }
    return true;
}

// Beast's parser, filling our own Request instead of its fields container.
class Reader final : public http::basic_parser<true> {
public:
    Request request;
    const Refusal* refusal = nullptr;  // set where a hook refuses; else judged by the error code
    bool http_1_0 = false;
    bool wants_continue = false;

private:
    void on_request_impl(http::verb, string_view method, string_view target, int version, error_code& ec) override {
        http_1_0 = version == 10;
        request.method = method;
        if (target.size() > kTargetMax) return refuse(kTargetTooLong, ec);
        const std::string_view all(target.data(), target.size());
        const size_t question = all.find('?');
        if (question != std::string_view::npos) request.query = all.substr(question + 1);
        if (all == "*" && method == "OPTIONS") {
            request.path = "*";
        } else if (all.find('#') != std::string_view::npos || !decode_path(all.substr(0, question), request.path)) {
            refuse(kBadTarget, ec);
        }
    }

    void on_field_impl(http::field field, string_view name, string_view value, error_code& ec) override {
        if (head_done_) return;  // a trailer: nobody may add headers after the limits and the handler's view are set
        if (request.headers.size() >= kHeadersMax) return refuse(kHeadTooLarge, ec);
        switch (field) {
            case http::field::host:
                if (++hosts_ > 1) return refuse(kBadHost, ec);
                break;
            case http::field::content_length:
                if (++lengths_ > 1 || !is_digits(value)) return refuse(kBadLength, ec);
                break;
            case http::field::transfer_encoding:
                if (++codings_ > 1 || http_1_0 || !boost::beast::iequals(value, "chunked"))
                    return refuse(kBadLength, ec);
                break;
            case http::field::expect:
                if (!boost::beast::iequals(value, "100-continue")) return refuse(kBadExpectation, ec);
                wants_continue = !http_1_0;
                break;
            default: break;
        }
        request.headers.emplace_back(std::string_view(name.data(), name.size()),
                                     std::string_view(value.data(), value.size()));
    }

    void on_header_impl(error_code& ec) override {
        head_done_ = true;
        if (hosts_ != 1 && !http_1_0) refuse(kBadHost, ec);
    }

    void on_body_init_impl(boost::optional<uint64_t> const& length, error_code&) override {
        if (length) request.body.reserve(size_t(std::min<uint64_t>(*length, kReserveMax)));
    }
    size_t on_body_impl(string_view bytes, error_code&) override {
        request.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_chunk_header_impl(uint64_t, string_view, error_code&) override {}
    size_t on_chunk_body_impl(uint64_t, string_view bytes, error_code& ec) override { return on_body_impl(bytes, ec); }
    void on_finish_impl(error_code&) override {}
    void on_response_impl(int, string_view, int, error_code&) override {}

    void refuse(const Refusal& why, error_code& ec) {
        refusal = &why;
        ec = http::error::bad_field;
    }

    bool head_done_ = false;
    int hosts_ = 0;
    int lengths_ = 0;
    int codings_ = 0;
};

}  // namespace

class RequestParser::Body {
public:
    explicit Body(ParserLimits l) : limits(l) {}
    const ParserLimits limits;
    std::optional<Reader> reader;
    Refusal refusal;
    bool head_reported = false;
};

RequestParser::RequestParser(ParserLimits limits) : body_(std::make_unique<Body>(limits)) {
    reset();
}
RequestParser::~RequestParser() = default;

void RequestParser::reset() {
    Reader& reader = body_->reader.emplace();
    reader.header_limit(uint32_t(std::min<size_t>(body_->limits.header_max, UINT32_MAX)));
    reader.body_limit(body_->limits.body_max);
    body_->head_reported = false;
}

RequestParser::Step RequestParser::feed(std::string_view bytes, size_t& used) {
    Reader& reader = *body_->reader;
    used = 0;
    const auto refuse = [&](const Refusal& why) {
        body_->refusal = why;
        return Step::kRefused;
    };
    for (;;) {
        if (!reader.got_some()) {
            // RFC 9112 2.2: an empty line before a request is forgiven.
            while (bytes.substr(used).starts_with("\r\n")) used += 2;
            if (used == bytes.size() || bytes.substr(used) == "\r") return Step::kMore;
        }
        if (used == bytes.size()) return Step::kMore;
        error_code ec;
        const std::string_view rest = bytes.substr(used);
        // Beast 1.81 takes the beginning of the last chunk ("0\r\n") and then asserts that the next call brings all of
        // it: a stranger who sends one byte more would stop the server. No request ends before these five bytes.
        constexpr std::string_view kLastChunk = "0\r\n\r\n";
        if (reader.is_header_done() && reader.chunked() && rest.front() == '0' && rest.size() < kLastChunk.size()) {
            return Step::kMore;
        }
        used += reader.put(boost::asio::const_buffer(rest.data(), rest.size()), ec);
        if (ec == http::error::need_more) {
            // A chunk extension or a trailer without end: Beast would go on asking.
            if (bytes.size() - used > body_->limits.header_max) return refuse(kHeadTooLarge);
            return Step::kMore;
        }
        if (ec) {
            if (reader.refusal != nullptr) return refuse(*reader.refusal);
            if (ec == http::error::body_limit) return refuse(kBodyTooLarge);
            if (ec == http::error::header_limit) {
                // Still in the first line: a long address, not many headers.
                return refuse(reader.request.method.empty() ? kTargetTooLong : kHeadTooLarge);
            }
            if (ec == http::error::bad_content_length || ec == http::error::multiple_content_length ||
                ec == http::error::bad_transfer_encoding) {
                return refuse(kBadLength);
            }
            return refuse(kBadSyntax);
        }
        if (reader.is_done()) return Step::kDone;
        if (reader.is_header_done() && !body_->head_reported) {
            body_->head_reported = true;
            return Step::kHead;
        }
    }
}

bool RequestParser::keep_alive() const {
    return body_->reader->keep_alive();
}
bool RequestParser::is_http_1_0() const {
    return body_->reader->http_1_0;
}
bool RequestParser::expects_continue() const {
    return body_->reader->wants_continue;
}
bool RequestParser::is_head_done() const {
    return body_->reader->is_header_done();
}
size_t RequestParser::body_left() const {
    return is_head_done() ? size_t(body_->reader->content_length_remaining().value_or(0)) : 0;
}
Request RequestParser::take() {
    return std::move(body_->reader->request);
}
const Refusal& RequestParser::refusal() const {
    return body_->refusal;
}

bool decode_path(std::string_view raw, std::string& path) {
    if (!raw.starts_with('/')) return false;
    if (raw.find('%') == std::string_view::npos) {
        path = raw;
    } else {
        // An encoded slash would read as a separator after decoding: two readers, two paths.
        if (text::contains_ignoring_case(raw, "%2f")) return false;
        auto decoded = text::percent_decode(raw);
        if (!decoded) return false;
        path = std::move(*decoded);
    }
    if (path.find('\0') != std::string::npos) return false;
    // Most paths have no "/." at all.
    if (path.find("/.") == std::string::npos) return true;
    for (const std::string_view segment : text::split(path, '/')) {
        if (segment == "." || segment == "..") return false;
    }
    return true;
}

}  // namespace clinicpro::net
