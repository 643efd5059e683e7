// check_refunds.cpp: money that went back, against what truly left and what people asked and approved (P-12).
#include "storm/checks.hpp"
#include "storm/people.hpp"

namespace clinicpro::storm {
namespace {

// What left by M-Pesa for one refund: of the sandbox's ledger, tied by the result address of the request that did it.
struct Gone {
    sandbox::Movement movement;
    sandbox::Transfer transfer;
};

std::multimap<int64_t, Gone> gone_of(World& world, const Tenant& tenant) {
    std::map<std::string, const sandbox::Transfer*> by_receipt;
    for (const auto& [number, transfer] : tenant.host->daraja->transfers().all()) {
        if (transfer.kind != "status" && transfer.state == "done") by_receipt[transfer.receipt] = &transfer;
    }
    std::multimap<int64_t, Gone> out;
    for (const auto& m : tenant.host->daraja->world().ledger.movements()) {
        if (m.source != "reversal" && m.source != "b2c") continue;
        if (m.payer != tenant.merchant.receiver() && m.payer != tenant.merchant.shortcode) continue;
        const auto transfer = by_receipt.find(m.receipt);
        CHECK(transfer != by_receipt.end());
        const int64_t refund = refund_of(world, tenant, *transfer->second);
        if (refund == 0) world.breaks(12, "money of " + tenant.colour + " left for no refund");
        out.emplace(refund, Gone{m, *transfer->second});
    }
    return out;
}

bool stands_on_a_list(const Books::Refund& r) {
    return !r.attention.empty();
}

void check_end(World& world, const std::string& of, const Books::Refund& r) {
    const bool waits_for_a_person = r.state == "requested" || (r.state == "approved" && r.way == "by_hand") ||
                                    (r.state == "unknown" && stands_on_a_list(r));
    if (r.is_open() && !waits_for_a_person) world.breaks(12, "a refund" + of + " is still " + r.state);
    if ((r.state == "done") != (r.done > 0)) world.breaks(12, "a refund" + of + " is " + r.state + " with another sum");
    const bool decided = r.state != "requested" && r.state != "cancelled";
    if (decided && (r.decided_by.empty() || r.decided_by == r.requested_by)) {
        world.breaks(12, "a refund" + of + " is " + r.state + ", and nobody else decided about it");
    }
}

// What was sent to M-Pesa, moved or not, was asked by one and approved by another.
void check_wishes(World& world, const Tenant& tenant, const Books& books) {
    for (const auto& [number, transfer] : tenant.host->daraja->transfers().all()) {
        const int64_t id = refund_of(world, tenant, transfer);
        if (id == 0) continue;
        const auto refund = std::ranges::find(books.refunds, id, &Books::Refund::id);
        const auto wish = refund == books.refunds.end() ? tenant.refunds.end() : tenant.refunds.find(refund->reason);
        if (wish == tenant.refunds.end()) {
            world.breaks(12, "a refund of " + tenant.colour + " was sent and nobody asked for it");
            continue;
        }
        if (wish->second.approved.empty()) {
            world.breaks(12, "a refund of " + tenant.colour + " was sent and nobody else approved it");
        }
        if (transfer.amount.cents() != wish->second.cents && wish->second.cents != 0) {
            world.breaks(12, "a refund of " + tenant.colour + " was sent with another amount than was approved");
        }
        const auto* payment = books.payment(refund->payment);
        if (payment == nullptr) continue;
        if (transfer.kind == "reversal" && transfer.original != payment->receipt) {
            world.breaks(12, "a reversal of " + tenant.colour + " is of another payment than was approved");
        }
        const auto* paid = tenant.host->daraja->world().ledger.find(payment->receipt);
        const std::string payer = !wish->second.phone.empty() ? wish->second.phone
                                  : paid != nullptr           ? paid->payer
                                                              : std::string();
        if (transfer.kind == "b2c" && transfer.phone != payer) {
            world.breaks(12, "a payout of " + tenant.colour + " goes to another phone");
        }
    }
}

void check_sums(World& world, const std::string& of, const Books& books) {
    std::map<int64_t, int64_t> held, done, lines;
    for (const auto& r : books.refunds) {
        if (r.is_open()) held[r.payment] += r.amount;
        done[r.payment] += r.done;
    }
    for (const auto& line : books.lines) {
        // Out of clearing goes what was booked twice, not what went back.
        const bool out = line.credit == "mpesa" || line.credit == "by_hand";
        if (out && line.debit != "clearing") lines[line.payment] += line.amount;
    }
    for (const auto& p : books.payments) {
        if (p.held != held[p.id]) world.breaks(12, "a payment" + of + " holds another sum than its open refunds ask");
        if (p.refunded != done[p.id]) world.breaks(12, "a payment" + of + " and its refunds disagree");
        if (lines[p.id] != done[p.id]) {
            world.breaks(12, "the ledger" + of + " gives back " + std::to_string(lines[p.id]) +
                                 " cents of a payment, its refunds " + std::to_string(done[p.id]));
        }
        if (p.held + p.refunded > p.received) world.breaks(12, "more than a payment" + of + " brought goes back");
    }
}

// Whoever pays by prompt pays an invoice; by hand it may be that nobody knows whose money it was.
bool has_patient(const Books& books, const Books::Refund& r) {
    const auto* payment = books.payment(r.payment);
    if (payment != nullptr && payment->method == "mpesa.stk" && payment->invoice != 0) return true;
    const std::string name = RefundId{r.id}.to_text();
    return std::ranges::any_of(books.lines, [&](const Books::Line& line) {
        return line.invoice != 0 && line.payment == r.payment && line.note.starts_with(name);
    });
}

// One message for each refund of a patient's money, and none for one that did not go back.
void check_told(World& world, const std::string& of, const Books& books) {
    std::map<int64_t, int> told;
    for (const auto& m : books.messages) {
        if (m.which != "refunded") continue;
        const int64_t id = std::strtoll(m.effect.substr(m.effect.find(':') + 1).c_str(), nullptr, 10);
        const auto refund = std::ranges::find(books.refunds, id, &Books::Refund::id);
        if (refund == books.refunds.end() || refund->state != "done" || refund->done != m.amount) {
            world.breaks(11, "a patient" + of + " is told of money that did not go back");
        }
        ++told[id];
    }
    for (const auto& r : books.refunds) {
        if (told[r.id] > 1) world.breaks(11, "a patient" + of + " is told twice of one refund");
        if (r.state == "done" && told[r.id] == 0 && has_patient(books, r)) {
            world.breaks(11, "a patient" + of + " never hears of a refund");
        }
    }
}

}  // namespace

void check_refunds(World& world, const Tenant& tenant, const Books& books) {
    const std::string of = " of " + tenant.colour;
    const auto gone = gone_of(world, tenant);
    for (const auto& [reason, wish] : tenant.refunds) {
        const auto refund = std::ranges::find(books.refunds, reason, &Books::Refund::reason);
        if (wish.is_plain && (refund == books.refunds.end() || refund->state != "done")) {
            world.breaks(12, "after the storm " + tenant.colour + " cannot give money back: the refund is " +
                                 (refund == books.refunds.end() ? "not there" : refund->state));
        }
    }
    int64_t left = 0, booked = 0, on_a_list = 0;
    for (const auto& [id, one] : gone) left += one.movement.amount.cents();
    for (const auto& r : books.refunds) {
        check_end(world, of, r);
        const auto wish = tenant.refunds.find(r.reason);
        if (wish == tenant.refunds.end()) world.breaks(12, "a refund" + of + " was asked for by nobody");
        if (r.way == "by_hand") {
            if (gone.contains(r.id)) world.breaks(12, "a refund" + of + " by hand left by M-Pesa");
            if (r.state == "done" && (wish == tenant.refunds.end() || !wish->second.paid_by_hand)) {
                world.breaks(12, "a refund" + of + " by hand is done and nobody paid it");
            }
            continue;
        }
        const auto [first, last] = gone.equal_range(r.id);
        if (std::distance(first, last) > 1) {
            world.breaks(12, "money" + of + " went back " + std::to_string(std::distance(first, last)) +
                                 " times for one refund");
        }
        if (r.state == "done") {
            booked += r.done;
            if (first == last) {
                world.breaks(12, "a refund" + of + " is done and nothing moved");
            } else if (first->second.movement.amount.cents() != r.done ||
                       first->second.movement.receipt != r.reference) {
                world.breaks(12, "a refund" + of + " is booked otherwise than it moved");
            }
        } else if (first != last) {
            on_a_list += first->second.movement.amount.cents();
            if (!stands_on_a_list(r)) {
                world.breaks(12, "money" + of + " went back, its refund is " + r.state + ", and nobody is told");
            }
        }
    }
    if (left != booked + on_a_list) {
        world.breaks(12, std::to_string(left) + " cents" + of + " left, the books show " + std::to_string(booked) +
                             " and people's lists " + std::to_string(on_a_list));
    }
    check_wishes(world, tenant, books);
    check_sums(world, of, books);
    check_told(world, of, books);
}

}  // namespace clinicpro::storm
