// stk_outcome_test.cpp: what the handset does, which ResultCode it gives, when, and whether money moved
// (daraja.md 2.5).
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

struct Outcome {
    const char* script;
    std::vector<std::string> codes;
    Duration least;
    Duration most;
    size_t moved;
};

TEST(stk_outcome, every_handset_behaviour_has_its_code_and_its_time) {
    const Outcome rows[] = {
        {"\"pay\"", {"0"}, 9s, 41s, 1},
        {"{\"act\":\"pay\",\"after_seconds\":3}", {"0"}, 3s, 6s, 1},
        {"\"wrong_pin\"", {"2001"}, 9s, 41s, 0},
        {"\"cancel\"", {"1032"}, 10s, 20s, 0},
        {"\"no_answer\"", {"1037"}, 16s, 28s, 0},
        {"\"ignore\"", {"1032"}, 60s, 182s, 0},
        {"\"manual\"", {"1032"}, 60s, 182s, 0},
        {"\"no_money\"", {"1"}, 9s, 41s, 0},
        {"\"late\"", {"1037", "0"}, 16s, 28s, 1},
        {"{\"act\":\"late\",\"after_seconds\":900}", {"1037", "0"}, 16s, 28s, 1},
        {"{\"act\":\"result\",\"code\":\"0\"}", {"0"}, 9s, 41s, 1},
        {"{\"act\":\"result\",\"code\":\"1019\"}", {"1019"}, 9s, 41s, 0},
        {"{\"act\":\"result\",\"code\":\"SFC_IC0003\"}", {"SFC_IC0003"}, 9s, 41s, 0},
        {"{\"act\":\"result\",\"code\":9999}", {"9999"}, 9s, 41s, 0},
    };
    for (const Outcome& row : rows) {
        Play play;
        play.script(row.script);
        const Instant asked = play.now;
        play.pushed();
        play.run(1800s);
        EXPECT_EQ(play.codes(), row.codes) << row.script;
        ASSERT_FALSE(play.caught.empty());
        EXPECT_GE(play.caught.front().at - asked, row.least) << row.script;
        EXPECT_LE(play.caught.front().at - asked, row.most) << row.script;
        EXPECT_EQ(play.moved().size(), row.moved) << row.script;
        EXPECT_TRUE(play.balanced());
    }
}

TEST(stk_outcome, the_public_test_payer_never_answers) {
    Play play;
    play.pushed({{"PhoneNumber", "254708374149"}});
    play.run(300s);
    EXPECT_THAT(play.codes(), testing::ElementsAre("1037"));
}

TEST(stk_outcome, the_next_scripts_are_used_up_in_order) {
    Play play;
    ASSERT_EQ(play.steer("POST", "customers/254712345678/next", "\"cancel\"").status, 200);
    ASSERT_EQ(play.steer("POST", "customers/0712345678/next", "{\"act\":\"wrong_pin\"}").status, 200);
    for (int i = 0; i < 3; ++i) {
        play.pushed();
        play.run(300s);
    }
    EXPECT_THAT(play.codes(), testing::ElementsAre("1032", "2001", "0"));
}

TEST(stk_outcome, money_rules_give_1_4_and_8) {
    Play play;
    ASSERT_EQ(play.steer("PUT", "customers/254712345678", "{\"balance\":1499}").status, 200);
    play.pushed();
    play.run(300s);
    ASSERT_EQ(play.steer("PUT", "customers/254712345678", "{\"balance\":900000}").status, 200);
    for (const char* amount : {"250000", "249999", "2"}) {
        play.pushed({{"Amount", amount}});
        play.run(300s);
    }
    EXPECT_THAT(play.codes(), testing::ElementsAre("1", "0", "0", "4"));
    play.switches().shortcode_balance_max = 500'000;
    play.pushed({{"PhoneNumber", "254711111111"}, {"Amount", "50"}});
    play.run(300s);
    EXPECT_EQ(play.codes().back(), "8");
    play.run(24h);  // a new EAT day
    play.switches().shortcode_balance_max = 0;
    play.token.clear();
    play.pushed({{"Amount", "3"}});
    play.run(300s);
    EXPECT_EQ(play.codes().back(), "0");
    EXPECT_TRUE(play.balanced());
}

