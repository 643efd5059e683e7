// What every meeting adapter must do, looped over those there are; then what is particular to one.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "crypto/entropy.hpp"
#include "meetings/config.hpp"
#include "meetings/simple_adapter.hpp"
#include "tests/meetings/google_sandbox.hpp"
#include "tests/meetings/paper_adapter.hpp"
#include "tests/meetings/zoom_bench.hpp"

namespace clinicpro::meetings {
namespace {

constexpr Instant kNow{1'795'000'000'000'000};

Intent intent(std::string key = "apt_1_1") {
    return {.key = std::move(key), .start = kNow + 24h, .end = kNow + 24h + 30min, .title = "Consultation", .host = {}};
}

// An adapter together with the other side it talks to.
struct Subject {
    crypto::SystemEntropy entropy;
    PaperProvider provider;
    std::unique_ptr<GoogleSandbox> google;
    std::shared_ptr<const Adapter> adapter;
    std::unique_ptr<ZoomBench> zoom;
    Position position;
    Duration waited{};

    explicit Subject(const std::string& name) {
        if (name == "simple") {
            adapter = *make_adapter({.kind = Kind::kSimple, .base_url = "https://meet.clinic.example"}, entropy);
        } else if (name == "jitsi") {
            adapter = *SimpleAdapter::create(JitsiSettings{.base_url = "https://meet.clinic.example",
                                                           .app_id = "clinic",
                                                           .app_secret = Secret<>(std::string(32, 's')),
                                                           .subject = {}},
                                             entropy);
        } else if (name == "zoom") {
            zoom = std::make_unique<ZoomBench>();
            adapter = *ZoomAdapter::create(zoom_settings());
        } else if (name == "google" || name == "google_user") {
            google = std::make_unique<GoogleSandbox>(kNow);
            adapter = *GoogleMeetAdapter::create(name == "google" ? google->robot() : google->user(), entropy);
        } else {
            adapter = std::make_shared<PaperAdapter>();
        }
    }
    bool contacted_nobody() const { 
        return provider.seen.empty() && (!zoom || zoom->calls.empty()) && (!google || google->seen.empty());
    }
    Answer run(Verb verb, Intent wanted, std::string provider_id = {}) {
        position.memo.clear();
        return drive(
            *adapter, {.verb = verb, .intent = std::move(wanted), .provider_id = std::move(provider_id)}, position,
            kNow,
            [&](const net::ClientRequest& request) {
                if (google) return google->exchange(request);
                return zoom ? zoom->exchange(request) : provider.exchange(request);
            },
            [&](Duration time) { waited += time; });
    }
    Ready created(std::string key = "apt_1_1") {
        const Answer answer = run(Verb::kCreate, intent(std::move(key)));
        EXPECT_TRUE(std::holds_alternative<Ready>(answer));
        return std::get<Ready>(answer);
    }
};

class Contract : public testing::TestWithParam<const char*> {
protected:
    Subject subject{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Adapters, Contract,
                         testing::Values("simple", "jitsi", "paper", "zoom", "google", "google_user"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(Contract, a_created_meeting_has_a_name_and_an_https_link) {
    const Ready ready = subject.created();
    EXPECT_FALSE(ready.provider_id.empty());
    EXPECT_TRUE(ready.patient_url.starts_with("https://")) << ready.patient_url;
}

TEST_P(Contract, two_meetings_never_share_a_link) {
    EXPECT_NE(subject.created("a").patient_url, subject.created("b").patient_url);
}

TEST_P(Contract, a_found_meeting_is_the_one_that_was_made) {
    const Ready made = subject.created();
    const Answer found = subject.run(Verb::kFind, intent(), made.provider_id);
    ASSERT_TRUE(std::holds_alternative<Ready>(found));
    EXPECT_EQ(std::get<Ready>(found).patient_url, made.patient_url);
}

TEST_P(Contract, moving_a_meeting_keeps_its_link) {
    const Ready made = subject.created();
    Intent later = intent();
    later.start = later.start + 24h;
    later.end = later.end + 24h;
    const Answer moved = subject.run(Verb::kUpdate, later, made.provider_id);
    ASSERT_TRUE(std::holds_alternative<Ready>(moved));
    EXPECT_EQ(std::get<Ready>(moved).patient_url, made.patient_url);
    EXPECT_EQ(std::get<Ready>(moved).provider_id, made.provider_id);
}

// The storm's seed 425: the create's answer was lost, the visit moved, and the meeting was found at its old time.
TEST_P(Contract, a_meeting_that_is_found_at_another_time_says_so_and_is_not_changed) {
    const Ready made = subject.created();
    Intent later = intent();
    later.start = later.start + 24h;
    later.end = later.end + 24h;
    const Answer found = subject.run(Verb::kFind, later, made.provider_id);
    ASSERT_TRUE(std::holds_alternative<Ready>(found));
    EXPECT_EQ(std::get<Ready>(found).patient_url, made.patient_url);
    const auto& held = std::get<Ready>(found).held;
    EXPECT_EQ(held.has_value(), subject.google != nullptr || subject.zoom != nullptr);
    if (held) {
        EXPECT_EQ(held->start, intent().start);
        EXPECT_EQ(held->end, intent().end);
    }
    EXPECT_FALSE(std::get<Ready>(subject.run(Verb::kFind, intent(), made.provider_id)).held);
}

TEST_P(Contract, cancelling_twice_is_cancelling_once) {
    const Ready made = subject.created();
    EXPECT_TRUE(std::holds_alternative<Cancelled>(subject.run(Verb::kCancel, intent(), made.provider_id)));
    EXPECT_TRUE(std::holds_alternative<Cancelled>(subject.run(Verb::kCancel, intent(), made.provider_id)));
}

TEST_P(Contract, what_was_never_made_is_absent) {
    EXPECT_TRUE(std::holds_alternative<Absent>(subject.run(Verb::kFind, intent("never_made"))));
}

TEST_P(Contract, a_wrong_intent_is_refused_before_anything_is_sent) {
    Intent backwards = intent(), endless = intent(), nameless = intent(), keyless = intent(), strange = intent();
    backwards.end = backwards.start;
    endless.end = endless.start + 24h + 1us;
    nameless.title = " ";
    keyless.key = "";
    strange.key = "a/b";
    for (const Intent& wrong : {backwards, endless, nameless, keyless, strange}) {
        const Answer answer = subject.run(Verb::kCreate, wrong);
        ASSERT_TRUE(std::holds_alternative<Failed>(answer));
        EXPECT_EQ(std::get<Failed>(answer).fault, Failed::Fault::kInvalid);
        EXPECT_FALSE(std::get<Failed>(answer).sentence.empty());
    }
    EXPECT_TRUE(subject.contacted_nobody());
}

// --- simple ----------------------------------------------------------------------------------------------------------

TEST(simple, it_contacts_nobody_and_its_token_has_128_random_bits) {
    Subject subject("simple");
    const Ready ready = subject.created();
    EXPECT_TRUE(subject.provider.seen.empty());
    EXPECT_EQ(ready.patient_url, "https://meet.clinic.example/r/" + ready.provider_id);
    EXPECT_EQ(text::from_base64url(ready.provider_id)->size(), 16u);
    EXPECT_FALSE(ready.passcode);
}

TEST(simple, it_is_stateless_so_asked_again_it_makes_another_room) {
    Subject subject("simple");
    EXPECT_NE(subject.created().provider_id, subject.created().provider_id);
}

TEST(simple, the_host_enters_by_the_same_door_and_a_check_says_what_was_not_tried) {
    Subject subject("simple");
    const Ready made = subject.created();
    const Answer door = subject.run(Verb::kHostLink, {}, made.provider_id);
    ASSERT_TRUE(std::holds_alternative<HostLink>(door));
    EXPECT_EQ(std::get<HostLink>(door).url.reveal(), made.patient_url);
    EXPECT_TRUE(std::holds_alternative<Absent>(subject.run(Verb::kHostLink, {})));
    EXPECT_TRUE(std::holds_alternative<Failed>(subject.run(Verb::kHostLink, {}, "123")));
    const Answer checked = subject.run(Verb::kCheck, {});
    ASSERT_TRUE(std::holds_alternative<Checked>(checked));
    ASSERT_EQ(std::get<Checked>(checked).findings.size(), 1u);
    EXPECT_EQ(std::get<Checked>(checked).findings[0].level, Finding::Level::kGood);
    const Answer listed = subject.run(Verb::kList, intent());
    ASSERT_TRUE(std::holds_alternative<Listed>(listed));
    EXPECT_TRUE(std::get<Listed>(listed).meetings.empty());
}

TEST(simple, a_meeting_of_another_provider_is_refused) {
    Subject subject("simple");
    for (const char* id : {"900", "AAAAAAAAAAAAAAAAAAAAA/", "../../../../../../admi", "AAAAAAAAAAAAAAAAAAAAAB"}) {
        for (const Verb verb : {Verb::kFind, Verb::kUpdate, Verb::kCancel}) {
            const Answer answer = subject.run(verb, intent(), id);
            ASSERT_TRUE(std::holds_alternative<Failed>(answer)) << id;
            EXPECT_EQ(std::get<Failed>(answer).fault, Failed::Fault::kInvalid);
        }
    }
}

TEST(simple, an_answer_to_a_question_it_never_asked_means_start_anew) {
    Subject subject("simple");
    const Turn turn = subject.adapter->absorb({.verb = Verb::kCreate, .intent = intent(), .provider_id = {}}, "create",
                                              {}, net::Unknown{"x"}, kNow);
    const auto& failed = std::get<Failed>(std::get<Answer>(turn));
    EXPECT_TRUE(is_worth_retrying(failed.fault));
}

// --- the port carries a hard provider --------------------------------------------------------------------------------

TEST(hard_provider, a_token_is_fetched_once_and_shared_by_later_operations) {
    Subject subject("paper");
    subject.created("a");
    subject.created("b");
    EXPECT_EQ(subject.provider.seen, (std::vector<std::string>{"POST /token", "POST /meetings", "POST /meetings"}));
}

TEST(hard_provider, a_token_that_dies_early_is_replaced_once) {
    Subject subject("paper");
    subject.created("a");
    subject.provider.tokens.erase("t1");
    subject.provider.tokens.insert("spare");  // so the next one is not named t1 again
    subject.created("b");
    EXPECT_EQ(subject.provider.meetings.size(), 2u);
    EXPECT_EQ(subject.provider.seen.size(), 5u);  // token, create; create 401, token, create
}

TEST(hard_provider, a_lost_answer_is_unknown_and_found_instead_of_made_twice) {
    Subject subject("paper");
    for (const char* key : {"a", "b", "c"}) subject.created(key);
    subject.provider.lose_answers = 1;
    const Answer lost = subject.run(Verb::kCreate, intent("d"));
    ASSERT_TRUE(std::holds_alternative<Unknown>(lost));
    EXPECT_EQ(std::get<Unknown>(lost).how, Unknown::How::kFind);
    const Answer found = subject.run(Verb::kFind, intent("d"));  // on the second page
    ASSERT_TRUE(std::holds_alternative<Ready>(found));
    EXPECT_EQ(subject.provider.meetings.size(), 4u);
    EXPECT_EQ(subject.provider.seen.back(), "GET /meetings?from=2");
}

TEST(hard_provider, what_was_never_sent_may_simply_be_tried_again) {
    Subject subject("paper");
    subject.provider.unsent = 1;
    const Answer answer = subject.run(Verb::kCreate, intent());
    ASSERT_TRUE(std::holds_alternative<Failed>(answer));
    EXPECT_TRUE(is_worth_retrying(std::get<Failed>(answer).fault));
    EXPECT_EQ(std::get<Failed>(answer).retry_at, kNow + 10s);
}

TEST(hard_provider, a_server_error_after_create_is_unknown_because_it_may_have_been_applied) {
    Subject subject("paper");
    subject.provider.status = 502;
    EXPECT_TRUE(std::holds_alternative<Unknown>(subject.run(Verb::kCreate, intent())));
}

// --- drive -----------------------------------------------------------------------------------------------------------

class EndlessAdapter final : public Adapter {
public:
    Kind kind() const override { return Kind::kZoom; }
    Step next(const Operation&, const Position&, Instant) const override { return Send{"again", {}}; }
    Turn absorb(const Operation&, std::string_view, const Position&, const net::Outcome&, Instant) const override {
        return Onward{.memo = "more", .grant = {}, .wait = 1s};
    }
};

TEST(drive, an_adapter_that_never_ends_is_stopped_and_its_waits_are_the_callers) {
    Position position;
    int sent = 0;
    Duration waited{};
    const Answer answer = drive(
        EndlessAdapter(), {}, position, kNow,
        [&](const net::ClientRequest&) -> net::Outcome {
            ++sent;
            return net::Response{};
        },
        [&](Duration time) { waited += time; });
    ASSERT_TRUE(std::holds_alternative<Failed>(answer));
    EXPECT_EQ(sent, kTurnsMax);
    EXPECT_EQ(waited, std::chrono::seconds(kTurnsMax));
    EXPECT_EQ(position.memo, "more");
}

TEST(grant, it_is_good_until_shortly_before_its_end) {
    const Grant grant{.token = Secret<>("t"), .expires_at = kNow + 1h, .api_url = {}};
    EXPECT_TRUE(grant.lasts(kNow));
    EXPECT_TRUE(grant.lasts(kNow + 54min));
    EXPECT_FALSE(grant.lasts(kNow + 55min));
    EXPECT_FALSE(Grant{}.lasts(kNow));
}

TEST(faults, only_those_that_time_can_heal_are_worth_retrying) {
    std::string healed;
    for (const auto fault : {Failed::Fault::kConfig, Failed::Fault::kAuth, Failed::Fault::kQuota, Failed::Fault::kRate,
                             Failed::Fault::kInvalid, Failed::Fault::kTransient}) {
        if (is_worth_retrying(fault)) healed += std::string(to_string(fault)) + " ";
    }
    EXPECT_EQ(healed, "quota rate transient ");
}

}  // namespace
}  // namespace clinicpro::meetings
