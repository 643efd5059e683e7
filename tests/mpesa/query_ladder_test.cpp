// The ladder of status queries to the second: when a question is put, what counts as one, what ends the asking, and
// when a person is told. What an answer does to the money is in query_receipt_test.
#include "clinics/credentials.hpp"
#include "daraja/codes.hpp"
#include "payments/exchanges.hpp"
#include "tests/mpesa/fixture.hpp"

namespace clinicpro::mpesa {
namespace {

class stk_query_ladder : public MpesaTest {
protected:
    // The questions that wait: state and time, how many were put before, and why they wait.
    std::string waiting() {
        return words(
            "SELECT printf('%s %.2f s, asked %d: %s', state, (run_at - 1795000000000000) / 1000000.0, attempt, note) "
            "FROM jobs WHERE kind = 'mpesa.stk.query' ORDER BY id");
    }
    int64_t last_asked() const { return query_times.empty() ? -1 : seconds_of(query_times).back(); }  // in seconds
    // A callback that settles nothing: the question is put now.
    void hurry(TransactionId id) { call_back(mlimani, id, callback_body("31337")); }
    // The next question needs another token.
    void let_the_token_lapse() { token_answers = {token(1, "\"20\"")}; }
    void lose_the_passkey() {
        must(in_clinic(mlimani,
                       [&](store::ClinicTx& tx) { return clinics::Credentials(*vault).remove(tx, "mpesa.passkey"); }));
    }
    int64_t jobs_left() { return number("SELECT COUNT(*) FROM jobs"); }
};

const std::string kDoubtRemains = "could not be asked again";
const net::Response kNothing = fault(500, "500.001.1001", "Error");

TEST_F(stk_query_ladder, asks_in_the_last_instant_of_half_an_hour_and_gives_up_after_it) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {told("4999")};
    repeat_last = true;
    pass(30min);
    hurry(id);
    EXPECT_EQ(last_asked(), 1800);
    EXPECT_EQ(find(mlimani, id).state, State::kPending);
    const int asked = queries();
    clock.pass(1us);
    hurry(id);
    const Transaction t = find(mlimani, id);
    EXPECT_EQ(t.state, State::kExpired);
    EXPECT_EQ(t.witness, "timer");
    EXPECT_EQ(t.amount_received, Money());
    EXPECT_TRUE(t.attention);
    EXPECT_EQ(queries(), asked);
    EXPECT_EQ(jobs_left(), 0);
}

TEST_F(stk_query_ladder, believes_a_disputed_failure_from_the_third_minute_on) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {told("1037")};
    repeat_last = true;
    pass(179s);
    hurry(id);
    EXPECT_EQ(last_asked(), 179);
    EXPECT_EQ(find(mlimani, id).state, State::kPending);
    pass(1s);
    hurry(id);
    EXPECT_EQ(last_asked(), 180);
    const Transaction t = find(mlimani, id);
    EXPECT_EQ(t.state, State::kFailed);
    EXPECT_EQ(t.witness, "query");
    EXPECT_EQ(t.result_code, "1037");
    EXPECT_EQ(t.result_text, daraja::meaning_of("1037").sentence);
}

TEST_F(stk_query_ladder, climbs_on_after_a_failure) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {told("1032")};
    repeat_last = true;
    pass(12s);
    EXPECT_EQ(waiting(), "ready 27.00 s, asked 1: code 1032 by query; asking once more");
    pass(1h);
    EXPECT_EQ(seconds_of(query_times), (std::vector<int64_t>{12, 27, 52, 82, 112, 172, 232, 352, 472}));
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);
    EXPECT_FALSE(find(mlimani, id).attention);
    EXPECT_EQ(jobs_left(), 0);
}

TEST_F(stk_query_ladder, asks_about_a_late_failure_for_ten_minutes_more_to_the_instant) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = std::deque<net::Outcome>(11, told("4999"));
    query_answers.push_back(told("1037"));
    repeat_last = true;
    pass(1372s);
    ASSERT_EQ(find(mlimani, id).state, State::kFailed);
    pass(10min);
    EXPECT_EQ(seconds_of(query_times),
              (std::vector<int64_t>{12, 27, 52, 82, 112, 172, 232, 352, 472, 772, 1072, 1372, 1672, 1972}));
    clock.pass(1us);
    hurry(id);
    EXPECT_EQ(jobs_left(), 0);
    EXPECT_EQ(queries(), 14);
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);
    EXPECT_FALSE(find(mlimani, id).attention);
}

