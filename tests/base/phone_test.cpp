#include "base/phone.hpp"

#include <gtest/gtest.h>

namespace clinicpro {
namespace {

TEST(phone, every_kenyan_spelling_is_one_number) {
    for (const char* text :
         {"0712345678", "0712 345 678", "712345678", "254712345678", "+254712345678", "+254 712-345-678",
          "00254712345678", "+254 (0)712 345 678", "(0712) 345678", "254 0712345678"}) {
        ASSERT_TRUE(Msisdn::parse(text)) << text;
        EXPECT_EQ(Msisdn::parse(text)->digits(), "254712345678") << text;
    }
    EXPECT_EQ(Msisdn::parse("0110000001")->digits(), "254110000001");
    EXPECT_EQ(Msisdn::parse("0799999999")->digits(), "254799999999");
    EXPECT_TRUE(Msisdn::parse("0712345678" + std::string(30, ' ')));
    EXPECT_FALSE(Msisdn::parse("0712345678" + std::string(31, ' '))) << "longer than anybody writes a number";
}

TEST(phone, what_is_not_a_kenyan_mobile_is_refused_with_advice) {
    for (const char* text : {"", "12345", "0812345678", "254812345678", "+255712345678", "07123456789", "0712345",
                             "07l2345678", "+0712345678", "0712345678x", "-712345678", "2541712345678",
                             "254712345678254712345678254712345678999999999999"}) {
        const auto parsed = Msisdn::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_NE(parsed.error().message.find("0712 345 678"), std::string::npos);
    }
}

TEST(phone, a_mask_shows_seven_of_twelve_digits) {
    const Msisdn phone = *Msisdn::parse("0712345678");
    EXPECT_EQ(phone.masked(), "2547*****678");
    EXPECT_TRUE(phone.fits_mask("2547 ***** 678"));
    EXPECT_TRUE(phone.fits_mask("25471****678"));
    EXPECT_TRUE(phone.fits_mask("254712345678"));
    EXPECT_TRUE(phone.fits_mask("254712***678"));
    EXPECT_TRUE(phone.fits_mask("254*****5678"));
    EXPECT_TRUE(phone.fits_mask("254712*345678")) << "nothing is hidden";
    EXPECT_FALSE(phone.fits_mask("25*****5678")) << "too little is shown at the front";
    EXPECT_FALSE(phone.fits_mask("25471234*45678")) << "more digits than a number has";
    EXPECT_FALSE(phone.fits_mask("2547 ***** 578"));
    EXPECT_FALSE(phone.fits_mask("2547**x**678"));
    EXPECT_FALSE(phone.fits_mask("2547 ***** 679"));
    EXPECT_FALSE(phone.fits_mask("2541 ***** 678"));
    EXPECT_FALSE(phone.fits_mask("254712345679"));
    EXPECT_FALSE(phone.fits_mask("*****"));
    EXPECT_FALSE(phone.fits_mask(""));
    EXPECT_FALSE(phone.fits_mask("c2d3f0a1"));
}

}  // namespace
}  // namespace clinicpro
