#include "messaging/gsm7.hpp"

#include <cstdint>

namespace clinicpro::messaging {
namespace {

// Basic characters beyond ASCII (GSM 03.38 table 6.2.1).
constexpr char32_t kBeyondAscii[] = {U'£', U'¥', U'è', U'é', U'ù', U'ì', U'ò', U'Ç', U'Ø', U'ø', U'Å', U'å', U'Δ',
                                     U'Φ', U'Γ', U'Λ', U'Ω', U'Π', U'Ψ', U'Σ', U'Θ', U'Ξ', U'Æ', U'æ', U'ß', U'É',
                                     U'¤', U'¡', U'Ä', U'Ö', U'Ñ', U'Ü', U'§', U'¿', U'ä', U'ö', U'ñ', U'ü', U'à'};

size_t septets(char32_t c) {
    if (c < 0x80) {
        if (c == '\n' || c == '\r') return 1;
        if (c < 0x20 || c == 0x7F || c == '`') return 0;
        return c == '[' || c == ']' || c == '{' || c == '}' || c == '\\' || c == '^' || c == '~' || c == '|' ? 2 : 1;
    }
    if (c == U'€') return 2;
    for (const char32_t known : kBeyondAscii) {
        if (c == known) return 1;
    }
    return 0;
}

// The next character, and moves `at` past it. U+FFFD for bytes that are not UTF-8, one byte at a time.
constexpr char32_t kBroken = 0xFFFD;
char32_t next_character(std::string_view text, size_t& at) {
    const auto byte = [&](size_t i) { return uint8_t(text[i]); };
    const uint8_t first = byte(at);
    const size_t more = first < 0x80                    ? 0
                        : first >= 0xF0 && first < 0xF8 ? 3
                        : first >= 0xE0                 ? 2
                        : first >= 0xC2                 ? 1
                                                        : 4;
    if (more == 4 || first >= 0xF8 || at + more >= text.size()) {
        ++at;
        return kBroken;
    }
    char32_t c = more == 0 ? first : first & (0x3F >> more);
    for (size_t i = 1; i <= more; ++i) {
        if ((byte(at + i) & 0xC0) != 0x80) {
            ++at;
            return kBroken;
        }
        c = (c << 6) | (byte(at + i) & 0x3F);
    }
    at += more + 1;
    return c;
}

std::string_view nearest(char32_t c) {
    switch (c) {
        case U'\u2018': case U'\u2019': case U'\u02BC': case U'`': case U'\u00B4': return "'";
        case U'\u201C': case U'\u201D': case U'\u00AB': case U'\u00BB': return "\"";
        case U'\u2010': case U'\u2011': case U'\u2012': case U'\u2013': case U'\u2014': return "-";
        case U'\u2026': return "...";
        case U'\u00A0': case U'\u2009': case U'\u202F': case U'\t': return " ";
        case U'ç': return "Ç";
        case U'á': case U'â': case U'ã': return "a";
        case U'ê': case U'ë': return "e";
        case U'í': case U'î': case U'ï': return "i";
        case U'ó': case U'ô': case U'õ': return "o";
        case U'ú': case U'û': return "u";
        default: return "?";
    }
}

}  // namespace

std::optional<size_t> gsm7_length(std::string_view text) {
    size_t total = 0;
    for (size_t at = 0; at < text.size();) {
        const size_t cost = septets(next_character(text, at));
        if (cost == 0) return std::nullopt;
        total += cost;
    }
    return total;
}

size_t ucs2_length(std::string_view text) {
    size_t units = 0;
    for (size_t at = 0; at < text.size();) units += next_character(text, at) > 0xFFFF ? 2 : 1;
    return units;
}

size_t sms_parts(std::string_view text) {
    constexpr size_t kUcs2Max = 70, kUcs2PartMax = 67;
    if (const auto length = gsm7_length(text)) {
        return *length == 0 ? 0 : *length <= kSmsMax ? 1 : (*length + kSmsPartMax - 1) / kSmsPartMax;
    }
    const size_t units = ucs2_length(text);
    return units <= kUcs2Max ? 1 : (units + kUcs2PartMax - 1) / kUcs2PartMax;
}

std::string to_gsm7(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (size_t at = 0; at < text.size();) {
        const size_t start = at;
        const char32_t c = next_character(text, at);
        if (septets(c) != 0) {
            out += text.substr(start, at - start);
        } else {
            out += nearest(c);
        }
    }
    return out;
}

}  // namespace clinicpro::messaging
