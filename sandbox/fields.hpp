// fields.hpp: reads request fields as Daraja does: exact key names, numbers and strings alike; and checks URLs, phones
// and digits by its own rules (it shares no code with the client it plays against).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "sandbox/config.hpp"

namespace clinicpro::sandbox {

// Text, or a whole number as text. Nothing for a missing key, null, a fraction, true, an array or an object.
std::optional<std::string> field(json::View body, std::string_view name);

bool is_digits(std::string_view text, size_t least, size_t most);
bool is_payer(std::string_view text);      // 2547XXXXXXXX or 2541XXXXXXXX
bool is_shortcode(std::string_view text);  // 5 to 7 digits
// Whole shillings from 1; nothing for decimals, signs, zero or more than 9 digits.
std::optional<int64_t> whole_amount(json::View body, std::string_view name);

struct UrlRules {
    bool http_on_loopback = true;
    bool http_anywhere = false;
    bool upper_case_host_refused = true;
    bool forbidden_words = true;  // daraja.md 4.2
    bool public_testers = true;   // ngrok, mockbin, requestbin refused
};
bool is_callback_url(std::string_view url, const UrlRules& rules);

}  // namespace clinicpro::sandbox
