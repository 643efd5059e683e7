// live.hpp: pages that follow what happens: each watcher's view is looked at again and sent when it is another one.
//
// It looks at the database rather than listening to the worker, so it also sees what another process did. A view that
// stays the same costs a few reads a second; watchers of long standing are looked at less often. Tested by
// web/live_test.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "net/http.hpp"
#include "net/rate_limit.hpp"
#include "net/stream.hpp"
#include "store/tenant.hpp"
#include "web/html.hpp"

namespace clinicpro::web {

// Watching is cheap but not free; a page that is turned away asks now and then instead.
inline constexpr net::RateLimitOptions kWatchersPerLink{.per_second = 0.2, .burst = 8};

struct LiveOptions {
    bool own_thread = true;  // else somebody calls look(): tests, simulation
    Duration every = 1s;     // a person watching a phone does not feel less
    Duration fresh = 2min;   // a watcher older than this ...
    int slowdown = 5;        // ... is looked at only every so many times
};

class Live final {
public:
    explicit Live(store::Database& database, LiveOptions options = {});
    ~Live();

    // What one watcher sees now; run in a read transaction, on the thread of this class.
    using See = std::function<Result<std::string>(store::ClinicTx&)>;
    // Sends `see` as the event "status" whenever it is not what was sent last (`seen`, which the response brought
    // already). Ends when the peer goes, when the stream grows old, or when `see` fails with kNotFound.
    void watch(ClinicId clinic, std::weak_ptr<net::Stream> stream, std::string seen, See see);
    // Looks at every watcher once.
    void look();
    size_t watchers() const;

private:
    struct Watcher {
        ClinicId clinic;
        std::weak_ptr<net::Stream> stream;
        std::string seen;
        See see;
        int looks = 0;
    };
    bool look_at(Watcher& watcher);  // false: forget it

    store::Database& database_;
    const LiveOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable stop_;
    bool stopping_ = false;
    std::list<Watcher> watchers_;
    std::thread thread_;
};

// The part of a page that changes by itself, as pages/modules/follow.js wants it: the step it shows, what a screen
// reader says when that changes, whether nothing will follow, and a version. `shown` is what stands in it when it
// differs from `content` only by what its reader just did, such as a mistyped number: the version stays, so the next
// event does not wipe that away.
struct LivePart {
    std::string_view step;
    std::string say;
    bool final = false;
    bool settled = false;  // what stands around it for those who still owe is hidden
};
Html live_part(const LivePart& part, const Html& content);
Html live_part(const LivePart& part, const Html& content, const Html& shown);

// 200 text/event-stream: `seen` at once, then what the stream brings.
net::Response live_response(std::shared_ptr<net::Stream> stream, std::string_view seen);

}  // namespace clinicpro::web
