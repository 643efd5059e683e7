// Nonsense, hostility and slowness at the server's door: each gets one clear answer and a close, and no handler sees
// it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "net/request_parser.hpp"
#include "net/server.hpp"
#include "tests/net/raw_socket.hpp"

namespace clinicpro::net {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::Wire;

class Door {
public:
    explicit Door(ServerOptions options = {}) {
        auto server = Server::start(std::move(options), [this](Request request, Respond respond) {
            ++handled_;
            respond(Response::text(200, "handled " + request.path));
        });
        EXPECT_TRUE(server) << server.error().message;
        server_ = std::move(*server);
    }
    // Sends the bytes and returns everything that comes until the server closes.
    std::string answer_to(std::string_view bytes) {
        Wire wire = Wire::to(server_->port());
        wire.send(bytes);
        return wire.read_to_end();
    }
    Wire wire() { return Wire::to(server_->port()); }
    int handled() const { return handled_; }

private:
    std::atomic<int> handled_ = 0;
    std::unique_ptr<Server> server_;  // last: it ends before what its handler touches
};

// A problem of that status and code, once, with a close.
auto Refused(int status, std::string_view code) {
    return AllOf(StartsWith("HTTP/1.1 " + std::to_string(status) + " "),
                 HasSubstr("\"code\":\"" + std::string(code) + "\""), HasSubstr("\r\nConnection: close\r\n"),
                 HasSubstr("\r\nContent-Type: application/problem+json\r\n"), HasSubstr("\r\nX-Request-Id: "));
}
size_t answers_in(std::string_view bytes) {
    size_t count = 0;
    for (size_t at = 0; (at = bytes.find("\r\nX-Request-Id: ", at)) != std::string_view::npos; ++at) ++count;
    return count;
}

TEST(server_limits, bad_syntax_is_400_and_reaches_no_handler) {
    Door door;
    const std::string_view nonsense[] = {
        "hello\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX: a\x01b\r\n\r\n",
        "GE T / HTTP/1.1\r\nHost: h\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",  // TLS to a plain port
        "GET / HTTP/1.1\r\n\r\n",                                // no Host
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    };
    for (const std::string_view bytes : nonsense) {
        const std::string answer = door.answer_to(bytes);
        EXPECT_THAT(answer, Refused(400, "bad_request")) << bytes;
        EXPECT_EQ(answers_in(answer), 1u) << bytes;
    }
    EXPECT_EQ(door.handled(), 0);
}

TEST(server_limits, a_body_of_unclear_length_is_400_so_nothing_can_be_smuggled) {
    Door door;
    const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
    const std::string unclear[] = {
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 5",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 0x5",
        "Content-Length: 99999999999999999999999",
        "Content-Length:",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: xchunked",
    };
    for (const std::string& header : unclear) {
        const std::string answer =
            door.answer_to("POST / HTTP/1.1\r\nHost: h\r\n" + header + "\r\n\r\n0\r\n\r\n" + smuggled);
        EXPECT_THAT(answer, Refused(400, "bad_request")) << header;
        EXPECT_EQ(answers_in(answer), 1u) << header;
    }
    EXPECT_EQ(door.handled(), 0);
}

TEST(server_limits, a_target_that_is_not_a_plain_path_is_400) {
    Door door;
    const std::string_view targets[] = {"http://h/x",  "*",      "h:80", "/a/../b", "/..",    "/a/./b",
                                        "/%2e%2e/etc", "/a%00b", "/%zz", "/%4",     "/a%2Fb", "/a#b"};
    for (const std::string_view target : targets) {
        EXPECT_THAT(door.answer_to("GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n"),
                    Refused(400, "bad_request"))
            << target;
    }
    EXPECT_EQ(door.handled(), 0);
    EXPECT_THAT(door.answer_to("OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), HasSubstr("handled *"));
    EXPECT_THAT(door.answer_to("GET /.well-known/..x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
                HasSubstr("handled /.well-known/..x"));
}

TEST(server_limits, a_long_address_is_414_and_a_header_bomb_431) {
    Door door;
    EXPECT_THAT(door.answer_to("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"),
                Refused(414, "uri_too_long"));
    EXPECT_THAT(door.answer_to("GET /" + std::string(60'000, 'a')), Refused(414, "uri_too_long"));
    EXPECT_THAT(door.answer_to("GET / HTTP/1.1\r\nHost: h\r\nCookie: " + std::string(60'000, 'c') + "\r\n\r\n"),
                Refused(431, "headers_too_large"));
    std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < 200; ++i) many += "A" + std::to_string(i) + ": 1\r\n";
    EXPECT_THAT(door.answer_to(many + "\r\n"), Refused(431, "headers_too_large"));
    EXPECT_EQ(door.handled(), 0);
}

TEST(server_limits, a_body_too_large_is_413_before_it_is_read) {
    Door door;
    EXPECT_THAT(door.answer_to("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10485760\r\n\r\n"),
                Refused(413, "body_too_large"));
    // The same when the peer does not wait and pours all ten mebibytes in: it must still read the answer.
    Wire wire = door.wire();
    wire.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10485760\r\n\r\n" + std::string(100'000, 'x'));
    EXPECT_THAT(wire.read_to_end(), Refused(413, "body_too_large"));
    Wire pours = door.wire();
    pours.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10485760\r\n\r\n");
    pours.send(std::string(10 * 1024 * 1024, 'x'));  // may be cut off in the middle
    EXPECT_EQ(door.handled(), 0);
}

TEST(server_limits, a_chunked_body_too_large_is_413_while_it_is_read) {
    ServerOptions options;
    options.body_max = 10'000;
    Door door(options);
    std::string bytes = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 11; ++i) bytes += "3e8\r\n" + std::string(1000, 'x') + "\r\n";
    EXPECT_THAT(door.answer_to(bytes + "0\r\n\r\n"), Refused(413, "body_too_large"));
    EXPECT_THAT(door.answer_to("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n"),
                Refused(413, "body_too_large"));
    EXPECT_THAT(door.answer_to("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;" +
                               std::string(100'000, 'e')),
                Refused(431, "headers_too_large"))
        << "a chunk extension without end";
    EXPECT_EQ(door.handled(), 0);
}

TEST(server_limits, a_chunked_body_may_be_cut_by_the_network_anywhere) {
    for (const std::string_view body :
         {"0\r\n\r\n", "0;a=b\r\nX-Late: 1\r\n\r\n", "00\r\n\r\n", "2\r\n00\r\n0\r\n\r\n"}) {
        const std::string bytes =
            "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
        for (size_t piece = 1; piece <= bytes.size(); ++piece) {
            RequestParser parser({.header_max = 1'000, .body_max = 1'000});
            std::string waiting;
            RequestParser::Step step = RequestParser::Step::kMore;
            for (size_t given = 0; given < bytes.size();) {
                waiting += bytes.substr(given, piece);
                given += piece;
                do {
                    size_t used = 0;
                    step = parser.feed(waiting, used);
                    waiting.erase(0, used);
                } while (step == RequestParser::Step::kHead);
                ASSERT_NE(step, RequestParser::Step::kRefused) << body << " in pieces of " << piece;
            }
            ASSERT_EQ(step, RequestParser::Step::kDone) << body << " in pieces of " << piece;
            EXPECT_EQ(parser.take().body, body.starts_with('2') ? "00" : "");
        }
    }
}

TEST(server_limits, a_slow_head_and_a_slow_body_are_408) {
    ServerOptions options;
    options.head_timeout = 40ms;
    options.body_timeout = 40ms;
    Door door(options);
    EXPECT_THAT(door.answer_to("GET / HTTP/1.1\r\nHost:"), Refused(408, "request_timeout"));
    EXPECT_THAT(door.answer_to("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf"),
                Refused(408, "request_timeout"));
    EXPECT_THAT(door.answer_to("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
                Refused(408, "request_timeout"));
    EXPECT_EQ(door.handled(), 0);
}

TEST(server_limits, drip_feeding_a_head_does_not_extend_its_time) {
    ServerOptions options;
    options.head_timeout = 60ms;
    Door door(options);
    Wire wire = door.wire();
    wire.send("GET / HTTP/1.1\r\nHost: h\r\n");
    std::string answer;
    for (int i = 0; i < 1000 && answer.empty(); ++i) {
        wire.send("X: 1\r\n");
        answer = wire.read_some(10);
    }
    EXPECT_THAT(answer, Refused(408, "request_timeout"));
}

TEST(server_limits, an_idle_connection_is_closed_without_a_word) {
    ServerOptions options;
    options.idle_timeout = 40ms;
    Door door(options);
    EXPECT_EQ(door.answer_to(""), "");
    Wire kept = door.wire();
    kept.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(kept.read_message(), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(kept.read_to_end(), "");
}

TEST(server_limits, more_connections_than_allowed_are_told_503) {
    ServerOptions options;
    options.connections_max = 2;
    Door door(options);
    Wire first = door.wire(), second = door.wire();
    for (Wire* wire : {&first, &second}) {
        wire->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_THAT(wire->read_message(), StartsWith("HTTP/1.1 200"));
    }
    EXPECT_THAT(door.answer_to("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), Refused(503, "busy"));
    EXPECT_EQ(door.handled(), 2);
}

TEST(server_limits, expect_100_continue_is_answered_before_the_body_and_other_expectations_are_417) {
    Door door;
    Wire wire = door.wire();
    wire.send("POST /b HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(wire.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    wire.send("abc");
    EXPECT_THAT(wire.read_message(), HasSubstr("handled /b"));
    EXPECT_THAT(
        door.answer_to("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"),
        Refused(413, "body_too_large"))
        << "the refusal comes instead of the 100";
    EXPECT_THAT(door.answer_to("POST / HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\nContent-Length: 3\r\n\r\n"),
                Refused(417, "expectation_failed"));
}

TEST(server_limits, a_peer_that_does_not_read_its_answer_is_cut_off) {
    ServerOptions options;
    options.write_timeout = 40ms;
    auto server = Server::start(options, [](Request, Respond respond) {
        respond(Response::text(200, std::string(64 * 1024 * 1024, 'x')));  // more than the socket buffers hold
    });
    ASSERT_TRUE(server);
    Wire wire = Wire::to((*server)->port());
    wire.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(wire.read_some(), StartsWith("HTTP/1.1 200"));
    EXPECT_TRUE((*server)->drain(10s)) << "the connection must not stay until somebody reads";
}

TEST(server_limits, an_upgrade_is_ignored) {
    Door door;
    EXPECT_THAT(
        door.answer_to("GET /u HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n"),
        AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("handled /u")));
}

TEST(server_limits, after_all_that_the_server_still_serves) {
    ServerOptions options;
    options.head_timeout = 30ms;
    Door door(options);
    for (int i = 0; i < 50; ++i) {
        Wire wire = door.wire();
        wire.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab");
        if (i % 2 == 0) wire.reset();
    }
    EXPECT_THAT(door.answer_to("GET /fine HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
                HasSubstr("handled /fine"));
}

TEST(server_limits, settings_that_make_no_sense_are_named) {
    ServerOptions options;
    options.threads = 0;
    EXPECT_EQ(Server::start(options, [](Request, Respond) {}).error().field, "threads");
    options = {};
    options.idle_timeout = 0s;
    EXPECT_EQ(Server::start(options, [](Request, Respond) {}).error().field, "idle_timeout");
    options = {};
    options.trusted_proxies = {"nginx"};
    EXPECT_EQ(Server::start(options, [](Request, Respond) {}).error().field, "trusted_proxies");
}

}  // namespace
}  // namespace clinicpro::net