TEST_F(stk_query_ladder, asks_nothing_about_what_a_callback_settled) {
    for (const std::string& code : {std::string("0"), std::string("1032")}) {
        push_answers = {accepted(kCheckout + code)};
        const TransactionId id = start(mlimani);
        call_back(mlimani, id, callback_body(code, kReceipt, "500.00", kCheckout + code));
        pass(1h);
        EXPECT_EQ(queries(), 0) << code;
        EXPECT_FALSE(find(mlimani, id).attention) << code;
        EXPECT_EQ(jobs_left(), 0) << code;
    }
}

TEST_F(stk_query_ladder, keeps_what_was_asked_and_what_was_answered) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {told("0")};
    pass(12s);
    std::vector<std::string> kept;
    for (const auto& one : must(in_clinic(
             mlimani, [&](store::ClinicTx& tx) { return payments::exchanges::list(tx, *vault, id.value); }))) {
        kept.push_back(one.step + " " + one.summary);
    }
    EXPECT_EQ(kept, (std::vector<std::string>{"prompt POST /mpesa/stkpush/v1/processrequest", "prompt 200",
                                              "status query POST /mpesa/stkpushquery/v1/query", "status query 200"}));
}

TEST_F(stk_query_ladder, waits_as_long_as_safaricom_says_when_that_is_longer_than_the_rung) {
    start_accepted(mlimani);
    net::Response throttled = answer(429, "{}");
    throttled.headers = {{"Retry-After", "40"}};
    query_answers = {throttled, kNothing, kNothing};
    pass(12s + 40s + 25s);
    EXPECT_EQ(seconds_of(query_times), (std::vector<int64_t>{12, 52, 77}));
}

TEST_F(stk_query_ladder, asks_a_second_later_when_its_token_is_refused) {
    start_accepted(mlimani);
    query_answers = {bad_token(), told("4999")};
    pass(13s);
    EXPECT_EQ(seconds_of(query_times), (std::vector<int64_t>{12, 13}));
    EXPECT_EQ(tokens(), 2);
    EXPECT_EQ(waiting(), "ready 38.00 s, asked 2: still processing");
}

TEST_F(stk_query_ladder, asks_five_minutes_later_when_the_settings_are_refused) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {fault(500, "500.001.1001", "Merchant does not exist"), told("0")};
    pass(12s);
    EXPECT_EQ(
        waiting(),
        "ready 312.00 s, asked 1: Safaricom does not know this shortcode. Check the paybill number, or a till's store "
        "number.");
    pass(5min);
    EXPECT_EQ(seconds_of(query_times), (std::vector<int64_t>{12, 312}));
    EXPECT_EQ(find(mlimani, id).state, State::kPaidWithoutReceipt);
}

TEST_F(stk_query_ladder, looks_every_minute_for_an_id_to_ask_by) {
    push_answers = {net::Unknown{"timed out"}};
    const TransactionId id = start(mlimani);
    EXPECT_EQ(waiting(), "ready 12.00 s, asked 0: ");
    pass(12s);
    EXPECT_EQ(waiting(), "ready 72.00 s, asked 0: no id to ask by; waiting for the callback");
    pass(60s);
    EXPECT_EQ(waiting(), "ready 132.00 s, asked 0: no id to ask by; waiting for the callback");
    query_answers = {told("4999")};
    hurry(id);  // a callback brings the id
    EXPECT_EQ(seconds_of(query_times), (std::vector<int64_t>{72}));
    EXPECT_EQ(waiting(), "ready 87.00 s, asked 1: still processing");
}

TEST_F(stk_query_ladder, waits_for_its_app_s_budget_without_counting_that_as_a_question) {
    Config slow = config();
    slow.queries_per_minute = 5;
    configure(mlimani, slow);
    push_answers = {accepted(kCheckout + "1"), accepted(kCheckout + "2")};
    start(mlimani, InvoiceId{101});
    start(mlimani, InvoiceId{102});
    query_answers = {told("4999", kCheckout + "1"), told("4999", kCheckout + "2")};
    pass(12s);
    EXPECT_EQ(waiting(),
              "ready 27.00 s, asked 1: still processing,ready 24.00 s, asked 0: waiting for a free status query");
    pass(12s);
    EXPECT_EQ(waiting(), "ready 27.00 s, asked 1: still processing,ready 39.00 s, asked 1: still processing");
}

