// The set-up at the desk: each step is kept, tried for real and answered in words; secrets go in and never come out.
// Who may see it, other clinics and CSRF: desk_gate_test, which knows every route.
#include <gmock/gmock.h>

#include "tests/web/desk_site.hpp"

namespace clinicpro::web::testing {
namespace {

using clinics::Role;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kKey = "consumer-key-4711";
constexpr const char* kSecret = "consumer-secret-4711";
constexpr const char* kPasskey = "passkey-4711";

class DeskSetup : public DeskTest {
protected:
    DeskSetup() {
        daraja.others = [this](const net::ClientRequest& request) -> net::Outcome {
            asked.push_back(request.url);
            if (request.url.find("/mpesa/stkpushquery/") != request.url.npos) return query;
            if (request.url.find("/registerurl") != request.url.npos) return registration;
            if (request.url.ends_with("/healthz")) return health;
            return net::NotSent{"no such host"};
        };
    }
    static Fields app() {
        return {{"environment", "sandbox"},   {"consumer_key", kKey},
                {"consumer_secret", kSecret}, {"shortcode_kind", "paybill"},
                {"shortcode", "600986"},      {"store_number", ""},
                {"passkey", kPasskey},        {"callback_base_url", "https://pay.example"}};
    }
    static Fields with(Fields fields, const std::string& name, const std::string& value) {
        for (auto& [key, now] : fields) {
            if (key == name) now = value;
        }
        return fields;
    }
    // A finding of the page: "good", "warning" or "problem" by its badge's words.
    static std::string finding(const Reply& page, const std::string& about) {
        return between(page.body, "data-about=\"" + about + "\"", "</li>");
    }
    void expect_no_secret(const Reply& page) {
        for (const char* secret : {kKey, kSecret, kPasskey})
            EXPECT_EQ(page.body.find(secret), std::string::npos) << secret;
    }
    std::string step_of(Browser& browser, const std::string& name) {
        return between(see(browser, "/desk/mlimani/setup").body, "/setup/" + name + "\"", "</li>");
    }

