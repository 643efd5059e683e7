// Facts about the patient's link: what the page may show, and when the door opens.
#include "invoices/join.hpp"

#include "meetings/simple_adapter.hpp"
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using testing::World;

TEST(join, the_view_follows_state_kind_and_time) {
    const Instant start = *parse_iso("2026-11-24T06:00:00Z");
    Visit visit{.id = AppointmentId{1},
                .kind = AppointmentKind::kVirtual,
                .state = AppointmentState::kConfirmed,
                .starts_at = start,
                .ends_at = start + 30min};
    EXPECT_EQ(join_view(visit, true, start - 15min - 1us), JoinView::kTooEarly);
    EXPECT_EQ(join_view(visit, true, start - 15min), JoinView::kOpen);
    EXPECT_EQ(join_view(visit, false, start - 15min), JoinView::kBeingMade);
    EXPECT_EQ(join_view(visit, false, start - 16min), JoinView::kTooEarly);
    EXPECT_EQ(join_view(visit, true, start + 90min - 1us), JoinView::kOpen);
    EXPECT_EQ(join_view(visit, true, start + 90min), JoinView::kEnded);
    visit.state = AppointmentState::kHeld;
    EXPECT_EQ(join_view(visit, false, start), JoinView::kUnpaid);
    EXPECT_EQ(join_view(visit, false, start + 90min), JoinView::kEnded);
    visit.state = AppointmentState::kCompleted;
    EXPECT_EQ(join_view(visit, true, start), JoinView::kEnded);
    for (const auto off : {AppointmentState::kCancelled, AppointmentState::kReleased}) {
        visit.state = off;
        EXPECT_EQ(join_view(visit, true, start), JoinView::kCancelled);
    }
    visit.state = AppointmentState::kConfirmed;
    visit.kind = AppointmentKind::kOnsite;
    EXPECT_EQ(join_view(visit, true, start), JoinView::kOnsite);
}

class JoinTest : public ::testing::Test {
protected:
    World world;
    const AppointmentId visit = world.visit(world.patient(), AppointmentKind::kVirtual);

    clinics::Link link(int64_t generation = 0) { return appointments::join_link(World::kMlimani, visit, generation); }
    void confirm() {
        world.in(World::kMlimani,
                 [&](auto& context, auto& tx) { return appointments::confirm(context, tx, visit, "test"); });
        world.run();
    }
    Result<JoinPage> look(const clinics::Link& which, ClinicId clinic = World::kMlimani) {
        return world.attempt(clinic, [&](auto& context, auto& tx) { return invoices::look(tx, which, context.now()); });
    }
    Result<Door> open(const clinics::Link& which, ClinicId clinic = World::kMlimani) {
        return world.attempt(clinic, [&](auto& context, auto& tx) {
            return open_door(context, tx, *world.vault, world.settings, which);
        });
    }
    int64_t openings() {
        return world.number("SELECT COUNT(*) FROM audit WHERE clinic_id = $1 AND action = 'meeting.opened'");
    }
};

TEST_F(JoinTest, an_unpaid_visit_shows_the_account_to_pay) {
    const auto patient = world.now(visit).patient;
    const Invoice invoice = world.invoice(patient, visit);
    const auto page = look(link());
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ(page->view, JoinView::kUnpaid);
    EXPECT_EQ(page->account, invoice.account);
    EXPECT_EQ(page->clinic, "Mlimani");
    EXPECT_EQ(open(link()).error().code, Code::kConflict);
}

TEST_F(JoinTest, looking_changes_nothing_and_opening_is_audited) {
    confirm();
    EXPECT_EQ(look(link())->view, JoinView::kTooEarly);
    EXPECT_EQ(open(link()).error().code, Code::kConflict);
    world.pass(24h - 10min);
    const int64_t before = world.number("SELECT COUNT(*) FROM audit WHERE clinic_id = $1");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(look(link())->view, JoinView::kOpen);
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM audit WHERE clinic_id = $1"), before);
    const auto door = open(link());
    ASSERT_TRUE(door) << door.error().message;
    EXPECT_TRUE(door->url.reveal().starts_with("https://meet.example/r/"));
    EXPECT_EQ(openings(), 1);
    world.pass(2h);
    EXPECT_EQ(look(link())->view, JoinView::kEnded);
    EXPECT_FALSE(open(link()));
    EXPECT_EQ(openings(), 1);
}

