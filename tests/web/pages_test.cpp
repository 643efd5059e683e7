// The pages people see: every state of the patient's link, in two languages, and nothing revealed by looking.
#include "invoices/join.hpp"
#include "tests/web/site.hpp"
#include "web/page_words.hpp"

namespace clinicpro::web::testing {

class Pages : public SiteTest {
protected:
    Pages() { configure(); }
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

TEST_F(Pages, an_unpaid_visit_says_how_to_pay) {
    make_visit();
    const std::string account = get("/invoices/" + invoice(who, apt))["account"];
    const Reply page = look();
    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(says(page, "Not paid yet"));
    EXPECT_TRUE(says(page, account.substr(0, 3) + " " + account.substr(3, 3) + " " + account.substr(6)));
    EXPECT_TRUE(says(page, "Mlimani Clinic"));
    EXPECT_FALSE(says(page, "<form"));
}

TEST_F(Pages, too_early_says_when_it_opens) {
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

TEST_F(Pages, looking_changes_nothing_and_pressing_opens_the_door) {
    make_visit();
    confirm();
    clock.pass(50min);
    const std::string before = snapshot();
    for (int i = 0; i < 3; ++i) {
        const Reply page = look();
        EXPECT_TRUE(says(page, "Join the visit"));
        EXPECT_TRUE(says(page, "<form method=\"post\" action=\"" + path));
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

TEST_F(Pages, a_link_in_the_making_asks_again_by_itself) {
    make_visit();
    ASSERT_EQ(post("/appointments/" + apt + "/confirm").status, 200);  // the worker has not run
    clock.pass(50min);
    const Reply page = look();
    EXPECT_TRUE(says(page, "Almost ready"));
    EXPECT_TRUE(says(page, "http-equiv=\"refresh\" content=\"10\""));
    EXPECT_EQ(ask("POST", path).status, 200);
}

TEST_F(Pages, an_ended_cancelled_or_onsite_visit_says_so) {
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

TEST_F(Pages, swahili_by_query_or_by_the_browsers_wish) {
    make_visit();
    EXPECT_TRUE(says(look("?lang=sw"), "Bado haijalipwa"));
    EXPECT_TRUE(says(look("?lang=sw"), "<html lang=\"sw\">"));
    EXPECT_TRUE(says(look({}, {{"Accept-Language", "sw-KE,en;q=0.5"}}), "Bado haijalipwa"));
    EXPECT_TRUE(says(look("?lang=en", {{"Accept-Language", "sw"}}), "Not paid yet"));
    EXPECT_TRUE(says(look({}, {{"Accept-Language", "fr,de"}}), "Not paid yet"));
    EXPECT_EQ(look().header("Vary"), "Accept-Language");
}

TEST_F(Pages, a_bad_token_is_a_page_in_words) {
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

TEST_F(Pages, every_page_is_closed_to_frames_referrers_caches_and_foreign_code) {
    make_visit();
    for (const std::string& at : {path, std::string("/"), std::string("/j/x")}) {
        const Reply page = ask("GET", at);
        const std::string policy(page.header("Content-Security-Policy"));
        EXPECT_TRUE(policy.starts_with("default-src 'none'; style-src 'self'; form-action 'self' https:;")) << policy;
        EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
        EXPECT_EQ(page.header("X-Frame-Options"), "DENY");
        EXPECT_EQ(page.header("Referrer-Policy"), "no-referrer");
        EXPECT_EQ(page.header("Cache-Control"), "no-store");
        EXPECT_EQ(page.header("X-Robots-Tag"), "noindex");
        EXPECT_EQ(page.header("X-Content-Type-Options"), "nosniff");
        for (const std::string_view foreign : {"<script", "style=", "http://", "https://", "onclick"}) {
            EXPECT_EQ(page.body.find(foreign), std::string::npos) << at << " " << foreign;
        }
    }
    const Reply style = ask("GET", "/assets/page.css");
    EXPECT_EQ(style.header("Content-Type"), "text/css; charset=utf-8");
    EXPECT_EQ(style.body.find("url("), std::string::npos);
}

TEST_F(Pages, a_clinics_name_cannot_become_markup) {
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

TEST_F(Pages, an_unknown_address_is_words_for_people_and_a_problem_for_programs) {
    const Reply person = ask("GET", "/clinics", {}, {}, {{"Accept", "text/html,application/xhtml+xml"}});
    EXPECT_EQ(person.status, 404);
    EXPECT_TRUE(says(person, "There is no page here"));
    EXPECT_EQ(ask("GET", "/clinics", {}, {}, {{"Accept", "*/*"}}).header("Content-Type"), "application/problem+json");
    EXPECT_EQ(ask("GET", "/v1/x", {}, {}, {{"Accept", "text/html"}}).header("Content-Type"),
              "application/problem+json");
    EXPECT_TRUE(says(ask("GET", "/"), "This server takes payments for clinics and confirms visits."));
}

TEST(page_words, every_state_has_words_in_both_languages) {
    using invoices::JoinView;
    for (const auto view : {JoinView::kUnpaid, JoinView::kOnsite, JoinView::kTooEarly, JoinView::kBeingMade,
                            JoinView::kOpen, JoinView::kEnded, JoinView::kCancelled}) {
        const invoices::JoinPage page{.view = view};
        const PageWords en = words_for(page, messaging::Language::kEnglish);
        const PageWords sw = words_for(page, messaging::Language::kSwahili);
        EXPECT_FALSE(en.title.empty() || en.text.empty() || sw.title.empty() || sw.text.empty());
        EXPECT_NE(en.title, sw.title);
        EXPECT_EQ(en.button.empty(), view != JoinView::kOpen);
        EXPECT_EQ(sw.button.empty(), view != JoinView::kOpen);
    }
}

}  // namespace clinicpro::web::testing
