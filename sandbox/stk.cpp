#include "sandbox/stk.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr Range kDoomed{1s, 3s};      // a push that never reaches the handset ends quickly
constexpr Duration kRacePay = 100ms;  // fault callback_before_response
constexpr Range kPerson{60s, 180s};   // a person needs real time, however quick the rest is
constexpr Duration kRaceAnswer = 3s;

}  // namespace

Answer Stk::push(const Call& call) {
    Push push;
    push.asked = call.now;
    push.app = call.app;
    const Merchant* merchant = nullptr;
    if (auto no = check(call, push, merchant)) return *no;

    const auto busy = open_by_phone_.find(push.phone);
    if (busy != open_by_phone_.end() && push.code.empty()) {
        const std::string policy = world_.config.switches.second_push;
        if (policy == "refuse") {
            return world_.refuse(
                500, "500.001.1001",
                "Unable to lock subscriber, a transaction is already in process for the current subscriber");
        }
        if (policy == "first_dies") {
            finish(pushes_.at(std::string(busy->second)), "1037", call.now);
        } else {
            push.code = "1001";
        }
    }
    push.number = ++last_number_;
    push.merchant_request = world_.ids.request_id(world_.config.switches.id_look);
    push.checkout = world_.ids.checkout_id(world_.stamp(call.now), push.phone);
    push.other_text = world_.dice.chance(0.5);
    Push& kept = pushes_.emplace(push.checkout, std::move(push)).first->second;
    prompt(kept, call.now);

    Answer answer;
    if (kept.next.first != 0 &&
        world_.faults.draw("callback_before_response", {kStkPath, kept.phone, kept.receiver}, world_.dice)) {
        const std::string checkout = kept.checkout;
        world_.schedule.cancel(kept.next);
        kept.script = {};
        kept.next =
            world_.schedule.at(call.now + kRacePay, [this, checkout](Instant at) { act(checkout, Act::kPay, at); });
        answer.delay = kRaceAnswer + world_.config.timing.callback.most;
    }
    json::Writer out;
    out.begin_object().field("MerchantRequestID", kept.merchant_request).field("CheckoutRequestID", kept.checkout);
    out.field("ResponseCode", "0").field("ResponseDescription", "Success. Request accepted for processing");
    out.field("CustomerMessage", "Success. Request accepted for processing").end_object();
    answer.response = envelope::ok(out.take());
    return answer;
}

const Push* Stk::find(const std::string& checkout) const {
    const auto found = pushes_.find(checkout);
    return found == pushes_.end() ? nullptr : &found->second;
}

// Puts the prompt on the handset and plans what the handset's owner will do.
void Stk::prompt(Push& push, Instant now) {
    const std::string checkout = push.checkout;
    if (!push.code.empty()) {
        const std::string code = std::exchange(push.code, {});
        const Instant at = now + world_.dice.between(kDoomed.least, kDoomed.most);
        push.next =
            world_.schedule.at(at, [this, checkout, code](Instant due) { finish(pushes_.at(checkout), code, due); });
        return;
    }
    open_by_phone_[push.phone] = checkout;
    push.script = world_.handsets.next_script(world_.customer(push.phone));
    const Timing& timing = world_.config.timing;
    Range range = timing.pay;
    switch (push.script.act) {
        case Act::kPay:
        case Act::kWrongPin:
        case Act::kNoMoney:
        case Act::kResult: range = timing.pay; break;
        case Act::kCancel: range = timing.cancel; break;
        case Act::kLate:
        case Act::kNoAnswer: range = timing.unreachable; break;
        case Act::kIgnore: range = timing.expiry; break;
        case Act::kManual: range = kPerson; break;
    }
    const bool own_time = push.script.after && push.script.act != Act::kLate;
    const Duration wait = own_time ? *push.script.after : world_.dice.between(range.least, range.most);
    const Act planned = push.script.act;
    push.next = world_.schedule.at(now + wait, [this, checkout, planned](Instant at) { act(checkout, planned, at); });
}

