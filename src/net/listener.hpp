// listener.hpp: listening sockets, one per thread, on one port.
//
// SO_REUSEPORT lets the kernel spread connections over the threads. It would also let a second copy of the program take
// half of the connections in silence, so the port is first claimed without it: a taken port is an error, as it should
// be. Plain POSIX, no Asio. Tested by net/server_test.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace clinicpro::net {

struct Listeners {
    std::vector<int> sockets;  // non-blocking; the caller closes them
    uint16_t port = 0;         // the one chosen when 0 was asked for
};
// Error kUnavailable when the port is taken, kConfig when the address is not an IP address of this machine.
Result<Listeners> open_listeners(const std::string& address, uint16_t port, int count);

struct Accepted {
    int socket = -1;  // non-blocking; -1: none
    std::string peer;
    int error = 0;  // errno when none
};
Accepted accept_one(int listener);

}  // namespace clinicpro::net
