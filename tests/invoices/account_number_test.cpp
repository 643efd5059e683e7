// Facts about numbers that survive typing.
#include "invoices/account_number.hpp"

#include <set>

#include <gtest/gtest.h>

namespace clinicpro::invoices::account_number {
namespace {

TEST(account_number, made_numbers_are_nine_digits_valid_and_all_different) {
    crypto::SystemEntropy entropy;
    std::set<std::string> seen;
    for (int i = 0; i < 2'000; ++i) {
        const std::string number = make(entropy);
        EXPECT_EQ(number.size(), kDigits);
        EXPECT_NE(number[0], '0');
        EXPECT_TRUE(is_valid(number)) << number;
        EXPECT_FALSE(looks_mistyped(number));
        EXPECT_EQ(canonical(number), number);
        seen.insert(number);
    }
    EXPECT_GT(seen.size(), 1'990u);
}

TEST(account_number, every_wrong_digit_and_every_swap_of_neighbours_is_caught) {
    crypto::SystemEntropy entropy;
    for (int i = 0; i < 300; ++i) {
        const std::string number = make(entropy);
        for (size_t at = 0; at < number.size(); ++at) {
            for (char digit = '0'; digit <= '9'; ++digit) {
                if (digit == number[at]) continue;
                std::string wrong = number;
                wrong[at] = digit;
                EXPECT_TRUE(looks_mistyped(wrong)) << number << " as " << wrong;
            }
            if (at + 1 == number.size() || number[at] == number[at + 1]) continue;
            std::string swapped = number;
            std::swap(swapped[at], swapped[at + 1]);
            EXPECT_TRUE(looks_mistyped(swapped)) << number << " as " << swapped;
        }
    }
}

TEST(account_number, the_ways_people_type_a_reference_agree) {
    for (const char* typed : {"INV-123456", "inv-123456", "INV 123456", "lNV-12345 6", " inv.123456 ", "1NVI23456"}) {
        EXPECT_EQ(canonical(typed), "1NV123456") << typed;
    }
    EXPECT_EQ(canonical("O0o"), "000");
    EXPECT_EQ(canonical("123 456 782"), "123456782");
    EXPECT_EQ(canonical("--"), "");
    EXPECT_EQ(canonical(""), "");
}

TEST(account_number, what_is_too_long_matches_nothing) {
    EXPECT_EQ(canonical(std::string(10'000, 'A')).size(), kCanonicalMax + 1);
}

TEST(account_number, it_is_shown_in_threes) {
    EXPECT_EQ(shown("123456782"), "123 456 782");
    EXPECT_EQ(shown(""), "");
}

TEST(account_number, only_nine_digits_can_look_mistyped) {
    EXPECT_FALSE(looks_mistyped("12345678"));
    EXPECT_FALSE(looks_mistyped("INV-123456"));
    EXPECT_FALSE(looks_mistyped(""));
}

TEST(account_number, distance_counts_single_changes_up_to_the_limit) {
    EXPECT_EQ(distance("123456782", "123456782", 2), 0);
    EXPECT_EQ(distance("123456782", "123456792", 2), 1);
    EXPECT_EQ(distance("123456782", "12345782", 2), 1);
    EXPECT_EQ(distance("123456782", "1234567822", 2), 1);
    EXPECT_EQ(distance("123456782", "213456782", 2), 1);
    EXPECT_EQ(distance("123456782", "213456728", 2), 2);
    EXPECT_EQ(distance("123456782", "987654321", 2), 3);
    EXPECT_EQ(distance("", "ab", 2), 2);
    EXPECT_EQ(distance("", "abc", 2), 3);
    EXPECT_EQ(distance(std::string(50, 'a'), "a", 2), 3);
}

}  // namespace
}  // namespace clinicpro::invoices::account_number