    std::vector<std::string> asked;
    net::Outcome query = net::Response::json(
        500, R"({"requestId":"1","errorCode":"500.001.1001","errorMessage":"The transaction does not Exist"})");
    net::Outcome health = net::Response::json(200, R"({"status":"alive"})");
    net::Outcome registration = net::Response::json(
        200, R"({"OriginatorCoversationID":"1","ResponseCode":"0","ResponseDescription":"Success"})");
};

TEST_F(DeskSetup, a_fresh_clinic_has_everything_to_do) {
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    for (const char* step : {"app", "callbacks", "c2b"})
        EXPECT_THAT(step_of(browser, step), HasSubstr("To do")) << step;
    EXPECT_THAT(see(browser, "/desk/mlimani/setup/callbacks").body, HasSubstr("First connect the Daraja app."));
    EXPECT_THAT(see(browser, "/desk/mlimani/setup/c2b").body, HasSubstr("First connect the Daraja app."));
}

TEST_F(DeskSetup, the_app_is_kept_and_tried_and_no_secret_comes_out) {
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    const Reply page = post_form(browser, "/desk/mlimani/setup/app", app());
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.body, HasSubstr("Saved and tried: it works"));
    for (const char* good : {"configuration", "token", "product"})
        EXPECT_THAT(finding(page, good), HasSubstr("Works")) << good;
    expect_no_secret(page);
    expect_no_secret(see(browser, "/desk/mlimani/setup/app"));
    EXPECT_THAT(step_of(browser, "app"), AllOf(HasSubstr("Done"), HasSubstr("Paybill 600986, Sandbox")));
    EXPECT_THAT(step_of(browser, "callbacks"), HasSubstr("Done"));
    EXPECT_EQ(count("SELECT COUNT(*) FROM transactions"), 0) << "nobody was prompted";
}

TEST_F(DeskSetup, a_secret_left_empty_stays) {
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    post_form(browser, "/desk/mlimani/setup/app", app());
    const Reply page = post_form(browser, "/desk/mlimani/setup/app",
                                 {{"environment", "sandbox"}, {"shortcode_kind", "paybill"}, {"shortcode", "600987"}});
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(finding(page, "configuration"), AllOf(HasSubstr("600987"), HasSubstr("Works")));
}

TEST_F(DeskSetup, a_refusal_stands_beside_its_field_and_keeps_what_was_typed_but_no_secret) {
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    const Reply page = post_form(browser, "/desk/mlimani/setup/app", with(app(), "shortcode", "12"));
    EXPECT_EQ(page.status, 422);
    EXPECT_THAT(page.body, AllOf(HasSubstr("id=\"f-shortcode-wrong\""), HasSubstr("value=\"12\"")));
    expect_no_secret(page);
    EXPECT_EQ(count("SELECT COUNT(*) FROM mpesa_config"), 0);
    EXPECT_TRUE(asked.empty());
    const Reply till = post_form(browser, "/desk/mlimani/setup/app", with(app(), "shortcode_kind", "till"));
    EXPECT_THAT(till.body, HasSubstr("id=\"f-store_number-wrong\""));
}

TEST_F(DeskSetup, a_passkey_that_does_not_fit_is_said_at_once) {
    query = net::Response::json(
        500, R"({"errorCode":"500.001.1001","errorMessage":"[MerchantValidate] - Wrong credentials"})");
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    const Reply page = post_form(browser, "/desk/mlimani/setup/app", app());
    EXPECT_THAT(page.body, HasSubstr("something must be put right"));
    EXPECT_THAT(finding(page, "product"), AllOf(HasSubstr("Wrong"), HasSubstr("/desk/mlimani/setup/app")));
}

TEST_F(DeskSetup, the_callback_address_is_called_and_moving_it_makes_the_registration_old) {
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    post_form(browser, "/desk/mlimani/setup/app", app());
    EXPECT_EQ(
        post_form(browser, "/desk/mlimani/setup/c2b", {{"c2b_version", "v2"}, {"validation_policy", "known_account"}})
            .header("Location"),
        "/desk/mlimani/setup/c2b");
    EXPECT_THAT(see(browser, "/desk/mlimani/setup/c2b").body, HasSubstr("on its way to Safaricom"));
    run();
    EXPECT_THAT(see(browser, "/desk/mlimani/setup/c2b").body, HasSubstr("Registered: Safaricom tells"));
    EXPECT_THAT(step_of(browser, "c2b"), HasSubstr("Done"));

    health = net::NotSent{"no such host"};
    const Reply page =
        post_form(browser, "/desk/mlimani/setup/callbacks", {{"callback_base_url", "https://other.example"}});
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(asked.back(), "https://other.example/healthz");
    EXPECT_THAT(finding(page, "callbacks"), AllOf(HasSubstr("Wrong"), HasSubstr("cannot be reached")));
    EXPECT_THAT(step_of(browser, "c2b"), AllOf(HasSubstr("To do"), HasSubstr("Register again")));

    const Reply bad = post_form(browser, "/desk/mlimani/setup/callbacks", {{"callback_base_url", "ftp://x"}});
    EXPECT_EQ(bad.status, 422);
    EXPECT_THAT(bad.body, HasSubstr("id=\"f-callback_base_url-wrong\""));
}

TEST_F(DeskSetup, a_registration_that_fails_says_why) {
    registration = net::Response::json(400, R"({"errorCode":"400.003.02","errorMessage":"Invalid ShortCode"})");
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    post_form(browser, "/desk/mlimani/setup/app", app());
    post_form(browser, "/desk/mlimani/setup/c2b", {{"c2b_version", "v2"}, {"validation_policy", "accept_all"}});
    run();
    EXPECT_THAT(step_of(browser, "c2b"), HasSubstr("Needs a hand"));
}

TEST_F(DeskSetup, the_doctor_tells_a_clinic_of_itself_and_an_operator_of_the_server_too) {
    Browser admin = signed_in(kMlimani, Role::kAdmin), chief = signed_in(kSystem, Role::kOperator);
    post_form(admin, "/desk/mlimani/setup/app", app());
    EXPECT_THAT(see(admin, "/desk/mlimani/setup/doctor").body, HasSubstr("Try now"));
    const Reply theirs = post_form(admin, "/desk/mlimani/setup/doctor");
    EXPECT_THAT(theirs.body,
                AllOf(HasSubstr("Try again"), HasSubstr("data-about=\"token\""), HasSubstr("data-about=\"waiting\""),
                      Not(HasSubstr("data-about=\"database\"")), Not(HasSubstr("clinicpro "))));
    const Reply all = post_form(chief, "/desk/mlimani/setup/doctor");
    EXPECT_THAT(all.body, AllOf(HasSubstr("data-about=\"token\""), HasSubstr("data-about=\"database\"")));
    for (const Reply& page : {theirs, all}) expect_no_secret(page);
}

}  // namespace
}  // namespace clinicpro::web::testing
