#include "messaging/mime.hpp"

#include "base/text.hpp"

namespace clinicpro::messaging::mime {
namespace {

constexpr size_t kLineMax = 76;         // RFC 2045 6.7, RFC 2047 2
constexpr size_t kWordBytes = 45;       // of UTF-8 in one encoded word: 60 characters of base64, 72 with its frame
constexpr size_t kPlainHeaderMax = 60;  // longer ones are encoded, which may be folded anywhere
constexpr std::string_view kHex = "0123456789ABCDEF";

bool is_plain(char c) {
    return c >= 0x20 && c < 0x7F;
}

std::string one_line(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (uint8_t(c) < 0x20 || c == 0x7F) c = ' ';
    }
    return out;
}

void append_hex(std::string& out, char c) {
    out += '=';
    out += kHex[uint8_t(c) >> 4];
    out += kHex[uint8_t(c) & 0xF];
}

}  // namespace

std::string encoded_words(std::string_view utf8) {
    const std::string line = one_line(utf8);
    const bool plain = line.size() <= kPlainHeaderMax && std::all_of(line.begin(), line.end(), is_plain) &&
                       line.find("=?") == std::string::npos;
    if (plain) return line;
    std::string out;
    for (std::string_view rest = line; !rest.empty();) {
        const std::string_view piece = text::clip(rest, kWordBytes);  // never inside a character
        // Bytes that are not UTF-8 would never be clipped off: they go one at a time.
        const std::string_view taken = piece.empty() ? rest.substr(0, 1) : piece;
        out += (out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + text::to_base64(taken) + "?=";
        rest.remove_prefix(taken.size());
    }
    return out;
}

std::string mailbox(std::string_view name, std::string_view address) {
    if (name.empty()) return std::string(address);
    const std::string line = one_line(name);
    const bool atom =
        line.size() <= kPlainHeaderMax && std::all_of(line.begin(), line.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == '-';
        });
    // A quoted string would do for ASCII; an encoded word does for everything.
    std::string shown = line;
    if (!atom) {
        shown.clear();
        for (std::string_view rest = line; !rest.empty();) {
            const std::string_view piece = text::clip(rest, kWordBytes);
            const std::string_view taken = piece.empty() ? rest.substr(0, 1) : piece;
            shown += (shown.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + text::to_base64(taken) + "?=";
            rest.remove_prefix(taken.size());
        }
    }
    return shown + " <" + std::string(address) + ">";
}

std::string quoted_printable(std::string_view text) {
    std::string out;
    size_t column = 0;
    const auto put = [&](std::string_view piece) {
        if (column + piece.size() > kLineMax - 1) {
            out += "=\r\n";
            column = 0;
        }
        out += piece;
        column += piece.size();
    };
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        if (c == '\n') {
            out += "\r\n";
            column = 0;
            continue;
        }
        const bool line_ends = i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r';
        const bool literal = is_plain(c) && c != '=' && !(c == ' ' && line_ends);
        if (literal) {
            put(std::string_view(&c, 1));
        } else {
            std::string hex;
            append_hex(hex, c);
            put(hex);
        }
    }
    if (!out.ends_with("\r\n")) out += "\r\n";
    return out;
}

std::string base64_lines(std::string_view bytes) {
    const std::string all = text::to_base64(bytes);
    std::string out;
    for (size_t at = 0; at < all.size(); at += kLineMax) out += all.substr(at, kLineMax) + "\r\n";
    return out;
}

Part text_part(std::string_view content_type, std::string_view text) {
    return {"Content-Type: " + std::string(content_type) + "\r\nContent-Transfer-Encoding: quoted-printable\r\n",
            quoted_printable(text)};
}

Part base64_part(std::string_view content_type, std::string_view bytes, std::string_view extra_header) {
    return {"Content-Type: " + std::string(content_type) + "\r\nContent-Transfer-Encoding: base64\r\n" +
                std::string(extra_header),
            base64_lines(bytes)};
}

Part multipart(std::string_view subtype, std::string_view seed, const std::vector<Part>& parts) {
    // "=_" stands in no quoted-printable text and no base64 line.
    const std::string boundary = "=_" + std::string(subtype) + "_" + std::string(seed);
    Part whole{"Content-Type: multipart/" + std::string(subtype) + ";\r\n boundary=\"" + boundary + "\"\r\n", {}};
    for (const Part& part : parts) whole.body += "--" + boundary + "\r\n" + part.header + "\r\n" + part.body;
    whole.body += "--" + boundary + "--\r\n";
    return whole;
}

}  // namespace clinicpro::messaging::mime
