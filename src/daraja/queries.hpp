// queries.hpp: the three questions about money: STK query, Transaction Status, Account Balance (daraja.md 3, 5.3, 5.6).
//
// Asking is always safe, believing is not: only a complete, matching answer with a known final code says anything, and
// even then a failure from a query must never undo a success from elsewhere (3 rule 3). The fourth question, Pull, is
// in pull.hpp. Tested by daraja/queries_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/money.hpp"
#include "daraja/codes.hpp"
#include "daraja/environment.hpp"
#include "daraja/initiator.hpp"
#include "daraja/reply.hpp"
#include "daraja/result.hpp"
#include "net/http.hpp"

namespace clinicpro::daraja {

// --- STK query ---
// Sandbox limit: 5 in 60 s, burst 1; production unpublished (daraja.md 3). Ask first 10 - 15 s after the push.

struct PushQuery {
    std::string business_shortcode;  // the one the push was made with
    Secret<> passkey;
    std::string checkout_request_id;
};
Result<net::ClientRequest> query_request(const Endpoint& endpoint, const Secret<>& token, const PushQuery& query,
                                         Instant now);

struct Paid {};  // without receipt, amount or phone: the query never tells them
struct Failed {
    std::string code;
    ResultMeaning meaning;  // when meaning.disputed (1037) it is not a final word: ask again before giving up
};
struct StillProcessing {
    Duration retry_after{};
};
using QueryReply = std::variant<Paid, Failed, StillProcessing, NoInformation, InvalidToken, Misconfigured>;
// `checkout_request_id` is the one that was asked for; an answer about another one is NoInformation.
QueryReply read_query_reply(const net::Outcome& outcome, std::string_view checkout_request_id);

// --- Transaction Status ---

struct StatusQuery {
    std::string shortcode;
    std::string receipt;                   // either the M-Pesa receipt ...
    std::string original_conversation_id;  // ... or the OriginatorConversationID of the first request
    std::string remarks = "Status";        // kRemarksMin .. kRemarksMax
    std::string occasion;                  // at most kRemarksMax
};
Result<net::ClientRequest> status_request(const Endpoint& endpoint, const Secret<>& token, const Initiator& initiator,
                                          const ResultUrls& urls, const StatusQuery& query);
// The acknowledgement is read by read_ack, the callback by read_result and then:
struct StatusResult {
    enum class State {
        kCompleted,
        kPending,
        kFailed,
        kUnknown
    };  // Initiated, Authorized .. | Cancelled, Declined, Expired
    State state = State::kUnknown;
    std::string status_text;
    std::string receipt;
    std::optional<Money> amount;
    std::string debit_party, credit_party;  // "2547... - NAME": personal data
    std::string reason;
    std::optional<Instant> initiated_at, finalised_at;
};
// Errors: error_of(callback) when it is not a success; kInvalid when a success lacks TransactionStatus.
Result<StatusResult> read_status_result(const ResultCallback& callback);

// --- Account Balance ---

struct BalanceQuery {
    std::string shortcode;
    std::string remarks = "Balance";
};
Result<net::ClientRequest> balance_request(const Endpoint& endpoint, const Secret<>& token, const Initiator& initiator,
                                           const ResultUrls& urls, const BalanceQuery& query);
struct AccountBalance {
    std::string name;                               // "Utility Account", "Working Account", "Charges Paid Account", ...
    std::string currency;                           // "KES"
    Money current, available, reserved, uncleared;  // may be below zero (Charges Paid)
};
struct BalanceResult {
    std::vector<AccountBalance> accounts;
    std::optional<Instant> completed_at;
};
// Errors: error_of(callback) when it is not a success; kInvalid when AccountBalance is missing or not as documented.
Result<BalanceResult> read_balance_result(const ResultCallback& callback);

}  // namespace clinicpro::daraja
