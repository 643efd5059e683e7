// Webhooks and events through the API.
#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

using Webhooks = SiteTest;

TEST_F(Webhooks, are_made_listed_stopped_rotated_and_removed_and_the_secret_is_shown_when_it_is_made) {
    const Reply made = post("/webhooks", R"({"url":"https://app.example/hook","label":"app","types":"payment.*"})");
    ASSERT_EQ(made.status, 201) << made.body;
    const std::string id = made["id"];
    EXPECT_TRUE(id.starts_with("whk_"));
    EXPECT_TRUE(made["secret"].starts_with("whsec_"));
    const Reply list = get("/webhooks");
    ASSERT_EQ(list.count("items"), 1u);
    EXPECT_EQ(list["items.0.types"], "payment.*");
    EXPECT_EQ(list.body.find("whsec_"), std::string::npos);
    EXPECT_EQ(get("/webhooks/" + id).body.find("whsec_"), std::string::npos);
    EXPECT_EQ(ask("PUT", "/v1/clinics/mlimani/webhooks/" + id + "/state", R"({"state":"stopped"})", admin)["state"], "stopped");
    EXPECT_EQ(ask("PUT", "/v1/clinics/mlimani/webhooks/" + id + "/state", R"({"state":"gone"})", admin).status, 422);
    const Reply rotated = post("/webhooks/" + id + "/rotate");
    EXPECT_TRUE(rotated["secret"].starts_with("whsec_"));
    EXPECT_NE(rotated["secret"], made["secret"]);
    EXPECT_EQ(get("/audit")["items.0.action"], "webhook.secret_rotated");
    EXPECT_EQ(ask("DELETE", "/v1/clinics/mlimani/webhooks/" + id, {}, admin).status, 204);
    EXPECT_EQ(get("/webhooks").count("items"), 0u);
    EXPECT_EQ(get("/webhooks/" + id).status, 404);
    EXPECT_EQ(ask("POST", "/v1/clinics/mlimani/webhooks", R"({"url":"https://app.example/"})", cashier).status, 403);
    EXPECT_EQ(post("/webhooks", R"({"url":"http://app.example/"})").status, 422);
    EXPECT_EQ(post("/webhooks", R"({"url":"https://app.example/","types":"key.created"})").status, 422);
}

TEST_F(Webhooks, events_are_read_in_order_page_by_page_and_sent_again_by_their_id) {
    configure();
    const auto apt = visit(patient());
    ASSERT_EQ(post("/appointments/" + apt + "/confirm").status, 200);
    const Reply first = get("/events?limit=500");
    ASSERT_GE(first.count("items"), 2u) << first.body;
    EXPECT_EQ(first["items.0.type"], "appointment.held");
    EXPECT_EQ(first["items.1.type"], "appointment.confirmed");
    EXPECT_EQ(first["items.1.data.subject"], apt);
    EXPECT_EQ(first.body.find("patient.created"), std::string::npos) << "people stay inside";
    EXPECT_EQ(get("/events?after=" + first["next"]).count("items"), 0u);
    EXPECT_EQ(get("/events?after=yesterday").status, 422);
    const std::string event = first["items.1.data.id"];
    EXPECT_EQ(post("/events/" + event + "/resend")["webhooks"], "0");
    const std::string hook = post("/webhooks", R"({"url":"https://app.example/hook","types":"invoice.*"})")["id"];
    EXPECT_EQ(post("/events/" + event + "/resend")["webhooks"], "0") << "it does not want this type";
    EXPECT_EQ(post("/events/" + event + "/resend", "{\"webhook_id\":\"" + hook + "\"}")["webhooks"], "1");
    const Reply sent = get("/webhooks/" + hook + "/deliveries");
    ASSERT_EQ(sent.count("items"), 1u);
    EXPECT_EQ(sent["items.0.event_id"], event);
    EXPECT_EQ(sent["items.0.state"], "queued");
    EXPECT_EQ(post("/webhooks/" + hook + "/ping").status, 202);
    EXPECT_EQ(get("/webhooks/" + hook + "/deliveries").count("items"), 2u);
    EXPECT_EQ(post("/events/evt_1_999999/resend").status, 404);
    EXPECT_EQ(post("/events/evt_2_1/resend").status, 404);
}

}  // namespace clinicpro::web::testing
