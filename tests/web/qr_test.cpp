// A QR code as a picture. That a reader reads it is libqrencode's promise; that we draw its modules and nothing else is
// ours.
#include "web/qr.hpp"

#include <gtest/gtest.h>

namespace clinicpro::web {
namespace {

TEST(qr, it_is_a_square_of_black_on_white_with_a_quiet_zone) {
    const auto svg = qr_svg("https://pay.mlimani.example/p/AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIIIIJJ");
    ASSERT_TRUE(svg);
    EXPECT_TRUE(svg->starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 45 45\""))
        << svg->substr(0, 80);                                          // version 5: 37 + 8
    EXPECT_NE(svg->find("<path d=\"M4 4h7v1h-7z"), std::string::npos);  // the first finder pattern's upper edge
    EXPECT_EQ(svg->find("script"), std::string::npos);
    EXPECT_LT(svg->size(), 12'000u);
    EXPECT_NE(*svg, *qr_svg("https://pay.mlimani.example/p/other"));
}

TEST(qr, a_text_too_long_is_one_sentence) {
    const auto svg = qr_svg(std::string(4000, 'x'));
    ASSERT_FALSE(svg);
    EXPECT_EQ(svg.error().message, "This is too long for a QR code.");
}

}  // namespace
}  // namespace clinicpro::web
