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
            if (request.url.find("/version1/user") != request.url.npos) return balance;
            if (request.url.find("/version1/messaging") != request.url.npos) return message;
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

    static Fields sms(const std::string& to = {}) {
        return {{"on", "yes"},
                {"sms.environment", "custom"},
                {"sms.base_url", "https://sms.example"},
                {"sms.username", "mlimani"},
                {"sms.api_key", kSecret},
                {"sms.sender_id", ""},
                {"quiet_from", "21:00"},
                {"quiet_until", "07:00"},
                {"to", to}};
    }
    static Fields mail(const std::string& to = {}) {
        return {{"on", "yes"},
                {"mail.host", "smtp.clinic.example"},
                {"mail.security", "starttls"},
                {"mail.port", "587"},
                {"mail.username", "visits"},
                {"mail.password", kSecret},
                {"mail.from", "visits@clinic.example"},
                {"mail.from_name", ""},
                {"to", to}};
    }
    static Fields google() {
        return {{"way", "google"},
                {"client_id", "the-client"},
                {"client_secret", kSecret},
                {"access", "leave"},
                {"token_url", "https://google.test/token"}};
    }
    void expect_no_secret_stored() {
        for (const char* secret : {kKey, kSecret, kPasskey}) {
            EXPECT_EQ(count("SELECT COUNT(*) FROM credentials WHERE instr(sealed, '" + std::string(secret) + "') > 0"),
                      0);
        }
    }

    std::vector<std::string> asked;
    net::Outcome balance = net::Response::json(200, R"({"UserData":{"balance":"KES 1785.5000"}})");
    net::Outcome message = net::Response::json(
        201, R"({"SMSMessageData":{"Message":"Sent","Recipients":[{"statusCode":102,"messageId":"ATXid_1"}]}})");
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
    EXPECT_THAT(finding(page, "product"), AllOf(HasSubstr("Wrong"), Not(HasSubstr("href=")))) << "the form is here";
    clock.pass(1min);  // Daraja takes few questions
    EXPECT_THAT(finding(post_form(browser, "/desk/mlimani/setup/doctor"), "product"),
                HasSubstr("/desk/mlimani/setup/app"));
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
    EXPECT_THAT(see(browser, "/desk/mlimani/setup/c2b").body,
                AllOf(HasSubstr("Register again"), Not(HasSubstr("Registered: Safaricom tells"))));

    // Mistyped, and corrected: the address that Safaricom still calls stays the one before, and its money is taken.
    const auto generation = [&] {
        int64_t found = 0;
        EXPECT_TRUE(database->read([&](store::Tx& tx) -> Result<> {
            TRY(tx.each(
                "SELECT callback_generation FROM mpesa_config WHERE clinic_id = $1",
                [&](const store::Row& row) { found = row.integer(0); }, kMlimani));
            return {};
        }));
        return found;
    };
    const int64_t moved_once = generation();
    post_form(browser, "/desk/mlimani/setup/callbacks", {{"callback_base_url", "https://another.example"}});
    EXPECT_EQ(generation(), moved_once);

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

TEST_F(DeskSetup, a_meeting_provider_is_chosen_and_tried) {
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    const Reply ways = see(browser, "/desk/mlimani/setup/meetings");
    for (const char* way : {"simple", "jitsi", "google", "workspace", "zoom"})
        EXPECT_THAT(ways.body, HasSubstr("?way=" + std::string(way))) << way;
    EXPECT_THAT(step_of(browser, "meetings"), HasSubstr("To do"));
    const Reply wrong =
        post_form(browser, "/desk/mlimani/setup/meetings", {{"way", "simple"}, {"base_url", "ftp://x"}});
    EXPECT_EQ(wrong.status, 422);
    EXPECT_THAT(wrong.body, HasSubstr("id=\"f-base_url-wrong\""));
    const Reply page =
        post_form(browser, "/desk/mlimani/setup/meetings", {{"way", "simple"}, {"base_url", "https://meet.example"}});
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(finding(page, "meetings"), AllOf(HasSubstr("Works"), HasSubstr("https://meet.example")));
    EXPECT_THAT(step_of(browser, "meetings"), AllOf(HasSubstr("Done"), HasSubstr("Rooms at an address")));
    EXPECT_THAT(see(browser, "/desk/mlimani/setup/meetings").body, HasSubstr("value=\"https://meet.example\""));
}

