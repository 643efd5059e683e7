// Reports at the desk: every sum is the ledger's, files carry every row, and a statement is compared.
#include "tests/web/desk_money.hpp"

namespace clinicpro::web::testing {

using clinics::Role;

class DeskReports : public DeskMoney {
protected:
    static std::string part(const std::string& name, const std::string& content, const std::string& more = {}) {
        return "--edge\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n\r\n" + content + "\r\n";
    }
    Reply compare(Browser& browser, const std::string& rows, bool take_in = false) {
        const std::string csv =
            "Receipt No.,Completion Time,Initiation Time,Details,Transaction Status,Paid In,Withdrawn,Balance,"
            "Other Party Info,A/C No.\r\n" +
            rows;
        std::string body = part("csrf", browser.csrf);
        if (take_in) body += part("take_in", "yes");
        body += part("statement", csv, "; filename=\"statement.csv\"\r\nContent-Type: text/csv") + "--edge--\r\n";
        net::Headers headers{{"Content-Type", "multipart/form-data; boundary=edge"}};
        std::string cookie;
        for (const auto& [name, value] : browser.cookies) cookie += name + "=" + value;
        headers.emplace_back("Cookie", cookie);
        return ask("POST", "/desk/mlimani/statement", body, {}, headers);
    }
    static std::string row(const std::string& receipt, const std::string& amount) {
        return receipt + ",2026-11-23 09:00:15,2026-11-23 09:00:15,\"Pay Bill, online\",Completed," + amount +
               ",,\"9,000.00\",2547*****678 - JANE DOE,nobody\r\n";
    }
};

TEST_F(DeskReports, sums_are_the_ledgers_to_the_cent) {
    paid("UKN1TEST00");
    cancelled();
    cancelled();
    nowhere("UKN1TEST01", "812.37");
    Browser browser = signed_in(kMlimani, Role::kReader);
    const Reply page = see(browser, "/desk/mlimani/reports");
    ASSERT_EQ(page.status, 200) << page.body;
    const int64_t cents = count(
        "SELECT SUM(CASE WHEN debit = 'mpesa' THEN amount ELSE -amount END) FROM ledger "
        "WHERE (debit = 'mpesa' AND credit = 'clearing') OR (debit = 'clearing' AND credit = 'mpesa')");
    EXPECT_EQ(cents, 231'237);
    EXPECT_TRUE(says(page, "<p class=\"amount\">" + Money::from_cents(cents).to_display() + "</p>"));
    EXPECT_EQ(get("/analytics")["collected_cents"], std::to_string(cents));
    for (const std::string_view words :
         {"KES 1,500.00", "KES 812.37", "33.3 %", "1 of 3 prompts were paid.", "Half of them within 14 s",
          "<rect class=\"bar-tone1\"", "reports/payments.csv?from=2026-10-25&amp;to=2026-11-23"}) {
        EXPECT_TRUE(says(page, words)) << words;
    }
    // Both cancelled prompts have one reason, in a sentence.
    EXPECT_TRUE(says(page, "<strong class=\"number\">2</strong>")) << page.body;
    EXPECT_FALSE(says(page, "1032"));
    const Reply before = see(browser, "/desk/mlimani/reports?from=2026-11-01&to=2026-11-22");
    EXPECT_TRUE(says(before, "<p class=\"amount\">KES 0.00</p>"));
    EXPECT_TRUE(says(before, "No prompt was decided in these days"));
}

TEST_F(DeskReports, a_range_that_makes_no_sense_says_so_and_keeps_the_form) {
    Browser browser = signed_in(kMlimani, Role::kReader);
    for (const std::string range : {"from=2026-11-23&to=2026-11-01", "from=2020-01-01&to=2026-11-01"}) {
        const Reply page = see(browser, "/desk/mlimani/reports?" + range);
        EXPECT_EQ(page.status, 422);
        EXPECT_TRUE(says(page, "id=\"f-from\""));
    }
    EXPECT_EQ(see(browser, "/desk/mlimani/reports?from=x&to=y").status, 200);
}

TEST_F(DeskReports, files_carry_every_row_of_the_range) {
    paid("UKN1TEST00");
    nowhere("UKN1TEST01", "812.37");
    Browser browser = signed_in(kMlimani, Role::kReader);
    const Reply file = see(browser, "/desk/mlimani/reports/payments.csv?from=2026-11-23&to=2026-11-23");
    ASSERT_EQ(file.status, 200);
    EXPECT_EQ(file.header("Content-Type"), "text/csv; charset=utf-8");
    EXPECT_EQ(file.header("Content-Disposition"), "attachment; filename=\"mlimani-payments.csv\"");
    EXPECT_EQ(file.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(file.body, get("/payments.csv").body);
    EXPECT_TRUE(says(file, "UKN1TEST01"));
    EXPECT_FALSE(says(see(browser, "/desk/mlimani/reports/payments.csv?from=2026-11-22&to=2026-11-22"), "UKN1"));
    EXPECT_EQ(see(browser, "/desk/mlimani/reports/ledger.csv").body, get("/ledger.csv").body);
    EXPECT_EQ(see(browser, "/desk/mlimani/reports/invoices.csv").body, get("/invoices.csv").body);
    // One page of the API holds 10,000 rows; a file holds them all, with one header.
    must(database->write([](store::Tx& tx) {
        return tx.script(
            "INSERT INTO ledger (clinic_id, id, transaction_id, invoice_id, debit, credit, amount, note, at) "
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10500) "
            "SELECT l.clinic_id, l.id + i, l.transaction_id, NULL, 'mpesa', 'clearing', 100, '', l.at FROM n, "
            "(SELECT * FROM ledger ORDER BY id DESC LIMIT 1) l");
    }));
    const std::string all = see(browser, "/desk/mlimani/reports/ledger.csv").body;
    EXPECT_EQ(std::ranges::count(all, '\n'), count("SELECT COUNT(*) FROM ledger") + 1);
    EXPECT_EQ(all.find("line,at_utc"), all.rfind("line,at_utc"));
}

TEST_F(DeskReports, a_statement_is_compared_and_lost_money_taken_in_once) {
    nowhere("UKN1TEST00", "812.37");
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    ASSERT_EQ(see(browser, "/desk/mlimani/statement").status, 200);
    const Reply same = compare(browser, row("UKN1TEST00", "812.37"));
    ASSERT_EQ(same.status, 200) << same.body;
    EXPECT_TRUE(says(same, "Nothing differs.")) << same.body;
    const std::string rows = row("UKN1TEST00", "812.37") + row("UKN1LOST00", "100.00");
    const Reply differs = compare(browser, rows);
    EXPECT_TRUE(says(differs, "UKN1LOST00"));
    EXPECT_TRUE(says(differs, "KES 100.00"));
    EXPECT_EQ(count("SELECT COUNT(*) FROM inbox"), 1) << "comparing changes nothing";
    EXPECT_TRUE(says(compare(browser, rows, true), "Taken in: 1."));
    run();
    EXPECT_EQ(count("SELECT COUNT(*) FROM transactions WHERE receipt = 'UKN1LOST00'"), 1);
    const TransactionId lost{count("SELECT id FROM transactions WHERE receipt = 'UKN1LOST00'")};
    const Reply told = see(browser, "/desk/mlimani/payments/" + lost.to_text() + "/explain");
    ASSERT_EQ(told.status, 200);
    EXPECT_TRUE(says(told, "It was taken in from the M-Pesa statement.")) << told.body;
    EXPECT_FALSE(says(told, "Safaricom sent the confirmation"));
    EXPECT_TRUE(says(compare(browser, rows, true), "Nothing differs."));
    run();
    EXPECT_EQ(count("SELECT COUNT(*) FROM transactions"), 2);
    // What cannot be read says why.
    EXPECT_EQ(compare(browser, "UKN1,yesterday,x,x,Completed,1,,1,x,x\r\n").status, 422);
    EXPECT_EQ(post_form(browser, "/desk/mlimani/statement").status, 422);
    Browser cashier_browser = signed_in(kMlimani, Role::kCashier);
    EXPECT_EQ(see(cashier_browser, "/desk/mlimani/statement").status, 403);
}

}  // namespace clinicpro::web::testing
