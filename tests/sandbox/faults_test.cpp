// faults_test.cpp: each fault bites where it should, as often as it should, and never changes how much money moved.
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

std::vector<Instant> times(const Play& play) {
    std::vector<Instant> out;
    for (const Caught& c : play.caught) out.push_back(c.at);
    return out;
}

TEST(faults, a_lost_response_was_processed_and_a_lost_request_was_not) {
    Play play;
    play.sign_in();
    play.fault(R"([{"name":"response_lost_after_queue","path":"/mpesa/stkpush","count":1,"seconds":4}])");
    EXPECT_EQ(play.push().status, 0);
    EXPECT_GE(play.last_delay, 4s);
    play.run(60s);
    EXPECT_THAT(play.codes(), testing::ElementsAre("0"));

    play.fault(R"([{"name":"request_lost","count":1}])");
    EXPECT_EQ(play.push({{"Amount", "3"}}).status, 0);
    play.run(60s);
    EXPECT_EQ(play.moved().size(), 1u);
}

TEST(faults, http_faults_bite_before_or_after_processing) {
    const std::tuple<const char*, int, const char*> rows[] = {
        {"http_500", 500, "500.003.1001"}, {"http_busy", 500, "500.003.02"}, {"http_502", 502, "<html>"},
        {"http_503", 503, "<html>"},       {"http_429_fault", 429, "fault"}, {"http_403_html", 403, "<html>"},
    };
    for (const auto& [name, status, text] : rows) {
        for (const bool after : {false, true}) {
            Play play;
            play.sign_in();
            play.fault(std::string("[{\"name\":\"") + name + "\",\"count\":1,\"stage\":\"" +
                       (after ? "after" : "before") + "\"}]");
            const auto answer = play.push();
            EXPECT_EQ(answer.status, status) << name;
            EXPECT_THAT(answer.body, testing::HasSubstr(text)) << name;
            play.run(60s);
            EXPECT_EQ(play.moved().size(), after ? 1u : 0u) << name;
            EXPECT_EQ(play.push({{"Amount", "9"}}).status, 200) << "a count of 1 bites once";
        }
    }
}

TEST(faults, slow_response_and_token_dies) {
    Play play;
    play.sign_in();
    play.fault(R"([{"name":"slow_response","seconds":25,"count":1}])");
    EXPECT_EQ(play.push().status, 200);
    EXPECT_GE(play.last_delay, 25s);
    play.fault(R"([{"name":"token_dies","count":1}])");
    EXPECT_EQ(member(play.push(), "errorCode"), "404.001.03");
    play.sign_in();
    play.run(60s);
    EXPECT_EQ(play.push({{"Amount", "4"}}).status, 200);
}

struct Shaped {
    const char* fault;
    std::vector<std::string> codes;
};

TEST(faults, callbacks_are_lost_doubled_contradicted_and_cut) {
    const Shaped rows[] = {
        {R"([{"name":"callback_lost"}])", {}},
        {R"([{"name":"callback_duplicate","times":3,"seconds":0}])", {"0", "0", "0"}},
        {R"([{"name":"success_after_failure"}])", {"1037", "0"}},
        {R"([{"name":"failure_after_success"}])", {"0", "1032"}},
        {R"([{"name":"failure_after_success","code":"1037"}])", {"0", "1037"}},
        {R"([{"name":"callback_truncated"}])", {"?"}},
    };
    for (const Shaped& row : rows) {
        Play play;
        play.fault(row.fault);
        play.pushed();
        play.run(600s);
        EXPECT_EQ(play.codes(), row.codes) << row.fault;
        EXPECT_EQ(play.moved().size(), 1u) << row.fault;
        EXPECT_TRUE(play.balanced());
    }
}

TEST(faults, duplicates_keep_their_spacing_and_late_is_late) {
    Play play;
    play.script("{\"act\":\"pay\",\"after_seconds\":5}");
    play.fault(R"([{"name":"callback_duplicate","times":4,"seconds":2},{"name":"callback_late","seconds":100}])");
    const Instant asked = play.now;
    play.pushed();
    play.run(600s);
    const auto at = times(play);
    ASSERT_EQ(at.size(), 4u);
    EXPECT_GE(at.front() - asked, 105s);
    for (size_t i = 1; i < at.size(); ++i) EXPECT_EQ(at[i] - at[i - 1], 2s);
}

TEST(faults, a_reordered_callback_comes_after_the_next_one) {
    Play play;
    play.fault(R"([{"name":"callback_reordered","phone":"254712345678"}])");
    play.script("{\"act\":\"pay\",\"after_seconds\":2}");
    play.script("{\"act\":\"pay\",\"after_seconds\":9}", "254711111111");
    const std::string first = play.pushed();
    play.pushed({{"PhoneNumber", "254711111111"}});
    play.run(600s);
    ASSERT_EQ(play.caught.size(), 2u);
    EXPECT_THAT(play.caught.at(1).request.body, testing::HasSubstr(first));
    EXPECT_EQ(play.caught.at(1).at - play.caught.at(0).at, 200ms);
}

