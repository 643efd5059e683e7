#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace clinicpro::text {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
char lower_char(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }
char upper_char(char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; }

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string encode64(std::string_view bytes, std::string_view alphabet, bool pad) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (size_t i = 0; i < bytes.size(); i += 3) {
        uint32_t group = 0;
        const size_t taken = std::min<size_t>(3, bytes.size() - i);
        for (size_t k = 0; k < 3; ++k) group = group << 8 | (k < taken ? uint8_t(bytes[i + k]) : 0);
        for (size_t k = 0; k < 4; ++k) {
            if (k <= taken) {
                out += alphabet[group >> (18 - 6 * k) & 63];
            } else if (pad) {
                out += '=';
            }
        }
    }
    return out;
}

std::optional<std::string> decode64(std::string_view in, std::string_view alphabet) {
    std::string out;
    uint32_t bits = 0;
    int count = 0;
    for (const char c : in) {
        const size_t value = alphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | uint32_t(value);
        if ((count += 6) >= 8) {
            count -= 8;
            out += char(bits >> count & 0xFF);
        }
    }
    // One left-over character, or non-zero left-over bits, is not an encoding of anything.
    if (count == 6 || (bits & ((1u << count) - 1)) != 0) return std::nullopt;
    return out;
}

}  // namespace

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower_char);
    return out;
}

std::string upper(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), upper_char);
    return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower_char(x) == lower_char(y); });
}

bool contains_ignoring_case(std::string_view haystack, std::string_view needle) {
    return std::search(haystack.begin(), haystack.end(), needle.begin(), needle.end(), [](char x, char y) {
               return lower_char(x) == lower_char(y);
           }) != haystack.end();
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::string to_hex(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        out += kHex[uint8_t(c) >> 4];
        out += kHex[uint8_t(c) & 15];
    }
    return out;
}

std::optional<std::string> from_hex(std::string_view hex) {
    if (hex.size() % 2 != 0) return std::nullopt;
    std::string out;
    out.reserve(hex.size() / 2);
    for (size_t i = 0; i < hex.size(); i += 2) {
        const int high = hex_value(hex[i]), low = hex_value(hex[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out += char(high << 4 | low);
    }
    return out;
}

std::string to_base64(std::string_view bytes) { return encode64(bytes, kBase64, true); }
std::string to_base64url(std::string_view bytes) { return encode64(bytes, kBase64Url, false); }

std::optional<std::string> from_base64(std::string_view encoded) {
    for (int i = 0; i < 2 && encoded.ends_with('='); ++i) encoded.remove_suffix(1);
    return decode64(encoded, kBase64);
}

std::optional<std::string> from_base64url(std::string_view encoded) { return decode64(encoded, kBase64Url); }

std::string percent_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                                c == '-' || c == '.' || c == '_' || c == '~';
        if (unreserved) {
            out += c;
        } else {
            out += '%';
            out += upper(to_hex({&c, 1}));
        }
    }
    return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            out += char(high << 4 | low);
            i += 2;
        } else {
            out += text[i] == '+' && plus_is_space ? ' ' : text[i];
        }
    }
    return out;
}

bool is_utf8(std::string_view text) {
    for (size_t i = 0; i < text.size();) {
        const auto lead = uint8_t(text[i]);
        size_t more = 0;
        uint32_t point = 0, least = 0;
        if (lead < 0x80) {
            ++i;
            continue;
        } else if (lead >> 5 == 6) {
            more = 1, point = lead & 0x1F, least = 0x80;
        } else if (lead >> 4 == 14) {
            more = 2, point = lead & 0x0F, least = 0x800;
        } else if (lead >> 3 == 30) {
            more = 3, point = lead & 0x07, least = 0x10000;
        } else {
            return false;
        }
        if (i + more >= text.size()) return false;
        for (size_t k = 1; k <= more; ++k) {
            const auto next = uint8_t(text[i + k]);
            if (next >> 6 != 2) return false;
            point = point << 6 | (next & 0x3F);
        }
        if (point < least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
        i += more + 1;
    }
    return true;
}

std::string_view clip(std::string_view text, size_t limit) {
    if (text.size() <= limit) return text;
    while (limit > 0 && uint8_t(text[limit]) >> 6 == 2) --limit;
    return text.substr(0, limit);
}

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += c;
        }
    }
    return out;
}

}  // namespace clinicpro::text