TEST_F(DeskSetup, a_provider_that_refuses_is_said_and_stays_on_the_list) {
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    const Reply page = post_form(browser, "/desk/mlimani/setup/meetings",
                                 {{"way", "zoom"},
                                  {"account_id", "acc"},
                                  {"client_id", "cid"},
                                  {"client_secret", kSecret},
                                  {"host", "doctor@clinic.example"},
                                  {"waiting_room", "yes"},
                                  {"recording", "none"}});
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.body, HasSubstr("something must be put right"));
    EXPECT_THAT(finding(page, "meetings"), HasSubstr("Wrong"));
    EXPECT_THAT(page.body, HasSubstr("https://pay.example/n/z/"));
    expect_no_secret(page);
    expect_no_secret_stored();
    EXPECT_THAT(step_of(browser, "meetings"), HasSubstr("Needs a hand"));
}

TEST_F(DeskSetup, google_is_connected_in_the_browser_and_leads_back) {
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    EXPECT_THAT(see(browser, "/desk/mlimani/setup/meetings/connect").body, HasSubstr("First enter the OAuth client"));
    const Reply saved = post_form(browser, "/desk/mlimani/setup/meetings", google());
    EXPECT_EQ(saved.header("Location"), "/desk/mlimani/setup/meetings/connect?done=setup_saved") << saved.body;
    EXPECT_THAT(step_of(browser, "meetings"), HasSubstr("nobody has agreed yet"));
    // Only the page that leads to Google may be answered with another site.
    const auto form_action = [&](const std::string& path) {
        const std::string policy(see(browser, "/desk/mlimani/setup" + path).header("Content-Security-Policy"));
        return between(policy, "form-action ", ";");
    };
    EXPECT_EQ(form_action("/meetings"), "'self'");
    EXPECT_EQ(form_action("/meetings/connect"), "'self' https:");

    const Reply away = post_form(browser, "/desk/mlimani/setup/meetings/connect");
    EXPECT_EQ(away.status, 303);
    const std::string to(away.header("Location"));
    EXPECT_TRUE(to.starts_with("https://accounts.google.com/")) << to;
    daraja.others = [](const net::ClientRequest&) -> net::Outcome {
        return net::Response::json(
            200, R"({"access_token":"at","expires_in":3599,"refresh_token":"rt","token_type":"Bearer",)"
                 R"("scope":"https://www.googleapis.com/auth/calendar.events )"
                 R"(https://www.googleapis.com/auth/calendar.calendars.readonly"})");
    };
    const Reply back = see(browser, "/connect/google?state=" + between(to, "state=", "&") + "&code=4/abc");
    EXPECT_EQ(back.status, 200) << back.body;
    EXPECT_THAT(back.body, HasSubstr("href=\"/desk/mlimani/setup/meetings\""));
    EXPECT_THAT(step_of(browser, "meetings"), HasSubstr("not tried since"));
    EXPECT_THAT(see(browser, "/desk/mlimani/setup/meetings").body, HasSubstr("name=\"check\""));
    EXPECT_EQ(post_form(browser, "/desk/mlimani/setup/meetings", {{"check", "yes"}}).status, 200);
    // The same client with its secret left empty stays connected.
    Fields same = with(google(), "client_secret", "");
    EXPECT_NE(post_form(browser, "/desk/mlimani/setup/meetings", same).status, 303);
}

TEST_F(DeskSetup, a_workspace_needs_its_key_file) {
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    Reply page = post_form(browser, "/desk/mlimani/setup/meetings", {{"way", "workspace"}, {"service_account", ""}});
    EXPECT_EQ(page.status, 422);
    EXPECT_THAT(page.body, AllOf(HasSubstr("id=\"f-service_account-wrong\""), HasSubstr("Paste the key file")));
    page = post_form(browser, "/desk/mlimani/setup/meetings",
                     {{"way", "workspace"}, {"service_account", "{\"secret\":\"" + std::string(kSecret) + "\"}"}});
    EXPECT_EQ(page.status, 422);
    expect_no_secret(page);
}

