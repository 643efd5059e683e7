// log.hpp: one event per line, and secrets that cannot be printed.
//
// An event has a dotted name and fields; a field is a word, a number or an id, never a body, a secret or a whole phone
// number (promise P-08). spdlog is included in log.cpp only. Tested by base/log_test.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/error.hpp"

namespace clinicpro {

// A value that may be used but not shown: no stream operator, no formatter, no implicit conversion.
template <class T = std::string>
class Secret {
public:
    Secret() = default;
    explicit Secret(T value) : value_(std::move(value)) {}
    const T& reveal() const { return value_; }  // search for this word to review every use
    bool empty() const { return value_.empty(); }
    friend bool operator==(const Secret&, const Secret&) = default;

private:
    T value_{};
};

namespace log {

enum class Level { kDebug, kInfo, kWarn, kError, kOff };

struct Field {
    std::string_view name;
    std::string value;
    Field(std::string_view n, std::string_view v) : name(n), value(v) {}
    Field(std::string_view n, const std::string& v) : name(n), value(v) {}
    Field(std::string_view n, const char* v) : name(n), value(v) {}
    template <class N>
        requires std::is_arithmetic_v<N>
    Field(std::string_view n, N v) : name(n), value(std::to_string(v)) {}
    template <class T>
    Field(std::string_view, const Secret<T>&) = delete;
};

// Where lines go: standard error unless a test captures them. `json` writes one JSON object per line.
void configure(Level level, bool json);
// Tests: sends every line to `sink` instead. Pass nullptr to restore.
void capture(std::function<void(std::string_view line)> sink);
void flush();

bool enabled(Level level);
void write(Level level, std::string_view event, std::initializer_list<Field> fields);

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
    if (enabled(Level::kDebug)) write(Level::kDebug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::kInfo, event, fields);
}
inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::kWarn, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::kError, event, fields);
}
// An error with its code, message and detail.
void failure(std::string_view event, const Error& error, std::initializer_list<Field> fields = {});

}  // namespace log
}  // namespace clinicpro
