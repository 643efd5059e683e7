// text.hpp: small, exact operations on text. Tested by base/text_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clinicpro::text {

std::string_view trim(std::string_view text);  // ASCII white space at both ends
std::string lower(std::string_view text);      // ASCII only
std::string upper(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
bool contains_ignoring_case(std::string_view haystack, std::string_view needle);
std::vector<std::string_view> split(std::string_view text, char separator);

std::string to_hex(std::string_view bytes);  // lower case
std::optional<std::string> from_hex(std::string_view hex);
std::string to_base64(std::string_view bytes);     // standard alphabet, padded
std::string to_base64url(std::string_view bytes);  // URL alphabet, no padding
std::optional<std::string> from_base64(std::string_view encoded);     // padding optional
std::optional<std::string> from_base64url(std::string_view encoded);  // canonical form only

std::string percent_encode(std::string_view text);  // all but unreserved characters
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

bool is_utf8(std::string_view text);
// At most `limit` bytes, cut between characters.
std::string_view clip(std::string_view text, size_t limit);
// For HTML text and attribute values.
std::string escape_html(std::string_view text);

}  // namespace clinicpro::text
