#include "payments/transaction.hpp"

#include "base/error.hpp"

namespace clinicpro::payments {
namespace {

using Kind = Evidence::Kind;

Change stay(const Transaction& t) {
    return {.to = t.state};
}

Change to(State state) {
    return {.to = state, .changed = true};
}

Change noted(const Transaction& t, std::string attention) {
    return {.to = t.state, .changed = true, .attention = std::move(attention)};
}

// Money moved for an attempt that was not yet paid.
Change first_success(const Transaction& t, const Evidence& e) {
    const Money amount = e.amount.value_or(t.amount_expected);
    Change change{.to = e.receipt.empty() ? State::kPaidWithoutReceipt : State::kPaid,
                  .changed = true,
                  .credit = amount,
                  .receipt = e.receipt,
                  .clears_attention = true};
    if (amount != t.amount_expected) {
        change.attention = "The provider says " + amount.to_display() + " moved, but " +
                           t.amount_expected.to_display() +
                           " was asked. The amount that moved was booked; check it with the patient.";
    }
    return change;
}

// Another witness of money that is already booked.
Change repeated_success(const Transaction& t, const Evidence& e) {
    if (t.state == State::kPaidWithoutReceipt && !e.receipt.empty()) {
        const Money amount = e.amount.value_or(t.amount_received);
        Change change{.to = State::kPaid, .changed = true, .credit = amount - t.amount_received, .receipt = e.receipt};
        if (!change.credit.is_zero()) {
            change.attention = "The receipt says " + amount.to_display() + " where " + t.amount_received.to_display() +
                               " was booked from a status query. The booking was corrected.";
        }
        return change;
    }
    if (!e.receipt.empty() && t.receipt && *t.receipt != e.receipt) {
        // Two receipts are two payments: the prompt was answered and paid by hand as well, and the notice of the one was
        // taken for the other.
        if (e.amount) {
            return {.to = t.state, .changed = true, .is_other_money = true};
        }
        return noted(t, "A second receipt, " + e.receipt + ", came for this payment, which already has " + *t.receipt +
                            ". Look for it in the M-Pesa statement.");
    }
    if (t.duplicate_of) return stay(t);  // nothing is booked here to compare with
    if (e.amount && !e.receipt.empty() && *e.amount != t.amount_received) {
        return noted(t, "A repeated notice says " + e.amount->to_display() + " where " +
                            t.amount_received.to_display() +
                            " was booked. Nothing was changed; check the M-Pesa statement.");
    }
    return stay(t);
}

Change failure(const Transaction& t, const Evidence& e) {
    switch (t.state) {
        case State::kCreated:
        case State::kSending:
        case State::kPending:
        case State::kUnknown: return to(State::kFailed);
        case State::kPaid:
        case State::kPaidWithoutReceipt:
            // A lying query after a success is known (daraja.md 3, lie mode); a contradicting callback is news.
            if (e.witness == Witness::kQuery) return stay(t);
            return noted(t, "The provider first said paid and then said failed (code " + e.code +
                                "). The payment stands; check the M-Pesa statement.");
        case State::kFailed: return stay(t);
        case State::kExpired: {
            Change change = to(State::kFailed);
            change.clears_attention = true;
            return change;
        }
    }
    return stay(t);
}

}  // namespace

Change apply(const Transaction& t, const Evidence& e) {
    const bool is_paid = t.state == State::kPaid || t.state == State::kPaidWithoutReceipt;
    switch (e.kind) {
        case Kind::kSendStarted: return t.state == State::kCreated ? to(State::kSending) : stay(t);
        case Kind::kAccepted:
            // A callback can beat this reply; then the state has moved on and stays.
            return t.state == State::kSending || t.state == State::kUnknown ? to(State::kPending) : stay(t);
        case Kind::kRefused:
            return t.state == State::kSending || t.state == State::kCreated ? to(State::kFailed) : stay(t);
        case Kind::kNotSent: return t.state == State::kSending ? to(State::kCreated) : stay(t);
        case Kind::kLost: return t.state == State::kSending ? to(State::kUnknown) : stay(t);
        case Kind::kSucceeded: return is_paid ? repeated_success(t, e) : first_success(t, e);
        case Kind::kFailed: return failure(t, e);
        case Kind::kGaveUp: {
            if (t.state == State::kCreated) return to(State::kFailed);
            if (!is_open(t.state)) return stay(t);
            Change change = to(State::kExpired);
            change.attention =
                "The provider never said whether this was paid. Look for it in the M-Pesa statement before asking "
                "the patient to pay again.";
            return change;
        }
    }
    return stay(t);
}

bool is_open(State state) {
    return state == State::kCreated || state == State::kSending || state == State::kPending || state == State::kUnknown;
}

std::string_view to_string(State state) {
    switch (state) {
        case State::kCreated: return "created";
        case State::kSending: return "sending";
        case State::kPending: return "pending";
        case State::kUnknown: return "unknown";
        case State::kPaid: return "paid";
        case State::kPaidWithoutReceipt: return "paid_without_receipt";
        case State::kFailed: return "failed";
        case State::kExpired: return "expired";
    }
    return "";
}

State state_from(std::string_view text) {
    for (const State state : kAllStates) {
        if (to_string(state) == text) return state;
    }
    CHECK(!"a transaction row with a state we do not have");
    return State::kCreated;
}

std::string_view to_string(Witness witness) {
    switch (witness) {
        case Witness::kTimer: return "timer";
        case Witness::kQuery: return "query";
        case Witness::kPushReply: return "push_reply";
        case Witness::kCallback: return "callback";
        case Witness::kC2b: return "c2b";
        case Witness::kPerson: return "person";
    }
    return "";
}

std::string_view to_string(Evidence::Kind kind) {
    switch (kind) {
        case Kind::kSendStarted: return "send_started";
        case Kind::kAccepted: return "accepted";
        case Kind::kRefused: return "refused";
        case Kind::kNotSent: return "not_sent";
        case Kind::kLost: return "lost";
        case Kind::kSucceeded: return "succeeded";
        case Kind::kFailed: return "failed";
        case Kind::kGaveUp: return "gave_up";
    }
    return "";
}

}  // namespace clinicpro::payments
