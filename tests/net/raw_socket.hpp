// raw_socket.hpp: sockets without manners, for tests: a client that sends any bytes, a server that answers any bytes.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace clinicpro::net::testing {

inline sockaddr_in loopback(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

// One TCP connection; every wait is bounded, so a broken server fails a test instead of hanging it.
class Wire {
public:
    explicit Wire(int fd) : fd_(fd) {}
    static Wire to(uint16_t port) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = loopback(port);
        if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            ::close(fd);
            return Wire(-1);
        }
        const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return Wire(fd);
    }
    Wire(Wire&& other) noexcept : fd_(std::exchange(other.fd_, -1)), seen_(std::move(other.seen_)) {}
    Wire& operator=(Wire&&) = delete;
    ~Wire() { close(); }

    bool connected() const { return fd_ >= 0; }
    int fd() const { return fd_; }
    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    // Closes so that the peer sees a reset.
    void reset() {
        const linger hard{1, 0};
        setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        close();
    }
    // False when the peer has closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            bytes.remove_prefix(size_t(n));
        }
        return true;
    }
    // One read; "" at the end or after `millis` of silence.
    std::string read_some(int millis = 5000) {
        pollfd waiting{fd_, POLLIN, 0};
        if (::poll(&waiting, 1, millis) != 1) return {};
        char buffer[65536];
        const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
        return n > 0 ? std::string(buffer, size_t(n)) : std::string();
    }
    std::string read_to_end() {
        for (std::string more; !(more = read_some()).empty();) seen_ += more;
        return std::exchange(seen_, {});
    }
    std::string read_until(std::string_view mark) {
        while (seen_.find(mark) == std::string::npos) {
            const std::string more = read_some();
            if (more.empty()) return std::exchange(seen_, {});
            seen_ += more;
        }
        const size_t end = seen_.find(mark) + mark.size();
        std::string result = seen_.substr(0, end);
        seen_.erase(0, end);
        return result;
    }
    // A whole HTTP message with Content-Length or chunked coding or neither; head and body.
    std::string read_message() {
        std::string message = read_until("\r\n\r\n");
        const size_t at = message.find("Content-Length: ");
        if (at == std::string::npos) return message;
        const size_t length = std::stoul(message.substr(at + 16));
        while (seen_.size() < length) {
            const std::string more = read_some();
            if (more.empty()) break;
            seen_ += more;
        }
        message += seen_.substr(0, length);
        seen_.erase(0, length);
        return message;
    }
    // Whether the peer closes (or resets) without sending anything more.
    bool closed_by_peer(int millis = 5000) {
        pollfd waiting{fd_, POLLIN, 0};
        if (::poll(&waiting, 1, millis) != 1) return false;
        char byte;
        return ::recv(fd_, &byte, 1, 0) <= 0;
    }

private:
    int fd_;
    std::string seen_;
};

// A server whose every connection is given to `serve` on a thread of its own; `number` counts connections from 0.
class RawServer {
public:
    using Serve = std::function<void(Wire& wire, int number)>;
    explicit RawServer(Serve serve) : serve_(std::move(serve)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
        ::listen(listener_, 1024);
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept(); });
    }
    ~RawServer() {
        stopping_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        ::close(listener_);
        for (auto& thread : threads_) thread.join();
    }
    uint16_t port() const { return port_; }
    std::string url(std::string_view path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
    }
    int connections() const { return connections_; }

private:
    void accept() {
        while (!stopping_) {
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) continue;
            const int number = connections_++;
            threads_.emplace_back([this, fd, number] {
                Wire wire(fd);
                serve_(wire, number);
            });
        }
    }

    const Serve serve_;
    int listener_ = -1;
    uint16_t port_ = 0;
    std::atomic<bool> stopping_ = false;
    std::atomic<int> connections_ = 0;
    std::thread acceptor_;
    std::vector<std::thread> threads_;
};

}  // namespace clinicpro::net::testing
