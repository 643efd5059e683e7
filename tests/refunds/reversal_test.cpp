// A refund by reversal, from the wish to the money on the patient's phone, with everything that can go wrong on the way.
#include "tests/refunds/pair.hpp"

namespace clinicpro::testing_pair {
namespace {

class reversal : public RefundStory {
protected:
    reversal() { connect(); }
    std::vector<std::pair<std::string, std::string>> results() const {
        auto found = bodies;
        std::erase_if(found, [](const auto& one) { return !one.first.starts_with("/n/m/"); });
        return found;
    }
};

TEST_F(reversal, two_people_give_a_payment_back_and_the_books_balance) {
    const std::string payment = paid("virtual");
    const Money opening = Money::from_shillings(daraja.world().config.switches.opening_balance);
    EXPECT_EQ(wallet(), opening - Money::from_shillings(1500));
    const std::string id = asked(payment);
    EXPECT_EQ(refund(id)["way"], "reversal");
    EXPECT_EQ(get("/payments/" + payment)["refunding_cents"], "150000");

    const auto own = as(cashier, "/refunds/" + id + "/approve", "{}");
    EXPECT_EQ(own.status, 403);
    const auto approved = as(admin, "/refunds/" + id + "/approve", "{}");
    ASSERT_EQ(approved.status, 200) << approved.body;
    pass(2min);

    const auto now = refund(id);
    EXPECT_EQ(now["state"], "done") << now.body;
    EXPECT_EQ(now["done_cents"], "150000");
    EXPECT_EQ(now["reference"].size(), 10u);
    EXPECT_EQ(now["attention"], "");
    const auto pay = get("/payments/" + payment);
    EXPECT_EQ(pay["state"], "paid") << "a refund is an entry of its own";
    EXPECT_EQ(pay["refunded_cents"], "150000");
    EXPECT_EQ(pay["refunding_cents"], "0");
    const auto bill = get("/invoices/" + invoice_id);
    EXPECT_EQ(bill["state"], "open");
    EXPECT_EQ(bill["amount_paid_cents"], "0");
    EXPECT_EQ(get("/appointments/" + visit_id)["state"], "confirmed") << "the clinic decides about the visit";
    EXPECT_EQ(wallet(), opening);
    EXPECT_EQ(Line::calls("/mpesa/reversal/"), 1);
    const auto notices = get("/notices?invoice=" + invoice_id);
    EXPECT_NE(notices.body.find("back to you"), std::string::npos) << notices.body;
    expect_the_books_agree();
    EXPECT_EQ(as(cashier, "/refunds", R"({"payment_id":")" + payment + R"(","reason":"Again"})").status, 409);
}

TEST_F(reversal, a_lost_answer_is_never_sent_again_and_its_result_settles_it) {
    const std::string payment = paid();
    fault(R"([{"name":"response_lost_after_queue","path":"/mpesa/reversal/"}])");
    const std::string id = approved(payment);
    pass(200ms);
    pass(2min);
    EXPECT_EQ(refund(id)["state"], "done");
    EXPECT_EQ(Line::calls("/mpesa/reversal/"), 1);
    expect_the_books_agree();
}

TEST_F(reversal, a_result_before_the_answer_counts_once) {
    const std::string payment = paid();
    fault(R"([{"name":"result_before_response"},{"name":"result_duplicate","times":4,"seconds":0}])");
    const std::string id = approved(payment);
    pass(2min);
    EXPECT_EQ(refund(id)["state"], "done");
    EXPECT_EQ(results().size(), 4u);
    EXPECT_EQ(count("SELECT COUNT(*) FROM ledger WHERE debit = 'invoice'"), 1);
    expect_the_books_agree();
}

TEST_F(reversal, a_time_out_is_no_failure_and_the_late_result_counts) {
    const std::string payment = paid();
    fault(R"([{"name":"queue_timeout","path":"reversal","seconds":300},{"name":"result_lost","path":"status"}])");
    const std::string id = approved(payment);
    pass(40s);
    EXPECT_EQ(refund(id)["state"], "unknown");
    EXPECT_NE(refund(id)["next_step"].find("Do not pay it back"), std::string::npos);
    pass(10min);
    EXPECT_EQ(refund(id)["state"], "done");
    expect_the_books_agree();
}

TEST_F(reversal, a_lost_result_is_found_by_asking) {
    const std::string payment = paid();
    fault(R"([{"name":"result_lost","path":"reversal"}])");
    const std::string id = approved(payment);
    pass(5min);
    EXPECT_EQ(refund(id)["state"], "done");
    EXPECT_EQ(refund(id)["witness"], "query");
    EXPECT_EQ(Line::calls("/mpesa/reversal/"), 1);
    EXPECT_GE(Line::calls("/transactionstatus/"), 1);
    expect_the_books_agree();
}

TEST_F(reversal, when_nobody_ever_says_a_person_settles_it_with_the_statement) {
    const std::string payment = paid();
    fault(R"([{"name":"response_lost_after_queue","path":"/mpesa/reversal/"},{"name":"result_lost","path":"reversal"}])");
    const std::string id = approved(payment);
    pass(40min);
    const auto waiting = refund(id);
    EXPECT_EQ(waiting["state"], "unknown");
    EXPECT_NE(waiting["attention"].find("M-Pesa statement"), std::string::npos);
    EXPECT_EQ(Line::calls("/mpesa/reversal/"), 1);
    EXPECT_EQ(as(cashier, "/refunds/" + id + "/cancel", "{}").status, 409) << "the money may be gone";
    const std::string receipt = daraja.world().ledger.movements().back().receipt;
    const std::string word = R"({"outcome":"done","reference":")" + receipt + R"(","note":"It stands in the statement"})";
    EXPECT_EQ(as(cashier, "/refunds/" + id + "/settle", word).status, 403);
    const auto settled = as(admin, "/refunds/" + id + "/settle", word);
    ASSERT_EQ(settled.status, 200) << settled.body;
    pass(1s);
    EXPECT_EQ(settled["state"], "done");
    EXPECT_EQ(settled["attention"], "");
    expect_the_books_agree();
}

// The storm's seed 1188: nobody asked, and nobody was told.
TEST_F(reversal, whose_server_stopped_before_it_heard_and_that_timed_out_meanwhile_still_reaches_a_person) {
    const std::string payment = paid();
    fault(R"([{"name":"queue_timeout","path":"reversal"},{"name":"result_lost","path":"reversal"}])");
    const std::string id = approved(payment);
    pass(Duration(0));
    ASSERT_EQ(refund(id)["state"], "sending");
    answers.clear();  // the server that would have heard is gone
    pass(90min);
    EXPECT_EQ(refund(id)["state"], "unknown");
    EXPECT_NE(refund(id)["attention"].find("M-Pesa statement"), std::string::npos) << refund(id).body;
    EXPECT_EQ(Line::calls("/mpesa/reversal/"), 1);
}

// The storm's seed 845: a server's clock was set back between the payment and its booking.
TEST_F(reversal, of_money_whose_lines_are_older_than_their_payment_is_booked_all_the_same) {
    const std::string payment = paid("virtual");
    constexpr int64_t kTenMinutes = int64_t(600'000) << 22;  // of ids
    web::testing::must(database->write([&](store::Tx& tx) -> Result<> {
        TRY(tx.execute("UPDATE ledger SET id = id - $1", kTenMinutes));
        return {};
    }));
    const std::string id = approved(payment);
    pass(2min);
    EXPECT_EQ(refund(id)["state"], "done");
    EXPECT_EQ(get("/invoices/" + invoice_id)["amount_paid_cents"], "0");
    expect_the_books_agree();
}

TEST_F(reversal, a_result_with_another_amount_books_nothing_and_asks_a_person) {
    const std::string payment = paid();
    fault(R"([{"name":"result_wrong_amount"}])");
    const std::string id = approved(payment);
    pass(2min);
    const auto doubt = refund(id);
    EXPECT_EQ(doubt["state"], "unknown");
    EXPECT_NE(doubt["attention"].find("KES 1,501.00"), std::string::npos);
    EXPECT_EQ(get("/invoices/" + invoice_id)["state"], "paid");
    fault("[]");
    pass(5min);  // asked, M-Pesa tells the true amount
    EXPECT_EQ(refund(id)["state"], "done");
    expect_the_books_agree();
}

TEST_F(reversal, wrong_credentials_fail_with_what_to_do_and_the_money_can_be_asked_for_again) {
    const std::string payment = paid();
    connect("WrongPassword");
    const std::string id = approved(payment);
    pass(2min);
    const auto failed = refund(id);
    EXPECT_EQ(failed["state"], "failed");
    EXPECT_EQ(failed["result_code"], "2001");
    EXPECT_NE(failed["sentence"].find("initiator"), std::string::npos);
    EXPECT_EQ(get("/payments/" + payment)["refunding_cents"], "0");
    EXPECT_EQ(get("/invoices/" + invoice_id)["state"], "paid");
    connect();
    const std::string again = approved(payment);
    pass(2min);
    EXPECT_EQ(refund(again)["state"], "done");
    expect_the_books_agree();
}

TEST_F(reversal, of_money_that_was_reversed_before_goes_to_a_person) {
    const std::string payment = paid();
    fault(R"([{"name":"result_fails","code":"R000001"}])");
    const std::string id = approved(payment);
    pass(2min);
    EXPECT_EQ(refund(id)["state"], "unknown");
    EXPECT_NE(refund(id)["attention"].find("done this before"), std::string::npos);
    const auto no = as(admin, "/refunds/" + id + "/settle", R"({"outcome":"failed","note":"Nothing in the statement"})");
    ASSERT_EQ(no.status, 200) << no.body;
    pass(1s);
    EXPECT_EQ(get("/payments/" + payment)["refunding_cents"], "0");
    expect_the_books_agree();
}

TEST_F(reversal, a_forged_result_changes_nothing) {
    const std::string payment = paid();
    fault(R"([{"name":"result_late","seconds":600}])");
    const std::string id = approved(payment);
    pass(40s);
    ASSERT_EQ(refund(id)["state"], "pending");
    const auto link = links.hex({clinics::Link::Purpose::kRefund, kMlimani, web::testing::must(RefundId::parse(id)).value, 0});
    const std::string body =
        R"({"Result":{"ResultType":0,"ResultCode":0,"ResultDesc":"x","OriginatorConversationID":"other","ConversationID":"AG_1",)"
        R"("TransactionID":"UKIFORGED1","ResultParameters":{"ResultParameter":[{"Key":"Amount","Value":1500}]}}})";
    EXPECT_EQ(ask("POST", "/n/m/" + link, body).status, 200) << "stored first; judged afterwards";
    EXPECT_EQ(ask("POST", "/n/m/" + std::string(56, 'a'), body).status, 404);
    pass(1s);
    EXPECT_EQ(refund(id)["state"], "pending");
    EXPECT_EQ(count("SELECT COUNT(*) FROM inbox WHERE state = 'rejected'"), 1);
    pass(15min);
    EXPECT_EQ(refund(id)["state"], "done");
    expect_the_books_agree();
}

TEST_F(reversal, that_cannot_leave_for_an_hour_fails_and_one_that_can_later_leaves_once) {
    const std::string payment = paid();
    unplugged = true;
    const std::string id = approved(payment);
    pass(10min);
    EXPECT_EQ(refund(id)["state"], "approved");
    unplugged = false;
    pass(5min);
    EXPECT_EQ(refund(id)["state"], "done");
    const std::string second = paid();
    unplugged = true;
    const std::string late = approved(second);
    pass(70min);
    EXPECT_EQ(refund(late)["state"], "failed");
    expect_the_books_agree();
}

TEST_F(reversal, of_a_cancelled_visit_closes_its_invoice) {
    const std::string payment = paid("onsite");
    ASSERT_EQ(post("/appointments/" + visit_id + "/cancel").status, 200);
    const auto suggested = get("/payments/" + payment);
    EXPECT_NE(suggested["next_step"].find("refund"), std::string::npos) << suggested.body;
    approved(payment);
    pass(2min);
    EXPECT_EQ(get("/invoices/" + invoice_id)["state"], "void");
    EXPECT_EQ(get("/payments/" + payment)["attention"], "");
    expect_the_books_agree();
}

}  // namespace
}  // namespace clinicpro::testing_pair
