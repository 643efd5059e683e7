// Facts about Zoom meetings, shown against the played Zoom: our bytes, exactly one meeting, and the policy kept.
#include "meetings/zoom_meeting.hpp"
#include "meetings/zoom_webhook.hpp"
#include "tests/meetings/zoom_bench.hpp"

namespace clinicpro::meetings {
namespace {

template <class T>
T must_be(const Answer& answer) {
    const T* found = std::get_if<T>(&answer);
    if (const auto* failed = std::get_if<Failed>(&answer); found == nullptr && failed)
        ADD_FAILURE() << failed->sentence;
    if (const auto* unknown = std::get_if<Unknown>(&answer); found == nullptr && unknown)
        ADD_FAILURE() << unknown->reason;
    EXPECT_NE(found, nullptr) << "another kind of answer: " << answer.index();
    return found == nullptr ? T() : *found;
}

// --- our bytes -------------------------------------------------------------------------------------------------------

TEST(zoom, what_is_sent_stands_in_the_golden_files) {
    EXPECT_EQ(zoom::create_body(zoom_settings(), zoom_intent(), false), zoom_golden("zoom_create.json"));
    EXPECT_EQ(zoom::update_body(zoom_settings(), zoom_intent()), zoom_golden("zoom_update.json"));
    ZoomSettings open = zoom_settings();
    open.policy = {.waiting_room = false, .passcode = false, .join_before_host = true, .recording = Recording::kCloud};
    EXPECT_EQ(zoom::create_body(open, zoom_intent(), false), zoom_golden("zoom_create_open.json"));
}

TEST(zoom, the_token_is_asked_for_in_the_body_with_basic_authentication) {
    const auto adapter = *ZoomAdapter::create(zoom_settings());
    const Step step = adapter->next({.verb = Verb::kCreate, .intent = zoom_intent(), .provider_id = {}}, {}, kZoomNow);
    const Send& send = std::get<Send>(step);
    EXPECT_EQ(send.request.url, "https://zoom.sandbox.example/zoom/oauth/token");
    EXPECT_EQ(send.request.body, "grant_type=account_credentials&account_id=sandbox-account");
    EXPECT_EQ(net::find_header(send.request.headers, "Authorization"),
              "Basic c2FuZGJveC16b29tLWNsaWVudDpzYW5kYm94LXpvb20tc2VjcmV0");
    EXPECT_EQ(net::find_header(send.request.headers, "Content-Type"), "application/x-www-form-urlencoded");
}

TEST(zoom, times_go_out_in_whole_seconds_utc_and_minutes_are_rounded_up) {
    Intent odd = zoom_intent();
    odd.start = odd.start + 1500ms;
    odd.end = odd.start + 10min + 1us;
    const auto body = json::Document::parse(zoom::create_body(zoom_settings(), odd, false));
    EXPECT_EQ(*body->root()["start_time"].text(), to_iso(kZoomNow + 24h + 1s));
    EXPECT_EQ(*body->root()["duration"].integer(), 11);
}

TEST(zoom, a_passcode_is_the_same_for_the_same_key_and_fits_every_account_rule) {
    const Secret<> secret("s");
    EXPECT_EQ(zoom::passcode(secret, "a", false), zoom::passcode(secret, "a", false));
    EXPECT_NE(zoom::passcode(secret, "a", false), zoom::passcode(secret, "b", false));
    EXPECT_NE(zoom::passcode(secret, "a", false), zoom::passcode(Secret<>("t"), "a", false));
    for (int i = 0; i < 200; ++i) {
        const std::string code = zoom::passcode(secret, std::to_string(i), false);
        EXPECT_EQ(code.size(), 10u);
        EXPECT_EQ(code.find_first_not_of("abcdefghjkmnpqrstuvwxyz23456789@-_*"), code.npos);
        EXPECT_NE(code.find_first_of("23456789"), code.npos);
        EXPECT_NE(code.find_first_of("@-_*"), code.npos);
        EXPECT_EQ(zoom::passcode(secret, std::to_string(i), true).find_first_not_of("0123456789"), code.npos);
    }
}

TEST(zoom, the_mark_survives_what_a_person_writes_around_it) {
    EXPECT_EQ(zoom::key_in(zoom::agenda_of("apt_1_1")), "apt_1_1");
    EXPECT_EQ(zoom::key_in("note\n" + zoom::agenda_of("apt_1_1") + "\nbring the scan"), "apt_1_1");
    EXPECT_FALSE(zoom::key_in("[clinicpro:]"));
    EXPECT_FALSE(zoom::key_in("[clinicpro:" + std::string(65, 'a') + "]"));
    EXPECT_FALSE(zoom::key_in("a meeting made by hand"));
}

TEST(zoom, a_setting_that_is_wrong_is_named) {
    const auto field = [](auto change) {
        ZoomSettings wrong = zoom_settings();
        change(wrong);
        const auto made = ZoomAdapter::create(std::move(wrong));
        return made ? std::string() : made.error().field;
    };
    EXPECT_EQ(field([](auto&) {}), "");
    EXPECT_EQ(field([](auto& s) { s.account_id = ""; }), "account_id");
    EXPECT_EQ(field([](auto& s) { s.client_id = "a:b"; }), "client_id");
    EXPECT_EQ(field([](auto& s) { s.client_secret = Secret<>("a b"); }), "client_secret");
    EXPECT_EQ(field([](auto& s) { s.host = "me"; }), "host");
    EXPECT_EQ(field([](auto& s) { s.api_url = "http://zoom.example"; }), "api_url");
}

// --- exactly one -----------------------------------------------------------------------------------------------------

struct Trouble {
    const char* name;
    const char* faults;
};
class Troubled : public testing::TestWithParam<std::tuple<Trouble, const char*, int>> {};

// Every fault on every call, once and three times running; in the end there is one meeting, then it is moved, then
// none.
TEST_P(Troubled, there_is_one_meeting_then_it_is_moved_then_there_is_none) {
    const auto& [trouble, call, count] = GetParam();
    ZoomBench bench;
    bench.provider.world().config.switches.zoom_page_max = 2;
    for (int i = 0; i < 5; ++i) must_be<Ready>(bench.run(Verb::kCreate, zoom_intent("other_" + std::to_string(i))));
    const std::string faults =
        std::string("{") + trouble.faults + "," + call + ",\"count\":" + std::to_string(count) + "}";
    bench.fault(faults);
    bench.position.grant = {};
    const Ready made = must_be<Ready>(bench.settle(Verb::kCreate));
    ASSERT_EQ(bench.live().size(), 6u) << faults;
    EXPECT_EQ(zoom::key_in(bench.truth(made.provider_id).agenda), "apt_1_1");
    EXPECT_EQ(bench.truth(made.provider_id).start, kZoomNow + 24h);

    bench.fault(faults);
    Intent later = zoom_intent();
    later.start = later.start + 2h;
    later.end = later.end + 2h;
    const Ready moved = must_be<Ready>(bench.settle(Verb::kUpdate, later, made.provider_id));
    EXPECT_EQ(moved.patient_url, made.patient_url);
    EXPECT_EQ(bench.truth(made.provider_id).start, kZoomNow + 26h);
    EXPECT_EQ(bench.live().size(), 6u);

    bench.fault(faults);
    must_be<HostLink>(bench.settle(Verb::kHostLink, later, made.provider_id));
    bench.fault(faults);
    must_be<Cancelled>(bench.settle(Verb::kCancel, later, made.provider_id));
    must_be<Cancelled>(bench.settle(Verb::kCancel, later, made.provider_id));
    EXPECT_EQ(bench.live().size(), 5u);
}

INSTANTIATE_TEST_SUITE_P(
    Zoom, Troubled,
    testing::Combine(testing::Values(Trouble{"lost", R"("name":"response_lost_after_queue")"},
                                     Trouble{"never_arrived", R"("name":"request_lost")"},
                                     Trouble{"page_502", R"("name":"http_502","stage":"after")"},
                                     Trouble{"page_503_before", R"("name":"http_503","stage":"before")"},
                                     Trouble{"page_403", R"("name":"http_403_html","stage":"before")"},
                                     Trouble{"empty", R"("name":"answer_empty")"},
                                     Trouble{"html", R"("name":"answer_html")"},
                                     Trouble{"cut", R"("name":"answer_truncated")"},
                                     Trouble{"fast", R"("name":"zoom_rate_limit","code":"seconds")"},
                                     Trouble{"fast_date", R"("name":"zoom_rate_limit","code":"date")"},
                                     Trouble{"fast_iso", R"("name":"zoom_rate_limit","code":"iso")"},
                                     Trouble{"fast_mute", R"("name":"zoom_rate_limit","code":"none")"},
                                     Trouble{"used_up", R"("name":"zoom_daily_cap")"}),
                     testing::Values(R"("path":"/zoom/oauth")", R"("path":"/zoom/v2/users","method":"POST")",
                                     R"("path":"/zoom/v2/users","method":"GET")", R"("method":"PATCH")",
                                     R"("method":"DELETE")", R"("path":"/zoom/v2/meetings","method":"GET")",
                                     R"("path":"/zoom/v2")"),
                     testing::Values(1, 3)),
    [](const auto& info) { return std::string(std::get<0>(info.param).name) + "_" + std::to_string(info.index); });

TEST(zoom, a_lost_answer_and_a_list_that_lags_still_give_one_meeting) {
    ZoomBench bench;
    bench.fault(R"([{"name":"response_lost_after_queue","method":"POST","path":"/zoom/v2","count":1},
                    {"name":"zoom_list_lag","seconds":32,"count":1}])");
    const Ready made = must_be<Ready>(bench.settle(Verb::kCreate));
    EXPECT_EQ(bench.live(), std::vector{made.provider_id});
}

TEST(zoom, copies_are_deleted_and_one_is_adopted) {
    ZoomBench bench;
    const Ready first = must_be<Ready>(bench.run(Verb::kCreate));
    must_be<Ready>(bench.run(Verb::kCreate));
    must_be<Ready>(bench.run(Verb::kCreate));
    must_be<Ready>(bench.run(Verb::kCreate, zoom_intent("apt_1_11")));  // a key that only begins like ours
    ASSERT_EQ(bench.live().size(), 4u);
    const Ready found = must_be<Ready>(bench.run(Verb::kFind));
    EXPECT_EQ(found.provider_id, first.provider_id);
    EXPECT_EQ(found.patient_url, first.patient_url);
    EXPECT_EQ(bench.live().size(), 2u);
    must_be<Cancelled>(bench.run(Verb::kCancel));  // by key alone
    EXPECT_EQ(bench.live().size(), 1u);
}

TEST(zoom, a_paging_token_that_expired_starts_the_list_again) {
    ZoomBench bench;
    bench.provider.world().config.switches.zoom_page_max = 2;
    for (int i = 0; i < 5; ++i) must_be<Ready>(bench.run(Verb::kCreate, zoom_intent("k" + std::to_string(i))));
    bench.fault(R"({"name":"zoom_page_expired","count":2})");
    must_be<Ready>(bench.run(Verb::kFind, zoom_intent("k4")));
    bench.fault(R"({"name":"zoom_page_expired"})");
    EXPECT_EQ(must_be<Failed>(bench.run(Verb::kFind, zoom_intent("k4"))).fault, Failed::Fault::kInvalid);
}

TEST(zoom, the_sweeper_sees_ours_in_its_window_and_nothing_else) {
    ZoomBench bench;
    const Ready made = must_be<Ready>(bench.run(Verb::kCreate, zoom_intent("in")));
    Intent outside = zoom_intent("out");
    outside.start = kZoomNow + 72h;
    outside.end = kZoomNow + 73h;
    must_be<Ready>(bench.run(Verb::kCreate, outside));
    bench.exchange({.method = "POST",
                    .url = std::string(kZoomBase) + "/v2/users/doctor@clinic.example/meetings",
                    .headers = {{"Authorization", "Bearer " + bench.position.grant.token.reveal()},
                                {"Content-Type", "application/json"}},
                    .body = R"({"topic":"By hand","type":2,"start_time":")" + to_iso(kZoomNow + 24h) + "\"}"});
    ASSERT_EQ(bench.live().size(), 3u);
    Intent window;
    window.start = kZoomNow;
    window.end = kZoomNow + 48h;
    const Listed listed = must_be<Listed>(bench.run(Verb::kList, window));
    ASSERT_EQ(listed.meetings.size(), 1u);
    EXPECT_EQ(listed.meetings[0].key, "in");
    EXPECT_EQ(listed.meetings[0].provider_id, made.provider_id);
    EXPECT_EQ(listed.meetings[0].start, kZoomNow + 24h);
}

