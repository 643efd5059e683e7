// Facts about falling back to another provider: only when the clinic said so, only when the first made nothing, and in
// everybody's sight.
#include "tests/invoices/ledger_provider.hpp"

namespace clinicpro::invoices::testing {

using meetings::Kind;
using Asked = std::vector<std::string>;

class Fallback : public LedgerTest {};

TEST_F(Fallback, without_an_order_nothing_is_ever_made_elsewhere) {
    zoom.always["create"] = Fault::kQuota;
    confirm();
    pass_long(23h + 50min);
    EXPECT_EQ(google.made, 0);
    EXPECT_EQ(meeting().provider, "zoom");
    EXPECT_EQ(meeting().note, "No more today.");
    EXPECT_EQ(meeting().fell_back_from, "");
}

TEST_F(Fallback, a_provider_that_refuses_is_looked_through_and_then_the_next_one_makes_it) {
    fall_back_to({Kind::kGoogleMeet, Kind::kSimple});
    zoom.always["create"] = Fault::kQuota;
    confirm();
    EXPECT_EQ(zoom.asked, (Asked{"token", "create", "find"}));
    EXPECT_EQ(google.asked, (Asked{"token", "create"}));
    EXPECT_EQ(meeting().state, "ready");
    EXPECT_EQ(meeting().provider, "google_meet");
    EXPECT_EQ(meeting().fell_back_from, "zoom");
    EXPECT_EQ(meeting().fell_back_why, "No more today.");
    EXPECT_EQ(door(), "https://google.test/j/m1");
    EXPECT_EQ(world.meetings(), 1);
    EXPECT_EQ(audited("meeting.fell_back"), 1);
    cancel();
    EXPECT_TRUE(google.held.empty());
    EXPECT_EQ(zoom.asked, (Asked{"token", "create", "find"}));
}

TEST_F(Fallback, all_providers_are_asked_in_order_and_the_first_one_s_reason_is_kept) {
    fall_back_to({Kind::kGoogleMeet, Kind::kSimple});
    zoom.always["create"] = Fault::kMisconfigured;
    google.always["token"] = Fault::kDead;
    confirm();
    EXPECT_EQ(meeting().provider, "simple");
    EXPECT_EQ(meeting().fell_back_from, "zoom");
    EXPECT_EQ(meeting().fell_back_why, "Turn meetings on for this host.");
    EXPECT_TRUE(door().starts_with("https://meet.example/r/"));
    EXPECT_EQ(audited("meeting.fell_back"), 2);
    EXPECT_EQ(world.meetings(), 1);
}

TEST_F(Fallback, a_meeting_in_doubt_blocks_it_until_the_provider_can_say) {
    fall_back_to({Kind::kGoogleMeet});
    zoom.faults["create"] = {Fault::kDoneAndLost};
    zoom.always["find"] = Fault::kLost;
    confirm();
    pass_long(23h + 55min);  // even into the minutes before the visit
    EXPECT_EQ(google.made, 0);
    EXPECT_EQ(meeting().provider, "zoom");
    zoom.always.clear();
    world.pass(1min);
    EXPECT_EQ(meeting().state, "ready");
    EXPECT_EQ(door(), "https://zoom.test/j/m1");
    EXPECT_EQ(zoom.held.size(), 1u);
}

TEST_F(Fallback, what_the_look_finds_is_adopted_instead) {
    fall_back_to({Kind::kGoogleMeet});
    zoom.faults["create"] = {Fault::kDoneAndLost, Fault::kQuota};
    zoom.faults["find"] = {Fault::kNone};
    // The list lags behind: it says no, then the second create is refused, and the look before leaving finds the first.
    const auto serve = world.client.serve;
    int looks = 0;
    world.client.serve = [&](const net::ClientRequest& request) -> net::Outcome {
        if (request.url == "https://zoom.test/find" && ++looks == 1) return net::Response{.status = 404};
        return serve(request);
    };
    confirm();
    world.pass(1h);
    EXPECT_EQ(looks, 2);
    EXPECT_EQ(google.made, 0);
    EXPECT_EQ(meeting().state, "ready");
    EXPECT_EQ(meeting().provider, "zoom");
    EXPECT_EQ(zoom.held.size(), 1u);
}

TEST_F(Fallback, a_look_that_meets_trouble_is_repeated_before_anything_is_left) {
    fall_back_to({Kind::kGoogleMeet});
    // It was made, and what came back was a refusal; then the list is out of reach for a while.
    const auto serve = world.client.serve;
    world.client.serve = [&](const net::ClientRequest& request) -> net::Outcome {
        const net::Outcome outcome = serve(request);
        return request.url == "https://zoom.test/create" ? net::Outcome(net::Response{.status = 429}) : outcome;
    };
    zoom.faults["find"] = {Fault::kRefused, Fault::kQuota, Fault::kNotSent};
    confirm();
    pass_long(1h);
    EXPECT_EQ(google.made, 0);
    EXPECT_EQ(meeting().provider, "zoom");
    EXPECT_EQ(meeting().state, "ready");
    EXPECT_EQ(zoom.held.size(), 1u);
}

TEST_F(Fallback, passing_trouble_is_waited_out_until_shortly_before_the_visit) {
    fall_back_to({Kind::kSimple});
    zoom.always["create"] = Fault::kNotSent;
    zoom.always["find"] = Fault::kNotSent;
    confirm();
    world.pass(1h);
    EXPECT_EQ(meeting().provider, "zoom");
    EXPECT_EQ(meeting().state, "wanted");
    while (world.clock.at < world.now(visit).starts_at - 15min && meeting().provider == "zoom") world.pass(1min);
    EXPECT_EQ(meeting().provider, "simple");
    EXPECT_EQ(meeting().fell_back_from, "zoom");
    EXPECT_TRUE(meeting().has_link);
}

TEST_F(Fallback, a_link_that_does_not_come_in_time_is_given_up_and_taken_down) {
    fall_back_to({Kind::kGoogleMeet});
    zoom.is_pending = true;
    confirm();
    EXPECT_EQ(meeting().state, "pending");
    while (world.clock.at < world.now(visit).starts_at - 15min && meeting().provider == "zoom") world.pass(1min);
    EXPECT_EQ(meeting().state, "ready");
    EXPECT_EQ(meeting().provider, "google_meet");
    EXPECT_TRUE(zoom.held.empty());
    EXPECT_EQ(google.held.size(), 1u);
}

TEST_F(Fallback, one_that_everybody_refuses_says_why_and_starts_at_the_first_again) {
    fall_back_to({Kind::kGoogleMeet});
    zoom.always["create"] = google.always["create"] = Fault::kMisconfigured;
    confirm();
    EXPECT_EQ(meeting().state, "failed");
    EXPECT_EQ(meeting().note, "Turn meetings on for this host.");
    EXPECT_EQ(meeting().fell_back_from, "zoom");
    zoom.always.clear();
    use(Kind::kZoom);
    EXPECT_EQ(meeting().state, "ready");
    EXPECT_EQ(meeting().provider, "zoom");
    EXPECT_EQ(meeting().fell_back_from, "");
    EXPECT_EQ(world.meetings(), 1);
}

TEST_F(Fallback, an_order_names_each_provider_once_and_only_those_that_are_set_up) {
    const auto set = [&](ClinicId clinic, std::vector<Kind> kinds) {
        return world.attempt(clinic, [&](auto& context, auto& tx) {
            return meeting_fallback::set_order(context, tx, kinds, "test");
        });
    };
    EXPECT_EQ(set(World::kMlimani, {Kind::kSimple, Kind::kSimple}).error().field, "order");
    EXPECT_EQ(set(World::kPwani, {Kind::kZoom}).error().field, "order");  // its own set-up is its own
    EXPECT_EQ(set(kSystem, {Kind::kSimple}).error().field, "clinic");
    EXPECT_TRUE(set(World::kPwani, {Kind::kSimple}));  // by the default
    const auto order = [&](ClinicId clinic) {
        return world.in(clinic, [](auto&, auto& tx) { return meeting_fallback::order(tx); });
    };
    EXPECT_EQ(order(World::kPwani), std::vector<Kind>{Kind::kSimple});
    EXPECT_TRUE(order(World::kMlimani).empty());
    EXPECT_TRUE(set(World::kPwani, {}));
    EXPECT_TRUE(order(World::kPwani).empty());
}

TEST(fallback, the_next_one_is_found_from_wherever_it_stands) {
    using meeting_fallback::next_after;
    const std::vector<Kind> order{Kind::kSimple, Kind::kZoom, Kind::kGoogleMeet};
    EXPECT_EQ(next_after(Kind::kZoom, Kind::kZoom, order), Kind::kSimple);
    EXPECT_EQ(next_after(Kind::kSimple, Kind::kZoom, order), Kind::kGoogleMeet);
    EXPECT_EQ(next_after(Kind::kGoogleMeet, Kind::kZoom, order), std::nullopt);
    EXPECT_EQ(next_after(Kind::kGoogleMeet, Kind::kZoom, {Kind::kSimple}), Kind::kZoom);
    EXPECT_EQ(next_after(Kind::kZoom, Kind::kZoom, {}), std::nullopt);
}

}  // namespace clinicpro::invoices::testing
