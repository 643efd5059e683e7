// One token per app, fetched by one, used by all, and never hammered for.
#include "tests/mpesa/fixture.hpp"

namespace clinicpro::mpesa {
namespace {

class auth : public MpesaTest {
protected:
    void start_many(int count) {
        for (int i = 0; i < count; ++i) must(try_start(i % 2 ? mlimani : bahari, InvoiceId{100 + i}));
    }
};

TEST_F(auth, twenty_prompts_of_two_clinics_under_one_app_fetch_one_token) {
    hold_tokens = true;
    for (int i = 0; i < 20; ++i) push_answers.push_back(accepted(kCheckout + std::to_string(i)));
    start_many(20);
    pass(3s);
    EXPECT_EQ(tokens(), 1);
    EXPECT_EQ(pushes(), 0);
    client.end(client.open("/oauth/"), token(1));
    pass(1s);
    EXPECT_EQ(tokens(), 1);
    EXPECT_EQ(pushes(), 20);
    EXPECT_EQ(number("SELECT COUNT(*) FROM transactions WHERE state = 'pending'"), 20);
}

TEST_F(auth, two_apps_have_two_tokens) {
    Config own = config();
    own.consumer_key = Secret<>("another-consumer-key");
    configure(bahari, own);
    push_answers = {accepted(kCheckout + "1"), accepted(kCheckout + "2")};
    start(mlimani);
    start(bahari);
    EXPECT_EQ(tokens(), 2);
    EXPECT_EQ(pushes(), 2);
    EXPECT_EQ(disk_bytes().find("another-consumer-key"), std::string::npos);
}

TEST_F(auth, a_wrong_secret_does_not_live_on_the_token_of_the_right_one) {
    start_accepted(mlimani);
    Config mistyped = config();
    mistyped.consumer_secret = Secret<>("mistyped-consumer-secret");
    configure(bahari, mistyped);
    start(bahari);
    EXPECT_EQ(tokens(), 2);
}

TEST_F(auth, a_token_is_renewed_a_minute_before_its_end) {
    start_accepted(mlimani);
    pass(3538s);
    push_answers = {accepted(kCheckout + "2")};
    start(mlimani, InvoiceId{2});
    EXPECT_EQ(tokens(), 1);
    pass(1s);
    push_answers = {accepted(kCheckout + "3")};
    start(mlimani, InvoiceId{3});
    EXPECT_EQ(tokens(), 2);
    EXPECT_EQ(pushes(), 3);
}

TEST_F(auth, a_token_that_lives_less_than_a_minute_is_used_all_the_same) {
    for (const std::string lifetime : {"60", "30", "1"}) {
        const int before = tokens();
        token_answers = {token(1, lifetime)};
        push_answers = {accepted(kCheckout + lifetime)};
        const TransactionId id = start(mlimani, InvoiceId{std::stoi(lifetime)});
        EXPECT_EQ(find(mlimani, id).state, State::kPending) << lifetime;
        EXPECT_EQ(tokens(), before + 1) << lifetime;
        call_back(mlimani, id, callback_body("1032", "", "", kCheckout + lifetime));
        pass(2min);
    }
}

TEST_F(auth, a_token_service_that_is_down_is_not_hammered) {
    token_answers = {answer(503, "")};
    repeat_last = true;
    start_many(20);
    pass(60s);
    EXPECT_LE(tokens(), 40) << "twenty waiting prompts must not ask one after the other without a pause";
    EXPECT_GE(tokens(), 10);
    token_answers.clear();
    for (int i = 0; i < 20; ++i) push_answers.push_back(accepted(kCheckout + std::to_string(i)));
    pass(25s);
    EXPECT_EQ(number("SELECT COUNT(*) FROM transactions WHERE state = 'pending'"), 20);
}

TEST_F(auth, a_token_service_that_stays_down_fails_the_prompts_before_the_patient_has_left) {
    token_answers = {net::Unknown{"timed out"}};
    repeat_last = true;
    const TransactionId id = start(mlimani);
    pass(3min);
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);
    EXPECT_NE(find(mlimani, id).result_text.find("nothing was charged"), std::string::npos);
    EXPECT_EQ(pushes(), 0);
}

TEST_F(auth, wrong_keys_fail_the_prompt_with_words_for_the_operator) {
    token_answers = {fault(400, "400.008.01", "Invalid Authentication passed")};
    repeat_last = true;
    const TransactionId id = start(mlimani);
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);
    EXPECT_NE(find(mlimani, id).result_text.find("consumer key"), std::string::npos);
    EXPECT_EQ(pushes(), 0);
}

TEST_F(auth, a_token_refused_to_many_is_replaced_once) {
    push_answers = {accepted(kCheckout)};
    start(mlimani);
    const auto scripted = client.script;
    client.script = [&](const net::ClientRequest& request) -> std::optional<net::Outcome> {
        if (net::find_header(request.headers, "Authorization").ends_with("the-access-token-1"))
            return bad_token();  // killed by somebody's fetch
        return scripted(request);
    };
    for (int i = 0; i < 10; ++i) push_answers.push_back(accepted(kCheckout + std::to_string(i)));
    start_many(10);
    pass(1s);
    EXPECT_EQ(tokens(), 2);
    EXPECT_EQ(pushes(), 1 + 10 + 10);
    EXPECT_EQ(number("SELECT COUNT(*) FROM transactions WHERE state = 'pending'"), 11);
}

TEST_F(auth, a_fetch_that_died_with_its_process_is_taken_over) {
    hold_tokens = true;
    must(try_start(mlimani));
    run();
    restart();
    const TransactionId other = must(try_start(bahari));
    hold_tokens = false;
    push_answers = {accepted(kCheckout + "1"), accepted(kCheckout + "2")};
    pass(30s);
    EXPECT_EQ(tokens(), 1) << "the claim still holds";
    pass(10s);
    EXPECT_EQ(find(bahari, other).state, State::kPending);
    pass(30s);
    EXPECT_EQ(tokens(), 2);
    EXPECT_EQ(pushes(), 2);
}

}  // namespace
}  // namespace clinicpro::mpesa
