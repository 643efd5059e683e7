// stk.cpp: builds a push and reads what became of it, with Unknown as the answer to every doubt.
#include "daraja/stk.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "daraja/callback_url.hpp"
#include "daraja/callbacks.hpp"
#include "daraja/fields.hpp"
#include "daraja/gateway.hpp"

namespace clinicpro::daraja {
namespace {

Result<> check_words(const Push& push) {
    if (push.account_reference.size() > kAccountReferenceMax ||
        !fields::is_letters_and_digits(push.account_reference)) {
        return fail(Code::kInvalid,
                    "The account reference must be 1 to 12 letters and digits: it stands on the prompt.",
                    "account_reference");
    }
    std::string letters;
    for (const char c : push.description) {
        if (c != ' ') letters += c;
    }
    if (push.description.size() > kDescriptionMax ||
        (!push.description.empty() && !fields::is_letters_and_digits(letters))) {
        return fail(Code::kInvalid, "The description must be at most 13 letters, digits and spaces.", "description");
    }
    return {};
}

// The receiving number: a paybill receives under its own number, a till under the till number, not the store's.
Result<std::string> receiver(const Push& push) {
    if (push.kind == ShortcodeKind::kPaybill && push.party_b.empty()) return push.business_shortcode;
    TRY(check_shortcode(push.party_b, "party_b"));
    if (push.kind == ShortcodeKind::kPaybill && push.party_b != push.business_shortcode) {
        return fail(Code::kInvalid, "A paybill receives under its own shortcode; leave party_b empty.", "party_b");
    }
    return push.party_b;
}

}  // namespace

Secret<> push_password(std::string_view shortcode, const Secret<>& passkey, std::string_view stamp) {
    return Secret<>(text::to_base64(std::string(shortcode) + passkey.reveal() + std::string(stamp)));
}

Result<net::ClientRequest> push_request(const Endpoint& endpoint, const Secret<>& token, const Push& push,
                                        Instant now) {
    TRY(check_shortcode(push.business_shortcode, "business_shortcode"));
    TRY(const std::string party_b, receiver(push));
    if (push.passkey.empty()) return fail(Code::kConfig, "The passkey is missing from the M-Pesa settings.", "passkey");
    TRY(fields::check_shillings(push.amount, kPushMin, kPushMax, "amount"));
    TRY(check_callback_url(push.callback_url, endpoint.is_production()));
    TRY(check_words(push));

    const std::string stamp = to_eat_stamp(now);
    json::Writer body;
    body.begin_object()
        .field("BusinessShortCode", push.business_shortcode)
        .field("Password", push_password(push.business_shortcode, push.passkey, stamp).reveal())
        .field("Timestamp", stamp)
        .field("TransactionType",
               push.kind == ShortcodeKind::kPaybill ? "CustomerPayBillOnline" : "CustomerBuyGoodsOnline")
        .field("Amount", push.amount.shillings());
    // Numbers, not text: a production library saw strings here end as 1037.
    body.key("PartyA").raw(push.payer.digits()).field("PartyB", party_b);
    body.key("PhoneNumber").raw(push.payer.digits());
    body.field("CallBackURL", push.callback_url).field("AccountReference", push.account_reference);
    if (!push.description.empty()) body.field("TransactionDesc", push.description);
    body.end_object();
    return gateway::post(endpoint, "/mpesa/stkpush/v1/processrequest", token, body.take());
}

PushReply read_push_reply(const net::Outcome& outcome) {
    gateway::Judged judged = gateway::judge(outcome);
    if (auto* refused = std::get_if<Refused>(&judged)) return std::move(*refused);
    if (std::holds_alternative<InvalidToken>(judged)) return InvalidToken{};
    if (auto* not_sent = std::get_if<NotSent>(&judged)) return std::move(*not_sent);
    if (auto* unknown = std::get_if<Unknown>(&judged)) return std::move(*unknown);

    const net::Response& response = *std::get<const net::Response*>(judged);
    const auto document = json::Document::parse(response.body);
    if (!document) return Unknown{"Safaricom answered yes, but not in JSON"};
    const json::View root = document->root();
    const auto code = root["ResponseCode"].scalar_if_any();
    if (!code || code->empty()) return Unknown{"Safaricom's answer has no ResponseCode"};
    if (*code != "0") {
        return Refused{
            .code = std::string(text::clip(*code, 64)),
            .sentence = "Safaricom did not queue the request. Check the M-Pesa settings, or try again later."};
    }
    auto merchant = fields::identifier(root["MerchantRequestID"], kIdentifierMax);
    auto checkout = fields::identifier(root["CheckoutRequestID"], kIdentifierMax);
    if (!merchant || !checkout) return Unknown{"Safaricom accepted the request but named no ids for it"};
    return Accepted{*std::move(merchant), *std::move(checkout)};
}

}  // namespace clinicpro::daraja
