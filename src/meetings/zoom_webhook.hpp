// zoom_webhook.hpp: what Zoom's app tells us by itself: a meeting started, a meeting ended, or "is this address
// yours?".
//
// Sans-I/O. Believed only with a signature over the raw bytes, compared in constant time, and a timestamp of the last
// minutes (meetings.md 3.7). Events come late, twice and in any order: who stores them keys them by kind, instance and
// time. Nothing personal is kept of them. Tested by meetings/zoom_webhook_test.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "net/http.hpp"

namespace clinicpro::meetings {

struct ZoomEvent {
    bool started = false;     // else it ended
    std::string provider_id;  // digits
    std::string instance;     // uuid: each time the meeting is held has its own
    Instant at;
};
struct ZoomChallenge {
    std::string answer;  // the JSON body to answer with, status 200
};
struct ZoomNews {};  // signed well, and none of our business

// kUnauthorised: the signature is missing or wrong, or the timestamp is too far from `now`. kInvalid: signed, but not
// readable.
Result<std::variant<ZoomEvent, ZoomChallenge, ZoomNews>> read_zoom_webhook(const net::Headers& headers,
                                                                           std::string_view body,
                                                                           const Secret<>& secret, Instant now);
inline constexpr Duration kZoomReplayWindow = 5min;

}  // namespace clinicpro::meetings
