// The same routes behind a real socket: limits, keep-alive, many callbacks at once.
#include "net/server.hpp"

#include <thread>

#include "tests/net/raw_socket.hpp"
#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

class OnTheWire : public SiteTest {
protected:
    OnTheWire() {
        server = must(net::Server::start({.threads = 2}, [this](net::Request request, net::Respond respond) {
            router->dispatch(std::move(request), std::move(respond));
        }));
    }
    ~OnTheWire() override {
        EXPECT_TRUE(server->drain(10s));
        server.reset();
    }
    net::testing::Wire wire() const { return net::testing::Wire::to(server->port()); }
    static std::string message(const std::string& method, const std::string& path, const std::string& body,
                               const std::string& more = {}) {
        return method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + more +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    std::unique_ptr<net::Server> server;
};

TEST_F(OnTheWire, an_api_request_and_a_callback_share_a_connection) {
    auto one = wire();
    ASSERT_TRUE(one.send(message("POST", "/v1/clinics/mlimani/patients", R"({"name":"A","phone":"0712345678"})",
                                 "Authorization: Bearer " + admin + "\r\nContent-Type: application/json\r\n")));
    const std::string made = one.read_message();
    EXPECT_TRUE(made.starts_with("HTTP/1.1 201 ")) << made;
    EXPECT_NE(made.find("X-Request-Id: "), std::string::npos);
    ASSERT_TRUE(one.send(message("POST", confirmation_path(), c2b("UKN1WIRE00", "x"))));
    EXPECT_TRUE(one.read_message().starts_with("HTTP/1.1 200 "));
    EXPECT_EQ(count("SELECT COUNT(*) FROM inbox"), 1);
}

TEST_F(OnTheWire, a_ten_megabyte_body_is_413_and_a_problem) {
    auto one = wire();
    one.send(
        "POST /v1/clinics/mlimani/patients HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
        "10485760\r\n\r\n");
    const std::string answer = one.read_message();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos);
}

TEST_F(OnTheWire, every_callback_of_many_connections_is_stored_before_it_is_acknowledged) {
    constexpr int kConnections = 8, kEach = 50;
    std::atomic<int> acknowledged = 0;
    std::vector<std::thread> threads;
    for (int c = 0; c < kConnections; ++c) {
        threads.emplace_back([&, c] {
            auto one = wire();
            for (int i = 0; i < kEach; ++i) {
                one.send(message("POST", confirmation_path(), c2b("UKN" + std::to_string(c * kEach + i), "x")));
                acknowledged += one.read_message().starts_with("HTTP/1.1 200 ");
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(acknowledged, kConnections * kEach);
    EXPECT_EQ(count("SELECT COUNT(*) FROM inbox"), kConnections * kEach);
}

}  // namespace clinicpro::web::testing