TEST(faults, a_wrong_amount_is_told_but_never_moved) {
    Play play;
    play.fault(R"({"name":"callback_wrong_amount","shortcode":"600986"})");
    play.pushed();
    play.run(60s);
    EXPECT_THAT(play.caught.front().request.body, testing::HasSubstr("\"Value\":1501.00"));
    EXPECT_EQ(play.moved().front().amount, Money::from_shillings(1500));

    Play less;
    less.fault(R"({"name":"callback_wrong_amount","code":"less"})");
    less.pushed();
    less.run(60s);
    EXPECT_THAT(less.caught.front().request.body, testing::HasSubstr("\"Value\":1499.00"));
}

TEST(faults, the_callback_can_come_before_the_response) {
    Play play;
    play.script("\"cancel\"");
    play.fault(R"([{"name":"callback_before_response"}])");
    const Instant asked = play.now;
    play.pushed();
    const Duration answered = play.last_delay;
    play.run(60s);
    EXPECT_THAT(play.codes(), testing::ElementsAre("0"));
    EXPECT_LT(play.caught.front().at - asked, answered);
}

TEST(faults, a_query_can_lie_or_forget) {
    Play play;
    const std::string checkout = play.pushed();
    play.run(60s);
    play.fault(R"([{"name":"query_lies","count":1}])");
    EXPECT_EQ(member(play.query(checkout), "ResultCode"), "1032");
    EXPECT_EQ(member(play.query(checkout), "ResultCode"), "0");
    play.fault(R"([{"name":"query_unknown","count":1}])");
    EXPECT_EQ(member(play.query(checkout), "errorMessage"), "The transaction does not Exist");
}

TEST(faults, confirmations_and_validations_have_their_own) {
    const std::tuple<const char*, std::vector<const char*>, size_t> rows[] = {
        {R"([{"name":"c2b_lost"}])", {"/v"}, 1},
        {R"([{"name":"c2b_duplicate","times":2}])", {"/v", "/c", "/c"}, 1},
        {R"([{"name":"c2b_late","seconds":500}])", {"/v", "/c"}, 1},
        {R"([{"name":"validation_lost"}])", {}, 0},
        {R"([{"name":"validation_duplicate"}])", {"/v", "/v", "/c"}, 1},
        {R"([{"name":"confirmation_without_validation"}])", {"/c"}, 1},
        {R"([{"name":"c2b_reference_mangled"}])", {"/v", "/c"}, 1},
    };
    for (const auto& [fault, urls, moved] : rows) {
        Play play;
        play.daraja.world().config.merchants.at(1).validation = true;
        play.sign_in();
        ASSERT_EQ(
            play.post("/mpesa/c2b/v2/registerurl",
                      R"({"ShortCode":600986,"ResponseType":"Cancelled","ConfirmationURL":"https://clinic.example/c",)"
                      R"("ValidationURL":"https://clinic.example/v"})")
                .status,
            200);
        play.fault(fault);
        ASSERT_EQ(play.steer("POST", "payments",
                             R"({"phone":"0712345678","shortcode":"600986","account":"Inv-1","amount":50})")
                      .status,
                  200);
        play.run(1000s);
        ASSERT_EQ(play.caught.size(), urls.size()) << fault;
        for (size_t i = 0; i < urls.size(); ++i)
            EXPECT_THAT(play.caught[i].request.url, testing::EndsWith(urls[i])) << fault;
        EXPECT_EQ(play.moved().size(), moved) << fault;
        const bool mangled = std::string_view(fault).find("mangled") != std::string_view::npos;
        if (!urls.empty()) {
            EXPECT_THAT(play.caught.back().request.body, testing::HasSubstr(mangled ? "\"  iNV-1 \"" : "\"Inv-1\""))
                << fault;
        }
        EXPECT_TRUE(play.balanced());
    }
}

TEST(faults, probability_and_matches_choose) {
    Play play;
    play.fault(R"([{"name":"http_500","probability":0.5,"path":"/mpesa/stkpush/"}])");
    play.sign_in();
    int failed = 0;
    for (int i = 0; i < 200; ++i) {
        const auto answer = play.push({{"PhoneNumber", "2547000" + std::to_string(10000 + i)}});
        failed += answer.status == 500;
    }
    EXPECT_GT(failed, 70);
    EXPECT_LT(failed, 130);
}

TEST(faults, a_typing_error_is_refused_and_changes_nothing) {
    Play play;
    play.fault(R"([{"name":"http_500"}])");
    for (const char* wrong :
         {R"([{"name":"http_501"}])", R"([{"name":"http_500","chance":1}])", R"([{"name":"http_500","count":0}])",
          R"([{"name":"http_500","probability":2}])", R"([{"name":"http_500","stage":"now"}])", "3", "[3]",
          R"([{"name":"callback_duplicate","times":99}])", R"([{"probability":1}])"}) {
        EXPECT_EQ(play.steer("PUT", "faults", wrong).status, 422) << wrong;
    }
    EXPECT_EQ(play.daraja.world().faults.all().size(), 1u);
    EXPECT_EQ(play.steer("POST", "faults", R"({"name":"http_502"})").status, 200);
    EXPECT_EQ(play.daraja.world().faults.all().size(), 2u);
    const net::Response ended = play.steer("DELETE", "faults");
    EXPECT_EQ(ended.status, 200);
    EXPECT_THAT(ended.body, testing::HasSubstr(R"({"name":"http_502","probability":1.000000,"count":-1,"bitten":0)"));
    EXPECT_TRUE(play.daraja.world().faults.all().empty());
}

}  // namespace
}  // namespace clinicpro::sandbox
