// A patient pays on the page: every step, one prompt, nothing changed by looking, nobody's phone tired, 30 KiB.
#include "web/pay_page.hpp"

#include <regex>

#include "tests/web/site.hpp"
#include "web/assets.hpp"

namespace clinicpro::web::testing {

class PayPage : public SiteTest {
protected:
    PayPage() {
        configure();
        who = patient();
        open_invoice();
    }
    void open_invoice(const std::string& visit = {}) {
        bill = invoice(who, visit);
        const std::string url = get("/invoices/" + bill)["pay_url"];
        path = url.substr(services.public_url.size());
    }
    Reply look(const std::string& suffix = {}, net::Headers headers = {}) {
        return ask("GET", path + suffix, {}, {}, std::move(headers));
    }
    static bool says(const Reply& reply, std::string_view words) { return reply.body.find(words) != std::string::npos; }
    static std::string step(const Reply& reply) {
        static const std::regex kStep("data-step=\"([a-z_]+)\"");
        std::smatch found;
        return std::regex_search(reply.body, found, kStep) ? found[1].str() : "";
    }
    static std::string once(const Reply& reply) {
        static const std::regex kOnce("name=\"once\" value=\"([^\"]+)\"");
        std::smatch found;
        return std::regex_search(reply.body, found, kOnce) ? found[1].str() : "";
    }
    Reply press(const std::string& mark, const std::string& phone = "07%2A%2A+%2A%2A%2A+678",
                const std::string& from = "41.90.1.1") {
        net::Request posted = request("POST", path, "once=" + mark + "&phone=" + phone, {},
                                      {{"Content-Type", "application/x-www-form-urlencoded"}});
        posted.peer = from;
        return send(std::move(posted));
    }
    Reply pay(const std::string& phone = "07%2A%2A+%2A%2A%2A+678") { return press(once(look()), phone); }
    int64_t attempts() { return count("SELECT COUNT(*) FROM transactions"); }
    // What M-Pesa says about the newest prompt.
    void told(const std::string& code) {
        const std::string id = get("/payments?invoice=" + bill)["items.0.id"];
        const auto subject = TransactionId::parse(id)->value;
        const Reply done =
            ask("POST", "/n/s/" + links.hex({clinics::Link::Purpose::kStkCallback, kMlimani, subject, 0}),
                R"({"Body":{"stkCallback":{"MerchantRequestID":"29115-)" + std::to_string(daraja.pushes) +
                    R"(","CheckoutRequestID":"ws_CO_)" + std::to_string(daraja.pushes) + R"(","ResultCode":)" + code +
                    R"(,"ResultDesc":"x"}}})");
        ASSERT_EQ(done.status, 200) << done.body;
        run();
    }
    void paid(const std::string& receipt = "TKN1AB2CD3") {
        const std::string id = get("/payments?invoice=" + bill)["items.0.id"];
        const auto subject = TransactionId::parse(id)->value;
        ASSERT_EQ(ask("POST", "/n/s/" + links.hex({clinics::Link::Purpose::kStkCallback, kMlimani, subject, 0}),
                      stk_paid(daraja.pushes, receipt))
                      .status,
                  200);
        run();
    }
    std::string who, bill, path;
};

TEST_F(PayPage, it_says_who_what_and_how_much_and_prefills_the_phone_masked) {
    const Reply page = look();
    EXPECT_EQ(page.status, 200);
    for (const std::string_view part : {"Mlimani Clinic", "KES 1,500<", "Consultation", "value=\"07** *** 678\"",
                                        "Pay KES 1,500<", "Business number:", "600986", "Account number:"}) {
        EXPECT_TRUE(says(page, part)) << part << "\n" << page.body;
    }
    const std::string account = get("/invoices/" + bill)["account_shown"];
    EXPECT_TRUE(says(page, account));
    EXPECT_FALSE(says(page, "712345678"));
    EXPECT_EQ(step(page), "owed");
}

TEST_F(PayPage, looking_changes_nothing_at_any_of_its_addresses) {
    const std::string before = snapshot();
    for (const char* below : {"", "/now", "/live", "/receipt", "/qr.svg"}) look(below);
    EXPECT_EQ(snapshot(), before);
    EXPECT_EQ(daraja.pushes, 0);
}

