// Facts about numbers that survive typing.
#include "invoices/account_number.hpp"

#include <gtest/gtest.h>

#include <set>

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

// Hands out the bytes it was given.
class ScriptedEntropy final : public crypto::Entropy {
public:
    explicit ScriptedEntropy(std::string bytes) : bytes_(std::move(bytes)) {}
    std::string bytes(size_t count) override {
        std::string out = bytes_.substr(at_, count);
        at_ += out.size();
        return out + std::string(count - out.size(), '\7');
    }

private:
    std::string bytes_;
    size_t at_ = 0;
};

TEST(account_number, no_digit_is_likelier_than_another_and_the_first_is_not_zero) {
    // 250 to 255 would favour 0 to 5; 0 and 240 give a leading zero.
    ScriptedEntropy entropy("\xFF" + std::string(1, '\0') + "\xF0\xF9\x01\xFA\x02\x03\x0E\xF5\x06\x11");
    EXPECT_EQ(make(entropy).substr(0, 8), "91234567");
}

TEST(account_number, the_check_digit_is_damm_s) {
    EXPECT_TRUE(is_valid("000000000"));
    EXPECT_TRUE(is_valid("000005724")) << "572 has the check digit 4: the example of H. M. Damm";
    EXPECT_FALSE(is_valid("5724")) << "right, and too short";
    EXPECT_FALSE(is_valid("000005723"));
}

TEST(account_number, letters_and_signs_at_the_edges_of_the_alphabet) {
    EXPECT_EQ(canonical("aAzZ@[`{/:09"), "AAZZ09");
    EXPECT_EQ(shown("12"), "12");
}

// By its definition: optimal string alignment, written as a recursion.
int plainly(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty()) return int(a.size() + b.size());
    int best = std::min(
        {plainly(a.substr(1), b) + 1, plainly(a, b.substr(1)) + 1, plainly(a.substr(1), b.substr(1)) + (a[0] != b[0])});
    if (a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0]) {
        best = std::min(best, plainly(a.substr(2), b.substr(2)) + 1);
    }
    return best;
}

TEST(account_number, distance_agrees_with_its_definition) {
    std::vector<std::string> texts = {""};
    for (size_t i = 0; texts[i].size() < 4; ++i) {
        for (const char c : {'1', '2', '3'}) texts.push_back(texts[i] + c);
    }
    for (const std::string& a : texts) {
        for (const std::string& b : texts) {
            const int wanted = plainly(a, b);
            for (const int most : {0, 1, 2, 3})
                ASSERT_EQ(distance(a, b, most), std::min(wanted, most + 1)) << a << " " << b;
        }
    }
}

TEST(account_number, the_longest_that_canonical_gives_are_compared_and_longer_ones_are_not) {
    const std::string longest(kCanonicalMax + 1, 'A'), longer(kCanonicalMax + 2, 'A');
    EXPECT_EQ(distance(longest, longest, 2), 0);
    EXPECT_EQ(distance(longest, longest.substr(1), 2), 1);
    EXPECT_EQ(distance(longest.substr(1), longest, 2), 1);
    EXPECT_EQ(distance(longer, longest, 2), 3);
    EXPECT_EQ(distance(longest, longer, 2), 3);
    EXPECT_EQ(distance(longer, longer, 2), 3);
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
