#include "clinics/colour.hpp"

#include <cmath>

#include "base/text.hpp"

namespace clinicpro::clinics {

const Colour Colour::kWhite{255, 255, 255};
const Colour Colour::kNight{0x0f, 0x16, 0x1b};  // the ground of dark mode (pages/styles/tokens.css)

Result<Colour> Colour::parse(std::string_view text) {
    const auto bytes = text.size() == 7 && text[0] == '#' ? text::from_hex(text::lower(text.substr(1))) : std::nullopt;
    if (!bytes) {
        return fail(Code::kInvalid, "A colour is written as # and six hexadecimal digits, such as #0b6150.", "colour");
    }
    const Colour wanted{uint8_t((*bytes)[0]), uint8_t((*bytes)[1]), uint8_t((*bytes)[2])};
    if (wanted.contrast(kWhite) >= kContrastMin) return wanted;
    Colour darker = wanted;
    for (int percent = 1; darker.contrast(kWhite) < kContrastMin; ++percent) {
        darker = wanted.towards(Colour(0, 0, 0), percent);
    }
    return fail(Code::kInvalid,
                "White text cannot be read well on " + wanted.text() + ". Choose a darker colour, such as " +
                    darker.text() + ".",
                "colour");
}

std::string Colour::text() const {
    return "#" + text::to_hex(std::string{char(red_), char(green_), char(blue_)});
}

Colour Colour::on_dark() const {
    Colour lighter = *this;
    for (int percent = 1; percent <= 100 && lighter.contrast(kNight) < kContrastMin + 2; ++percent) {
        lighter = towards(kWhite, percent);
    }
    return lighter;
}

Colour Colour::tint() const {
    return towards(kWhite, 92);
}
Colour Colour::shade() const {
    return towards(kNight, 78);
}

Colour Colour::towards(const Colour& other, int percent) const {
    const auto mix = [percent](int from, int to) { return from + (to - from) * percent / 100; };
    return {mix(red_, other.red_), mix(green_, other.green_), mix(blue_, other.blue_)};
}

double Colour::luminance() const {
    const auto linear = [](int channel) {
        const double c = channel / 255.0;
        return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(red_) + 0.7152 * linear(green_) + 0.0722 * linear(blue_);
}

double Colour::contrast(const Colour& other) const {
    const double a = luminance(), b = other.luminance();
    return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

}  // namespace clinicpro::clinics