TEST_F(JoinTest, a_revoked_foreign_or_misused_link_finds_nothing) {
    confirm();
    world.pass(24h);
    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return appointments::revoke_link(context, tx, visit, "test"); });
    auto pay = link(1);
    pay.purpose = clinics::Link::Purpose::kPay;
    auto unknown = link(1);
    unknown.subject = 77;
    for (const auto& which : {link(0), pay, unknown}) {
        EXPECT_EQ(look(which).error().code, Code::kNotFound);
        EXPECT_EQ(open(which).error().code, Code::kNotFound);
    }
    EXPECT_EQ(look(link(1), World::kPwani).error().code, Code::kNotFound);
    EXPECT_EQ(open(link(1), World::kPwani).error().code, Code::kNotFound);
    EXPECT_EQ(look(link(1))->view, JoinView::kOpen);
}

TEST_F(JoinTest, a_moved_visit_keeps_its_link_and_its_door) {
    confirm();
    world.pass(24h);
    const auto url = open(link())->url;
    const Instant later = world.clock.at + 48h;
    world.in(World::kMlimani, [&](auto& context, auto& tx) {
        return appointments::reschedule(context, tx, visit, later, later + 30min, "test");
    });
    world.run();
    EXPECT_EQ(look(link())->view, JoinView::kTooEarly);
    world.pass(48h);
    EXPECT_EQ(open(link())->url, url);
}

TEST_F(JoinTest, a_cancelled_visit_s_door_is_shut) {
    confirm();
    world.pass(24h);
    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return appointments::cancel(context, tx, visit, "test"); });
    EXPECT_EQ(look(link())->view, JoinView::kCancelled);
    EXPECT_EQ(open(link()).error().code, Code::kConflict);
}

TEST(personal_door, it_is_signed_when_it_is_opened_and_kept_nowhere) {
    crypto::SystemEntropy entropy;
    World world([&](store::ClinicTx&,
                    const meetings::ProviderSettings& wanted) -> Result<std::shared_ptr<const meetings::Adapter>> {
        TRY(auto made,
            meetings::SimpleAdapter::create(meetings::JitsiSettings{.base_url = wanted.base_url,
                                                                    .app_id = "clinic",
                                                                    .app_secret = Secret<>(std::string(32, 's')),
                                                                    .subject = {}},
                                            entropy));
        return std::shared_ptr<const meetings::Adapter>(std::move(made));
    });
    const AppointmentId visit = world.visit(world.patient(), AppointmentKind::kVirtual);
    world.in(World::kMlimani,
             [&](auto& context, auto& tx) { return appointments::confirm(context, tx, visit, "test"); });
    world.run();
    world.clock.at = world.clock.at + 24h;
    const auto open = [&] {
        return world
            .in(World::kMlimani,
                [&](auto& context, auto& tx) {
                    return open_door(context, tx, *world.vault, world.settings,
                                     appointments::join_link(World::kMlimani, visit, 0));
                })
            .url.reveal();
    };
    const std::string first = open();
    world.clock.at = world.clock.at + 2s;
    const std::string second = open();
    EXPECT_NE(first, second);
    const size_t mark = first.find("?jwt=");
    ASSERT_NE(mark, first.npos);
    EXPECT_EQ(first.substr(0, mark), second.substr(0, mark));
    EXPECT_TRUE(first.starts_with("https://meet.example/"));
    const std::string kept = world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<std::string> {
        TRY(const auto found, meeting_rows::find(tx, visit));
        TRY(const crypto::DataKey* key, world.vault->key(tx));
        TRY(const Secret<> url, key->open(found->meeting.url_sealed, meeting_rows::kUrl));
        return url.reveal();
    });
    EXPECT_EQ(kept, first.substr(0, mark));
}

}  // namespace
}  // namespace clinicpro::invoices
