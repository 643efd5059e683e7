#include "storm/people.hpp"

namespace clinicpro::storm {
namespace {

using sandbox::Act;
using InvoicePtr = std::shared_ptr<Invoice>;

sandbox::Script habit(Dice& dice) {
    sandbox::Script script;
    static constexpr Act kHabits[] = {Act::kPay,      Act::kPay,     Act::kPay,      Act::kPay,    Act::kPay,
                                      Act::kPay,      Act::kLate,    Act::kWrongPin, Act::kCancel, Act::kIgnore,
                                      Act::kNoAnswer, Act::kNoMoney, Act::kLate};
    script.act = kHabits[size_t(dice.between(0, int64_t(std::size(kHabits)) - 1))];
    if (dice.chance(0.2)) script.after = dice.between(Duration(100ms), Duration(200s));
    return script;
}

// As a payer would write an account number.
std::string typed(Dice& dice, const std::string& account, bool& right) {
    right = true;
    switch (dice.between(0, 7)) {
        case 0: return account.substr(0, 3) + " " + account.substr(3, 3) + " " + account.substr(6);
        case 1: return " " + account;
        case 2: {  // one wrong digit
            std::string wrong = account;
            char& c = wrong[size_t(dice.between(0, int64_t(wrong.size()) - 1))];
            c = c == '9' ? '0' : char(c + 1);
            right = false;
            return wrong;
        }
        case 3: {  // two swapped
            std::string wrong = account;
            const size_t at = size_t(dice.between(0, int64_t(wrong.size()) - 2));
            right = wrong[at] == wrong[at + 1];
            std::swap(wrong[at], wrong[at + 1]);
            return wrong;
        }
        case 4: right = false; return "DR WANJIKU";
        default: return account;
    }
}

void pay_by_hand(World& world, Tenant& tenant, const InvoicePtr& invoice) {
    Dice& dice = tenant.dice;
    bool right = true;
    const bool till = tenant.merchant.is_till();
    const std::string account = till ? "" : typed(dice, invoice->account, right);
    int64_t amount = invoice->due;
    if (dice.chance(0.15)) amount = std::max<int64_t>(1, amount / 2);
    if (dice.chance(0.1)) amount += dice.between(1, 50);
    const auto paid = tenant.host->daraja->c2b().pay(
        {invoice->phone, tenant.merchant.receiver(), Money::from_shillings(amount), account}, world.clock.now());
    world.say(tenant.number,
              "patient pays " + std::to_string(amount) + " by hand for " + account + (paid ? "" : " (refused)"));
}

void prompt(World& world, Tenant& tenant, const InvoicePtr& invoice, std::string key) {
    Dice& dice = tenant.dice;
    tenant.host->daraja->world().customer(invoice->phone).next.push_back(habit(dice));
    Deed deed{"POST", "/invoices/" + invoice->id + "/payments", "{}", false, key};
    if (dice.chance(0.15) && invoice->due > 2) {
        deed.body = "{\"amount_cents\":" + std::to_string(invoice->due / 2 * 100) + "}";
    }
    const bool twice = dice.chance(0.2);
    const auto started = [&world, &tenant, key](const net::Response& answer, json::View view) {
        if (answer.status != 202) return;
        auto& made = tenant.started[key];
        made.insert(view["id"].text().value_or(""));
        if (made.size() > 1) world.breaks(5, "one Idempotency-Key made two payments");
    };
    if (twice) {
        // The impatient finger, or a client that lost the answer; perhaps through the other server, perhaps much later.
        const Duration wait = dice.between(Duration(1ms), dice.chance(0.7) ? Duration(3s) : Duration(10min));
        world.after(wait, [&world, &tenant, deed, started] { act(world, tenant, deed, started); });
    }
    act(world, tenant, std::move(deed), started);
}

std::string new_key(Tenant& tenant) {
    return "p-" + tenant.dice.pick("abcdefghijklmnopqrstuvwxyz", 20);
}

// The patient is in the book; now somebody pays, or not.
void after_booking(World& world, Tenant& tenant, const InvoicePtr& invoice) {
    Dice& dice = tenant.dice;
    const bool by_prompt = dice.chance(0.75);
    if (by_prompt) {
        const Duration wait = dice.between(Duration(2s), Duration(60s));
        world.after(wait, [&world, &tenant, invoice] { prompt(world, tenant, invoice, new_key(tenant)); });
        if (dice.chance(0.35)) {
            const Duration again = wait + dice.between(Duration(30s), Duration(8min));
            world.after(again, [&world, &tenant, invoice] { prompt(world, tenant, invoice, new_key(tenant)); });
        }
    }
    if (!by_prompt || dice.chance(0.2)) {
        world.after(dice.between(Duration(5s), Duration(6min)),
                    [&world, &tenant, invoice] { pay_by_hand(world, tenant, invoice); });
    }
    const double meddles = world.swarm.staff_meddles;
    const auto maybe = [&](Deed deed) {
        if (!dice.chance(meddles)) return;
        world.after(dice.between(Duration(1s), Duration(12min)),
                    [&world, &tenant, deed = std::move(deed)] { act(world, tenant, deed); });
    };
    maybe({"POST", "/invoices/" + invoice->id + "/void", ""});
    if (invoice->visit.empty()) return;
    const std::string visit = "/appointments/" + invoice->visit;
    maybe({"POST", visit + "/cancel", ""});
    maybe({"POST", visit + "/release", ""});
    maybe({"POST", visit + "/confirm", ""});
    maybe({"POST", visit + "/revoke-link", ""});
    const Instant starts = world.clock.now() + dice.between(Duration(30h), Duration(80h));
    maybe({"POST", visit + "/reschedule",
           "{\"starts_at\":\"" + to_iso(starts) + "\",\"ends_at\":\"" + to_iso(starts + 30min) + "\"}"});
}

void book(World& world, Tenant& tenant, bool plain, std::function<void(const InvoicePtr&)> then) {
    Dice& dice = tenant.dice;
    auto invoice = std::make_shared<Invoice>();
    const bool known = !plain && !tenant.phones.empty() && dice.chance(world.swarm.families);
    if (known) {
        invoice->phone = tenant.phones[size_t(dice.between(0, int64_t(tenant.phones.size()) - 1))];
    } else {
        invoice->phone = "2547" + std::to_string(tenant.number) + dice.pick("0123456789", 7);
        tenant.phones.push_back(invoice->phone);
    }
    invoice->is_virtual = plain || dice.chance(0.5);
    invoice->due = world.swarm.fee > 0 ? world.swarm.fee : dice.between(10, 4000);
    const bool has_visit = plain || dice.chance(0.85);
    const bool held = !plain && dice.chance(0.3);
    const Duration ahead = dice.between(Duration(26h), Duration(70h));
    const Duration hold = dice.between(Duration(2min), Duration(40min));
    const std::string name = "Achieng " + tenant.colour + (dice.chance(0.5) ? " K." : "");
    const auto make_invoice = [&world, &tenant, invoice, then] {
        std::string body = "{\"patient_id\":\"" + invoice->patient +
                           "\",\"amount_cents\":" + std::to_string(invoice->due * 100) + ",\"description\":\"" +
                           tenant.colour + " consultation\"";
        if (!invoice->visit.empty()) body += ",\"appointment_id\":\"" + invoice->visit + "\"";
        act(world, tenant, {"POST", "/invoices", body + "}"},
            [&tenant, invoice, then](const net::Response& answer, json::View view) {
                if (answer.status != 201) return;
                invoice->id = view["id"].text().value_or("");
                invoice->account = view["account"].text().value_or("");
                invoice->number = int(tenant.invoices.size());
                tenant.invoices.push_back(*invoice);
                then(invoice);
            });
    };
    act(world, tenant,
        {"POST", "/patients",
         "{\"name\":\"" + name + "\",\"phone\":\"" + invoice->phone + "\",\"language\":\"" +
             (dice.chance(0.5) ? "en" : "sw") + "\"}"},
        [&world, &tenant, invoice, has_visit, held, ahead, hold, make_invoice](const net::Response& answer,
                                                                               json::View view) {
            if (answer.status != 201) return;
            invoice->patient = view["id"].text().value_or("");
            if (!has_visit) return make_invoice();
            const Instant starts = world.clock.now() + ahead;
            std::string body = "{\"patient_id\":\"" + invoice->patient + "\",\"kind\":\"" +
                               (invoice->is_virtual ? "virtual" : "onsite") + "\",\"title\":\"" + tenant.colour +
                               "\",\"starts_at\":\"" + to_iso(starts) + "\",\"ends_at\":\"" + to_iso(starts + 30min) +
                               "\"";
            if (held) body += ",\"hold_until\":\"" + to_iso(world.clock.now() + hold) + "\"";
            act(world, tenant, {"POST", "/appointments", body + "}"},
                [invoice, make_invoice](const net::Response& made, json::View visit) {
                    if (made.status != 201) return;
                    invoice->visit = visit["id"].text().value_or("");
                    make_invoice();
                });
        });
}

// Whoever looks after money that fits nowhere.
void tidy(World& world, Tenant& tenant) {
    act(world, tenant, {"GET", "/unallocated", ""}, [&world, &tenant](const net::Response& answer, json::View view) {
        if (answer.status != 200 || view["items"].size() == 0 || tenant.invoices.empty()) return;
        Dice& dice = tenant.dice;
        const auto one = view["items"].at(size_t(dice.between(0, int64_t(view["items"].size()) - 1)));
        const auto& invoice = tenant.invoices[size_t(dice.between(0, int64_t(tenant.invoices.size()) - 1))];
        act(world, tenant,
            {"POST", "/unallocated/" + one["id"].text().value_or("") + "/assign",
             "{\"invoice_id\":\"" + invoice.id + "\"}"},
            [](const net::Response& assigned, json::View) {
                if (assigned.status == 200) SOMETIMES(kUnallocatedAssigned);
            });
    });
}

void look_around(World& world, Tenant& tenant) {
    static constexpr std::string_view kPages[] = {"/patients",
                                                  "/invoices",
                                                  "/payments",
                                                  "/notices",
                                                  "/inbox",
                                                  "/jobs",
                                                  "/appointments?from=2026-11-20T00:00:00Z&until=2026-12-20T00:00:00Z",
                                                  "/audit",
                                                  "/payments?attention=true",
                                                  "/mpesa"};
    act(world, tenant,
        {"GET", std::string(kPages[size_t(tenant.dice.between(0, int64_t(std::size(kPages)) - 1))]), ""});
}

}  // namespace

void plan_people(World& world, Tenant& tenant) {
    Dice& dice = tenant.dice;
    const Duration length = world.swarm.length;
    act(world, tenant, {"POST", "/mpesa/c2b-urls", ""});
    for (int i = 0; i < world.swarm.visits; ++i) {
        world.after(dice.between(Duration(5s), length), [&world, &tenant] {
            book(world, tenant, false,
                 [&world, &tenant](const InvoicePtr& invoice) { after_booking(world, tenant, invoice); });
        });
    }
    for (int i = 0; i < 3; ++i) {
        world.after(dice.between(Duration(60s), length), [&world, &tenant] { look_around(world, tenant); });
        if (world.swarm.staff_meddles > 0) {
            world.after(dice.between(Duration(5min), length), [&world, &tenant] { tidy(world, tenant); });
        }
    }
    for (int i = 0; i < world.swarm.forgeries; ++i) {
        world.after(dice.between(Duration(2min), length), [&world, &tenant] { forge(world, tenant); });
    }
    plan_administrator(world, tenant);
    plan_refunds(world, tenant);
}

void plain_visit(World& world, Tenant& tenant, std::function<void(const std::string& payment)> started) {
    if (!started) ++tenant.plain_wanted;
    book(world, tenant, true, [&world, &tenant, started](const InvoicePtr& invoice) {
        auto& customer = tenant.host->daraja->world().customer(invoice->phone);
        customer.script = {};
        customer.next.clear();
        if (!started) tenant.plain.push_back(invoice->id);
        act(world, tenant, {"POST", "/invoices/" + invoice->id + "/payments", "{}"},
            [started](const net::Response& answer, json::View view) {
                if (answer.status == 202 && started) started(view["id"].text().value_or(""));
            });
    });
}

}  // namespace clinicpro::storm
