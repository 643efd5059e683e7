// How messages travel, through the API: secrets go in and never come out; reports come in and change one message.
#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

class Messaging : public SiteTest {
protected:
    Reply put(const std::string& body, const std::string& path = "/v1/clinics/mlimani/messaging") {
        return ask("PUT", path, body, path == "/v1/messaging" ? operator_key : admin);
    }
    Reply report(const std::string& token, const std::string& form) {
        return ask("POST", "/n/r/" + token, form, {}, {{"Content-Type", "application/x-www-form-urlencoded"}});
    }
    std::string token(ClinicId clinic, uint8_t generation = 1) const {
        return links.hex({clinics::Link::Purpose::kDeliveryReport, clinic, 0, generation});
    }
    static constexpr const char* kSms =
        R"({"channels":["sms"],"sms":{"environment":"custom","base_url":"http://127.0.0.1:9","username":"mlimani",)"
        R"("sender_id":"MLIMANI","api_key":"the-api-key"},"quiet_from":"22:00","quiet_until":"06:30"})";
};

TEST_F(Messaging, a_clinic_that_chose_nothing_writes_to_the_log) {
    const Reply shown = get("/messaging");
    ASSERT_EQ(shown.status, 200) << shown.body;
    EXPECT_EQ(shown["is_set"], "false");
    EXPECT_EQ(shown["channels.0"], "log");
    EXPECT_EQ(shown["quiet_from"], "21:00");
    EXPECT_EQ(shown["sms.report_url"], "");
}

TEST_F(Messaging, sms_is_chosen_shown_without_its_secret_and_changed) {
    const Reply set = put(kSms);
    ASSERT_EQ(set.status, 200) << set.body;
    EXPECT_EQ(get("/messaging").body, set.body);
    EXPECT_EQ(set["channels.0"], "sms");
    EXPECT_EQ(set["sms.sender_id"], "MLIMANI");
    EXPECT_EQ(set["sms.api_key_set"], "true");
    EXPECT_EQ(set["sms.report_url"], "https://pay.example/n/r/" + token(kMlimani));
    EXPECT_EQ(set["quiet_until"], "06:30");
    EXPECT_EQ(set.body.find("the-api-key"), std::string::npos);
    EXPECT_EQ(get("/audit").body.find("the-api-key"), std::string::npos);
    // Without the secret the stored one stays.
    const Reply changed = put(R"({"channels":["sms"],"sms":{"username":"other"}})");
    EXPECT_EQ(changed["sms.environment"], "live");
    EXPECT_EQ(changed["sms.api_key_set"], "true");
    EXPECT_EQ(ask("DELETE", "/v1/clinics/mlimani/messaging", {}, admin).status, 204);
    EXPECT_EQ(get("/messaging")["is_set"], "false");
}

TEST_F(Messaging, what_is_wrong_is_named) {
    EXPECT_EQ(put("{}")["field"], "channels");
    EXPECT_EQ(put(R"({"channels":[]})")["field"], "channels");
    EXPECT_EQ(put(R"({"channels":["pigeon"]})")["field"], "channels[0]");
    EXPECT_EQ(put(R"({"channels":["sms","log"]})")["field"], "channels");
    const Reply empty = put(R"({"channels":["sms"]})");
    EXPECT_EQ(empty.status, 422);
    EXPECT_EQ(empty["field"], "sms.username");
    EXPECT_NE(empty["detail"].find("API key"), std::string::npos);  // every problem at once
    EXPECT_EQ(put(R"({"channels":["log"],"quiet_from":"25:00"})")["field"], "quiet_from");
    EXPECT_EQ(put(R"({"channels":["log"],"sms":{"environment":"moon"}})")["field"], "sms.environment");
    EXPECT_EQ(put(R"({"channels":["log"],"sms":{"apikey":"x"}})")["field"], "sms.apikey");
    EXPECT_EQ(count("SELECT COUNT(*) FROM messaging_config"), 0);
    EXPECT_EQ(ask("PUT", "/v1/clinics/mlimani/messaging", kSms, cashier).status, 403);
}

TEST_F(Messaging, the_server_s_default_is_used_and_its_report_address_stays_the_operator_s) {
    ASSERT_EQ(put(kSms, "/v1/messaging").status, 200);
    EXPECT_EQ(ask("GET", "/v1/messaging", {}, admin).status, 403);
    const Reply shown = get("/messaging");
    EXPECT_EQ(shown["is_default"], "true");
    EXPECT_EQ(shown["channels.0"], "sms");
    EXPECT_EQ(shown["sms.report_url"], "");
    EXPECT_EQ(ask("GET", "/v1/messaging", {}, operator_key)["sms.report_url"],
              "https://pay.example/n/r/" + token(kSystem));
}

