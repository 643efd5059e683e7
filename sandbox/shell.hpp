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
    Config config;
};

class Shell {
public:
    static Result<std::unique_ptr<Shell>> start(ShellOptions options);
    virtual ~Shell() = default;
    virtual uint16_t port() const = 0;
};

}  // namespace clinicpro::sandbox
