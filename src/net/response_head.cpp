#include "net/response_head.hpp"

#include <algorithm>
#include <charconv>

#include "base/log.hpp"
#include "base/text.hpp"

namespace clinicpro::net {
namespace {

enum class Framing { kNone, kLength, kConnection, kOther };

// Which headers are ours to write. Looks at the length first: most headers end there.
Framing framing_of(std::string_view name) {
    switch (name.size()) {
        case 4: return text::equal_ignoring_case(name, "Date") ? Framing::kOther : Framing::kNone;
        case 10: return text::equal_ignoring_case(name, "Connection") ? Framing::kConnection : Framing::kNone;
        case 12: return text::equal_ignoring_case(name, "X-Request-Id") ? Framing::kOther : Framing::kNone;
        case 14: return text::equal_ignoring_case(name, "Content-Length") ? Framing::kLength : Framing::kNone;
        case 17: return text::equal_ignoring_case(name, "Transfer-Encoding") ? Framing::kOther : Framing::kNone;
        case 22: return text::equal_ignoring_case(name, "X-Content-Type-Options") ? Framing::kOther : Framing::kNone;
        default: return Framing::kNone;
    }
}

bool is_safe_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

bool is_safe_value(std::string_view value) {
    return std::none_of(value.begin(), value.end(), [](char c) { return (uint8_t(c) < 32 && c != '\t') || c == 127; });
}

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 18 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void append_number(std::string& out, size_t number) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

std::string_view DateLine::text() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec != second_) {
        second_ = now.tv_sec;
        std::tm parts{};
        gmtime_r(&second_, &parts);
        std::strftime(text_, sizeof text_, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    }
    return std::string_view(text_, 29);
}

HeadResult append_head(std::string& out, const Response& response, const HeadOptions& options) {
    // A 1xx is not an answer, and a status outside three digits is not HTTP: both are our own faults.
    const int status = response.status >= 200 && response.status <= 999 ? response.status : 500;
    const bool bodiless = status == 204 || status == 304;
    HeadResult result{options.keep_alive, !bodiless && !options.head_only};
    std::string_view named_length;

    out += "HTTP/1.1 ";
    append_number(out, size_t(status));
    out += ' ';
    out += reason_phrase(status);
    out += "\r\nDate: ";
    out += options.date;
    for (const auto& [name, value] : response.headers) {
        const Framing framing = framing_of(name);
        if (framing == Framing::kConnection && text::contains_ignoring_case(value, "close")) result.keep_alive = false;
        if (framing == Framing::kLength) named_length = value;
        if (framing != Framing::kNone) continue;
        if (!is_safe_name(name) || !is_safe_value(value)) {
            log::error("net.header_refused", {{"request", options.request_id}, {"name", text::clip(name, 40)}});
            continue;
        }
        out += "\r\n";
        out += name;
        out += ": ";
        out += value;
    }
    if (response.stream && !bodiless) {
        result.keep_alive = false;
        if (!options.old_client) out += "\r\nTransfer-Encoding: chunked";
    } else if (!bodiless) {
        out += "\r\nContent-Length: ";
        if (options.head_only && response.body.empty() && is_number(named_length)) {
            out += named_length;
        } else {
            append_number(out, response.body.size());
        }
    }
    if (!result.keep_alive) {
        out += "\r\nConnection: close";
    } else if (options.old_client) {
        out += "\r\nConnection: keep-alive";
    }
    if (!options.request_id.empty()) {
        out += "\r\nX-Request-Id: ";
        out += options.request_id;
    }
    out += "\r\nX-Content-Type-Options: nosniff\r\n\r\n";
    return result;
}

void append_chunk(std::string& out, std::string_view bytes, bool chunked, bool last) {
    if (!chunked) {
        out += bytes;
        return;
    }
    if (!bytes.empty()) {
        char digits[24];
        out.append(digits, std::to_chars(digits, digits + sizeof digits, bytes.size(), 16).ptr);
        out += "\r\n";
        out += bytes;
        out += "\r\n";
    }
    if (last) out += "0\r\n\r\n";
}

}  // namespace clinicpro::net
