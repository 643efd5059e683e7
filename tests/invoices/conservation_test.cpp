// A property: whatever arrives, in whatever order, every cent has exactly one place.
#include <random>

#include "tests/invoices/world.hpp"

namespace clinicpro::invoices {
namespace {

using testing::World;

void one_history(unsigned seed, const std::string& engine, int steps) {
    SCOPED_TRACE("seed " + std::to_string(seed) + " on " + engine);
    std::mt19937 random(seed);
    const auto roll = [&](int sides) { return int(random() % unsigned(sides)); };
    World world({}, engine);
    const auto patient = world.patient();
    std::vector<Invoice> invoices;
    std::vector<AppointmentId> visits;
    std::vector<TransactionId> prompts;
    for (int step = 0; step < steps; ++step) {
        switch (roll(8)) {
            case 0: {
                AppointmentId visit;
                if (roll(3) > 0) {
                    visit = world.visit(patient, roll(2) ? AppointmentKind::kVirtual : AppointmentKind::kOnsite);
                    visits.push_back(visit);
                }
                invoices.push_back(world.invoice(patient, visit, {}, 100 * (1 + roll(20))));
                break;
            }
            case 1:
            case 2: {
                std::string account = invoices.empty() || roll(4) == 0
                                          ? "A" + std::to_string(roll(1000))
                                          : invoices[size_t(roll(int(invoices.size())))].account;
                if (roll(5) == 0) account[0] = account[0] == '9' ? '1' : '9';
                world.pay(account, 50 * (1 + roll(40)));
                break;
            }
            case 3:
                if (!invoices.empty())
                    prompts.push_back(world.prompt(invoices[size_t(roll(int(invoices.size())))], 100 * (1 + roll(20))));
                break;
            case 4:
            case 5:
                if (!prompts.empty()) {
                    payments::Evidence evidence{.kind = payments::Evidence::Kind::kSucceeded,
                                                .witness = payments::Witness::kQuery};
                    if (roll(2) == 0) {
                        evidence.witness = payments::Witness::kCallback;
                        evidence.amount = Money::from_shillings(100 * (1 + roll(20)));
                        evidence.receipt =
                            roll(2) ? "R" + std::to_string(1 + roll(step + 1)) : "S" + std::to_string(step);
                    }
                    world.witness(prompts[size_t(roll(int(prompts.size())))], evidence);
                }
                break;
            case 6: {
                const auto open = world.open_money();
                if (open.empty() || invoices.empty()) break;
                (void)world.attempt(World::kMlimani, [&](auto& context, auto& tx) {
                    return unallocated::assign(context, tx, open[size_t(roll(int(open.size())))].id,
                                               invoices[size_t(roll(int(invoices.size())))].id, "test");
                });
                break;
            }
            case 7: {
                const bool on_invoice = roll(2) == 0;
                if (on_invoice && !invoices.empty()) {
                    (void)world.attempt(World::kMlimani, [&](auto& context, auto& tx) {
                        return void_invoice(context, tx, invoices[size_t(roll(int(invoices.size())))].id, "test");
                    });
                } else if (!visits.empty()) {
                    (void)world.attempt(World::kMlimani, [&](auto& context, auto& tx) {
                        const auto visit = visits[size_t(roll(int(visits.size())))];
                        return roll(2) ? appointments::cancel(context, tx, visit, "test")
                                       : appointments::release(context, tx, visit, "test");
                    });
                }
                break;
            }
        }
        world.run();
    }
    world.pass(24h);  // whatever waited
    world.expect_conserved();
    // One live meeting for each confirmed virtual visit to come, none for any other.
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM meetings m JOIN appointments a ON a.clinic_id = m.clinic_id AND "
                           "a.id = m.appointment_id WHERE m.clinic_id = $1 AND m.state <> 'cancelled' AND "
                           "(a.kind = 'onsite' OR a.state NOT IN ('confirmed', 'completed'))"),
              0);
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM appointments a WHERE a.clinic_id = $1 AND a.kind = 'virtual' AND "
                           "a.state = 'confirmed' AND 1 <> (SELECT COUNT(*) FROM meetings m WHERE "
                           "m.clinic_id = a.clinic_id AND m.appointment_id = a.id AND m.state = 'ready')"),
              0);
    // A paid invoice holds exactly what was due.
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM invoices WHERE clinic_id = $1 AND "
                           "((state IN ('paid', 'overpaid')) <> (amount_paid = amount_due))"),
              0);
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM jobs WHERE clinic_id = $1"), 0);
    world.in(World::kMlimani, [&](auto&, auto& tx) -> Result<> {
        TRY(const auto broken, clinics::audit::verify_chain(tx));
        EXPECT_FALSE(broken);
        return {};
    });
}

TEST(conservation, random_histories_lose_and_make_no_cent) {
    for (unsigned seed = 1; seed <= 30; ++seed) one_history(seed, "sqlite", 60);
}

TEST(conservation, the_same_holds_on_postgresql) {
    for (unsigned seed = 1; seed <= 3; ++seed) one_history(seed, "postgres", 50);
}

}  // namespace
}  // namespace clinicpro::invoices
