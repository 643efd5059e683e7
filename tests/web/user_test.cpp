// The people of a clinic through the API.
#include "clinics/sign_in.hpp"
#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

class Users : public SiteTest {
protected:
    static constexpr const char* kAchieng =
        R"({"name":"achieng@mlimani.ke","full_name":"Achieng Odhiambo","role":"cashier"})";
    Reply remove(const std::string& path) { return ask("DELETE", "/v1/clinics/mlimani" + path, {}, admin); }
    Reply put(const std::string& path, std::string body) {
        return ask("PUT", "/v1/clinics/mlimani" + path, std::move(body), admin);
    }
    static std::string token_of(const Reply& reply) {
        const std::string url = reply["invitation_url"];
        return url.substr(url.rfind('/') + 1);
    }
    clinics::SignIn door{*database, *vault, ids, clock};
    std::string begin_session(const std::string& id) {
        std::string token;
        must(database->write([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, kMlimani);
            TRY(const Secret<> made,
                clinics::sessions::begin(tx, {.user = *UserId::parse(id), .peer = "10.0.0.9", .browser = "Firefox"},
                                         ids, entropy, clock.now()));
            token = made.reveal();
            return {};
        }));
        return token;
    }
};

TEST_F(Users, an_admin_adds_a_person_who_chooses_the_password_by_the_link) {
    const Reply made = post("/users", kAchieng);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_TRUE(made["id"].starts_with("usr_"));
    EXPECT_EQ(made["has_password"], "false");
    EXPECT_TRUE(made["invitation_url"].starts_with("https://pay.example/desk/invitation/"));
    EXPECT_EQ(made.header("Cache-Control"), "no-store");
    must(door.accept_invitation(token_of(made), Secret<>("mango tree by the lake")));
    const Reply now = get("/users/" + made["id"]);
    EXPECT_EQ(now["has_password"], "true");
    EXPECT_EQ(now["name"], "achieng@mlimani.ke");
    EXPECT_EQ(now.body.find("invitation"), std::string::npos);
    EXPECT_EQ(now.body.find("argon2"), std::string::npos);
    EXPECT_EQ(get("/users").count("items"), 1u);
    EXPECT_EQ(get("/audit?limit=1")["items.0.actor"], made["id"]) << "who chose it is who acted";
}

TEST_F(Users, wrong_input_names_its_field) {
    EXPECT_EQ(post("/users", R"({"name":"a b","full_name":"A","role":"cashier"})")["field"], "name");
    EXPECT_EQ(post("/users", R"({"name":"achieng","full_name":"A","role":"operator"})")["field"], "role");
    EXPECT_EQ(post("/users", R"({"name":"achieng","full_name":"A","role":"boss"})")["field"], "role");
    EXPECT_EQ(post("/users", R"({"name":"achieng","full_name":"A","role":"admin","language":"fr"})")["field"],
              "language");
    EXPECT_EQ(post("/users", R"({"name":"achieng","full_name":"A","role":"admin","password":"x"})").status, 422);
    EXPECT_EQ(post("/users", kAchieng).status, 201);
    EXPECT_EQ(post("/users", kAchieng).status, 409);
}

TEST_F(Users, disabling_ends_every_session_and_enabling_brings_none_back) {
    const std::string id = post("/users", kAchieng)["id"];
    begin_session(id);
    begin_session(id);
    const Reply sessions = get("/users/" + id + "/sessions");
    EXPECT_EQ(sessions.count("items"), 2u);
    EXPECT_EQ(sessions["items.0.browser"], "Firefox");
    EXPECT_EQ(sessions["items.0.address"], "10.0.0.9");
    EXPECT_NE(post("/users/" + id + "/disable")["disabled_at"], "");
    EXPECT_EQ(get("/users/" + id + "/sessions").count("items"), 0u);
    EXPECT_EQ(post("/users/" + id + "/invite").status, 409);
    EXPECT_EQ(post("/users/" + id + "/enable")["disabled_at"], "");
    EXPECT_EQ(get("/users/" + id + "/sessions").count("items"), 0u);
}

TEST_F(Users, a_role_changes_and_the_last_admin_keeps_it) {
    const std::string id = post("/users", kAchieng)["id"];
    EXPECT_EQ(put("/users/" + id + "/role", R"({"role":"admin"})")["role"], "admin");
    const Reply last = put("/users/" + id + "/role", R"({"role":"reader"})");
    EXPECT_EQ(last.status, 409);
    EXPECT_EQ(last["detail"], "This is the last admin who can sign in. Give somebody else that role first.");
    EXPECT_EQ(post("/users/" + id + "/disable").status, 409);
    EXPECT_EQ(put("/users/" + id + "/role", R"({"role":"operator"})")["field"], "role");
}

TEST_F(Users, a_new_link_replaces_the_old_one) {
    const Reply made = post("/users", kAchieng);
    const Reply again = post("/users/" + made["id"] + "/invite");
    ASSERT_EQ(again.status, 200) << again.body;
    EXPECT_NE(token_of(again), token_of(made));
    EXPECT_FALSE(door.accept_invitation(token_of(made), Secret<>("mango tree by the lake")));
    EXPECT_TRUE(door.accept_invitation(token_of(again), Secret<>("mango tree by the lake")));
}

TEST_F(Users, an_admin_signs_a_person_out_everywhere) {
    const std::string id = post("/users", kAchieng)["id"];
    begin_session(id);
    EXPECT_EQ(remove("/users/" + id + "/sessions").status, 204);
    EXPECT_EQ(get("/users/" + id + "/sessions").count("items"), 0u);
    EXPECT_EQ(get("/audit?limit=1")["items.0.action"], "user.sessions_ended");
    EXPECT_EQ(remove("/users/" + id + "/two-step")["has_two_step"], "false");
}

}  // namespace clinicpro::web::testing
