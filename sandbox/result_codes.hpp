// result_codes.hpp: ResultCode and its two texts, one for callbacks and one for queries (daraja.md 2.5, 2.6).
//
// Texts are unstable at Safaricom, so some codes have several; which one is sent is a throw of the dice.
#pragma once

#include <string>
#include <string_view>

namespace clinicpro::sandbox {

struct ResultTexts {
    std::string_view code;
    std::string_view callback;
    std::string_view query;
};

// `other` swaps the two texts where both have been seen in both places. Unknown codes get a plain text.
std::string callback_text(std::string_view code, bool other);
std::string query_text(std::string_view code, bool other);
// Whether callbacks write it as a JSON number; SFC_IC0003 is not one.
bool is_numeric(std::string_view code);

}  // namespace clinicpro::sandbox
