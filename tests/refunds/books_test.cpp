// One payment explained, a range of days summed up, and the tables that can be taken away.
#include "base/csv.hpp"
#include "invoices/report.hpp"
#include "tests/refunds/pair.hpp"

namespace clinicpro::testing_pair {
namespace {

class Books : public RefundStory {
protected:
    Books() { connect(); }
};

TEST_F(Books, explain_a_payment_from_the_first_click_to_the_money_going_back) {
    const std::string payment = paid("virtual");
    pass(2min);
    const std::string refund_id = approved(payment);
    pass(2min);
    ASSERT_EQ(refund(refund_id)["state"], "done");
    const auto told = get("/payments/" + payment + "/explain");
    ASSERT_EQ(told.status, 200) << told.body;
    // Each of these, in this order.
    size_t at = 0;
    for (const std::string_view sentence :
         {"A payment was asked for.", "The prompt was about to be sent.", "Asked Safaricom (prompt): POST /mpesa/stkpush",
          "Safaricom's answer (prompt): 200.", "Safaricom took the prompt", "Safaricom sent the outcome of the prompt.",
          "The payment counts as paid.", "KES 1,500.00 booked from M-Pesa to what has just come in.",
          "A message to the patient was wanted: paid_virtual.", "A refund was asked for.",
          "A second person approved the refund", "Asked Safaricom (reversal): POST /mpesa/reversal/v1/request.",
          "Safaricom sent the result of the refund.", "The money went back.",
          "KES 1,500.00 booked from the invoice to M-Pesa.", "A message to the patient was wanted: refunded."}) {
        const size_t found = told.body.find(std::string(sentence).substr(0, 60), at);
        EXPECT_NE(found, std::string::npos) << sentence << "\nafter " << told.body.substr(at > 300 ? at - 300 : 0, 900);
        if (found != std::string::npos) at = found;
    }
    EXPECT_NE(told.body.find("A meeting was wanted."), std::string::npos);
    EXPECT_NE(told.body.find("The invoice is paid in full."), std::string::npos);
    EXPECT_NE(told.body.find("The money was taken off the invoice"), std::string::npos);
    // Bytes are shown, secrets and phones are not.
    EXPECT_NE(told.body.find("stkCallback"), std::string::npos);
    EXPECT_NE(told.body.find("TransactionReversal"), std::string::npos);
    EXPECT_NE(told.body.find("[hidden]"), std::string::npos);
    for (const std::string_view secret : {"254712345678", "712345678", "5f2c1d7be0a94b368c", "Sandbox#Initiator1"}) {
        EXPECT_EQ(told.body.find(secret), std::string::npos) << secret;
    }
    const auto reader_sees = ask("GET", "/v1/clinics/mlimani/payments/" + payment + "/explain", {}, reader);
    ASSERT_EQ(reader_sees.status, 200);
    EXPECT_EQ(reader_sees.body.find("stkCallback"), std::string::npos);
    EXPECT_NE(reader_sees.body.find("\"body_hidden\":true"), std::string::npos);
    EXPECT_NE(reader_sees.body.find("The money went back."), std::string::npos);
}

TEST_F(Books, explain_a_paybill_payment_with_the_bytes_that_brought_it) {
    ASSERT_EQ(ask("POST", confirmation_path(), c2b("UKN1TEST00", "nobody")).status, 200);
    run();
    const std::string id = get("/payments")["items.0.id"];
    const auto told = get("/payments/" + id + "/explain");
    EXPECT_NE(told.body.find("the confirmation of a payment to the paybill"), std::string::npos) << told.body;
    EXPECT_NE(told.body.find("TransTime"), std::string::npos);
    EXPECT_NE(told.body.find("fits nowhere yet"), std::string::npos);
}

TEST_F(Books, add_up_a_range_of_days_and_agree_with_a_fold_over_every_row) {
    // A history with everything in it: paid, cancelled, no answer, wrong amounts, nowhere, given back.
    sandbox::Dice dice(11);
    std::vector<std::string> done;
    for (int i = 0; i < 40; ++i) {
        const char* acts[] = {"pay", "pay", "pay", "cancel", "no_money", "no_answer", "wrong_pin"};
        ASSERT_EQ(steer("PUT", "customers/254712345678/script",
                        std::string(R"({"act":")") + acts[dice.between(0, 6)] + R"("})").status, 200);
        invoice_id = invoice(patient());
        const std::string payment = prompt(invoice_id);
        pass(Duration(std::chrono::minutes(dice.between(1, 40))));
        if (get("/payments/" + payment)["state"] == "paid") done.push_back(payment);
        if (dice.chance(0.3)) {
            const std::string amount = std::to_string(dice.between(1, 2000)) + ".00";
            EXPECT_EQ(ask("POST", confirmation_path(), c2b("UKN" + std::to_string(1000000 + i), "nobody", amount)).status, 200);
            pass(1s);
        }
    }
    ASSERT_GE(done.size(), 4u);
    approved(done[0]);
    const std::string by_hand = approved(done[1], R"(,"way":"by_hand","amount_cents":30000)");
    pass(10min);
    EXPECT_EQ(as(admin, "/refunds/" + by_hand + "/settle",
                 R"({"outcome":"done","reference":"V-1","note":"Cash to the mother"})").status, 200);
    const std::string waiting = get("/unallocated")["items.0.id"];
    if (!waiting.empty()) {
        post("/unallocated/" + waiting + "/assign", R"({"invoice_id":")" + invoice(patient()) + R"("})");
    }
    pass(1min);

    const int64_t last = payments::day_sums::day_of(Site::clock.now());
    web::testing::must(database->read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, kMlimani);
        TRY(const auto r, invoices::report::make(tx, last - 60, last, Site::clock.now()));
        std::map<int64_t, invoices::DayReport> days;
        int64_t in = 0, back = 0, nowhere = 0, assigned = 0;
        TRY(tx.each("SELECT debit, credit, amount, at FROM ledger WHERE clinic_id = $1", [&](const store::Row& row) {
            const std::string from = row.string(0), to = row.string(1);
            const Money amount = row.money(2);
            auto& day = days[payments::day_sums::day_of(row.instant(3))];
            if (from == "mpesa" && to == "clearing") day.collected = day.collected + amount, in += amount.cents();
            if (from == "clearing" && to == "mpesa") day.collected = day.collected - amount, in -= amount.cents();
            if (from == "clearing" && to == "unallocated") nowhere += amount.cents();
            if (from == "unallocated" && to == "clearing") nowhere -= amount.cents();
            if (from == "unallocated" && to == "invoice") assigned += amount.cents();
            if (from != "clearing" && (to == "mpesa" || to == "by_hand")) {
                day.refunded = day.refunded + amount;
                back += amount.cents();
            }
        }));
        EXPECT_EQ(r.collected.cents(), in);
        EXPECT_EQ(r.refunded.cents(), back);
        EXPECT_EQ(r.unallocated.cents(), nowhere);
        EXPECT_EQ(r.assigned.cents(), assigned);
        EXPECT_EQ(r.days.size(), 61u);
        for (const auto& day : r.days) {
            EXPECT_EQ(day.collected, days[day.day].collected) << day.day;
            EXPECT_EQ(day.refunded, days[day.day].refunded) << day.day;
        }
        int64_t decided = 0, paid_prompts = 0;
        std::map<std::string, int64_t> not_paid;
        std::vector<int64_t> waits;
        TRY(tx.each("SELECT state, result_code, sent_at, settled_at FROM transactions WHERE clinic_id = $1 AND "
                    "method = 'mpesa.stk' AND settled_at IS NOT NULL",
                    [&](const store::Row& row) {
                        ++decided;
                        const std::string state = row.string(0);
                        if (state.starts_with("paid")) {
                            ++paid_prompts;
                            waits.push_back((row.instant(3) - row.instant(2)) / 1s);
                        } else {
                            ++not_paid[state == "failed" ? "failed/" + row.string(1) : state];
                        }
                    }));
        EXPECT_EQ(r.prompts, decided);
        EXPECT_EQ(r.prompts_paid, paid_prompts);
        EXPECT_EQ(r.not_paid, not_paid);
        EXPECT_GE(not_paid.size(), 3u);
        std::ranges::sort(waits);
        EXPECT_EQ(r.prompt_to_paid.median, waits[(waits.size() - 1) / 2]);
        EXPECT_EQ(r.prompt_to_paid.p90, waits[(waits.size() * 9 + 9) / 10 - 1]);
        return {};
    }));
    const auto shown = get("/analytics?from=2026-11-01");
    ASSERT_EQ(shown.status, 200) << shown.body;
    EXPECT_EQ(shown["refunded_cents"], "180000");
    EXPECT_NE(shown.body.find("\"reason\":\""), std::string::npos);
    EXPECT_EQ(get("/analytics?from=2026-12-01&to=2026-11-01").status, 422);
    EXPECT_EQ(get("/analytics?from=2020-12-01").status, 422);
    EXPECT_EQ(get("/analytics?from=yesterday").status, 422);
}

