// colour.hpp: the colour a clinic's pages wear, and what makes it legible.
//
// A colour is good when white text on it meets WCAG 2.2's contrast of 4.5:1, for it becomes the ground of buttons. For
// dark mode a lighter sister is found on which dark text meets the same. Pure. Tested by clinics/colour_test.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace clinicpro::clinics {

class Colour {
public:
    // "#0b6150", in either case. Error kInvalid: not of that form, or too light, naming the nearest darker one that is
    // good.
    static Result<Colour> parse(std::string_view text);

    std::string text() const;                    // "#0b6150"
    Colour on_dark() const;                      // lighter: legible on a dark ground, and under dark text
    Colour tint() const;                         // very light, for a ground behind this colour's own text
    Colour shade() const;                        // very dark, the same for on_dark()
    double contrast(const Colour& other) const;  // 1 to 21

    friend bool operator==(const Colour&, const Colour&) = default;

private:
    constexpr Colour(int red, int green, int blue) : red_(uint8_t(red)), green_(uint8_t(green)), blue_(uint8_t(blue)) {}
    Colour towards(const Colour& other, int percent) const;
    double luminance() const;
    static const Colour kWhite, kNight;
    uint8_t red_, green_, blue_;
};

inline constexpr double kContrastMin = 4.5;

}  // namespace clinicpro::clinics
