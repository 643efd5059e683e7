#include "sandbox/c2b.hpp"

#include "base/text.hpp"
#include "sandbox/c2b_payload.hpp"
#include "sandbox/fields.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr size_t kAccountMax = 20;
constexpr std::string_view kPath = "/mpesa/c2b";  // what faults match for C2B deliveries

// What a refused customer reads on the handset.
std::string refusal_words(std::string_view why) {
    if (why == "1") return "you do not have enough money in your M-PESA account";
    if (why == "2") return "the amount is below the minimum";
    if (why == "3") return "the amount is above the maximum for one payment";
    if (why == "4") return "you would exceed your daily limit";
    if (why == "8") return "the business cannot receive this amount";
    if (why == "C2B00011") return "your phone number was not accepted";
    if (why == "C2B00012") return "the account number is not correct";
    if (why == "C2B00013") return "the amount is not correct";
    if (why == "C2B00014") return "your details were not accepted";
    if (why == "C2B00015") return "the business number is not correct";
    return "the business did not accept the payment";
}

}  // namespace

Movement C2b::movement_of(const Payment& payment) const {
    Movement m;
    m.receipt = payment.receipt;
    m.payer = payment.phone;
    m.receiver = payment.receiver;
    m.amount = payment.amount;
    m.account = payment.account;
    m.source = "c2b";
    m.at = payment.at;
    return m;
}

Result<int64_t> C2b::pay(const Wish& wish, Instant now) {
    const Merchant* merchant = world_.config.by_receiver(wish.receiver);
    if (merchant == nullptr) return fail(Code::kNotFound, "No paybill or till has this business number.", "shortcode");
    if (!is_payer(wish.phone)) return fail(Code::kInvalid, "A phone is 2547XXXXXXXX or 2541XXXXXXXX.", "phone");
    if (!wish.amount.is_positive() || !wish.amount.is_whole_shillings()) {
        return fail(Code::kInvalid, "M-Pesa moves whole shillings, at least 1.", "amount");
    }
    if (wish.account.size() > kAccountMax)
        return fail(Code::kInvalid, "An account number has at most 20 characters.", "account");
    if (wish.account.empty() && !merchant->is_till()) {
        return fail(Code::kInvalid, "A paybill needs an account number.", "account");
    }
    world_.customer(wish.phone);
    Payment payment;
    payment.id = ++last_id_;
    payment.phone = wish.phone;
    payment.receiver = wish.receiver;
    payment.amount = wish.amount;
    payment.account = wish.account;
    payment.at = world_.stamp(now);
    payment.receipt = world_.ids.receipt(payment.at);
    payment.state = "validating";
    const int64_t id = payment.id;
    const auto& kept = payments_.emplace(id, std::move(payment)).first->second;
    const std::string code = world_.ledger.refusal(movement_of(kept), world_.limits());
    if (!code.empty()) {
        refuse(id, code, now);
        return id;
    }
    const auto registered = registrations_.find(wish.receiver);
    const Subject subject{kPath, wish.phone, wish.receiver};
    const bool ask = merchant->validation && registered != registrations_.end() &&
                     world_.faults.draw("confirmation_without_validation", subject, world_.dice) == nullptr;
    if (ask) {
        validate(id, registered->second, now);
    } else {
        complete(id, now, {});
    }
    return id;
}

Delivery C2b::make_delivery(const Movement& m, const Registration& registration, bool validation,
                            const std::string& third_party) {
    const Switches& switches = world_.config.switches;
    const Merchant* merchant = world_.config.by_receiver(m.receiver);
    C2bFacts facts;
    facts.receipt = m.receipt;
    facts.at = m.at;
    facts.amount = m.amount;
    facts.receiver = m.receiver;
    facts.till = merchant != nullptr && merchant->is_till();
    facts.account = m.account;
    if (!validation) facts.balance = m.receiver_balance.to_text();
    facts.third_party = third_party;
    std::string form = switches.c2b_msisdn;
    if (form == "by_version") form = registration.version == 1 ? "hash" : "masked";
    facts.msisdn = msisdn_form(m.payer, form);
    facts.customer = &world_.customer(m.payer);
    Delivery delivery;
    const Subject subject{kPath, m.payer, m.receiver};
    if (world_.faults.draw("c2b_reference_mangled", subject, world_.dice) != nullptr) {
        facts.account = mangled(facts.account);
        delivery.fault = "c2b_reference_mangled";
    }
    delivery.kind = validation ? "c2b_validation" : "c2b_confirmation";
    delivery.about = m.receipt;
    delivery.shortcode = m.receiver;
    delivery.phone = m.payer;
    delivery.url = validation ? registration.validation_url : registration.confirmation_url;
    delivery.body = c2b_body(facts, switches, world_.dice);
    delivery.headers = {{"Content-Type", std::string(kJson)}};
    if (!switches.source_address.empty()) delivery.headers.emplace_back("X-Forwarded-For", switches.source_address);
    return delivery;
}

