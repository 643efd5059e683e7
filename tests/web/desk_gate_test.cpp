// Every route of the desk: who gets in, what another clinic sees of it, and what a form needs to count.
#include "tests/web/desk_site.hpp"

namespace clinicpro::web::testing {

using clinics::Role;

class DeskGate : public DeskTest {
protected:
    // One of everything in Pwani.
    std::map<std::string, std::string> things_of_pwani() {
        configure(kPwani);
        std::map<std::string, std::string> ids;
        const std::string patient_id = patient(kPwani);
        ids["visit"] = visit(patient_id, "virtual", kPwani);
        ids["invoice"] = invoice(patient_id, ids["visit"], kPwani);
        ids["payment"] = prompt(ids["invoice"], kPwani);
        EXPECT_EQ(ask("POST", confirmation_path(kPwani), c2b("UKN1PWANI0", "nobody")).status, 200);
        run();
        const auto& key = keys[{kPwani, Role::kAdmin}];
        EXPECT_EQ(ask("POST", "/v1/clinics/pwani/appointments/" + ids["visit"] + "/confirm", {}, key).status, 200);
        ids["unallocated"] = ask("GET", "/v1/clinics/pwani/unallocated", {}, key)["items.0.id"];
        EXPECT_EQ(ask("POST", confirmation_path(kPwani), c2b("UKN1PWANI1", "nobody")).status, 200);
        run();
        const std::string theirs = ask("GET", "/v1/clinics/pwani/payments?limit=1", {}, key)["items.0.id"];
        ids["refund"] = make(kPwani, "/refunds", R"({"payment_id":")" + theirs + R"(","way":"by_hand","reason":"X"})");
        ids["message"] = ask("GET", "/v1/clinics/pwani/notices", {}, key)["items.0.id"];
        ids["person"] = person(kPwani, "theirs", Role::kCashier).to_text();
        must(database->write([](store::Tx& tx) -> Result<> {
            return tx.script("UPDATE notices SET state = 'failed' WHERE clinic_id = 2;");
        }));
        for (const auto& [kind, id] : ids) EXPECT_FALSE(id.empty()) << kind;
        return ids;
    }
    static std::map<std::string, std::string> nothing() {
        return {{"visit", AppointmentId{77}.to_text()},   {"invoice", InvoiceId{77}.to_text()},
                {"payment", TransactionId{77}.to_text()}, {"unallocated", UnallocatedId{77}.to_text()},
                {"message", NoticeId{77}.to_text()},      {"person", UserId{77}.to_text()},
                {"refund", RefundId{77}.to_text()},
                {"session", SessionId{77}.to_text()}};
    }
    static std::string path_of(const front_desk::Route& route, const std::string& clinic,
                               const std::map<std::string, std::string>& ids) {
        std::string path;
        for (const auto segment : text::split(route.pattern.substr(1), '/')) {
            path += '/';
            if (segment == "{clinic}")
                path += clinic;
            else if (segment.starts_with('{'))
                path += ids.at(std::string(segment.substr(1, segment.size() - 2)));
            else
                path += segment;
        }
        return path;
    }
    // What every deed would take.
    static Fields all_fields() {
        return {{"reason", "because"}, {"to", "123456782"}, {"amount", "100"},     {"phone", "0712345678"},
                {"patient", "X"},      {"what", "X"},       {"kind", "onsite"},    {"day", "2026-11-24"},
                {"time", "10:00"},     {"minutes", "30"},   {"role", "reader"},    {"name", "newone"},
                {"full_name", "N"},    {"language", "en"},  {"old_password", "x"}, {"password", "x"},
                {"code", "0"}};
    }
    Reply call(Browser& browser, const front_desk::Route& route, const std::string& path) {
        return route.method == "GET" ? see(browser, path) : post_form(browser, path, all_fields());
    }
    static bool names_a_clinic(const front_desk::Route& route) { return route.pattern.starts_with("/desk/{clinic}"); }
};

TEST_F(DeskGate, without_a_session_every_route_leads_to_the_sign_in_and_does_nothing) {
    const std::string before = snapshot();
    Browser nobody, stale;
    stale.cookies["__Host-clinicpro"] = std::string(43, 'A');
    for (const auto& route : front_desk::routes()) {
        for (Browser* browser : {&nobody, &stale}) {
            const Reply reply = call(*browser, route, path_of(route, "mlimani", nothing()));
            EXPECT_EQ(reply.status, 303) << route.pattern;
            EXPECT_TRUE(reply.header("Location").starts_with("/desk/sign-in")) << route.pattern;
        }
    }
    EXPECT_EQ(snapshot(), before);
}

TEST_F(DeskGate, every_route_lets_in_exactly_the_roles_of_the_permission_table) {
    for (const Role role : {Role::kAdmin, Role::kCashier, Role::kReader}) {
        Browser browser = signed_in(kMlimani, role);
        for (const auto& route : front_desk::routes()) {
            if (!names_a_clinic(route)) continue;
            const Reply reply = call(browser, route, path_of(route, "mlimani", nothing()));
            EXPECT_EQ(reply.status == 403, !clinics::allows(role, *route.permission))
                << route.method << " " << route.pattern << " as " << to_string(role);
        }
    }
}

TEST_F(DeskGate, another_clinic_is_no_such_page_and_nothing_of_it_changes) {
    const auto theirs = things_of_pwani();
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    const std::string before = snapshot();
    int tried = 0;
    for (const auto& route : front_desk::routes()) {
        if (!names_a_clinic(route)) continue;
        const std::string nowhere = call(browser, route, path_of(route, "nowhere", theirs)).essence();
        EXPECT_TRUE(nowhere.starts_with("404 ")) << route.pattern << nowhere.substr(0, 10);
        for (const std::string clinic : {"pwani", "2"}) {
            EXPECT_EQ(call(browser, route, path_of(route, clinic, theirs)).essence(), nowhere) << route.pattern;
            ++tried;
        }
    }
    EXPECT_GE(tried, 50);
    EXPECT_EQ(snapshot(), before);
}

TEST_F(DeskGate, another_clinics_ids_are_no_such_page_and_nothing_of_them_changes) {
    auto theirs = things_of_pwani();
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    const std::string before = snapshot();
    int tried = 0;
    for (const auto& route : front_desk::routes()) {
        const std::string path = path_of(route, "mlimani", nothing());
        if (!names_a_clinic(route) || path == path_of(route, "mlimani", theirs)) continue;
        const std::string nobody = call(browser, route, path).essence();
        EXPECT_TRUE(nobody.starts_with("404 ")) << route.pattern << nobody.substr(0, 10);
        EXPECT_EQ(call(browser, route, path_of(route, "mlimani", theirs)).essence(), nobody) << route.pattern;
        ++tried;
    }
    EXPECT_GE(tried, 15);
    EXPECT_EQ(snapshot(), before);
}

TEST_F(DeskGate, looking_changes_nothing) {
    const auto theirs = things_of_pwani();
    Browser browser = signed_in(kPwani, Role::kAdmin);
    const std::string before = snapshot();
    for (const auto& route : front_desk::routes()) {
        if (route.method == "GET") see(browser, path_of(route, "pwani", theirs));
    }
    EXPECT_EQ(snapshot(), before);
}

TEST_F(DeskGate, a_form_without_its_sessions_token_does_nothing) {
    const auto theirs = things_of_pwani();
    Browser browser = signed_in(kPwani, Role::kAdmin), other = signed_in(kPwani, Role::kAdmin);
    const std::string before = snapshot();
    for (const auto& route : front_desk::routes()) {
        if (route.method != "POST") continue;
        auto ids = theirs;
        ids["session"] = SessionId{77}.to_text();
        const std::string path = path_of(route, "pwani", ids);
        for (const std::string& csrf : {std::string(), std::string("wrong"), other.csrf}) {
            Browser tried = browser;
            tried.csrf = csrf;
            EXPECT_EQ(post_form(tried, path, all_fields()).status, 403) << route.pattern;
        }
        Fields fields = all_fields();
        fields.insert(fields.begin(), {"csrf", browser.csrf});
        EXPECT_EQ(go(browser, "POST", path, encode(fields), {{"Sec-Fetch-Site", "cross-site"}}).status, 403)
            << route.pattern;
    }
    EXPECT_EQ(snapshot(), before);
}

TEST_F(DeskGate, a_form_sent_twice_is_one_deed_and_one_answer) {
    Browser browser = signed_in(kMlimani, Role::kCashier);
    see(browser, "/desk/mlimani/invoices/new");
    const Fields fields = {{"once", browser.once},   {"patient", "Asha"}, {"phone", "0712345678"},
                           {"what", "Consultation"}, {"amount", "1500"},  {"kind", "none"}};
    const Reply first = post_form(browser, "/desk/mlimani/invoices/new", fields),
                second = post_form(browser, "/desk/mlimani/invoices/new", fields);
    EXPECT_EQ(first.status, 303) << first.body;
    EXPECT_EQ(second.header("Location"), first.header("Location"));
    EXPECT_EQ(count("SELECT count(*) FROM invoices"), 1);
}

TEST_F(DeskGate, a_refused_form_keeps_what_was_typed_and_says_where) {
    Browser browser = signed_in(kMlimani, Role::kCashier);
    see(browser, "/desk/mlimani/invoices/new");
    const Reply reply = post_form(browser, "/desk/mlimani/invoices/new",
                                  {{"patient", "Asha <b>M</b>"},
                                   {"phone", "123"},
                                   {"what", "Consultation"},
                                   {"amount", "1500"},
                                   {"kind", "none"}});
    EXPECT_EQ(reply.status, 422);
    EXPECT_NE(reply.body.find("value=\"Asha &lt;b&gt;M&lt;/b&gt;\""), std::string::npos);
    EXPECT_NE(reply.body.find("id=\"f-phone-wrong\""), std::string::npos);
    EXPECT_NE(reply.body.find("aria-describedby=\"f-phone-hint f-phone-wrong\""), std::string::npos);
    EXPECT_EQ(count("SELECT count(*) FROM patients"), 0);
}

TEST_F(DeskGate, a_reader_sees_no_buttons_that_would_be_refused) {
    const auto theirs = things_of_pwani();
    Browser reader = signed_in(kPwani, Role::kReader);
    for (const std::string& path :
         {"/desk/pwani", "/desk/pwani/unallocated", "/desk/pwani/messages", "/desk/pwani/invoices"}) {
        const Reply page = see(reader, path);
        EXPECT_EQ(page.status, 200) << path;
        std::string body = page.body;
        body.erase(body.find("action=\"/desk/sign-out\""), 24);
        EXPECT_EQ(body.find("method=\"post\" action=\"/desk/pwani"), std::string::npos) << path;
    }
    for (const char* kind : {"visit", "invoice", "payment"}) {
        const Reply page = see(reader, "/desk/pwani/" + std::string(kind) + "s/" + theirs.at(kind));
        EXPECT_EQ(page.status, 200) << kind;
        EXPECT_EQ(page.body.find("action=\"/desk/pwani/"), std::string::npos) << kind;
    }
}

TEST_F(DeskGate, a_session_ends_when_idle_and_asking_by_itself_does_not_prolong_it) {
    Browser browser = signed_in(kMlimani, Role::kReader);
    for (int i = 0; i < 5; ++i) {
        clock.pass(30min);
        EXPECT_EQ(go(browser, "GET", "/desk/mlimani", {}, {{"X-Desk-Live", "1"}}).status, i < 3 ? 200 : 303) << i;
    }
    EXPECT_EQ(see(browser, "/desk/mlimani").status, 303);
}

TEST_F(DeskGate, a_page_is_told_when_its_clinic_changes_and_no_other) {
    Browser browser = signed_in(kMlimani, Role::kReader);
    const Reply followed = see(browser, "/desk/mlimani/live");
    ASSERT_EQ(followed.status, 200);
    ASSERT_TRUE(followed.stream);
    std::string bytes;
    const auto told = [&] {
        live.look();
        followed.stream->take(bytes);
        return bytes;
    };
    told();
    EXPECT_EQ(told(), "");
    patient(kPwani);
    EXPECT_EQ(told(), "");
    patient(kMlimani);
    EXPECT_TRUE(told().starts_with("event: status\n")) << bytes;
    EXPECT_EQ(see(browser, "/desk/pwani/live").status, 404);
    Browser nobody;
    EXPECT_EQ(see(nobody, "/desk/mlimani/live").status, 404);
}

TEST_F(DeskGate, what_changes_between_a_page_and_its_stream_is_not_missed) {
    patient(kMlimani);
    Browser browser = signed_in(kMlimani, Role::kReader);
    const auto first_event = [&] { return between(see(browser, "/desk/mlimani/live").body, "data: ", "\n"); };
    const std::string page = see(browser, "/desk/mlimani").body;
    const std::string seen = between(page, "data-seen=\"", "\"");
    EXPECT_NE(seen, "");
    EXPECT_EQ(first_event(), seen);
    patient(kMlimani);
    EXPECT_NE(first_event(), seen);
}

TEST_F(DeskGate, a_stream_ends_with_its_session) {
    Browser browser = signed_in(kMlimani, Role::kReader);
    const Reply followed = see(browser, "/desk/mlimani/live");
    EXPECT_EQ(live.watchers(), 1u);
    post_form(browser, "/desk/sign-out");
    live.look();
    EXPECT_EQ(live.watchers(), 0u);
}

TEST_F(DeskGate, every_page_carries_the_headers_that_keep_it_safe) {
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    for (const auto& route : front_desk::routes()) {
        if (route.method != "GET") continue;
        const Reply page = see(browser, path_of(route, "mlimani", nothing()));
        EXPECT_NE(page.header("Content-Security-Policy").find("default-src 'none'"), std::string::npos)
            << route.pattern;
        EXPECT_EQ(page.header("Cache-Control"), "no-store") << route.pattern;
        EXPECT_EQ(page.header("X-Frame-Options"), "DENY") << route.pattern;
        EXPECT_NE(page.header("Strict-Transport-Security"), "") << route.pattern;
    }
}

TEST_F(DeskGate, an_operator_works_for_every_clinic) {
    Browser root = signed_in(kSystem, Role::kOperator);
    EXPECT_EQ(see(root, "/desk").header("Location"), "/desk/clinics");
    EXPECT_NE(see(root, "/desk/clinics").body.find("Pwani Clinic"), std::string::npos);
    EXPECT_EQ(see(root, "/desk/pwani").status, 200);
    EXPECT_EQ(see(root, "/desk/mlimani/payments").status, 200);
    Browser admin_of_one = signed_in(kMlimani, Role::kAdmin);
    EXPECT_EQ(see(admin_of_one, "/desk/clinics").status, 404);
}

}  // namespace clinicpro::web::testing