// --- limits and tokens -----------------------------------------------------------------------------------------------

TEST(zoom, the_hundred_and_first_of_a_day_waits_for_midnight_utc_and_nothing_is_burned_meanwhile) {
    ZoomBench bench;
    for (int i = 0; i < 100; ++i) must_be<Ready>(bench.run(Verb::kCreate, zoom_intent("k" + std::to_string(i))));
    const Failed full = must_be<Failed>(bench.run(Verb::kCreate, zoom_intent("k100")));
    EXPECT_EQ(full.fault, Failed::Fault::kQuota);
    ASSERT_TRUE(full.retry_at);
    EXPECT_EQ(to_iso(*full.retry_at), to_iso(kZoomNow).substr(0, 8) + "19T00:00:00Z");
    Intent other = zoom_intent("k100");
    other.host = "free@clinic.example";  // the cap is a host's own
    must_be<Ready>(bench.run(Verb::kCreate, other));
    bench.now = *full.retry_at;
    must_be<Ready>(bench.run(Verb::kCreate, zoom_intent("k101")));
}

TEST(zoom, a_token_that_dies_early_is_replaced_once_and_the_next_refusal_is_tried_later) {
    ZoomBench bench;
    must_be<Ready>(bench.run(Verb::kCreate, zoom_intent("a")));
    bench.fault(R"({"name":"token_dies","path":"/zoom/v2","count":1})");
    must_be<Ready>(bench.run(Verb::kCreate, zoom_intent("b")));
    bench.fault(R"({"name":"token_dies","path":"/zoom/v2"})");
    bench.calls.clear();
    EXPECT_EQ(must_be<Failed>(bench.run(Verb::kCreate, zoom_intent("c"))).fault, Failed::Fault::kTransient);
    EXPECT_EQ(bench.calls.size(), 3u);
    EXPECT_EQ(bench.live().size(), 2u);
}

