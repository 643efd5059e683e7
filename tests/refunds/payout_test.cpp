// Refunds by payout and by hand, of parts and of money that fits nowhere; and who may do what.
#include "tests/refunds/pair.hpp"

namespace clinicpro::testing_pair {
namespace {

class payout : public RefundStory {
protected:
    payout() { connect(); }
    // Money that came to the paybill for nothing that is known; gives its place on the list.
    std::string nowhere(const std::string& receipt, const std::string& amount) {
        EXPECT_EQ(ask("POST", confirmation_path(), c2b(receipt, "nobody", amount)).status, 200);
        run();
        // The sandbox did not play this payment, so its till is given the money here.
        const Money given = web::testing::must(Money::parse(amount));
        auto& ledger = daraja.world().ledger;
        daraja.world().customer("254700000009");
        ledger.move({.receipt = receipt, .payer = "254700000009", .receiver = "600986", .amount = given});
        return get("/unallocated")["items.0.id"];
    }
};

TEST_F(payout, of_a_part_goes_to_the_phone_that_paid_and_the_invoice_owes_it_again) {
    const std::string payment = paid();
    const std::string id = approved(payment, R"(,"amount_cents":50000)");
    EXPECT_EQ(refund(id)["way"], "payout");
    EXPECT_EQ(refund(id)["payee"], "2547*****678");
    const Money before = wallet();
    pass(2min);
    paid_out = 50000;
    const auto done = refund(id);
    EXPECT_EQ(done["state"], "done") << done.body;
    EXPECT_EQ(wallet(), before + Money::from_shillings(500));
    const auto bill = get("/invoices/" + invoice_id);
    EXPECT_EQ(bill["state"], "part_paid");
    EXPECT_EQ(bill["amount_paid_cents"], "100000");
    EXPECT_EQ(as(cashier, "/refunds", R"({"payment_id":")" + payment + R"(","way":"reversal","reason":"x"})").status, 422)
        << "M-Pesa reverses wholes";
    EXPECT_EQ(as(cashier, "/refunds", R"({"payment_id":")" + payment + R"(","amount_cents":100100,"reason":"x"})").status, 422);
    expect_the_books_agree();
}

TEST_F(payout, whose_answer_is_lost_is_sent_again_under_the_same_id_and_paid_once) {
    const std::string payment = paid();
    fault(R"([{"name":"response_lost_after_queue","path":"/mpesa/b2c/","count":2}])");
    const Money before = wallet();
    const std::string id = approved(payment, R"(,"amount_cents":50000)");
    pass(5min);
    paid_out = 50000;
    EXPECT_EQ(refund(id)["state"], "done") << refund(id).body;
    EXPECT_GE(Line::calls("/mpesa/b2c/"), 2);
    EXPECT_EQ(wallet(), before + Money::from_shillings(500));
    expect_the_books_agree();
}

TEST_F(payout, whose_result_is_lost_is_found_by_the_id_it_carried) {
    const std::string payment = paid();
    fault(R"([{"name":"response_lost_after_queue","path":"/mpesa/b2c/","count":1},{"name":"result_lost","path":"b2c"}])");
    const std::string id = approved(payment, R"(,"amount_cents":50000)");
    pass(10min);
    paid_out = 50000;
    EXPECT_EQ(refund(id)["state"], "done") << refund(id).body;
    EXPECT_EQ(refund(id)["witness"], "query");
    expect_the_books_agree();
}

TEST_F(payout, fails_when_the_utility_account_is_short_and_says_so) {
    daraja.world().config.switches.opening_utility = 10;
    const std::string payment = paid();
    const std::string id = approved(payment, R"(,"amount_cents":50000)");
    pass(2min);
    EXPECT_EQ(refund(id)["state"], "failed");
    EXPECT_NE(refund(id)["sentence"].find("Utility account"), std::string::npos);
    EXPECT_EQ(get("/invoices/" + invoice_id)["state"], "paid");
    expect_the_books_agree();
}

TEST_F(payout, to_a_phone_nobody_knows_has_to_be_told_which) {
    const std::string waiting = nowhere("UKN1TEST00", "800.00");
    const std::string wish = R"({"unallocated_id":")" + waiting + R"(","amount_cents":30000,"reason":"Wrong paybill")";
    const auto no = as(cashier, "/refunds", wish + "}");
    EXPECT_EQ(no.status, 422);
    EXPECT_EQ(no["field"], "phone");
    EXPECT_EQ(as(cashier, "/refunds", wish + R"(,"way":"by_hand","phone":"0712345678"})").status, 422);
    const auto asked_for = as(cashier, "/refunds", wish + R"(,"phone":"0711000111"})");
    ASSERT_EQ(asked_for.status, 201) << asked_for.body;
    // The part is held; the rest is still on the list.
    EXPECT_EQ(get("/unallocated")["items.0.amount_cents"], "50000");
    EXPECT_EQ(get("/unallocated?state=refunding")["items.0.amount_cents"], "30000");
    EXPECT_EQ(post("/unallocated/" + waiting + "/assign", R"({"invoice_id":")" + invoice(patient()) + R"("})").status, 409);
    ASSERT_EQ(as(admin, "/refunds/" + asked_for["id"] + "/approve", "{}").status, 200);
    pass(2min);
    paid_out = 30000;
    EXPECT_EQ(refund(asked_for["id"])["state"], "done");
    EXPECT_EQ(get("/unallocated?state=refunded")["items.0.amount_cents"], "30000");
    expect_the_books_agree();
}

TEST_F(payout, of_all_unallocated_money_of_a_payment_is_a_reversal) {
    const std::string waiting = nowhere("UKN1TEST00", "800.00");
    const auto wish = as(cashier, "/refunds", R"({"unallocated_id":")" + waiting + R"(","reason":"Paid twice"})");
    ASSERT_EQ(wish.status, 201) << wish.body;
    EXPECT_EQ(wish["way"], "reversal");
    ASSERT_EQ(as(admin, "/refunds/" + wish["id"] + "/approve", "{}").status, 200);
    pass(2min);
    EXPECT_EQ(refund(wish["id"])["state"], "done") << refund(wish["id"]).body;
    EXPECT_EQ(get("/unallocated").count("items"), 0u);
    expect_the_books_agree();
}

TEST_F(payout, that_is_rejected_or_cancelled_frees_its_money) {
    const std::string waiting = nowhere("UKN1TEST00", "800.00");
    for (const std::string how : {"reject", "cancel"}) {
        const auto wish = as(cashier, "/refunds", R"({"unallocated_id":")" + waiting + R"(","reason":"Paid twice"})");
        ASSERT_EQ(wish.status, 201) << wish.body;
        EXPECT_EQ(get("/unallocated").count("items"), 0u);
        EXPECT_EQ(as(admin, "/refunds/" + wish["id"] + "/" + how, "{}").status, 200);
        run();
        EXPECT_EQ(get("/unallocated").count("items"), 1u);
        EXPECT_EQ(as(admin, "/refunds/" + wish["id"] + "/approve", "{}").status, 409);
        EXPECT_EQ(refund(wish["id"])["is_open"], "false");
    }
    EXPECT_EQ(get("/refunds?state=open").count("items"), 0u);
    EXPECT_EQ(get("/refunds").count("items"), 2u);
    EXPECT_EQ(get("/refunds?state=rejected").count("items"), 1u);
    expect_the_books_agree();
}

// The storm's seed 6066: the second was asked for before the first one's end had reached its money.
TEST_F(payout, of_money_that_a_rejected_refund_still_held_is_booked_all_the_same) {
    nowhere("UKN1TEST00", "800.00");
    const std::string payment = get("/unallocated")["items.0.payment_id"];
    const std::string wish = R"({"payment_id":")" + payment + R"(","way":"by_hand","reason":"Wrong paybill"})";
    const auto first = as(cashier, "/refunds", wish);
    ASSERT_EQ(first.status, 201) << first.body;
    ASSERT_EQ(as(admin, "/refunds/" + first["id"] + "/reject", "{}").status, 200);
    const auto second = as(cashier, "/refunds", wish);
    ASSERT_EQ(second.status, 201) << second.body;
    ASSERT_EQ(as(admin, "/refunds/" + second["id"] + "/approve", "{}").status, 200);
    run();
    const std::string word = R"({"outcome":"done","reference":"V-17","note":"Cash to the payer"})";
    ASSERT_EQ(as(admin, "/refunds/" + second["id"] + "/settle", word).status, 200);
    run();
    EXPECT_EQ(balance("by_hand"), 80000);
    EXPECT_EQ(get("/unallocated").count("items"), 0u);
    expect_the_books_agree();
}

TEST_F(payout, by_hand_is_settled_by_whoever_paid_it_and_its_voucher_counts_once) {
    const std::string payment = paid();
    const std::string id = approved(payment, R"(,"way":"by_hand")");
    pass(1min);
    EXPECT_EQ(refund(id)["state"], "approved");
    EXPECT_EQ(Line::calls("/mpesa/reversal/"), 0);
    EXPECT_EQ(as(admin, "/refunds/" + id + "/settle", R"({"outcome":"done","note":"Cash"})").status, 422);
    const std::string word = R"({"outcome":"done","reference":"V-17","note":"Cash to the patient"})";
    EXPECT_EQ(as(reader, "/refunds/" + id + "/settle", word).status, 403);
    ASSERT_EQ(as(admin, "/refunds/" + id + "/settle", word).status, 200);
    run();
    EXPECT_EQ(get("/invoices/" + invoice_id)["amount_paid_cents"], "0");
    EXPECT_EQ(balance("by_hand"), 150000);
    const std::string other = approved(paid(), R"(,"way":"by_hand")");
    const auto twice = as(admin, "/refunds/" + other + "/settle", word);
    EXPECT_EQ(twice.status, 409);
    EXPECT_EQ(twice["field"], "reference");
    expect_the_books_agree();
}

TEST_F(payout, is_asked_for_only_of_money_that_is_there) {
    const std::string payment = paid();
    asked(payment);
    EXPECT_EQ(as(cashier, "/refunds", R"({"payment_id":")" + payment + R"(","reason":"x"})").status, 409);
    EXPECT_EQ(as(cashier, "/refunds", R"({"payment_id":")" + payment + R"(","reason":" "})").status, 422);
    EXPECT_EQ(as(cashier, "/refunds", R"({"reason":"x"})").status, 422);
    EXPECT_EQ(as(reader, "/refunds", R"({"payment_id":")" + payment + R"(","reason":"x"})").status, 403);
    const auto own = as(admin, "/refunds", R"({"payment_id":")" + paid() + R"(","reason":"x"})");
    ASSERT_EQ(own.status, 201) << own.body;
    const auto both = as(admin, "/refunds/" + own["id"] + "/approve", "{}");
    EXPECT_EQ(both.status, 403) << "whoever asks does not approve, whatever the role";
    EXPECT_NE(both.body.find("somebody else"), std::string::npos);
    EXPECT_EQ(ask("POST", "/v1/clinics/mlimani/refunds/" + own["id"] + "/approve", "{}", operator_key).status, 200);
    const std::string open = prompt(invoice(patient()));
    EXPECT_EQ(as(cashier, "/refunds", R"({"payment_id":")" + open + R"(","reason":"x"})").status, 409);
}

}  // namespace
}  // namespace clinicpro::testing_pair
