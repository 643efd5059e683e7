// Facts about keeping a meeting as its visit wants it, through every ending a provider's call can have.
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using namespace meetings;
using testing::World;

// A provider on the wire: the path of a request names the operation, the answer's status and body tell how it ended.
class WireAdapter final : public Adapter {
public:
    Kind kind() const override { return Kind::kZoom; }
    Step next(const Operation& operation, const Position& position, Instant now) const override {
        if (!position.grant.lasts(now)) return Send{"token", {.url = "https://wire/token"}};
        return Send{"call", {.url = "https://wire/" + std::string(verb(operation.verb)), .body = operation.intent.key}};
    }
    Turn absorb(const Operation& operation, std::string_view step, const Position& position,
                const net::Outcome& outcome, Instant now) const override {
        if (std::holds_alternative<net::NotSent>(outcome)) return Answer(Failed{Failed::Fault::kTransient, "away", {}});
        const auto* response = std::get_if<net::Response>(&outcome);
        if (step == "token") {
            if (!response) return Answer(Failed{Failed::Fault::kTransient, "no token", {}});
            return Onward{.memo = position.memo, .grant = Grant{Secret<>("token"), now + 1h, {}}};
        }
        if (!response) {
            return Answer(
                Unknown{operation.verb == Verb::kCreate ? Unknown::How::kFind : Unknown::How::kRepeat, "no answer"});
        }
        switch (response->status) {
            case 200:
            case 201: return Answer(Ready{response->body, "https://wire/j/" + response->body, "1234", {}});
            case 206: return Onward{.memo = "more", .grant = {}};
            case 203:
                return Answer(Ready{response->body, "https://wire/j/" + response->body, "1234", {},
                                    Ready::Held{operation.intent.start - 1h, operation.intent.end - 1h}});
            case 202: return Answer(Pending{response->body, now + 10s});
            case 204: return Answer(Cancelled{});
            case 404: return Answer(Absent{});
            case 401: return Answer(Failed{Failed::Fault::kAuth, "Connect Zoom again.", {}});
            case 419: return Onward{.memo = position.memo, .grant = Grant{}};  // the token is no longer good
            case 429: return Answer(Failed{Failed::Fault::kRate, "Too fast.", now + 1min});
            default: return Answer(Failed{Failed::Fault::kTransient, "Try later.", {}});
        }
    }
    static std::string_view verb(Verb v) {
        return v == Verb::kCreate ? "create" : v == Verb::kFind ? "find" : v == Verb::kUpdate ? "update" : "cancel";
    }
};

class MeetingKeeperTest : public ::testing::Test {
protected:
    World world{[](store::ClinicTx&, const ProviderSettings&) -> Result<std::shared_ptr<const Adapter>> {
        return std::make_shared<WireAdapter>();
    }};
    const AppointmentId visit = world.visit(world.patient(), AppointmentKind::kVirtual);

    void SetUp() override { choose(world, kSystem); }
    static void choose(World& where, ClinicId clinic) {
        where.in(clinic, [&](auto& context, auto& tx) {
            return where.settings.set_adapter(context, tx, {Kind::kZoom, ""}, "test");
        });
    }
    void script(std::list<net::Outcome> outcomes) { world.client.script = std::move(outcomes); }
    static net::Outcome answer(int status, std::string body = {}) {
        return net::Response{.status = status, .body = std::move(body)};
    }
    static net::Outcome lost() { return net::Unknown{"lost"}; }
    void confirm() {
        world.in(World::kMlimani,
                 [&](auto& context, auto& tx) { return appointments::confirm(context, tx, visit, "test"); });
        world.run();
    }
    void cancel() {
        world.in(World::kMlimani,
                 [&](auto& context, auto& tx) { return appointments::cancel(context, tx, visit, "test"); });
        world.run();
    }
    std::optional<meeting_keeper::Listed> meeting() {
        return world.in(World::kMlimani, [&](auto&, auto& tx) { return meeting_keeper::of_visit(tx, visit); });
    }
    std::vector<std::string> asked() {
        std::vector<std::string> paths;
        for (const auto& request : world.client.requests)
            paths.push_back(request.url.substr(std::string("https://wire/").size()));
        return paths;
    }
    // The sweep of an account stays as long as meetings of it may go astray, a reminder until its time.
    int64_t jobs() {
        return world.number(
            "SELECT COUNT(*) FROM jobs WHERE clinic_id = $1 AND kind NOT IN ('meeting.sweep', 'visit.remind')");
    }
};
using Asked = std::vector<std::string>;