TEST(zoom, a_scope_ticked_meanwhile_is_found_and_one_that_lacks_is_named) {
    ZoomBench bench;
    const std::string all = bench.account().scopes;
    bench.account().scopes = "meeting:read:meeting:admin";
    const Failed lacking = must_be<Failed>(bench.run(Verb::kCreate));
    EXPECT_EQ(lacking.fault, Failed::Fault::kConfig);
    EXPECT_NE(lacking.sentence.find("meeting:write:meeting:admin"), std::string::npos);
    bench.account().scopes = all;
    must_be<Ready>(bench.run(Verb::kCreate));
}

// --- policy read back ------------------------------------------------------------------------------------------------

TEST(zoom, what_is_asked_for_is_there) {
    ZoomBench bench;
    const Ready made = must_be<Ready>(bench.run(Verb::kCreate));
    EXPECT_EQ(made.warning, "");
    const sandbox::ZoomMeeting& truth = bench.truth(made.provider_id);
    EXPECT_EQ(truth.settings.at("waiting_room"), "true");
    EXPECT_EQ(truth.settings.at("join_before_host"), "false");
    EXPECT_EQ(truth.settings.at("auto_recording"), "\"none\"");
    EXPECT_EQ(truth.settings.at("use_pmi"), "false");
    EXPECT_EQ(made.passcode, truth.password);
    EXPECT_EQ(made.passcode->size(), 10u);
    EXPECT_GT(std::stoll(made.provider_id), int64_t{1} << 32);
}

