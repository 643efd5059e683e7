// peer.hpp: who is really asking, behind which proxies.
//
// X-Forwarded-For is written by anybody, so only the part that our own proxies appended counts: from the right, the
// first address that is not a trusted proxy. Tested by net/peer_test.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace clinicpro::net {

// An address in 16 bytes; IPv4 in its mapped form, so the two compare alike.
using IpBytes = std::array<uint8_t, 16>;
std::optional<IpBytes> parse_ip(std::string_view text);
std::string ip_text(const IpBytes& ip);  // mapped IPv4 as plain IPv4

class TrustedProxies {
public:
    // Each item is an address or a network ("10.0.0.0/8"). Error kConfig names the item.
    static Result<TrustedProxies> parse(const std::vector<std::string>& items);

    bool trusts(const IpBytes& ip) const;
    // `socket_peer` itself unless it is trusted; then the right-most untrusted X-Forwarded-For address.
    std::string client_of(const std::string& socket_peer, const Headers& headers) const;
    bool empty() const { return networks_.empty(); }

private:
    struct Network {
        IpBytes ip;
        int bits;  // of 128
    };
    std::vector<Network> networks_;
};

}  // namespace clinicpro::net