TEST_F(MeetingKeeperTest, a_token_is_fetched_once_kept_sealed_and_shared) {
    script({answer(200), answer(201, "m1"), answer(201, "m2")});
    confirm();
    EXPECT_EQ(asked(), (Asked{"token", "create"}));
    EXPECT_EQ(meeting()->state, "ready");
    EXPECT_TRUE(meeting()->has_link);
    EXPECT_EQ(
        world.number(
            "SELECT COUNT(*) FROM meeting_connections WHERE clinic_id = $1 AND CAST(sealed AS TEXT) LIKE '%token%'",
            kSystem),
        0);
    EXPECT_EQ(
        world.number("SELECT COUNT(*) FROM meeting_connections WHERE clinic_id = $1 AND sealed IS NOT NULL", kSystem),
        1);

    const auto second = world.visit(world.patient(), AppointmentKind::kVirtual);
    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return appointments::confirm(context, tx, second, "test"); });
    world.run();
    EXPECT_EQ(asked(), (Asked{"token", "create", "create"}));
    EXPECT_EQ(world.meetings(), 2);
    EXPECT_EQ(jobs(), 0);
}

TEST_F(MeetingKeeperTest, a_late_refusal_of_an_old_token_does_not_cost_the_new_one) {
    script({answer(200), answer(201, "m0")});
    confirm();
    world.pass(1s);
    world.client.hold = true;
    for (int i = 0; i < 2; ++i) {
        const auto one = world.visit(world.patient(), AppointmentKind::kVirtual);
        world.in(World::kMlimani, [&](auto& context, auto& tx) { return appointments::confirm(context, tx, one, "test"); });
        world.run();
    }
    ASSERT_EQ(world.client.held.size(), 2u);
    world.client.hold = false;
    script({answer(200), answer(201, "m1"), answer(201, "m2")});
    world.client.held[0](answer(419));
    world.run();
    world.client.held[1](answer(419));
    world.run();
    EXPECT_EQ(asked(), (Asked{"token", "create", "create", "create", "token", "create", "create"}));
    EXPECT_EQ(world.meetings(), 3);
}

TEST_F(MeetingKeeperTest, a_lost_answer_is_looked_for_before_anything_is_made_again) {
    script({answer(200), lost(), answer(200, "m1")});
    confirm();
    EXPECT_EQ(asked(), (Asked{"token", "create"}));
    EXPECT_EQ(meeting()->state, "wanted");
    world.pass(1h - 10min);
    EXPECT_EQ(asked(), (Asked{"token", "create", "find"}));
    EXPECT_EQ(meeting()->state, "ready");
    EXPECT_EQ(jobs(), 0);
}

TEST_F(MeetingKeeperTest, a_meeting_that_is_found_at_another_time_is_moved) {
    script({answer(200), lost(), answer(203, "m1"), answer(200, "m1")});
    confirm();
    world.pass(10min);
    EXPECT_EQ(asked(), (Asked{"token", "create", "find", "update"}));
    EXPECT_EQ(meeting()->state, "ready");
    EXPECT_EQ(jobs(), 0);
}

TEST_F(MeetingKeeperTest, a_meeting_at_another_time_has_its_link_before_it_is_moved) {
    script({answer(200), lost(), answer(203, "m1"), answer(500)});
    confirm();
    world.pass(10min);
    EXPECT_EQ(asked(), (Asked{"token", "create", "find", "update"}));
    EXPECT_TRUE(meeting()->has_link);
}