void Stk::act(const std::string& checkout, Act act, Instant at) {
    const auto found = pushes_.find(checkout);
    if (found == pushes_.end()) return;
    Push& push = found->second;
    switch (act) {
        case Act::kPay: return pay(push, at);
        case Act::kWrongPin: return finish(push, "2001", at);
        case Act::kCancel:
        case Act::kIgnore:
        case Act::kManual: return finish(push, "1032", at);
        case Act::kNoAnswer: return finish(push, "1037", at);
        case Act::kNoMoney: return finish(push, "1", at);
        case Act::kResult: {
            const std::string code = push.script.code;
            return code == "0" ? pay(push, at) : finish(push, code, at);
        }
        case Act::kLate: {
            finish(push, "1037", at);
            const Range& late = world_.config.timing.late;
            const Duration wait = push.script.after.value_or(world_.dice.between(late.least, late.most));
            world_.schedule.at(at + wait, [this, checkout](Instant due) { pay(pushes_.at(checkout), due); });
            return;
        }
    }
}

Result<> Stk::answer(const std::string& checkout, Act wanted, Instant now) {
    const auto found = pushes_.find(checkout);
    if (found == pushes_.end()) return fail(Code::kNotFound, "There is no such prompt.");
    Push& push = found->second;
    const auto shown = open_by_phone_.find(push.phone);
    if (!push.open || shown == open_by_phone_.end() || shown->second != checkout) {
        return fail(Code::kConflict, "This prompt is no longer on the handset.");
    }
    if (wanted != Act::kPay && wanted != Act::kWrongPin && wanted != Act::kCancel) {
        return fail(Code::kInvalid, "A prompt can be answered with pay, wrong_pin or cancel.", "action");
    }
    world_.schedule.cancel(push.next);
    act(checkout, wanted, now);
    return {};
}

// The only place where an STK payment moves money.
void Stk::pay(Push& push, Instant at) {
    if (push.code == "0") return;
    Movement m;
    m.payer = push.phone;
    m.receiver = push.receiver;
    m.amount = push.amount;
    m.account = push.account;
    m.source = "stk";
    m.checkout = push.checkout;
    m.at = world_.stamp(at);
    const std::string refused = world_.ledger.refusal(m, world_.limits());
    if (!refused.empty()) {
        if (push.code.empty()) finish(push, refused, at);  // a late payer without money changes nothing
        return;
    }
    m.receipt = world_.ids.receipt(m.at);
    push.receipt = m.receipt;
    push.paid_at = m.at;
    const Movement moved = world_.ledger.move(std::move(m));
    last_paid_[same_payment_key(push)] = at;
    Customer& customer = world_.customer(push.phone);
    world_.handsets.tell(customer, world_.stamp(at),
                         moved.receipt + " Confirmed. " + moved.amount.to_display() + " sent to " + push.merchant +
                             " for account " + push.account + ". New M-PESA balance is " +
                             world_.ledger.wallet(push.phone).to_display() + ".");
    finish(push, "0", at);
}

void Stk::finish(Push& push, const std::string& code, Instant at) {
    world_.schedule.cancel(push.next);
    push.next = {};
    push.open = false;
    push.code = code;
    push.ended = at;
    if (const auto shown = open_by_phone_.find(push.phone);
        shown != open_by_phone_.end() && shown->second == push.checkout) {
        open_by_phone_.erase(shown);
    }
    if (code == "1" || code == "2001") {
        world_.handsets.tell(world_.customer(push.phone), world_.stamp(at),
                             code == "1" ? "Failed. You do not have enough money in your M-PESA account to pay " +
                                               push.amount.to_display() + " to " + push.merchant + "."
                                         : std::string("You have entered a wrong M-PESA PIN. Please try again."));
    }
    tell(push, at);
}

}  // namespace clinicpro::sandbox
