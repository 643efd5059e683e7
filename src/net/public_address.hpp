// public_address.hpp: whether an IP address belongs to the public internet, for calls whose target a stranger chose.
//
// Loopback, private, link-local (cloud metadata lives there), shared, test and multicast ranges do not, nor do IPv6
// spellings of them. Private to net. Tested by net/public_address_test.
#pragma once

struct sockaddr;

namespace clinicpro::net {

bool is_public_address(const sockaddr* address);

}  // namespace clinicpro::net