// Storm seed 93636: between a create and the setting of its space.
TEST_F(MeetingKeeperTest, a_visit_that_moves_in_the_middle_of_a_create_is_moved_at_the_provider_too) {
    world.client.hold = true;
    confirm();
    world.client.held.at(0)(answer(200));
    world.run();
    ASSERT_EQ(asked(), (Asked{"token", "create"}));
    world.in(World::kMlimani, [&](auto& context, auto& tx) {
        const auto before = appointments::find(tx, visit);
        return appointments::reschedule(context, tx, visit, before->starts_at + 1h, before->ends_at + 1h, "test");
    });
    world.client.hold = false;
    script({answer(201, "m1"), answer(200, "m1")});
    world.client.held.at(1)(answer(206));
    world.run();
    EXPECT_EQ(asked(), (Asked{"token", "create", "create", "update"}));
}

TEST_F(MeetingKeeperTest, only_certain_absence_lets_it_be_made_again) {
    script({answer(200), lost(), lost(), answer(404), answer(201, "m1")});
    confirm();
    world.pass(10min);
    world.pass(10min);
    world.pass(10min);
    EXPECT_EQ(asked(), (Asked{"token", "create", "find", "find", "create"}));
    EXPECT_EQ(meeting()->state, "ready");
}

TEST_F(MeetingKeeperTest, a_crash_while_creating_is_unknown_and_is_looked_for) {
    script({answer(200)});
    confirm();  // the create after the token has no script: Unknown; start anew with a held one
    world.client.requests.clear();
    const auto other = world.visit(world.patient(), AppointmentKind::kVirtual);
    world.client.hold = true;
    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return appointments::confirm(context, tx, other, "test"); });
    world.run();
    world.restart();  // the answer never reaches anybody
    world.client.hold = false;
    world.client.requests.clear();
    script({answer(200, "a"), answer(200, "b")});
    world.pass(10min);
    world.pass(10min);
    for (const auto& path : asked()) EXPECT_EQ(path, "find");
    EXPECT_EQ(world.meetings(), 2);
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM meetings WHERE clinic_id = $1 AND state = 'ready'"), 2);
}

TEST_F(MeetingKeeperTest, a_second_wish_while_an_answer_is_awaited_makes_no_second_meeting) {
    script({answer(200)});
    world.client.hold = false;
    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return appointments::confirm(context, tx, visit, "test"); });
    testing::must(world.worker->step());  // asks for the token
    world.client.hold = true;
    world.run();  // the create is on its way
    ASSERT_EQ(world.client.held.size(), 1u);
    const Appointment before = world.now(visit);
    world.in(World::kMlimani, [&](auto& context, auto& tx) {
        return appointments::reschedule(context, tx, visit, before.starts_at + 1h, before.ends_at + 1h, "test");
    });
    world.run();
    world.pass(5s);
    EXPECT_EQ(world.client.held.size(), 1u);
    world.client.hold = false;
    script({answer(200, "m1")});  // for the update
    world.client.held[0](answer(201, "m1"));
    world.pass(5s);
    EXPECT_EQ(asked(), (Asked{"token", "create", "update"}));
    EXPECT_EQ(meeting()->state, "ready");
    EXPECT_EQ(meeting()->starts_at, before.starts_at + 1h);
    EXPECT_EQ(world.meetings(), 1);
    world.pass(5s);
    EXPECT_EQ(jobs(), 0);
}

TEST_F(MeetingKeeperTest, a_pending_meeting_is_polled_until_its_link_is_there) {
    script({answer(200), answer(202, "m1"), answer(202, "m1"), answer(200, "m1")});
    confirm();
    EXPECT_EQ(meeting()->state, "pending");
    EXPECT_FALSE(meeting()->has_link);
    world.pass(10s);
    world.pass(10s);
    EXPECT_EQ(asked(), (Asked{"token", "create", "find", "find"}));
    EXPECT_EQ(meeting()->state, "ready");
}

TEST_F(MeetingKeeperTest, cancelling_takes_it_down_at_the_provider_that_made_it) {
    script({answer(200), answer(201, "m1"), lost(), answer(204)});
    confirm();
    cancel();
    world.pass(10min);
    EXPECT_EQ(asked(), (Asked{"token", "create", "cancel", "cancel"}));
    EXPECT_EQ(meeting()->state, "cancelled");
    EXPECT_EQ(world.meetings(), 0);
}

