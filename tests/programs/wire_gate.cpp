// wire_gate.cpp: a gate in the wire between two programs: it refuses, stalls, slices and cuts connections by the dice.
//
//   wire_gate --seed N NAME=PORT:TURNS ...
//
// For each line it listens on a free loopback port and carries bytes to PORT of this machine. It knows no protocol: a
// turn begins when bytes come from the client after an answer, which fits HTTP and PostgreSQL alike. After 1 to TURNS
// turns of a connection something happens to it. First it prints "ready NAME=PORT ...". It takes commands on standard
// input:
//   storm    from now on things happen; "storm NAME NAME": on these lines
//   calm     nothing more happens; who stalls goes on
//   count    prints "NAME FATE TIMES" for each, then "counted"
// It ends when its input does. What a connection suffers depends on the seed, its line and its number, and on who came
// first; when bytes come does not. Used by tests/long/wire_chaos_test.sh.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Millis = std::chrono::milliseconds;

enum Fate {
    kShut,
    kRefused,
    kStalled,
    kSliced,
    kCutInRequest,
    kCutAfterRequest,
    kCutBeforeAnswer,
    kCutInAnswer,
    kFates
};
constexpr std::array<const char*, kFates> kNames = {
    "door_shut",      "refused",           "stalled",           "sliced",
    "cut_in_request", "cut_after_request", "cut_before_answer", "cut_in_answer"};

constexpr Millis kStallLeast = 100ms, kStallMost = 1'500ms;
constexpr Millis kShutLeast = 50ms, kShutMost = 500ms;
constexpr Millis kOpenLeast = 200ms, kOpenMost = 3'000ms;
constexpr int kPiecesMost = 300;       // then the rest in one
constexpr uint32_t kRefusedEvery = 9;  // so many connections

uint32_t seed = 1;

int between(std::mt19937& dice, int least, int most) {
    return least + int(dice() % uint32_t(most - least + 1));
}
Millis between(std::mt19937& dice, Millis least, Millis most) {
    return Millis(between(dice, int(least.count()), int(most.count())));
}

