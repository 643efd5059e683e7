// Responses that go on: chunks, heartbeats, slow readers, and every way such a response ends.
#include "net/stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

#include "net/router.hpp"
#include "net/server.hpp"
#include "tests/net/raw_socket.hpp"

namespace clinicpro::net {
namespace {
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using testing::Wire;

constexpr std::string_view kWatch = "GET /watch HTTP/1.1\r\nHost: h\r\n\r\n";

// A server whose every answer goes on; the test holds the weak ends.
class Streams {
public:
    explicit Streams(ServerOptions options = {}, std::string heartbeat = ":\n\n") {
        auto started = Server::start(options, [this, heartbeat](Request request, Respond respond) {
            auto stream = std::make_shared<Stream>(heartbeat);
            {
                const std::lock_guard lock(mutex_);
                ends_.push_back(stream);
            }
            Response response = Response::text(200, request.path == "/empty" ? "" : "first");
            response.stream = std::move(stream);
            respond(std::move(response));
        });
        if (!started) ADD_FAILURE() << started.error().message;
        server = std::move(*started);
    }
    std::weak_ptr<Stream> end(size_t index = 0) {
        const std::lock_guard lock(mutex_);
        return ends_.at(index);
    }
    std::unique_ptr<Server> server;

private:
    std::mutex mutex_;
    std::vector<std::weak_ptr<Stream>> ends_;
};

bool within(Duration patience, const std::function<bool()>& so) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!so()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

TEST(stream, what_is_written_later_arrives_as_chunks_until_it_is_closed) {
    Streams streams;
    Wire wire = Wire::to(streams.server->port());
    wire.send(kWatch);
    EXPECT_THAT(wire.read_until("\r\n\r\n"),
                AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("\r\nTransfer-Encoding: chunked\r\n"),
                      HasSubstr("\r\nConnection: close\r\n"), Not(HasSubstr("Content-Length"))));
    EXPECT_EQ(wire.read_until("first\r\n"), "5\r\nfirst\r\n");
    const auto end = streams.end();
    EXPECT_EQ(end.lock()->write("0123456789abcdefg"), Stream::Wrote::kTaken);
    EXPECT_EQ(wire.read_until("g\r\n"), "11\r\n0123456789abcdefg\r\n");
    end.lock()->write("last");
    end.lock()->close();
    EXPECT_EQ(wire.read_to_end(), "4\r\nlast\r\n0\r\n\r\n");
    EXPECT_TRUE(within(5s, [&] { return end.expired(); }));
}

TEST(stream, an_old_client_gets_the_bytes_as_they_are) {
    Streams streams;
    Wire wire = Wire::to(streams.server->port());
    wire.send("GET /watch HTTP/1.0\r\n\r\n");
    EXPECT_THAT(wire.read_until("\r\n\r\n"), AllOf(HasSubstr("Connection: close"), Not(HasSubstr("chunked"))));
    EXPECT_EQ(wire.read_until("first"), "first");
    streams.end().lock()->write("more");
    EXPECT_EQ(wire.read_until("more"), "more");
    streams.end().lock()->close();
    EXPECT_EQ(wire.read_to_end(), "");
}

TEST(stream, silence_is_filled_with_heartbeats_only_where_they_are_wanted) {
    ServerOptions options;
    options.stream_heartbeat = 20ms;
    Streams beating(options);
    Wire wire = Wire::to(beating.server->port());
    wire.send(kWatch);
    wire.read_until("first\r\n");
    EXPECT_EQ(wire.read_until(":\n\n\r\n"), "3\r\n:\n\n\r\n");
    EXPECT_EQ(wire.read_until(":\n\n\r\n"), "3\r\n:\n\n\r\n");

    Streams exact(options, "");
    Wire quiet = Wire::to(exact.server->port());
    quiet.send(kWatch);
    quiet.read_until("first\r\n");
    EXPECT_EQ(quiet.read_some(200), "");
    exact.end().lock()->write("x");
    EXPECT_EQ(quiet.read_until("x\r\n"), "1\r\nx\r\n");
}

TEST(stream, a_peer_that_goes_is_noticed_without_anything_being_written) {
    ServerOptions options;
    options.stream_heartbeat = 100ms;
    Streams streams(options, "");
    for (size_t i = 0; i < 2; ++i) {
        Wire wire = Wire::to(streams.server->port());
        wire.send(kWatch);
        wire.read_until("first\r\n");
        const auto end = streams.end(i);
        EXPECT_FALSE(end.expired());
        i == 0 ? wire.close() : wire.reset();
        EXPECT_TRUE(within(5s, [&] { return end.expired(); })) << i;
    }
}

TEST(stream, a_slow_reader_is_felt_and_loses_nothing_that_was_taken) {
    Streams streams;
    Wire wire = Wire::to(streams.server->port());
    wire.send("GET /empty HTTP/1.1\r\nHost: h\r\n\r\n");
    wire.read_until("\r\n\r\n");
    const auto stream = streams.end().lock();
    const std::string piece(16 * 1024, 'x');
    size_t taken = 0;
    // The kernel's buffers take a few MiB before the stream itself fills.
    ASSERT_TRUE(within(20s, [&] {
        for (int i = 0; i < 64; ++i) {
            if (stream->write(piece) == Stream::Wrote::kFull) return true;
            taken += piece.size();
        }
        return false;
    }));
    stream->close();
    EXPECT_EQ(stream->write("x"), Stream::Wrote::kClosed);
    const std::string all = wire.read_to_end();
    EXPECT_EQ(size_t(std::ranges::count(all, 'x')), taken);
    EXPECT_TRUE(all.ends_with("\r\n0\r\n\r\n"));
}

TEST(stream, more_than_the_limit_is_told_to_come_back) {
    ServerOptions options;
    options.streams_max = 1;
    Streams streams(options);
    Wire first = Wire::to(streams.server->port());
    first.send(kWatch);
    first.read_until("first\r\n");
    Wire second = Wire::to(streams.server->port());
    second.send(kWatch);
    EXPECT_THAT(second.read_message(), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("Too many watch already")));
    EXPECT_TRUE(streams.end(1).expired());
    streams.end(0).lock()->close();
    EXPECT_THAT(first.read_to_end(), HasSubstr("0\r\n\r\n"));
    ASSERT_TRUE(within(5s, [&] {
        Wire third = Wire::to(streams.server->port());
        third.send(kWatch);
        return third.read_until("\r\n\r\n").starts_with("HTTP/1.1 200");
    }));
}