TEST(zoom, one_lock_less_is_a_warning_and_none_at_all_is_refused_and_taken_back) {
    ZoomBench bench;
    bench.fault(R"({"name":"zoom_setting_dropped","code":"waiting_room"})");
    EXPECT_NE(must_be<Ready>(bench.run(Verb::kCreate, zoom_intent("a"))).warning.find("waiting room off"),
              std::string::npos);
    bench.fault(R"({"name":"zoom_setting_dropped","code":"password"})");
    EXPECT_NE(must_be<Ready>(bench.run(Verb::kCreate, zoom_intent("b"))).warning.find("without a passcode"),
              std::string::npos);
    bench.fault(R"({"name":"zoom_setting_dropped","code":"locks"})");
    const Failed open = must_be<Failed>(bench.run(Verb::kCreate, zoom_intent("c")));
    EXPECT_EQ(open.fault, Failed::Fault::kConfig);
    EXPECT_EQ(bench.live().size(), 2u);
}

TEST(zoom, a_visit_that_would_be_recorded_against_the_policy_is_taken_back_even_when_answers_get_lost) {
    ZoomBench bench;
    bench.account().users[0].recording = "cloud";
    const Failed recorded = must_be<Failed>(bench.run(Verb::kCreate));
    EXPECT_EQ(recorded.fault, Failed::Fault::kConfig);
    EXPECT_NE(recorded.sentence.find("record the visit"), std::string::npos);
    EXPECT_TRUE(bench.live().empty());
    bench.fault(R"({"name":"response_lost_after_queue","method":"DELETE","count":1})");
    EXPECT_EQ(std::get<Unknown>(bench.run(Verb::kCreate)).how, Unknown::How::kFind);
    EXPECT_TRUE(std::holds_alternative<Absent>(bench.run(Verb::kFind)));
    bench.fault(R"({"name":"request_lost","method":"DELETE","count":1})");
    EXPECT_EQ(std::get<Unknown>(bench.run(Verb::kCreate)).how, Unknown::How::kFind);
    EXPECT_EQ(must_be<Failed>(bench.run(Verb::kFind)).fault, Failed::Fault::kConfig);
    EXPECT_TRUE(bench.live().empty());
}

