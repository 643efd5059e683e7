// transaction.hpp: one attempt to move money, and what each witness may do to it.
//
// `apply` is pure: a state and a piece of evidence give the next state and what to remember. Its whole table stands in
// tests/golden/transaction.table. Promises P-03 (only money the provider says moved, in the amount it says) and P-09
// (nothing leaves `paid`). The default is pending; only an explicit yes is a yes; success beats failure; late success
// is legal; a failure told by query alone never hides a later success. Tested by payments/transaction_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/money.hpp"

namespace clinicpro::payments {

enum class State { kCreated, kSending, kPending, kUnknown, kPaid, kPaidWithoutReceipt, kFailed, kExpired };
inline constexpr State kAllStates[] = {State::kCreated, State::kSending, State::kPending,
                                       State::kUnknown, State::kPaid,    State::kPaidWithoutReceipt,
                                       State::kFailed,  State::kExpired};
std::string_view to_string(State state);
State state_from(std::string_view text);  // CHECKs: only our own rows hold states
bool is_open(State state);                // a prompt may still be alive: created, sending, pending, unknown

// Who says so, in rising order of trust for a failure. Success is believed from any of them.
enum class Witness { kTimer, kQuery, kPushReply, kCallback, kC2b, kPerson };
std::string_view to_string(Witness witness);

struct Evidence {
    enum class Kind {
        kSendStarted,  // the request is about to leave; committed before it does
        kAccepted,     // the provider queued it
        kRefused,      // the provider certainly did not start it
        kNotSent,      // it certainly did not leave
        kLost,         // it may or may not have been seen
        kSucceeded,    // money moved
        kFailed,       // the provider says no money moved
        kGaveUp,       // nobody answered for too long
    };
    Kind kind;
    Witness witness;
    std::optional<Money> amount = {};  // what the provider says moved; none when it does not say
    std::string receipt = {};          // empty when the provider does not say
    std::string code = {};             // the provider's own code
    std::string text = {};             // a sentence for people
    std::optional<Instant> provider_now = {};  // the provider's clock when it answered a request; none when it does not say
};
std::string_view to_string(Evidence::Kind kind);

struct Transaction {
    TransactionId id;
    std::string method;  // "mpesa.stk", "mpesa.c2b"
    State state = State::kCreated;
    InvoiceId invoice;  // 0: none yet
    Money amount_expected;
    Money amount_received;
    Money amount_allocated;
    std::string account;  // what was sent or typed as the account number
    std::optional<std::string> receipt;
    std::string payer_masked;
    std::string result_code;
    std::string result_text;
    std::string witness;
    std::optional<std::string> attention;  // a sentence: why a person should look
    TransactionId duplicate_of;
    Instant created_at;
    std::optional<Instant> sent_at;
    std::optional<Instant> settled_at;
    Money amount_held = {};      // of refunds asked for or under way
    Money amount_refunded = {};  // went back (refunds.hpp)
    // As sent_at, by the clock that says when money moves: ours may be minutes wrong. None until the provider answered.
    std::optional<Instant> provider_sent_at = {};
};

struct Change {
    State to;
    bool changed = false;   // false: nothing to write
    Money credit;           // received now: positive, or negative when a guess is corrected
    std::string receipt;    // learned now
    std::string attention;  // raised now
    bool clears_attention = false;
    bool is_other_money = false;  // the evidence is of a second payment, which stands beside this one
};

Change apply(const Transaction& transaction, const Evidence& evidence);

}  // namespace clinicpro::payments