TEST_F(MeetingKeeperTest, a_visit_cancelled_while_its_meeting_is_in_doubt_leaves_nothing_behind) {
    script({answer(200), lost(), answer(200, "m1"), answer(204)});
    confirm();
    cancel();
    world.pass(10min);
    world.pass(10min);
    EXPECT_EQ(asked(), (Asked{"token", "create", "find", "cancel"}));
    EXPECT_EQ(meeting()->state, "cancelled");
    EXPECT_EQ(jobs(), 0);
}

TEST_F(MeetingKeeperTest, what_settings_must_mend_waits_with_a_sentence_and_is_tried_again_when_they_are) {
    script({answer(200), answer(401)});
    confirm();
    EXPECT_EQ(meeting()->state, "failed");
    EXPECT_EQ(meeting()->note, "Connect Zoom again.");
    EXPECT_EQ(jobs(), 0);
    script({answer(200), answer(201, "m1")});  // another account has another token
    choose(world, World::kMlimani);
    world.run();
    EXPECT_EQ(meeting()->state, "ready");
    EXPECT_EQ(meeting()->note, "");
    EXPECT_EQ(world.meetings(), 1);
}

TEST_F(MeetingKeeperTest, a_meeting_in_doubt_stays_in_doubt_while_its_provider_is_away) {
    script({answer(200), lost(), answer(401), answer(401)});
    confirm();
    world.pass(10min);  // even the search is refused
    EXPECT_EQ(meeting()->state, "wanted");
    EXPECT_EQ(meeting()->note, "Connect Zoom again.");
    world.in(kSystem, [&](auto&, auto& tx) { return tx.execute("DELETE FROM meeting_config WHERE clinic_id = $1"); });
    world.pass(31min);
    EXPECT_EQ(meeting()->state, "wanted");
    script({answer(200), answer(200, "m1")});
    choose(world, World::kMlimani);  // another account: the doubt is about the first
    world.run();
    EXPECT_EQ(asked(), (Asked{"token", "create", "find"}));
    choose(world, kSystem);
    world.run();
    EXPECT_EQ(asked(), (Asked{"token", "create", "find", "token", "find"}));
    EXPECT_EQ(meeting()->state, "ready");
    EXPECT_EQ(world.meetings(), 1);
    world.pass(1h);
    EXPECT_EQ(jobs(), 0);
}

TEST_F(MeetingKeeperTest, a_provider_that_is_away_longer_than_all_tries_is_asked_on_while_the_visit_is_to_come) {
    world.client.serve = [](const net::ClientRequest&) { return net::NotSent{"refused"}; };
    confirm();
    for (int i = 0; i < 36; ++i) world.pass(5min);
    EXPECT_EQ(meeting()->state, "failed");  // a person sees it
    EXPECT_EQ(meeting()->note, "away");
    world.client.serve = [](const net::ClientRequest& request) -> net::Outcome {
        if (request.url.ends_with("token")) return net::Response{.status = 200};
        if (request.url.ends_with("create")) return net::Response{.status = 201, .body = "m1"};
        return net::NotSent{"refused"};
    };
    for (int i = 0; i < 12; ++i) world.pass(5min);
    EXPECT_EQ(meeting()->state, "ready");
    EXPECT_EQ(jobs(), 0);
}

TEST_F(MeetingKeeperTest, a_meeting_that_cannot_be_taken_away_for_hours_is_in_the_end_and_not_for_ever) {
    script({answer(200), answer(201, "m1")});
    confirm();
    world.client.serve = [](const net::ClientRequest&) { return net::NotSent{"refused"}; };
    cancel();
    for (int i = 0; i < 36; ++i) world.pass(5min);
    EXPECT_EQ(meeting()->state, "failed");
    world.client.serve = [](const net::ClientRequest& request) -> net::Outcome {
        if (request.url.ends_with("token")) return net::Response{.status = 200};
        if (request.body.starts_with("apt_")) return net::Response{.status = 204};  // the sweeper's list names none
        return net::NotSent{"refused"};
    };
    for (int i = 0; i < 12; ++i) world.pass(5min);
    EXPECT_EQ(meeting()->state, "cancelled");
    EXPECT_EQ(jobs(), 0);
}

