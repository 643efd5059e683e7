// Patients, visits and invoices through the API.
#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

using Visits = SiteTest;

TEST_F(Visits, a_virtual_visit_has_one_link_that_survives_a_move_and_dies_when_revoked) {
    configure();
    const auto apt = visit(patient());
    const Reply held = get("/appointments/" + apt);
    EXPECT_EQ(held["state"], "held");
    EXPECT_EQ(held["meeting"], "");
    const std::string link = held["join_url"];
    const Reply moved = post("/appointments/" + apt + "/reschedule",
                             R"({"starts_at":"2026-11-23T15:00:00+03:00","ends_at":"2026-11-23T15:30:00+03:00"})");
    EXPECT_EQ(moved["starts_at"], "2026-11-23T12:00:00Z");
    EXPECT_EQ(moved["join_url"], link);
    EXPECT_EQ(post("/appointments/" + apt + "/confirm")["state"], "confirmed");
    const Reply revoked = post("/appointments/" + apt + "/revoke-link");
    EXPECT_NE(revoked["join_url"], link);
    EXPECT_EQ(ask("GET", link.substr(services.public_url.size())).status, 404);
    EXPECT_EQ(post("/appointments/" + apt + "/cancel")["state"], "cancelled");
    const Reply late = post("/appointments/" + apt + "/complete");
    EXPECT_EQ(late.status, 409);
    EXPECT_NE(late["detail"].find("cancelled"), std::string::npos);
}

TEST_F(Visits, an_onsite_visit_has_no_link) {
    const Reply made = get("/appointments/" + visit(patient(), "onsite"));
    EXPECT_EQ(made["join_url"], "");
    EXPECT_EQ(made["kind"], "onsite");
}

TEST_F(Visits, the_list_is_a_day_in_nairobi_or_a_window) {
    const auto apt = visit(patient());
    EXPECT_EQ(get("/appointments")["items.0.id"], apt);
    EXPECT_EQ(get("/appointments?day=2026-11-23").count("items"), 1u);
    EXPECT_EQ(get("/appointments?day=2026-11-24").count("items"), 0u);
    EXPECT_EQ(get("/appointments?from=2026-11-23T07:00:00Z&until=2026-11-23T07:00:01Z").count("items"), 1u);
    EXPECT_EQ(get("/appointments?from=2026-11-23T07:00:00%2B03:00&until=2026-11-23T08:00:00%2B03:00").count("items"),
              0u);
    EXPECT_EQ(get("/appointments?state=confirmed").count("items"), 0u);
    EXPECT_EQ(get("/appointments?from=2026-11-23T07:00:00Z").status, 422);
    EXPECT_EQ(get("/appointments?state=lost").status, 422);
}

TEST_F(Visits, an_invoice_is_the_sum_of_its_items_and_found_however_it_is_typed) {
    const auto who = patient();
    const Reply made =
        post("/invoices",
             R"({"patient_id":")" + who +
                 R"(","reference":"INV-123456","items":[{"description":"Consultation","unit_price_cents":150000},)"
                 R"({"description":"Test strip","quantity":3,"unit_price_cents":5050}]})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made["amount_due_cents"], "165150");
    EXPECT_EQ(made["items.1.quantity"], "3");
    EXPECT_EQ(made["account"].size(), 9u);
    for (const std::string& typed :
         {std::string("INV-123456"), std::string("inv%20123456"), std::string("inv-l23456"), made["account"]}) {
        EXPECT_EQ(get("/invoices?reference=" + typed)["items.0.id"], made["id"]) << typed;
    }
    EXPECT_EQ(get("/invoices?reference=INV-9").count("items"), 0u);
    EXPECT_EQ(get("/invoices?state=open").count("items"), 1u);
    EXPECT_EQ(get("/invoices?state=open&patient=" + who).count("items"), 1u);
    EXPECT_EQ(get("/invoices?state=lost").status, 422);
    const Reply taken =
        post("/invoices", R"({"patient_id":")" + who + R"(","reference":"inv 123456","amount_cents":100})");
    EXPECT_EQ(taken.status, 409) << taken.body;
    EXPECT_EQ(post("/invoices", R"({"patient_id":")" + who +
                                    R"(","amount_cents":1,"items":[{"description":"a","unit_price_cents":1}]})")
                  .status,
              422);
    EXPECT_EQ(post("/invoices", R"({"patient_id":")" + who + R"(","items":[]})").status, 422);
    EXPECT_EQ(post("/invoices/" + made["id"] + "/void")["state"], "void");
    EXPECT_EQ(post("/invoices/" + made["id"] + "/void").status, 409);
}

TEST_F(Visits, patients_are_listed_and_searched_without_a_phone_in_the_address) {
    const auto first = patient();
    const auto second = make(kMlimani, "/patients", R"({"name":"Otieno","phone":"0722000111","language":"sw"})");
    const Reply page = get("/patients?limit=1");
    EXPECT_EQ(page["items.0.id"], second);
    EXPECT_EQ(get("/patients?limit=1&before=" + page["next"])["items.0.id"], first);
    EXPECT_EQ(post("/patients/search", R"({"phone":"+254722000111"})")["items.0.name"], "Otieno");
    EXPECT_EQ(get("/patients/" + second)["language"], "sw");
    EXPECT_EQ(get("/patients?phone=0722000111").status, 422);
}

}  // namespace clinicpro::web::testing
