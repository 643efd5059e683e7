#include "net/http.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace clinicpro::net {
namespace {

TEST(http, a_header_is_found_whatever_its_case) {
    const Headers headers = {{"Content-Type", "a"}, {"X-Id", "1"}, {"x-id", "2"}};
    EXPECT_EQ(find_header(headers, "content-type"), "a");
    EXPECT_EQ(find_header(headers, "X-ID"), "1");
    EXPECT_EQ(find_header(headers, "X"), "");
}

TEST(http, a_query_value_is_decoded) {
    Request request;
    request.query = "a=1&name=J%C3%A9+W&empty=&flag&bad=%zz&a=2&&=x";
    EXPECT_EQ(request.query_value("a"), "1");
    EXPECT_EQ(request.query_value("name"), "J\xC3\xA9 W");
    for (const char* name : {"empty", "flag", "bad", "absent", "ame"}) EXPECT_EQ(request.query_value(name), "") << name;
}

TEST(http, a_problem_says_everything_but_the_detail) {
    const Error error{Code::kInvalid, "The amount must be \"whole\".", "amount", "secret operator detail"};
    const Response response = Response::problem(error, "req-1");
    EXPECT_EQ(response.status, 422);
    EXPECT_EQ(response.header("Content-Type"), "application/problem+json");
    EXPECT_EQ(response.body,
              "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\",\"status\":422,"
              "\"detail\":\"The amount must be \\\"whole\\\".\",\"code\":\"invalid\",\"field\":\"amount\","
              "\"request_id\":\"req-1\"}");
}

TEST(http, every_error_code_makes_a_well_formed_problem) {
    for (int i = 0; i <= int(Code::kInternal); ++i) {
        const Response response = Response::problem(Error{Code(i), "What to do.", {}, "hidden"});
        EXPECT_GE(response.status, 400);
        EXPECT_NE(reason_phrase(response.status), "Unknown");
        const auto document = json::Document::parse(response.body);
        ASSERT_TRUE(document);
        EXPECT_EQ(document->root()["code"].text().value(), to_string(Code(i)));
        EXPECT_EQ(response.body.find("hidden"), std::string::npos);
        EXPECT_FALSE(document->root()["field"].exists());
    }
}

TEST(http, the_makers_name_their_content) {
    EXPECT_EQ(Response::json(201, "{}").header("Content-Type"), "application/json");
    EXPECT_EQ(Response::html(200, "").header("Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(Response::text(200, "").header("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(Response::redirect("/j/1").status, 303);
    EXPECT_EQ(Response::redirect("/j/1").header("location"), "/j/1");
}

}  // namespace
}  // namespace clinicpro::net
