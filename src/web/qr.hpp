// qr.hpp: a QR code as an SVG picture. The code is libqrencode's. Tested by web/qr_test.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace clinicpro::web {

// Black on white with the quiet zone that readers need, whatever is behind it. Error kInvalid when `text` is too long.
Result<std::string> qr_svg(std::string_view text);

}  // namespace clinicpro::web
