#include "daraja/codes.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace clinicpro::daraja {
namespace {

using enum ResultClass;

struct Row {
    const char* code;
    ResultClass result_class;
    bool final;
    bool new_push;
};

// Table 2.5 of daraja.md.
constexpr Row kTable[] = {
    {"0", kPaid, true, false},
    {"1", kInsufficientFunds, true, true},
    {"2", kLimit, true, false},
    {"3", kLimit, true, false},
    {"4", kLimit, true, true},
    {"8", kLimit, true, false},
    {"11", kConfiguration, true, false},
    {"17", kRepeated, true, true},
    {"20", kConfiguration, true, false},
    {"21", kConfiguration, true, false},
    {"26", kBusy, true, true},
    {"1001", kBusy, true, true},
    {"1019", kExpired, true, true},
    {"1025", kConfiguration, true, true},
    {"1031", kCancelled, true, true},
    {"1032", kCancelled, true, true},
    {"1036", kNoAnswer, true, true},
    {"1037", kNoAnswer, false, true},
    {"1101", kConfiguration, true, false},
    {"1102", kConfiguration, true, false},
    {"2001", kWrongPin, true, true},
    {"2006", kBlocked, true, true},
    {"2008", kBlocked, true, true},
    {"2026", kExpired, true, true},
    {"2028", kConfiguration, true, false},
    {"4999", kStillProcessing, false, false},
    {"8006", kBlocked, true, false},
    {"9999", kBusy, true, true},
    {"SFC_IC0003", kConfiguration, true, false},
};

TEST(codes, every_row_of_the_table_means_what_it_says) {
    for (const Row& row : kTable) {
        const ResultMeaning& meaning = meaning_of(row.code);
        SCOPED_TRACE(row.code);
        EXPECT_EQ(to_string(meaning.result_class), to_string(row.result_class));
        EXPECT_EQ(meaning.final, row.final);
        EXPECT_EQ(meaning.new_push_makes_sense, row.new_push);
        EXPECT_EQ(meaning.wait > Duration(0), row.new_push || !row.final);
        EXPECT_GT(meaning.sentence.size(), 20u);
    }
}

TEST(codes, the_table_is_complete) {
    const auto known = known_result_codes();
    EXPECT_EQ(known.size(), std::size(kTable));
    EXPECT_EQ(std::set(known.begin(), known.end()).size(), known.size());
}

TEST(codes, only_zero_is_paid) {
    for (const std::string_view code : known_result_codes()) EXPECT_EQ(meaning_of(code).is_paid(), code == "0") << code;
}

TEST(codes, only_1037_is_disputed) {
    for (const std::string_view code : known_result_codes())
        EXPECT_EQ(meaning_of(code).disputed, code == "1037") << code;
}

TEST(codes, an_unknown_code_settles_nothing) {
    for (const char* code : {"", "00", "0 ", " 0", "0.0", "7", "99", "-1", "43", "1O32", "sfc_ic0003", "success"}) {
        const ResultMeaning& meaning = meaning_of(code);
        EXPECT_EQ(meaning.result_class, kUnknown) << code;
        EXPECT_FALSE(meaning.final) << code;
        EXPECT_FALSE(meaning.new_push_makes_sense) << code;
        EXPECT_TRUE(meaning.sentence.starts_with("M-Pesa gave an answer we do not know.")) << code;
    }
}

// daraja.md 2.5 and 8: between two prompts to one phone stands a minute; some refusals ask for more.
TEST(codes, a_new_prompt_waits_as_long_as_its_refusal_asks_for) {
    const std::map<std::string_view, Duration> longer = {
        {"4", 24h}, {"17", 2min}, {"26", 3min}, {"1001", 2min}, {"9999", 3min}};
    for (const Row& row : kTable) {
        const auto found = longer.find(row.code);
        const Duration wanted = found != longer.end() ? found->second : row.new_push ? Duration(1min) : Duration(0);
        if (row.code != std::string_view("4999")) EXPECT_EQ(meaning_of(row.code).wait, wanted) << row.code;
    }
    for (const char* undecided : {"4999", "no such code"}) EXPECT_EQ(meaning_of(undecided).wait, 15s) << undecided;
}

TEST(codes, classes_have_distinct_names) {
    std::set<std::string_view> names;
    for (int i = 0; i <= int(kUnknown); ++i) names.insert(to_string(ResultClass(i)));
    EXPECT_EQ(names.size(), size_t(kUnknown) + 1);
}

}  // namespace
}  // namespace clinicpro::daraja
