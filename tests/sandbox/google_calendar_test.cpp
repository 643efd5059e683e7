// The sandbox's Calendar and Meet: every rule that a client could fall over.
#include "tests/sandbox/google_play.hpp"

namespace clinicpro::sandbox {
namespace {

struct GoogleCalendarApi : testing::Test {
    GooglePlay play;
    void SetUp() override { play.sign_in_as(GooglePlay::kWanjiku); }
    static std::string reason(const net::Response& response) { return GooglePlay::reason(response); }
    net::Response get(const std::string& id) { return play.ask("GET", std::string(GooglePlay::kEvents) + "/" + id); }
    net::Response patch(const std::string& id, const std::string& body, net::Headers headers = {}) {
        return play.ask("PATCH", std::string(GooglePlay::kEvents) + "/" + id + "?conferenceDataVersion=1", body,
                        std::move(headers));
    }
    net::Response remove(const std::string& id) {
        return play.ask("DELETE", std::string(GooglePlay::kEvents) + "/" + id);
    }
};

TEST_F(GoogleCalendarApi, an_event_with_a_conference_has_its_link_and_all_that_google_adds) {
    const auto made = play.insert(GooglePlay::event("visit1", GooglePlay::conference()));
    ASSERT_EQ(made.status, 200) << made.body;
    const auto document = GooglePlay::read(made);
    const json::View root = document.root();
    EXPECT_TRUE(GooglePlay::link(made).starts_with("https://meet.google.com/"));
    EXPECT_EQ(*root["start"]["dateTime"].text(), "2026-03-05T13:00:00+03:00");
    EXPECT_EQ(*root["iCalUID"].text(), "visit1@google.com");
    EXPECT_EQ(*root["organizer"]["email"].text(), GooglePlay::kWanjiku);
    EXPECT_EQ(*root["conferenceData"]["createRequest"]["status"]["statusCode"].text(), "success");
    EXPECT_EQ(*root["conferenceData"]["entryPoints"].at(0)["uri"].text(), GooglePlay::link(made));
    EXPECT_EQ(std::string(made.header("ETag")), *root["etag"].text());
}

TEST_F(GoogleCalendarApi, without_the_version_the_conference_is_silently_left_out) {
    EXPECT_EQ(GooglePlay::link(play.insert(GooglePlay::event("visit1", GooglePlay::conference()), "")), "none");
}

TEST_F(GoogleCalendarApi, what_is_wrong_is_refused) {
    const struct {
        std::string body, query, reason;
        int status;
    } rows[] = {
        {GooglePlay::event("ABCDE"), "", "invalid", 400},
        {GooglePlay::event("abcd"), "", "invalid", 400},
        {GooglePlay::event("abcdx"), "", "invalid", 400},
        {GooglePlay::event("visit1", ",\"sumary\":\"x\""), "", "invalid", 400},
        {GooglePlay::event("visit1", ",\"visibility\":\"secret\""), "", "invalid", 400},
        {GooglePlay::event("visit1", ",\"guestsCanModify\":\"no\""), "", "invalid", 400},
        {GooglePlay::event("visit1", GooglePlay::conference("r", "eventHangout")), "?conferenceDataVersion=1",
         "invalid", 400},
        {GooglePlay::event("visit1", GooglePlay::conference("")), "?conferenceDataVersion=1", "required", 400},
        {GooglePlay::event("visit1", ",\"conferenceData\":{\"conferenceId\":\"abc\"}"), "?conferenceDataVersion=1",
         "invalid", 400},
        {GooglePlay::event("visit1"), "?sendUpdates=some", "invalidParameter", 400},
        {GooglePlay::event("visit1"), "?conferenceVersion=1", "invalidParameter", 400},
        {R"({"id":"visit1","start":{"dateTime":"2026-03-05T10:00:00Z"}})", "", "required", 400},
        {R"({"id":"visit1","start":{"dateTime":"2026-03-05T10:00:00"},"end":{"dateTime":"2026-03-05T11:00:00"}})", "",
         "required", 400},
        {R"({"id":"visit1","start":{"dateTime":"2026-03-05T10:00:00Z"},"end":{"dateTime":"2026-03-05T10:00:00Z"}})", "",
         "timeRangeEmpty", 400},
        {"[]", "", "parseError", 400},
    };
    for (const auto& row : rows) {
        const auto answer = play.insert(row.body, row.query);
        EXPECT_EQ(answer.status, row.status) << row.body;
        EXPECT_EQ(reason(answer), row.reason) << row.body << answer.body;
    }
    EXPECT_TRUE(play.daraja.google().state().events.empty());
}

TEST_F(GoogleCalendarApi, an_id_is_taken_for_ever_and_deleting_twice_is_gone) {
    play.insert(GooglePlay::event("visit1", GooglePlay::conference()));
    EXPECT_EQ(reason(play.insert(GooglePlay::event("visit1"))), "duplicate");
    EXPECT_EQ(remove("visit1").status, 204);
    EXPECT_EQ(reason(remove("visit1")), "deleted");
    EXPECT_EQ(reason(play.insert(GooglePlay::event("visit1"))), "duplicate");
    EXPECT_EQ(*GooglePlay::read(get("visit1")).root()["status"].text(), "cancelled");
    EXPECT_EQ(reason(patch("visit1", "{}")), "forbidden");
    EXPECT_EQ(reason(get("visit2")), "notFound");
    EXPECT_EQ(reason(remove("visit2")), "notFound");
}

TEST_F(GoogleCalendarApi, a_patch_changes_what_it_names_and_the_link_stays) {
    const auto made = play.insert(GooglePlay::event(
        "visit1", GooglePlay::conference() + R"(,"extendedProperties":{"private":{"a":"1","b":"2"}})"));
    const auto moved = patch("visit1", R"({"start":{"dateTime":"2026-03-06T10:00:00","timeZone":"Africa/Nairobi"},)"
                                       R"("end":{"dateTime":"2026-03-06T11:00:00+03:00"},)"
                                       R"("extendedProperties":{"private":{"b":null,"c":"3"}}})");
    ASSERT_EQ(moved.status, 200) << moved.body;
    EXPECT_EQ(GooglePlay::link(moved), GooglePlay::link(made));
    const auto document = GooglePlay::read(moved);
    EXPECT_EQ(*document.root()["start"]["dateTime"].text(), "2026-03-06T10:00:00+03:00");
    EXPECT_EQ(*document.root()["summary"].text(), "Online visit");
    EXPECT_EQ(*document.root()["sequence"].integer(), 1);
    EXPECT_EQ(document.root()["extendedProperties"]["private"].size(), 2u);
    const std::string old(made.header("ETag"));
    EXPECT_EQ(reason(patch("visit1", "{}", {{"If-Match", old}})), "conditionNotMet");
    EXPECT_EQ(patch("visit1", "{}", {{"If-Match", std::string(moved.header("ETag"))}}).status, 200);
    EXPECT_EQ(reason(patch("visit1", R"({"end":{"dateTime":"2026-03-01T00:00:00Z"}})")), "timeRangeEmpty");
}

TEST_F(GoogleCalendarApi, the_same_request_id_is_ignored_and_another_makes_another_room) {
    const std::string first = GooglePlay::link(play.insert(GooglePlay::event("visit1", GooglePlay::conference("r1"))));
    const auto ask = [&](const std::string& id) {
        return GooglePlay::link(patch("visit1", "{" + GooglePlay::conference(id).substr(1) + "}"));
    };
    EXPECT_EQ(ask("r1"), first);
    EXPECT_NE(ask("r2"), first);
}

TEST_F(GoogleCalendarApi, a_conference_may_be_pending_or_fail) {
    play.switches().google_pending_reads = 2;
    EXPECT_EQ(GooglePlay::link(play.insert(GooglePlay::event("visit1", GooglePlay::conference()))), "none");
    EXPECT_EQ(GooglePlay::link(get("visit1")), "none");
    EXPECT_NE(GooglePlay::link(get("visit1")), "none");
    play.switches().google_pending_reads = 0;
    play.steer("PUT", "faults", R"({"name":"google_conference_fails","method":"POST"})");
    const auto failed = play.insert(GooglePlay::event("visit2", GooglePlay::conference()));
    EXPECT_EQ(*GooglePlay::read(failed).root()["conferenceData"]["createRequest"]["status"]["statusCode"].text(),
              "failure");
    EXPECT_FALSE(Google::is_live(play.daraja.google().state().events.rbegin()->second));
    EXPECT_NE(GooglePlay::link(patch("visit2", "{" + GooglePlay::conference("r2").substr(1) + "}")), "none");
}

TEST_F(GoogleCalendarApi, a_robot_by_itself_gets_no_links_and_invites_nobody) {
    play.sign_in_as("");
    EXPECT_EQ(play.insert(GooglePlay::event("visit1")).status, 200);
    EXPECT_EQ(reason(play.insert(GooglePlay::event("visit2", GooglePlay::conference()))), "invalid");
    EXPECT_EQ(reason(play.insert(GooglePlay::event("visit3", R"(,"attendees":[{"email":"a@b.example"}])"))),
              "forbiddenForServiceAccounts");
    const auto calendar = GooglePlay::read(play.ask("GET", "/google/calendar/v3/calendars/primary"));
    EXPECT_EQ(calendar.root()["conferenceProperties"]["allowedConferenceSolutionTypes"].size(), 0u);
    // Even in the calendar of a person who shares it.
    const auto shared =
        play.ask("POST", "/google/calendar/v3/calendars/visits@group.calendar.example/events?conferenceDataVersion=1",
                 GooglePlay::event("visit4", GooglePlay::conference()));
    EXPECT_EQ(reason(shared), "invalid");
}

TEST_F(GoogleCalendarApi, a_calendar_one_may_not_see_is_not_there) {
    const std::string other = "/google/calendar/v3/calendars/dr.otieno@mlimani.example";
    EXPECT_EQ(reason(play.ask("GET", other)), "notFound");
    EXPECT_EQ(reason(play.ask("POST", other + "/events", GooglePlay::event("visit1"))), "notFound");
    EXPECT_EQ(play.ask("GET", "/google/calendar/v3/calendars/visits@group.calendar.example").status, 200);
}

TEST_F(GoogleCalendarApi, a_list_is_cut_into_pages_and_filtered) {
    for (const char* id : {"visit1", "visit2", "visit3"}) {
        play.insert(
            GooglePlay::event(id, std::string(R"(,"extendedProperties":{"private":{"a":"1","n":")") + id + "\"}}"));
    }
    play.insert(GooglePlay::event("visit4"));
    remove("visit3");
    const auto ids = [&](const std::string& query) {
        const auto answer = play.ask("GET", std::string(GooglePlay::kEvents) + query);
        const auto document = GooglePlay::read(answer);
        std::string out;
        const json::View items = document.root()["items"];
        for (size_t i = 0; i < items.size(); ++i) out += *items.at(i)["id"].text() + " ";
        return out + document.root()["nextPageToken"].scalar_if_any().value_or("");
    };
    EXPECT_EQ(ids(""), "visit1 visit2 visit4 ");
    EXPECT_EQ(ids("?showDeleted=true"), "visit1 visit2 visit3 visit4 ");
    EXPECT_EQ(ids("?privateExtendedProperty=a%3D1"), "visit1 visit2 ");
    EXPECT_EQ(ids("?privateExtendedProperty=a%3D1&privateExtendedProperty=n%3Dvisit2"), "visit2 ");
    EXPECT_EQ(ids("?iCalUID=visit4%40google.com"), "visit4 ");
    EXPECT_EQ(ids("?maxResults=2"), "visit1 visit2 visit4");
    EXPECT_EQ(ids("?maxResults=2&pageToken=visit4"), "visit4 ");
    EXPECT_EQ(ids("?timeMin=2026-03-05T10%3A30%3A00Z"), "");
    EXPECT_EQ(ids("?timeMax=2026-03-05T10%3A00%3A00Z"), "");
    EXPECT_EQ(ids("?timeMin=2026-03-05T10%3A29%3A00Z&timeMax=2026-03-05T10%3A31%3A00Z"), "visit1 visit2 visit4 ");
}

TEST_F(GoogleCalendarApi, no_token_no_scope_no_entry) {
    const std::string good = play.bearer;
    play.bearer.clear();
    EXPECT_EQ(reason(play.ask("GET", GooglePlay::kEvents)), "required");
    play.bearer = "ya29.invented";
    EXPECT_EQ(reason(play.ask("GET", GooglePlay::kEvents)), "authError");
    EXPECT_EQ(reason(play.ask("GET", "/google/meet/v2/spaces/abc")), "UNAUTHENTICATED");
    auto claims = play.claims(GooglePlay::kWanjiku);
    claims["scope"] = "\"https://www.googleapis.com/auth/calendar.calendars.readonly\"";
    play.bearer.clear();
    play.bearer = *GooglePlay::read(play.assert_claims(claims)).root()["access_token"].text();
    EXPECT_EQ(play.ask("GET", "/google/calendar/v3/calendars/primary").status, 200);
    EXPECT_EQ(reason(play.ask("GET", GooglePlay::kEvents)), "insufficientPermissions");
    EXPECT_EQ(reason(play.ask("GET", "/google/meet/v2/spaces/abc")), "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
}

TEST_F(GoogleCalendarApi, faults_come_in_googles_shapes) {
    const auto with = [&](const std::string& fault, const std::string& path = GooglePlay::kEvents) {
        play.steer("PUT", "faults", fault);
        const auto answer = play.ask("GET", path);
        play.steer("DELETE", "faults", "");
        return std::to_string(answer.status) + " " + reason(answer);
    };
    EXPECT_EQ(with(R"({"name":"http_500"})"), "500 backendError");
    EXPECT_EQ(with(R"({"name":"http_busy"})"), "503 backendError");
    EXPECT_EQ(with(R"({"name":"http_429_fault"})"), "429 rateLimitExceeded");
    EXPECT_EQ(with(R"({"name":"http_503"})"), "503 no JSON");
    EXPECT_EQ(with(R"({"name":"http_403_html"})"), "403 no JSON");
    EXPECT_EQ(with(R"({"name":"google_rate"})"), "403 userRateLimitExceeded");
    EXPECT_EQ(with(R"({"name":"google_rate"})", "/google/meet/v2/spaces/abc"), "429 RATE_LIMIT_EXCEEDED");
    EXPECT_EQ(with(R"({"name":"google_quota"})"), "403 quotaExceeded");
    EXPECT_EQ(with(R"({"name":"answer_html"})"), "200 no JSON");
    EXPECT_EQ(with(R"({"name":"answer_truncated"})"), "200 no JSON");
    EXPECT_EQ(with(R"({"name":"http_500","method":"POST"})"), "200 ");
}

TEST_F(GoogleCalendarApi, the_settings_of_a_space_are_its_owners) {
    const auto made = play.insert(GooglePlay::event("visit1", GooglePlay::conference()));
    const std::string code = *GooglePlay::read(made).root()["conferenceData"]["conferenceId"].text();
    const auto space = play.ask("GET", "/google/meet/v2/spaces/" + code);
    ASSERT_EQ(space.status, 200) << space.body;
    const std::string name = *GooglePlay::read(space).root()["name"].text();
    const auto change = [&](const std::string& mask, const std::string& config) {
        return play.ask("PATCH", "/google/meet/v2/" + name + "?updateMask=" + mask, "{\"config\":" + config + "}");
    };
    EXPECT_EQ(change("config.accessType", R"({"accessType":"OPEN"})").status, 200);
    EXPECT_EQ(reason(change("config.accessType", R"({"accessType":"WIDE"})")), "INVALID_ARGUMENT");
    EXPECT_EQ(reason(change("", R"({"accessType":"OPEN"})")), "INVALID_ARGUMENT");
    EXPECT_EQ(reason(change("config.colour", "{}")), "INVALID_ARGUMENT");
    const std::string recording = "config.artifactConfig.recordingConfig.autoRecordingGeneration";
    const std::string on = R"({"artifactConfig":{"recordingConfig":{"autoRecordingGeneration":"ON"}}})";
    EXPECT_EQ(reason(change(recording, on)), "PERMISSION_DENIED");
    play.switches().google_recording_allowed = true;
    EXPECT_EQ(change(recording, on).status, 200);
    EXPECT_EQ(reason(play.ask("POST", "/google/meet/v2/spaces", "{}")), "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
    play.sign_in_as("dr.otieno@mlimani.example");
    EXPECT_EQ(reason(play.ask("GET", "/google/meet/v2/spaces/" + code)), "PERMISSION_DENIED");
}

TEST_F(GoogleCalendarApi, the_page_and_the_truth_show_what_is_live) {
    play.insert(GooglePlay::event("visit1", GooglePlay::conference()), "?conferenceDataVersion=1&sendUpdates=none");
    play.insert(GooglePlay::event("visit2", GooglePlay::conference()));
    play.insert(GooglePlay::event("visit3"));
    remove("visit2");
    const std::string truth = play.steer("GET", "google/meetings").body;
    const auto document = *json::Document::parse(truth);
    ASSERT_EQ(document.root()["meetings"].size(), 1u);
    EXPECT_EQ(*document.root()["meetings"].at(0)["id"].text(), "visit1");
    EXPECT_EQ(*document.root()["meetings"].at(0)["send_updates"].at(0).text(), "none");
    const auto page = play.ask("GET", "/google/meetings");
    EXPECT_NE(page.body.find("visit1"), std::string::npos);
    EXPECT_EQ(page.body.find("visit2"), std::string::npos);
    play.switches().google_links = "local";
    const std::string link = GooglePlay::link(get("visit1"));
    EXPECT_TRUE(link.starts_with("http://127.0.0.1:9200/google/room/")) << link;
    EXPECT_NE(play.ask("GET", link.substr(21)).body.find("You are in"), std::string::npos);
}

}  // namespace
}  // namespace clinicpro::sandbox
