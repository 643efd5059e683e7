// Facts about what a text costs as SMS.
#include "messaging/gsm7.hpp"

#include <gtest/gtest.h>

namespace clinicpro::messaging {
namespace {

TEST(gsm7, plain_letters_cost_one_and_brackets_two) {
    EXPECT_EQ(gsm7_length("abc"), 3u);
    EXPECT_EQ(gsm7_length("[a]"), 5u);
    EXPECT_EQ(gsm7_length("€"), 2u);
    EXPECT_EQ(gsm7_length("é@_\n"), 4u);
    EXPECT_EQ(gsm7_length(""), 0u);
}

TEST(gsm7, characters_outside_the_alphabet_have_no_length) {
    EXPECT_EQ(gsm7_length("it’s"), std::nullopt);
    EXPECT_EQ(gsm7_length("`"), std::nullopt);
    EXPECT_EQ(gsm7_length("a\tb"), std::nullopt);
    EXPECT_EQ(gsm7_length("\xFF"), std::nullopt);
    EXPECT_EQ(gsm7_length("\xE2\x82"), std::nullopt);
}

TEST(gsm7, parts_follow_the_alphabet_the_text_needs) {
    EXPECT_EQ(sms_parts(""), 0u);
    EXPECT_EQ(sms_parts(std::string(160, 'a')), 1u);
    EXPECT_EQ(sms_parts(std::string(161, 'a')), 2u);
    EXPECT_EQ(sms_parts(std::string(306, 'a')), 2u);
    EXPECT_EQ(sms_parts(std::string(307, 'a')), 3u);
    EXPECT_EQ(sms_parts(std::string(69, 'a') + "’"), 1u);
    EXPECT_EQ(sms_parts(std::string(70, 'a') + "’"), 2u);
}

TEST(gsm7, replacement_keeps_any_bytes_inside_the_alphabet) {
    EXPECT_EQ(to_gsm7("St. Mary’s – “Mlimani”…"), "St. Mary's - \"Mlimani\"...");
    EXPECT_EQ(to_gsm7("日"), "?");
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            const std::string bytes{char(first), char(second), 'x'};
            EXPECT_NE(gsm7_length(to_gsm7(bytes)), std::nullopt) << first << " " << second;
        }
    }
}

}  // namespace
}  // namespace clinicpro::messaging