TEST(stream, it_ends_by_age_and_by_drain_in_order) {
    ServerOptions options;
    options.stream_age_max = 50ms;
    options.stream_heartbeat = 20ms;
    Streams aging(options);
    Wire wire = Wire::to(aging.server->port());
    wire.send(kWatch);
    EXPECT_TRUE(wire.read_to_end().ends_with("0\r\n\r\n"));

    Streams draining;
    Wire watcher = Wire::to(draining.server->port());
    watcher.send(kWatch);
    watcher.read_until("first\r\n");
    draining.end().lock()->write("late");
    EXPECT_TRUE(draining.server->drain(10s));
    EXPECT_EQ(watcher.read_to_end(), "4\r\nlate\r\n0\r\n\r\n");
}

TEST(stream, the_server_can_go_while_somebody_watches) {
    Streams streams;
    Wire wire = Wire::to(streams.server->port());
    wire.send(kWatch);
    wire.read_until("first\r\n");
    const auto stream = streams.end().lock();
    streams.server.reset();
    EXPECT_EQ(stream->write("nobody"), Stream::Wrote::kTaken);  // and nothing is woken
    EXPECT_TRUE(wire.closed_by_peer());
}

TEST(stream, writers_on_many_threads_do_not_mix_their_pieces) {
    Streams streams;
    Wire wire = Wire::to(streams.server->port());
    wire.send("GET /empty HTTP/1.0\r\n\r\n");
    wire.read_until("\r\n\r\n");
    const auto stream = streams.end().lock();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 200; ++i) {
                const std::string event = event_text("t" + std::to_string(t), std::to_string(i));
                while (stream->write(event) == Stream::Wrote::kFull) std::this_thread::yield();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    stream->close();
    const std::string all = wire.read_to_end();
    size_t length = 0;
    for (int t = 0; t < 4; ++t) {
        size_t at = 0;
        for (int i = 0; i < 200; ++i) {
            const std::string event = event_text("t" + std::to_string(t), std::to_string(i));
            at = all.find(event, at);
            ASSERT_NE(at, std::string::npos) << event;
            length += event.size();
        }
    }
    EXPECT_EQ(all.size(), length);
}

TEST(stream, head_has_no_body_and_goes_on_to_nothing) {
    Router router;
    std::weak_ptr<Stream> end;
    router.add({"GET", "/watch", {}, [&](Request, Respond respond) {
                    Response response = Response::text(200, "first");
                    response.stream = std::make_shared<Stream>();
                    end = response.stream;
                    respond(std::move(response));
                }});
    auto server = Server::start({}, [&](Request r, Respond done) { router.dispatch(std::move(r), std::move(done)); });
    ASSERT_TRUE(server);
    Wire wire = Wire::to((*server)->port());
    wire.send("HEAD /watch HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(wire.read_until("\r\n\r\n"), AllOf(StartsWith("HTTP/1.1 200"), Not(HasSubstr("chunked"))));
    EXPECT_TRUE(within(5s, [&] { return end.expired(); }));
}

TEST(stream, an_event_keeps_its_lines) {
    EXPECT_EQ(event_text("status", "one"), "event: status\ndata: one\n\n");
    EXPECT_EQ(event_text("status", "one\ntwo\n"), "event: status\ndata: one\ndata: two\ndata: \n\n");
}

}  // namespace
}  // namespace clinicpro::net
