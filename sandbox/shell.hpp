// shell.hpp: runs the deterministic Daraja on real time: a server in front, a client for callbacks, a thread for
// timers.
//
// All decisions are Daraja's, under one lock; the shell owns sockets and clocks only. Sandbox time starts at the wall
// clock and runs `speed` times as fast. Tested by sandbox/shell_test over loopback.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sandbox/config.hpp"

namespace clinicpro::sandbox {

struct ShellOptions {
    std::string address = "127.0.0.1";
    uint16_t port = 0;
    uint64_t seed = 1;
    bool verify_tls = true;  // of callback URLs
    bool open_to_network = false;
    int mail_port = -1;  // of the mail server; 0 takes a free one, -1: none
    Config config;
};

class Shell {
public:
    static Result<std::unique_ptr<Shell>> start(ShellOptions options);
    virtual ~Shell() = default;
    virtual uint16_t port() const = 0;
    virtual uint16_t mail_port() const = 0;  // 0: none
};

}  // namespace clinicpro::sandbox
