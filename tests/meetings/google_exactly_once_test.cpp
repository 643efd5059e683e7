// Whatever goes wrong at whatever request: one visit, one live meeting in Google's own list, and nobody mailed by
// Google.
#include "tests/meetings/google_sandbox.hpp"

namespace clinicpro::meetings {
namespace {

const std::string kFaults[] = {
    "lost",
    "dropped",
    "unsent",
    R"({"name":"request_lost"})",
    R"({"name":"response_lost_after_queue"})",
    R"({"name":"http_500","stage":"before"})",
    R"({"name":"http_500","stage":"after"})",
    R"({"name":"http_busy","stage":"after"})",
    R"({"name":"http_502","stage":"before"})",
    R"({"name":"http_503","stage":"after"})",
    R"({"name":"http_429_fault","stage":"before"})",
    R"({"name":"http_403_html","stage":"after"})",
    R"({"name":"token_dies"})",
    R"({"name":"google_rate"})",
    R"({"name":"google_quota"})",
    R"({"name":"google_not_seen_yet"})",
    R"({"name":"answer_html"})",
    R"({"name":"answer_truncated"})",
    R"({"name":"answer_empty"})",
    R"({"name":"google_conference_fails"})",
    R"({"name":"google_conference_pending","times":3})",
};

enum class Way { kRobot, kUser, kSettings };
const Way kWays[] = {Way::kRobot, Way::kUser, Way::kSettings};

GoogleSettings settings_for(GoogleSandbox& side, Way way) {
    if (way == Way::kUser) return side.user();
    GoogleSettings settings = side.robot();
    if (way == Way::kSettings) {
        settings.access = GoogleAccess::kOpen;
        settings.recording = true;
        side.switches().google_recording_allowed = true;
    }
    return settings;
}

// Runs the visit's whole life with the fault at request number `at`; gives how many requests it took.
int live_once(Way way, const std::string& fault, int at) {
    SCOPED_TRACE(fault + " at request " + std::to_string(at) + ", way " + std::to_string(int(way)));
    GoogleSandbox side;
    GoogleClinic clinic(side, settings_for(side, way));
    side.fault = fault;
    side.fault_at = at;
    Intent visit = paper_visit();
    const Answer made = clinic.keep(Verb::kCreate, visit);
    EXPECT_TRUE(std::holds_alternative<Ready>(made)) << made.index();
    if (!std::holds_alternative<Ready>(made)) return 0;
    const Ready ready = std::get<Ready>(made);
    const auto after_create = side.live();
    EXPECT_EQ(after_create.size(), 1u);
    if (after_create.size() != 1) return 0;
    EXPECT_EQ(ready.patient_url, after_create[0].link);
    EXPECT_EQ(after_create[0].key, visit.key);
    if (way == Way::kSettings) EXPECT_EQ(after_create[0].access + after_create[0].recording, "OPENON");

    // Asked again, as after a restart that forgot the answer: the same meeting.
    const Answer again = clinic.keep(Verb::kCreate, visit);
    EXPECT_TRUE(std::holds_alternative<Ready>(again) && std::get<Ready>(again).patient_url == ready.patient_url);

    visit.start = visit.start + 24h;
    visit.end = visit.end + 24h;
    const Answer moved = clinic.keep(Verb::kUpdate, visit, ready.provider_id);
    EXPECT_TRUE(std::holds_alternative<Ready>(moved) && std::get<Ready>(moved).patient_url == ready.patient_url);
    const auto after_move = side.live();
    EXPECT_TRUE(after_move.size() == 1 && after_move[0].start == to_iso(visit.start));
    for (const auto& row : after_move) {
        for (const std::string_view mails : text::split(row.mails, ' ')) EXPECT_TRUE(mails.empty() || mails == "none");
    }

    EXPECT_TRUE(std::holds_alternative<Cancelled>(clinic.keep(Verb::kCancel, visit, ready.provider_id)));
    EXPECT_TRUE(side.live().empty());
    EXPECT_TRUE(std::holds_alternative<Cancelled>(clinic.keep(Verb::kCancel, visit, ready.provider_id)));
    return side.requests;
}

TEST(google_exactly_once, under_every_fault_at_every_request) {
    for (const Way way : kWays) {
        const int requests = live_once(way, "none", 0);
        ASSERT_GE(requests, 7);
        for (const std::string& fault : kFaults) {
            for (int at = 1; at <= requests; ++at) {
                live_once(way, fault, at);
                if (HasFailure()) return;
            }
        }
    }
}

TEST(google_exactly_once, the_test_itself_would_see_a_second_meeting) {
    GoogleSandbox side;
    GoogleClinic clinic(side);
    Intent other = paper_visit();
    other.key = "apt_other_1";
    clinic.keep(Verb::kCreate, paper_visit());
    clinic.keep(Verb::kCreate, other);
    EXPECT_EQ(side.live().size(), 2u);
}

TEST(google_exactly_once, a_cancelled_key_is_used_up_and_the_next_generation_serves) {
    GoogleSandbox side;
    GoogleClinic clinic(side);
    Intent visit = paper_visit();
    const Ready first = std::get<Ready>(clinic.keep(Verb::kCreate, visit));
    clinic.keep(Verb::kCancel, visit, first.provider_id);
    EXPECT_TRUE(std::holds_alternative<Absent>(clinic.run(Verb::kCreate, visit)));
    EXPECT_TRUE(std::holds_alternative<Absent>(clinic.run(Verb::kFind, visit)));
    EXPECT_TRUE(std::holds_alternative<Absent>(clinic.run(Verb::kUpdate, visit, first.provider_id)));
    EXPECT_TRUE(std::holds_alternative<Absent>(clinic.run(Verb::kHostLink, visit, first.provider_id)));
    visit.key = "apt_0c5t7v2k9m1qa_2";
    const Answer second = clinic.keep(Verb::kCreate, visit);
    ASSERT_TRUE(std::holds_alternative<Ready>(second));
    EXPECT_NE(std::get<Ready>(second).patient_url, first.patient_url);
    EXPECT_EQ(side.live().size(), 1u);
}

TEST(google_exactly_once, a_lost_create_is_adopted_at_the_time_the_visit_has_now) {
    GoogleSandbox side;
    GoogleClinic clinic(side);
    side.fault = "lost";
    side.fault_at = 2;
    Intent visit = paper_visit();
    ASSERT_TRUE(std::holds_alternative<Unknown>(clinic.run(Verb::kCreate, visit)));
    visit.start = visit.start + 1h;
    visit.end = visit.end + 1h;
    ASSERT_TRUE(std::holds_alternative<Ready>(clinic.run(Verb::kCreate, visit)));
    ASSERT_EQ(side.live().size(), 1u);
    EXPECT_EQ(side.live()[0].start, to_iso(visit.start));
}

TEST(google_exactly_once, an_event_of_somebody_else_with_our_id_is_not_adopted) {
    GoogleSandbox side;
    GoogleClinic clinic(side);
    clinic.keep(Verb::kCreate, paper_visit());
    for (auto& [place, event] : side.daraja.google().state().events) event.private_properties["clinicpro_key"] = "x";
    const Answer answer = clinic.run(Verb::kCreate, paper_visit());
    ASSERT_TRUE(std::holds_alternative<Failed>(answer));
    EXPECT_EQ(std::get<Failed>(answer).fault, Failed::Fault::kInvalid);
}

TEST(google_exactly_once, a_meeting_deleted_by_hand_is_absent_when_it_is_to_be_moved) {
    for (const char* how : {"forbidden", "gone"}) {
        GoogleSandbox side;
        side.switches().google_patch_of_deleted = how;
        GoogleClinic clinic(side);
        const Ready made = std::get<Ready>(clinic.keep(Verb::kCreate, paper_visit()));
        side.steer("DELETE", "/_sandbox/google/meetings/" + side.live()[0].id);
        EXPECT_TRUE(std::holds_alternative<Absent>(clinic.keep(Verb::kUpdate, paper_visit(), made.provider_id))) << how;
    }
}

TEST(google_exactly_once, a_meeting_stays_where_it_was_made_when_the_settings_change) {
    GoogleSandbox side;
    GoogleClinic before(side);
    const Ready made = std::get<Ready>(before.keep(Verb::kCreate, paper_visit()));
    GoogleClinic after(side, side.robot("dr.otieno@mlimani.example"));
    after.position = before.position;  // the clinic's grant of the other account is not used for this one
    Intent second = paper_visit();
    second.key = "apt_second_1";
    ASSERT_TRUE(std::holds_alternative<Ready>(after.keep(Verb::kCreate, second)));
    EXPECT_EQ(side.daraja.google().state().events.begin()->first.first, "dr.otieno@mlimani.example");
    ASSERT_TRUE(std::holds_alternative<Cancelled>(after.keep(Verb::kCancel, paper_visit(), made.provider_id)));
    ASSERT_EQ(side.live().size(), 1u);
    EXPECT_EQ(side.live()[0].key, "apt_second_1");
    // By one user's consent nobody else's calendar can be reached: that is said, not taken for done.
    GoogleClinic user(side, side.user());
    const Answer unreachable = user.run(Verb::kCancel, paper_visit(), made.provider_id);
    ASSERT_TRUE(std::holds_alternative<Failed>(unreachable));
    EXPECT_EQ(std::get<Failed>(unreachable).fault, Failed::Fault::kConfig);
}

}  // namespace
}  // namespace clinicpro::meetings
