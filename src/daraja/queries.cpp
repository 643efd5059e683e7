// queries.cpp: asks about money, and reads an answer as settled only when every rule of daraja.md 3 holds.
#include "daraja/queries.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "daraja/callbacks.hpp"
#include "daraja/fields.hpp"
#include "daraja/gateway.hpp"
#include "daraja/stk.hpp"

namespace clinicpro::daraja {
namespace {

constexpr size_t kPartyMax = 160;

NoInformation nothing(std::string reason) {
    return {std::move(reason), gateway::kAskAgain};
}

// The rules of daraja.md 3: a 200, ResponseCode 0, our id and a code we know, or it says nothing.
QueryReply read_state(const net::Response& response, std::string_view checkout_request_id) {
    if (response.status != 200)
        return nothing("http " + std::to_string(response.status) + " is not an answer to a query");
    const auto document = json::Document::parse(response.body);
    if (!document) return nothing("the answer is not JSON");
    const json::View root = document->root();
    if (fields::optional_text(root["ResponseCode"], 64) != "0") return nothing("the answer's ResponseCode is not 0");
    if (fields::optional_text(root["CheckoutRequestID"], kIdentifierMax) != checkout_request_id) {
        return nothing("the answer is about another request");
    }
    const std::string code = fields::optional_text(root["ResultCode"], 64);
    if (code.empty()) return nothing("the answer has no ResultCode");
    const ResultMeaning& meaning = meaning_of(code);
    if (meaning.is_paid()) return Paid{};
    if (meaning.result_class == ResultClass::kStillProcessing) return StillProcessing{meaning.wait};
    if (meaning.final || meaning.disputed) return Failed{code, meaning};
    return nothing("unknown ResultCode " + std::string(text::clip(code, 32)));
}

Result<std::vector<AccountBalance>> read_accounts(std::string_view joined) {
    std::vector<AccountBalance> out;
    for (const std::string_view account : text::split(joined, '&')) {
        if (text::trim(account).empty()) continue;
        const auto parts = text::split(account, '|');
        const auto amount = [&](size_t i) { return i < parts.size() ? fields::signed_money(parts[i]) : std::nullopt; };
        const auto current = amount(2), available = amount(3), reserved = amount(4), uncleared = amount(5);
        if (parts.size() != 6 || !current || !available || !reserved || !uncleared) {
            return fail(Code::kInvalid, "\"AccountBalance\" is not name|currency|current|available|reserved|uncleared.",
                        "AccountBalance");
        }
        out.push_back({std::string(text::trim(parts[0])), std::string(text::trim(parts[1])), *current, *available,
                       *reserved, *uncleared});
    }
    if (out.empty()) return fail(Code::kInvalid, "\"AccountBalance\" names no account.", "AccountBalance");
    return out;
}

std::optional<Instant> time_parameter(const ResultCallback& callback, std::string_view key) {
    const auto text = callback.parameter(key);
    return text ? fields::time(*text) : std::nullopt;
}

StatusResult::State read_state_word(std::string_view word) {
    using State = StatusResult::State;
    static constexpr std::pair<std::string_view, State> kWords[] = {
        {"Completed", State::kCompleted},
        {"Initiated", State::kPending},
        {"Authorized", State::kPending},
        {"Authorised", State::kPending},
        {"Pending Authorized", State::kPending},
        {"Pending Authorised", State::kPending},
        {"Cancelled", State::kFailed},
        {"Canceled", State::kFailed},
        {"Declined", State::kFailed},
        {"Expired", State::kFailed},
    };
    for (const auto& [name, state] : kWords) {
        if (text::equal_ignoring_case(name, word)) return state;
    }
    return State::kUnknown;
}

}  // namespace

Result<net::ClientRequest> query_request(const Endpoint& endpoint, const Secret<>& token, const PushQuery& query,
                                         Instant now) {
    TRY(check_shortcode(query.business_shortcode, "business_shortcode"));
    if (query.passkey.empty())
        return fail(Code::kConfig, "The passkey is missing from the M-Pesa settings.", "passkey");
    TRY(fields::check_identifier(query.checkout_request_id, "checkout_request_id"));
    const std::string stamp = to_eat_stamp(now);
    json::Writer body;
    body.begin_object()
        .field("BusinessShortCode", query.business_shortcode)
        .field("Password", push_password(query.business_shortcode, query.passkey, stamp).reveal())
        .field("Timestamp", stamp)
        .field("CheckoutRequestID", query.checkout_request_id)
        .end_object();
    return gateway::post(endpoint, "/mpesa/stkpushquery/v1/query", token, body.take());
}

QueryReply read_query_reply(const net::Outcome& outcome, std::string_view checkout_request_id) {
    if (const auto* response = std::get_if<net::Response>(&outcome); response != nullptr && response->status == 500) {
        const Fault fault = read_fault(*response);
        if (fault.code == "500.001.1001" && text::contains_ignoring_case(fault.text, "being processed")) {
            return StillProcessing{gateway::kAskAgain};
        }
    }
    gateway::Answered answered = gateway::judge_question(outcome);
    if (auto* nothing_said = std::get_if<NoInformation>(&answered)) return std::move(*nothing_said);
    if (std::holds_alternative<InvalidToken>(answered)) return InvalidToken{};
    if (auto* wrong = std::get_if<Misconfigured>(&answered)) return std::move(*wrong);
    return read_state(*std::get<const net::Response*>(answered), checkout_request_id);
}

Result<net::ClientRequest> status_request(const Endpoint& endpoint, const Secret<>& token, const Initiator& initiator,
                                          const ResultUrls& urls, const StatusQuery& query) {
    TRY(check_initiator(endpoint, initiator, urls, query.remarks));
    TRY(check_shortcode(query.shortcode, "shortcode"));
    TRY(fields::check_text(query.occasion, 0, kRemarksMax, "occasion"));
    const bool by_receipt = !query.receipt.empty();
    if (by_receipt == !query.original_conversation_id.empty()) {
        return fail(Code::kInvalid, "Name either the receipt or the conversation id of the transaction.", "receipt");
    }
    TRY(fields::check_identifier(by_receipt ? query.receipt : query.original_conversation_id, "receipt"));
    json::Writer body;
    body.begin_object()
        .field("Initiator", initiator.name)
        .field("SecurityCredential", initiator.credential.reveal())
        .field("CommandID", "TransactionStatusQuery");
    if (by_receipt) {
        body.field("TransactionID", query.receipt);
    } else {
        body.field("OriginalConversationID", query.original_conversation_id);
    }
    body.field("PartyA", query.shortcode)
        .field("IdentifierType", "4")
        .field("ResultURL", urls.result_url)
        .field("QueueTimeOutURL", urls.timeout_url)
        .field("Remarks", query.remarks)
        .field("Occasion", query.occasion)
        .end_object();
    return gateway::post(endpoint, "/mpesa/transactionstatus/v1/query", token, body.take());
}

Result<StatusResult> read_status_result(const ResultCallback& callback) {
    if (!callback.is_success()) return std::unexpected(error_of(callback));
    const auto status = callback.parameter("TransactionStatus");
    if (!status) return fail(Code::kInvalid, "This result has no \"TransactionStatus\".", "TransactionStatus");
    StatusResult out;
    out.status_text = text::clip(text::trim(*status), 64);
    out.state = read_state_word(out.status_text);
    out.receipt = text::clip(text::trim(callback.parameter("ReceiptNo").value_or("")), kIdentifierMax);
    if (const auto amount = callback.parameter("Amount")) out.amount = fields::signed_money(*amount);
    // The portal's sample has DebitPartyName twice, the second time for the credit party (daraja.md 5.1).
    const auto debits = callback.parameters_named("DebitPartyName");
    if (!debits.empty()) out.debit_party = text::clip(debits[0], kPartyMax);
    if (const auto credit = callback.parameter("CreditPartyName")) {
        out.credit_party = text::clip(*credit, kPartyMax);
    } else if (debits.size() > 1) {
        out.credit_party = text::clip(debits[1], kPartyMax);
    }
    out.reason = text::clip(callback.parameter("TransactionReason").value_or(""), kPartyMax);
    out.initiated_at = time_parameter(callback, "InitiatedTime");
    out.finalised_at = time_parameter(callback, "FinalisedTime");
    return out;
}

Result<net::ClientRequest> balance_request(const Endpoint& endpoint, const Secret<>& token, const Initiator& initiator,
                                           const ResultUrls& urls, const BalanceQuery& query) {
    TRY(check_initiator(endpoint, initiator, urls, query.remarks));
    TRY(check_shortcode(query.shortcode, "shortcode"));
    json::Writer body;
    body.begin_object()
        .field("Initiator", initiator.name)
        .field("SecurityCredential", initiator.credential.reveal())
        .field("CommandID", "AccountBalance")
        .field("PartyA", query.shortcode)
        .field("IdentifierType", "4")
        .field("Remarks", query.remarks)
        .field("QueueTimeOutURL", urls.timeout_url)
        .field("ResultURL", urls.result_url)
        .end_object();
    return gateway::post(endpoint, "/mpesa/accountbalance/v1/query", token, body.take());
}

Result<BalanceResult> read_balance_result(const ResultCallback& callback) {
    if (!callback.is_success()) return std::unexpected(error_of(callback));
    const auto joined = callback.parameter("AccountBalance");
    if (!joined) return fail(Code::kInvalid, "This result has no \"AccountBalance\".", "AccountBalance");
    BalanceResult out;
    TRY(out.accounts, read_accounts(*joined));
    out.completed_at = time_parameter(callback, "BOCompletedTime");
    return out;
}

}  // namespace clinicpro::daraja