TEST_F(PayPage, from_the_button_to_the_link) {
    open_invoice(visit(who));
    const Reply pressed = pay();
    EXPECT_EQ(pressed.status, 303);
    EXPECT_EQ(pressed.header("Location"), path + "?lang=en");
    EXPECT_GE(wakes, 1);
    EXPECT_EQ(step(look()), "sending");
    run();
    EXPECT_EQ(daraja.pushes, 1);
    const Reply waiting = look();
    EXPECT_EQ(step(waiting), "waiting");
    EXPECT_TRUE(says(waiting, "Enter your M-Pesa PIN on your phone"));
    EXPECT_TRUE(says(waiting, "The prompt is on your phone"));
    EXPECT_TRUE(says(waiting, "http-equiv=\"refresh\" content=\"5\""));
    EXPECT_FALSE(says(waiting, "type=\"submit\""));
    paid();
    const Reply done = look();
    EXPECT_EQ(step(done), "paid");
    EXPECT_TRUE(says(done, "M-Pesa receipt TKN1AB2CD3"));
    EXPECT_TRUE(says(done, "The link to your visit is ready")) << done.body;
    EXPECT_TRUE(says(done, "href=\"/j/"));
    EXPECT_TRUE(says(done, "data-final"));
    EXPECT_FALSE(says(done, "Pay Bill"));
    EXPECT_EQ(get("/audit?limit=200").body.find("\"actor\":\"patient\"") != std::string::npos, true);
}

TEST_F(PayPage, pressed_twice_reloaded_or_in_an_old_tab_it_is_one_prompt) {
    const std::string mark = once(look());
    EXPECT_EQ(press(mark).status, 303);
    EXPECT_EQ(press(mark).status, 303);
    EXPECT_EQ(press(mark, "0722000111").status, 303);  // another tab, another phone
    run();
    EXPECT_EQ(press(mark).status, 303);
    EXPECT_EQ(daraja.pushes, 1);
    told("1032");
    EXPECT_EQ(step(look()), "failed");
    EXPECT_EQ(press(mark).status, 303);  // the form of before the failure is not asked again
    EXPECT_EQ(attempts(), 1);
    EXPECT_EQ(pay().status, 303);  // a fresh one is
    EXPECT_EQ(attempts(), 2);
}

TEST_F(PayPage, two_at_the_same_moment_are_one_prompt) {
    pool = std::make_unique<Pool>(PoolOptions{.threads = 4});
    router = std::make_unique<net::Router>(build_router(services, *pool, {.live = &live}));
    const std::string mark = once(look());
    std::vector<std::future<Reply>> replies;
    for (int i = 0; i < 8; ++i) {
        replies.push_back(std::async(std::launch::async, [&, i] {
            return press(mark, "07220001" + std::to_string(10 + i), "41.90.1." + std::to_string(i));
        }));
    }
    int sent = 0;
    for (auto& reply : replies) sent += reply.get().status == 303;
    EXPECT_GT(sent, 0);
    EXPECT_EQ(attempts(), 1);
}

TEST_F(PayPage, another_phone_may_pay_and_a_wrong_number_is_told_at_the_field) {
    for (const char* wrong : {"123", "07%2A%2A+%2A%2A%2A+679", "", "%3Cb%3E"}) {
        const Reply page = pay(wrong);
        EXPECT_EQ(page.status, 422) << wrong;
        EXPECT_TRUE(says(page, "aria-invalid=\"true\""));
        EXPECT_TRUE(says(page, "like 0712 345 678")) << page.body;
        EXPECT_FALSE(says(page, "<b>"));
    }
    EXPECT_EQ(attempts(), 0);
    EXPECT_EQ(pay("0722+000+111").status, 303);
    run();
    EXPECT_NE(daraja.last_push.find("254722000111"), std::string::npos);
    EXPECT_TRUE(says(look(), "07** *** 111"));
}

TEST_F(PayPage, why_it_failed_and_what_to_do_next) {
    pay();
    run();
    told("2001");
    const Reply page = look();
    EXPECT_EQ(step(page), "failed");
    EXPECT_TRUE(says(page, "The M-Pesa PIN was wrong."));
    EXPECT_TRUE(says(page, "three wrong PINs lock your M-Pesa"));
    EXPECT_TRUE(says(page, "type=\"submit\""));
    EXPECT_TRUE(says(look("?lang=sw"), "PIN ya M-Pesa haikuwa sahihi."));
    pay();
    run();
    told("2028");  // the clinic's set-up: another prompt cannot help
    const Reply hopeless = look();
    EXPECT_TRUE(says(hopeless, "M-Pesa did not accept the clinic"));
    EXPECT_FALSE(says(hopeless, "type=\"submit\""));
    EXPECT_TRUE(says(hopeless, "<details class=\"card off-paper\" open"));
}

