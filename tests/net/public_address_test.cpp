#include "net/public_address.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <future>
#include <string>

#include "net/client.hpp"
#include "net/server.hpp"

namespace clinicpro::net {
namespace {

bool is_public(const std::string& text) {
    sockaddr_storage storage{};
    if (text.find(':') == std::string::npos) {
        auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
        v4->sin_family = AF_INET;
        EXPECT_EQ(inet_pton(AF_INET, text.c_str(), &v4->sin_addr), 1) << text;
    } else {
        auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
        v6->sin6_family = AF_INET6;
        EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr), 1) << text;
    }
    return is_public_address(reinterpret_cast<sockaddr*>(&storage));
}

TEST(public_address, inside_ranges_are_not_public_in_any_spelling) {
    for (const char* inside :
         {"0.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.9.9.9", "169.254.169.254",
          "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
          "203.0.113.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fdff::1", "ff02::1", "::ffff:127.0.0.1",
          "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1"}) {
        EXPECT_FALSE(is_public(inside)) << inside;
    }
}

TEST(public_address, the_neighbours_of_inside_ranges_are_public) {
    for (const char* outside : {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
                                "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "196.201.214.200", "198.17.255.255",
                                "198.20.0.0", "223.255.255.255", "2a00:1450::1", "::ffff:1.1.1.1", "64:ff9b::101:101"}) {
        EXPECT_TRUE(is_public(outside)) << outside;
    }
}

TEST(public_address, a_call_that_must_stay_outside_never_reaches_this_machine) {
    std::atomic<int> asked = 0;
    const auto server = Server::start({}, [&](Request, Respond respond) {
        ++asked;
        respond(Response::text(200, "inside"));
    });
    ASSERT_TRUE(server);
    CurlClient client;
    for (const char* host : {"127.0.0.1", "localhost", "0.0.0.0"}) {
        ClientRequest request{.url = "http://" + std::string(host) + ":" + std::to_string((*server)->port()) + "/", .body = "x"};
        request.public_only = true;
        const Outcome outcome = send_and_wait(client, request);
        EXPECT_TRUE(std::holds_alternative<NotSent>(outcome)) << host;
    }
    EXPECT_EQ(asked, 0);
    // A kept connection of a trusted call is not taken over by one that must stay outside.
    const std::string here = "http://127.0.0.1:" + std::to_string((*server)->port()) + "/";
    EXPECT_TRUE(std::holds_alternative<Response>(send_and_wait(client, {.url = here, .body = "x"})));
    ClientRequest outside{.url = here, .body = "x"};
    outside.public_only = true;
    EXPECT_TRUE(std::holds_alternative<NotSent>(send_and_wait(client, outside)));
    EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace clinicpro::net
