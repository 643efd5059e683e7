#include "payments/redact.hpp"

#include "base/text.hpp"

namespace clinicpro::payments {
namespace {

constexpr std::string_view kSecrets[] = {"\"Password\"", "\"SecurityCredential\"", "\"access_token\"", "\"passkey\""};
constexpr size_t kPhoneTail = 9;     // 712345678: what all spellings of a number share
constexpr size_t kShownTail = 3;
constexpr size_t kPhoneDigits = 10;  // 0712345678; shorter runs are amounts and times of day
constexpr size_t kHash = 64;         // a SHA-256 in hex

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Whether the last nine digits of a run look like a Kenyan mobile number, in a run that is not a time or a receipt.
bool ends_in_phone(std::string_view run, bool in_checkout_id) {
    if (run.size() < kPhoneDigits) return false;
    const char first = run[run.size() - kPhoneTail];
    if (first != '7' && first != '1') return false;
    if (in_checkout_id) return true;
    return run.size() == kPhoneDigits ? run.front() == '0' : run.size() == 12 && run.starts_with("254");
}

}  // namespace

std::string without_secrets(std::string_view body) {
    std::string out(body);
    for (const std::string_view key : kSecrets) {
        for (size_t at = out.find(key); at != std::string::npos; at = out.find(key, at)) {
            at += key.size();
            const size_t open = out.find_first_not_of(" \t\r\n:", at);
            if (open == std::string::npos || out[open] != '"') continue;
            size_t close = open + 1;
            while (close < out.size() && out[close] != '"') close += out[close] == '\\' ? 2 : 1;
            out.replace(open + 1, std::min(close, out.size()) - open - 1, "[hidden]");
        }
    }
    return out;
}

std::string with_masked_phones(std::string_view text) {
    std::string out(text);
    for (size_t i = 0; i < out.size();) {
        size_t end = i;
        while (end < out.size() && is_hex(out[end])) ++end;
        if (end - i == kHash) {
            out.replace(i, kHash, "[hidden]");
            continue;
        }
        if (!is_digit(out[i])) {
            ++i;
            continue;
        }
        end = i;
        while (end < out.size() && is_digit(out[end])) ++end;
        const bool in_id = i >= 6 && std::string_view(out).substr(i - 6, 6) == "ws_CO_";
        if (ends_in_phone(std::string_view(out).substr(i, end - i), in_id)) {
            for (size_t k = end - kPhoneTail + 1; k < end - kShownTail; ++k) out[k] = '*';
        }
        i = end;
    }
    return out;
}

}  // namespace clinicpro::payments