TEST_F(PayPage, an_unknown_fate_holds_the_button_and_says_so) {
    pay();
    run();
    told("1037");
    const Reply page = look();
    EXPECT_EQ(step(page), "checking");
    EXPECT_TRUE(says(page, "Do not pay again now."));
    EXPECT_TRUE(says(page, "Asking M-Pesa first"));
    EXPECT_FALSE(says(page, "type=\"submit\""));
    clock.pass(2min);
    EXPECT_EQ(step(look()), "failed");
}

TEST_F(PayPage, a_stranger_with_the_link_cannot_tire_a_phone) {
    int sent = 0;
    for (int i = 0; i < 20; ++i) {
        const Reply reply = pay();
        if (reply.status == 429) {
            EXPECT_TRUE(says(reply, "Too many prompts in a short time"));
            continue;
        }
        ASSERT_EQ(reply.status, 303) << reply.body;
        ++sent;
        run();
        told("1032");
    }
    EXPECT_EQ(sent, 4);
    EXPECT_EQ(daraja.pushes, 4);
    // Not from elsewhere either, until a while has passed.
    EXPECT_EQ(press(once(look()), "07%2A%2A+%2A%2A%2A+678", "196.201.1.1").status, 429);
    clock.pass(1min);
    EXPECT_EQ(pay().status, 303);
}

TEST_F(PayPage, one_phone_is_shielded_over_many_invoices) {
    int sent = 0;
    for (int i = 0; i < 8; ++i) {
        open_invoice();
        sent += pay("0722000111").status == 303;
        run();
    }
    EXPECT_EQ(sent, 4);
}

TEST_F(PayPage, a_day_has_so_many_prompts_for_one_invoice) {
    for (size_t i = 0; i < kPromptsPerDay; ++i) {
        ASSERT_EQ(pay().status, 303) << i;
        run();
        told("1032");
        clock.pass(5min);
    }
    const Reply reply = pay();
    EXPECT_EQ(reply.status, 429);
    EXPECT_TRUE(says(reply, "Many prompts were sent for this invoice today"));
    clock.pass(24h);
    EXPECT_EQ(pay().status, 303);
}

TEST_F(PayPage, money_by_paybill_shows_on_the_open_page) {
    const std::string account = get("/invoices/" + bill)["account"];
    ASSERT_EQ(ask("POST", confirmation_path(), c2b("TKN1AB2CD4", account, "500.00")).status, 200);
    run();
    const Reply part = look();
    EXPECT_EQ(step(part), "owed");
    EXPECT_TRUE(says(part, "KES 500 is paid already."));
    EXPECT_TRUE(says(part, "Pay KES 1,000<"));
    ASSERT_EQ(ask("POST", confirmation_path(), c2b("TKN1AB2CD5", account, "1000.00")).status, 200);
    run();
    EXPECT_EQ(step(look()), "paid");
}

TEST_F(PayPage, a_void_invoice_a_cancelled_visit_or_a_clinic_without_m_pesa_says_so) {
    ASSERT_EQ(post("/invoices/" + bill + "/void").status, 200);
    EXPECT_EQ(step(look()), "void");
    EXPECT_FALSE(says(look(), "Pay Bill"));
    const std::string apt = visit(who);
    open_invoice(apt);
    ASSERT_EQ(post("/appointments/" + apt + "/cancel").status, 200);
    EXPECT_EQ(step(look()), "off");
    EXPECT_TRUE(says(look(), "Do not pay this."));
    open_invoice();
    const std::string mark = once(look());
    ASSERT_EQ(ask("PUT", "/v1/clinics/1/status", R"({"status":"suspended"})", operator_key).status, 200);
    EXPECT_EQ(step(look()), "by_hand");
    EXPECT_EQ(press(mark).status, 303);
    EXPECT_EQ(attempts(), 0);
    // Pwani has no M-Pesa at all.
    const auto theirs = invoice(patient(kPwani), {}, kPwani);
    const std::string url = ask("GET", "/v1/clinics/2/invoices/" + theirs, {}, operator_key)["pay_url"];
    const Reply none = ask("GET", url.substr(services.public_url.size()));
    EXPECT_TRUE(says(none, "Ask the clinic how to pay"));
    EXPECT_FALSE(says(none, "Pay Bill"));
}

