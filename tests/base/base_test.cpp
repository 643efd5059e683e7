// Clock, ids, text, json and log.
#include <gtest/gtest.h>

#include <set>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace clinicpro {
namespace {

TEST(clock, east_africa_time_is_three_hours_ahead_and_crosses_midnight_and_year_end) {
    const Instant at = *parse_iso("2026-12-31T21:00:00Z");
    EXPECT_EQ(to_eat_stamp(at), "20270101000000");
    EXPECT_EQ(*parse_eat_stamp("20270101000000"), at);
    EXPECT_EQ(to_eat_words(at), "Fri 1 Jan 2027, 00:00");
    EXPECT_EQ(to_iso(at), "2026-12-31T21:00:00Z");
}

TEST(clock, an_offset_is_honoured_and_nonsense_is_refused) {
    EXPECT_EQ(*parse_iso("2026-11-23T14:30:00+03:00"), *parse_iso("2026-11-23T11:30:00Z"));
    EXPECT_EQ(to_iso(*parse_iso("2026-11-23T11:30:00.250Z")), "2026-11-23T11:30:00.250Z");
    for (const char* text : {"", "2026-11-23", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-23T25:00:00Z",
                             "2026-11-23T11:30:00", "tomorrow"}) {
        EXPECT_FALSE(parse_iso(text)) << text;
    }
    EXPECT_FALSE(parse_eat_stamp("20270230000000"));
    EXPECT_FALSE(parse_eat_stamp("2027010100000"));
}

TEST(clock, a_date_of_the_web_is_read_and_written) {
    for (const char* text : {"Tue, 24 Nov 2026 10:00:00 GMT", "Fri, 01 Jan 2027 00:00:00 GMT", "Thu, 31 Dec 2026 23:59:59 GMT"}) {
        const auto at = parse_http_date(text);
        ASSERT_TRUE(at) << text;
        EXPECT_EQ(to_http_date(*at), text);
    }
    EXPECT_EQ(*parse_http_date("Tue, 24 Nov 2026 10:00:00 GMT"), *parse_iso("2026-11-24T10:00:00Z"));
    EXPECT_EQ(to_http_date(*parse_iso("2026-11-24T10:00:00.999Z")), "Tue, 24 Nov 2026 10:00:00 GMT");
    for (const char* wrong :
         {"", "Tue, 24 Nov", "Tuesday, 24-Nov-26 10:00:00 GMT", "Tue Nov 24 10:00:00 2026", "Tue, 24 Nvo 2026 10:00:00 GMT",
          "Tue, 24 ovD 2026 10:00:00 GMT", "Tue, 34 Nov 2026 10:00:00 GMT", "Tue, 24 Nov 2026 10:00:61 GMT",
          "Tue, 24 Nov 2026 10:00:00 EAT", "Tue, 24 Nov 2026 10:00:00 GMT ", "Tue, 4 Nov 2026 10:00:00 GMT"}) {
        EXPECT_FALSE(parse_http_date(wrong)) << wrong;
    }
}

class FixedClock final : public Clock {
public:
    Instant at{1'800'000'000'000'000};
    Instant now() const override { return at; }
};

TEST(ids, they_rise_even_when_the_clock_steps_back) {
    FixedClock clock;
    IdMaker ids(clock, 3);
    int64_t last = 0;
    for (int i = 0; i < 50'000; ++i) {
        if (i == 20'000) clock.at = clock.at - 10s;
        const int64_t next = ids.next();
        ASSERT_GT(next, last);
        last = next;
    }
}

TEST(ids, two_nodes_never_make_the_same_id) {
    FixedClock clock;
    IdMaker one(clock, 1), two(clock, 2);
    std::set<int64_t> seen;
    for (int i = 0; i < 40'000; ++i) {
        EXPECT_TRUE(seen.insert(one.next()).second);
        EXPECT_TRUE(seen.insert(two.next()).second);
    }
}

TEST(ids, the_text_form_reads_back_and_another_kind_does_not) {
    const InvoiceId id{0x0123456789abcdef};
    EXPECT_EQ(*InvoiceId::parse(id.to_text()), id);
    EXPECT_EQ(*InvoiceId::parse(InvoiceId{INT64_MAX}.to_text()), InvoiceId{INT64_MAX});
    EXPECT_FALSE(PatientId::parse(id.to_text()));
    for (const char* text : {"", "inv_", "inv_0000000000000", "inv_zzzzzzzzzzzzz", "inv_012345678901u", "inv_01234567890123"}) {
        EXPECT_FALSE(InvoiceId::parse(text)) << text;
    }
}

TEST(text, encodings_read_back) {
    std::string all;
    for (int i = 0; i < 256; ++i) all += char(i);
    for (size_t n = 0; n <= all.size(); ++n) {
        const std::string part = all.substr(0, n);
        EXPECT_EQ(text::from_hex(text::to_hex(part)), part);
        EXPECT_EQ(text::from_base64(text::to_base64(part)), part);
        EXPECT_EQ(text::from_base64url(text::to_base64url(part)), part);
    }
    EXPECT_EQ(text::percent_decode(text::percent_encode(all)), all);
    EXPECT_EQ(text::to_base64("174379"), "MTc0Mzc5");
    EXPECT_FALSE(text::from_base64url("A"));
    EXPECT_FALSE(text::from_base64url("AB"));  // left-over bits are not zero
    EXPECT_FALSE(text::percent_decode("%4"));
}

TEST(text, utf8_is_checked_and_cut_between_characters) {
    EXPECT_TRUE(text::is_utf8("Wanjikũ"));
    EXPECT_FALSE(text::is_utf8("\xC0\x80"));
    EXPECT_FALSE(text::is_utf8("\xED\xA0\x80"));
    EXPECT_FALSE(text::is_utf8("abc\xC5"));
    EXPECT_EQ(text::clip("Wanjikũ", 7), "Wanjik");
}

TEST(json, an_error_names_the_place) {
    const auto doc = json::Document::parse(R"({"Body":{"stkCallback":{"ResultCode":"0","Items":[{"Name":1}]}}})");
    ASSERT_TRUE(doc);
    const auto callback = doc->root()["Body"]["stkCallback"];
    EXPECT_EQ(callback["ResultCode"].integer().error().field, "Body.stkCallback.ResultCode");
    EXPECT_EQ(*callback["ResultCode"].scalar(), "0");
    EXPECT_EQ(callback["Items"].at(0)["Name"].text().error().field, "Body.stkCallback.Items[0].Name");
    EXPECT_EQ(callback["Missing"]["Deeper"].text().error().field, "Body.stkCallback.Missing.Deeper");
}

TEST(json, numbers_keep_their_cents) {
    const auto doc = json::Document::parse(R"([1.00, 1.0, 1500.50, 20260401101502, 254708374149, 0.1, 123456789.05])");
    std::vector<std::string> read;
    for (size_t i = 0; i < doc->root().size(); ++i) read.push_back(*doc->root().at(i).scalar());
    EXPECT_EQ(read, (std::vector<std::string>{"1", "1", "1500.5", "20260401101502", "254708374149", "0.1", "123456789.05"}));
}

TEST(json, nonsense_is_refused_with_the_byte) {
    for (const char* bad : {"", "{", "{}x", "{\"a\":}", "nul", "[1,]", "\"\xFF\""}) {
        EXPECT_FALSE(json::Document::parse(bad)) << bad;
    }
    EXPECT_FALSE(json::Document::parse(std::string(100, '[') + std::string(100, ']')));
    EXPECT_FALSE(json::Document::parse(std::string(json::kMaxBytes + 1, ' ')));
}

TEST(json, a_writer_cannot_break_out_of_a_string) {
    json::Writer w;
    w.begin_object().field("a\"b", "x\n\x01\"").field("n", 7).key("list").begin_array().value(true).null().end_array().end_object();
    const std::string out = w.take();
    EXPECT_EQ(out, R"({"a\"b":"x\n\u0001\"","n":7,"list":[true,null]})");
    EXPECT_TRUE(json::Document::parse(out));
}

TEST(log, a_newline_in_a_value_cannot_forge_a_line) {
    std::vector<std::string> lines;
    log::capture([&](std::string_view line) { lines.emplace_back(line); });
    log::info("test.event", {{"who", "a\nb"}, {"count", 3}});
    log::capture(nullptr);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_NE(lines[0].find("info test.event who=\"a\\nb\" count=3"), std::string::npos) << lines[0];
}

}  // namespace
}  // namespace clinicpro
