// What Google's refusals tell the clinic to do; the host's way in, the check and the sweeper's list.
#include "tests/meetings/google_sandbox.hpp"

namespace clinicpro::meetings {
namespace {

using Fault = Failed::Fault;

// --- what the Calendar refuses ---------------------------------------------------------------------------------------

TEST(google_errors, families_of_refusals_are_told_apart) {
    const auto calendar = [](const std::string& reason, const std::string& message = "m") {
        return R"({"error":{"errors":[{"domain":"d","reason":")" + reason +
               R"(","message":"m"}],"code":1,"message":")" + message + "\"}}";
    };
    const auto meet = [](const std::string& status, const std::string& reason) {
        return R"({"error":{"code":403,"message":"m","status":")" + status + R"(","details":[{"reason":")" + reason +
               "\"}]}}";
    };
    const struct {
        int status;
        std::string body;
        Fault fault;
        std::string says;
    } rows[] = {
        {403, calendar("rateLimitExceeded"), Fault::kRate, "fewer requests"},
        {403, calendar("userRateLimitExceeded"), Fault::kRate, "fewer requests"},
        {429, calendar("rateLimitExceeded"), Fault::kRate, "fewer requests"},
        {429, "<html>sorry</html>", Fault::kRate, "fewer requests"},
        {429, meet("RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"), Fault::kRate, "fewer requests"},
        {403, calendar("quotaExceeded"), Fault::kQuota, "used up"},
        {403, calendar("dailyLimitExceeded"), Fault::kQuota, "used up"},
        {403, calendar("insufficientPermissions"), Fault::kConfig, "Domain-wide delegation"},
        {403, meet("PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), Fault::kConfig, "Domain-wide delegation"},
        {403, calendar("forbiddenForServiceAccounts"), Fault::kConfig, "without domain-wide delegation"},
        {403, calendar("accessNotConfigured"), Fault::kConfig, "Google Calendar API"},
        {403, calendar("requiredAccessLevel"), Fault::kConfig, "Make changes to events"},
        {400, calendar("invalid", "Invalid conference type value."), Fault::kConfig, "turn Google Meet on"},
        {400, calendar("timeRangeEmpty", "The specified time range is empty."), Fault::kInvalid, "range is empty"},
    };
    for (const auto& row : rows) {
        const net::Response response{row.status, {}, row.body};
        const Failed failed = google_failure(read_google_refusal(response), response, service_account(),
                                             "dr.wanjiku@clinic.example", kPaperNow);
        EXPECT_EQ(to_string(failed.fault), to_string(row.fault)) << row.body;
        EXPECT_NE(failed.sentence.find(row.says), std::string::npos) << failed.sentence;
        EXPECT_EQ(failed.retry_at.has_value(), is_worth_retrying(row.fault)) << row.body;
    }
}

TEST(google_errors, retry_after_is_obeyed_within_reason) {
    const auto after = [](const std::string& value) {
        return google_retry_after(net::Response{429, {{"Retry-After", value}}, ""}, 20s);
    };
    EXPECT_EQ(after("7"), Duration(7s));
    EXPECT_EQ(after(" 7 "), Duration(7s));
    EXPECT_EQ(after("999999999999"), Duration(24h));
    for (const char* senseless : {"", "-1", "soon", "7s", "99999999999999999999999"}) EXPECT_EQ(after(senseless), 20s);
}

TEST(google_errors, a_limit_that_is_used_up_is_tried_more_often_the_nearer_the_visit) {
    for (const auto& [ahead, wait] : {std::pair<Duration, Duration>{48h, 1h}, {1h, 15min}, {14min, 210s}, {-5min, 2min}}) {
        GoogleSandbox side;
        GoogleClinic clinic(side);
        side.steer("PUT", "/_sandbox/faults", R"({"name":"google_quota"})");
        Intent visit = paper_visit();
        visit.start = side.now + ahead;
        visit.end = visit.start + 30min;
        const Answer answer = clinic.run(Verb::kCreate, visit);
        ASSERT_TRUE(std::holds_alternative<Failed>(answer));
        const Failed& failed = std::get<Failed>(answer);
        EXPECT_EQ(failed.fault, Fault::kQuota);
        // The clock of the sandbox moves on by a second with each request.
        EXPECT_LE(std::chrono::abs(*failed.retry_at - side.now - wait), 3s) << wait / 1s;
    }
}

TEST(google_errors, a_service_account_without_a_user_is_told_what_to_set_before_anything_is_sent) {
    GoogleSandbox side;
    GoogleClinic clinic(side, side.robot(""));
    const Answer answer = clinic.run(Verb::kCreate, paper_visit());
    ASSERT_TRUE(std::holds_alternative<Failed>(answer));
    EXPECT_EQ(std::get<Failed>(answer).fault, Fault::kConfig);
    EXPECT_NE(std::get<Failed>(answer).sentence.find("subject"), std::string::npos);
    EXPECT_TRUE(side.seen.empty());
    // The host of the visit is such a user.
    Intent visit = paper_visit();
    visit.host = "dr.otieno@mlimani.example";
    EXPECT_TRUE(std::holds_alternative<Ready>(clinic.run(Verb::kCreate, visit)));
}

TEST(google_errors, a_calendar_that_may_hold_no_meet_links_is_a_setting_and_not_tried_again) {
    GoogleSandbox side;
    side.switches().google_meet_allowed = false;
    GoogleClinic clinic(side);
    const Answer answer = clinic.run(Verb::kCreate, paper_visit());
    ASSERT_TRUE(std::holds_alternative<Failed>(answer));
    EXPECT_EQ(std::get<Failed>(answer).fault, Fault::kConfig);
    EXPECT_TRUE(side.live().empty());
}

TEST(google_errors, meet_settings_a_plan_does_not_have_are_said_aloud) {
    GoogleSandbox side;
    GoogleSettings settings = side.robot();
    settings.recording = true;
    for (const bool kept : {true, false}) {
        side.switches().google_recording_allowed = !kept;
        if (!kept) side.steer("PUT", "/_sandbox/faults", R"({"name":"google_space_not_kept"})");
        GoogleClinic clinic(side, settings);
        const Answer answer = clinic.run(Verb::kCreate, paper_visit());
        ASSERT_TRUE(std::holds_alternative<Failed>(answer));
        EXPECT_EQ(std::get<Failed>(answer).fault, Fault::kConfig);
        EXPECT_NE(std::get<Failed>(answer).sentence.find("Turn off"), std::string::npos);
    }
}

TEST(google_errors, what_is_kept_between_turns_holds_no_door) {
    GoogleSandbox side;
    GoogleSettings settings = side.robot();
    settings.access = GoogleAccess::kOpen;
    GoogleClinic clinic(side, settings);
    const Operation operation{.verb = Verb::kCreate, .intent = paper_visit(), .provider_id = {}};
    std::string memos;
    for (int turns = 0; turns < 10; ++turns) {
        Step step = clinic.adapter->next(operation, clinic.position, side.now);
        const Send* send = std::get_if<Send>(&step);
        ASSERT_NE(send, nullptr);
        Turn turn =
            clinic.adapter->absorb(operation, send->step, clinic.position, side.exchange(send->request), side.now);
        if (std::holds_alternative<Answer>(turn)) break;
        Onward& onward = std::get<Onward>(turn);
        memos += onward.memo + "\n";
        clinic.position.memo = onward.memo;
        if (onward.grant) clinic.position.grant = *std::move(onward.grant);
    }
    ASSERT_EQ(side.live().size(), 1u);
    EXPECT_EQ(side.live()[0].access, "OPEN");
    EXPECT_NE(memos.find("space"), std::string::npos);
    EXPECT_EQ(memos.find(side.live()[0].link.substr(side.live()[0].link.rfind('/') + 1)), std::string::npos) << memos;
}

// --- host link, check, list ------------------------------------------------------------------------------------------

TEST(google_host, the_host_enters_by_the_same_link_signed_in_with_his_own_account) {
    GoogleSandbox side;
    GoogleClinic clinic(side);
    const Ready made = std::get<Ready>(clinic.keep(Verb::kCreate, paper_visit()));
    const Answer door = clinic.run(Verb::kHostLink, {}, made.provider_id);
    ASSERT_TRUE(std::holds_alternative<HostLink>(door));
    EXPECT_EQ(std::get<HostLink>(door).url.reveal(), made.patient_url);
}

std::string levels(const Answer& answer, std::string* all = nullptr) {
    std::string out;
    EXPECT_TRUE(std::holds_alternative<Checked>(answer));
    if (!std::holds_alternative<Checked>(answer)) return out;
    for (const Finding& finding : std::get<Checked>(answer).findings) {
        out += finding.level == Finding::Level::kGood ? "g" : finding.level == Finding::Level::kWarning ? "w" : "P";
        if (all != nullptr) *all += finding.sentence + "\n";
    }
    return out;
}

TEST(google_check, a_good_connection_is_all_good_and_makes_nothing) {
    GoogleSandbox side;
    for (const bool robot : {true, false}) {
        GoogleClinic clinic(side, robot ? side.robot() : side.user());
        EXPECT_EQ(levels(clinic.run(Verb::kCheck, {})), "gggggg");
    }
    EXPECT_TRUE(side.daraja.google().state().events.empty());
}

TEST(google_check, each_fault_of_a_connection_is_found) {
    const struct {
        std::string levels, says;
        std::function<GoogleSettings(GoogleSandbox&)> make;
    } rows[] = {
        {"P", "Domain-wide delegation",
         [](auto& s) {
             s.switches().google_delegation = false;
             return s.robot();
         }},
        {"P", "calendar.calendars.readonly",
         [](auto& s) {
             s.switches().google_delegated_scopes = "calendar.events";
             return s.robot();
         }},
        {"P", "knows no user", [](auto& s) { return s.robot("nobody@mlimani.example"); }},
        {"PgggPg", "subject", [](auto& s) { return s.robot(""); }},
        {"gggP"
         "g",
         "no calendar",
         [](auto& s) {
             GoogleSettings settings = s.robot();
             settings.calendar_id = "lost@group.calendar.example";
             return settings;
         }},
        {"ggggPg", "turn Google Meet on",
         [](auto& s) {
             s.switches().google_meet_allowed = false;
             return s.robot();
         }},
        {"P", "connect google",
         [](auto& s) {
             GoogleSettings settings = s.user();
             s.steer("POST", "/_sandbox/google/revoke");
             return settings;
         }},
        {"gggggw", "without knocking",
         [](auto& s) {
             GoogleSettings settings = s.robot();
             settings.access = GoogleAccess::kOpen;
             return settings;
         }},
    };
    for (const auto& row : rows) {
        GoogleSandbox side;
        GoogleClinic clinic(side, row.make(side));
        std::string all;
        EXPECT_EQ(levels(clinic.run(Verb::kCheck, {}), &all), row.levels) << all;
        EXPECT_NE(all.find(row.says), std::string::npos) << all;
    }
}

TEST(google_check, a_right_left_unticked_and_a_wrong_clock_are_found) {
    GoogleSandbox side;
    GoogleSettings settings = side.user();
    const auto half = side.steer("POST", "/_sandbox/google/connect",
                                 R"({"who":"kisumu.clinic@mail.example",)"
                                 R"("scope":"https://www.googleapis.com/auth/calendar.calendars.readonly"})");
    settings.refresh_token = Secret<>(*half.root()["refresh_token"].text());
    GoogleClinic clinic(side, settings);
    std::string all;
    EXPECT_EQ(levels(clinic.run(Verb::kCheck, {}), &all), "gPgggg") << all;
    EXPECT_NE(all.find("calendar.events"), std::string::npos);

    GoogleClinic late(side, side.user());
    side.steer("POST", "/_sandbox/clock", R"({"offset_seconds":100})");
    EXPECT_EQ(levels(late.run(Verb::kCheck, {})), "ggwggg");
    side.steer("POST", "/_sandbox/clock", R"({"offset_seconds":-1000})");
    all.clear();
    EXPECT_EQ(levels(late.run(Verb::kCheck, {}), &all), "ggPggg");
    EXPECT_NE(all.find("ahead of"), std::string::npos) << all;
    GoogleClinic robot(side);  // whose assertion is then refused
    all.clear();
    EXPECT_EQ(levels(robot.run(Verb::kCheck, {}), &all), "P");
    EXPECT_NE(all.find("clock is wrong"), std::string::npos) << all;
}

TEST(google_list, it_gives_ours_over_all_pages_and_nothing_made_by_hand) {
    GoogleSandbox side;
    side.switches().google_page_most = 2;
    GoogleClinic clinic(side);
    Intent span = paper_visit();
    for (int i = 0; i < 5; ++i) {
        Intent visit = paper_visit();
        visit.key = "apt_" + std::to_string(i) + "_1";
        visit.start = visit.start + i * 1h;
        visit.end = visit.start + 30min;
        ASSERT_TRUE(std::holds_alternative<Ready>(clinic.keep(Verb::kCreate, visit)));
    }
    for (auto& [place, event] : side.daraja.google().state().events) {
        if (event.private_properties["clinicpro_key"] == "apt_3_1") event.private_properties.clear();
    }
    span.start = paper_visit().start + 15min;  // the first has begun, but not ended
    span.end = paper_visit().start + 24h;
    const Answer answer = clinic.run(Verb::kList, span);
    ASSERT_TRUE(std::holds_alternative<Listed>(answer));
    std::map<std::string, Listed::One> found;
    for (const auto& one : std::get<Listed>(answer).meetings) found[one.key] = one;
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found["apt_2_1"].start, paper_visit().start + 2h);
    EXPECT_TRUE(
        std::holds_alternative<Cancelled>(clinic.run(Verb::kCancel, paper_visit(), found["apt_4_1"].provider_id)));
    EXPECT_EQ(side.live().size(), 4u);
    span.end = span.start;
    EXPECT_TRUE(std::holds_alternative<Listed>(clinic.run(Verb::kList, span)));
}

}  // namespace
}  // namespace clinicpro::meetings