TEST_F(stk_query_ladder, waits_for_a_token_without_counting_that_as_a_question) {
    let_the_token_lapse();
    push_answers = {accepted(kCheckout + "1"), accepted(kCheckout + "2")};
    start(mlimani, InvoiceId{101});
    start(mlimani, InvoiceId{102});
    hold_tokens = true;
    pass(12s);
    EXPECT_EQ(waiting(), "leased 72.00 s, asked 0: ,ready 12.15 s, asked 0: waiting for an access token");
    pass(1s);
    EXPECT_EQ(tokens(), 2) << "one fetches, the other waits";
    query_answers = {told("4999", kCheckout + "1"), told("4999", kCheckout + "2")};
    client.end(client.open("/oauth/"), token(2));
    pass(1s);
    EXPECT_EQ(waiting(), "ready 28.00 s, asked 1: still processing,ready 28.05 s, asked 1: still processing");
}

TEST_F(stk_query_ladder, takes_a_token_that_is_not_given_for_a_question_without_an_answer) {
    let_the_token_lapse();
    const TransactionId id = start_accepted(mlimani);
    token_answers = {answer(503, ""), fault(400, "400.008.01", "Invalid Authentication passed"), token(2)};
    query_answers = {told("0")};
    pass(12s);
    EXPECT_EQ(waiting(), "ready 27.00 s, asked 1: Safaricom gave no access token. Try again in a minute.");
    pass(15s);
    EXPECT_EQ(
        waiting(),
        "ready 52.00 s, asked 2: Safaricom refused the consumer key and secret. Copy both again from the app in the "
        "Daraja portal, and check that they belong to this environment.");
    pass(25s);
    EXPECT_EQ(seconds_of(query_times), (std::vector<int64_t>{52}));
    EXPECT_EQ(find(mlimani, id).state, State::kPaidWithoutReceipt);
}

TEST_F(stk_query_ladder, fetches_another_token_when_the_database_could_not_keep_the_first) {
    let_the_token_lapse();
    const TransactionId id = start_accepted(mlimani);
    script("CREATE TRIGGER full BEFORE UPDATE OF sealed ON mpesa_tokens BEGIN SELECT RAISE(ABORT, 'full'); END");
    query_answers = {told("0")};
    pass(12s);
    EXPECT_EQ(words("SELECT state FROM jobs"), "leased") << "what failed here is undone and done again";
    script("DROP TRIGGER full");
    pass(1min);
    EXPECT_EQ(seconds_of(query_times), (std::vector<int64_t>{72}));
    EXPECT_EQ(find(mlimani, id).state, State::kPaidWithoutReceipt);
}

TEST_F(stk_query_ladder, waits_for_a_passkey_and_asks_when_it_is_back) {
    const TransactionId id = start_accepted(mlimani);
    lose_the_passkey();
    query_answers = {told("0")};
    pass(12s);
    EXPECT_EQ(waiting(), "ready 312.00 s, asked 0: The passkey is missing from the M-Pesa settings.");
    configure(mlimani, config());
    pass(5min);
    EXPECT_EQ(seconds_of(query_times), (std::vector<int64_t>{312}));
    EXPECT_EQ(find(mlimani, id).state, State::kPaidWithoutReceipt);
}

TEST_F(stk_query_ladder, gives_up_in_front_of_a_person_when_the_passkey_never_comes_back) {
    const TransactionId id = start_accepted(mlimani);
    lose_the_passkey();
    pass(31min);
    EXPECT_EQ(find(mlimani, id).state, State::kExpired);
    EXPECT_TRUE(find(mlimani, id).attention);
    EXPECT_EQ(queries(), 0);
    EXPECT_EQ(jobs_left(), 0);
}