TEST_F(Books, are_taken_away_as_tables_page_by_page) {
    EXPECT_EQ(ask("POST", confirmation_path(), c2b("UKN1TEST00", "=1+1")).status, 200);
    EXPECT_EQ(ask("POST", confirmation_path(), c2b("UKN1TEST01", "a, \\\"b\\\"")).status, 200);
    EXPECT_EQ(ask("POST", confirmation_path(), c2b("UKN1TEST02", "plain", "12.00")).status, 200);
    run();
    const auto all = get("/payments.csv");
    ASSERT_EQ(all.status, 200) << all.body;
    EXPECT_TRUE(all.header("Content-Type").starts_with("text/csv"));
    EXPECT_NE(all.body.find("\"'=1+1\""), std::string::npos) << all.body;
    EXPECT_NE(all.body.find("\"a, \"\"b\"\"\""), std::string::npos) << all.body;
    const auto rows = web::testing::must(csv::parse(all.body));
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[0].size(), 18u);
    for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size());
    EXPECT_EQ(rows[3][7], "UKN1TEST02");
    EXPECT_EQ(rows[3][12], "12.00");
    EXPECT_EQ(rows[3][1], "2026-11-23T06:00:00Z");
    EXPECT_EQ(rows[3][2], "2026-11-23 09:00:00");

    const auto first = get("/payments.csv?limit=2");
    ASSERT_FALSE(first.header("X-Next-After").empty());
    const auto second = get("/payments.csv?limit=2&after=" + std::string(first.header("X-Next-After")));
    EXPECT_EQ(first.body + second.body, all.body);
    EXPECT_TRUE(second.header("X-Next-After").empty());
    EXPECT_EQ(get("/payments.csv?from=2026-11-24T00:00:00Z").body, all.body.substr(0, all.body.find('\n') + 1));
    EXPECT_EQ(web::testing::must(csv::parse(get("/ledger.csv").body)).size(), 7u);
    EXPECT_EQ(web::testing::must(csv::parse(get("/invoices.csv").body)).size(), 1u);
    EXPECT_EQ(get("/payments.csv?after=x").status, 422);
}

}  // namespace
}  // namespace clinicpro::testing_pair
