// shell_test.cpp: the whole sandbox on real time over loopback: token, push, callback, a cut connection, a clean stop.
#include "sandbox/shell.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/json.hpp"
#include "base/text.hpp"
#include "net/client.hpp"
#include "net/server.hpp"

namespace clinicpro::sandbox {
namespace {

net::ClientRequest request(const std::string& method, const std::string& url, net::Headers headers, std::string body) {
    net::ClientRequest r;
    r.method = method;
    r.url = url;
    r.headers = std::move(headers);
    r.body = std::move(body);
    r.timeout = 10s;
    return r;
}

class ShellTest : public testing::Test {
protected:
    void SetUp() override {
        ShellOptions options;
        options.config = default_config();
        options.config.timing = quick_timing();
        options.config.timing.pay = {50ms, 50ms};
        auto started = Shell::start(std::move(options));
        ASSERT_TRUE(started) << started.error().message;
        shell = std::move(*started);
        base = "http://127.0.0.1:" + std::to_string(shell->port());
        net::ServerOptions listen;
        auto listening = net::Server::start(listen, [this](net::Request r, net::Respond respond) {
            callback.set_value(std::move(r));
            respond(net::Response::json(200, "{\"ResultCode\":0}"));
        });
        ASSERT_TRUE(listening) << listening.error().message;
        merchant_server = std::move(*listening);
    }

    net::Outcome ask(const std::string& method, const std::string& path, net::Headers headers = {},
                     std::string body = {}) {
        return net::send_and_wait(client, request(method, base + path, std::move(headers), std::move(body)));
    }
    std::string push_body() {
        const Config config = default_config();
        const Merchant& m = config.merchants.at(1);
        json::Writer out;
        out.begin_object().field("BusinessShortCode", m.shortcode).field("Timestamp", "20260304101502");
        out.field("Password", text::to_base64(m.shortcode + m.passkey.reveal() + "20260304101502"));
        out.field("TransactionType", "CustomerPayBillOnline").field("Amount", 25).field("PartyA", "254712345678");
        out.field("PartyB", m.shortcode).field("PhoneNumber", "254712345678");
        out.field("CallBackURL", "http://127.0.0.1:" + std::to_string(merchant_server->port()) + "/in/abc");
        out.field("AccountReference", "INV-1").field("TransactionDesc", "Visit").end_object();
        return out.take();
    }
    net::Headers bearer() {
        const Config config = default_config();
        const Merchant& m = config.merchants.at(1);
        const auto outcome =
            ask("GET", "/oauth/v1/generate?grant_type=client_credentials",
                {{"Authorization", "Basic " + text::to_base64(m.consumer_key + ":" + m.consumer_secret.reveal())}});
        const auto* response = std::get_if<net::Response>(&outcome);
        if (response == nullptr || response->status != 200) return {};
        const auto document = json::Document::parse(response->body);
        return {{"Authorization", "Bearer " + *document->root()["access_token"].text()},
                {"Content-Type", "application/json"}};
    }

    std::promise<net::Request> callback;
    net::CurlClient client;
    std::unique_ptr<net::Server> merchant_server;
    std::unique_ptr<Shell> shell;
    std::string base;
};

TEST_F(ShellTest, a_push_is_paid_and_told_over_real_sockets) {
    const auto outcome = ask("POST", "/mpesa/stkpush/v1/processrequest", bearer(), push_body());
    const auto* response = std::get_if<net::Response>(&outcome);
    ASSERT_NE(response, nullptr);
    ASSERT_EQ(response->status, 200) << response->body;
    auto told = callback.get_future();
    ASSERT_EQ(told.wait_for(std::chrono::seconds(10)), std::future_status::ready);
    const net::Request request = told.get();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/in/abc");
    EXPECT_EQ(request.header("BusinessShortCode"), "600986");
    EXPECT_EQ(request.header("Content-Type"), "application/json;charset=UTF-8");
    const auto document = json::Document::parse(request.body);
    ASSERT_TRUE(document);
    EXPECT_EQ(*document->root()["Body"]["stkCallback"]["ResultCode"].integer(), 0);
}

TEST_F(ShellTest, a_lost_response_is_an_unknown_outcome_for_the_caller) {
    const net::Headers headers = bearer();
    const auto faults = ask("PUT", "/_sandbox/faults", {}, R"([{"name":"response_lost_after_queue","count":1}])");
    ASSERT_TRUE(std::holds_alternative<net::Response>(faults));
    ASSERT_EQ(std::get<net::Response>(faults).status, 200);
    const auto outcome = ask("POST", "/mpesa/stkpush/v1/processrequest", headers, push_body());
    EXPECT_TRUE(std::holds_alternative<net::Unknown>(outcome));
    auto told = callback.get_future();
    EXPECT_EQ(told.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(ShellTest, it_stops_at_once_though_an_answer_is_still_to_come) {
    const auto faults = ask("PUT", "/_sandbox/faults", {}, R"([{"name":"slow_response","seconds":600}])");
    ASSERT_EQ(std::get<net::Response>(faults).status, 200);
    std::promise<net::Outcome> ended;
    client.send(request("GET", base + "/oauth/v1/generate", {}, ""),
                [&](net::Outcome outcome) { ended.set_value(std::move(outcome)); });
    std::string seen;
    while (seen.find("/oauth/v1/generate") == std::string::npos) {
        const auto exchanges = ask("GET", "/_sandbox/exchanges");
        ASSERT_TRUE(std::holds_alternative<net::Response>(exchanges));
        seen = std::get<net::Response>(exchanges).body;
    }
    shell.reset();
    EXPECT_TRUE(std::holds_alternative<net::Unknown>(ended.get_future().get()));
}

TEST_F(ShellTest, the_page_is_served_and_the_port_cannot_be_taken_twice) {
    const auto outcome = ask("GET", "/");
    ASSERT_TRUE(std::holds_alternative<net::Response>(outcome));
    EXPECT_EQ(std::get<net::Response>(outcome).status, 200);
    EXPECT_THAT(std::get<net::Response>(outcome).body, testing::HasSubstr("Sandbox phone"));
    ShellOptions again;
    again.config = default_config();
    again.port = shell->port();
    const auto second = Shell::start(std::move(again));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace clinicpro::sandbox
