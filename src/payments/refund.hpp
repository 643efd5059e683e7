// refund.hpp: money on its way back to a payer, and what each witness may do to it.
//
// `apply` is pure; its whole table stands in tests/golden/refund.table. One person asks, another approves. Then a
// request moves the money (a reversal, or a payout), or a person pays by hand. A request whose fate is unknown is never
// a failure: it holds its money until M-Pesa or a person with the statement says how it ended. Nothing leaves `done`.
// The payment itself stays paid: a refund is an entry of its own (promise P-09). Tested by payments/refund_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/phone.hpp"
#include "store/tenant.hpp"

namespace clinicpro::payments {

enum class RefundState { kRequested, kApproved, kSending, kPending, kUnknown, kDone, kFailed, kRejected, kCancelled };
inline constexpr RefundState kAllRefundStates[] = {
    RefundState::kRequested, RefundState::kApproved, RefundState::kSending,  RefundState::kPending,  RefundState::kUnknown,
    RefundState::kDone,      RefundState::kFailed,   RefundState::kRejected, RefundState::kCancelled};
std::string_view to_string(RefundState state);
std::optional<RefundState> refund_state_from(std::string_view text);
bool is_open(RefundState state);  // money is held for it: requested, approved, sending, pending, unknown

enum class RefundWay {
    kReversal,  // the provider undoes the payment, all of it
    kPayout,    // a new payment to the payer's phone: for a part, or when the clinic prefers it
    kByHand,    // cash or bank: a person says when it was done
};
std::string_view to_string(RefundWay way);
std::optional<RefundWay> refund_way_from(std::string_view text);

struct RefundEvidence {
    enum class Kind {
        kApproved,       // a second person agrees
        kRejected,       // a second person does not
        kCancelled,      // it is no longer wanted, and nothing was sent
        kSendStarted,    // the request is about to leave; committed before it does
        kAccepted,       // the provider queued it
        kRefused,        // the provider certainly did not start it
        kNotSent,        // it certainly did not leave
        kLost,           // it may or may not have been seen
        kTimedOut,       // the provider says it waited too long in a queue; the result may still come
        kSucceeded,      // money went back
        kFailed,         // the provider says that none did
        kDoubtful,       // an answer that only a person can judge, such as "reversed before"
        kGaveUp,         // nobody answered for too long
        kSettledDone,    // a person says that it went back, with a proof
        kSettledFailed,  // a person says that it did not
    };
    Kind kind;
    std::string witness;               // "callback", "query", "reply", "timer", or the person: "key_0c5..."
    std::optional<Money> amount = {};  // what went back; none when the witness does not say
    std::string reference = {};        // receipt or paper of what went back
    std::string code = {};             // the provider's own code
    std::string text = {};             // a sentence for people
};
inline constexpr RefundEvidence::Kind kAllRefundEvidence[] = {
    RefundEvidence::Kind::kApproved,    RefundEvidence::Kind::kRejected,      RefundEvidence::Kind::kCancelled,
    RefundEvidence::Kind::kSendStarted, RefundEvidence::Kind::kAccepted,      RefundEvidence::Kind::kRefused,
    RefundEvidence::Kind::kNotSent,     RefundEvidence::Kind::kLost,          RefundEvidence::Kind::kTimedOut,
    RefundEvidence::Kind::kSucceeded,   RefundEvidence::Kind::kFailed,        RefundEvidence::Kind::kDoubtful,
    RefundEvidence::Kind::kGaveUp,      RefundEvidence::Kind::kSettledDone,   RefundEvidence::Kind::kSettledFailed};
std::string_view to_string(RefundEvidence::Kind kind);

struct Refund {
    RefundId id;
    TransactionId payment;
    RefundWay way = RefundWay::kReversal;
    RefundState state = RefundState::kRequested;
    Money amount;       // asked for
    Money amount_done;  // went back
    std::string reason;
    std::string requested_by, decided_by;
    std::string payee_masked;                   // of a payout
    std::string originator_id, conversation_id;  // what the provider calls it
    std::string reference;
    std::string result_code, result_text;
    std::string witness;
    std::optional<std::string> attention;  // a sentence: why a person should look
    bool booked = false;
    Instant created_at;
    std::optional<Instant> decided_at, sent_at, settled_at;
};

struct RefundChange {
    RefundState to;
    bool changed = false;   // false: nothing to write; when a person asked for it, it is refused
    std::string attention;  // raised now
    bool clears_attention = false;
};

RefundChange apply(const Refund& refund, const RefundEvidence& evidence);

// What the method that took the money knows about giving it back; app/wiring ties the two.
class Payback {
public:
    virtual ~Payback() = default;
    // A sentence when this way cannot work for this amount: not set up, below or above a limit.
    virtual Result<> check(store::ClinicTx& tx, RefundWay way, Money amount) = 0;
    // The phone that paid, when it is known.
    virtual Result<std::optional<Msisdn>> payer(store::ClinicTx& tx, TransactionId payment) = 0;
};

}  // namespace clinicpro::payments
