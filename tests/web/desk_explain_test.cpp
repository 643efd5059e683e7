// "How it went": a payment as a receptionist reads it, who sees the bytes, and in which language.
#include <regex>

#include "tests/web/desk_money.hpp"

namespace clinicpro::web::testing {

using clinics::Role;

class DeskExplain : public DeskMoney {};

TEST_F(DeskExplain, a_payment_is_told_in_order_with_who_did_it_and_the_bytes_behind_it) {
    Browser cashier_browser = signed_in(kMlimani, Role::kCashier);
    const std::string one = invoice(patient());
    const Reply asked = post_form(cashier_browser, "/desk/mlimani/invoices/" + one + "/prompt", {{"amount", "1500"}});
    ASSERT_EQ(asked.status, 303) << asked.body;
    const std::string payment = between(std::string(asked.header("Location")), "/payments/", "?");
    run();
    clock.pass(14s);
    tell_prompt(payment, stk_paid(1, "UKN1TEST00"));
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    const Reply page = see(browser, "/desk/mlimani/payments/" + payment);
    EXPECT_TRUE(says(page, "href=\"/desk/mlimani/payments/" + payment + "/explain\"")) << page.body;
    const Reply told = see(browser, "/desk/mlimani/payments/" + payment + "/explain");
    ASSERT_EQ(told.status, 200);
    size_t at = 0;
    for (const std::string_view words :
         {"How the payment of KES 1,500.00 went", "Person cashier1", "A payment was asked for.",
          "The prompt was about to be sent.", "Asked Safaricom (prompt): POST /mpesa/stkpush", "PartyA",
          "Safaricom sent the outcome of the prompt.", "stkCallback",
          "The payment counts as paid. Received: KES 1,500.00. Receipt UKN1TEST00.",
          "KES 1,500.00 booked from M-Pesa to what has just come in."}) {
        const size_t found = told.body.find(words, at);
        EXPECT_NE(found, std::string::npos) << words;
        if (found != std::string::npos) at = found;
    }
    for (const std::string_view secret : {"254712345678", "712345678", "usr_"})
        EXPECT_FALSE(says(told, secret)) << secret;
    Browser reader_browser = signed_in(kMlimani, Role::kReader);
    const Reply less = see(reader_browser, "/desk/mlimani/payments/" + payment + "/explain");
    EXPECT_FALSE(says(less, "stkCallback"));
    EXPECT_FALSE(says(less, "class=\"bytes\""));
    EXPECT_TRUE(says(less, "shown to administrators only"));
    EXPECT_TRUE(says(less, "The payment counts as paid."));
}

TEST_F(DeskExplain, every_sentence_is_said_in_swahili) {
    const std::string payment = paid("UKN1TEST00");
    const std::string refund =
        make(kMlimani, "/refunds", R"({"payment_id":")" + payment + R"(","way":"by_hand","reason":"Sababu"})");
    const UserId admin_user = person(kMlimani, "msimamizi", Role::kAdmin);
    must(database->write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, kMlimani);
        return clinics::users::set_language(tx, admin_user, "sw");
    }));
    Browser browser = signed_in(kMlimani, admin_user);
    const Reply told = see(browser, "/desk/mlimani/payments/" + payment + "/explain");
    for (const std::string_view words :
         {"Malipo yaliombwa.", "Safaricom iliulizwa (prompt): POST", "Safaricom ilituma matokeo ya ombi.",
          "Kilichopokelewa: KES 1,500.00. Risiti UKN1TEST00.",
          "KES 1,500.00 zimeandikwa kutoka kilichoingia sasa hivi kwenda ankara.",
          "Rejesho liliombwa. Kiasi: KES 1,500.00."}) {
        EXPECT_TRUE(says(told, words)) << words;
    }
    for (const std::string_view english : {"booked from", "A refund was", "counts as paid", "Receipt ", "was wanted"}) {
        EXPECT_FALSE(says(told, english)) << english;
    }
    EXPECT_TRUE(says(told, "Jumatatu 23 Nov 2026"));
    EXPECT_TRUE(says(see(browser, "/desk/mlimani/visits?day=2026-08-30"), "Jumapili 30 Ago 2026"));
    const Reply page = see(browser, "/desk/mlimani/refunds/" + refund);
    EXPECT_TRUE(says(page, "Rejesho la KES 1,500.00 limeombwa.")) << page.body;
}

TEST_F(DeskExplain, no_step_of_a_visit_is_told_by_its_technical_name) {
    const std::string who = patient(), visit_id = visit(who);
    const std::string payment = prompt(invoice(who, visit_id));
    run();
    tell_prompt(payment, stk_paid(daraja.pushes, "UKN1TEST00"));
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    ASSERT_EQ(post_form(browser, "/desk/mlimani/visits/" + visit_id + "/link").status, 303);
    const Reply told = see(browser, "/desk/mlimani/payments/" + payment + "/explain");
    EXPECT_TRUE(says(told, "The time of the visit was held for the patient."));
    EXPECT_TRUE(says(told, "The link was sent to the patient again."));
    EXPECT_TRUE(says(told, "A meeting was wanted."));
    EXPECT_FALSE(std::regex_search(told.body, std::regex("<p>[a-z]+\\.[a-z_]+")));
}

TEST_F(DeskExplain, money_that_fits_nowhere_says_so) {
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    const std::string payment = nowhere("UKN1TEST00", "800.00");
    const Reply told = see(browser, "/desk/mlimani/payments/" + payment + "/explain");
    EXPECT_TRUE(says(told, "the confirmation of a payment to the paybill")) << told.body;
    EXPECT_TRUE(says(told, "KES 800.00 fits nowhere yet."));
    EXPECT_TRUE(says(told, "TransTime"));
}

}  // namespace clinicpro::web::testing