TEST_F(Messaging, a_report_changes_the_message_it_names_and_no_other) {
    configure();
    ASSERT_EQ(post("/appointments/" + visit(patient()) + "/confirm").status, 200);
    run();
    ASSERT_EQ(put(kSms).status, 200);
    must(database->write([](store::Tx& tx) {
        return tx.script("UPDATE notices SET channel = 'sms', account = 1, provider_id = 'ATXid_1'");
    }));
    const std::string before = snapshot();
    EXPECT_EQ(report(token(kMlimani) + "0", "id=ATXid_1&status=Success").status, 404);
    EXPECT_EQ(
        report(links.hex({clinics::Link::Purpose::kC2bCallback, kMlimani, 0, 1}), "id=ATXid_1&status=Success").status,
        404);
    EXPECT_EQ(report(token(kMlimani), "status=Success").status, 422);
    EXPECT_EQ(report(token(kMlimani), std::string(5000, 'x')).status, 413);
    EXPECT_EQ(report(token(kMlimani, 7), "id=ATXid_1&status=Failed").status, 200);  // a rotated address: ignored
    EXPECT_EQ(report(token(kPwani), "id=ATXid_1&status=Failed").status, 200);       // a clinic without an account
    EXPECT_EQ(snapshot(), before);
    EXPECT_EQ(report(token(kMlimani), "id=ATXid_1&status=Success&phoneNumber=%2B254712345678").status, 200);
    EXPECT_EQ(report(token(kMlimani), "id=ATXid_1&status=Failed").status, 200);
    const Reply list = get("/notices");
    EXPECT_EQ(list["items.0.delivery"], "delivered");
    EXPECT_EQ(list["items.0.state"], "sent");
}

TEST_F(Messaging, a_rotated_report_address_stays_good_for_one_generation) {
    ASSERT_EQ(put(kSms).status, 200);
    EXPECT_EQ(post("/messaging/reports/rotate")["sms.report_url"], "https://pay.example/n/r/" + token(kMlimani, 2));
    EXPECT_EQ(report(token(kMlimani, 1), "id=ATXid_1&status=Success").status, 200);
    EXPECT_EQ(count("SELECT COUNT(*) FROM sms_reports"), 1);
    ASSERT_EQ(post("/messaging/reports/rotate").status, 200);
    EXPECT_EQ(report(token(kMlimani, 1), "id=ATXid_2&status=Success").status, 200);
    EXPECT_EQ(count("SELECT COUNT(*) FROM sms_reports"), 1);
}

TEST_F(Messaging, a_report_that_cannot_be_stored_is_not_acknowledged) {
    ASSERT_EQ(put(kSms).status, 200);
    must(database->write([](store::Tx& tx) { return tx.script("ALTER TABLE sms_reports RENAME TO gone"); }));
    const Reply refused = report(token(kMlimani), "id=ATXid_1&status=Success");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("Retry-After"), "5");
}

TEST_F(Messaging, mail_is_chosen_beside_sms_and_its_password_never_comes_out) {
    const std::string body =
        R"({"channels":["sms","mail"],"sms":{"username":"mlimani","api_key":"the-api-key"},"mail":{"host":"smtp.example",)"
        R"("port":465,"security":"tls","username":"visits","password":"the-password","from":"visits@mlimani.example"}})";
    const Reply set = put(body);
    ASSERT_EQ(set.status, 200) << set.body;
    EXPECT_EQ(set["channels.1"], "mail");
    EXPECT_EQ(set["mail.security"], "tls");
    EXPECT_EQ(set["mail.password_set"], "true");
    EXPECT_EQ(set.body.find("the-password"), std::string::npos);
    EXPECT_EQ(put(R"({"channels":["mail"]})")["field"], "mail.host");
    EXPECT_EQ(
        put(R"({"channels":["mail"],"mail":{"host":"x.example","from":"a@b.example","security":"none"}})")["field"],
        "mail.security");
    EXPECT_EQ(put(R"({"channels":["log"],"mail":{"from":"nobody"}})")["field"], "mail.from");
    EXPECT_EQ(put(R"({"channels":["log"],"mail":{"security":"ssl"}})")["field"], "mail.security");
}