TEST_F(PayPage, a_link_of_another_kind_or_clinic_or_shape_is_nothing) {
    const auto id = InvoiceId::parse(bill)->value;
    for (const std::string& bad :
         {"/p/" + links.short_form({clinics::Link::Purpose::kJoin, kMlimani, id, 0}),
          "/p/" + links.short_form({clinics::Link::Purpose::kPay, kPwani, id, 0}), std::string("/p/x"), path + "A"}) {
        for (const char* below : {"", "/now", "/live", "/receipt", "/qr.svg"}) {
            const Reply reply = ask("GET", bad + below);
            EXPECT_EQ(reply.status, 404) << bad << below;
            EXPECT_FALSE(says(reply, "Mlimani"));
        }
        EXPECT_EQ(ask("POST", bad).status, 404);
    }
}

TEST_F(PayPage, the_live_part_follows_as_events_and_by_asking) {
    const Reply followed = look("/live");
    EXPECT_EQ(followed.header("Content-Type"), "text/event-stream");
    ASSERT_NE(followed.stream, nullptr);
    EXPECT_TRUE(followed.body.starts_with(
        "retry: 3000\n\nevent: status\ndata: <section class=\"card stack\" data-step=\"owed\""));
    EXPECT_EQ(live.watchers(), 1u);
    live.look();
    std::string bytes;
    followed.stream->take(bytes);
    EXPECT_EQ(bytes, "");
    pay();
    live.look();
    followed.stream->take(bytes);
    EXPECT_TRUE(bytes.starts_with("event: status\ndata: <section class=\"card stack\" data-step=\"sending\"")) << bytes;
    EXPECT_EQ("event: status\ndata: " + look("/now").body + "\n\n", bytes);
    // Nobody opens hundreds.
    int opened = 1;
    for (int i = 0; i < 20; ++i) opened += look("/live").status == 200;
    EXPECT_EQ(opened, 8);
}

TEST_F(PayPage, the_receipt_names_every_payment_and_stands_only_when_there_is_one) {
    EXPECT_EQ(look("/receipt").status, 303);
    pay();
    run();
    paid();
    const Reply page = look("/receipt");
    EXPECT_EQ(page.status, 200);
    for (const std::string_view part :
         {"Receipt", "Mlimani Clinic", "TKN1AB2CD3", "KES 1,500.00", "07** *** 678", "data-print"}) {
        EXPECT_TRUE(says(page, part)) << part;
    }
    EXPECT_TRUE(says(look("/receipt?lang=sw"), "Risiti"));
}

TEST_F(PayPage, the_code_is_a_picture_of_the_pages_address) {
    const Reply code = look("/qr.svg");
    EXPECT_EQ(code.header("Content-Type"), "image/svg+xml");
    EXPECT_EQ(code.header("Cache-Control"), "no-store");
    EXPECT_TRUE(code.body.starts_with("<svg "));
    EXPECT_EQ(get("/invoices/" + bill)["pay_qr_url"], services.public_url + path + "/qr.svg");
}

TEST_F(PayPage, the_first_view_is_at_most_30_kib_over_the_wire) {
    ASSERT_EQ(ask("PUT", "/v1/clinics/1/colour", R"({"colour":"#5b2a86"})", admin).status, 200);
    const Reply page = look();
    size_t wire = page.body.size() + 1024;  // the page itself is not compressed; its head
    static const std::regex kFile("(?:href|src)=\"(/assets/[^\"]+)\"");
    int files = 0;
    for (std::sregex_iterator at(page.body.begin(), page.body.end(), kFile), end; at != end; ++at, ++files) {
        const Reply file = ask("GET", (*at)[1], {}, {}, {{"Accept-Encoding", "gzip"}});
        EXPECT_EQ(file.status, 200) << (*at)[1];
        wire += file.body.size() + 512;
    }
    EXPECT_EQ(files, 3);  // style, colour, script
    EXPECT_LT(wire, 30u * 1024);
    EXPECT_EQ(ask("PUT", "/v1/clinics/1/colour", R"({"colour":"#ffff00"})", admin).status, 422);
}

}  // namespace clinicpro::web::testing
