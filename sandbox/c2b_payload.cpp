#include "sandbox/c2b_payload.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"

namespace clinicpro::sandbox {

std::string msisdn_form(std::string_view phone, std::string_view form) {
    if (form == "masked")
        return std::string(phone.substr(0, 4)) + " ***** " + std::string(phone.substr(phone.size() - 3));
    if (form != "hash" && form != "masked_hash") return std::string(phone);
    const std::string hash = text::to_hex(crypto::sha256(phone));
    if (form == "hash") return hash;
    return hash.substr(0, 34) + "*****" + hash.substr(hash.size() - 25);
}

std::string mangled(std::string_view account) {
    std::string out = "  ";
    for (const char c : account) {
        const bool lower = c >= 'a' && c <= 'z';
        const bool upper = c >= 'A' && c <= 'Z';
        out += lower ? char(c - 'a' + 'A') : upper ? char(c - 'A' + 'a') : c;
    }
    return out + " ";
}

std::string c2b_body(const C2bFacts& facts, const Switches& switches, Dice& dice) {
    std::string type = switches.c2b_transaction_type;
    if (type == "by_kind") type = facts.till ? "Customer Merchant Payment" : "Pay Bill";
    std::string amount = switches.c2b_amount;
    if (amount == "any") amount = dice.chance(0.5) ? "10" : "10.00";
    std::string names = switches.c2b_names;
    if (names == "any") {
        const int64_t throw_of_three = dice.between(0, 2);
        names = throw_of_three == 0 ? "all" : throw_of_three == 1 ? "first_only" : "empty";
    }
    json::Writer out;
    out.begin_object().field("TransactionType", type).field("TransID", facts.receipt);
    out.field("TransTime", to_eat_stamp(facts.at));
    out.field("TransAmount", amount == "10" ? std::to_string(facts.amount.shillings()) : facts.amount.to_text());
    out.field("BusinessShortCode", facts.receiver).field("BillRefNumber", facts.till ? std::string() : facts.account);
    out.field("InvoiceNumber", "").field("OrgAccountBalance", facts.balance);
    out.field("ThirdPartyTransID", facts.third_party).field("MSISDN", facts.msisdn);
    const Customer& customer = *facts.customer;
    if (names == "first_only") {
        out.field("FirstName", customer.first_name);
    } else {
        const bool all = names == "all";
        out.field("FirstName", all ? customer.first_name : "").field("MiddleName", all ? customer.middle_name : "");
        out.field("LastName", all ? customer.last_name : "");
    }
    out.end_object();
    return out.take();
}

}  // namespace clinicpro::sandbox