TEST_F(Messaging, a_trial_says_what_became_of_it) {
    EXPECT_EQ(post("/messaging/test", R"({"channel":"sms","to":"0712345678"})").status, 422);
    ASSERT_EQ(put(kSms).status, 200);
    const Reply tried = post("/messaging/test", R"({"channel":"sms","to":"0712345678"})");
    EXPECT_EQ(tried.status, 200) << tried.body;
    EXPECT_EQ(tried["accepted"], "false");
    EXPECT_NE(tried["sentence"].find("cannot be reached"), std::string::npos);
    EXPECT_EQ(post("/messaging/test", R"({"channel":"sms","to":"12"})")["field"], "to");
    EXPECT_EQ(post("/messaging/test", R"({"channel":"mail","to":"a@b.example"})")["field"], "channel");
    EXPECT_EQ(post("/messaging/test", R"({"channel":"pigeon","to":"x"})")["field"], "channel");
    EXPECT_EQ(ask("POST", "/v1/clinics/mlimani/messaging/test", "{}", cashier).status, 403);
}

TEST_F(Messaging, texts_are_listed_previewed_changed_and_given_back) {
    const Reply list = get("/messaging/texts");
    ASSERT_EQ(list.count("items"), std::size(messaging::kAllTemplates) * 2) << list.body;
    EXPECT_EQ(list["items.0.is_own"], "false");
    const std::string words =
        R"({"template":"reminder_day","language":"en","words":"Tomorrow: {visit}.[ Join: {link}]"})";
    const Reply seen = post("/messaging/texts/preview", words);
    ASSERT_EQ(seen.status, 200) << seen.body;
    EXPECT_NE(seen["preview.text"].find("Tomorrow: Mon 23 Nov, 11:44 EAT. Join: https://"), std::string::npos);
    EXPECT_EQ(seen["preview.encoding"], "GSM-7");
    EXPECT_EQ(seen["preview.sms_parts"], "1");
    EXPECT_EQ(count("SELECT COUNT(*) FROM message_texts"), 0);
    const auto set = [&](const std::string& path, const std::string& body) {
        return ask("PUT", "/v1/clinics/mlimani/messaging/texts/" + path, body, admin);
    };
    EXPECT_EQ(set("reminder_day/en", R"({"words":"Tomorrow: {visit}."})")["is_own"], "true");
    EXPECT_EQ(set("reminder_day/en", R"({"words":"Tomorrow: {patient}."})")["field"], "words");
    EXPECT_EQ(set("reminder_week/en", R"({"words":"x"})").status, 404);
    EXPECT_EQ(set("reminder_day/fr", R"({"words":"x"})").status, 404);
    EXPECT_EQ(count("SELECT COUNT(*) FROM message_texts"), 1);
    EXPECT_EQ(ask("DELETE", "/v1/clinics/mlimani/messaging/texts/reminder_day/en", {}, admin).status, 204);
    EXPECT_EQ(count("SELECT COUNT(*) FROM message_texts"), 0);
}

TEST_F(Messaging, a_patient_s_address_is_masked_and_can_be_corrected) {
    const Reply made = post("/patients", R"({"name":"Asha","phone":"0712345678","email":"asha@example.co.ke"})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made["email"], "a***@example.co.ke");
    EXPECT_EQ(post("/patients", R"({"name":"Asha","phone":"0712345678","email":"asha"})").status, 422);
    const auto correct = [&](const std::string& body) {
        return ask("PATCH", "/v1/clinics/mlimani/patients/" + made["id"], body, admin);
    };
    const Reply changed = correct(R"({"phone":"0722000111","email":"new@example.co.ke","language":"sw"})");
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(changed["phone"], "2547*****111");
    EXPECT_EQ(changed["email"], "n***@example.co.ke");
    EXPECT_EQ(changed["language"], "sw");
    EXPECT_EQ(correct(R"({"email":""})")["email"], "");
    EXPECT_EQ(correct(R"({"language":"fr"})").status, 422);
    EXPECT_EQ(post("/patients/search", R"({"phone":"0722000111"})").count("items"), 1u);
    EXPECT_EQ(get("/audit").body.find("new@example"), std::string::npos);
    EXPECT_EQ(
        ask("PATCH", "/v1/clinics/pwani/patients/" + made["id"], "{}", keys[{kPwani, clinics::Role::kAdmin}]).status,
        404);
}

}  // namespace clinicpro::web::testing
