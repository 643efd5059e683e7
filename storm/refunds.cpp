// refunds.cpp: those who give money back. One of the clinic's two asks, for a payment or for money that fits nowhere,
// for all or a part, by any way; the other approves or not, or the first one takes it back. Who paid by hand says so,
// and who has the statement (here the sandbox's own ledger) ends what is in doubt, during the storm only.
#include "storm/people.hpp"

namespace clinicpro::storm {
namespace {

// What a person waits before he calls a refund failed that the statement does not show.
constexpr Duration kReversalGone = 10min;  // it is never sent again
constexpr Duration kPayoutGone = 65min;    // it may be sent again for an hour

Deed by(int person, std::string path, std::string body = {}) {
    return {
        .method = body.empty() ? "GET" : "POST", .path = std::move(path), .body = std::move(body), .person = person};
}

void settle(World& world, Tenant& tenant, int person, const std::string& id, const std::string& reference,
            std::function<void(const net::Response&, json::View)> then = {}) {
    json::Writer w;
    w.begin_object().field("outcome", reference.empty() ? "failed" : "done");
    if (!reference.empty()) w.field("reference", reference);
    act(world, tenant, by(person, "/refunds/" + id + "/settle", w.field("note", "as I saw").end_object().take()),
        std::move(then));
}

void approve(World& world, Tenant& tenant, int person, const std::string& id, const std::string& reason) {
    RefundWish& wish = tenant.refunds[reason];
    if (wish.approved.empty()) wish.approved_at = world.clock.now();
    const bool own = person == wish.by;
    if (!own) wish.approved.insert(person);
    act(world, tenant, by(person, "/refunds/" + id + "/approve", "{}"),
        [&world, &tenant, person, id, reason, own](const net::Response& answer, json::View view) {
            if (own && answer.status == 403) SOMETIMES(kRefundOwnApproval);
            if (answer.status != 200) return;
            if (own) world.breaks(12, "a person of " + tenant.colour + " approves the refund he asked for");
            if (view["way"].text().value_or("") != "by_hand") return;
            world.after(tenant.dice.between(Duration(30s), Duration(10min)), [&world, &tenant, person, id, reason] {
                tenant.refunds[reason].paid_by_hand = true;
                const std::string voucher = "V-" + tenant.dice.pick("0123456789", 12);
                settle(world, tenant, person, id, voucher, [](const net::Response& settled, json::View) {
                    if (settled.status == 200) SOMETIMES(kRefundByHand);
                });
            });
        });
}

void decide(World& world, Tenant& tenant, const std::string& id, const std::string& reason) {
    Dice& dice = tenant.dice;
    const int first = tenant.refunds[reason].by;
    const int second = 1 - first;
    const auto soon = [&](int person) {
        world.after(dice.between(Duration(1s), Duration(6min)),
                    [&world, &tenant, person, id, reason] { approve(world, tenant, person, id, reason); });
    };
    const auto take_back = [&](Duration wait) {
        world.after(wait, [&world, &tenant, first, id] {
            act(world, tenant, by(first, "/refunds/" + id + "/cancel", "{}"),
                [](const net::Response& answer, json::View) {
                    if (answer.status == 200) SOMETIMES(kRefundCancelled);
                });
        });
    };
    switch (dice.between(0, 11)) {
        case 0:
            act(world, tenant, by(second, "/refunds/" + id + "/reject", R"({"note":"not this one"})"),
                [](const net::Response& answer, json::View) {
                    if (answer.status == 200) SOMETIMES(kRefundRejected);
                });
            break;
        case 1: take_back(dice.between(Duration(1s), Duration(60s))); break;
        case 2:  // both at the same time
            approve(world, tenant, second, id, reason);
            take_back(dice.between(Duration(0), Duration(1s)));
            break;
        case 3:  // who asked is impatient
            approve(world, tenant, first, id, reason);
            if (dice.chance(0.5)) soon(second);
            break;
        case 4:  // twice, perhaps at both servers
            approve(world, tenant, second, id, reason);
            approve(world, tenant, second, id, reason);
            break;
        case 5: break;  // nobody finds the time
        default: soon(second);
    }
}

std::string new_reason(Tenant& tenant) {
    return tenant.colour + " gives back " + std::to_string(tenant.refunds.size() + 1);
}

// `body` lacks its reason and its end.
void ask(World& world, Tenant& tenant, int person, const std::string& body, const RefundWish& wanted,
         bool second_time) {
    const std::string reason = new_reason(tenant);
    RefundWish& wish = tenant.refunds[reason] = wanted;
    wish.by = person;
    Deed deed = by(person, "/refunds", body + ",\"reason\":\"" + reason + "\"}");
    deed.key = "r-" + tenant.dice.pick("abcdefghijklmnopqrstuvwxyz", 20);
    const auto answered = [&world, &tenant, reason, second_time](const net::Response& answer, json::View view) {
        if (second_time && answer.status == 409) SOMETIMES(kRefundAskedTwice);
        if (answer.status != 201) return;
        RefundWish& mine = tenant.refunds[reason];
        const int64_t cents = view["amount_cents"].integer().value_or(0);
        if (mine.cents != 0 && mine.cents != cents) {
            world.breaks(12, "a refund of " + tenant.colour + " is for another amount than was asked");
        }
        const bool known = mine.was_answered;
        mine.cents = cents;
        mine.was_answered = true;
        if (!known) decide(world, tenant, view["id"].text().value_or(""), reason);
    };
    if (tenant.dice.chance(0.15)) {
        world.after(tenant.dice.between(Duration(1ms), Duration(5min)),
                    [&world, &tenant, deed, answered] { act(world, tenant, deed, answered); });
    }
    act(world, tenant, std::move(deed), answered);
}

// One of what the list shows, as the person at the desk would choose it.
void choose(World& world, Tenant& tenant, bool is_payment, const net::Response& answer, json::View view) {
    if (answer.status != 200 || view["items"].size() == 0) return;
    Dice& dice = tenant.dice;
    const auto one = view["items"].at(size_t(dice.between(0, int64_t(view["items"].size()) - 1)));
    const int64_t most = one[is_payment ? "received_cents" : "amount_cents"].integer().value_or(0);
    if (most < 100) return;
    RefundWish wanted;
    json::Writer w;
    w.begin_object().field(is_payment ? "payment_id" : "unallocated_id", one["id"].text().value_or(""));
    if (dice.chance(0.4)) {
        wanted.cents = dice.between(1, most / 100) * 100;
        w.field("amount_cents", wanted.cents);
    }
    static constexpr std::string_view kWays[] = {"", "", "", "reversal", "payout", "payout", "by_hand"};
    const std::string_view way = kWays[size_t(dice.between(0, int64_t(std::size(kWays)) - 1))];
    if (!way.empty()) w.field("way", way);
    if (way == "payout" && dice.chance(0.7)) {
        wanted.phone = tenant.phones[size_t(dice.between(0, int64_t(tenant.phones.size()) - 1))];
        w.field("phone", wanted.phone);
    }
    std::string body = w.end_object().take();
    body.pop_back();
    const int person = int(dice.between(0, 1));
    const bool twice = dice.chance(0.25);
    ask(world, tenant, person, body, wanted, false);
    if (!twice) return;
    world.after(dice.between(Duration(1ms), dice.chance(0.5) ? Duration(2s) : Duration(10min)),
                [&world, &tenant, person, body, wanted] { ask(world, tenant, 1 - person, body, wanted, true); });
}

void look_at_the_statement(World& world, Tenant& tenant) {
    act(world, tenant, by(1, "/refunds?state=unknown"),
        [&world, &tenant](const net::Response& answer, json::View view) {
            if (answer.status != 200) return;
            for (size_t i = 0; i < view["items"].size(); ++i) {
                const json::View one = view["items"].at(i);
                const auto id = RefundId::parse(one["id"].text().value_or(""));
                const auto wish = tenant.refunds.find(one["reason"].text().value_or(""));
                CHECK(id.has_value());
                if (one["attention"].is_missing_or_null() || wish == tenant.refunds.end()) continue;
                bool under_way = false;
                std::string receipt;
                for (const auto& [number, transfer] : tenant.host->daraja->transfers().all()) {
                    if (refund_of(world, tenant, transfer) != id->value) continue;
                    under_way = under_way || transfer.state == "queued";
                    if (transfer.state == "done") receipt = transfer.receipt;
                }
                const bool by_reversal = one["way"].text().value_or("") == "reversal";
                const Duration gone = by_reversal ? kReversalGone : kPayoutGone;
                if (under_way || (receipt.empty() && world.clock.now() - wish->second.approved_at < gone)) continue;
                settle(world, tenant, 1, id->to_text(), receipt, [](const net::Response& settled, json::View) {
                    if (settled.status == 200) SOMETIMES(kRefundSettled);
                });
            }
        });
}

}  // namespace

int64_t refund_of(const World& world, const Tenant& tenant, const sandbox::Transfer& transfer) {
    if (transfer.kind == "status" || transfer.shortcode != tenant.merchant.shortcode) return 0;
    const auto link = world.links->verify_hex(clinics::Link::Purpose::kRefund,
                                              transfer.result_url.substr(transfer.result_url.rfind('/') + 1));
    return link && link->clinic == tenant.id ? link->subject : 0;
}

void plain_refund(World& world, Tenant& tenant) {
    const std::string reason = new_reason(tenant);
    tenant.refunds[reason].is_plain = true;
    plain_visit(world, tenant, [&world, &tenant, reason](const std::string& payment) {
        world.after(5min, [&world, &tenant, reason, payment] {
            act(world, tenant, by(0, "/refunds", R"({"payment_id":")" + payment + R"(","reason":")" + reason + "\"}"),
                [&world, &tenant, reason](const net::Response& answer, json::View view) {
                    if (answer.status != 201) return;
                    tenant.refunds[reason].cents = view["amount_cents"].integer().value_or(0);
                    approve(world, tenant, 1, view["id"].text().value_or(""), reason);
                });
        });
    });
}

void plan_refunds(World& world, Tenant& tenant) {
    if (world.swarm.refunds == 0) return;
    Dice& dice = tenant.dice;
    for (int i = 0; i < world.swarm.refunds; ++i) {
        const bool is_payment = dice.chance(0.7);
        world.after(dice.between(Duration(2min), world.swarm.length), [&world, &tenant, is_payment] {
            act(world, tenant, by(0, is_payment ? "/payments?state=paid" : "/unallocated"),
                [&world, &tenant, is_payment](const net::Response& answer, json::View view) {
                    choose(world, tenant, is_payment, answer, view);
                });
        });
    }
    for (int i = 0; i < 2; ++i) {
        world.after(dice.between(world.swarm.length / 2, world.swarm.length),
                    [&world, &tenant] { look_at_the_statement(world, tenant); });
    }
}

}  // namespace clinicpro::storm
