#include "base/money.hpp"

namespace clinicpro {
namespace {

std::unexpected<Error> bad_amount() {
    return fail(Code::kInvalid, "This is not an amount of money. Write shillings like 1500 or 1,500.50.");
}

std::unexpected<Error> too_much() {
    return fail(Code::kInvalid, "This amount is larger than KES 10,000,000,000.");
}

}  // namespace

Result<Money> Money::parse(std::string_view text) {
    int64_t cents = 0;
    size_t i = 0;
    bool any = false;
    int since_comma = -1;  // digits since the last comma; -1 before the first
    for (; i < text.size() && text[i] != '.'; ++i) {
        const char c = text[i];
        if (c == ',') {
            if (!any || (since_comma != -1 && since_comma != 3)) return bad_amount();
            since_comma = 0;
            continue;
        }
        if (c < '0' || c > '9') return bad_amount();
        any = true;
        if (since_comma != -1) ++since_comma;
        cents = cents * 10 + (c - '0');
        if (cents > kMaxCents / 100) return too_much();
    }
    if (!any || (since_comma != -1 && since_comma != 3)) return bad_amount();
    cents *= 100;
    if (i < text.size()) {
        const std::string_view decimals = text.substr(i + 1);
        if (decimals.empty()) return bad_amount();
        int64_t scale = 10;
        for (const char c : decimals) {
            if (c < '0' || c > '9') return bad_amount();
            // 1.000 is exact; 1.005 is not money.
            if (scale == 0 && c != '0') return bad_amount();
            cents += (c - '0') * scale;
            scale /= 10;
        }
    }
    if (cents > kMaxCents) return too_much();
    return Money(cents);
}

std::string Money::to_text() const {
    const bool negative = cents_ < 0;
    const uint64_t size = negative ? uint64_t(-(cents_ + 1)) + 1 : uint64_t(cents_);
    std::string fraction = std::to_string(size % 100);
    if (fraction.size() < 2) fraction.insert(0, "0");
    return (negative ? "-" : "") + std::to_string(size / 100) + "." + fraction;
}

std::string Money::to_display() const {
    std::string text = to_text();
    const size_t first = text.front() == '-' ? 1 : 0;
    for (size_t at = text.size() - 3; at > first + 3;) {
        at -= 3;
        text.insert(at, ",");
    }
    return "KES " + text;
}

Money operator+(Money a, Money b) {
    int64_t sum = 0;
    CHECK(!__builtin_add_overflow(a.cents_, b.cents_, &sum));
    return Money(sum);
}

Money operator-(Money a, Money b) {
    int64_t difference = 0;
    CHECK(!__builtin_sub_overflow(a.cents_, b.cents_, &difference));
    return Money(difference);
}

}  // namespace clinicpro
