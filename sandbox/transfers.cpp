#include "sandbox/transfers.hpp"

#include "sandbox/fields.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr size_t kCredentialSize = 344;  // base64 of 2048 bits
constexpr size_t kIdMax = 64;
constexpr size_t kRemarksMin = 2;
constexpr size_t kRemarksMax = 100;
constexpr Money kPayoutMin = Money::from_shillings(10);
constexpr Duration kRaceExecute = 100ms;  // fault result_before_response
constexpr Duration kRaceAnswer = 3s;

Answer bad(World& world, std::string_view name) {
    return world.refuse(400, "400.002.02", "Bad Request - Invalid " + std::string(name));
}

bool is_conversation_id(std::string_view text) {
    if (text.empty() || text.size() > kIdMax) return false;
    for (const char c : text) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_') return false;
    }
    return true;
}

}  // namespace

std::optional<Answer> Transfers::check(const Call& call, Transfer& t, Common& common, std::string_view initiator_field,
                                       std::string_view party_field, std::string_view occasion_field) {
    const auto read = [&](std::string_view name) { return field(call.body, name).value_or(""); };
    common.initiator = read(initiator_field);
    if (common.initiator.empty()) return bad(world_, initiator_field);
    common.credential = read("SecurityCredential");
    if (common.credential.size() != kCredentialSize) return bad(world_, "SecurityCredential");
    t.shortcode = read(party_field);
    common.merchant = world_.config.by_shortcode(t.shortcode);
    if (common.merchant == nullptr || (!common.merchant->shared && common.merchant->consumer_key != call.app)) {
        return bad(world_, party_field);
    }
    const std::string remarks = read("Remarks");
    if (remarks.size() < kRemarksMin || remarks.size() > kRemarksMax) return bad(world_, "Remarks");
    if (read(occasion_field).size() > kRemarksMax) return bad(world_, occasion_field);
    const Switches& switches = world_.config.switches;
    const UrlRules rules{.http_on_loopback = switches.http_on_loopback,
                         .http_anywhere = switches.http_anywhere,
                         .upper_case_host_refused = switches.upper_case_host_refused};
    t.result_url = read("ResultURL");
    if (!is_callback_url(t.result_url, rules)) return bad(world_, "ResultURL");
    t.timeout_url = read("QueueTimeOutURL");
    if (!is_callback_url(t.timeout_url, rules)) return bad(world_, "QueueTimeOutURL");
    return std::nullopt;
}

Answer Transfers::reverse(const Call& call) {
    Transfer t{.kind = "reversal"};
    Common common;
    if (auto no = check(call, t, common, "Initiator", "ReceiverParty", "Occasion")) return *no;
    if (field(call.body, "CommandID").value_or("") != "TransactionReversal") return bad(world_, "CommandID");
    if (field(call.body, "RecieverIdentifierType").value_or("") != "11") return bad(world_, "RecieverIdentifierType");
    t.original = field(call.body, "TransactionID").value_or("");
    if (t.original.empty() || t.original.size() > kIdMax) return bad(world_, "TransactionID");
    const auto amount = whole_amount(call.body, "Amount");
    if (!amount) return bad(world_, "Amount");
    t.amount = Money::from_shillings(*amount);
    t.originator = world_.ids.request_id(world_.config.switches.id_look);
    return accept(call, std::move(t), common);
}

Answer Transfers::pay_out(const Call& call) {
    Transfer t{.kind = "b2c"};
    Common common;
    t.originator = field(call.body, "OriginatorConversationID").value_or("");
    if (!is_conversation_id(t.originator)) return bad(world_, "OriginatorConversationID");
    if (auto no = check(call, t, common, "InitiatorName", "PartyA", "Occassion")) return *no;
    const std::string command = field(call.body, "CommandID").value_or("");
    if (command != "BusinessPayment" && command != "SalaryPayment" && command != "PromotionPayment") {
        return bad(world_, "CommandID");
    }
    const auto amount = whole_amount(call.body, "Amount");
    if (!amount) return bad(world_, "Amount");
    t.amount = Money::from_shillings(*amount);
    t.phone = field(call.body, "PartyB").value_or("");
    if (!is_payer(t.phone)) return bad(world_, "PartyB");
    if (!originators_.insert(call.app + " " + t.originator).second) {
        return world_.refuse(500, "500.002.1001", "Duplicate OriginatorConversationID.");
    }
    return accept(call, std::move(t), common);
}

Answer Transfers::status(const Call& call) {
    Transfer t{.kind = "status"};
    Common common;
    if (auto no = check(call, t, common, "Initiator", "PartyA", "Occasion")) return *no;
    if (field(call.body, "CommandID").value_or("") != "TransactionStatusQuery") return bad(world_, "CommandID");
    if (field(call.body, "IdentifierType").value_or("") != "4") return bad(world_, "IdentifierType");
    const std::string receipt = field(call.body, "TransactionID").value_or("");
    const std::string conversation = field(call.body, "OriginalConversationID").value_or("");
    if (receipt.empty() == conversation.empty()) return bad(world_, "TransactionID");
    t.original = receipt.empty() ? conversation : receipt;
    if (t.original.size() > kIdMax) return bad(world_, "TransactionID");
    t.originator = world_.ids.request_id(world_.config.switches.id_look);
    return accept(call, std::move(t), common);
}

