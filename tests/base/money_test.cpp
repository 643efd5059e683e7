#include "base/money.hpp"

#include <gtest/gtest.h>

namespace clinicpro {
namespace {

TEST(money, the_same_amount_is_read_from_every_spelling_daraja_uses) {
    for (const char* text : {"1500", "1500.0", "1500.00", "1,500", "1,500.00", "1500.000"}) {
        ASSERT_TRUE(Money::parse(text)) << text;
        EXPECT_EQ(Money::parse(text)->cents(), 150'000) << text;
    }
    EXPECT_EQ(Money::parse("0.05")->cents(), 5);
    EXPECT_EQ(Money::parse("0.5")->cents(), 50);
    EXPECT_EQ(Money::parse("9,999.99")->cents(), 999'999);
}

TEST(money, what_is_not_an_amount_is_refused) {
    for (const char* text : {"", "-1", "+1", "1.", ".5", "1.005", "1e3", "abc", "1,50", "1,5000", ",100", "1 000",
                             "10,0", "99999999999999999999", "NaN", "1.2.3", "1.5x", "1./"}) {
        EXPECT_FALSE(Money::parse(text)) << text;
    }
}

TEST(money, the_largest_amount_is_the_largest_to_the_cent) {
    EXPECT_EQ(Money::parse("10,000,000,000.00")->cents(), Money::kMaxCents);
    for (const char* text : {"10000000000.01", "10000000000.99", "10000000001", "184467440737095516160"}) {
        ASSERT_FALSE(Money::parse(text)) << text;
        EXPECT_EQ(Money::parse(text).error().message, "This amount is larger than KES 10,000,000,000.");
    }
}

TEST(money, it_is_shown_as_people_write_it) {
    EXPECT_EQ(Money::from_cents(0).to_display(), "KES 0.00");
    EXPECT_EQ(Money::from_cents(99'999).to_display(), "KES 999.99");
    EXPECT_EQ(Money::from_cents(100'000).to_display(), "KES 1,000.00");
    EXPECT_EQ(Money::from_cents(123'456'789'05).to_display(), "KES 123,456,789.05");
    EXPECT_EQ(Money::from_cents(-100'005).to_display(), "KES -1,000.05");
    EXPECT_EQ(Money::from_cents(-12'345'600).to_display(), "KES -123,456.00");
    EXPECT_EQ(Money::from_cents(-5).to_text(), "-0.05");
}

TEST(money, it_is_added_and_taken_away_to_the_cent) {
    EXPECT_EQ((Money::from_cents(150) + Money::from_cents(75)).cents(), 225);
    EXPECT_EQ((Money::from_cents(150) - Money::from_cents(175)).cents(), -25);
}

TEST(money_death, overflow_is_a_broken_promise_not_a_wrong_sum) {
    EXPECT_DEATH((void)(Money::from_cents(INT64_MAX) + Money::from_cents(1)), "broken promise");
}

}  // namespace
}  // namespace clinicpro
