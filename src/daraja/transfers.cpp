// transfers.cpp: builds reversals and pay-outs with Safaricom's own spellings, and reads how they ended.
#include "daraja/transfers.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "daraja/callbacks.hpp"
#include "daraja/fields.hpp"
#include "daraja/gateway.hpp"

namespace clinicpro::daraja {
namespace {

constexpr size_t kReceiverMax = 160;

std::string_view command_id(B2cPurpose purpose) {
    switch (purpose) {
        case B2cPurpose::kBusinessPayment: return "BusinessPayment";
        case B2cPurpose::kSalaryPayment: return "SalaryPayment";
        case B2cPurpose::kPromotionPayment: return "PromotionPayment";
    }
    return "BusinessPayment";
}

Result<> check_originator_id(std::string_view id) {
    std::string letters;
    for (const char c : id) {
        if (c != '-' && c != '_') letters += c;
    }
    if (id.size() <= kOriginatorIdMax && fields::is_letters_and_digits(letters)) return {};
    return fail(Code::kInvalid, "The conversation id must be 1 to 64 letters, digits, - and _, never used before.",
                "originator_conversation_id");
}

std::optional<Money> money(const ResultCallback& callback, std::string_view key) {
    const auto text = callback.parameter(key);
    return text ? fields::signed_money(*text) : std::nullopt;
}

std::optional<Instant> time(const ResultCallback& callback, std::string_view key) {
    const auto text = callback.parameter(key);
    return text ? fields::time(*text) : std::nullopt;
}

// The money has moved, so a receipt is owed; TransactionID carries it when the parameter does not.
Result<std::string> receipt_of(const ResultCallback& callback, std::string_view key) {
    std::string receipt(text::trim(callback.parameter(key).value_or("")));
    if (receipt.empty()) receipt = callback.transaction_id;
    if (receipt.empty() || receipt.size() > kIdentifierMax) {
        return fail(Code::kInvalid, "This result says done but has no receipt.", "Result.TransactionID");
    }
    return receipt;
}

}  // namespace

Result<net::ClientRequest> reversal_request(const Endpoint& endpoint, const Secret<>& token, const Initiator& initiator,
                                            const ResultUrls& urls, const Reversal& reversal) {
    TRY(check_initiator(endpoint, initiator, urls, reversal.remarks));
    TRY(fields::check_identifier(reversal.receipt, "receipt"));
    TRY(fields::check_shillings(reversal.amount, fields::kTransactionMin, fields::kTransactionMax, "amount"));
    TRY(check_shortcode(reversal.shortcode, "shortcode"));
    TRY(fields::check_text(reversal.occasion, 0, kRemarksMax, "occasion"));
    json::Writer body;
    body.begin_object()
        .field("Initiator", initiator.name)
        .field("SecurityCredential", initiator.credential.reveal())
        .field("CommandID", "TransactionReversal")
        .field("TransactionID", reversal.receipt)
        .field("Amount", reversal.amount.shillings())
        .field("ReceiverParty", reversal.shortcode)
        .field("RecieverIdentifierType", "11")
        .field("ResultURL", urls.result_url)
        .field("QueueTimeOutURL", urls.timeout_url)
        .field("Remarks", reversal.remarks);
    if (!reversal.occasion.empty()) body.field("Occasion", reversal.occasion);
    body.end_object();
    return gateway::post(endpoint, "/mpesa/reversal/v1/request", token, body.take());
}

Result<ReversalResult> read_reversal_result(const ResultCallback& callback) {
    if (!callback.is_success()) return std::unexpected(error_of(callback));
    ReversalResult out;
    TRY(out.receipt, receipt_of(callback, "TransactionReceipt"));
    out.original_receipt =
        text::clip(text::trim(callback.parameter("OriginalTransactionID").value_or("")), kIdentifierMax);
    out.amount = money(callback, "Amount");
    out.completed_at = time(callback, "TransCompletedTime");
    return out;
}

Result<net::ClientRequest> b2c_request(const Endpoint& endpoint, const Secret<>& token, const Initiator& initiator,
                                       const ResultUrls& urls, const B2cPayment& payment) {
    TRY(check_initiator(endpoint, initiator, urls, payment.remarks));
    TRY(check_originator_id(payment.originator_conversation_id));
    TRY(fields::check_shillings(payment.amount, kB2cMin, kB2cMax, "amount"));
    TRY(check_shortcode(payment.shortcode, "shortcode"));
    TRY(fields::check_text(payment.occasion, 0, kRemarksMax, "occasion"));
    json::Writer body;
    body.begin_object()
        .field("OriginatorConversationID", payment.originator_conversation_id)
        .field("InitiatorName", initiator.name)
        .field("SecurityCredential", initiator.credential.reveal())
        .field("CommandID", command_id(payment.purpose))
        .field("Amount", payment.amount.shillings())
        .field("PartyA", payment.shortcode)
        .field("PartyB", payment.payee.digits())
        .field("Remarks", payment.remarks)
        .field("QueueTimeOutURL", urls.timeout_url)
        .field("ResultURL", urls.result_url);
    if (!payment.occasion.empty()) body.field("Occassion", payment.occasion);
    body.end_object();
    return gateway::post(endpoint, "/mpesa/b2c/v3/paymentrequest", token, body.take());
}

Result<B2cResult> read_b2c_result(const ResultCallback& callback) {
    if (!callback.is_success()) return std::unexpected(error_of(callback));
    B2cResult out;
    TRY(out.receipt, receipt_of(callback, "TransactionReceipt"));
    out.amount = money(callback, "TransactionAmount");
    out.receiver = text::clip(callback.parameter("ReceiverPartyPublicName").value_or(""), kReceiverMax);
    if (const auto registered = callback.parameter("B2CRecipientIsRegisteredCustomer")) {
        out.receiver_is_registered = text::equal_ignoring_case(*registered, "Y");
    }
    out.completed_at = time(callback, "TransactionCompletedDateTime");
    out.utility_funds = money(callback, "B2CUtilityAccountAvailableFunds");
    out.working_funds = money(callback, "B2CWorkingAccountAvailableFunds");
    return out;
}

}  // namespace clinicpro::daraja
