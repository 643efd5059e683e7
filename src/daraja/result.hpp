// result.hpp: the asynchronous pattern of transaction status, balance, reversal and B2C (daraja.md 5.1).
//
// First an acknowledgement, which says only that the request is queued; later a POST to ResultURL or QueueTimeOutURL,
// perhaps both, perhaps never, not repeated. The reader takes every shape trap of the portal's samples: numbers as
// strings, array or single object, entries without Value, the same Key twice. Tested by daraja/result_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "daraja/reply.hpp"
#include "net/http.hpp"

namespace clinicpro::daraja {

struct Acknowledged {
    std::string originator_conversation_id;
    std::string conversation_id;
};
// The OriginatorConversationID we chose was accepted before (500.002.1001): this call did nothing, the first one
// stands. Only B2C v3 has such a key.
struct AlreadyAccepted {};
using AckReply = std::variant<Acknowledged, AlreadyAccepted, Refused, InvalidToken, NotSent, Unknown>;
AckReply read_ack(const net::Outcome& outcome);

inline constexpr size_t kResultEntriesMax = 64;  // the richest portal sample has 13

struct ResultEntry {
    std::string key;
    std::optional<std::string> value;  // numbers as text
};

struct ResultCallback {
    bool more_follow = false;  // ResultType 1
    std::string code;          // "0", "2001", "R000002"; codes.hpp, and daraja.md 5.3 - 5.6
    std::string desc;          // clipped to 300 bytes
    std::string originator_conversation_id;
    std::string conversation_id;
    std::string transaction_id;  // empty when missing or, on failure, a dummy such as SKE0000000
    std::vector<ResultEntry> parameters;
    std::vector<ResultEntry> references;

    bool is_success() const { return code == "0"; }
    // First value of a key that has one; empty otherwise.
    std::optional<std::string> parameter(std::string_view key) const;
    // All values of a repeated key, in order.
    std::vector<std::string> parameters_named(std::string_view key) const;
};

// The error that an unsuccessful result means for an initiator request (codes of daraja.md 5.3 - 5.6, where 2001 is the
// initiator's password and not a customer's PIN). `detail` is "result <code>". CHECKs that it is not a success.
//   kConflict     done before: R000001, 15; or cannot be done for this receiver: 2040
//   kNotFound     the original is not known: R000002
//   kConfig       initiator, credential, roles, shortcode: 11, 18, 20, 21, 22, 2001, 2006, 2008, 2028, 8006, SFC_IC0003
//   kUnavailable  M-Pesa too busy: 17, 26, 1001
//   kInvalid      not enough money, a limit, a malformed field: 1, 2, 3, 4, 8, 24, 25, 29
//   kUnknown      any other code: find out before doing it again
Error error_of(const ResultCallback& callback);

// Error kInvalid naming the path: not JSON, no Result, no ResultCode, neither conversation id, too many entries.
Result<ResultCallback> read_result(std::string_view body);

}  // namespace clinicpro::daraja
