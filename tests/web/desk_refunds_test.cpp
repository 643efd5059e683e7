// Refunds at the desk: one person asks, another decides; what each role may; and how it ends.
#include "tests/web/desk_money.hpp"

namespace clinicpro::web::testing {

using clinics::Role;

class DeskRefunds : public DeskMoney {
protected:
    Reply ask_for(Browser& browser, const std::string& payment, const std::string& amount,
                  const std::string& way = "by_hand", const std::string& phone = {}) {
        return post_form(browser, "/desk/mlimani/payments/" + payment + "/refund",
                         {{"amount", amount}, {"way", way}, {"phone", phone}, {"reason", "The visit was cancelled"}});
    }
    static std::string refund_in(const Reply& asked) {
        const std::string to(asked.header("Location"));
        EXPECT_TRUE(to.starts_with("/desk/mlimani/refunds/ref_")) << asked.status << asked.body;
        return to.substr(0, to.find('?'));
    }
    std::string state(const std::string& path) { return get("/refunds/" + path.substr(path.rfind('/') + 1))["state"]; }
};

TEST_F(DeskRefunds, one_person_asks_and_another_approves) {
    const std::string payment = paid("UKN1TEST00");
    Browser asker = signed_in(kMlimani, Role::kAdmin), other = signed_in(kMlimani, Role::kAdmin);
    const std::string refund = refund_in(ask_for(asker, payment, "500"));
    Reply own = see(asker, refund);
    EXPECT_TRUE(says(own, "You asked for this refund, so somebody else has to approve it.")) << own.body;
    EXPECT_FALSE(says(own, "/approve"));
    const Reply refused = post_form(asker, refund + "/approve");
    EXPECT_EQ(refused.status, 403);
    EXPECT_TRUE(says(refused, "somebody else has to approve it"));
    EXPECT_EQ(state(refund), "requested");
    EXPECT_TRUE(says(see(other, "/desk/mlimani"), "<span class=\"tile-count\">1</span><span>Refunds to look at</span>"));
    EXPECT_TRUE(says(see(other, "/desk/mlimani/refunds"), refund));
    EXPECT_TRUE(says(see(other, refund), refund + "/approve"));
    EXPECT_EQ(post_form(other, refund + "/approve").header("Location"), refund + "?done=refund_approved");
    EXPECT_EQ(state(refund), "approved");
    EXPECT_TRUE(says(see(other, refund), "Pay it back, then write down here who got it and the voucher number."));
    // Nothing is done without a proof.
    const Reply bare = post_form(other, refund + "/settle", {{"outcome", "done"}, {"reference", ""}, {"note", "Cash"}});
    EXPECT_EQ(bare.status, 422);
    EXPECT_TRUE(says(bare, "id=\"f-reference-wrong\""));
    EXPECT_TRUE(says(bare, "<details class=\"folded\" open>")) << "the field that is wrong is not hidden";
    EXPECT_EQ(
        post_form(other, refund + "/settle", {{"outcome", "done"}, {"note", "Cash"}, {"reference", "V-17"}}).status,
        303);
    run();
    EXPECT_EQ(state(refund), "done");
    const Reply ended = see(other, refund);
    EXPECT_TRUE(says(ended, "KES 500.00 went back, proved by V-17.")) << ended.body;
    EXPECT_TRUE(says(ended, "Person admin1"));
    EXPECT_FALSE(says(see(other, "/desk/mlimani/refunds"), refund));
    EXPECT_TRUE(says(see(other, "/desk/mlimani/refunds?show=all"), refund));
    EXPECT_EQ(get("/payments/" + payment)["refunded_cents"], "50000");
    EXPECT_TRUE(says(see(other, "/desk/mlimani/payments/" + payment), "KES 500.00"));
}

TEST_F(DeskRefunds, a_second_person_declines_with_a_reason_and_the_money_is_free_again) {
    const std::string payment = paid("UKN1TEST00");
    Browser asker = signed_in(kMlimani, Role::kCashier), admin_browser = signed_in(kMlimani, Role::kAdmin);
    const std::string refund = refund_in(ask_for(asker, payment, "1500"));
    EXPECT_EQ(post_form(admin_browser, refund + "/reject", {{"note", "The visit took place"}}).status, 303);
    run();
    EXPECT_EQ(state(refund), "rejected");
    EXPECT_TRUE(says(see(asker, refund), "The refund of KES 1,500.00 was declined. The visit took place"));
    EXPECT_EQ(post_form(admin_browser, refund + "/approve").status, 409);
    const std::string again = refund_in(ask_for(asker, payment, "1500"));
    EXPECT_EQ(post_form(asker, again + "/cancel").status, 303);
    EXPECT_EQ(state(again), "cancelled");
}

TEST_F(DeskRefunds, money_that_a_refund_holds_no_longer_waits_to_be_matched) {
    const std::string payment = nowhere("UKN1TEST00", "800.00");
    Browser browser = signed_in(kMlimani, Role::kAdmin);
    const auto to_match = [&] {
        const std::string tiles = between(see(browser, "/desk/mlimani").body, "id=\"live-tiles\"", "/messages");
        return between(between(tiles, "/desk/mlimani/unallocated", "To match"), "tile-count\">", "<");
    };
    EXPECT_EQ(to_match(), "1");
    EXPECT_TRUE(says(see(browser, "/desk/mlimani/unallocated"), "href=\"/desk/mlimani/payments/" + payment + "\""));
    refund_in(ask_for(browser, payment, "800"));
    EXPECT_EQ(to_match(), "0");
    EXPECT_TRUE(says(see(browser, "/desk/mlimani/unallocated"), "Everything has its place"));
}

TEST_F(DeskRefunds, roles_are_limits) {
    const std::string payment = paid("UKN1TEST00");
    Browser reader_browser = signed_in(kMlimani, Role::kReader), cashier_browser = signed_in(kMlimani, Role::kCashier);
    EXPECT_FALSE(says(see(reader_browser, "/desk/mlimani/payments/" + payment), "/refund\""));
    EXPECT_EQ(ask_for(reader_browser, payment, "500").status, 403);
    const std::string refund = refund_in(ask_for(cashier_browser, payment, "500"));
    Browser second = signed_in(kMlimani, Role::kCashier);
    EXPECT_TRUE(says(see(second, refund), "An administrator who did not ask for it has to approve it."));
    for (const char* deed : {"/approve", "/reject", "/settle"}) {
        EXPECT_EQ(post_form(second, refund + deed).status, 403) << deed;
    }
    EXPECT_EQ(state(refund), "requested");
}

TEST_F(DeskRefunds, what_cannot_go_back_is_refused_where_it_was_typed) {
    const std::string payment = paid("UKN1TEST00"), failed = cancelled();
    Browser browser = signed_in(kMlimani, Role::kCashier);
    const Reply much = ask_for(browser, payment, "1500.01");
    EXPECT_EQ(much.status, 422);
    EXPECT_TRUE(says(much, "id=\"f-amount-wrong\"")) << much.body;
    EXPECT_TRUE(says(much, "At most KES 1,500.00 can go back."));
    EXPECT_TRUE(says(much, "value=\"The visit was cancelled\""));
    EXPECT_EQ(ask_for(browser, payment, "x").status, 422);
    EXPECT_EQ(ask_for(browser, payment, "500", "mpesa", "12").status, 422);
    EXPECT_EQ(ask_for(browser, failed, "500").status, 409);
    EXPECT_FALSE(says(see(browser, "/desk/mlimani/payments/" + failed), "/refund\""));
    // Without an initiator M-Pesa cannot be asked; the sentence says so.
    EXPECT_EQ(ask_for(browser, payment, "1500", "mpesa").status, 409);
    EXPECT_EQ(count("SELECT count(*) FROM refunds"), 0);
}

}  // namespace clinicpro::web::testing
