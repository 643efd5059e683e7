// determinism_test.cpp: same seed, same requests, same times: the same run byte for byte; and money is conserved in all
// of it.
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

// A few hundred mixed steps with every oddity and many faults switched on.
std::string storm(uint64_t seed, bool& balanced, size_t& moved, size_t& callbacks) {
    Config config = default_config();
    config.merchants.at(1).validation = true;
    config.switches.new_token_kills_old = false;
    Play play(seed, config);
    play.sign_in();
    EXPECT_EQ(
        play.post("/mpesa/c2b/v2/registerurl",
                  R"({"ShortCode":600986,"ResponseType":"Completed","ConfirmationURL":"https://clinic.example/c",)"
                  R"("ValidationURL":"https://clinic.example/v"})")
            .status,
        200);
    play.fault(R"([{"name":"callback_lost","probability":0.1},{"name":"callback_duplicate","probability":0.1,"times":3},
        {"name":"callback_reordered","probability":0.1},{"name":"success_after_failure","probability":0.1},
        {"name":"response_lost_after_queue","probability":0.1},{"name":"http_503","probability":0.05},
        {"name":"http_500","probability":0.05,"stage":"after"},{"name":"query_lies","probability":0.1},
        {"name":"c2b_lost","probability":0.1},{"name":"c2b_duplicate","probability":0.1},
        {"name":"validation_lost","probability":0.1},
        {"name":"callback_before_response","probability":0.1},{"name":"failure_after_success","probability":0.1}])");
    Dice dice(seed + 1000);
    const char* scripts[] = {"\"pay\"",       "\"cancel\"", "\"late\"", "\"no_answer\"",
                             "\"wrong_pin\"", "\"pay\"",    "\"pay\""};
    std::vector<std::string> checkouts;
    for (int i = 0; i < 300; ++i) {
        const std::string phone = "2547123400" + std::to_string(dice.between(10, 29));
        switch (dice.between(0, 3)) {
            case 0: play.script(scripts[dice.between(0, 6)], phone); break;
            case 1: {
                const auto answer =
                    play.push({{"PhoneNumber", phone}, {"Amount", std::to_string(dice.between(1, 9000))}});
                if (answer.status == 200) checkouts.push_back(member(answer, "CheckoutRequestID"));
                break;
            }
            case 2:
                if (!checkouts.empty()) play.query(checkouts[size_t(dice.between(0, int64_t(checkouts.size()) - 1))]);
                break;
            case 3:
                play.steer("POST", "payments",
                           "{\"phone\":\"" + phone + "\",\"shortcode\":\"600986\",\"account\":\"INV\",\"amount\":" +
                               std::to_string(dice.between(1, 9000)) + "}");
                break;
        }
        play.run(Duration(dice.between(0, 30'000'000)));
        if (!play.balanced()) break;
    }
    play.run(3600s);
    balanced = play.balanced();
    moved = play.moved().size();
    callbacks = play.caught.size();
    return play.transcript + play.steer("GET", "ledger").body + play.steer("GET", "deliveries").body;
}

TEST(determinism, the_same_seed_gives_the_same_run_and_another_seed_another) {
    bool balanced = false;
    size_t moved = 0;
    size_t callbacks = 0;
    const std::string first = storm(7, balanced, moved, callbacks);
    EXPECT_TRUE(balanced);
    EXPECT_GT(moved, 40u);
    EXPECT_GT(callbacks, 100u);
    EXPECT_EQ(storm(7, balanced, moved, callbacks), first);
    EXPECT_NE(storm(8, balanced, moved, callbacks), first);
}

TEST(determinism, no_money_is_made_or_lost_under_any_of_many_seeds) {
    for (uint64_t seed = 100; seed < 120; ++seed) {
        bool balanced = false;
        size_t moved = 0;
        size_t callbacks = 0;
        storm(seed, balanced, moved, callbacks);
        EXPECT_TRUE(balanced) << seed;
    }
}

TEST(determinism, waking_late_changes_nothing) {
    Play fine(3);
    Play coarse(3);
    for (Play* play : {&fine, &coarse}) play->pushed();
    fine.run(60s);
    coarse.now = coarse.now + 60s;
    coarse.daraja.advance(coarse.now);
    coarse.catch_outgoing();
    ASSERT_EQ(coarse.caught.size(), 1u);
    EXPECT_EQ(coarse.caught.front().request.body, fine.caught.front().request.body);
}

TEST(determinism, every_id_is_new) {
    Dice dice(1);
    Ids ids(dice);
    std::set<std::string> seen;
    const Instant at = *parse_iso("2026-03-04T07:15:02Z");
    for (int i = 0; i < 2000; ++i) {
        seen.insert(ids.receipt(at));
        seen.insert(ids.request_id("new"));
        seen.insert(ids.request_id("old"));
    }
    EXPECT_EQ(seen.size(), 6000u);
    std::set<std::string> checkouts;
    for (int i = 0; i < 300; ++i) checkouts.insert(ids.checkout_id(at, "254712345678"));
    EXPECT_EQ(checkouts.size(), 300u);
    EXPECT_THAT(ids.request_id("old"), testing::MatchesRegex("[0-9]+-[0-9]+-[0-9]"));
    EXPECT_THAT(ids.conversation_id(at), testing::MatchesRegex("AG_20260304_[0-9a-f]+"));
    EXPECT_THAT(ids.receipt(*parse_iso("2025-12-31T12:00:00Z")), testing::StartsWith("TLV"));
}

}  // namespace
}  // namespace clinicpro::sandbox
