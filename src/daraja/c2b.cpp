// c2b.cpp: registering, answering and reading paybill and till payments.
//
// Essentials (receipt, amount, shortcode) are strict; everything else is tolerated, because a confirmation that we
// refuse is money we cannot see. Tested by daraja/c2b_test.
#include "daraja/c2b.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "daraja/callbacks.hpp"
#include "daraja/fields.hpp"
#include "daraja/gateway.hpp"

namespace clinicpro::daraja {
namespace {

std::string c2b_path(C2bVersion version, std::string_view verb) {
    return "/mpesa/c2b/v" + std::to_string(int(version)) + "/" + std::string(verb);
}

// "0", "00000000" (daraja.md 4.1).
bool is_all_zeros(std::string_view code) {
    return !code.empty() && code.find_first_not_of('0') == std::string_view::npos;
}

std::optional<RegisterReply> read_register_text(std::string_view code, std::string_view text) {
    if (text::contains_ignoring_case(text, "already registered")) {
        return AlreadyRegistered{
            "This shortcode already has callback URLs. If they are not ours, delete them in the M-Pesa portal "
            "(Self Services, URL Management) and register again."};
    }
    if (text::contains_ignoring_case(text, "duplicate notification info")) {
        return Refused{.code = std::string(code),
                       .sentence =
                           "This shortcode's URLs stand on Safaricom's old platform. Ask Safaricom's API support to "
                           "remove them there, then register again.",
                       .is_config = true};
    }
    return std::nullopt;
}

RegisterReply read_registered(const net::Response& response) {
    const auto document = json::Document::parse(response.body);
    if (!document) return Unknown{"Safaricom answered yes, but not in JSON"};
    const json::View root = document->root();
    const std::string code = fields::optional_text(root["ResponseCode"], 64);
    const std::string description = fields::optional_text(root["ResponseDescription"], kFaultTextMax);
    if (is_all_zeros(code)) return Registered{};
    // v2 in the sandbox was seen to leave ResponseCode out (daraja.md 4.1).
    if (code.empty() && text::contains_ignoring_case(description, "success")) return Registered{};
    if (auto reply = read_register_text(code, description)) return *std::move(reply);
    if (code.empty()) return Unknown{"Safaricom's answer has no ResponseCode"};
    return Refused{.code = code,
                   .sentence = "Safaricom did not register the URLs. Check the shortcode and the two URLs."};
}

}  // namespace

Result<net::ClientRequest> register_request(const Endpoint& endpoint, const Secret<>& token, const C2bUrls& urls) {
    TRY(check_shortcode(urls.shortcode, "shortcode"));
    TRY(check_callback_url(urls.confirmation_url, endpoint.is_production()));
    TRY(check_callback_url(urls.validation_url, endpoint.is_production()));
    json::Writer body;
    body.begin_object()
        .field("ShortCode", urls.shortcode)
        .field("ResponseType", urls.complete_when_unreachable ? "Completed" : "Cancelled")
        .field("ConfirmationURL", urls.confirmation_url)
        .field("ValidationURL", urls.validation_url)
        .end_object();
    return gateway::post(endpoint, c2b_path(urls.version, "registerurl"), token, body.take());
}

RegisterReply read_register_reply(const net::Outcome& outcome) {
    if (const auto* response = std::get_if<net::Response>(&outcome); response != nullptr && response->status >= 400) {
        // 500.003.1001 is both "internal error" and "already registered": only the text tells (daraja.md 4.1).
        const Fault fault = read_fault(*response);
        if (auto reply = read_register_text(fault.code, fault.text)) return *std::move(reply);
    }
    gateway::Judged judged = gateway::judge(outcome);
    if (auto* refused = std::get_if<Refused>(&judged)) return std::move(*refused);
    if (std::holds_alternative<InvalidToken>(judged)) return InvalidToken{};
    if (auto* not_sent = std::get_if<NotSent>(&judged)) return std::move(*not_sent);
    if (auto* unknown = std::get_if<Unknown>(&judged)) return std::move(*unknown);
    return read_registered(*std::get<const net::Response*>(judged));
}

Result<net::ClientRequest> simulate_request(const Endpoint& endpoint, const Secret<>& token,
                                            const C2bSimulation& payment) {
    if (endpoint.is_production()) {
        return fail(Code::kConfig, "Payments can be simulated in the sandbox only.", "base_url");
    }
    TRY(check_shortcode(payment.shortcode, "shortcode"));
    TRY(fields::check_shillings(payment.amount, fields::kTransactionMin, fields::kTransactionMax, "amount"));
    const bool paybill = payment.kind == ShortcodeKind::kPaybill;
    json::Writer body;
    body.begin_object()
        .field("ShortCode", payment.shortcode)
        .field("CommandID", paybill ? "CustomerPayBillOnline" : "CustomerBuyGoodsOnline")
        .field("Amount", payment.amount.shillings());
    body.key("Msisdn").raw(payment.payer.digits());
    if (paybill) {
        TRY(fields::check_text(payment.bill_reference, 1, 20, "bill_reference"));
        body.field("BillRefNumber", payment.bill_reference);
    } else {
        body.key("BillRefNumber").null();
    }
    body.end_object();
    return gateway::post(endpoint, c2b_path(payment.version, "simulate"), token, body.take());
}

RegisterReply read_simulate_reply(const net::Outcome& outcome) {
    return read_register_reply(outcome);
}

Result<C2bPayment> read_c2b(std::string_view body) {
    TRY(const auto document, json::Document::parse(body));
    const json::View root = document.root();
    C2bPayment out;
    TRY(out.receipt, fields::identifier(root["TransID"], kIdentifierMax));
    TRY(const std::string amount, root["TransAmount"].scalar());
    const auto money = Money::parse(text::trim(amount));
    if (!money || !money->is_positive()) {
        return fail(Code::kInvalid, "\"TransAmount\" is not an amount of money above zero.", "TransAmount");
    }
    out.amount = *money;
    TRY(out.shortcode, fields::identifier(root["BusinessShortCode"], kIdentifierMax));
    out.transaction_type = fields::optional_text(root["TransactionType"], kC2bTextMax);
    out.paid_at = fields::time(fields::optional_text(root["TransTime"], kC2bTextMax));
    out.bill_reference = fields::optional_text(root["BillRefNumber"], kC2bTextMax);
    out.invoice_number = fields::optional_text(root["InvoiceNumber"], kC2bTextMax);
    out.org_balance = fields::signed_money(fields::optional_text(root["OrgAccountBalance"], kC2bTextMax));
    out.third_party_id = fields::optional_text(root["ThirdPartyTransID"], kC2bTextMax);
    out.msisdn = fields::optional_text(root["MSISDN"], kC2bTextMax);
    out.first_name = fields::optional_text(root["FirstName"], kC2bTextMax);
    out.middle_name = fields::optional_text(root["MiddleName"], kC2bTextMax);
    out.last_name = fields::optional_text(root["LastName"], kC2bTextMax);
    return out;
}

std::string accept_validation(std::string_view third_party_id) {
    json::Writer body;
    body.begin_object().field("ResultCode", "0").field("ResultDesc", "Accepted");
    if (!third_party_id.empty()) body.field("ThirdPartyTransID", text::clip(third_party_id, kC2bTextMax));
    body.end_object();
    return body.take();
}

std::string reject_validation(C2bReject why, std::string_view text) {
    std::string_view code = "C2B00016";
    switch (why) {
        case C2bReject::kMsisdn: code = "C2B00011"; break;
        case C2bReject::kAccountNumber: code = "C2B00012"; break;
        case C2bReject::kAmount: code = "C2B00013"; break;
        case C2bReject::kKyc: code = "C2B00014"; break;
        case C2bReject::kShortcode: code = "C2B00015"; break;
        case C2bReject::kOther: code = "C2B00016"; break;
    }
    json::Writer body;
    body.begin_object()
        .field("ResultCode", code)
        .field("ResultDesc", text.empty() ? std::string_view("Rejected") : text::clip(text, kC2bRejectTextMax))
        .end_object();
    return body.take();
}

std::string confirmation_ack() {
    return R"({"ResultCode":0,"ResultDesc":"Success"})";
}

PayerMatch match_payer(const Msisdn& payer, std::string_view msisdn_field) {
    constexpr size_t kHashHex = 64;
    constexpr size_t kSureHex = 16;    // 64 bits: among 10^8 numbers a chance match is below one in 10^11
    constexpr size_t kHintHex = 4;     // fewer shown digits say nothing
    constexpr size_t kHintDigits = 6;  // "2547", two more: Safaricom shows seven or eight
    std::string field;
    for (const char c : text::lower(msisdn_field)) {
        if (c != ' ') field += c;
    }
    if (field.empty() || field.size() > kHashHex) return PayerMatch::kNo;
    const bool masked = field.find('*') != std::string::npos;

    if (field.find_first_not_of("0123456789abcdef*") == std::string::npos && field.size() > 20) {
        const std::string hash = text::to_hex(crypto::sha256(payer.digits()));
        if (!masked) return field == hash ? PayerMatch::kExact : PayerMatch::kNo;
        const size_t head = field.find('*');
        const size_t tail = field.size() - field.find_last_of('*') - 1;
        const bool fits = head + tail <= kHashHex && head + tail >= kHintHex &&
                          hash.starts_with(field.substr(0, head)) && hash.ends_with(field.substr(field.size() - tail));
        if (!fits) return PayerMatch::kNo;
        return head + tail >= kSureHex ? PayerMatch::kExact : PayerMatch::kPossible;
    }
    if (masked) {
        const auto shown = size_t(std::count_if(field.begin(), field.end(), [](char c) { return c != '*'; }));
        return shown >= kHintDigits && payer.fits_mask(field) ? PayerMatch::kPossible : PayerMatch::kNo;
    }
    const auto plain = Msisdn::parse(field);
    return plain && *plain == payer ? PayerMatch::kExact : PayerMatch::kNo;
}

}  // namespace clinicpro::daraja
