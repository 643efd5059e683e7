// stk_callback.cpp: the bodies of STK callbacks in all their variants, and how their delivery goes wrong
// (daraja.md 2.4, 6).
#include "sandbox/c2b_payload.hpp"
#include "sandbox/result_codes.hpp"
#include "sandbox/stk.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr int kFolkloreTries = 4;   // one and three more
constexpr Duration kApart = 150ms;  // between the two channels when the order is fixed

std::string item(std::string_view name, std::string_view raw_value) {
    std::string out = "{\"Name\":\"" + std::string(name) + "\"";
    if (!raw_value.empty()) out += ",\"Value\":" + std::string(raw_value);
    return out + "}";
}

std::string quoted(std::string_view text) {
    std::string out;
    json::append_quoted(out, text);
    return out;
}

}  // namespace

std::string Stk::success_body(const Push& push, int64_t extra_shillings) {
    const Switches& switches = world_.config.switches;
    Dice& dice = world_.dice;
    const std::string stamp = to_eat_stamp(push.paid_at);
    std::string amount = std::to_string(push.amount.shillings() + extra_shillings);
    std::string form = switches.callback_amount;
    if (form == "any") form = dice.chance(0.5) ? "1.00" : dice.chance(0.5) ? "1.0" : "1";
    amount += form.substr(1);
    std::string balance = switches.callback_balance;
    if (balance == "any") balance = dice.chance(0.5) ? "no_value" : "omit";

    std::vector<std::string> items;
    items.push_back(item("Amount", amount));
    items.push_back(item("MpesaReceiptNumber", quoted(push.receipt)));
    if (balance == "no_value") items.push_back(item("Balance", ""));
    if (balance == "value") items.push_back(item("Balance", world_.ledger.wallet(push.phone).to_text()));
    items.push_back(item("TransactionDate", switches.callback_date_text ? quoted(stamp) : stamp));
    if (switches.callback_phone == "plain") items.push_back(item("PhoneNumber", push.phone));
    if (switches.callback_phone == "masked") {
        items.push_back(item("PhoneNumber", quoted(push.phone.substr(0, 6) + "***" + push.phone.substr(9))));
    }
    if (switches.callback_shuffled) dice.shuffle(items);
    std::string list;
    for (const std::string& one : items) list += (list.empty() ? "" : ",") + one;

    json::Writer out;
    out.begin_object().key("Body").begin_object().key("stkCallback").begin_object();
    out.field("MerchantRequestID", push.merchant_request).field("CheckoutRequestID", push.checkout);
    out.field("ResultCode", 0).field("ResultDesc", callback_text("0", false));
    out.key("CallbackMetadata").begin_object().key("Item").raw("[" + list + "]").end_object();
    out.end_object().end_object().end_object();
    return out.take();
}

Delivery Stk::callback(const Push& push, std::string_view code, int64_t extra_shillings) {
    Delivery delivery;
    delivery.kind = "stk_callback";
    delivery.about = push.checkout;
    delivery.shortcode = push.receiver;
    delivery.phone = push.phone;
    delivery.url = push.callback_url;
    delivery.headers = {{"Content-Type", std::string(kJson)}, {"BusinessShortCode", push.shortcode}};
    const Switches& switches = world_.config.switches;
    if (!switches.source_address.empty()) delivery.headers.emplace_back("X-Forwarded-For", switches.source_address);
    if (switches.callback_retries == "folklore") delivery.tries = kFolkloreTries;
    if (code == "0") {
        delivery.body = success_body(push, extra_shillings);
        return delivery;
    }
    json::Writer out;
    out.begin_object().key("Body").begin_object().key("stkCallback").begin_object();
    out.field("MerchantRequestID", push.merchant_request).field("CheckoutRequestID", push.checkout).key("ResultCode");
    if (is_numeric(code)) {
        out.raw(code);
    } else {
        out.value(code);
    }
    out.field("ResultDesc", callback_text(code, push.other_text)).end_object().end_object().end_object();
    delivery.body = out.take();
    return delivery;
}

// Sends the news of how `push` ended: the callback, and for a payment the C2B confirmation beside it.
void Stk::tell(Push& push, Instant at) {
    const Timing& timing = world_.config.timing;
    const Switches& switches = world_.config.switches;
    Instant due = at + world_.dice.between(timing.callback.least, timing.callback.most);
    if (push.code == "0" && switches.stk_also_c2b) {
        const Duration apart = world_.dice.between(timing.c2b.least, timing.c2b.most);
        Instant confirmed = at + apart;
        if (switches.stk_c2b_order == "after") confirmed = due + apart;
        if (switches.stk_c2b_order == "before") due = confirmed + kApart;
        c2b_.confirm(world_.ledger.movements().back(), confirmed);
    }
    tell_twice(push, due);
}

void Stk::tell_twice(Push& push, Instant due) {
    const Subject subject{kStkPath, push.phone, push.receiver};
    Faults& faults = world_.faults;
    const bool paid = push.code == "0";
    if (const Fault* fault = paid ? faults.draw("success_after_failure", subject, world_.dice) : nullptr) {
        Delivery failure = callback(push, "1037", 0);
        failure.fault = fault->name;
        world_.outbox.post(std::move(failure), due);
        due = due + fault->wait(5);
    }
    if (const Fault* fault = paid ? faults.draw("failure_after_success", subject, world_.dice) : nullptr) {
        Delivery failure = callback(push, fault->code.empty() ? "1032" : std::string_view(fault->code), 0);
        failure.fault = fault->name;
        world_.outbox.post(std::move(failure), due + fault->wait(5));
    }
    const Fault* wrong = paid ? faults.draw("callback_wrong_amount", subject, world_.dice) : nullptr;
    Delivery delivery = callback(push, push.code, wrong == nullptr ? 0 : wrong->code == "less" ? -1 : 1);
    if (wrong != nullptr) delivery.fault = wrong->name;
    if (const Fault* fault = faults.draw("callback_truncated", subject, world_.dice)) {
        delivery.fault = fault->name;
        delivery.body.resize(delivery.body.size() / 2);
    }
    if (const Fault* fault = faults.draw("callback_lost", subject, world_.dice)) {
        delivery.fault = fault->name;
        world_.outbox.lose(std::move(delivery), due);
        return;
    }
    if (const Fault* fault = faults.draw("callback_late", subject, world_.dice)) {
        delivery.fault = fault->name;
        due = due + fault->wait(300);
    }
    if (const Fault* fault = faults.draw("callback_duplicate", subject, world_.dice)) {
        delivery.fault = fault->name;
        for (int64_t i = 1; i < fault->times; ++i) world_.outbox.post(delivery, due + fault->wait(0.5) * i);
    }
    if (const Fault* fault = faults.draw("callback_reordered", subject, world_.dice)) {
        delivery.fault = fault->name;
        world_.outbox.hold(std::move(delivery), due + fault->wait(30));
        return;
    }
    world_.outbox.post(std::move(delivery), due);
}

}  // namespace clinicpro::sandbox
