// fields.hpp: internal to daraja: checks of what we send and tolerant readers of what we are sent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/money.hpp"

namespace clinicpro::daraja::fields {

// What M-Pesa moves at a time (daraja.md 8).
inline constexpr Money kTransactionMin = Money::from_shillings(1);
inline constexpr Money kTransactionMax = Money::from_shillings(250'000);

bool is_digits(std::string_view text);
bool is_letters_and_digits(std::string_view text);

// Whole shillings between `least` and `most`.
Result<> check_shillings(Money amount, Money least, Money most, std::string_view field);
// Free text that people read: UTF-8 without control characters, `least` .. `most` bytes.
Result<> check_text(std::string_view text, size_t least, size_t most, std::string_view field);
// An identifier that goes into a request: 1 .. 128 printable ASCII characters without spaces.
Result<> check_identifier(std::string_view text, std::string_view field);

// A required scalar: present, not blank, at most `most` bytes, printable.
Result<std::string> identifier(const json::View& view, size_t most);
// A scalar as text, trimmed and clipped; empty when missing or null.
std::string optional_text(const json::View& view, size_t most);

// An amount that may carry a minus sign, as balances do.
std::optional<Money> signed_money(std::string_view text);
// Any of Safaricom's forms as East African time: yyyyMMddHHmmss, dd.MM.yyyy HH:mm:ss, yyyy-MM-dd[T ]HH:mm:ss[...].
std::optional<Instant> time(std::string_view text);

}  // namespace clinicpro::daraja::fields
