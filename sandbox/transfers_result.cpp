// transfers_result.cpp: the bodies of results in all their shapes, and how their delivery goes wrong (daraja.md 5.1, 6).
#include "sandbox/result_codes.hpp"
#include "sandbox/transfers.hpp"

namespace clinicpro::sandbox {
namespace {

std::string parameter(std::string_view key, std::string_view value) {
    json::Writer out;
    out.begin_object().field("Key", key).field("Value", value).end_object();
    return out.take();
}
// Some samples have a key without a value.
std::string bare(std::string_view key) {
    json::Writer out;
    out.begin_object().field("Key", key).end_object();
    return out.take();
}
std::string number(std::string_view key, std::string_view value) {
    json::Writer out;
    out.begin_object().field("Key", key).key("Value").raw(value).end_object();
    return out.take();
}

std::string joined(const std::vector<std::string>& items) {
    std::string list;
    for (const std::string& one : items) list += (list.empty() ? "" : ",") + one;
    return "[" + list + "]";
}

// 04.03.2026 10:15:02
std::string dotted(Instant at) {
    const std::string s = to_eat_stamp(at);
    return s.substr(6, 2) + "." + s.substr(4, 2) + "." + s.substr(0, 4) + " " + s.substr(8, 2) + ":" + s.substr(10, 2) +
           ":" + s.substr(12, 2);
}

}  // namespace

std::string Transfers::result_body(const Transfer& t, int64_t extra_shillings) {
    const bool good = t.code == "0";
    const Money shown = t.amount + Money::from_shillings(extra_shillings);
    json::Writer out;
    out.begin_object().key("Result").begin_object();
    // Numbers in some APIs, text in others.
    const bool as_text = world_.dice.chance(0.5);
    out.key("ResultType").raw(as_text ? "\"0\"" : "0").key("ResultCode");
    if (is_numeric(t.code) && !as_text) {
        out.raw(t.code);
    } else {
        out.value(t.code);
    }
    out.field("ResultDesc", callback_text(t.code, false)).field("OriginatorConversationID", t.originator);
    out.field("ConversationID", t.conversation);
    // A failure carries a dummy that ends in zeros.
    out.field("TransactionID", good && !t.receipt.empty() ? t.receipt : to_eat_stamp(t.done_at).substr(0, 3) + "0000000");
    if (good) {
        std::vector<std::string> items;
        const std::string phone_name = t.phone + " - Customer";
        if (t.kind == "reversal") {
            items = {number("Amount", shown.to_text()), number("TransCompletedTime", to_eat_stamp(t.done_at)),
                     parameter("OriginalTransactionID", t.original), number("Charge", "0"),
                     parameter("CreditPartyPublicName", phone_name), parameter("DebitPartyPublicName", t.shortcode),
                     bare("DebitAccountBalance")};
        } else if (t.kind == "b2c") {
            items = {number("TransactionAmount", shown.to_text()), parameter("TransactionReceipt", t.receipt),
                     parameter("ReceiverPartyPublicName", phone_name),
                     parameter("TransactionCompletedDateTime", dotted(t.done_at)),
                     number("B2CUtilityAccountAvailableFunds", utility(t.shortcode).to_text()),
                     number("B2CWorkingAccountAvailableFunds", world_.ledger.shortcode(t.shortcode).to_text()),
                     parameter("B2CRecipientIsRegisteredCustomer", "Y"),
                     number("B2CChargesPaidAccountAvailableFunds", "0")};
        } else {
            items = {parameter("DebitPartyName", t.shortcode), parameter("DebitPartyName", phone_name),
                     parameter("TransactionStatus", t.found), number("Amount", shown.to_text()),
                     t.receipt.empty() ? bare("ReceiptNo") : parameter("ReceiptNo", t.receipt),
                     number("FinalisedTime", to_eat_stamp(t.done_at)), bare("TransactionReason")};
        }
        world_.dice.shuffle(items);
        out.key("ResultParameters").begin_object().key("ResultParameter").raw(joined(items)).end_object();
    }
    const std::string reference = parameter("QueueTimeoutURL", "https://internal.safaricom.example/queue");
    out.key("ReferenceData").begin_object().key("ReferenceItem");
    out.raw(world_.dice.chance(0.5) ? reference : "[" + reference + "]").end_object();
    out.end_object().end_object();
    return out.take();
}

Delivery Transfers::delivery_of(const Transfer& t, std::string_view kind) {
    Delivery delivery;
    delivery.kind = kind;
    delivery.about = t.originator;
    delivery.shortcode = t.shortcode;
    delivery.phone = t.phone;
    delivery.url = kind == "timeout" ? t.timeout_url : t.result_url;
    delivery.headers = {{"Content-Type", std::string(kJson)}};
    const std::string& address = world_.config.switches.source_address;
    if (!address.empty()) delivery.headers.emplace_back("X-Forwarded-For", address);
    return delivery;
}

void Transfers::tell(const Transfer& t, Instant at) {
    const Subject subject{t.kind, t.phone, t.shortcode};
    Faults& faults = world_.faults;
    const Range& range = world_.config.timing.callback;
    Instant due = at + world_.dice.between(range.least, range.most);
    if (const Fault* fault = faults.draw("queue_timeout", subject, world_.dice)) {
        Delivery late = delivery_of(t, "timeout");
        late.fault = fault->name;
        Transfer waiting = t;
        waiting.code = "1";
        late.body = result_body(waiting, 0);
        world_.outbox.post(std::move(late), due);
        due = due + fault->wait(20);
    }
    Delivery delivery = delivery_of(t, "result");
    const Fault* wrong = t.code == "0" ? faults.draw("result_wrong_amount", subject, world_.dice) : nullptr;
    if (wrong != nullptr) delivery.fault = wrong->name;
    delivery.body = result_body(t, wrong != nullptr ? 1 : 0);
    if (const Fault* fault = faults.draw("result_lost", subject, world_.dice)) {
        delivery.fault = fault->name;
        world_.outbox.lose(std::move(delivery), due);
        return;
    }
    if (const Fault* fault = faults.draw("result_late", subject, world_.dice)) {
        delivery.fault = fault->name;
        due = due + fault->wait(300);
    }
    if (const Fault* fault = faults.draw("result_duplicate", subject, world_.dice)) {
        delivery.fault = fault->name;
        for (int64_t i = 1; i < fault->times; ++i) world_.outbox.post(delivery, due + fault->wait(0.5) * i);
    }
    world_.outbox.post(std::move(delivery), due);
}

}  // namespace clinicpro::sandbox
