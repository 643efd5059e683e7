#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace clinicpro::log {
namespace {

struct State {
    std::shared_ptr<spdlog::logger> logger = [] {
        auto made = std::make_shared<spdlog::logger>("clinicpro", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%v");
        made->set_level(spdlog::level::trace);
        made->flush_on(spdlog::level::info);
        return made;
    }();
    std::atomic<Level> level{Level::kInfo};
    std::atomic<bool> json{false};
    std::mutex capture_mutex;
    std::function<void(std::string_view)> capture;
    std::atomic<bool> capturing{false};
};

// The one process-wide object of the program: a log line must be possible from anywhere, also before `main` is done
// building. Never destroyed, so that threads that end late can still write.
State& state() {
    static State* const made = new State;
    return *made;
}

const char* word(Level level) {
    switch (level) {
        case Level::kDebug: return "debug";
        case Level::kInfo: return "info";
        case Level::kWarn: return "warn";
        case Level::kError: return "error";
        case Level::kOff: return "off";
    }
    return "info";
}

bool is_plain(std::string_view value) {
    if (value.empty()) return false;
    for (const char c : value) {
        if (c <= ' ' || c == '"' || c == '=' || c == '\\') return false;
    }
    return true;
}

std::string line_of(Level level, std::string_view event, const Field* begin, const Field* end, bool as_json) {
    const std::string at = to_iso(SystemClock().now());
    if (as_json) {
        json::Writer w;
        w.begin_object().field("at", at).field("level", word(level)).field("event", event);
        for (const Field* f = begin; f != end; ++f) w.field(f->name, f->value);
        return w.end_object().take();
    }
    std::string line = at + " " + word(level) + " " + std::string(event);
    for (const Field* f = begin; f != end; ++f) {
        line += ' ';
        line += f->name;
        line += '=';
        if (is_plain(f->value)) {
            line += f->value;
        } else {
            json::append_quoted(line, f->value);  // a newline in a value cannot forge a line
        }
    }
    return line;
}

void put(Level level, std::string_view event, const Field* begin, const Field* end) {
    State& s = state();
    const std::string line = line_of(level, event, begin, end, s.json.load(std::memory_order_relaxed));
    if (s.capturing.load(std::memory_order_acquire)) {
        const std::lock_guard lock(s.capture_mutex);
        if (s.capture) {
            s.capture(line);
            return;
        }
    }
    const auto at = level == Level::kError ? spdlog::level::err : level == Level::kWarn ? spdlog::level::warn : spdlog::level::info;
    s.logger->log(at, "{}", line);
}

}  // namespace

void configure(Level level, bool json) {
    state().level = level;
    state().json = json;
}

void capture(std::function<void(std::string_view)> sink) {
    State& s = state();
    const std::lock_guard lock(s.capture_mutex);
    s.capture = std::move(sink);
    s.capturing = bool(s.capture);
}

void flush() { state().logger->flush(); }

bool enabled(Level level) { return level >= state().level.load(std::memory_order_relaxed); }

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    if (enabled(level)) put(level, event, fields.begin(), fields.end());
}

void failure(std::string_view event, const Error& error, std::initializer_list<Field> fields) {
    std::vector<Field> all(fields);
    all.emplace_back("code", to_string(error.code));
    all.emplace_back("message", error.message);
    if (!error.field.empty()) all.emplace_back("field", error.field);
    if (!error.detail.empty()) all.emplace_back("detail", error.detail);
    if (enabled(Level::kError)) put(Level::kError, event, all.data(), all.data() + all.size());
}

}  // namespace clinicpro::log