TEST(stk_outcome, the_same_amount_within_two_minutes_of_a_payment_is_17) {
    Play play;
    play.script("{\"act\":\"pay\",\"after_seconds\":2}");
    play.pushed();
    play.run(10s);
    play.pushed();
    play.run(10s);
    play.pushed({{"Amount", "1501"}});
    play.run(120s);
    play.pushed();
    play.run(10s);
    EXPECT_THAT(play.codes(), testing::ElementsAre("0", "17", "0", "0"));
}

TEST(stk_outcome, long_texts_end_in_1101_or_1025_when_lengths_are_not_refused_at_once) {
    Play play;
    play.switches().text_limits = false;
    play.pushed({{"AccountReference", '"' + std::string(90, 'A') + '"'}});
    play.run(60s);
    play.pushed({{"TransactionDesc", '"' + std::string(150, 'A') + '"'}});
    play.run(60s);
    EXPECT_THAT(play.codes(), testing::ElementsAre("1101", "1025"));
}

TEST(stk_outcome, a_wrong_party_b_ends_in_the_callback) {
    Play play;
    play.pushed({{"PartyB", "600987"}});
    play.run(60s);
    play.pushed({{"PartyB", "699999"}});
    play.run(60s);
    EXPECT_THAT(play.codes(), testing::ElementsAre("2028", "SFC_IC0003"));
    EXPECT_TRUE(play.moved().empty());
}

TEST(stk_outcome, a_till_takes_its_store_number_and_its_till_number) {
    Play play;
    play.sign_in("600988");
    const auto push = [&](const std::map<std::string, std::string>& change) {
        EXPECT_EQ(play.post("/mpesa/stkpush/v1/processrequest", play.push_body(change, "600988")).status, 200);
        play.run(300s);
    };
    push({{"TransactionType", "\"CustomerBuyGoodsOnline\""}});
    push({{"TransactionType", "\"CustomerPayBillOnline\""}});
    push({{"TransactionType", "\"CustomerBuyGoodsOnline\""}, {"PartyB", "600988"}});
    EXPECT_THAT(play.codes(), testing::ElementsAre("0", "2028", "SFC_IC0003"));
    ASSERT_EQ(play.moved().size(), 1u);
    EXPECT_EQ(play.moved().front().receiver, "5200988");
}

TEST(stk_outcome, a_person_answers_the_prompt_with_a_pin) {
    Play play;
    play.script("\"manual\"");
    const std::string paid = play.pushed();
    EXPECT_THAT(play.steer("GET", "prompts").body, testing::HasSubstr(paid));
    EXPECT_EQ(play.steer("POST", "prompts/" + paid + "/answer", "{\"pin\":\"12\"}").status, 422);
    EXPECT_EQ(play.steer("POST", "prompts/" + paid + "/answer", "{\"pin\":\"4321\"}").status, 200);
    EXPECT_EQ(play.steer("POST", "prompts/" + paid + "/answer", "{\"pin\":\"4321\"}").status, 409);
    play.run(10s);
    const std::string wrong = play.pushed({{"Amount", "11"}});
    EXPECT_EQ(play.steer("POST", "prompts/" + wrong + "/answer", "{\"pin\":\"0000\"}").status, 200);
    play.run(10s);
    const std::string gone = play.pushed({{"Amount", "12"}});
    EXPECT_EQ(play.steer("POST", "prompts/" + gone + "/answer", "{\"action\":\"cancel\"}").status, 200);
    EXPECT_EQ(play.steer("POST", "prompts/nothing/answer", "{\"action\":\"cancel\"}").status, 404);
    play.run(300s);
    EXPECT_THAT(play.codes(), testing::ElementsAre("0", "2001", "1032"));
    EXPECT_EQ(play.moved().size(), 1u);
}

}  // namespace
}  // namespace clinicpro::sandbox
