// stk_checks.cpp: why a push is refused at once (daraja.md 2.1, 2.3, 10.2), and which pushes are doomed from the start.
#include "base/text.hpp"
#include "sandbox/fields.hpp"
#include "sandbox/stk.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr size_t kReferenceMax = 12;    // portal
constexpr size_t kDescriptionMax = 13;  // portal
constexpr size_t kHardMax = 256;        // beyond any prompt
constexpr size_t kPromptMax = 182;      // over it: 1025
constexpr size_t kPrefixMax = 94;       // over it: 1101
constexpr Duration kSameAmount = 120s;  // code 17
constexpr Duration kStampAge = 15min;   // policy; nobody saw Daraja check

Answer bad(World& world, std::string_view name) {
    return world.refuse(400, "400.002.02", "Bad Request - Invalid " + std::string(name));
}

}  // namespace

std::string same_payment_key(const Push& push) {
    return push.phone + "|" + push.receiver + "|" + push.amount.to_text();
}

std::optional<Answer> Stk::check_fields(const Call& call, Push& push, std::string& timestamp, std::string& type) {
    const Switches& switches = world_.config.switches;
    const json::View body = call.body;
    push.shortcode = field(body, "BusinessShortCode").value_or("");
    if (!is_shortcode(push.shortcode)) return bad(world_, "BusinessShortCode");
    if (field(body, "Password").value_or("").empty()) return bad(world_, "Password");
    timestamp = field(body, "Timestamp").value_or("");
    const auto stamped = parse_eat_stamp(timestamp);
    if (!stamped) return bad(world_, "Timestamp");
    if (switches.check_timestamp_age) {
        const Duration age = world_.stamp(call.now) - *stamped;
        if (age > kStampAge || age < -kStampAge) return bad(world_, "Timestamp");
    }
    type = field(body, "TransactionType").value_or("");
    if (type != "CustomerPayBillOnline" && type != "CustomerBuyGoodsOnline") return bad(world_, "TransactionType");
    const auto amount = whole_amount(body, "Amount");
    if (!amount) return bad(world_, "Amount");
    if (*amount > switches.amount_max && switches.over_limit == "sync") return bad(world_, "Amount");
    push.amount = Money::from_shillings(*amount);
    if (!is_payer(field(body, "PartyA").value_or(""))) return bad(world_, "PartyA");
    push.receiver = field(body, "PartyB").value_or("");
    if (!is_shortcode(push.receiver)) return bad(world_, "PartyB");
    push.phone = field(body, "PhoneNumber").value_or("");
    if (!is_payer(push.phone)) return bad(world_, "PhoneNumber");
    push.callback_url = field(body, "CallBackURL").value_or("");
    UrlRules rules;
    rules.http_on_loopback = switches.http_on_loopback;
    rules.http_anywhere = switches.http_anywhere;
    rules.upper_case_host_refused = switches.upper_case_host_refused;
    rules.forbidden_words = switches.forbidden_words_in_stk_url;
    rules.public_testers = false;  // tunnels work for STK (daraja.md 2.7)
    if (!is_callback_url(push.callback_url, rules)) return bad(world_, "CallBackURL");
    push.account = field(body, "AccountReference").value_or("");
    if (push.account.empty() || push.account.size() > (switches.text_limits ? kReferenceMax : kHardMax)) {
        return bad(world_, "AccountReference");
    }
    const json::View description = body["TransactionDesc"];
    push.description = field(body, "TransactionDesc").value_or("");
    if ((!description.is_missing_or_null() && !field(body, "TransactionDesc")) ||
        push.description.size() > (switches.text_limits ? kDescriptionMax : kHardMax)) {
        return bad(world_, "TransactionDesc");
    }
    return std::nullopt;
}

std::optional<Answer> Stk::check(const Call& call, Push& push, const Merchant*& merchant) {
    std::string timestamp;
    std::string type;
    if (auto no = check_fields(call, push, timestamp, type)) return no;
    merchant = world_.config.by_shortcode(push.shortcode);
    if (merchant == nullptr) return world_.refuse(500, "500.001.1001", "Merchant does not exist");
    if (!merchant->shared && merchant->consumer_key != call.app) {
        return world_.refuse(404, "404.001.03", "Invalid Access Token");  // a good token, but of another app
    }
    const std::string password = text::to_base64(push.shortcode + merchant->passkey.reveal() + timestamp);
    if (field(call.body, "Password").value_or("") != password) {
        return world_.refuse(500, "500.001.1001", "[MerchantValidate] - Wrong credentials");
    }
    if (!merchant->is_till() && type == "CustomerBuyGoodsOnline") return bad(world_, "TransactionType");
    push.merchant = merchant->name;
    push.code = doomed(push, *merchant, type);
    return std::nullopt;
}

// The ResultCode that this push will get without ever reaching the handset; empty when it will.
std::string Stk::doomed(const Push& push, const Merchant& merchant, std::string_view type) const {
    if (merchant.is_till() && type != "CustomerBuyGoodsOnline") return "2028";
    if (push.receiver != merchant.receiver()) {
        return world_.config.by_receiver(push.receiver) == nullptr ? "SFC_IC0003" : "2028";
    }
    if (push.amount > Money::from_shillings(world_.config.switches.amount_max)) return "3";
    const size_t prefix = merchant.name.size() + push.account.size();
    if (prefix > kPrefixMax) return "1101";
    const std::string text = "Do you want to pay " + push.amount.to_display() + " to " + merchant.name +
                             " Account no. " + push.account + " " + push.description + " Enter M-PESA PIN";
    if (text.size() > kPromptMax) return "1025";
    if (world_.config.switches.same_amount_rule) {
        const auto last = last_paid_.find(same_payment_key(push));
        if (last != last_paid_.end() && push.asked - last->second < kSameAmount) return "17";
    }
    return "";
}

}  // namespace clinicpro::sandbox
