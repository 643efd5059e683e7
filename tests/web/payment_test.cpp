// The main path through the API: an invoice is prompted, paid, and the visit gets its link; money that fits nowhere is
// found a place.
#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

using Payment = SiteTest;

TEST_F(Payment, an_stk_payment_goes_from_click_to_link) {
    configure();
    const auto who = patient();
    const auto apt = visit(who);
    const auto inv = invoice(who, apt);

    const Reply started =
        post("/invoices/" + inv + "/payments", R"({"phone":"0712345678"})", {{"Idempotency-Key", "k1"}});
    ASSERT_EQ(started.status, 202) << started.body;
    EXPECT_EQ(started["state"], "created");
    EXPECT_EQ(started["amount_cents"], "150000");
    EXPECT_EQ(started["payer"], "2547*****678");
    EXPECT_GE(wakes, 1);
    run();
    EXPECT_EQ(daraja.pushes, 1);
    const auto pay = started["id"];
    const Reply pending = get("/payments/" + pay);
    EXPECT_EQ(pending["state"], "pending");
    EXPECT_EQ(pending["is_open"], "true");
    EXPECT_EQ(pending["sentence"], "The patient's phone shows the M-Pesa prompt.");

    const auto id = *TransactionId::parse(pay);
    const std::string path = "/n/s/" + links.hex({clinics::Link::Purpose::kStkCallback, kMlimani, id.value, 0});
    const Reply acknowledged = ask("POST", path, stk_paid(1, "UKN7ABCDEF"));
    ASSERT_EQ(acknowledged.status, 200) << acknowledged.body;
    EXPECT_EQ(acknowledged["ResultCode"], "0");
    run();

    const Reply paid = get("/payments/" + pay);
    EXPECT_EQ(paid["state"], "paid");
    EXPECT_EQ(paid["receipt"], "UKN7ABCDEF");
    EXPECT_EQ(paid["received_cents"], "150000");
    EXPECT_EQ(paid["sentence"], "Paid KES 1,500.00, M-Pesa receipt UKN7ABCDEF.");
    EXPECT_EQ(paid["next_step"], "Nothing to do.");
    const Reply settled = get("/invoices/" + inv);
    EXPECT_EQ(settled["state"], "paid");
    EXPECT_EQ(settled["still_due_cents"], "0");
    const Reply confirmed = get("/appointments/" + apt);
    EXPECT_EQ(confirmed["state"], "confirmed");
    EXPECT_EQ(confirmed["meeting.state"], "ready");
    EXPECT_TRUE(confirmed["join_url"].starts_with("https://pay.example/j/")) << confirmed.body;
    const Reply notices = get("/notices?appointment=" + apt);
    ASSERT_EQ(notices.count("items"), 1u) << notices.body;
    EXPECT_EQ(notices["items.0.template"], "paid_virtual");
    EXPECT_NE(notices["items.0.text"].find(confirmed["join_url"]), std::string::npos);

    const Reply again = post("/invoices/" + inv + "/payments", "{}", {{"Idempotency-Key", "k2"}});
    EXPECT_EQ(again.status, 409);
    EXPECT_EQ(again["detail"], "This invoice is paid in full; nothing is due on it.");
}

TEST_F(Payment, what_to_ask_for_is_checked) {
    configure();
    const auto inv = invoice(patient());
    const std::string path = "/invoices/" + inv + "/payments";
    const Reply much = post(path, R"({"amount_cents":150100})", {{"Idempotency-Key", "a"}});
    EXPECT_EQ(much.status, 422);
    EXPECT_EQ(much["field"], "amount_cents");
    EXPECT_EQ(much["detail"], "Only KES 1,500.00 is still due on this invoice; ask for that or less.");
    EXPECT_EQ(post(path, R"({"amount_cents":100000})", {{"Idempotency-Key", "b"}}).status, 202);
    const Reply open = post(path, R"({"amount_cents":50000})", {{"Idempotency-Key", "c"}});
    EXPECT_EQ(open.status, 409) << open.body;  // one open prompt for this phone and invoice
    EXPECT_EQ(post("/invoices/" + inv + "/void").status, 200);
    EXPECT_EQ(post(path, "{}", {{"Idempotency-Key", "d"}})["detail"],
              "This invoice is void, so nothing can be paid on it. Make a new invoice.");
}

