// The colours a clinic's pages may wear.
#include "clinics/colour.hpp"

#include <gtest/gtest.h>

namespace clinicpro::clinics {
namespace {

TEST(colour, a_dark_colour_is_taken_in_either_case_and_written_in_one) {
    for (const char* text : {"#0b6150", "#0B6150"}) {
        const auto colour = Colour::parse(text);
        ASSERT_TRUE(colour) << text;
        EXPECT_EQ(colour->text(), "#0b6150");
    }
    EXPECT_TRUE(Colour::parse("#000000"));
}

TEST(colour, a_light_colour_is_refused_with_the_nearest_darker_one) {
    const auto colour = Colour::parse("#2ecc71");
    ASSERT_FALSE(colour);
    EXPECT_EQ(colour.error().field, "colour");
    const std::string& sentence = colour.error().message;
    const size_t at = sentence.find("such as #");
    ASSERT_NE(at, std::string::npos) << sentence;
    EXPECT_TRUE(Colour::parse(sentence.substr(at + 8, 7))) << sentence;
    EXPECT_FALSE(Colour::parse("#ffffff"));
    EXPECT_FALSE(Colour::parse("#777777"));  // 4.48:1
    EXPECT_TRUE(Colour::parse("#767676"));   // 4.54:1: the two that WCAG's own examples stand between
}

TEST(colour, anything_else_is_one_sentence_that_shows_the_form) {
    for (const char* text : {"", "#", "red", "0b6150", "#0b615", "#0b61500", "#0b615g", "#0b6150;", "#0b61 0"}) {
        const auto colour = Colour::parse(text);
        ASSERT_FALSE(colour) << text;
        EXPECT_EQ(colour.error().message, "A colour is written as # and six hexadecimal digits, such as #0b6150.")
            << text;
    }
}

TEST(colour, its_sisters_are_legible_on_their_grounds) {
    for (const char* text : {"#0b6150", "#000000", "#a8201a", "#1b4f8f", "#5b2a86", "#00008b", "#767676"}) {
        const Colour colour = *Colour::parse(text);
        const Colour night = *Colour::parse("#0f161b");
        EXPECT_GE(colour.on_dark().contrast(night), kContrastMin) << text;
        EXPECT_GE(colour.contrast(colour.tint()), 4.0) << text;
        EXPECT_GE(colour.on_dark().contrast(colour.shade()), 4.0) << text;
    }
}

}  // namespace
}  // namespace clinicpro::clinics
