// pull_test.cpp: daraja.md 5.8: lost confirmations are found again.
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr const char* kRegister = R"({"ShortCode":"600986","RequestType":"Pull","NominatedNumber":"254712000000",)"
                                  R"("CallBackURL":"https://clinic.example/pull"})";

std::string window(const std::string& from, const std::string& until, int offset = 0) {
    return "{\"ShortCode\":\"600986\",\"StartDate\":\"" + from + "\",\"EndDate\":\"" + until + "\",\"OffSetValue\":\"" +
           std::to_string(offset) + "\"}";
}

TEST(pull, a_lost_payment_is_found_again_by_either_channel) {
    Play play;
    play.sign_in();
    EXPECT_EQ(play.post("/pulltransactions/v1/query", window("2026-03-04 10:00:00", "2026-03-04 11:00:00")).status,
              400);
    const auto registered = play.post("/pulltransactions/v1/register", kRegister);
    EXPECT_EQ(member(registered, "ResponseStatus"), "1000");
    EXPECT_EQ(member(registered, "Response Status"), "1000");
    EXPECT_EQ(member(play.post("/pulltransactions/v1/register", kRegister), "ResponseStatus"), "1001");

    const auto none = play.post("/pulltransactions/v1/query", window("2026-03-04 10:00:00", "2026-03-04 11:00:00"));
    EXPECT_EQ(member(none, "ResponseCode"), "1001");
    EXPECT_THAT(none.body, testing::HasSubstr("\"Response\":[[]]"));

    play.fault(R"([{"name":"callback_lost"}])");
    play.pushed();
    play.run(60s);
    ASSERT_EQ(
        play.steer("POST", "payments", R"({"phone":"0712345678","shortcode":"600986","account":"B 2","amount":50})")
            .status,
        200);
    const auto found = play.post("/pulltransactions/v1/query", window("2026-03-04 10:00:00", "2026-03-04 11:00:00"));
    EXPECT_EQ(member(found, "ResponseCode"), "1000");
    const auto document = json::Document::parse(found.body);
    const auto rows = document->root()["Response"].at(0);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(*rows.at(0)["transactionId"].text(), play.moved().at(0).receipt);
    EXPECT_EQ(*rows.at(0)["amount"].text(), "1500.00");
    EXPECT_EQ(*rows.at(1)["billreference"].text(), "B 2");
    EXPECT_THAT(*rows.at(0)["trxDate"].text(), testing::MatchesRegex("2026-03-04T10:15:[0-9]+\\+03:00"));

    const auto second =
        play.post("/pulltransactions/v1/query", window("2026-03-04 10:00:00", "2026-03-04 11:00:00", 1));
    EXPECT_EQ(json::Document::parse(second.body)->root()["Response"].at(0).size(), 1u);
    const auto by_get =
        play.get("/pulltransactions/v1/query",
                 "ShortCode=600986&StartDate=2026-03-04%2010:00:00&EndDate=2026-03-04%2011:00:00&OffSetValue=0",
                 "Bearer " + play.token);
    EXPECT_EQ(by_get.body.substr(by_get.body.find("\"ResponseCode\"")),
              found.body.substr(found.body.find("\"ResponseCode\"")));
}

TEST(pull, what_is_older_than_48_hours_is_gone) {
    Play play;
    play.sign_in();
    play.post("/pulltransactions/v1/register", kRegister);
    play.pushed();
    play.run(48h);
    play.sign_in();
    EXPECT_EQ(member(play.post("/pulltransactions/v1/query", window("2026-03-04 00:00:00", "2026-03-07 00:00:00")),
                     "ResponseCode"),
              "1000");
    play.run(60s);
    EXPECT_EQ(member(play.post("/pulltransactions/v1/query", window("2026-03-04 00:00:00", "2026-03-07 00:00:00")),
                     "ResponseCode"),
              "1001");
}

TEST(pull, wrong_fields_are_named) {
    Play play;
    play.sign_in();
    play.post("/pulltransactions/v1/register", kRegister);
    const std::pair<std::string, const char*> rows[] = {
        {"{}", "Bad Request - Invalid ShortCode"},
        {window("2026-03-04", "2026-03-04 11:00:00"), "Bad Request - Invalid StartDate"},
        {window("2026-03-04 11:00:00", "2026-03-04 10:00:00"), "Bad Request - Invalid EndDate"},
        {window("2026-03-04 10:00:00", "2026-03-04 11:00:00", -1), "Bad Request - Invalid OffSetValue"},
    };
    for (const auto& [body, message] : rows) {
        EXPECT_EQ(member(play.post("/pulltransactions/v1/query", body), "errorMessage"), message);
    }
}

}  // namespace
}  // namespace clinicpro::sandbox