sockaddr_in loopback(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

class Socket {
public:
    explicit Socket(int fd = -1) : fd_(fd) {}
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    int fd() const { return fd_; }
    bool good() const { return fd_ >= 0; }
    void at_once() const {
        const int on = 1;
        setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    // The peer will see a reset instead of an end.
    void break_off() const {
        const linger hard{1, 0};
        setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    bool send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            bytes.remove_prefix(size_t(n));
        }
        return true;
    }

private:
    int fd_;
};

Socket listen_on(uint16_t port) {  // 0: a free one
    Socket made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    setsockopt(made.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const sockaddr_in address = loopback(port);
    if (::bind(made.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return Socket();
    return ::listen(made.fd(), 512) == 0 ? std::move(made) : Socket();
}

struct Line {
    std::string name;
    uint32_t index = 0;
    uint16_t target = 0, port = 0;
    int turns = 4;
    Socket listener;
    std::array<std::atomic<int>, kFates> times{};
    std::atomic<bool> storming = false;
    std::atomic<uint32_t> planned = 0;  // fates take turns, so that a short storm has them all
};

// One connection of a client, until one side or the dice end it.
class Carried {
public:
    Carried(Line& line, Socket client, uint32_t number)
        : line_(line),
          client_(std::move(client)),
          number_(number),
          dice_(seed * 7'919 + line.index * 31 + number * 104'729) {}

    void run() {
        if (line_.storming && (number_ + seed) % kRefusedEvery == 0) {
            ++line_.times[kRefused];
            return client_.break_off();
        }
        server_ = Socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_in address = loopback(line_.target);
        if (::connect(server_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            return client_.break_off();  // nobody is there: as near to a refusal as a gate can come
        }
        client_.at_once();
        server_.at_once();
        plan();
        while (step()) {
        }
    }

private:
    void plan() {
        due_ = turn_ + between(dice_, 1, line_.turns);
        fate_ = Fate(kStalled + (seed + line_.planned++) % (kFates - kStalled));
        stalls_request_ = dice_() % 2 == 0;
    }
    // False when the connection is over.
    bool step() {
        pollfd both[2] = {{client_.fd(), POLLIN, 0}, {server_.fd(), POLLIN, 0}};
        if (::poll(both, 2, -1) < 0) return errno == EINTR;
        for (const bool is_request : {true, false}) {
            if (both[is_request ? 0 : 1].revents == 0) continue;
            char buffer[16384];
            const ssize_t n = ::recv(both[is_request ? 0 : 1].fd, buffer, sizeof buffer, 0);
            if (n < 0) (is_request ? server_ : client_).break_off();
            if (n <= 0) return false;
            if (is_request && !asking_) ++turn_;
            asking_ = is_request;
            if (!pass({buffer, size_t(n)}, is_request)) return false;
        }
        return true;
    }
    bool pass(std::string_view bytes, bool is_request) {
        const Socket& to = is_request ? server_ : client_;
        if (!line_.storming || turn_ < due_) return to.send(bytes);
        switch (fate_) {
            case kStalled:
                if (is_request != stalls_request_) return to.send(bytes);
                happens();
                stall();
                return to.send(bytes);
            case kSliced: return slice(to, bytes, is_request);
            case kCutInRequest: return is_request ? cut(to, bytes, dice_() % bytes.size()) : to.send(bytes);
            case kCutAfterRequest: return is_request ? cut(to, bytes, bytes.size()) : to.send(bytes);
            case kCutBeforeAnswer: return is_request ? to.send(bytes) : cut(to, bytes, 0);
            case kCutInAnswer: return is_request ? to.send(bytes) : cut(to, bytes, dice_() % bytes.size());
            default: return to.send(bytes);
        }
    }
    void happens() {
        ++line_.times[fate_];
        plan();
    }
    // What was sent to the server arrives there; the client sees an end or a reset.
    bool cut(const Socket& to, std::string_view bytes, size_t still) {
        to.send(bytes.substr(0, still));
        if (dice_() % 2 == 0) client_.break_off();
        happens();
        return false;
    }
    void stall() {
        const auto until = std::chrono::steady_clock::now() + between(dice_, kStallLeast, kStallMost);
        while (line_.storming && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(10ms);
    }
    bool slice(const Socket& to, std::string_view bytes, bool is_request) {
        for (int piece = 0; piece < kPiecesMost && !bytes.empty() && line_.storming; ++piece) {
            const size_t size = std::min(bytes.size(), size_t(between(dice_, 1, 7)));
            if (!to.send(bytes.substr(0, size))) return false;
            bytes.remove_prefix(size);
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
        if (!is_request) happens();  // request and answer of one turn
        return to.send(bytes);
    }

    Line& line_;
    Socket client_, server_;
    const uint32_t number_;
    std::mt19937 dice_;
    int turn_ = 0, due_ = 0;
    Fate fate_ = kStalled;
    bool asking_ = false, stalls_request_ = false;
};

// Takes connections, and shuts the door now and then: whoever knocks is refused by the kernel.
void keep(Line& line) {
    std::mt19937 dice(seed * 31 + line.index);
    uint32_t number = 0;
    auto shuts_at = std::chrono::steady_clock::now() + between(dice, kOpenLeast, kOpenMost);
    for (;;) {
        pollfd waiting{line.listener.fd(), POLLIN, 0};
        if (::poll(&waiting, 1, 20) == 1) {
            const int fd = ::accept4(line.listener.fd(), nullptr, nullptr, SOCK_CLOEXEC);
            if (fd >= 0) std::thread([&line, fd, one = number++] { Carried(line, Socket(fd), one).run(); }).detach();
        }
        if (std::chrono::steady_clock::now() < shuts_at) continue;
        if (line.storming) {
            ++line.times[kShut];
            line.listener = Socket();
            std::this_thread::sleep_for(between(dice, kShutLeast, kShutMost));
            while (!(line.listener = listen_on(line.port)).good()) std::this_thread::sleep_for(5ms);
        }
        shuts_at = std::chrono::steady_clock::now() + between(dice, kOpenLeast, kOpenMost);
    }
}

bool number_of(std::string_view text, int least, int most, int& out) {
    const auto end = std::from_chars(text.data(), text.data() + text.size(), out);
    return end.ec == std::errc() && end.ptr == text.data() + text.size() && out >= least && out <= most;
}

// "NAME=PORT:TURNS"
std::unique_ptr<Line> line_of(std::string_view text) {
    const size_t equals = text.find('='), colon = text.rfind(':');
    int port = 0, turns = 0;
    if (equals == text.npos || colon == text.npos || colon < equals) return nullptr;
    if (!number_of(text.substr(equals + 1, colon - equals - 1), 1, 65535, port)) return nullptr;
    if (!number_of(text.substr(colon + 1), 1, 1'000'000, turns)) return nullptr;
    auto made = std::make_unique<Line>();
    made->name = text.substr(0, equals);
    made->target = uint16_t(port);
    made->turns = turns;
    made->listener = listen_on(0);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(made->listener.fd(), reinterpret_cast<sockaddr*>(&address), &size);
    made->port = ntohs(address.sin_port);
    return made;
}

}  // namespace

int main(int argc, char** argv) {
    signal(SIGPIPE, SIG_IGN);
    std::vector<std::unique_ptr<Line>> lines;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        int number = 0;
        if (word == "--seed" && i + 1 < argc && number_of(argv[i + 1], 0, 2'000'000'000, number)) {
            seed = uint32_t(number);
            ++i;
        } else if (auto line = line_of(word)) {
            line->index = uint32_t(lines.size());
            lines.push_back(std::move(line));
        } else {
            std::cerr << "wire_gate: \"" << word << "\" is neither --seed N nor NAME=PORT:TURNS.\n";
            return 64;
        }
    }
    std::string ready = "ready";
    for (const auto& line : lines) ready += " " + line->name + "=" + std::to_string(line->port);
    std::cout << ready << std::endl;
    for (const auto& line : lines) std::thread([&one = *line] { keep(one); }).detach();
    for (std::string command; std::getline(std::cin, command);) {
        for (const auto& line : lines) {
            const bool named = (command + " ").find(" " + line->name + " ") != command.npos;
            if (command.starts_with("storm") && (named || command == "storm")) line->storming = true;
            if (command == "calm") line->storming = false;
        }
        if (command != "count") continue;
        for (const auto& line : lines) {
            for (int fate = 0; fate < kFates; ++fate) {
                std::cout << line->name << " " << kNames[size_t(fate)] << " " << line->times[size_t(fate)] << "\n";
            }
        }
        std::cout << "counted" << std::endl;
    }
    std::quick_exit(0);  // its threads wait in poll
}
