// pages.hpp: the patient's phone as a page at "/": one HTML file, one style sheet, one script, nothing from elsewhere.
#pragma once

#include <optional>
#include <string_view>

#include "net/http.hpp"

namespace clinicpro::sandbox {

extern const std::string_view kPhoneHtml;
extern const std::string_view kZoomHtml;
extern const std::string_view kZoomJs;
extern const std::string_view kPhoneCss;
extern const std::string_view kPhoneJs;

// The page, its style or its script; nothing for any other path.
std::optional<net::Response> page_for(const net::Request& request);

}  // namespace clinicpro::sandbox
