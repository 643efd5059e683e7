// Every state of the patient's link to a visit, in two languages, and nothing revealed by looking.
#include "invoices/join.hpp"
#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

class JoinPage : public SiteTest {
protected:
    JoinPage() { configure(); }
    void make_visit(const std::string& kind = "virtual") {  // 10:00 to 10:30 in Nairobi; now is 09:00
        who = patient();
        apt = visit(who, kind);
        const auto id = *AppointmentId::parse(apt);
        path = "/j/" + links.short_form(invoices::appointments::join_link(kMlimani, id, 0));
        const std::string shown = get("/appointments/" + apt)["join_url"];
        if (kind == "virtual") path = shown.substr(services.public_url.size());
    }
    void confirm() {
        ASSERT_EQ(post("/appointments/" + apt + "/confirm").status, 200);
        run();
    }
    Reply look(const std::string& suffix = {}, net::Headers headers = {}) {
        return ask("GET", path + suffix, {}, {}, std::move(headers));
    }
    static bool says(const Reply& reply, std::string_view words) { return reply.body.find(words) != std::string::npos; }
    std::string who, apt, path;
};

TEST_F(JoinPage, an_unpaid_visit_says_how_to_pay) {
    make_visit();
    const std::string account = get("/invoices/" + invoice(who, apt))["account"];
    const Reply page = look();
    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(says(page, "Not paid yet"));
    EXPECT_TRUE(says(page, account.substr(0, 3) + " " + account.substr(3, 3) + " " + account.substr(6)));
    EXPECT_TRUE(says(page, "Mlimani Clinic"));
    EXPECT_FALSE(says(page, "<form"));
}

TEST_F(JoinPage, too_early_says_when_it_opens) {
    make_visit();
    confirm();
    const Reply page = look();
    EXPECT_TRUE(says(page, "You are early")) << page.body;
    EXPECT_TRUE(says(page, "09:45 EAT")) << page.body;
    EXPECT_FALSE(says(page, "<form"));
    const Reply forced = ask("POST", path);
    EXPECT_EQ(forced.status, 200);
    EXPECT_TRUE(says(forced, "You are early"));
    EXPECT_EQ(forced.header("Location"), "");
}

TEST_F(JoinPage, looking_changes_nothing_and_pressing_opens_the_door) {
    make_visit();
    confirm();
    clock.pass(50min);
    const std::string before = snapshot();
    for (int i = 0; i < 3; ++i) {
        const Reply page = look();
        EXPECT_TRUE(says(page, "Join the visit"));
        EXPECT_TRUE(says(page, "<form method=\"post\" action=\"" + path)) << page.body;
        EXPECT_FALSE(says(page, "meet.example"));
    }
    EXPECT_EQ(snapshot(), before);
    const Reply door = ask("POST", path);
    EXPECT_EQ(door.status, 303);
    EXPECT_TRUE(door.header("Location").starts_with("https://meet.example/")) << door.header("Location");
    EXPECT_EQ(door.header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(door.header("Cache-Control"), "no-store");
    EXPECT_EQ(ask("POST", path).header("Location"), door.header("Location"));  // a lost connection may come back
    EXPECT_EQ(get("/audit")["items.0.action"], "meeting.opened");
    EXPECT_EQ(get("/audit")["items.0.actor"], "patient");
}

TEST_F(JoinPage, a_link_in_the_making_asks_again_by_itself) {
    make_visit();
    ASSERT_EQ(post("/appointments/" + apt + "/confirm").status, 200);  // the worker has not run
    clock.pass(50min);
    const Reply page = look();
    EXPECT_TRUE(says(page, "Almost ready"));
    EXPECT_TRUE(says(page, "http-equiv=\"refresh\" content=\"10\""));
    EXPECT_EQ(ask("POST", path).status, 200);
}

TEST_F(JoinPage, an_ended_cancelled_or_onsite_visit_says_so) {
    make_visit("onsite");
    confirm();
    EXPECT_TRUE(says(look(), "Come to the clinic"));
    ASSERT_EQ(post("/appointments/" + apt + "/cancel").status, 200);
    EXPECT_TRUE(says(look(), "This visit is cancelled"));
    EXPECT_TRUE(says(ask("POST", path), "This visit is cancelled"));
    make_visit();
    confirm();
    clock.pass(4h);
    EXPECT_TRUE(says(look(), "This visit is over"));
    EXPECT_EQ(ask("POST", path).header("Location"), "");
}

TEST_F(JoinPage, swahili_by_query_or_by_the_browsers_wish) {
    make_visit();
    EXPECT_TRUE(says(look("?lang=sw"), "Bado haijalipwa"));
    EXPECT_TRUE(says(look("?lang=sw"), "<html lang=\"sw\">"));
    EXPECT_TRUE(says(look({}, {{"Accept-Language", "sw-KE,en;q=0.5"}}), "Bado haijalipwa"));
    EXPECT_TRUE(says(look("?lang=en", {{"Accept-Language", "sw"}}), "Not paid yet"));
    EXPECT_TRUE(says(look({}, {{"Accept-Language", "fr,de"}}), "Not paid yet"));
    EXPECT_EQ(look().header("Vary"), "Accept-Language");
}

TEST_F(JoinPage, a_bad_token_is_a_page_in_words) {
    make_visit();
    for (const std::string& bad :
         {std::string("/j/x"), path + "A", path.substr(0, path.size() - 1) + (path.back() == 'A' ? 'B' : 'A'),
          "/j/" + std::string(38, 'A')}) {
        for (const std::string method : {"GET", "POST"}) {
            const Reply page = ask(method, bad);
            EXPECT_EQ(page.status, 404) << bad;
            EXPECT_TRUE(says(page, "This link does not work"));
            EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
        }
    }
}

TEST_F(JoinPage, a_clinics_name_cannot_become_markup) {
    const Reply made = ask("POST", "/v1/clinics", R"({"slug":"evil","name":"<b>\"Evil\" & Co</b>"})", operator_key);
    ASSERT_EQ(made.status, 201);
    const ClinicId evil{3};
    keys[{evil, clinics::Role::kAdmin}] = make_key(evil, clinics::Role::kAdmin);
    const auto id = visit(patient(evil), "virtual", evil);
    const std::string url = ask("GET", "/v1/clinics/3/appointments/" + id, {}, operator_key)["join_url"];
    const Reply page = ask("GET", url.substr(services.public_url.size()));
    EXPECT_FALSE(says(page, "<b>"));
    EXPECT_TRUE(says(page, "&lt;b&gt;"));
}

}  // namespace clinicpro::web::testing