TEST_F(stk_query_ladder, a_doubted_failure_that_cannot_be_asked_about_stands_before_a_person) {
    const TransactionId id = start_accepted(mlimani);
    lose_the_passkey();
    call_back(mlimani, id, callback_body("1037"));
    pass(10min - 1s);
    EXPECT_FALSE(find(mlimani, id).attention) << "there is still time to ask";
    pass(6min);
    const Transaction t = find(mlimani, id);
    EXPECT_EQ(t.state, State::kFailed);
    ASSERT_TRUE(t.attention);
    EXPECT_NE(t.attention->find(kDoubtRemains), std::string::npos);
    EXPECT_EQ(queries(), 0);
    EXPECT_EQ(jobs_left(), 0);
}

TEST_F(stk_query_ladder, a_doubted_failure_stands_before_a_person_when_the_budget_is_free_too_late_to_ask) {
    const TransactionId in_time = start_accepted(mlimani);
    script("UPDATE mpesa_tokens SET query_free_at = 1795000600000000");
    call_back(mlimani, in_time, callback_body("1037"));
    EXPECT_EQ(waiting(), "ready 600.00 s, asked 0: waiting for a free status query");
    query_answers = {told("1037")};
    pass(20min);
    EXPECT_EQ(seconds_of(query_times), (std::vector<int64_t>{600}));
    EXPECT_FALSE(find(mlimani, in_time).attention) << "it was told again";

    push_answers = {accepted(kCheckout + "2")};
    const TransactionId too_late = start(mlimani);
    script("UPDATE mpesa_tokens SET query_free_at = 1795001800000001");
    call_back(mlimani, too_late, callback_body("1037", {}, {}, kCheckout + "2"));
    pass(11min);
    EXPECT_EQ(queries(), 1);
    ASSERT_TRUE(find(mlimani, too_late).attention);
    EXPECT_NE(find(mlimani, too_late).attention->find(kDoubtRemains), std::string::npos);
    EXPECT_EQ(jobs_left(), 0);
}

TEST_F(stk_query_ladder, a_doubted_failure_whose_last_question_died_with_the_process_stands_before_a_person) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {told("1037")};
    repeat_last = true;
    call_back(mlimani, id, callback_body("1037"));
    pass(590s);
    query_answers.clear();
    hurry(id);
    EXPECT_EQ(last_asked(), 590);
    restart();
    pass(59s);
    EXPECT_FALSE(find(mlimani, id).attention);
    pass(1s);
    ASSERT_TRUE(find(mlimani, id).attention);
    EXPECT_NE(find(mlimani, id).attention->find(kDoubtRemains), std::string::npos);
    EXPECT_EQ(jobs_left(), 0);
}

TEST_F(stk_query_ladder, a_question_that_died_with_the_process_leaves_no_doubt_about_what_was_paid_meanwhile) {
    const TransactionId id = start_accepted(mlimani);
    pass(12s);
    ASSERT_EQ(queries(), 1);
    restart();
    call_back(mlimani, id, callback_body("0"));
    pass(2min);
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
    EXPECT_FALSE(find(mlimani, id).attention);
    EXPECT_EQ(queries(), 1);
    EXPECT_EQ(jobs_left(), 0);
}

TEST_F(stk_query_ladder, a_question_that_died_with_the_process_is_put_again) {
    const TransactionId id = start_accepted(mlimani);
    pass(12s);
    restart();
    query_answers = {told("0")};
    pass(1min);
    EXPECT_EQ(seconds_of(query_times), (std::vector<int64_t>{12, 72}));
    EXPECT_EQ(find(mlimani, id).state, State::kPaidWithoutReceipt);
}

TEST_F(stk_query_ladder, a_doubt_does_not_replace_what_a_person_is_told_already) {
    const TransactionId id = start_accepted(mlimani);
    query_answers = {net::Unknown{"no answer"}};
    repeat_last = true;
    call_back(mlimani, id, callback_body("1037"));
    call_back(mlimani, id, callback_body("0", kReceipt, "500.00", kCheckout + "9"));  // under an id of no prompt
    const auto told_before = find(mlimani, id).attention;
    ASSERT_TRUE(told_before);
    pass(15min);
    EXPECT_EQ(find(mlimani, id).attention, told_before);
    EXPECT_EQ(jobs_left(), 0);
}

}  // namespace
}  // namespace clinicpro::mpesa
