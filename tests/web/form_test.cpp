// Forms as browsers post them, and what others post.
#include "web/form.hpp"

#include <gtest/gtest.h>

namespace clinicpro::web {
namespace {

net::Request posted(std::string body, std::string type = "application/x-www-form-urlencoded") {
    return {.method = "POST", .headers = {{"Content-Type", std::move(type)}}, .body = std::move(body)};
}

TEST(form, fields_are_decoded_and_trimmed) {
    const auto form = Form::read(
        posted("phone=0712+345%20678+&once=a%2Bb&empty=&flag", "application/x-www-form-urlencoded; charset=UTF-8"));
    ASSERT_TRUE(form);
    EXPECT_EQ((*form)["phone"], "0712 345 678");
    EXPECT_EQ((*form)["once"], "a+b");
    EXPECT_EQ((*form)["empty"], "");
    EXPECT_EQ((*form)["missing"], "");
    EXPECT_TRUE(form->has("flag"));
    EXPECT_FALSE(form->has("missing"));
    EXPECT_EQ((*Form::read(posted("a=1&a=2")))["a"], "1");
    EXPECT_TRUE(Form::read(posted("", "")));
}

TEST(form, what_no_page_of_ours_posts_is_refused) {
    EXPECT_FALSE(Form::read(posted("a=1", "text/plain")));
    EXPECT_FALSE(Form::read(posted("{}", "application/json")));
    EXPECT_FALSE(Form::read(posted("a=%zz")));
    EXPECT_FALSE(Form::read(posted("a=%ff")));  // not UTF-8
    EXPECT_FALSE(Form::read(posted("a=" + std::string(Form::kBodyMax, 'x'))));
    std::string many;
    for (size_t i = 0; i <= Form::kFieldsMax; ++i) many += "a=1&";
    EXPECT_FALSE(Form::read(posted(many)));
}

TEST(form, what_was_sent_twice_has_the_same_content_whatever_the_boundary) {
    const auto sent = [](const std::string& boundary, const std::string& value) {
        const auto form = Form::read(posted("--" + boundary + "\r\nContent-Disposition: form-data; name=\"statement\"\r\n\r\n" + value +
                                                "\r\n--" + boundary + "--\r\n",
                                            "multipart/form-data; boundary=" + boundary));
        EXPECT_TRUE(form);
        return form ? form->content() : std::string();
    };
    EXPECT_EQ(sent("one", "a,b"), sent("another", "a,b"));
    EXPECT_NE(sent("one", "a,b"), sent("one", "a,c"));
    EXPECT_NE(Form::read(posted("a=bc"))->content(), Form::read(posted("ab=c"))->content());
    EXPECT_EQ(Form().content(), "");
}

TEST(form, a_file_is_the_value_of_its_field) {
    const std::string type = "multipart/form-data; boundary=----edge\"1";
    const std::string body =
        "------edge\"1\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc\r\n"
        "------edge\"1\r\ncontent-disposition: form-data; name=\"statement\"; filename=\"a; name=x.csv\"\r\n"
        "Content-Type: text/csv\r\n\r\na,b\r\n1,2\r\n--edge is not at its end\r\n------edge\"1--\r\n";
    const auto form = Form::read(posted(body, type));
    ASSERT_TRUE(form) << form.error().message;
    EXPECT_EQ((*form)["csrf"], "abc");
    EXPECT_EQ((*form)["statement"], "a,b\r\n1,2\r\n--edge is not at its end");
    // Cut anywhere, it is not whole.
    for (size_t end = 1; end + 4 < body.size(); ++end) {
        EXPECT_FALSE(Form::read(posted(body.substr(0, end), type))) << end;
    }
    EXPECT_FALSE(Form::read(posted(body, "multipart/form-data")));
    EXPECT_FALSE(Form::read(posted(body, "multipart/form-data; boundary=other")));
    EXPECT_FALSE(Form::read(posted("--e\r\nContent-Type: text/plain\r\n\r\nx\r\n--e--", "multipart/form-data; boundary=e")));
    EXPECT_FALSE(Form::read(posted("--e\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n--e--", "multipart/form-data; boundary=e")));
    const std::string large(Form::kUploadMax, 'x');
    EXPECT_FALSE(Form::read(posted(large, type)));
}

}  // namespace
}  // namespace clinicpro::web
