// Signing in and out as a browser does it: cookies, throttling, the second step, and what never tells who exists.
#include <regex>

#include "tests/web/desk_site.hpp"
#include "web/cookies.hpp"

namespace clinicpro::web::testing {

class DeskDoor : public DeskTest {
protected:
    UserId achieng = person(kMlimani, "achieng", clinics::Role::kCashier);
};

TEST_F(DeskDoor, the_right_password_leads_to_the_clinic) {
    Browser browser;
    const Reply front = see(browser, "/desk");
    EXPECT_EQ(front.status, 303);
    EXPECT_EQ(front.header("Location"), "/desk/sign-in");
    const Reply entered = try_door(browser, "mlimani", "achieng", kDeskPassword);
    ASSERT_EQ(entered.status, 303) << entered.body;
    EXPECT_EQ(entered.header("Location"), "/desk");
    EXPECT_EQ(see(browser, "/desk").header("Location"), "/desk/mlimani");
    const Reply today = see(browser, "/desk/mlimani");
    EXPECT_EQ(today.status, 200);
    EXPECT_NE(today.body.find("Person achieng"), std::string::npos);
}

TEST_F(DeskDoor, the_session_cookie_is_bound_to_this_host_and_unreadable_for_scripts) {
    Browser browser;
    const Reply entered = try_door(browser, "mlimani", "achieng", kDeskPassword);
    const std::string cookie(entered.header("Set-Cookie"));
    EXPECT_TRUE(cookie.starts_with("__Host-clinicpro=")) << cookie;
    for (const char* flag : {"; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"}) {
        EXPECT_NE(cookie.find(flag), std::string::npos) << flag << " is missing in " << cookie;
    }
    EXPECT_EQ(cookie.find("Domain"), std::string::npos);
    EXPECT_EQ(cookie.find("Max-Age"), std::string::npos) << "it ends with the browser";
}

TEST_F(DeskDoor, a_token_brought_along_is_never_continued) {
    Browser browser;
    browser.cookies["__Host-clinicpro"] = std::string(43, 'A');  // planted by somebody else
    try_door(browser, "mlimani", "achieng", kDeskPassword);
    const std::string first = browser.cookies["__Host-clinicpro"];
    EXPECT_NE(first, std::string(43, 'A'));
    try_door(browser, "mlimani", "achieng", kDeskPassword);
    EXPECT_NE(browser.cookies["__Host-clinicpro"], first);
    Browser old;
    old.cookies["__Host-clinicpro"] = first;
    EXPECT_EQ(see(old, "/desk/mlimani").status, 303);
}

TEST_F(DeskDoor, unknown_names_and_wrong_passwords_get_one_answer) {
    std::string answer;
    for (const auto& [clinic, name] :
         {std::pair("mlimani", "achieng"), std::pair("mlimani", "nobody"), std::pair("pwani", "achieng"),
          std::pair("nowhere", "achieng"), std::pair("", "achieng")}) {
        Browser browser;
        const Reply reply = try_door(browser, clinic, name, "wrong password");
        EXPECT_EQ(reply.status, 401) << clinic << "/" << name;
        EXPECT_FALSE(browser.cookies.contains("__Host-clinicpro"));
        // What was typed stands in the form again, and each form has its own mark: all else must be the same.
        const std::string body = std::regex_replace(reply.body, std::regex("value=\"[^\"]*\""), "value");
        if (answer.empty()) answer = body;
        EXPECT_EQ(body, answer) << clinic << "/" << name;
    }
}

TEST_F(DeskDoor, a_form_from_another_page_is_refused) {
    Browser browser;
    see(browser, "/desk/sign-in");
    const std::string good =
        encode({{"mark", browser.mark}, {"clinic", "mlimani"}, {"name", "achieng"}, {"password", kDeskPassword}});
    const std::string bad =
        encode({{"mark", "other"}, {"clinic", "mlimani"}, {"name", "achieng"}, {"password", kDeskPassword}});
    EXPECT_EQ(go(browser, "POST", "/desk/sign-in", bad).status, 403);
    EXPECT_EQ(go(browser, "POST", "/desk/sign-in", good, {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
    Browser bare;
    EXPECT_EQ(go(bare, "POST", "/desk/sign-in", good).status, 403);
    EXPECT_EQ(go(browser, "POST", "/desk/sign-in", good, {{"Sec-Fetch-Site", "same-origin"}}).status, 303);
}

TEST_F(DeskDoor, guessing_is_stopped_and_says_for_how_long) {
    Browser browser;
    for (int i = 0; i < clinics::throttle::kFreeForAccount; ++i) {
        EXPECT_EQ(try_door(browser, "mlimani", "achieng", "wrong password").status, 401);
    }
    const Reply stopped = try_door(browser, "mlimani", "achieng", kDeskPassword);
    EXPECT_EQ(stopped.status, 429);
    EXPECT_NE(stopped.body.find("Try again in 1 minute."), std::string::npos);
    clock.pass(31s);
    EXPECT_EQ(try_door(browser, "mlimani", "achieng", kDeskPassword).status, 303);
}

TEST_F(DeskDoor, the_second_step_stands_between_the_password_and_the_desk) {
    Secret<> secret;
    must(database->write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, kMlimani);
        TRY(secret, clinics::two_step::enrol(tx, *vault, achieng));
        const std::string code = crypto::totp_code(secret, crypto::totp_step(clock.now()));
        TRY(clinics::two_step::confirm(tx, *vault, achieng, code, {"cli:test", clock.now()}));
        return {};
    }));
    clock.pass(30s);
    Browser browser;
    EXPECT_EQ(try_door(browser, "mlimani", "achieng", kDeskPassword).header("Location"),
              "/desk/sign-in/code?next=%2Fdesk");
    EXPECT_EQ(see(browser, "/desk/mlimani").status, 303) << "the password alone opens nothing";
    see(browser, "/desk/sign-in/code");
    const auto send = [&](const std::string& code) {
        return go(browser, "POST", "/desk/sign-in/code",
                  encode({{"mark", browser.mark}, {"code", code}, {"next", "/desk/mlimani/visits"}}));
    };
    EXPECT_EQ(send("000000").status, 422);
    const Reply entered = send(crypto::totp_code(secret, crypto::totp_step(clock.now())));
    EXPECT_EQ(entered.header("Location"), "/desk/mlimani/visits");
    EXPECT_EQ(see(browser, "/desk/mlimani").status, 200);
}

TEST_F(DeskDoor, signing_in_leads_nowhere_else) {
    for (const char* next : {"https://evil.example/", "//evil.example", "/desk//evil.example", "/desk/\\evil.example",
                             "/p/x", "javascript:alert(1)"}) {
        Browser browser;
        see(browser, "/desk/sign-in");
        const Reply entered = go(browser, "POST", "/desk/sign-in",
                                 encode({{"mark", browser.mark},
                                         {"clinic", "mlimani"},
                                         {"name", "achieng"},
                                         {"password", kDeskPassword},
                                         {"next", next}}));
        EXPECT_EQ(entered.header("Location"), "/desk") << next;
    }
}

TEST_F(DeskDoor, signing_out_ends_the_session_and_needs_its_token) {
    Browser browser = signed_in(kMlimani, achieng);
    const std::string token = browser.cookies["__Host-clinicpro"];
    Browser copy = browser;
    copy.csrf = "wrong";
    post_form(copy, "/desk/sign-out");
    EXPECT_EQ(see(browser, "/desk/mlimani").status, 200);
    EXPECT_EQ(post_form(browser, "/desk/sign-out").header("Location"), "/desk/sign-in");
    EXPECT_FALSE(browser.cookies.contains("__Host-clinicpro"));
    browser.cookies["__Host-clinicpro"] = token;
    EXPECT_EQ(see(browser, "/desk/mlimani").status, 303);
}

TEST_F(DeskDoor, an_invitation_is_looked_at_by_bots_and_used_once) {
    const Reply made = post("/users", R"({"name":"wanjiru","full_name":"Wanjiru","role":"reader"})");
    const std::string url = made["invitation_url"], path = url.substr(url.find("/desk/"));
    Browser browser;
    for (int bot = 0; bot < 3; ++bot) EXPECT_EQ(see(browser, path).status, 200);
    const auto choose = [&](const std::string& password) {
        return go(browser, "POST", path, encode({{"mark", browser.mark}, {"name", "wanjiru"}, {"password", password}}));
    };
    EXPECT_EQ(choose("short").status, 422);
    EXPECT_EQ(choose("a brand new password").header("Location"), "/desk/sign-in?clinic=mlimani");
    EXPECT_EQ(choose("a brand new password").status, 404);
    EXPECT_EQ(see(browser, path).status, 404);
    EXPECT_EQ(try_door(browser, "mlimani", "wanjiru", "a brand new password").status, 303);
}

class PlainDoor : public ::testing::TestWithParam<std::pair<const char*, int>> {};

TEST_P(PlainDoor, without_https_only_the_machine_itself_signs_in) {
    const auto& [public_url, status] = GetParam();
    const Cookies cookies{public_url};
    EXPECT_EQ(cookies.may_sign_in(), status == 200) << public_url;
    net::Response response;
    cookies.set_session(response, Secret<>("t"));
    const std::string cookie(response.header("Set-Cookie"));
    const bool https = std::string_view(public_url).starts_with("https://");
    EXPECT_EQ(cookie.starts_with("__Host-"), https) << cookie;
    EXPECT_EQ(cookie.find("Secure") != std::string::npos, https) << cookie;
}
INSTANTIATE_TEST_SUITE_P(addresses, PlainDoor,
                         ::testing::Values(std::pair("https://pay.example", 200),
                                           std::pair("http://127.0.0.1:8080", 200), std::pair("http://localhost", 200),
                                           std::pair("http://[::1]:80", 200), std::pair("http://192.168.1.5:8080", 403),
                                           std::pair("http://localhost.evil.example", 403),
                                           std::pair("http://pay.example", 403)));

}  // namespace clinicpro::web::testing
