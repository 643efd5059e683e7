// check_money.cpp: the clinic's books against what truly moved (P-01 to P-04).
#include "storm/checks.hpp"

namespace clinicpro::storm {
namespace {

bool is_paid(const Books::Payment& p) {
    return p.state == "paid" || p.state == "paid_without_receipt";
}

// The attempt that a prompt belongs to: its callback address says so.
int64_t attempt_of(const World& world, const sandbox::Push& push) {
    const auto link = world.links->verify_hex(clinics::Link::Purpose::kStkCallback,
                                              push.callback_url.substr(push.callback_url.rfind('/') + 1));
    return link ? link->subject : 0;
}

const Books::Payment* attempt_of(const World& world, const Tenant& tenant, const Books& books,
                                 const std::string& checkout) {
    const sandbox::Push* push = tenant.host->daraja->stk().find(checkout);
    return push == nullptr ? nullptr : books.payment(attempt_of(world, *push));
}

const Books::Payment* booked(const Books& books, const std::string& receipt) {
    const auto found = std::find_if(books.payments.begin(), books.payments.end(), [&](const Books::Payment& p) {
        return p.receipt == receipt && p.duplicate_of == 0 && p.state == "paid";
    });
    return found == books.payments.end() ? nullptr : &*found;
}

std::vector<sandbox::Movement> truth_of(const Tenant& tenant) {
    std::vector<sandbox::Movement> mine;
    for (const auto& m : tenant.host->daraja->world().ledger.movements()) {
        if (m.receiver == tenant.merchant.receiver()) mine.push_back(m);
    }
    return mine;
}

}  // namespace

void check_money(World& world, const Tenant& tenant, const Books& books) {
    const std::string of = " of " + tenant.colour;
    const auto truth = truth_of(tenant);

    // P-02: one receipt, one booking; one movement, one booking under whatever name.
    std::map<std::string, int> bookings;
    for (const auto& p : books.payments) {
        if (!p.receipt.empty() && p.duplicate_of == 0) ++bookings[p.receipt];
        if (p.duplicate_of != 0 && p.received != 0) world.breaks(2, "a duplicate payment" + of + " booked money");
    }
    for (const auto& [receipt, count] : bookings) {
        if (count > 1) world.breaks(2, "receipt " + receipt + of + " is booked " + std::to_string(count) + " times");
    }
    for (const auto& m : truth) {
        if (m.source != "stk") continue;
        const auto* attempt = attempt_of(world, tenant, books, m.checkout);
        const auto* by_receipt = booked(books, m.receipt);
        if (attempt != nullptr && by_receipt != nullptr && attempt != by_receipt && attempt->received > 0 &&
            attempt->state == "paid_without_receipt") {
            world.breaks(2, "the money of receipt " + m.receipt + of + " is booked by query and again by its receipt");
        }
    }

    // P-03: what is booked moved, in the amount that was told.
    for (const auto& p : books.payments) {
        if (p.received < 0) world.breaks(3, "a payment" + of + " has received less than nothing");
        if (p.received > 0 && !is_paid(p))
            world.breaks(3, "a payment" + of + " is " + p.state + " and has received money");
        if (p.state == "paid") {
            const auto moved =
                std::find_if(truth.begin(), truth.end(), [&](const auto& m) { return m.receipt == p.receipt; });
            if (moved == truth.end()) world.breaks(3, "receipt " + p.receipt + of + " was booked and never was");
            const bool told = std::any_of(tenant.told.begin(), tenant.told.end(), [&](const Told& t) {
                return t.success && t.receipt == p.receipt && t.amount.cents() == p.received;
            });
            if (p.duplicate_of == 0 && !told) {
                world.breaks(3, "receipt " + p.receipt + of + " is booked with " + std::to_string(p.received) +
                                    " cents, which nobody told");
            }
        }
        if (p.state == "paid_without_receipt") {
            bool moved = false;
            for (const auto& m : truth) {
                const auto* attempt = m.source == "stk" ? attempt_of(world, tenant, books, m.checkout) : nullptr;
                moved = moved || (attempt != nullptr && attempt->id == p.id);
            }
            if (!moved) world.breaks(3, "a payment" + of + " counts as paid and nothing moved");
        }
    }

    // Every sum, to the cent.
    std::map<int64_t, int64_t> received, given, on_invoice, gone;
    int64_t waiting = 0;
    for (const auto& line : books.lines) {
        const auto side = [&](const std::string& account, int64_t amount) {
            if (account == "mpesa") received[line.payment] -= amount;
            if (account == "clearing") given[line.payment] -= amount;
            if (account == "invoice") on_invoice[line.invoice] += amount;
            if (account == "unallocated") waiting += amount;
        };
        side(line.credit, line.amount);
        side(line.debit, -line.amount);
    }
    for (const auto& r : books.refunds) {
        if (r.state == "done" && r.way != "by_hand") gone[r.payment] += r.done;
    }
    for (const auto& p : books.payments) {
        if (received[p.id] != p.received - gone[p.id])
            world.breaks(3, "a payment" + of + " and its ledger lines disagree");
        if (p.received != p.allocated) {
            world.breaks(4, "a payment" + of + " has received " + std::to_string(p.received) + " and given out " +
                                std::to_string(p.allocated) + " cents");
        }
        if (given[p.id] != 0) world.breaks(3, "clearing" + of + " is not empty");
    }
    for (const auto& bill : books.bills) {
        if (on_invoice[bill.id] != bill.paid) {
            world.breaks(3, "an invoice" + of + " shows " + std::to_string(bill.paid) +
                                " cents paid where the ledger has " + std::to_string(on_invoice[bill.id]));
        }
        const bool full = bill.state == "paid" || bill.state == "overpaid";
        if (full != (bill.paid == bill.due))
            world.breaks(3, "an invoice" + of + " is " + bill.state + " with another sum");
        if (bill.state == "void" && bill.paid != 0) world.breaks(3, "a void invoice" + of + " has taken money");
    }
    int64_t shown = 0;
    for (const auto& one : books.unallocated) shown += one.state == "open" ? one.amount : 0;
    if (shown != waiting) {
        world.breaks(4, "the list of unallocated money" + of + " shows " + std::to_string(shown) + " cents of " +
                            std::to_string(waiting));
    }
}

void check_evidence(World& world, const Tenant& tenant, const Books& books) {
    const std::string of = " of " + tenant.colour;
    // P-01: each acknowledged notice is there, as often as it was acknowledged.
    std::multiset<std::pair<std::string, std::string>> stored;
    for (const auto& n : books.notices) {
        stored.emplace(n.method, n.body);
        if (n.state == "new" || n.state == "parked")
            world.breaks(4, "a notice" + of + " is still " + n.state + ": " + n.note);
    }
    for (const auto& a : tenant.acknowledged) {
        const auto found = stored.find({a.method, a.body});
        if (found == stored.end()) {
            world.breaks(1, "an acknowledged " + a.method + " notice" + of + " is not in the inbox");
        } else {
            stored.erase(found);
        }
    }
    // P-04: everything told is booked or shown; everything else is at an end.
    for (const auto& p : books.payments) {
        if (p.state == "created" || p.state == "sending" || p.state == "pending" || p.state == "unknown") {
            world.breaks(4, "a payment" + of + " is still " + p.state);
        }
        if (p.state == "expired" && p.attention.empty())
            world.breaks(4, "a payment" + of + " expired and nobody is told");
    }
    for (const auto& m : truth_of(tenant)) {
        if (booked(books, m.receipt) != nullptr) continue;
        const auto* attempt = m.source == "stk" ? attempt_of(world, tenant, books, m.checkout) : nullptr;
        const auto told = [&](bool by_receipt) {
            return std::ranges::any_of(tenant.told, [&](const Told& t) {
                if (!t.success || !t.acknowledged) return false;
                return by_receipt ? t.receipt == m.receipt
                                  : t.by_query && !m.checkout.empty() && t.checkout == m.checkout;
            });
        };
        // By receipt: only a booking of this receipt will do, or the notice itself on the list of those that were
        // refused.
        if (told(true)) {
            const bool shown = std::ranges::any_of(books.notices, [&](const Books::Notice& n) {
                return n.state == "rejected" && n.body.find(m.receipt) != std::string::npos;
            });
            const bool is_kept = std::ranges::any_of(books.notices, [&](const Books::Notice& n) {
                return n.state == "done" && n.body.find(m.receipt) != std::string::npos;
            });
            if (!shown || is_kept)
                world.breaks(4, "receipt " + m.receipt + of + " was told and is neither booked nor shown");
            continue;
        }
        if (told(false)) {
            const bool shown = attempt != nullptr && (is_paid(*attempt) || !attempt->attention.empty());
            if (!shown)
                world.breaks(
                    4, "money of receipt " + m.receipt + of + " was told by query and is neither booked nor shown");
            continue;
        }
        if (attempt != nullptr && attempt->state == "failed" && attempt->witness == "query") {
            const auto asked = tenant.queries_asked.find(m.checkout);
            if (asked == tenant.queries_asked.end() || asked->second < 2) {
                world.breaks(
                    4, "money of receipt " + m.receipt + of + " moved, a query said no, and it was never asked again");
            }
        }
    }
    if (int(tenant.plain.size()) < tenant.plain_wanted) {
        world.breaks(4, "after the storm " + tenant.colour + " cannot make an invoice");
    }
    for (const std::string& invoice : tenant.plain) {
        const auto id = InvoiceId::parse(invoice);
        const auto bill = std::find_if(books.bills.begin(), books.bills.end(),
                                       [&](const Books::Bill& b) { return id && b.id == id->value; });
        if (bill == books.bills.end() || bill->state != "paid") {
            world.breaks(4, "after the storm " + tenant.colour + " cannot take a plain payment: its invoice is " +
                                (bill == books.bills.end() ? "gone" : bill->state));
        }
    }
}

}  // namespace clinicpro::storm
