// money.hpp: an amount of Kenyan money as integer cents.
//
// Never a float. M-Pesa itself moves whole shillings only (daraja.md 2.1), and answers write the same
// amount as 1, 1.0 or "1.00"; `parse` takes all of these exactly. Tested by base/money_test.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace clinicpro {

class Money {
public:
    constexpr Money() = default;
    static constexpr Money from_cents(int64_t cents) { return Money(cents); }
    static constexpr Money from_shillings(int64_t shillings) { return Money(shillings * 100); }
    // "1000", "1,000", "1000.5", "1,000.50". At most two decimals, no sign, at most kMax. Error kInvalid.
    static Result<Money> parse(std::string_view text);

    constexpr int64_t cents() const { return cents_; }
    constexpr bool is_whole_shillings() const { return cents_ % 100 == 0; }
    constexpr int64_t shillings() const { return cents_ / 100; }  // rounds toward zero
    constexpr bool is_zero() const { return cents_ == 0; }
    constexpr bool is_positive() const { return cents_ > 0; }

    std::string to_text() const;     // "1000.50"
    std::string to_display() const;  // "KES 1,000.50"

    friend constexpr auto operator<=>(const Money&, const Money&) = default;
    friend Money operator+(Money a, Money b);  // CHECKs against overflow
    friend Money operator-(Money a, Money b);

    // Far above any clinic's turnover, far below overflow: KES 10 billion.
    static constexpr int64_t kMaxCents = 1'000'000'000'000;

private:
    explicit constexpr Money(int64_t cents) : cents_(cents) {}
    int64_t cents_ = 0;
};

}  // namespace clinicpro