Answer Transfers::accept(const Call& call, Transfer t, const Common& common) {
    t.number = ++last_number_;
    t.conversation = world_.ids.conversation_id(world_.stamp(call.now));
    t.asked = call.now;
    // Bad credentials are found later, in the result: the request itself is accepted (daraja.md 5.5).
    t.code = initiators_.refusal(*common.merchant, common.initiator, common.credential);
    const Range& range = world_.config.timing.result;
    Instant due = call.now + world_.dice.between(range.least, range.most);
    Answer answer;
    if (world_.faults.draw("result_before_response", {call.request.path, t.phone, t.shortcode}, world_.dice)) {
        due = call.now + kRaceExecute;
        answer.delay = kRaceAnswer + world_.config.timing.callback.most;
    }
    json::Writer out;
    out.begin_object().field("OriginatorConversationID", t.originator).field("ConversationID", t.conversation);
    out.field("ResponseCode", "0").field("ResponseDescription", "Accept the service request successfully.").end_object();
    answer.response = envelope::ok(out.take());
    const int64_t number = t.number;
    transfers_.emplace(number, std::move(t));
    world_.schedule.at(due, [this, number](Instant at) { execute(number, at); });
    return answer;
}

Money Transfers::utility(const std::string& shortcode) {
    return world_.ledger.utility(shortcode, Money::from_shillings(world_.config.switches.opening_utility));
}

// The only place where money goes out.
void Transfers::execute(int64_t number, Instant at) {
    Transfer& t = transfers_.at(number);
    t.done_at = world_.stamp(at);
    if (t.code.empty() && t.kind != "status") {
        if (const Fault* fault = world_.faults.draw("result_fails", {"", t.phone, t.shortcode}, world_.dice)) {
            t.code = fault->code.empty() ? "1" : fault->code;
        }
    }
    if (t.code.empty()) {
        t.code = t.kind == "reversal" ? reverse_money(t) : t.kind == "b2c" ? pay_money(t) : look_up(t);
    }
    t.state = t.code == "0" ? "done" : "failed";
    tell(t, at);
}

std::string Transfers::reverse_money(Transfer& t) {
    const Merchant* merchant = world_.config.by_shortcode(t.shortcode);
    const Movement* original = world_.ledger.find(t.original);
    const bool ours = original != nullptr && merchant != nullptr && original->receiver == merchant->receiver();
    // Stricter than the portal, which says nothing about parts: the amount must be the whole.
    if (!ours || original->amount != t.amount) return "R000002";
    if (reversed_.contains(t.original)) return "R000001";
    if (world_.ledger.shortcode(original->receiver) < t.amount) return "1";
    reversed_.insert(t.original);
    t.phone = original->payer;
    t.receipt = world_.ids.receipt(t.done_at);
    world_.ledger.give_back({.receipt = t.receipt,
                             .payer = original->receiver,
                             .receiver = t.phone,
                             .amount = t.amount,
                             .account = t.original,
                             .source = "reversal",
                             .at = t.done_at});
    world_.handsets.tell(world_.customer(t.phone), t.done_at,
                         t.receipt + " Confirmed. Your transaction " + t.original + " of " + t.amount.to_display() +
                             " was reversed. New M-PESA balance is " + world_.ledger.wallet(t.phone).to_display() + ".");
    return "0";
}

std::string Transfers::pay_money(Transfer& t) {
    if (t.amount < kPayoutMin) return "2";
    if (t.amount > Money::from_shillings(world_.config.switches.amount_max)) return "3";
    if (utility(t.shortcode) < t.amount) return "1";  // the Utility account pays, not what came in today
    world_.customer(t.phone);
    t.receipt = world_.ids.receipt(t.done_at);
    world_.ledger.pay_out({.receipt = t.receipt,
                           .payer = t.shortcode,
                           .receiver = t.phone,
                           .amount = t.amount,
                           .source = "b2c",
                           .at = t.done_at});
    const Merchant* merchant = world_.config.by_shortcode(t.shortcode);
    world_.handsets.tell(world_.customer(t.phone), t.done_at,
                         t.receipt + " Confirmed. You have received " + t.amount.to_display() + " from " +
                             merchant->name + ". New M-PESA balance is " +
                             world_.ledger.wallet(t.phone).to_display() + ".");
    return "0";
}

std::string Transfers::look_up(Transfer& t) {
    for (const auto& [number, other] : transfers_) {
        if (other.kind == "status" || other.shortcode != t.shortcode) continue;
        if (other.originator != t.original && other.conversation != t.original && other.receipt != t.original) continue;
        t.found = other.state == "queued" ? "Pending Authorized" : other.state == "done" ? "Completed" : "Declined";
        t.receipt = other.receipt;
        t.amount = other.amount;
        t.phone = other.phone;
        return "0";
    }
    if (const Movement* m = world_.ledger.find(t.original)) {
        t.found = "Completed";
        t.receipt = m->receipt;
        t.amount = m->amount;
        t.phone = m->payer;
        return "0";
    }
    return "25";
}

}  // namespace clinicpro::sandbox
