#include "net/connection.hpp"

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "net/request_parser.hpp"
#include "net/stream.hpp"

namespace clinicpro::net {
namespace asio = boost::asio;
using boost::system::error_code;

// The executor's real type everywhere: any_io_executor costs a virtual call and a copy per operation (stack.md).
using Executor = asio::io_context::executor_type;
template <class T = void>
using Task = asio::awaitable<T, Executor>;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
constexpr asio::use_awaitable_t<Executor> kAwait;

namespace {

constexpr size_t kReadSmall = 4 * 1024;    // a callback with its head is under 2 KiB
constexpr size_t kReadBig = 64 * 1024;     // while a long body comes in
constexpr size_t kJoinMax = 16 * 1024;     // up to here copying a body behind its head beats a second buffer
constexpr size_t kKeepMax = 64 * 1024;     // buffers that grew past this are given back after the request
constexpr size_t kLingerMax = 256 * 1024;  // unread bytes taken in after a refusal, so that the peer reads our answer
constexpr Duration kLingerTime = 1s;
constexpr Duration kStreamLook = 1s;  // how often a silent stream looks whether its peer is still there

std::string_view view(const boost::beast::flat_buffer& buffer) {
    return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

bool is_sane_request_id(std::string_view id) {
    if (id.empty() || id.size() > 64) return false;
    for (const char c : id) {
        const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                          c == '_' || c == '-';
        if (!good) return false;
    }
    return true;
}

class HttpConnection final : public Connection, public AnswerTaker {
public:
    HttpConnection(asio::io_context& io, Household& home, int fd, std::string peer, bool refused)
        : home_(home),
          socket_(io, asio::ip::tcp::v4(), fd),
          peer_(std::move(peer)),
          refused_(refused),
          parser_(ParserLimits{home.options.header_max, home.options.body_max}) {
        error_code ignored;
        socket_.non_blocking(true, ignored);
        place_ = home_.connections.insert(home_.connections.end(), this);
        home_.census.enter();
    }
    ~HttpConnection() override {
        if (answer_) answer_->forget();
        home_.connections.erase(place_);
        home_.census.leave();
    }

    static Task<> run(std::shared_ptr<HttpConnection> self) { co_await self->serve(); }

    void sweep(Tick now) override;
    void drain() override;
    void abort() override;
    void unwind() override { const auto frame = std::exchange(waiter_, nullptr); }
    void answer_ready() override { std::exchange(waiter_, nullptr)(); }

private:
    enum class Phase { kIdle, kHead, kBody, kHandler, kWrite, kStream, kLinger };

    Task<> serve();
    Task<bool> receive();  // reads one whole request into the parser; false: the connection is over
    Task<bool> respond(const Response& response, bool keep_alive, bool head_only);
    Task<bool> write_rest(size_t written);
    Task<> stream(Stream& stream);  // writes what comes, until either side has enough
    Task<> refuse(Refusal why);
    Task<> linger();

    auto wait_for_answer() {
        return asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
            [this](auto handler) { waiter_ = [h = std::move(handler)]() mutable { std::move(h)(); }; }, kAwait);
    }
    void enter(Phase phase, Duration time) {
        phase_ = phase;
        deadline_ = std::chrono::steady_clock::now() + time;
    }
    // Whether the peer has sent something that nobody has read yet.
    bool has_news() {
        error_code ec;
        return socket_.available(ec) > 0 && !ec;
    }
    bool peer_is_gone() {
        char byte = 0;
        const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
    }
    bool resume_stream() {  // posted, because it may end this connection while somebody looks at it
        if (phase_ != Phase::kStream || !answer_->recall()) return false;
        asio::post(socket_.get_executor(), std::exchange(waiter_, nullptr));
        return true;
    }
    size_t to_write() const { return out_.size() + tail_.size(); }
    size_t write_some(size_t written, error_code& ec);
    std::string request_id(const Request& request);
    void call_handler(Request request);

    Household& home_;
    Socket socket_;
    const std::string peer_;
    const bool refused_;
    std::list<Connection*>::iterator place_;
    boost::beast::flat_buffer buffer_;
    RequestParser parser_;
    std::string out_;        // the head, and a body that is not too long
    std::string_view tail_;  // a long body; refers to the response being written
    std::shared_ptr<Answer> answer_;
    std::move_only_function<void()> waiter_;  // resumes the coroutine that waits for the answer
    Phase phase_ = Phase::kIdle;
    Tick deadline_{};
    bool expired_ = false;  // the sweep ended the current read
};

Task<> HttpConnection::serve() {
    if (refused_) {
        co_await refuse(Refusal{503, "busy", "The server has as many connections as it can serve. Try again soon."});
        co_return;
    }
    for (;;) {
        const bool received = co_await receive();
        if (!received) co_return;
        const bool wants_more = parser_.keep_alive();
        Request request = parser_.take();
        const bool head_only = request.method == "HEAD";
        call_handler(std::move(request));
        bool in_time = true;
        if (answer_->must_wait()) {
            enter(Phase::kHandler, home_.options.handler_timeout);
            co_await wait_for_answer();
            in_time = !std::exchange(expired_, false);
        }
        const bool keep_alive = wants_more && in_time && !home_.draining;
        // The response lives in this frame until it is written: a long body is not copied.
        Response response =
            in_time ? answer_->take()
                    : Response::problem(503, "timeout",
                                        "The request takes longer than expected and may still complete. Look up its "
                                        "result before repeating it.",
                                        answer_->request_id());
        if (response.stream && home_.streams.count() >= home_.options.streams_max) {
            response =
                Response::problem(503, "busy", "Too many watch already. Look again later.", answer_->request_id());
        }
        const bool stay = co_await respond(response, keep_alive, head_only);
        answer_.reset();
        if (!stay) co_return;
        if (buffer_.size() == 0 && buffer_.capacity() > kKeepMax) buffer_.shrink_to_fit();
    }
}

Task<bool> HttpConnection::receive() {
    parser_.reset();
    enter(Phase::kIdle, home_.options.idle_timeout);
    for (;;) {
        size_t used = 0;
        const RequestParser::Step step = parser_.feed(view(buffer_), used);
        buffer_.consume(used);
        if (step == RequestParser::Step::kDone) co_return true;
        if (step == RequestParser::Step::kRefused) {
            co_await refuse(parser_.refusal());
            co_return false;
        }
        if (step == RequestParser::Step::kHead) {
            enter(Phase::kBody, home_.options.body_timeout);
            if (parser_.expects_continue() && buffer_.size() == 0) {
                out_ = "HTTP/1.1 100 Continue\r\n\r\n";
                const bool written = co_await write_rest(0);
                if (!written) co_return false;
                enter(Phase::kBody, home_.options.body_timeout);
            }
            continue;
        }
        if (phase_ == Phase::kIdle && buffer_.size() > 0) enter(Phase::kHead, home_.options.head_timeout);
        if (phase_ == Phase::kIdle && home_.draining && !has_news()) co_return false;
        const size_t room = parser_.body_left() > kReadSmall ? kReadBig : kReadSmall;
        error_code ec;
        const size_t got = co_await socket_.async_read_some(buffer_.prepare(room), asio::redirect_error(kAwait, ec));
        if (ec) {
            if (expired_ && phase_ != Phase::kIdle) {
                co_await refuse(Refusal{408, "request_timeout", "The request took too long to arrive."});
            }
            co_return false;
        }
        buffer_.commit(got);
    }
}

void HttpConnection::call_handler(Request request) {
    request.id = request_id(request);
    request.peer = home_.proxies.empty() ? peer_ : home_.proxies.client_of(peer_, request.headers);
    answer_ = std::make_shared<Answer>(home_.mailbox, *this, request.id);
    // A handler that throws has dropped its Respond, or will: the answer is a 500 either way.
    try {
        home_.handler(std::move(request), Answer::responder(answer_));
    } catch (const std::exception& e) {
        log::error("net.handler_threw", {{"request", answer_->request_id()}, {"what", text::clip(e.what(), 200)}});
    } catch (...) {
        log::error("net.handler_threw", {{"request", answer_->request_id()}, {"what", "something unnamed"}});
    }
}

Task<bool> HttpConnection::respond(const Response& response, bool keep_alive, bool head_only) {
    if (response.status == 0) co_return false;  // cut on purpose, see net::Respond
    if (out_.capacity() > kKeepMax) out_ = {};
    out_.clear();
    const HeadResult head = append_head(
        out_, response,
        HeadOptions{answer_->request_id(), home_.date.text(), head_only, keep_alive, parser_.is_http_1_0()});
    if (head.has_body && response.stream) {
        append_chunk(out_, response.body, !parser_.is_http_1_0(), false);
    } else if (head.has_body) {
        if (response.body.size() <= kJoinMax) {
            out_ += response.body;
        } else {
            tail_ = response.body;
        }
    }
    error_code ec;
    const size_t written = write_some(0, ec);
    if (ec && ec != asio::error::would_block) co_return false;
    if (written < to_write()) {
        const bool done = co_await write_rest(written);
        if (!done) co_return false;
    }
    tail_ = {};
    if (head.keep_alive) co_return true;
    if (response.stream && head.has_body) co_await stream(*response.stream);
    co_await linger();
    co_return false;
}

Task<> HttpConnection::stream(Stream& stream) {
    struct Counted {
        explicit Counted(Census& all) : streams(all) { streams.enter(); }
        ~Counted() { streams.leave(); }
        Census& streams;
    } const counted(home_.streams);
    const bool chunked = !parser_.is_http_1_0();
    const Tick until = std::chrono::steady_clock::now() + home_.options.stream_age_max;
    Tick heartbeat = std::chrono::steady_clock::now() + home_.options.stream_heartbeat;
    std::string bytes;
    answer_->recall();  // an answer that came inside the handler call never told anybody
    stream.attach([answer = answer_] { Answer::nudge(answer); });
    for (;;) {
        const bool more = stream.take(bytes);
        const Tick now = std::chrono::steady_clock::now();
        const bool over = !more || home_.draining || now >= until;
        if (bytes.empty() && !over && now >= heartbeat) bytes = stream.heartbeat();
        out_.clear();
        append_chunk(out_, bytes, chunked, over);
        if (!out_.empty()) {
            const bool written = co_await write_rest(0);
            if (!written || over) co_return;
            heartbeat = std::chrono::steady_clock::now() + home_.options.stream_heartbeat;
            continue;  // more may have come while this was written
        }
        if (over) co_return;
        enter(Phase::kStream, std::min<Duration>(kStreamLook, home_.options.stream_heartbeat));
        answer_->await_nudge(*this);
        co_await wait_for_answer();
        if (peer_is_gone()) co_return;
    }
}

size_t HttpConnection::write_some(size_t written, error_code& ec) {
    const std::string_view rest = std::string_view(out_).substr(std::min(written, out_.size()));
    if (tail_.empty()) return socket_.write_some(asio::const_buffer(rest.data(), rest.size()), ec);
    const std::string_view more = tail_.substr(written - (out_.size() - rest.size()));
    return socket_.write_some(
        std::array{asio::const_buffer(rest.data(), rest.size()), asio::const_buffer(more.data(), more.size())}, ec);
}

Task<bool> HttpConnection::write_rest(size_t written) {
    enter(Phase::kWrite, home_.options.write_timeout);
    while (written < to_write()) {
        error_code ec;
        const size_t n = write_some(written, ec);
        if (ec == asio::error::would_block) {
            co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(kAwait, ec));
        } else if (n > 0) {
            written += n;
            enter(Phase::kWrite, home_.options.write_timeout);
        }
        if (ec) co_return false;
    }
    co_return true;
}

// One clear answer, then the end: after bad framing nobody knows where the next request would begin.
Task<> HttpConnection::refuse(Refusal why) {
    expired_ = false;
    const std::string id = request_id(Request{});
    log::info("net.refused", {{"request", id}, {"peer", peer_}, {"status", why.status}, {"code", why.code}});
    const Response response = Response::problem(why.status, why.code, why.sentence, id);
    out_.clear();
    append_head(out_, response, HeadOptions{id, home_.date.text(), false, false, false});
    out_ += response.body;
    const bool written = co_await write_rest(0);
    if (written) co_await linger();
}

// Closing with unread bytes makes the kernel send a reset, and the peer may then never see our answer. So: say that
// nothing more will come, read a little longer, then close.
Task<> HttpConnection::linger() {
    error_code ec;
    socket_.shutdown(Socket::shutdown_send, ec);
    if (home_.draining && buffer_.size() == 0) co_return;  // nothing unread that we know of, and people wait for us
    enter(Phase::kLinger, std::min<Duration>(kLingerTime, home_.options.idle_timeout));
    buffer_.clear();
    size_t taken = 0;
    while (!ec && taken < kLingerMax) {
        taken += co_await socket_.async_read_some(buffer_.prepare(kReadSmall), asio::redirect_error(kAwait, ec));
    }
    socket_.close(ec);
}

std::string HttpConnection::request_id(const Request& request) {
    const std::string_view given = request.header("X-Request-Id");
    if (is_sane_request_id(given)) return std::string(given);
    // 15 characters in all, so the string needs no allocation.
    std::string id = home_.id_prefix;
    const uint64_t number = home_.requests++;
    for (int shift = 35; shift >= 0; shift -= 5) id += "0123456789abcdefghjkmnpqrstvwxyz"[number >> shift & 31];
    return id;
}

void HttpConnection::sweep(Tick now) {
    if (now < deadline_) return;
    error_code ignored;
    if (phase_ == Phase::kHandler) {
        // Posted, because it may end this connection while the sweep is looking at it. When give_up says no, the answer
        // is in the mailbox already.
        if (!answer_->give_up()) return;
        expired_ = true;
        log::warn("net.handler_timeout", {{"request", answer_->request_id()}});
        asio::post(socket_.get_executor(), std::exchange(waiter_, nullptr));
    } else if (phase_ == Phase::kStream) {
        resume_stream();
    } else if (phase_ == Phase::kHead || phase_ == Phase::kBody || phase_ == Phase::kIdle) {
        expired_ = true;
        socket_.cancel(ignored);
    } else {
        socket_.cancel(ignored);
    }
}

void HttpConnection::drain() {
    if (resume_stream()) return;  // it sees that the server is draining, and ends in order
    if ((phase_ == Phase::kIdle && !has_news()) || phase_ == Phase::kLinger) abort();
}

void HttpConnection::abort() {
    error_code ignored;
    if (phase_ == Phase::kHandler && answer_ && answer_->give_up()) {
        asio::post(socket_.get_executor(), std::exchange(waiter_, nullptr));
        expired_ = true;
    }
    resume_stream();
    socket_.close(ignored);
}

}  // namespace

void serve_connection(asio::io_context& io, Household& household, int socket, std::string peer, bool refused) {
    auto connection = std::make_shared<HttpConnection>(io, household, socket, std::move(peer), refused);
    asio::co_spawn(io.get_executor(), HttpConnection::run(std::move(connection)), asio::detached);
}

}  // namespace clinicpro::net
