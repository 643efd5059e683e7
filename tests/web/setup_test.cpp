// M-Pesa settings through the API: secrets go in and never come out.
#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

class Setup : public SiteTest {
protected:
    Reply put(const std::string& path, std::string body) {
        return ask("PUT", "/v1/clinics/mlimani" + path, std::move(body), admin);
    }
};

TEST_F(Setup, mpesa_is_set_shown_without_secrets_and_changed) {
    EXPECT_EQ(get("/mpesa").status, 404);
    const std::string body =
        R"({"environment":"sandbox","shortcode":"174379","callback_base_url":"https://pay.example","c2b_version":"v1",)"
        R"("consumer_key":"the-consumer-key","consumer_secret":"the-consumer-secret","passkey":"the-passkey"})";
    const Reply set = put("/mpesa", body);
    ASSERT_EQ(set.status, 200) << set.body;
    const Reply shown = get("/mpesa");
    EXPECT_EQ(shown.body, set.body);
    EXPECT_EQ(shown["shortcode"], "174379");
    EXPECT_EQ(shown["c2b_version"], "v1");
    EXPECT_EQ(shown["secrets_set.passkey"], "true");
    EXPECT_EQ(shown.count("problems"), 0u);
    EXPECT_EQ(shown.body.find("the-"), std::string::npos);
    // Without secrets the stored ones stay.
    const Reply changed =
        put("/mpesa", R"({"environment":"sandbox","shortcode":"174380","callback_base_url":"https://pay.example"})");
    EXPECT_EQ(changed["shortcode"], "174380");
    EXPECT_EQ(changed["secrets_set.consumer_key"], "true");
    EXPECT_EQ(count("SELECT COUNT(*) FROM credentials WHERE instr(sealed, 'the-') > 0"), 0);
    EXPECT_EQ(get("/audit").body.find("the-"), std::string::npos);
}

TEST_F(Setup, a_wrong_configuration_is_refused_whole) {
    const Reply missing =
        put("/mpesa", R"({"environment":"sandbox","shortcode":"174379","callback_base_url":"https://pay.example"})");
    EXPECT_EQ(missing.status, 422);
    EXPECT_EQ(missing["field"], "consumer_key");
    EXPECT_NE(missing["detail"].find("passkey"), std::string::npos);  // every problem at once
    EXPECT_EQ(put("/mpesa", R"({"environment":"moon"})")["field"], "environment");
    EXPECT_EQ(put("/mpesa", R"({"environment":"sandbox","shortcode":174379})")["field"], "shortcode");
    EXPECT_EQ(get("/mpesa").status, 404);
    EXPECT_EQ(count("SELECT COUNT(*) FROM credentials"), 0);
}

TEST_F(Setup, addresses_are_registered_and_rotated) {
    EXPECT_EQ(post("/mpesa/c2b-urls").status, 404);
    configure();
    EXPECT_EQ(get("/mpesa/c2b-urls")["state"], "none");
    const Reply asked = post("/mpesa/c2b-urls");
    EXPECT_EQ(asked.status, 202);
    EXPECT_EQ(asked["state"], "asked");
    EXPECT_EQ(asked["confirmation_url"], "https://pay.example" + confirmation_path());
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE kind = 'mpesa.c2b.register'"), 1);
    const Reply rotated = post("/mpesa/c2b-urls/rotate");
    EXPECT_EQ(rotated["current_generation"], "2");
    EXPECT_NE(rotated["confirmation_url"], asked["confirmation_url"]);
    EXPECT_EQ(ask("GET", "/v1/clinics/mlimani/mpesa/c2b-urls", {}, cashier).status, 403);
}

}  // namespace clinicpro::web::testing
