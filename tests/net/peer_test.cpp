#include "net/peer.hpp"

#include <gtest/gtest.h>

namespace clinicpro::net {
namespace {

TrustedProxies trust(std::vector<std::string> items) {
    auto proxies = TrustedProxies::parse(items);
    EXPECT_TRUE(proxies);
    return proxies.value_or(TrustedProxies{});
}
Headers forwarded(std::vector<std::string> values) {
    Headers headers;
    for (auto& value : values) headers.emplace_back("x-forwarded-for", std::move(value));
    return headers;
}

TEST(peer, addresses_are_read_and_shown_in_one_form) {
    EXPECT_EQ(ip_text(*parse_ip("10.1.2.3")), "10.1.2.3");
    EXPECT_EQ(ip_text(*parse_ip("::ffff:10.1.2.3")), "10.1.2.3");
    EXPECT_EQ(ip_text(*parse_ip("2001:DB8::0:1")), "2001:db8::1");
    for (const char* text : {"", "10.1.2", "10.1.2.256", "host", "1.2.3.4 ", "::g"})
        EXPECT_FALSE(parse_ip(text)) << text;
}

TEST(peer, the_right_most_untrusted_address_is_the_client) {
    const TrustedProxies proxies = trust({"10.0.0.0/8", "fd00::/8", "192.0.2.7"});
    const auto client = [&](const char* peer, std::vector<std::string> values) {
        return proxies.client_of(peer, forwarded(std::move(values)));
    };
    EXPECT_EQ(client("8.8.8.8", {"1.1.1.1"}), "8.8.8.8") << "an untrusted peer's word counts for nothing";
    EXPECT_EQ(client("10.0.0.1", {}), "10.0.0.1");
    EXPECT_EQ(client("10.0.0.1", {"1.1.1.1"}), "1.1.1.1");
    EXPECT_EQ(client("10.0.0.1", {"6.6.6.6, 1.1.1.1"}), "1.1.1.1");
    EXPECT_EQ(client("10.0.0.1", {"6.6.6.6, 1.1.1.1, 10.9.9.9,192.0.2.7"}), "1.1.1.1");
    EXPECT_EQ(client("10.0.0.1", {"6.6.6.6", "1.1.1.1, 10.2.2.2"}), "1.1.1.1") << "several lines are one list";
    EXPECT_EQ(client("10.0.0.1", {"1.1.1.1:5555"}), "1.1.1.1");
    EXPECT_EQ(client("fd00::1", {"[2001:db8::1]:443"}), "2001:db8::1");
    EXPECT_EQ(client("10.0.0.1", {"1.1.1.1, nonsense, 10.2.2.2"}), "10.2.2.2");
    EXPECT_EQ(client("10.0.0.1", {"10.3.3.3, 10.2.2.2"}), "10.3.3.3") << "all are ours: the farthest";
}

TEST(peer, a_proxy_that_is_not_an_address_is_named) {
    for (const char* item : {"nginx", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "fd00::/129", "10.0.0.0/8x", ""}) {
        const auto proxies = TrustedProxies::parse({item});
        ASSERT_FALSE(proxies) << item;
        EXPECT_EQ(proxies.error().code, Code::kConfig);
        EXPECT_NE(proxies.error().message.find("\"" + std::string(item) + "\""), std::string::npos);
    }
    EXPECT_FALSE(trust({"10.0.0.0/9"}).trusts(*parse_ip("10.128.0.1")));
    EXPECT_TRUE(trust({"0.0.0.0/0"}).trusts(*parse_ip("8.8.8.8")));
    EXPECT_FALSE(trust({"0.0.0.0/0"}).trusts(*parse_ip("2001:db8::1")));
}

}  // namespace
}  // namespace clinicpro::net
