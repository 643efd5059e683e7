// Messages, raw notices and stuck work through the API.
#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

using Desk = SiteTest;

TEST_F(Desk, a_rejected_notice_is_listed_and_tried_again) {
    configure();
    ASSERT_EQ(ask("POST", confirmation_path(), "nonsense").status, 200);
    run();
    const Reply list = get("/inbox?state=rejected");
    ASSERT_EQ(list.count("items"), 1u) << get("/inbox").body;
    EXPECT_EQ(list["items.0.method"], "mpesa.c2b");
    EXPECT_FALSE(list["items.0.note"].empty());
    EXPECT_EQ(list.body.find("nonsense"), std::string::npos);
    const std::string path = "/inbox/" + list["items.0.id"] + "/retry";
    EXPECT_EQ(ask("POST", "/v1/clinics/mlimani" + path, {}, cashier).status, 403);
    const int before = wakes;
    EXPECT_EQ(post(path).status, 204);
    EXPECT_GT(wakes, before);
    EXPECT_EQ(get("/inbox?state=new").count("items"), 1u);
    EXPECT_EQ(get("/audit")["items.0.action"], "inbox.retried");
    run();
    EXPECT_EQ(get("/inbox?state=rejected").count("items"), 1u);
    EXPECT_EQ(get("/inbox?state=lost").status, 422);
}

TEST_F(Desk, a_dead_job_is_listed_and_revived) {
    configure();
    prompt(invoice(patient()));
    must(database->write(
        [](store::Tx& tx) { return tx.script("UPDATE jobs SET state = 'dead', note = 'It is broken.'"); }));
    const Reply dead = get("/jobs?dead=true");
    ASSERT_EQ(dead.count("items"), 1u);
    EXPECT_EQ(dead["items.0.note"], "It is broken.");
    EXPECT_EQ(post("/jobs/" + dead["items.0.id"] + "/revive").status, 204);
    EXPECT_EQ(get("/jobs?dead=true").count("items"), 0u);
    EXPECT_EQ(post("/jobs/" + dead["items.0.id"] + "/revive").status, 404);
    EXPECT_EQ(get("/jobs?dead=maybe").status, 422);
}

TEST_F(Desk, a_failed_message_is_sent_again) {
    configure();
    const auto apt = visit(patient());
    ASSERT_EQ(post("/appointments/" + apt + "/confirm").status, 200);
    run();
    const Reply sent = get("/notices?state=sent");
    ASSERT_EQ(sent.count("items"), 1u) << get("/notices").body;
    const std::string path = "/notices/" + sent["items.0.id"] + "/retry";
    EXPECT_EQ(post(path).status, 409);
    must(database->write([](store::Tx& tx) { return tx.script("UPDATE notices SET state = 'failed'"); }));
    EXPECT_EQ(post(path).status, 204);
    run();
    EXPECT_EQ(get("/notices?state=sent").count("items"), 1u);
}

}  // namespace clinicpro::web::testing
