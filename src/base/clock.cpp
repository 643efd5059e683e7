#include "base/clock.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace clinicpro {
namespace {

constexpr int64_t kMicros = 1'000'000;
constexpr int64_t kEatOffset = 3 * 3600 * kMicros;
constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
    int year, month, day, hour, minute, second, micros, weekday;
};

Civil civil(int64_t micros) {
    using namespace std::chrono;
    const auto point = sys_time<microseconds>(microseconds(micros));
    const auto midnight = floor<days>(point);
    const year_month_day date(midnight);
    const auto rest = (point - midnight).count();
    return {int(date.year()),
            int(unsigned(date.month())),
            int(unsigned(date.day())),
            int(rest / (3600 * kMicros)),
            int(rest / (60 * kMicros) % 60),
            int(rest / kMicros % 60),
            int(rest % kMicros),
            int(weekday(midnight).c_encoding())};
}

// Microseconds for a civil time taken as UTC, or nothing when it names no real moment.
bool from_civil(int year, int month, int day, int hour, int minute, int second, int64_t& out) {
    using namespace std::chrono;
    const year_month_day date{std::chrono::year(year), std::chrono::month(unsigned(month)),
                              std::chrono::day(unsigned(day))};
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) return false;
    const auto point = sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
    out = duration_cast<microseconds>(point.time_since_epoch()).count();
    return true;
}

// Reads exactly `width` digits at `pos` and moves past them.
bool digits(std::string_view text, size_t& pos, size_t width, int& out) {
    if (pos + width > text.size()) return false;
    out = 0;
    for (size_t i = 0; i < width; ++i) {
        const char c = text[pos + i];
        if (c < '0' || c > '9') return false;
        out = out * 10 + (c - '0');
    }
    pos += width;
    return true;
}

bool literal(std::string_view text, size_t& pos, char wanted) {
    if (pos >= text.size() || text[pos] != wanted) return false;
    ++pos;
    return true;
}

std::unexpected<Error> bad_time() {
    return fail(Code::kInvalid,
                "This is not a time. Write it like 2026-11-23T14:30:00+03:00 or "
                "2026-11-23T11:30:00Z.");
}

}  // namespace

Instant SystemClock::now() const {
    using namespace std::chrono;
    return {duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()};
}

std::string to_iso(Instant at) {
    const Civil c = civil(at.micros);
    char buffer[40];
    const int millis = c.micros / 1000;
    if (millis != 0) {
        std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year, c.month,
                      c.day, c.hour, c.minute, c.second, millis);
    } else {
        std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month,
                      c.day, c.hour, c.minute, c.second);
    }
    return buffer;
}

Result<Instant> parse_iso(std::string_view text) {
    size_t p = 0;
    int year, month, day, hour, minute, second;
    if (!digits(text, p, 4, year) || !literal(text, p, '-') || !digits(text, p, 2, month) ||
        !literal(text, p, '-') || !digits(text, p, 2, day)) {
        return bad_time();
    }
    if (p >= text.size() || (text[p] != 'T' && text[p] != 't' && text[p] != ' ')) return bad_time();
    ++p;
    if (!digits(text, p, 2, hour) || !literal(text, p, ':') || !digits(text, p, 2, minute) ||
        !literal(text, p, ':') || !digits(text, p, 2, second)) {
        return bad_time();
    }
    int64_t fraction = 0;
    if (p < text.size() && text[p] == '.') {
        ++p;
        int64_t scale = kMicros / 10;
        const size_t start = p;
        for (; p < text.size() && text[p] >= '0' && text[p] <= '9'; ++p, scale /= 10) {
            fraction += (text[p] - '0') * scale;
        }
        if (p == start) return bad_time();
    }
    int64_t offset = 0;
    if (p < text.size() && (text[p] == 'Z' || text[p] == 'z')) {
        ++p;
    } else if (p < text.size() && (text[p] == '+' || text[p] == '-')) {
        const int sign = text[p++] == '-' ? -1 : 1;
        int oh, om;
        if (!digits(text, p, 2, oh) || !literal(text, p, ':') || !digits(text, p, 2, om) ||
            oh > 23 || om > 59) {
            return bad_time();
        }
        offset = sign * (int64_t(oh) * 3600 + om * 60) * kMicros;
    } else {
        return bad_time();
    }
    int64_t micros = 0;
    if (p != text.size() || !from_civil(year, month, day, hour, minute, second, micros)) {
        return bad_time();
    }
    return Instant{micros + fraction - offset};
}

std::string to_http_date(Instant at) {
    const Civil c = civil(at.micros);
    char buffer[48];
    std::snprintf(buffer, sizeof buffer, "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[c.weekday], c.day,
                  kMonths[c.month - 1], c.year, c.hour, c.minute, c.second);
    return buffer;
}

Result<Instant> parse_http_date(std::string_view text) {
    constexpr size_t kMonthAt = 8, kMonthSize = 3;
    size_t p = sizeof("Mon, ") - 1;  // the name of the day says nothing that the date does not
    int year = 0, day = 0, hour = 0, minute = 0, second = 0;
    int64_t micros = 0;
    const std::string_view named = text.size() > kMonthAt ? text.substr(kMonthAt, kMonthSize) : std::string_view();
    const auto* const month = std::ranges::find(kMonths, named);
    const bool reads = digits(text, p, 2, day) && literal(text, p, ' ') && (p += kMonthSize) && literal(text, p, ' ') &&
                       digits(text, p, 4, year) && literal(text, p, ' ') && digits(text, p, 2, hour) &&
                       literal(text, p, ':') && digits(text, p, 2, minute) && literal(text, p, ':') &&
                       digits(text, p, 2, second) && text.substr(p) == " GMT" && month != std::end(kMonths);
    if (!reads || !from_civil(year, int(month - kMonths) + 1, day, hour, minute, second, micros)) {
        return fail(Code::kInvalid, "This is not an HTTP date.");
    }
    return Instant{micros};
}

std::string to_eat_stamp(Instant at) {
    const Civil c = civil(at.micros + kEatOffset);
    char buffer[24];
    std::snprintf(buffer, sizeof buffer, "%04d%02d%02d%02d%02d%02d", c.year, c.month, c.day, c.hour,
                  c.minute, c.second);
    return buffer;
}

Result<Instant> parse_eat_stamp(std::string_view text) {
    size_t p = 0;
    int year, month, day, hour, minute, second;
    int64_t micros = 0;
    if (text.size() != 14 || !digits(text, p, 4, year) || !digits(text, p, 2, month) ||
        !digits(text, p, 2, day) || !digits(text, p, 2, hour) || !digits(text, p, 2, minute) ||
        !digits(text, p, 2, second) ||
        !from_civil(year, month, day, hour, minute, second, micros)) {
        return fail(Code::kInvalid, "This is not a yyyyMMddHHmmss time.");
    }
    return Instant{micros - kEatOffset};
}

std::string to_eat_words(Instant at) {
    const Civil c = civil(at.micros + kEatOffset);
    char buffer[48];
    std::snprintf(buffer, sizeof buffer, "%s %d %s %d, %02d:%02d", kDays[c.weekday], c.day,
                  kMonths[c.month - 1], c.year, c.hour, c.minute);
    return buffer;
}

}  // namespace clinicpro
