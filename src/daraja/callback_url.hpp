// callback_url.hpp: what Safaricom accepts as an address to call back (daraja.md 2.7, 4.2).
//
// A C2B URL can be registered once in production and changed only by people in a portal, so it is checked before it is
// sent. Tested by daraja/callback_url_test.
#pragma once

#include <string_view>

#include "base/error.hpp"

namespace clinicpro::daraja {

inline constexpr size_t kCallbackUrlMax = 512;  // no limit is published; ours are under 120

// Error kConfig whose sentence says what to change:
//   not an absolute http(s) URL, spaces, user info, fragment, longer than kCallbackUrlMax;
//   upper-case letters in the host (refused with "Invalid CallBackURL");
//   a forbidden word anywhere, any case: m-pesa, mpesa, safaricom, exe, exec, cmd, sql, query;
// and in production also: not https, a public tunnel or request catcher, or a host only this machine knows.
Result<> check_callback_url(std::string_view url, bool production);

}  // namespace clinicpro::daraja
