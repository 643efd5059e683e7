#include "net/stream.hpp"

#include <utility>

namespace clinicpro::net {

Stream::Stream(std::string heartbeat, size_t waiting_max)
    : heartbeat_(std::move(heartbeat)), waiting_max_(waiting_max) {}

Stream::Wrote Stream::write(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    if (closed_) return Wrote::kClosed;
    if (!waiting_.empty() && waiting_.size() + bytes.size() > waiting_max_) return Wrote::kFull;
    waiting_ += bytes;
    wake();
    return Wrote::kTaken;
}

void Stream::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    wake();
}

void Stream::attach(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
}

bool Stream::take(std::string& bytes) {
    bytes.clear();
    const std::lock_guard lock(mutex_);
    std::swap(bytes, waiting_);
    woken_ = false;
    return !closed_;
}

void Stream::wake() {
    if (wake_ && !std::exchange(woken_, true)) wake_();
}

std::string event_text(std::string_view name, std::string_view data) {
    std::string event = "event: " + std::string(name) + "\n";
    for (;;) {
        const size_t end = data.find('\n');
        event += "data: ";
        event += data.substr(0, end);
        event += '\n';
        if (end == std::string_view::npos) break;
        data.remove_prefix(end + 1);
    }
    return event + "\n";
}

}  // namespace clinicpro::net
