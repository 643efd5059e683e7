// The head of a request as any stranger may send it, and the head of an answer that repeats what he said.
//
// However the network cuts the bytes, the same requests are read (a parser that two readers can disagree about is how
// requests are smuggled), with one meaning for the length of a body; and nothing that stands in an answer's headers can
// end its line.
#include <algorithm>
#include <cstdint>
#include <set>

#include "base/log.hpp"
#include "base/text.hpp"
#include "net/request_parser.hpp"
#include "net/response_head.hpp"

namespace {

using namespace clinicpro;
using net::Request;
using net::RequestParser;
using Step = RequestParser::Step;

constexpr net::ParserLimits kLimits{.header_max = 2'048, .body_max = 512};  // small, so that they are met
constexpr size_t kPipelinedMax = 4;

struct Conversation {
    std::vector<Request> requests;
    std::vector<bool> stays_open;
    Step last = Step::kMore;
};

// Reads requests, one after the other, from bytes that arrive `piece` at a time.
Conversation read_in_pieces(std::string_view bytes, size_t piece) {
    Conversation heard;
    RequestParser parser(kLimits);
    std::string waiting;
    while (heard.requests.size() < kPipelinedMax) {
        size_t used = 0;
        heard.last = parser.feed(waiting, used);
        CHECK(used <= waiting.size());
        waiting.erase(0, used);
        switch (heard.last) {
            case Step::kHead: break;
            case Step::kRefused:
                CHECK(parser.refusal().status >= 400 && !parser.refusal().sentence.empty());
                return heard;
            case Step::kDone:
                heard.stays_open.push_back(parser.keep_alive());
                heard.requests.push_back(parser.take());
                parser.reset();
                break;
            case Step::kMore:
                if (bytes.empty()) return heard;
                waiting += bytes.substr(0, piece);
                bytes.remove_prefix(std::min(piece, bytes.size()));
        }
    }
    return heard;
}

bool same(const Request& a, const Request& b) {
    return a.method == b.method && a.path == b.path && a.query == b.query && a.headers == b.headers && a.body == b.body;
}

size_t count(const Request& request, std::string_view name) {
    return size_t(std::ranges::count_if(request.headers,
                                        [&](const auto& one) { return text::equal_ignoring_case(one.first, name); }));
}

void check(const Request& request) {
    CHECK(!request.method.empty());
    CHECK(request.path.starts_with('/') || (request.path == "*" && request.method == "OPTIONS"));
    CHECK(request.path.find('\0') == std::string::npos);
    for (const auto segment : text::split(request.path, '/')) CHECK(segment != "." && segment != "..");
    CHECK(request.headers.size() <= net::kHeadersMax && request.body.size() <= kLimits.body_max);
    CHECK(count(request, "Host") <= 1);
    const size_t lengths = count(request, "Content-Length"), codings = count(request, "Transfer-Encoding");
    CHECK(lengths + codings <= 1);
    CHECK(codings == 1 ||
          request.body.size() == (lengths == 1 ? std::stoull(std::string(request.header("Content-Length"))) : 0));
    for (const auto& [name, value] : request.headers) {
        CHECK(!name.empty() && name.find_first_of("\r\n: ") == std::string::npos);
        CHECK(value.find_first_of("\r\n") == std::string::npos && value.find('\0') == std::string::npos);
    }
    (void)request.query_value("invoice");
}

// An answer whose headers are a stranger's words: each is one whole line, or is not there.
void answer(net::Headers headers) {
    const size_t given = headers.size();
    std::string out;
    (void)net::append_head(out, net::Response{.status = 200, .headers = std::move(headers), .body = "{}"},
                           {.request_id = "req", .date = "Sun, 06 Nov 1994 08:49:37 GMT"});
    CHECK(out.find("\r\n\r\n") == out.size() - 4);
    std::string_view rest = out;
    rest.remove_suffix(2);
    size_t lines = 0;
    std::multiset<std::string> ours;
    for (; !rest.empty(); ++lines) {
        const size_t end = rest.find_first_of("\r\n");
        CHECK(end != std::string_view::npos && rest.substr(end, 2) == "\r\n");
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end + 2);
        if (lines == 0) continue;
        const size_t colon = line.find(": ");
        CHECK(colon != std::string_view::npos && colon > 0);
        ours.insert(text::lower(line.substr(0, colon)));
    }
    CHECK(lines <= 6 + given);  // status, Date, Content-Length, Connection, X-Request-Id, X-Content-Type-Options
    for (const char* name : {"date", "content-length", "x-request-id", "x-content-type-options"})
        CHECK(ours.count(name) == 1);
    CHECK(ours.count("transfer-encoding") == 0 && ours.count("connection") <= 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const bool quiet = (log::configure(log::Level::kOff, false), true);
    (void)quiet;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const Conversation whole = read_in_pieces(bytes, std::max<size_t>(size, 1));
    for (const size_t piece : {size_t(1), size_t(7)}) {
        const Conversation cut = read_in_pieces(bytes, piece);
        CHECK(std::ranges::equal(cut.requests, whole.requests, same) && cut.stays_open == whole.stays_open);
        // A broken head may be refused at its first wrong byte or when all of it is there. It is never read.
        CHECK((cut.last == Step::kDone) == (whole.last == Step::kDone));
    }
    for (const Request& request : whole.requests) {
        check(request);
        answer(request.headers);
    }
    answer({{"X-Said", std::string(bytes)}, {std::string(bytes), "said"}});
    return 0;
}
