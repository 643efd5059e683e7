// clock.hpp: time as a value and as a port.
//
// An `Instant` is integer microseconds since 1970 UTC, the form every row stores. East Africa Time is
// UTC+3 without daylight saving; every time Safaricom sends or returns is EAT (daraja.md 2.6).
// Domain code never reads a clock: it is handed `now`. Tested by base/clock_test.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace clinicpro {

using Duration = std::chrono::microseconds;
using namespace std::chrono_literals;

struct Instant {
    int64_t micros = 0;  // since 1970-01-01T00:00:00Z

    friend auto operator<=>(const Instant&, const Instant&) = default;
    friend Instant operator+(Instant t, Duration d) { return {t.micros + d.count()}; }
    friend Instant operator-(Instant t, Duration d) { return {t.micros - d.count()}; }
    friend Duration operator-(Instant a, Instant b) { return Duration(a.micros - b.micros); }
};

class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
public:
    Instant now() const override;
};

// "2026-11-23T08:44:00Z", with milliseconds only when they are not zero.
std::string to_iso(Instant at);
// Takes RFC 3339 with Z or an offset. Error kInvalid otherwise.
Result<Instant> parse_iso(std::string_view text);

// "Mon, 23 Nov 2026 08:44:00 GMT", the form of HTTP's Date and Retry-After (RFC 9110 5.6.7); whole seconds.
std::string to_http_date(Instant at);
Result<Instant> parse_http_date(std::string_view text);  // the two forms that RFC calls obsolete are kInvalid

// Daraja's `yyyyMMddHHmmss` in East Africa Time.
std::string to_eat_stamp(Instant at);
Result<Instant> parse_eat_stamp(std::string_view text);

// "Mon 23 Nov 2026, 11:44" in East Africa Time, for messages people read.
std::string to_eat_words(Instant at);

}  // namespace clinicpro
