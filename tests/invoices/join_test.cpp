// Facts about the patient's link: what the page may show, and when the door opens.
#include "invoices/join.hpp"

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
        return world.attempt(clinic,
                             [&](auto& context, auto& tx) { return open_door(context, tx, *world.vault, which); });
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

}  // namespace
}  // namespace clinicpro::invoices
