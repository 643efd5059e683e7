// oauth_test.cpp: daraja.md 1 and 10.2.
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr const char* kPath = "/oauth/v1/generate";
constexpr const char* kGrant = "grant_type=client_credentials";

std::string basic(const std::string& pair) {
    return "Basic " + text::to_base64(pair);
}

TEST(oauth, a_token_has_28_characters_and_lives_3599_seconds) {
    Play play;
    play.sign_in();
    EXPECT_EQ(play.token.size(), 28u);
    EXPECT_EQ(play.push().status, 200);
    play.run(3598s);
    EXPECT_EQ(member(play.push(), "errorCode"), "");
    play.run(1s);
    const auto late = play.push();
    EXPECT_EQ(late.status, 404);
    EXPECT_EQ(member(late, "errorCode"), "404.001.03");
}

TEST(oauth, expires_in_is_a_string_or_a_number_by_switch) {
    Play play;
    const Merchant& m = play.daraja.world().config.merchants.at(1);
    const std::string authorization = basic(m.consumer_key + ":" + m.consumer_secret.reveal());
    EXPECT_THAT(play.get(kPath, kGrant, authorization).body, testing::HasSubstr("\"expires_in\":\"3599\""));
    play.switches().expires_in_number = true;
    EXPECT_THAT(play.get(kPath, kGrant, authorization).body, testing::HasSubstr("\"expires_in\":3599"));
}

TEST(oauth, wrong_scheme_grant_or_secret_is_400) {
    Play play;
    const Merchant& m = play.daraja.world().config.merchants.at(1);
    const std::string good = basic(m.consumer_key + ":" + m.consumer_secret.reveal());
    for (const std::string& wrong : {std::string(), std::string("Bearer x"), std::string("Basic !!"), basic("nobody:x"),
                                     basic(m.consumer_key + ":x"), basic("nocolon")}) {
        const auto answer = play.get(kPath, kGrant, wrong);
        EXPECT_EQ(answer.status, 400) << wrong;
        EXPECT_EQ(member(answer, "errorCode"), "400.008.01") << wrong;
    }
    EXPECT_EQ(member(play.get(kPath, "grant_type=password", good), "errorCode"), "400.008.02");
    EXPECT_EQ(member(play.get(kPath, "", good), "errorCode"), "400.008.02");
    play.switches().bad_credentials = "empty";
    const auto empty = play.get(kPath, kGrant, basic("nobody:x"));
    EXPECT_EQ(empty.status, 400);
    EXPECT_EQ(empty.body, "");
}

TEST(oauth, only_get_is_allowed) {
    Play play;
    const auto answer = play.post(kPath, "{}");
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(member(answer, "errorCode"), "405.001");
}

TEST(oauth, a_new_token_kills_the_old_one_only_by_switch) {
    Play play;
    play.sign_in();
    const std::string first = play.token;
    play.sign_in();
    play.token = first;
    EXPECT_EQ(play.push().status, 200);
    play.switches().new_token_kills_old = true;
    play.sign_in();
    play.token = first;
    EXPECT_EQ(member(play.push(), "errorCode"), "404.001.03");
    play.sign_in("600987");  // another app's token is its own
    const std::string other = play.token;
    play.sign_in("600986");
    play.token = other;
    EXPECT_EQ(play.post("/mpesa/stkpush/v1/processrequest", play.push_body({{"PhoneNumber", "254711111111"}}, "600987"))
                  .status,
              200);
}

TEST(oauth, each_api_has_its_own_words_for_a_bad_token) {
    Play play;
    play.token = "nonsense";
    const std::tuple<const char*, int, const char*> rows[] = {
        {"/mpesa/stkpush/v1/processrequest", 404, "404.001.03"}, {"/mpesa/stkpushquery/v1/query", 404, "404.001.03"},
        {"/mpesa/c2b/v1/registerurl", 400, "400.003.01"},        {"/mpesa/c2b/v2/registerurl", 400, "400.003.01"},
        {"/mpesa/c2b/v2/simulate", 400, "400.003.01"},
    };
    for (const auto& [path, status, code] : rows) {
        const auto answer = play.post(path, "{}");
        EXPECT_EQ(answer.status, status) << path;
        EXPECT_EQ(member(answer, "errorCode"), code) << path;
    }
    net::Request bare;
    bare.method = "POST";
    bare.path = "/mpesa/stkpush/v1/processrequest";
    const auto answer = play.send(bare);
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(member(answer, "errorCode"), "404.001.04");
}

TEST(oauth, a_token_without_the_product_is_401) {
    Config config = Play::plain_config();
    config.merchants.at(1).products = {"c2b"};
    Play play(1, config);
    const auto answer = play.push();
    EXPECT_EQ(answer.status, 401);
    EXPECT_THAT(member(answer, "errorMessage"), testing::EndsWith("Invalid API call as no apiproduct match found"));
}

}  // namespace
}  // namespace clinicpro::sandbox