TEST(zoom, an_account_that_takes_digits_only_gets_digits) {
    ZoomBench bench;
    bench.account().users[0].digits_only = true;
    const Ready made = must_be<Ready>(bench.run(Verb::kCreate));
    ASSERT_TRUE(made.passcode);
    EXPECT_EQ(made.passcode->find_first_not_of("0123456789"), std::string::npos);
    EXPECT_EQ(bench.live().size(), 1u);
}

TEST(zoom, an_account_that_leaves_the_passcode_out_of_its_answers_still_gives_a_link) {
    ZoomBench bench;
    bench.account().password_in_answers = false;
    const Ready made = must_be<Ready>(bench.run(Verb::kCreate));
    EXPECT_FALSE(made.passcode);
    EXPECT_TRUE(made.patient_url.starts_with("https://us05web.zoom.us/j/"));
}

// --- the other verbs -------------------------------------------------------------------------------------------------

TEST(zoom, the_hosts_door_is_fetched_anew_each_time) {
    ZoomBench bench;
    const Ready made = must_be<Ready>(bench.run(Verb::kCreate));
    const std::string first = must_be<HostLink>(bench.run(Verb::kHostLink, {}, made.provider_id)).url.reveal();
    const std::string second = must_be<HostLink>(bench.run(Verb::kHostLink, {}, made.provider_id)).url.reveal();
    EXPECT_NE(first.find("zak="), std::string::npos);
    EXPECT_NE(first, second);
    EXPECT_TRUE(std::holds_alternative<Absent>(bench.run(Verb::kHostLink, {}, "81000999999")));
    EXPECT_TRUE(std::holds_alternative<Absent>(bench.run(Verb::kHostLink, {})));
}

TEST(zoom, a_meeting_in_progress_is_not_cut_off_but_deleted_later) {
    ZoomBench bench;
    const Ready made = must_be<Ready>(bench.run(Verb::kCreate));
    ASSERT_TRUE(bench.provider.zoom().act(std::stoll(made.provider_id), "start", bench.now));
    const Failed busy = must_be<Failed>(bench.run(Verb::kCancel, zoom_intent(), made.provider_id));
    EXPECT_EQ(busy.fault, Failed::Fault::kTransient);
    EXPECT_EQ(busy.retry_at, bench.now + 5min);
    ASSERT_TRUE(bench.provider.zoom().act(std::stoll(made.provider_id), "end", bench.now));
    must_be<Cancelled>(bench.run(Verb::kCancel, zoom_intent(), made.provider_id));
}

