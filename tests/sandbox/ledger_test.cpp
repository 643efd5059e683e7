// ledger_test.cpp: money is moved, never made; and the limits give the codes M-Pesa gives.
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

Movement wanted(int64_t shillings) {
    Movement m;
    m.receipt = "UC4AAAAAAA";
    m.payer = "254712345678";
    m.receiver = "600986";
    m.amount = Money::from_shillings(shillings);
    m.at = *parse_iso("2026-03-04T20:59:59Z");  // one second before midnight in Nairobi
    return m;
}

Limits limits(int64_t receiver_most = 0) {
    return {.least = Money::from_shillings(10),
            .most = Money::from_shillings(1000),
            .daily = Money::from_shillings(1500),
            .receiver_most = Money::from_shillings(receiver_most)};
}

TEST(ledger, limits_refuse_with_their_codes_at_their_edges) {
    Ledger ledger;
    ledger.open("254712345678", Money::from_shillings(5000));
    EXPECT_EQ(ledger.refusal(wanted(9), limits()), "2");
    EXPECT_EQ(ledger.refusal(wanted(10), limits()), "");
    EXPECT_EQ(ledger.refusal(wanted(1000), limits()), "");
    EXPECT_EQ(ledger.refusal(wanted(1001), limits()), "3");
    ledger.move(wanted(1000));
    EXPECT_EQ(ledger.refusal(wanted(500), limits()), "");
    EXPECT_EQ(ledger.refusal(wanted(501), limits()), "4");
    Movement tomorrow = wanted(501);
    tomorrow.at = tomorrow.at + 1s;
    EXPECT_EQ(ledger.refusal(tomorrow, limits()), "");
    EXPECT_EQ(ledger.refusal(tomorrow, limits(1500)), "8");
    ledger.open("254712345678", Money::from_shillings(400));
    EXPECT_EQ(ledger.refusal(wanted(401), limits()), "1");
}

TEST(ledger, total_equals_issued_whatever_happens) {
    Dice dice(3);
    Ledger ledger;
    for (int i = 0; i < 500; ++i) {
        Movement m = wanted(dice.between(1, 2000));
        m.payer = "25471234567" + std::to_string(dice.between(0, 9));
        m.receiver = dice.chance(0.5) ? "600986" : "600987";
        if (dice.chance(0.1)) ledger.open(m.payer, Money::from_shillings(dice.between(0, 9000)));
        if (ledger.refusal(m, limits()).empty()) ledger.move(m);
        ASSERT_EQ(ledger.total_cents(), ledger.issued_cents());
    }
    EXPECT_GT(ledger.movements().size(), 10u);
    int64_t received = 0;
    for (const Movement& m : ledger.movements()) received += m.amount.cents();
    EXPECT_EQ(received, ledger.shortcode("600986").cents() + ledger.shortcode("600987").cents());
}

}  // namespace
}  // namespace clinicpro::sandbox