TEST_F(MeetingKeeperTest, settings_saved_again_hasten_whatever_waits_also_what_has_begun) {
    script({answer(200), answer(202, "m1"), answer(429), answer(200, "m1")});
    confirm();
    world.pass(10s);
    EXPECT_EQ(meeting()->state, "pending");
    EXPECT_EQ(meeting()->note, "Too fast.");
    choose(world, World::kMlimani);
    world.run();
    EXPECT_EQ(meeting()->state, "ready");

    script({answer(429), answer(200, "m1")});
    world.in(World::kMlimani, [&](auto& context, auto& tx) {
        const Instant now = world.clock.at;
        return appointments::reschedule(context, tx, visit, now - 1min, now + 29min, "test");
    });
    world.run();
    EXPECT_EQ(meeting()->note, "Too fast.");
    choose(world, World::kMlimani);
    world.run();
    EXPECT_EQ(meeting()->note, "");
    EXPECT_EQ(asked(), (Asked{"token", "create", "find", "find", "update", "update"}));
}

TEST_F(MeetingKeeperTest, nobody_is_asked_for_a_visit_that_is_over) {
    world.client.serve = [](const net::ClientRequest&) { return net::NotSent{"refused"}; };
    confirm();
    while (world.clock.at < world.now(visit).ends_at + 1h) world.pass(5min);
    EXPECT_EQ(meeting()->state, "failed");
    EXPECT_EQ(jobs(), 0);
}

TEST_F(MeetingKeeperTest, a_rate_limit_is_waited_out) {
    script({answer(200), answer(429), answer(201, "m1")});
    confirm();
    EXPECT_EQ(meeting()->note, "Too fast.");
    world.pass(59s);
    EXPECT_EQ(asked(), (Asked{"token", "create"}));
    world.pass(1s);
    EXPECT_EQ(asked(), (Asked{"token", "create", "create"}));
    EXPECT_EQ(meeting()->state, "ready");
}

TEST_F(MeetingKeeperTest, a_meeting_deleted_at_the_provider_is_replaced_under_a_new_generation) {
    script({answer(200), answer(201, "m1"), answer(404), answer(201, "m2")});
    confirm();
    const Appointment before = world.now(visit);
    world.in(World::kMlimani, [&](auto& context, auto& tx) {
        return appointments::reschedule(context, tx, visit, before.starts_at + 1h, before.ends_at + 1h, "test");
    });
    world.run();
    EXPECT_EQ(asked(), (Asked{"token", "create", "update", "create"}));
    EXPECT_NE(world.client.requests[1].body, world.client.requests[3].body);
    EXPECT_EQ(world.now(visit).meeting_generation, 1);
    EXPECT_EQ(world.now(visit).link_generation, 0);
    EXPECT_EQ(world.meetings(), 1);
    EXPECT_EQ(meeting()->state, "ready");
}

TEST_F(MeetingKeeperTest, the_title_names_neither_patient_nor_reason) {
    class Spy final : public Adapter {
    public:
        explicit Spy(std::string& title) : title_(title) {}
        Kind kind() const override { return Kind::kZoom; }
        Step next(const Operation& operation, const Position&, Instant) const override {
            title_ = operation.intent.title;
            EXPECT_TRUE(check(operation.intent));
            return Answer(Ready{"m", "https://wire/j/m", {}, {}});
        }
        Turn absorb(const Operation&, std::string_view, const Position&, const net::Outcome&, Instant) const override {
            return Onward{};
        }

    private:
        std::string& title_;
    };
    std::string title;
    World spied([&](store::ClinicTx&, const ProviderSettings&) -> Result<std::shared_ptr<const Adapter>> {
        return std::make_shared<Spy>(title);
    });
    choose(spied, kSystem);
    const auto id = spied.visit(spied.patient(), AppointmentKind::kVirtual);
    spied.in(World::kMlimani, [&](auto& context, auto& tx) { return appointments::confirm(context, tx, id, "test"); });
    spied.run();
    EXPECT_EQ(title, "Online visit");
}