TEST(zoom, a_host_nobody_knows_or_of_another_account_is_a_setting_to_correct) {
    ZoomBench bench;
    for (const auto& [host, words] : {std::pair("nobody@clinic.example", "knows no user nobody@clinic.example"),
                                      std::pair("doctor@elsewhere.example", "belongs to another account")}) {
        Intent wrong = zoom_intent();
        wrong.host = host;
        const Failed failed = must_be<Failed>(bench.run(Verb::kCreate, wrong));
        EXPECT_EQ(failed.fault, Failed::Fault::kConfig);
        EXPECT_NE(failed.sentence.find(words), std::string::npos) << failed.sentence;
    }
    bench.calls.clear();
    Intent me = zoom_intent();
    me.host = "me";
    EXPECT_EQ(must_be<Failed>(bench.run(Verb::kCreate, me)).fault, Failed::Fault::kConfig);
    EXPECT_TRUE(bench.calls.empty());
}

std::string checked(ZoomBench& bench, const std::string& host = {}) {
    Intent intent;
    intent.host = host;
    std::string out;
    for (const Finding& one : must_be<Checked>(bench.run(Verb::kCheck, intent)).findings) {
        out += (one.level == Finding::Level::kGood      ? "good: "
                : one.level == Finding::Level::kWarning ? "warning: "
                                                        : "problem: ") +
               one.sentence + "\n";
    }
    return out;
}

TEST(zoom_check, all_is_well) {
    ZoomBench bench;
    EXPECT_EQ(checked(bench),
              "good: Zoom accepts the app's credentials.\ngood: The app has all scopes that it needs.\n"
              "good: The host doctor@clinic.example is there and has a licence.\n"
              "good: The host's Zoom settings fit the clinic's policy.\ngood: The host's meetings can be listed.\n");
    EXPECT_TRUE(bench.live().empty());
}

TEST(zoom_check, the_free_plan_is_warned_about_and_recording_by_default_too) {
    ZoomBench bench;
    bench.account().users[1].default_recording = "cloud";
    const std::string words = checked(bench, "free@clinic.example");
    EXPECT_NE(words.find("warning: The host free@clinic.example has Zoom's fr"), std::string::npos) << words;
    EXPECT_NE(words.find("warning: The host's Zoom records by default."), std::string::npos) << words;
}

TEST(zoom_check, each_mistake_of_a_set_up_is_a_problem_with_its_cure) {
    ZoomBench scopes;
    scopes.account().scopes = "meeting:read:meeting:admin";
    EXPECT_NE(checked(scopes).find("problem: The Zoom app lacks the scopes meeting:wri"), std::string::npos);
    ZoomBench host;
    EXPECT_NE(checked(host, "nobody@clinic.example").find("problem: Zoom knows no user nobody@clinic.example"),
              std::string::npos);
    ZoomBench off;
    off.account().active = false;
    EXPECT_NE(checked(off).find("problem: The Zoom app is deactivated."), std::string::npos);
    ZoomBench secret;
    secret.account().client_secret = Secret<>("other");
    EXPECT_NE(checked(secret).find("problem: Zoom refuses the client id and secret."), std::string::npos);
    ZoomBench account;
    account.account().account_id = "other";
    EXPECT_NE(checked(account).find("problem: Zoom refuses the account id."), std::string::npos);
    ZoomBench silent;
    silent.fault(R"({"name":"request_lost"})");
    EXPECT_NE(checked(silent).find("problem: Zoom could not be reached."), std::string::npos);
}

TEST(zoom_events, what_the_played_zoom_signs_we_believe_and_what_it_forges_or_ages_we_do_not) {
    ZoomBench bench;
    bench.account().webhook_url = "https://clinic.example/n/z/x";
    const Ready made = must_be<Ready>(bench.run(Verb::kCreate));
    const auto told = [&](const char* faults) {
        bench.fault(faults);
        bench.provider.take_outgoing();
        bench.provider.zoom().act(std::stoll(made.provider_id), "start", bench.now);
        bench.provider.advance(bench.now);
        const auto sent = bench.provider.take_outgoing();
        EXPECT_EQ(sent.size(), 1u);
        return read_zoom_webhook(sent.at(0).request.headers, sent.at(0).request.body, bench.account().webhook_secret,
                                 bench.now);
    };
    const auto read = told("[]");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(std::get<ZoomEvent>(*read).started);
    EXPECT_EQ(std::get<ZoomEvent>(*read).provider_id, made.provider_id);
    EXPECT_FALSE(told(R"({"name":"zoom_webhook_forged"})"));
    EXPECT_FALSE(told(R"({"name":"zoom_webhook_stale"})"));
}

}  // namespace
}  // namespace clinicpro::meetings
