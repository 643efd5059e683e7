// An M-Pesa organisation statement beside the books: what differs is listed, and what was lost can be taken in once.
#include "invoices/statement.hpp"
#include "tests/refunds/pair.hpp"

namespace clinicpro::testing_pair {
namespace {

namespace book = invoices::statement;

constexpr std::string_view kHead =
    "Organization Name,Mlimani Clinic\r\nShort Code,600986\r\n\r\n"
    "Receipt No.,Completion Time,Initiation Time,Details,Transaction Status,Paid In,Withdrawn,Balance,Other Party Info,"
    "A/C No.\r\n";

std::string row(const std::string& receipt, const std::string& time, const std::string& in, const std::string& out,
                const std::string& account = "x", const std::string& status = "Completed") {
    return receipt + "," + time + "," + time + ",\"Pay Bill, online\"," + status + "," + in + "," + out +
           ",\"9,000.00\",2547*****678 - JANE DOE," + account + "\r\n";
}

TEST(statement, rows_are_read_in_every_form_the_portal_has) {
    const auto read = book::parse("\xEF\xBB\xBF" + std::string(kHead) + row("ukn1", "2026-11-23 09:00:15", "\"1,500.00\"", "") +
                                  row("UKN2", "23-11-2026 09:01:00", "", "-200.00") + row("UKN3", "23/11/2026 09:02", "10", "") +
                                  row("UKN4", "23/11/2026 09:02", "10", "", "x", "Failed"));
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->rows.size(), 3u);
    EXPECT_EQ(read->skipped, 1);
    EXPECT_EQ(read->rows[0].receipt, "UKN1");
    EXPECT_EQ(read->rows[0].paid_in, Money::from_shillings(1500));
    EXPECT_EQ(to_iso(read->rows[0].completed_at), "2026-11-23T06:00:15Z");
    EXPECT_EQ(read->rows[1].withdrawn, Money::from_shillings(200));
    EXPECT_EQ(to_iso(read->rows[1].completed_at), "2026-11-23T06:01:00Z");
    EXPECT_EQ(to_iso(read->rows[2].completed_at), "2026-11-23T06:02:00Z");
    for (const std::string_view wrong : {"", "a,b\r\n1,2\r\n", "Receipt No.,Paid In\r\nUKN1,x\r\n"}) {
        EXPECT_FALSE(book::parse(wrong)) << wrong;
    }
    EXPECT_FALSE(book::parse(std::string(kHead) + row("UKN1", "yesterday", "10", "")));
    EXPECT_FALSE(book::parse(std::string(kHead) + row("UKN1", "2026-11-23 09:00:15", "ten", "")));
}

class Statement : public RefundStory {
protected:
    Statement() { connect(); }
    web::testing::Reply hand_in(const std::string& rows, bool take_in = false) {
        json::Writer w;
        w.begin_object().field("csv", std::string(kHead) + rows).field("take_in", take_in).end_object();
        return post("/statements", w.take());
    }
};

TEST_F(Statement, what_differs_is_listed_and_nothing_booked_is_changed) {
    for (const auto& [receipt, amount] : {std::pair{"UKN1TEST00", "1500.00"}, {"UKN1TEST01", "100.00"}, {"UKN1TEST02", "70.00"}}) {
        ASSERT_EQ(ask("POST", confirmation_path(), c2b(receipt, "nobody", amount)).status, 200);
    }
    run();
    const std::string before = snapshot();
    const auto told = hand_in(row("UKN1TEST00", "2026-11-23 08:00:00", "1500.00", "") +
                              row("UKN1TEST01", "2026-11-23 09:00:00", "90.00", "") +
                              row("UKN1LOST00", "2026-11-23 09:30:00", "250.00", "") +
                              row("UKN1OUT000", "2026-11-23 10:00:00", "", "40.00"));
    ASSERT_EQ(told.status, 200) << told.body;
    EXPECT_EQ(told["matched"], "1");
    EXPECT_EQ(told["matched_cents"], "150000");
    ASSERT_EQ(told.count("differences"), 4u) << told.body;
    std::map<std::string, std::string> kinds;
    for (int i = 0; i < 4; ++i) {
        const std::string at = "differences." + std::to_string(i) + ".";
        kinds[told[at + "receipt"]] = told[at + "kind"];
        EXPECT_FALSE(told[at + "sentence"].empty());
    }
    EXPECT_EQ(kinds["UKN1TEST01"], "amount_differs");
    EXPECT_EQ(kinds["UKN1TEST02"], "only_in_books");
    EXPECT_EQ(kinds["UKN1LOST00"], "only_in_statement");
    EXPECT_EQ(kinds["UKN1OUT000"], "went_out_unknown");
    EXPECT_EQ(snapshot(), before);
}

TEST_F(Statement, what_was_lost_is_taken_in_once_and_finds_its_invoice) {
    const std::string bill = invoice(patient());
    const std::string account = get("/invoices/" + bill)["account"];
    const std::string rows = row("UKN1LOST00", "2026-11-23 09:00:00", "1500.00", "", account) +
                             row("UKN1LOST01", "2026-11-23 09:01:00", "20.00", "", "nonsense");
    EXPECT_EQ(hand_in(rows, true)["taken_in"], "2");
    EXPECT_EQ(hand_in(rows, true)["taken_in"], "2") << "not booked yet: asked for twice";
    run();
    EXPECT_EQ(get("/invoices/" + bill)["state"], "paid");
    EXPECT_EQ(get("/unallocated").count("items"), 1u);
    EXPECT_EQ(get("/payments").count("items"), 2u) << "a receipt is booked once";
    const auto again = hand_in(rows, true);
    EXPECT_EQ(again["taken_in"], "0");
    EXPECT_EQ(again["matched"], "2");
    EXPECT_EQ(balance("mpesa"), -152000);
    EXPECT_EQ(hand_in("", true).status, 422);
}

TEST_F(Statement, a_lost_confirmation_pays_the_prompt_it_belongs_to) {
    fault(R"([{"name":"callback_lost"},{"name":"query_unknown"}])");
    invoice_id = invoice(patient());
    const std::string payment = prompt(invoice_id);
    pass(40min);
    ASSERT_EQ(get("/payments/" + payment)["state"], "expired");
    const auto& moved = daraja.world().ledger.movements().back();
    const std::string account = get("/invoices/" + invoice_id)["account"];
    EXPECT_EQ(hand_in(row(moved.receipt, "2026-11-23 09:00:30", "1500.00", "", account), true)["taken_in"], "1");
    run();
    EXPECT_EQ(get("/payments/" + payment)["state"], "paid");
    EXPECT_EQ(get("/payments/" + payment)["receipt"], moved.receipt);
    EXPECT_EQ(get("/payments").count("items"), 1u);
    expect_the_books_agree();
}

}  // namespace
}  // namespace clinicpro::testing_pair
