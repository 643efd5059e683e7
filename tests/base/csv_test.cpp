// Tables that other programs read and spreadsheets do not run.
#include "base/csv.hpp"

#include <gtest/gtest.h>

namespace clinicpro::csv {
namespace {

TEST(csv, a_cell_is_quoted_when_it_must_be_and_never_runs_as_a_formula) {
    Writer w;
    w.text("plain").text("a,b").text("say \"hi\"").text("two\nlines").text("").end();
    for (const char* formula : {"=1+1", "+254712", "-2", "@SUM(A1)", "\t=1", "\r=1"}) w.text(formula);
    w.end();
    w.money(Money::from_cents(150050)).number("12").times(Instant{1'795'417'200'000'000}).times(std::nullopt).end();
    EXPECT_EQ(w.take(),
              "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\r\n"
              "\"'=1+1\",\"'+254712\",\"'-2\",\"'@SUM(A1)\",\"'\t=1\",\"'\r=1\"\r\n"
              "1500.50,12,2026-11-23T07:00:00Z,2026-11-23 10:00:00,,\r\n");
}

TEST(csv, what_was_written_is_read_again) {
    Writer w;
    const std::vector<std::string> cells = {"a", "b,c", "d \"e\"", "f\r\ng", "", "h"};
    for (const auto& cell : cells) w.text(cell);
    w.end();
    const auto rows = parse(w.take());
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 1u);
    EXPECT_EQ(rows->front(), cells);
}

TEST(csv, other_programs_line_ends_marks_and_empty_lines_are_taken) {
    const auto rows = parse("\xEF\xBB\xBF" "a,b\n\n1,2\r\n3,4");
    ASSERT_TRUE(rows);
    EXPECT_EQ(*rows, (std::vector<std::vector<std::string>>{{"a", "b"}, {"1", "2"}, {"3", "4"}}));
    EXPECT_TRUE(parse("")->empty());
}

TEST(csv, what_is_no_table_is_refused_with_its_line) {
    for (const std::string& wrong : {std::string("a,b\n\"never closed"), std::string("a,b\nx\"y\",2\n"),
                                     "a,b\n" + std::string(kCellMax + 2, 'x') + ",1\n"}) {
        const auto rows = parse(wrong);
        ASSERT_FALSE(rows);
        EXPECT_NE(rows.error().message.find("Line "), std::string::npos);
    }
}

}  // namespace
}  // namespace clinicpro::csv
