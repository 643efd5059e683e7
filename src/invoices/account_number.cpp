#include "invoices/account_number.hpp"

#include <algorithm>
#include <array>

namespace clinicpro::invoices::account_number {
namespace {

// H. M. Damm's totally anti-symmetric quasigroup of order 10.
constexpr uint8_t kDamm[10][10] = {
    {0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3}, {4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
    {1, 7, 5, 0, 9, 8, 3, 4, 2, 6}, {6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
    {5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7}, {9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
    {2, 5, 8, 1, 4, 3, 6, 7, 9, 0}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int damm(std::string_view digits) {
    int interim = 0;
    for (const char c : digits) interim = kDamm[interim][c - '0'];
    return interim;
}

bool nine_digits(std::string_view text) {
    return text.size() == kDigits && std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace

std::string make(crypto::Entropy& entropy) {
    std::string digits;
    while (digits.size() < kDigits - 1) {
        for (const char c : entropy.bytes(kDigits + 3)) {  // a few spare: about 2 % of the bytes are passed over
            const auto byte = uint8_t(c);
            if (byte >= 250) continue;  // 250..255 would favour the low digits
            if (digits.empty() && byte % 10 == 0) continue;
            if (digits.size() < kDigits - 1) digits += char('0' + byte % 10);
        }
    }
    digits += char('0' + damm(digits));
    return digits;
}

bool is_valid(std::string_view digits) { return nine_digits(digits) && damm(digits) == 0; }

std::string shown(std::string_view digits) {
    std::string out;
    for (size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && i % 3 == 0) out += ' ';
        out += digits[i];
    }
    return out;
}

std::string canonical(std::string_view typed) {
    std::string out;
    for (const char c : typed) {
        char next = c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c;
        if (!is_digit(next) && (next < 'A' || next > 'Z')) continue;
        if (next == 'O') next = '0';
        if (next == 'I' || next == 'L') next = '1';
        out += next;
        if (out.size() > kCanonicalMax) break;
    }
    return out;
}

bool looks_mistyped(std::string_view typed) {
    const std::string key = canonical(typed);
    return nine_digits(key) && damm(key) != 0;
}

int distance(std::string_view a, std::string_view b, int most) {
    constexpr size_t kMost = kCanonicalMax + 1;
    if (a.size() > kMost || b.size() > kMost) return most + 1;
    const size_t apart = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
    if (apart > size_t(most)) return most + 1;
    // Optimal string alignment: three rows, because a swap looks two back.
    std::array<std::array<int, kMost + 1>, 3> rows{};
    for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = int(j);
    for (size_t i = 1; i <= a.size(); ++i) {
        auto& now = rows[i % 3];
        const auto& last = rows[(i - 1) % 3];
        now[0] = int(i);
        int least = now[0];
        for (size_t j = 1; j <= b.size(); ++j) {
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                now[j] = std::min(now[j], rows[(i - 2) % 3][j - 2] + 1);
            }
            least = std::min(least, now[j]);
        }
        if (least > most) return most + 1;
    }
    return std::min(rows[a.size() % 3][b.size()], most + 1);
}

}  // namespace clinicpro::invoices::account_number
