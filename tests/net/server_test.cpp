// The server over real sockets: what it hands to a handler, and how answers come back. Nonsense input is in
// server_limits_test.cpp.
#include "net/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <set>
#include <thread>

#include "base/log.hpp"
#include "net/router.hpp"
#include "tests/net/raw_socket.hpp"

namespace clinicpro::net {
namespace {
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using testing::Wire;

std::unique_ptr<Server> start(Server::Handler handler, ServerOptions options = {}) {
    auto server = Server::start(std::move(options), std::move(handler));
    if (!server) ADD_FAILURE() << server.error().message;
    return std::move(*server);
}

Response echo(const Request& r) {
    return Response::text(200, r.method + "|" + r.path + "|" + r.query + "|" + r.peer + "|" + r.body);
}
void echo_handler(Request request, Respond respond) {
    respond(echo(request));
}

// Collects log lines while it lives.
class LogLines {
public:
    LogLines() {
        log::capture([this](std::string_view line) {
            const std::lock_guard lock(mutex_);
            lines_ += std::string(line) + "\n";
        });
    }
    ~LogLines() { log::capture(nullptr); }
    std::string all() {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

private:
    std::mutex mutex_;
    std::string lines_;
};

TEST(server, a_request_reaches_the_handler_whole_and_its_answer_comes_back) {
    auto server = start(echo_handler);
    Wire wire = Wire::to(server->port());
    wire.send("POST /v1/a%20b?x=1&y=%20 HTTP/1.1\r\nHost: h\r\nX-Request-Id: abc-1\r\nContent-Length: 5\r\n\r\nhello");
    const std::string answer = wire.read_message();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
    EXPECT_THAT(answer, HasSubstr("\r\nX-Request-Id: abc-1\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
    EXPECT_THAT(answer, Not(HasSubstr("Connection:")));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nPOST|/v1/a b|x=1&y=%20|127.0.0.1|hello"));
}

TEST(server, a_chunked_body_is_joined_and_its_trailers_are_dropped) {
    auto server = start([](Request request, Respond respond) {
        respond(Response::text(200, request.body + "|" + std::string(request.header("X-Late"))));
    });
    Wire wire = Wire::to(server->port());
    wire.send(
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-Late: "
        "1\r\n\r\n");
    EXPECT_THAT(wire.read_message(), EndsWith("\r\n\r\nabcde|"));
    wire.send("GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(wire.read_message(), StartsWith("HTTP/1.1 200"));
}

TEST(server, a_connection_is_kept_and_a_request_may_come_in_any_pieces) {
    auto server = start(echo_handler);
    Wire wire = Wire::to(server->port());
    const std::string request = "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
    for (const char c : request) wire.send(std::string_view(&c, 1));
    EXPECT_THAT(wire.read_message(), EndsWith("POST|/p||127.0.0.1|body"));
    wire.send("\r\nGET /q HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const std::string last = wire.read_to_end();
    EXPECT_THAT(last, HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_THAT(last, EndsWith("GET|/q||127.0.0.1|"));
}

TEST(server, http_1_0_closes_unless_it_asks_to_stay) {
    auto server = start(echo_handler);
    Wire wire = Wire::to(server->port());
    wire.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(wire.read_message(), HasSubstr("\r\nConnection: keep-alive\r\n"));
    wire.send("GET /b HTTP/1.0\r\n\r\n");
    EXPECT_THAT(wire.read_to_end(), AllOf(HasSubstr("\r\nConnection: close\r\n"), HasSubstr("GET|/b|")));
}

TEST(server, pipelined_requests_are_answered_in_order_even_when_the_handler_is_not) {
    std::mutex mutex;
    std::vector<std::thread> threads;
    auto server = start([&](Request request, Respond respond) {
        if (request.path == "/slow") {
            const std::lock_guard lock(mutex);
            threads.emplace_back([request, respond] { respond(echo(request)); });
        } else {
            respond(echo(request));
        }
    });
    Wire wire = Wire::to(server->port());
    wire.send(
        "GET /slow HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
        "GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(wire.read_message(), HasSubstr("|/slow|"));
    EXPECT_THAT(wire.read_message(), EndsWith("POST|/2||127.0.0.1|hi"));
    EXPECT_THAT(wire.read_to_end(), HasSubstr("GET|/3|"));
    for (auto& thread : threads) thread.join();
}

TEST(server, one_thread_may_answer_hundreds_at_once) {
    constexpr int kCount = 500;
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::pair<Request, Respond>> waiting;
    ServerOptions options;
    options.threads = 2;
    auto server = start(
        [&](Request request, Respond respond) {
            const std::lock_guard lock(mutex);
            waiting.emplace_back(std::move(request), std::move(respond));
            if (waiting.size() == kCount) changed.notify_one();
        },
        options);
    std::vector<Wire> wires;
    for (int i = 0; i < kCount; ++i) {
        wires.push_back(Wire::to(server->port()));
        wires.back().send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, 10s, [&] { return waiting.size() == kCount; }));
    std::thread([&] {
        for (auto& [request, respond] : waiting) respond(echo(request));
    }).join();
    for (int i = 0; i < kCount; ++i)
        EXPECT_THAT(wires[size_t(i)].read_message(), HasSubstr("|/" + std::to_string(i) + "|"));
}

TEST(server, a_long_answer_arrives_whole_through_a_slow_reader) {
    const std::string big(8 * 1024 * 1024, 'x');
    auto server = start([&](Request, Respond respond) { respond(Response::text(200, big)); });
    Wire wire = Wire::to(server->port());
    wire.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const std::string answer = wire.read_to_end();
    EXPECT_THAT(answer.substr(0, 400), HasSubstr("Content-Length: 8388608\r\n"));
    EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), big);
}

TEST(server, head_has_the_length_and_no_body) {
    Router router;
    router.add({"GET", "/page", "", [](Request, Respond respond) { respond(Response::text(200, "12345")); }});
    auto server =
        start([&](Request request, Respond respond) { router.dispatch(std::move(request), std::move(respond)); });
    Wire wire = Wire::to(server->port());
    wire.send("HEAD /page HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(wire.read_to_end(), AllOf(HasSubstr("Content-Length: 5\r\n"), EndsWith("\r\n\r\n")));
}

TEST(server, a_second_answer_is_ignored_and_logged) {
    LogLines lines;
    auto server = start([](Request, Respond respond) {
        respond(Response::text(200, "first"));
        respond(Response::text(500, "second"));
    });
    Wire wire = Wire::to(server->port());
    wire.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(wire.read_message(), AllOf(StartsWith("HTTP/1.1 200"), EndsWith("first")));
    wire.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(wire.read_to_end(), EndsWith("first"));
    EXPECT_THAT(lines.all(), HasSubstr("net.answered_twice"));
}

TEST(server, a_dropped_or_thrown_away_request_is_answered_500) {
    LogLines lines;
    auto server = start([](Request request, Respond respond) {
        if (request.path == "/later") {
            std::thread([respond = std::move(respond)] {}).detach();
        } else if (request.path == "/throw") {
            throw std::runtime_error("handler bug");
        }
    });
    Wire wire = Wire::to(server->port());
    for (const char* path : {"/now", "/later", "/throw"}) {
        wire.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_THAT(wire.read_message(), AllOf(StartsWith("HTTP/1.1 500 "), HasSubstr("\"code\":\"internal\"")))
            << path;
    }
    EXPECT_THAT(lines.all(), AllOf(HasSubstr("net.answer_dropped"), HasSubstr("handler bug")));
}

TEST(server, a_handler_that_takes_too_long_is_answered_503_and_its_late_answer_is_harmless) {
    LogLines lines;
    ServerOptions options;
    options.handler_timeout = 30ms;
    std::promise<Respond> kept;
    auto server = start([&](Request, Respond respond) { kept.set_value(std::move(respond)); }, options);
    Wire wire = Wire::to(server->port());
    wire.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(wire.read_to_end(), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("\"code\":\"timeout\""),
                                          HasSubstr("\r\nConnection: close\r\n")));
    kept.get_future().get()(Response::text(200, "late"));
    EXPECT_THAT(lines.all(), HasSubstr("net.answer_too_late"));
}

TEST(server, drain_lets_a_running_request_finish_and_closes_idle_connections_at_once) {
    std::promise<Respond> kept;
    auto server = start([&](Request request, Respond respond) {
        if (request.path == "/run") return kept.set_value(std::move(respond));
        respond(Response::text(200, "quick"));
    });
    Wire idle = Wire::to(server->port());
    idle.send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n");
    idle.read_message();
    Wire running = Wire::to(server->port());
    running.send("GET /run HTTP/1.1\r\nHost: h\r\n\r\n");
    const Respond respond = kept.get_future().get();
    auto drained = std::async(std::launch::async, [&] { return server->drain(10s); });
    EXPECT_TRUE(idle.closed_by_peer());
    EXPECT_FALSE(Wire::to(server->port()).connected()) << "a draining server takes nobody new";
    respond(Response::text(200, "done"));
    EXPECT_THAT(running.read_to_end(), AllOf(HasSubstr("\r\nConnection: close\r\n"), EndsWith("done")));
    EXPECT_TRUE(drained.get());
}

TEST(server, drain_gives_up_after_its_patience) {
    std::promise<Respond> kept;
    auto server = start([&](Request, Respond respond) { kept.set_value(std::move(respond)); });
    Wire wire = Wire::to(server->port());
    wire.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const Respond respond = kept.get_future().get();
    EXPECT_FALSE(server->drain(20ms));
    EXPECT_TRUE(wire.closed_by_peer());
}

TEST(server, it_may_go_away_with_requests_in_every_state) {
    std::mutex mutex;
    std::vector<Respond> kept;
    std::promise<void> all_in;
    auto server = start([&](Request, Respond respond) {
        const std::lock_guard lock(mutex);
        kept.push_back(std::move(respond));
        if (kept.size() == 3) all_in.set_value();
    });
    std::vector<Wire> wires;
    for (int i = 0; i < 3; ++i) {
        wires.push_back(Wire::to(server->port()));
        wires.back().send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    wires.push_back(Wire::to(server->port()));
    wires.back().send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
    wires.push_back(Wire::to(server->port()));
    all_in.get_future().get();
    std::thread racing([&, first = kept[0]] { first(Response::text(200, "racing")); });
    server.reset();
    racing.join();
    kept[1](Response::text(200, "nobody reads this"));
    kept.clear();
}

TEST(server, request_ids_are_unique_and_a_strange_one_is_replaced) {
    std::set<std::string> ids;
    auto server = start([&](Request request, Respond respond) {
        ids.insert(request.id);
        respond(Response::text(200, request.id));
    });
    Wire wire = Wire::to(server->port());
    const std::string too_long(65, 'a');
    for (const std::string& id : {std::string(), std::string("a b"), std::string("<script>"), too_long}) {
        wire.send("GET / HTTP/1.1\r\nHost: h\r\nX-Request-Id: " + id + "\r\n\r\n");
        const std::string answer = wire.read_message();
        if (!id.empty()) EXPECT_THAT(answer, Not(HasSubstr(id)));
    }
    EXPECT_EQ(ids.size(), 4u);
}

TEST(server, a_handler_cannot_split_the_response) {
    LogLines lines;
    auto server = start([](Request, Respond respond) {
        Response response = Response::text(200, "ok");
        response.headers.emplace_back("Location", "/x\r\nSet-Cookie: stolen=1");
        response.headers.emplace_back("Content-Length", "9999");
        respond(std::move(response));
    });
    Wire wire = Wire::to(server->port());
    wire.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(wire.read_to_end(), AllOf(Not(HasSubstr("stolen")), Not(HasSubstr("9999")), EndsWith("\r\n\r\nok")));
    EXPECT_THAT(lines.all(), HasSubstr("net.header_refused"));
}

TEST(server, a_taken_port_and_a_foreign_address_are_named) {
    auto server = start(echo_handler);
    ServerOptions taken;
    taken.port = server->port();
    for (const int threads : {1, 2}) {
        taken.threads = threads;
        const auto again = Server::start(taken, echo_handler);
        ASSERT_FALSE(again);
        EXPECT_EQ(again.error().code, Code::kUnavailable);
        EXPECT_THAT(again.error().message, HasSubstr("another program already does"));
    }
    ServerOptions foreign;
    foreign.address = "192.0.2.1";
    EXPECT_EQ(Server::start(foreign, echo_handler).error().code, Code::kUnavailable);
    foreign.address = "clinic.example";
    EXPECT_EQ(Server::start(foreign, echo_handler).error().code, Code::kConfig);
}

TEST(server, two_servers_with_threads_do_not_share_a_port_in_silence) {
    ServerOptions options;
    options.threads = 2;
    auto server = start(echo_handler, options);
    options.port = server->port();
    EXPECT_EQ(Server::start(options, echo_handler).error().code, Code::kUnavailable);
}

TEST(server, x_forwarded_for_counts_only_from_a_trusted_proxy) {
    const std::string request = "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 6.6.6.6, 41.90.1.2\r\n\r\n";
    auto open = start(echo_handler);
    Wire direct = Wire::to(open->port());
    direct.send(request);
    EXPECT_THAT(direct.read_message(), HasSubstr("|127.0.0.1|"));
    ServerOptions options;
    options.trusted_proxies = {"127.0.0.0/8"};
    auto proxied = start(echo_handler, options);
    Wire through = Wire::to(proxied->port());
    through.send(request);
    EXPECT_THAT(through.read_message(), HasSubstr("|41.90.1.2|")) << "6.6.6.6 is what the client made up";
}

}  // namespace
}  // namespace clinicpro::net