void C2b::validate(int64_t id, const Registration& registration, Instant now) {
    const Payment& payment = payments_.at(id);
    const Subject subject{kPath, payment.phone, payment.receiver};
    const Duration limit = std::chrono::milliseconds(world_.config.switches.validation_limit_ms);
    Delivery delivery = make_delivery(movement_of(payment), registration, true, {});
    delivery.timeout = limit;
    if (world_.faults.draw("validation_lost", subject, world_.dice) != nullptr) {
        delivery.fault = "validation_lost";
        world_.outbox.lose(std::move(delivery), now);
        const auto waited = Duration(int64_t(double(limit.count()) * world_.config.speed));
        world_.schedule.at(now + waited, [this, id](Instant at) { judge(id, net::Unknown{"never sent"}, at); });
        return;
    }
    delivery.done = [this, id, now](const net::Outcome& outcome, Instant ended) {
        const Duration allowed = std::chrono::milliseconds(world_.config.switches.validation_limit_ms);
        const bool late = double((ended - now).count()) > double(allowed.count()) * world_.config.speed + 1e6;
        judge(id, late ? net::Outcome(net::Unknown{"answered too late"}) : outcome, ended);
    };
    if (world_.faults.draw("validation_duplicate", subject, world_.dice) != nullptr) {
        delivery.fault = "validation_duplicate";
        world_.outbox.post(delivery, now);
    }
    world_.outbox.post(std::move(delivery), now);
}

void C2b::judge(int64_t id, const net::Outcome& outcome, Instant now) {
    const auto found = payments_.find(id);
    if (found == payments_.end() || found->second.state != "validating") return;
    std::string code;
    std::string third_party;
    if (const auto* response = std::get_if<net::Response>(&outcome); response != nullptr && response->status == 200) {
        if (const auto document = json::Document::parse(response->body)) {
            code = document->root()["ResultCode"].scalar_if_any().value_or("");
            third_party = document->root()["ThirdPartyTransID"].scalar_if_any().value_or("");
        }
    }
    const auto registered = registrations_.find(found->second.receiver);
    if (code == "0") {
        complete(id, now, third_party);
    } else if (!code.empty()) {
        refuse(id, code, now);
    } else if (registered != registrations_.end() && registered->second.response_type == "Completed") {
        complete(id, now, {});
    } else {
        refuse(id, "ResponseType", now);
    }
}

void C2b::complete(int64_t id, Instant now, const std::string& third_party) {
    Payment& payment = payments_.at(id);
    const std::string code = world_.ledger.refusal(movement_of(payment), world_.limits());
    if (!code.empty()) {  // spent elsewhere while the merchant was asked
        refuse(id, code, now);
        return;
    }
    payment.state = "paid";
    const Movement moved = world_.ledger.move(movement_of(payment));
    const Merchant* merchant = world_.config.by_receiver(payment.receiver);
    Customer& customer = world_.customer(payment.phone);
    const std::string account = merchant->is_till() ? "" : " for account " + payment.account;
    world_.handsets.tell(customer, world_.stamp(now),
                         moved.receipt + " Confirmed. " + moved.amount.to_display() + " paid to " + merchant->name +
                             account + ". New M-PESA balance is " + world_.ledger.wallet(payment.phone).to_display() +
                             ".");
    const Range& range = world_.config.timing.c2b;
    confirm(moved, now + world_.dice.between(range.least, range.most), third_party);
}

void C2b::refuse(int64_t id, const std::string& why, Instant now) {
    Payment& payment = payments_.at(id);
    payment.state = "refused";
    payment.why = why;
    Customer& customer = world_.customer(payment.phone);
    world_.handsets.tell(
        customer, world_.stamp(now),
        "Failed. " + payment.amount.to_display() + " to " + payment.receiver + ": " + refusal_words(why) + ".");
}

std::optional<Delivery> C2b::forge(const Movement& movement) {
    const auto registered = registrations_.find(movement.receiver);
    if (registered == registrations_.end()) return std::nullopt;
    return make_delivery(movement, registered->second, false, {});
}

void C2b::confirm(const Movement& movement, Instant due, const std::string& third_party) {
    const auto registered = registrations_.find(movement.receiver);
    if (registered == registrations_.end()) return;
    Delivery delivery = make_delivery(movement, registered->second, false, third_party);
    const Subject subject{kPath, movement.payer, movement.receiver};
    if (world_.faults.draw("c2b_lost", subject, world_.dice) != nullptr) {
        delivery.fault = "c2b_lost";
        world_.outbox.lose(std::move(delivery), due);
        return;
    }
    if (const Fault* fault = world_.faults.draw("c2b_late", subject, world_.dice)) {
        delivery.fault = fault->name;
        due = due + fault->wait(300);
    }
    if (const Fault* fault = world_.faults.draw("c2b_duplicate", subject, world_.dice)) {
        delivery.fault = fault->name;
        for (int64_t i = 1; i < fault->times; ++i) world_.outbox.post(delivery, due + fault->wait(0.5) * i);
    }
    world_.outbox.post(std::move(delivery), due);
}

}  // namespace clinicpro::sandbox
