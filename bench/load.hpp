// load.hpp: a closed-loop HTTP/1.1 load generator: N connections, each with one request on its way, no pipelining.
//
// One thread, epoll, answers are read just far enough to know their status and end. The same generator makes both figures of
// every ratio.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace clinicpro::bench {

struct LoadResult {
    int64_t answered = 0;
    int64_t refused = 0;  // any status but 2xx, or a cut connection
    double seconds = 0;
    double p50_ms = 0, p99_ms = 0;
    double rate() const { return seconds > 0 ? double(answered) / seconds : 0; }
};

// Takes the next request's bytes, or an empty view when there are no more.
using NextRequest = std::function<std::string_view()>;

inline std::string post(std::string_view path, std::string_view body, uint16_t port) {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
           "\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

inline LoadResult run_load(uint16_t port, int connections, const NextRequest& next) {
    using clock = std::chrono::steady_clock;
    struct Connection {
        int socket = -1;
        std::string in;
        clock::time_point since;
    };
    LoadResult result;
    std::vector<double> latencies;
    const int poll = ::epoll_create1(0);
    std::vector<Connection> all(static_cast<size_t>(connections));
    int busy = 0;
    const auto send_next = [&](Connection& c) {
        const std::string_view bytes = next();
        if (bytes.empty()) return false;
        c.since = clock::now();
        c.in.clear();
        if (::send(c.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) != ssize_t(bytes.size())) ++result.refused;
        return true;
    };
    const auto start = clock::now();
    for (size_t i = 0; i < all.size(); ++i) {
        Connection& c = all[i];
        c.socket = ::socket(AF_INET, SOCK_STREAM, 0);
        const int one = 1;
        ::setsockopt(c.socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(c.socket, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
            ++result.refused;
            continue;
        }
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = i;
        ::epoll_ctl(poll, EPOLL_CTL_ADD, c.socket, &event);
        if (send_next(c)) ++busy;
    }
    std::vector<epoll_event> events(static_cast<size_t>(connections));
    char buffer[16384];
    while (busy > 0) {
        const int ready = ::epoll_wait(poll, events.data(), connections, 10'000);
        if (ready <= 0) break;  // ten seconds without an answer: what is missing shows in the count
        for (int e = 0; e < ready; ++e) {
            Connection& c = all[events[size_t(e)].data.u64];
            const ssize_t got = ::recv(c.socket, buffer, sizeof buffer, 0);
            if (got <= 0) {
                ++result.refused;
                --busy;
                ::epoll_ctl(poll, EPOLL_CTL_DEL, c.socket, nullptr);
                continue;
            }
            c.in.append(buffer, size_t(got));
            const size_t head = c.in.find("\r\n\r\n");
            if (head == std::string::npos) continue;
            size_t length = 0;
            if (const size_t at = c.in.find("Content-Length: "); at != std::string::npos && at < head) {
                length = size_t(std::strtoul(c.in.c_str() + at + 16, nullptr, 10));
            }
            if (c.in.size() < head + 4 + length) continue;
            if (c.in.size() > 9 && c.in[9] == '2') {
                ++result.answered;
            } else {
                ++result.refused;
            }
            latencies.push_back(std::chrono::duration<double, std::milli>(clock::now() - c.since).count());
            if (!send_next(c)) --busy;
        }
    }
    result.seconds = std::chrono::duration<double>(clock::now() - start).count();
    for (Connection& c : all) ::close(c.socket);
    ::close(poll);
    if (!latencies.empty()) {
        std::ranges::sort(latencies);
        result.p50_ms = latencies[latencies.size() / 2];
        result.p99_ms = latencies[size_t(double(latencies.size() - 1) * 0.99)];
    }
    return result;
}

}  // namespace clinicpro::bench
