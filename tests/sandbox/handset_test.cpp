// handset_test.cpp: scripts are read strictly, names depend on the number only, phones remember their messages.
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

TEST(handset, scripts_read_what_they_write_and_refuse_the_rest) {
    for (const char* good :
         {R"({"act":"pay"})", R"({"act":"late","after_seconds":90})", R"({"act":"result","code":"2028"})"}) {
        const auto document = json::Document::parse(good);
        const auto script = read_script(document->root());
        ASSERT_TRUE(script) << good;
        json::Writer out;
        write_script(out, *script);
        EXPECT_EQ(out.take(), good);
    }
    for (const char* wrong :
         {"3", "\"dance\"", "\"result\"", R"({"act":"result"})", R"({"act":"pay","after_seconds":-1})",
          R"({"act":"pay","after_seconds":"2"})", R"({"act":"pay","after_seconds":86401})", "{}"}) {
        const auto document = json::Document::parse(wrong);
        EXPECT_FALSE(read_script(document->root())) << wrong;
    }
}

TEST(handset, a_phone_shows_its_prompt_and_then_its_message) {
    Play play;
    ASSERT_EQ(play.steer("GET", "customers/0712345678").status, 404);
    ASSERT_EQ(play.steer("PUT", "customers/0712345678", R"({"script":"manual","balance":"2000"})").status, 200);
    const std::string checkout = play.pushed();
    const auto before = json::Document::parse(play.steer("GET", "customers/0712345678").body);
    ASSERT_EQ(before->root()["prompts"].size(), 1u);
    EXPECT_EQ(*before->root()["prompts"].at(0)["merchant"].text(), "Mlimani Clinic");
    EXPECT_EQ(*before->root()["prompts"].at(0)["account"].text(), "INV-1");
    ASSERT_EQ(play.steer("POST", "prompts/" + checkout + "/answer", "{\"pin\":\"1234\"}").status, 200);
    const auto after = json::Document::parse(play.steer("GET", "customers/0712345678").body);
    EXPECT_EQ(after->root()["prompts"].size(), 0u);
    ASSERT_EQ(after->root()["messages"].size(), 1u);
    EXPECT_EQ(
        *after->root()["messages"].at(0)["text"].text(),
        play.moved().front().receipt +
            " Confirmed. KES 1,500.00 sent to Mlimani Clinic for account INV-1. New M-PESA balance is KES 500.00.");
}

TEST(handset, customers_are_checked) {
    Play play;
    EXPECT_EQ(play.steer("PUT", "customers/12", "{}").status, 422);
    EXPECT_EQ(play.steer("PUT", "customers/0712345678", "[]").status, 422);
    EXPECT_EQ(play.steer("PUT", "customers/0712345678", R"({"balance":"-3"})").status, 422);
    EXPECT_EQ(play.steer("PUT", "customers/0712345678", R"({"balance":"100000001"})").status, 422);
    EXPECT_EQ(play.steer("PUT", "customers/0712345678", R"({"first_name":")" + std::string(41, 'a') + R"("})").status,
              422);
    EXPECT_TRUE(play.daraja.world().handsets.all().empty());
}

TEST(handset, the_same_number_has_the_same_name_in_every_run) {
    Play one(1);
    Play two(2);
    EXPECT_EQ(one.daraja.world().customer("254712345678").first_name,
              two.daraja.world().customer("254712345678").first_name);
}

}  // namespace
}  // namespace clinicpro::sandbox
