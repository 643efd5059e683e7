// stream.hpp: a response whose body goes on after its head: events for a page that watches, rows of a long list.
//
// The response owns the stream, the handler keeps a weak_ptr to it and writes from any thread; when the peer, the
// server or age ends the connection, the weak_ptr is empty. A reader slower than its writer is felt at once: write()
// refuses what does not fit. The server limits how many streams there are and how old they get (ServerOptions). Tested
// by net/stream_test.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace clinicpro::net {

class Stream final {
public:
    // `heartbeat` is sent when nothing else was for a while, so that proxies keep the connection and a dead peer is
    // noticed: a comment, in text/event-stream. Empty: none, for bodies that must be exact.
    explicit Stream(std::string heartbeat = ":\n\n", size_t waiting_max = kWaitingMax);
    static constexpr size_t kWaitingMax = 64 * 1024;  // an event is a few KiB; more waiting means that nobody reads

    enum class Wrote { kTaken, kFull, kClosed };
    // All of it or nothing. kFull: the peer has not read enough yet; write the newest again later. Anything fits an
    // empty stream.
    Wrote write(std::string_view bytes);
    // The body ends after what waits.
    void close();

    // The connection's side, on its I/O thread. `wake` is called from write and close, once until the next take.
    void attach(std::function<void()> wake);
    bool take(std::string& bytes);  // replaces `bytes` by what waits; false: nothing will follow
    const std::string& heartbeat() const { return heartbeat_; }

private:
    void wake();  // under the mutex

    const std::string heartbeat_;
    const size_t waiting_max_;
    std::mutex mutex_;
    std::string waiting_;
    std::function<void()> wake_;
    bool woken_ = false;
    bool closed_ = false;
};

// One event of text/event-stream; `data` may have several lines.
std::string event_text(std::string_view name, std::string_view data);

}  // namespace clinicpro::net
