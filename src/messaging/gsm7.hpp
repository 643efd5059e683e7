// gsm7.hpp: what a text costs as SMS.
//
// One SMS holds 160 characters of the GSM 03.38 alphabet; one character outside it (a curly quote is enough) turns the
// whole text into UCS-2 with room for 70 (meetings.md 6.1). `to_gsm7` keeps text that people gave us inside the
// alphabet. Tested by messaging/gsm7_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace clinicpro::messaging {

inline constexpr size_t kSmsMax = 160;      // septets in a single SMS
inline constexpr size_t kSmsPartMax = 153;  // septets in each part of a long one

// Septets of UTF-8 text: 1 for the basic alphabet, 2 for its extension ([ ] { } \ ^ ~ | and the euro sign). Nothing
// when a character is outside, or the bytes are not UTF-8.
std::optional<size_t> gsm7_length(std::string_view text);

// Units of 16 bits that the text takes as UCS-2.
size_t ucs2_length(std::string_view text);

// How many SMS the text costs, in GSM-7 or, when that cannot hold it, UCS-2. 0 for an empty text.
size_t sms_parts(std::string_view text);

// The same text with every character outside the alphabet replaced by a near one ("’" -> "'", "–" -> "-") or "?".
std::string to_gsm7(std::string_view text);

}  // namespace clinicpro::messaging
