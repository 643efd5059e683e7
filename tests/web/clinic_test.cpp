// Tenants, keys and the audit trail through the API.
#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

class Clinics : public SiteTest {
protected:
    Reply op(const std::string& method, const std::string& path, std::string body = {}) {
        return ask(method, path, std::move(body), operator_key);
    }
};

TEST_F(Clinics, an_operator_makes_a_clinic_and_its_first_key) {
    const Reply made = op("POST", "/v1/clinics", R"({"slug":"kisumu","name":"Kisumu Clinic"})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made["number"], "3");
    EXPECT_EQ(made["status"], "active");
    EXPECT_EQ(op("POST", "/v1/clinics", R"({"slug":"kisumu","name":"Again"})").status, 409);
    EXPECT_EQ(op("POST", "/v1/clinics", R"({"slug":"Kisumu Two","name":"Again"})")["field"], "slug");

    const Reply key = op("POST", "/v1/clinics/kisumu/keys", R"({"role":"admin","label":"front desk"})");
    ASSERT_EQ(key.status, 201);
    EXPECT_TRUE(key["key"].starts_with("cpk_"));
    EXPECT_EQ(key.header("Cache-Control"), "no-store");
    EXPECT_EQ(ask("GET", "/v1/clinics/kisumu", {}, key["key"])["slug"], "kisumu");
    EXPECT_EQ(ask("GET", "/v1/clinics", {}, key["key"]).status, 403);
    EXPECT_EQ(op("POST", "/v1/clinics/kisumu/keys", R"({"role":"operator","label":"x"})").status, 422);

    const Reply list = op("GET", "/v1/clinics/kisumu/keys");
    EXPECT_EQ(list["items.0.label"], "front desk");
    EXPECT_EQ(list.body.find("cpk_"), std::string::npos);
    EXPECT_EQ(op("DELETE", "/v1/clinics/kisumu/keys/" + key["id"]).status, 204);
    EXPECT_EQ(ask("GET", "/v1/clinics/kisumu", {}, key["key"]).status, 401);
    EXPECT_EQ(op("DELETE", "/v1/clinics/kisumu/keys/" + key["id"]).status, 204);  // twice changes nothing

    const Reply audit = op("GET", "/v1/clinics/kisumu/audit");
    EXPECT_EQ(audit["items.0.action"], "key.revoked");
    EXPECT_EQ(audit[std::string("items.") + std::to_string(audit.count("items") - 1) + ".action"], "clinic.created");
    EXPECT_TRUE(audit["items.0.actor"].starts_with("key_"));
}

TEST_F(Clinics, the_list_is_paged_by_number) {
    const Reply first = op("GET", "/v1/clinics?limit=1");
    EXPECT_EQ(first["items.0.slug"], "mlimani");
    EXPECT_EQ(first["next"], "1");
    EXPECT_EQ(op("GET", "/v1/clinics?limit=1&after=1")["items.0.slug"], "pwani");
    EXPECT_EQ(op("GET", "/v1/clinics?after=2").count("items"), 0u);
    EXPECT_EQ(op("GET", "/v1/clinics?after=x").status, 422);
}

TEST_F(Clinics, the_audit_trail_is_paged_and_verified) {
    for (int i = 0; i < 5; ++i) patient();
    const Reply page = get("/audit?limit=3");
    ASSERT_EQ(page.count("items"), 3u);
    EXPECT_EQ(get("/audit?limit=3&before=" + page["next"])["items.0.seq"], std::to_string(std::stoi(page["next"]) - 1));
    const Reply whole = get("/audit/verify");
    EXPECT_EQ(whole["whole"], "true");
    EXPECT_EQ(get("/audit/verify?seq=" + whole["seq"] + "&hash=" + whole["hash"])["whole"], "true");
    EXPECT_EQ(get("/audit/verify?seq=3").status, 422);
    must(database->write(
        [](store::Tx& tx) { return tx.script("UPDATE audit SET actor = 'nobody' WHERE clinic_id = 1 AND seq = 2"); }));
    const Reply broken = get("/audit/verify");
    EXPECT_EQ(broken["whole"], "false");
    EXPECT_EQ(broken["broken_at"], "2");
    EXPECT_EQ(op("GET", "/v1/audit/verify")["whole"], "true");  // the server's own chain is another
}

}  // namespace clinicpro::web::testing
