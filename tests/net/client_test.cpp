// How a call to somebody else ends. The rule under test: NotSent only when the other side cannot have seen it.
#include "net/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <optional>

#include "base/text.hpp"
#include "net/server.hpp"
#include "tests/net/raw_socket.hpp"
#include "tests/net/tls_peer.hpp"

namespace clinicpro::net {
namespace {
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawServer;
using testing::TlsIdentity;
using testing::Wire;

ClientRequest post(std::string url, std::string body = "{\"Amount\":1}") {
    ClientRequest request;
    request.url = std::move(url);
    request.body = std::move(body);
    request.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer top-secret"}};
    request.timeout = 5s;
    return request;
}

ClientRequest get(std::string url) {
    ClientRequest request = post(std::move(url), "");
    request.method = "GET";
    return request;
}

std::string shown(const Outcome& outcome) {
    if (const auto* response = std::get_if<Response>(&outcome)) {
        return "Response " + std::to_string(response->status) + " " + response->body;
    }
    if (const auto* not_sent = std::get_if<NotSent>(&outcome)) return "NotSent " + not_sent->reason;
    return "Unknown " + std::get<Unknown>(outcome).reason;
}
bool is_not_sent(const Outcome& outcome) {
    return std::holds_alternative<NotSent>(outcome);
}
bool is_unknown(const Outcome& outcome) {
    return std::holds_alternative<Unknown>(outcome);
}

std::string answer(std::string_view body, std::string_view more = "") {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more) + "\r\n" +
           std::string(body);
}

uint16_t refused_port() {
    const RawServer gone([](Wire&, int) {});
    return gone.port();
}

TEST(client, an_answer_is_a_response_with_its_status_headers_and_body) {
    std::string seen;
    RawServer server([&](Wire& wire, int) {
        seen = wire.read_message();
        wire.send("HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 14\r\n\r\n<html>no</html");
    });
    CurlClient client;
    const Outcome outcome = send_and_wait(client, post(server.url("/mpesa/stkpush?x=1")));
    ASSERT_EQ(shown(outcome), "Response 403 <html>no</html") << "an HTML refusal is an answer, not a failure";
    EXPECT_EQ(std::get<Response>(outcome).header("content-type"), "text/html");
    EXPECT_THAT(seen, HasSubstr("POST /mpesa/stkpush?x=1 HTTP/1.1\r\n"));
    EXPECT_THAT(seen, HasSubstr("Authorization: Bearer top-secret\r\n"));
    EXPECT_THAT(seen, HasSubstr("Content-Length: 12\r\n"));
    EXPECT_THAT(seen, Not(HasSubstr("Expect")));
    EXPECT_THAT(seen, HasSubstr("\r\n\r\n{\"Amount\":1}"));
}

TEST(client, a_refused_port_and_an_unknown_host_are_not_sent) {
    CurlClient client;
    EXPECT_TRUE(is_not_sent(send_and_wait(client, post("http://127.0.0.1:" + std::to_string(refused_port()) + "/"))));
    EXPECT_TRUE(is_not_sent(send_and_wait(client, post("http://no-such-host.invalid/"))));
}

TEST(client, nonsense_in_the_request_is_not_sent_and_says_why) {
    CurlClient client;
    EXPECT_TRUE(is_not_sent(send_and_wait(client, post("not a url"))));
    EXPECT_TRUE(is_not_sent(send_and_wait(client, post("file:///etc/passwd"))));
    EXPECT_TRUE(is_not_sent(send_and_wait(client, post("http://user:password@127.0.0.1/"))));
    ClientRequest split = post("http://127.0.0.1/");
    split.headers.emplace_back("X-Name", "a\r\nX-Forged: 1");
    const std::string why = shown(send_and_wait(client, split));
    EXPECT_THAT(why, HasSubstr("NotSent the value of header X-Name has a line break"));
    ClientRequest strange = post("http://127.0.0.1/");
    strange.method = "POST / HTTP/1.1\r\n";
    EXPECT_TRUE(is_not_sent(send_and_wait(client, strange)));
}

TEST(client, a_time_out_while_still_connecting_is_not_sent) {
    // A listener that accepts nobody and whose queue is full: the kernel drops further SYNs.
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = testing::loopback(0);
    socklen_t size = sizeof address;
    ::bind(listener, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener, 0);
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    std::vector<int> crowd;
    for (int i = 0; i < 4; ++i) {
        crowd.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
        ::connect(crowd.back(), reinterpret_cast<sockaddr*>(&address), size);
    }
    CurlClient client;
    ClientRequest request = post("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/");
    request.connect_timeout = 100ms;
    const Outcome by_connect = send_and_wait(client, request);
    EXPECT_TRUE(is_not_sent(by_connect)) << shown(by_connect);
    request.connect_timeout = 5s;
    request.timeout = 100ms;
    const Outcome by_total = send_and_wait(client, request);
    EXPECT_TRUE(is_not_sent(by_total)) << shown(by_total);
    for (const int fd : crowd) ::close(fd);
    ::close(listener);
}

TEST(client, a_tls_handshake_that_fails_or_hangs_is_not_sent) {
    RawServer plain([](Wire& wire, int) {
        wire.read_some();
        wire.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    RawServer silent([](Wire& wire, int) {
        wire.read_some();
        wire.closed_by_peer();
    });
    CurlClient client;
    const Outcome no_tls = send_and_wait(client, post("https://127.0.0.1:" + std::to_string(plain.port()) + "/"));
    EXPECT_TRUE(is_not_sent(no_tls)) << shown(no_tls);
    ClientRequest request = post("https://127.0.0.1:" + std::to_string(silent.port()) + "/");
    request.connect_timeout = 100ms;
    const Outcome hung = send_and_wait(client, request);
    EXPECT_TRUE(is_not_sent(hung)) << shown(hung);
}

TEST(client, a_certificate_nobody_vouches_for_is_not_sent_and_a_trusted_one_is_answered) {
    const TlsIdentity identity;
    std::mutex mutex;
    std::vector<std::string> seen;
    RawServer server([&](Wire& wire, int) {
        const std::string request = identity.serve_once(wire.fd(), answer("secure", "Connection: close\r\n"));
        const std::lock_guard lock(mutex);
        seen.push_back(request);
    });
    const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
    {
        CurlClient wary;
        const Outcome refused = send_and_wait(wary, get(url));
        EXPECT_TRUE(is_not_sent(refused)) << shown(refused);
    }
    char path[] = "/tmp/clinicpro_ca_XXXXXX";
    ::close(::mkstemp(path));
    std::ofstream(path) << identity.certificate_pem();
    ClientOptions options;
    options.ca_file = path;
    {
        CurlClient trusting(options);
        EXPECT_EQ(shown(send_and_wait(trusting, post(url))), "Response 200 secure");
    }
    ClientOptions careless;
    careless.verify_tls = false;
    {
        CurlClient client(careless);
        EXPECT_EQ(shown(send_and_wait(client, post(url))), "Response 200 secure");
    }
    std::remove(path);
    const std::lock_guard lock(mutex);
    EXPECT_EQ(seen[0], "") << "the refused server saw no request, so no bearer token";
}

TEST(client, a_connection_closed_after_the_request_is_unknown) {
    RawServer closes([](Wire& wire, int) { wire.read_message(); });
    RawServer resets([](Wire& wire, int) {
        wire.read_message();
        wire.reset();
    });
    CurlClient client;
    const Outcome closed = send_and_wait(client, post(closes.url()));
    EXPECT_TRUE(is_unknown(closed)) << shown(closed);
    const Outcome reset = send_and_wait(client, post(resets.url()));
    EXPECT_TRUE(is_unknown(reset)) << shown(reset);
}

TEST(client, a_slow_answer_is_unknown) {
    RawServer server([](Wire& wire, int) {
        wire.read_message();
        wire.closed_by_peer();
    });
    CurlClient client;
    ClientRequest request = post(server.url());
    request.timeout = 100ms;
    const Outcome outcome = send_and_wait(client, request);
    EXPECT_TRUE(is_unknown(outcome)) << shown(outcome);
}

TEST(client, a_cut_or_garbled_answer_is_unknown) {
    const std::string answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Resp",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "220 this is a mail server\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    };
    CurlClient client;
    for (const std::string& bytes : answers) {
        RawServer server([&](Wire& wire, int) {
            wire.read_message();
            wire.send(bytes);
        });
        const Outcome outcome = send_and_wait(client, post(server.url()));
        EXPECT_TRUE(is_unknown(outcome)) << bytes << " gave " << shown(outcome);
    }
}

TEST(client, a_huge_answer_is_unknown_also_when_it_is_huge_only_unpacked) {
    RawServer server([](Wire& wire, int) {
        wire.read_message();
        wire.send(answer(std::string(5000, 'x')));
    });
    CurlClient client;
    ClientRequest request = post(server.url());
    request.response_max = 4999;
    EXPECT_THAT(shown(send_and_wait(client, request)), HasSubstr("Unknown the answer is larger than 4999 bytes"));
    request.response_max = 5000;
    EXPECT_THAT(shown(send_and_wait(client, request)), HasSubstr("Response 200 xxx"));
}

TEST(client, a_gzip_answer_is_unpacked_within_the_limit) {
    const auto packed = *text::from_hex(
        "1f8b0800000000000203ab560a4a2d2ec8cf2b4e75ce4f4955b2523250aaad1e151b151b151b56620031bb4487e8030000");
    std::string plain;
    for (int i = 0; i < 50; ++i) plain += "{\"ResponseCode\":\"0\"}";
    RawServer server([&](Wire& wire, int) {
        wire.read_message();
        wire.send(answer(packed, "Content-Encoding: gzip\r\n"));
    });
    CurlClient client;
    const Outcome outcome = send_and_wait(client, post(server.url()));
    ASSERT_EQ(shown(outcome), "Response 200 " + plain);
    EXPECT_EQ(std::get<Response>(outcome).header("Content-Encoding"), "");
    ClientRequest small = post(server.url());
    small.response_max = 500;  // the packed bytes would fit
    EXPECT_TRUE(is_unknown(send_and_wait(client, small)));
}

TEST(client, a_redirect_is_an_answer_and_is_not_followed) {
    RawServer server([](Wire& wire, int) {
        wire.read_message();
        wire.send("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/steal\r\nContent-Length: 0\r\n\r\n");
    });
    CurlClient client;
    EXPECT_EQ(shown(send_and_wait(client, get(server.url()))), "Response 302 ");
}

// The server answers the first request of its first connection and keeps it; the second request it reads whole and then
// closes without a word. curl's own way is to send that request again on a new connection.
struct DyingServer {
    std::mutex mutex;
    std::vector<std::string> seen;  // requests, whole or cut
    std::unique_ptr<RawServer> server = std::make_unique<RawServer>([this](Wire& wire, int number) {
        for (int i = 0;; ++i) {
            const std::string request = wire.read_message();
            if (request.empty()) return;
            {
                const std::lock_guard lock(mutex);
                seen.push_back(request);
            }
            if (number == 0 && i == 1) return;
            wire.send(answer("ok"));
        }
    });
    std::optional<CurlClient> client{std::in_place};

    Outcome call(const ClientRequest& request) { return send_and_wait(*client, request); }
    std::string url(std::string_view path) { return server->url(path); }
    // Ends everything first, so that nothing can still be on its way.
    int count(std::string_view mark) {
        client.reset();
        server.reset();
        return int(std::count_if(seen.begin(), seen.end(),
                                 [&](const std::string& request) { return request.find(mark) != std::string::npos; }));
    }
};

TEST(client, a_post_on_a_pooled_connection_that_dies_is_seen_once_and_unknown) {
    DyingServer dying;
    EXPECT_EQ(shown(dying.call(post(dying.url("/first")))), "Response 200 ok");
    EXPECT_EQ(dying.server->connections(), 1);
    const Outcome outcome = dying.call(post(dying.url("/stkpush")));
    EXPECT_TRUE(is_unknown(outcome)) << shown(outcome);
    EXPECT_EQ(shown(dying.call(post(dying.url("/next")))), "Response 200 ok");
    EXPECT_EQ(dying.count("/stkpush"), 1);
    EXPECT_EQ(dying.count("/first"), 1);
    EXPECT_EQ(dying.seen.size(), 3u) << "not even the head of a second attempt was sent";
}

TEST(client, a_large_post_on_a_pooled_connection_that_dies_is_seen_once_too) {
    DyingServer dying;
    EXPECT_EQ(shown(dying.call(post(dying.url("/first")))), "Response 200 ok");
    const Outcome outcome = dying.call(post(dying.url("/big"), std::string(300'000, 'b')));
    EXPECT_TRUE(is_unknown(outcome)) << shown(outcome);
    EXPECT_EQ(dying.count("/big"), 1);
    EXPECT_EQ(dying.seen.size(), 2u);
}

TEST(client, a_call_without_a_body_that_must_not_repeat_gets_a_connection_of_its_own) {
    DyingServer dying;
    EXPECT_EQ(shown(dying.call(post(dying.url("/first")))), "Response 200 ok");
    ClientRequest request = post(dying.url("/meeting"), "");
    request.method = "DELETE";
    EXPECT_EQ(shown(dying.call(request)), "Response 200 ok");
    EXPECT_EQ(dying.server->connections(), 2);
    EXPECT_EQ(dying.count("DELETE /meeting"), 1);
}

TEST(client, a_repeatable_call_on_a_pooled_connection_that_dies_is_sent_again) {
    DyingServer dying;
    EXPECT_EQ(shown(dying.call(post(dying.url("/first")))), "Response 200 ok");
    ClientRequest request = post(dying.url("/query"));
    request.repeatable = true;
    EXPECT_EQ(shown(dying.call(request)), "Response 200 ok");
    EXPECT_EQ(dying.count("/query"), 2) << "this is what the once-only calls are protected from";
}

TEST(client, posts_reuse_one_connection_while_it_lives) {
    RawServer server([](Wire& wire, int) {
        while (!wire.read_message().empty()) wire.send(answer("ok"));
    });
    CurlClient client;
    for (int i = 0; i < 20; ++i) EXPECT_EQ(shown(send_and_wait(client, post(server.url()))), "Response 200 ok");
    EXPECT_EQ(server.connections(), 1);
}

TEST(client, a_proxy_that_refuses_the_tunnel_is_not_sent) {
    RawServer proxy([](Wire& wire, int) {
        wire.read_until("\r\n\r\n");
        wire.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    ::setenv("https_proxy", proxy.url().c_str(), 1);
    CurlClient client;
    const Outcome outcome = send_and_wait(client, post("https://api.example.invalid/"));
    ::unsetenv("https_proxy");
    EXPECT_TRUE(is_not_sent(outcome)) << shown(outcome);
}

TEST(client, every_method_sends_its_body_and_an_early_answer_counts) {
    auto server = Server::start({}, [](Request request, Respond respond) {
        respond(Response::text(
            200, request.method + " " + request.body + " " + std::string(request.header("Content-Type"))));
    });
    ASSERT_TRUE(server);
    CurlClient client;
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
        ClientRequest request = post("http://127.0.0.1:" + std::to_string((*server)->port()) + "/", "b");
        request.method = method;
        EXPECT_EQ(shown(send_and_wait(client, request)), "Response 200 " + std::string(method) + " b application/json");
        request.body.clear();
        request.headers.clear();
        EXPECT_EQ(shown(send_and_wait(client, request)), "Response 200 " + std::string(method) + "  ");
    }
    ClientRequest head = get("http://127.0.0.1:" + std::to_string((*server)->port()) + "/");
    head.method = "HEAD";
    EXPECT_EQ(shown(send_and_wait(client, head)), "Response 200 ");
}

TEST(client, many_calls_run_at_once_and_each_ends_exactly_once) {
    constexpr int kCalls = 2000;
    ServerOptions options;
    options.threads = 2;
    auto server =
        Server::start(options, [](Request request, Respond respond) { respond(Response::text(200, request.body)); });
    ASSERT_TRUE(server);
    CurlClient client;
    std::atomic<int> right = 0, ended = 0;
    std::promise<void> all;
    for (int i = 0; i < kCalls; ++i) {
        client.send(post("http://127.0.0.1:" + std::to_string((*server)->port()) + "/", std::to_string(i)),
                    [&, i](Outcome outcome) {
                        if (shown(outcome) == "Response 200 " + std::to_string(i)) ++right;
                        if (++ended == kCalls) all.set_value();
                    });
    }
    all.get_future().get();
    EXPECT_EQ(right, kCalls);
}

TEST(client, more_calls_than_allowed_are_not_sent_at_once) {
    RawServer server([](Wire& wire, int) {
        wire.read_message();
        wire.closed_by_peer();
    });
    ClientOptions options;
    options.in_flight_max = 1;
    std::promise<Outcome> first;
    {
        CurlClient client(options);
        client.send(post(server.url()), [&](Outcome outcome) { first.set_value(std::move(outcome)); });
        EXPECT_THAT(shown(send_and_wait(client, post(server.url()))), HasSubstr("NotSent too many calls"));
    }
    const Outcome outcome = first.get_future().get();
    // Whether the first had left when the client went away is a matter of microseconds; it is never a Response.
    EXPECT_FALSE(std::holds_alternative<Response>(outcome)) << shown(outcome);
}

TEST(client, a_call_under_way_when_the_client_goes_is_unknown) {
    std::promise<void> read;
    RawServer server([&](Wire& wire, int) {
        wire.read_message();
        read.set_value();
        wire.closed_by_peer();
    });
    std::promise<Outcome> ended;
    {
        CurlClient client;
        client.send(post(server.url()), [&](Outcome outcome) { ended.set_value(std::move(outcome)); });
        read.get_future().get();
    }
    const Outcome outcome = ended.get_future().get();
    EXPECT_TRUE(is_unknown(outcome)) << shown(outcome);
}

}  // namespace
}  // namespace clinicpro::net