TEST_F(DeskSetup, the_sms_account_is_asked_for_its_balance_and_a_message_goes_where_the_person_says) {
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    Reply page = post_form(browser, "/desk/mlimani/setup/sms", sms());
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(finding(page, "sms"), AllOf(HasSubstr("Works"), HasSubstr("KES 1785.5000")));
    EXPECT_EQ(finding(page, "sms_trial"), "");
    EXPECT_THAT(page.body, HasSubstr("https://pay.example/n/r/"));
    expect_no_secret(page);
    expect_no_secret_stored();
    EXPECT_THAT(step_of(browser, "sms"), AllOf(HasSubstr("Done"), HasSubstr("as mlimani")));

    page = post_form(browser, "/desk/mlimani/setup/sms", with(sms("0712345678"), "sms.api_key", ""));
    EXPECT_THAT(finding(page, "sms_trial"), HasSubstr("look at the phone"));
    EXPECT_EQ(asked.back(), "https://sms.example/version1/messaging");

    EXPECT_EQ(post_form(browser, "/desk/mlimani/setup/sms", with(sms(), "on", "no")).header("Location"),
              "/desk/mlimani/setup?done=setup_saved");
    EXPECT_THAT(step_of(browser, "sms"), AllOf(HasSubstr("To do"), HasSubstr("Switched off")));
}

TEST_F(DeskSetup, an_sms_account_that_refuses_sends_nothing_and_needs_a_hand) {
    balance = net::Response::text(401, "The supplied authentication is invalid");
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    const Reply page = post_form(browser, "/desk/mlimani/setup/sms", sms("0712345678"));
    EXPECT_THAT(finding(page, "sms"), AllOf(HasSubstr("Wrong"), HasSubstr("refuses the user name")));
    EXPECT_EQ(finding(page, "sms_trial"), "");
    EXPECT_THAT(step_of(browser, "sms"), HasSubstr("Needs a hand"));
    for (const auto& [name, value] : Fields{{"to", "12"}, {"sms.username", ""}, {"quiet_from", "25:00"}}) {
        const Reply wrong = post_form(browser, "/desk/mlimani/setup/sms", with(sms(), name, value));
        EXPECT_EQ(wrong.status, 422) << name;
        EXPECT_THAT(wrong.body, HasSubstr("id=\"f-" + name + "-wrong\"")) << name;
        expect_no_secret(wrong);
    }
}

TEST_F(DeskSetup, the_mail_server_is_signed_in_to_and_a_mail_goes_where_the_person_says) {
    std::vector<net::MailRequest> mails;
    daraja.mails = [&](const net::MailRequest& request) -> net::Outcome {
        mails.push_back(request);
        return net::Response{250, {}, {}};
    };
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    const Reply page = post_form(browser, "/desk/mlimani/setup/mail", mail("me@clinic.example"));
    EXPECT_EQ(page.status, 200);
    ASSERT_EQ(mails.size(), 2u);
    EXPECT_TRUE(mails[0].content.empty());
    EXPECT_EQ(mails[1].to, "me@clinic.example");
    EXPECT_EQ(mails[1].password.reveal(), kSecret);
    EXPECT_THAT(finding(page, "mail"), HasSubstr("Works"));
    EXPECT_THAT(finding(page, "mail_trial"), HasSubstr("look into the mailbox"));
    expect_no_secret(page);
    EXPECT_THAT(step_of(browser, "mail"), AllOf(HasSubstr("Done"), HasSubstr("smtp.clinic.example")));
    EXPECT_THAT(step_of(browser, "sms"), HasSubstr("Switched off"));

    daraja.mails = [](const net::MailRequest&) -> net::Outcome { return net::Response{535, {}, "535 no"}; };
    EXPECT_THAT(finding(post_form(browser, "/desk/mlimani/setup/mail", mail()), "mail"), HasSubstr("Wrong"));
    EXPECT_THAT(step_of(browser, "mail"), HasSubstr("Needs a hand"));
    EXPECT_EQ(post_form(browser, "/desk/mlimani/setup/mail", with(mail(), "mail.port", "x")).status, 422);
}

TEST_F(DeskSetup, the_step_of_one_channel_leaves_the_other_alone) {
    daraja.mails = [](const net::MailRequest&) -> net::Outcome { return net::Response{250, {}, {}}; };
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    post_form(browser, "/desk/mlimani/setup/sms", sms());
    post_form(browser, "/desk/mlimani/setup/mail", mail());
    EXPECT_THAT(step_of(browser, "sms"), HasSubstr("Done"));
    EXPECT_THAT(step_of(browser, "mail"), HasSubstr("Done"));
    EXPECT_THAT(post_form(browser, "/desk/mlimani/setup/doctor").body,
                AllOf(HasSubstr("data-about=\"sms\""), HasSubstr("data-about=\"mail\"")));
}

}  // namespace
}  // namespace clinicpro::web::testing
