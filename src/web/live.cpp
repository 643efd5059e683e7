#include "web/live.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"

namespace clinicpro::web {
namespace {

constexpr std::string_view kEvent = "status";

}  // namespace

Live::Live(store::Database& database, LiveOptions options) : database_(database), options_(options) {
    if (!options_.own_thread) return;
    thread_ = std::thread([this] {
        std::unique_lock lock(mutex_);
        while (!stop_.wait_for(lock, options_.every, [this] { return stopping_; })) {
            lock.unlock();
            look();
            lock.lock();
        }
    });
}

Live::~Live() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stop_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Live::watch(ClinicId clinic, std::weak_ptr<net::Stream> stream, std::string seen, See see) {
    const std::lock_guard lock(mutex_);
    watchers_.push_back({clinic, std::move(stream), std::move(seen), std::move(see)});
}

void Live::look() {
    std::list<Watcher> now;
    {
        const std::lock_guard lock(mutex_);
        now.swap(watchers_);
    }
    std::erase_if(now, [this](Watcher& watcher) { return !look_at(watcher); });
    const std::lock_guard lock(mutex_);
    watchers_.splice(watchers_.end(), now);
}

bool Live::look_at(Watcher& watcher) {
    const auto stream = watcher.stream.lock();
    if (!stream) return false;
    const int fresh = int(options_.fresh / options_.every);
    if (++watcher.looks > fresh && watcher.looks % options_.slowdown != 0) return true;
    std::string seen;
    const auto read = database_.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, watcher.clinic);
        TRY(seen, watcher.see(tx));
        return {};
    });
    if (!read) {
        if (read.error().code != Code::kNotFound) {
            log::failure("live.not_seen", read.error());
            return true;  // the database may come back
        }
        stream->close();
        return false;
    }
    if (seen == watcher.seen) return true;
    switch (stream->write(net::event_text(kEvent, seen))) {
        case net::Stream::Wrote::kTaken: watcher.seen = std::move(seen); return true;
        case net::Stream::Wrote::kFull: return true;  // what is newest then is sent when there is room
        case net::Stream::Wrote::kClosed: return false;
    }
    return false;
}

size_t Live::watchers() const {
    const std::lock_guard lock(mutex_);
    return watchers_.size();
}

Html live_part(const LivePart& part, const Html& content) {
    return live_part(part, content, content);
}

Html live_part(const LivePart& part, const Html& content, const Html& shown) {
    const std::string version = text::to_base64url(crypto::sha256(content.markup())).substr(0, 12);
    return el("section", at("class", "card stack"), at("data-step", part.step), at("data-version", version),
              at("data-say", part.say), flag("data-final", part.final), flag("data-settled", part.settled), shown);
}

net::Response live_response(std::shared_ptr<net::Stream> stream, std::string_view seen) {
    net::Response response;
    response.headers = {{"Content-Type", "text/event-stream"},
                        {"Cache-Control", "no-store"},
                        {"Referrer-Policy", "no-referrer"},
                        {"X-Accel-Buffering", "no"}};  // nginx would hold events back
    response.body = "retry: 3000\n\n" + net::event_text(kEvent, seen);
    response.stream = std::move(stream);
    return response;
}

}  // namespace clinicpro::web