TEST_F(Payment, without_a_configuration_the_answer_says_what_to_do) {
    const auto inv = invoice(patient());
    const Reply refused = post("/invoices/" + inv + "/payments", "{}", {{"Idempotency-Key", "a"}});
    EXPECT_EQ(refused.status, 409);
    EXPECT_NE(refused["detail"].find("no M-Pesa configuration"), std::string::npos);
    EXPECT_EQ(count("SELECT COUNT(*) FROM transactions"), 0);
    EXPECT_EQ(count("SELECT COUNT(*) FROM idempotency"), 0);
}

TEST_F(Payment, money_for_an_unknown_account_is_listed_and_assigned) {
    configure();
    const auto inv = invoice(patient());
    ASSERT_EQ(ask("POST", confirmation_path(), c2b("UKN1LOST00", "nobody"))["ResultCode"], "0");
    run();
    const Reply list = get("/unallocated");
    ASSERT_EQ(list.count("items"), 1u) << list.body;
    EXPECT_EQ(list["items.0.amount_cents"], "150000");
    EXPECT_EQ(list["items.0.receipt"], "UKN1LOST00");
    EXPECT_FALSE(list["items.0.reason"].empty());
    const auto una = list["items.0.id"];
    EXPECT_EQ(get("/unallocated/" + una)["state"], "open");
    EXPECT_EQ(ask("POST", "/v1/clinics/1/unallocated/" + una + "/assign", R"({"invoice_id":")" + inv + R"("})", cashier)
                  .status,
              403);
    const Reply assigned = post("/unallocated/" + una + "/assign", R"({"invoice_id":")" + inv + R"("})");
    ASSERT_EQ(assigned.status, 200) << assigned.body;
    EXPECT_EQ(assigned["to_invoice_cents"], "150000");
    EXPECT_EQ(assigned["rest_cents"], "0");
    EXPECT_EQ(assigned["invoice.state"], "paid");
    EXPECT_EQ(get("/unallocated").count("items"), 0u);
    EXPECT_EQ(get("/unallocated?state=allocated").count("items"), 1u);
    EXPECT_EQ(post("/unallocated/" + una + "/assign", R"({"invoice_id":")" + inv + R"("})").status, 409);
}

TEST_F(Payment, lists_are_filtered_and_paged) {
    configure();
    const auto who = patient();
    std::vector<std::string> made;
    for (int i = 0; i < 3; ++i) made.push_back(prompt(invoice(who)));
    const Reply first = get("/payments?limit=2");
    ASSERT_EQ(first.count("items"), 2u);
    EXPECT_EQ(first["items.0.id"], made[2]);
    EXPECT_EQ(first["next"], made[1]);
    const Reply second = get("/payments?limit=2&before=" + first["next"]);
    ASSERT_EQ(second.count("items"), 1u);
    EXPECT_EQ(second["items.0.id"], made[0]);
    EXPECT_EQ(second["next"], "");
    EXPECT_EQ(get("/payments?state=created").count("items"), 3u);
    EXPECT_EQ(get("/payments?state=paid").count("items"), 0u);
    EXPECT_EQ(get("/payments?attention=true").count("items"), 0u);
    EXPECT_EQ(get("/payments?state=lost").status, 422);
    EXPECT_EQ(get("/payments?limit=0").status, 422);
    EXPECT_EQ(get("/payments?limit=2&limit=3").status, 422);
    EXPECT_EQ(get("/payments?colour=red")["field"], "colour");
}

TEST_F(Payment, attention_is_shown_and_cleared_by_a_person) {
    configure();
    const auto pay = prompt(invoice(patient()));
    must(database->write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, kMlimani);
        TRY(tx.execute("UPDATE transactions SET attention = 'Look at this.' WHERE clinic_id = $1"));
        return {};
    }));
    EXPECT_EQ(get("/payments?attention=true")["items.0.next_step"], "Look at this.");
    const Reply cleared = post("/payments/" + pay + "/attention/clear");
    ASSERT_EQ(cleared.status, 200) << cleared.body;
    EXPECT_EQ(cleared["attention"], "");
    EXPECT_EQ(get("/payments?attention=true").count("items"), 0u);
}

}  // namespace clinicpro::web::testing
