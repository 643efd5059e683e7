// csv.hpp: tables as other programs read them: RFC 4180, and safe to open in a spreadsheet.
//
// A text that a spreadsheet would run as a formula (it begins with = + - @, a tab or a carriage return) gets an apostrophe
// in front; numbers are written by `number` and stay numbers. Tested by base/csv_test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/money.hpp"

namespace clinicpro::csv {

class Writer {
public:
    Writer& text(std::string_view value);
    Writer& number(std::string_view digits);  // as it is: only for what we made ourselves
    Writer& money(Money amount) { return number(amount.to_text()); }  // "1500.50": shillings
    // Two cells: UTC as RFC 3339, and East African Time as "2026-11-23 09:00:00". Both empty for nothing.
    Writer& times(const std::optional<Instant>& at);
    Writer& end();  // of the row

    size_t size() const { return out_.size(); }
    std::string take() { return std::move(out_); }

private:
    void next();
    std::string out_;
    bool first_ = true;
};

inline constexpr size_t kRowsMax = 200'000;  // a month's statement of a busy paybill is below
inline constexpr size_t kCellMax = 2'000;

// Rows of cells, as RFC 4180 has them; LF alone is taken for CRLF, a byte order mark is skipped, empty lines are left
// out. Error kInvalid names the line.
Result<std::vector<std::vector<std::string>>> parse(std::string_view bytes);

}  // namespace clinicpro::csv