TEST(meeting_keeper, without_a_provider_the_visit_stands_and_the_meeting_says_what_is_missing) {
    World world;
    world.in(kSystem, [&](auto&, auto& tx) { return tx.execute("DELETE FROM meeting_config WHERE clinic_id = $1"); });
    const auto patient = world.patient();
    const auto visit = world.visit(patient, AppointmentKind::kVirtual);
    const Invoice invoice = world.invoice(patient, visit);
    world.pay(invoice.account, 1500);
    EXPECT_EQ(world.now(visit).state, AppointmentState::kConfirmed);
    const auto listed = world.in(World::kMlimani, [&](auto&, auto& tx) { return meeting_keeper::of_visit(tx, visit); });
    ASSERT_TRUE(listed);
    EXPECT_EQ(listed->state, "failed");
    EXPECT_NE(listed->note.find("Choose one"), std::string::npos);
    EXPECT_EQ(world.channel.sent.size(), 1u);  // the patient has our own link already
    world.in(World::kMlimani, [&](auto& context, auto& tx) {
        return world.settings.set_adapter(context, tx, {Kind::kSimple, "https://meet.example"}, "test");
    });
    world.run();
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM meetings WHERE clinic_id = $1 AND state = 'ready'"), 1);
}

TEST(meeting, the_next_verb_follows_both_rows) {
    const Instant now = *parse_iso("2026-11-23T06:00:00Z");
    Visit visit{AppointmentId{1}, AppointmentKind::kVirtual, AppointmentState::kConfirmed, now + 1h, now + 2h, 0};
    Meeting none{.appointment = visit.id};
    Meeting row{
        .id = MeetingId{2}, .appointment = visit.id, .provider_id = "m", .starts_at = now + 1h, .ends_at = now + 2h};
    EXPECT_EQ(next_verb(visit, none, now), Verb::kCreate);
    for (const auto state : {AppointmentState::kHeld, AppointmentState::kCompleted, AppointmentState::kCancelled,
                             AppointmentState::kReleased}) {
        Visit other = visit;
        other.state = state;
        EXPECT_EQ(next_verb(other, none, now), std::nullopt);
    }
    Visit onsite = visit;
    onsite.kind = AppointmentKind::kOnsite;
    EXPECT_EQ(next_verb(onsite, none, now), std::nullopt);
    EXPECT_EQ(next_verb(visit, none, now + 2h), std::nullopt);  // over

    row.state = MeetingState::kReady;
    EXPECT_EQ(next_verb(visit, row, now), std::nullopt);
    Visit moved = visit;
    moved.ends_at = now + 3h;
    EXPECT_EQ(next_verb(moved, row, now), Verb::kUpdate);
    Visit off = visit;
    off.state = AppointmentState::kCancelled;
    EXPECT_EQ(next_verb(off, row, now), Verb::kCancel);
    row.state = MeetingState::kPending;
    EXPECT_EQ(next_verb(visit, row, now), Verb::kFind);
    EXPECT_EQ(next_verb(off, row, now), Verb::kCancel);
    row.state = MeetingState::kFailed;
    EXPECT_EQ(next_verb(visit, row, now), Verb::kUpdate);
    EXPECT_EQ(next_verb(off, row, now), Verb::kCancel);
    row.provider_id.clear();
    EXPECT_EQ(next_verb(visit, row, now), Verb::kCreate);
    EXPECT_EQ(next_verb(off, row, now), std::nullopt);
    row.state = MeetingState::kCancelled;
    EXPECT_EQ(next_verb(off, row, now), std::nullopt);

    Visit over = visit;
    over.state = AppointmentState::kCompleted;  // not off, and no longer in need of a meeting
    for (const auto state :
         {MeetingState::kWanted, MeetingState::kPending, MeetingState::kReady, MeetingState::kFailed}) {
        row.state = state;
        EXPECT_EQ(next_verb(over, row, now), std::nullopt);
    }
    row.state = MeetingState::kWanted;
    EXPECT_EQ(next_verb(visit, row, now), Verb::kCreate);
    EXPECT_EQ(next_verb(off, row, now), std::nullopt);
    none.state = MeetingState::kReady;
    EXPECT_EQ(next_verb(visit, none, now), Verb::kCreate) << "without a row its state means nothing";
}

}  // namespace
}  // namespace clinicpro::invoices
