#include "web/qr.hpp"

#include <qrencode.h>

#include <memory>

namespace clinicpro::web {
namespace {

constexpr int kQuiet = 4;  // modules around the code (ISO 18004)

}  // namespace

Result<std::string> qr_svg(std::string_view text) {
    const std::string terminated(text);
    // Level M survives a scratched print; a pay link of 70 characters is then 37 modules wide.
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        QRcode_encodeString8bit(terminated.c_str(), 0, QR_ECLEVEL_M), QRcode_free);
    if (!code) return fail(Code::kInvalid, "This is too long for a QR code.");
    const std::string size = std::to_string(code->width + 2 * kQuiet);
    std::string path;
    for (int y = 0; y < code->width; ++y) {
        for (int x = 0; x < code->width;) {
            const auto dark = [&](int at) { return (code->data[y * code->width + at] & 1) != 0; };
            if (!dark(x)) {
                ++x;
                continue;
            }
            int end = x;
            while (end < code->width && dark(end)) ++end;
            path += "M" + std::to_string(x + kQuiet) + " " + std::to_string(y + kQuiet) + "h" +
                    std::to_string(end - x) + "v1h-" + std::to_string(end - x) + "z";
            x = end;
        }
    }
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size + " " + size +
           "\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h" + size + "v" + size + "H0z\"/><path d=\"" +
           path + "\"/></svg>\n";
}

}  // namespace clinicpro::web
