#include "net/listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "net/peer.hpp"

namespace clinicpro::net {
namespace {

constexpr int kBacklog = 4096;  // the kernel lowers it to net.core.somaxconn

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Address make_address(const IpBytes& ip, bool v6, uint16_t port) {
    Address address;
    if (v6) {
        auto& in = reinterpret_cast<sockaddr_in6&>(address.storage);
        in.sin6_family = AF_INET6;
        in.sin6_port = htons(port);
        std::memcpy(&in.sin6_addr, ip.data(), 16);
        address.size = sizeof in;
    } else {
        auto& in = reinterpret_cast<sockaddr_in&>(address.storage);
        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        std::memcpy(&in.sin_addr, ip.data() + 12, 4);
        address.size = sizeof in;
    }
    return address;
}

uint16_t port_of(int socket) {
    Address address;
    address.size = sizeof address.storage;
    if (getsockname(socket, address.get(), &address.size) != 0) return 0;
    return address.storage.ss_family == AF_INET6 ? ntohs(reinterpret_cast<sockaddr_in6&>(address.storage).sin6_port)
                                                 : ntohs(reinterpret_cast<sockaddr_in&>(address.storage).sin_port);
}

std::unexpected<Error> refuse(const std::string& address, uint16_t port) {
    const int reason = errno;
    const std::string place = address + ":" + std::to_string(port);
    if (reason == EADDRINUSE) {
        return fail(Code::kUnavailable,
                    "Cannot listen on " + place +
                        ": another program already does. Stop it, or choose another port in the settings.");
    }
    if (reason == EADDRNOTAVAIL) {
        return fail(Code::kUnavailable, "Cannot listen on " + place +
                                            ": this machine does not have that address. Use 127.0.0.1 behind a proxy "
                                            "on the same machine, or 0.0.0.0 for every address.");
    }
    if (reason == EACCES) {
        return fail(Code::kUnavailable,
                    "Cannot listen on " + place + ": ports below 1024 need a privilege. Choose a higher port.");
    }
    return fail(Code::kUnavailable,
                "Cannot listen on " + place + ". The operating system says: " + strerror(reason) + ".");
}

int bind_socket(Address& address, bool share) {
    const int socket = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) return -1;
    const int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (share) setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (::bind(socket, address.get(), address.size) == 0) return socket;
    const int reason = errno;
    ::close(socket);
    errno = reason;
    return -1;
}

}  // namespace

Result<Listeners> open_listeners(const std::string& address_text, uint16_t port, int count) {
    const auto ip = parse_ip(address_text);
    if (!ip) {
        return fail(Code::kConfig, "The listen address \"" + address_text +
                                       "\" is not an IP address. Write it like 127.0.0.1, 0.0.0.0 or ::1.");
    }
    const bool v6 = address_text.find(':') != std::string::npos;
    Address address = make_address(*ip, v6, port);
    Listeners result;
    if (count > 1) {
        const int claim = bind_socket(address, false);
        if (claim < 0) return refuse(address_text, port);
        address = make_address(*ip, v6, port_of(claim));
        // Listening is what collides with another listener whose socket was bound with SO_REUSEADDR, as ours are.
        const bool free = ::listen(claim, 1) == 0;
        const int reason = errno;
        ::close(claim);
        errno = reason;
        if (!free) return refuse(address_text, port);
    }
    for (int i = 0; i < count; ++i) {
        const int socket = bind_socket(address, count > 1);
        if (socket >= 0) result.sockets.push_back(socket);
        if (socket < 0 || ::listen(socket, kBacklog) != 0) {
            const int reason = errno;
            for (const int open : result.sockets) ::close(open);
            errno = reason;
            return refuse(address_text, port);
        }
    }
    result.port = port_of(result.sockets.front());
    return result;
}

Accepted accept_one(int listener) {
    Address from;
    from.size = sizeof from.storage;
    Accepted accepted;
    accepted.socket = ::accept4(listener, from.get(), &from.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted.socket < 0) {
        accepted.error = errno;
        return accepted;
    }
    const int on = 1;  // one write is one answer: waiting for more only delays it
    setsockopt(accepted.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    IpBytes ip{};
    if (from.storage.ss_family == AF_INET6) {
        std::memcpy(ip.data(), &reinterpret_cast<sockaddr_in6&>(from.storage).sin6_addr, 16);
    } else {
        ip[10] = ip[11] = 0xFF;
        std::memcpy(ip.data() + 12, &reinterpret_cast<sockaddr_in&>(from.storage).sin_addr, 4);
    }
    accepted.peer = ip_text(ip);
    return accepted;
}

}  // namespace clinicpro::net
