#include "payments/refund.hpp"

#include "base/error.hpp"

namespace clinicpro::payments {
namespace {

using Kind = RefundEvidence::Kind;
using State = RefundState;

RefundChange stay(const Refund& r) {
    return {.to = r.state};
}
RefundChange to(State state) {
    return {.to = state, .changed = true};
}
RefundChange noted(State state, std::string attention) {
    return {.to = state, .changed = true, .attention = std::move(attention)};
}
RefundChange settled(State state) {
    return {.to = state, .changed = true, .clears_attention = true};
}

constexpr std::string_view kLook = " Look for it in the M-Pesa statement, then say here how it ended.";

bool is_under_way(State state) {
    return state == State::kSending || state == State::kPending || state == State::kUnknown;
}

std::string told(const RefundEvidence& e) {
    return e.reference.empty() ? std::string() : " (" + e.reference + ")";
}

RefundChange success(const Refund& r, const RefundEvidence& e) {
    if (r.state == State::kDone) {
        if (e.reference.empty() || e.reference == r.reference) return stay(r);
        return noted(State::kDone, "A second proof, " + e.reference + ", came for this refund, which already has " +
                                       r.reference + ". The money may have gone back twice: look at the M-Pesa statement.");
    }
    if (!is_under_way(r.state)) {
        const std::string what = "The provider says this money went back" + told(e) + ", though this refund is " +
                                 std::string(to_string(r.state)) + ". Nothing was booked." + std::string(kLook);
        // An approved one must not be sent any more; the others hold nothing and stay what they are.
        return noted(r.state == State::kApproved ? State::kUnknown : r.state, what);
    }
    if (e.amount && *e.amount != r.amount) {
        return noted(State::kUnknown, "The provider says " + e.amount->to_display() + " went back" + told(e) + ", but " +
                                          r.amount.to_display() + " was asked. Nothing was booked." + std::string(kLook));
    }
    return settled(State::kDone);
}

RefundChange failure(const Refund& r, const RefundEvidence& e) {
    // A doubt that only a person can end, such as "reversed before", is not ended by an answer about this request.
    if (is_under_way(r.state) && r.attention && e.witness == "query") return stay(r);
    if (is_under_way(r.state)) return settled(State::kFailed);
    if (r.state == State::kDone && e.witness == "callback") {
        return noted(State::kDone, "The provider first said that this money went back, and then that it failed (code " +
                                       e.code + "). The refund stands; look at the M-Pesa statement.");
    }
    return stay(r);
}

RefundChange by_person(const Refund& r, Kind kind) {
    const bool has_answer = r.state == State::kPending || r.state == State::kUnknown;
    switch (kind) {
        case Kind::kApproved: return r.state == State::kRequested ? to(State::kApproved) : stay(r);
        case Kind::kRejected: return r.state == State::kRequested ? to(State::kRejected) : stay(r);
        case Kind::kCancelled:
            return r.state == State::kRequested || r.state == State::kApproved ? settled(State::kCancelled) : stay(r);
        case Kind::kSettledDone:
            if (r.state == State::kApproved && r.way == RefundWay::kByHand) return settled(State::kDone);
            // A failed one too: M-Pesa may have said no and done it all the same, as the statement shows.
            return has_answer || r.state == State::kFailed ? settled(State::kDone) : stay(r);
        case Kind::kSettledFailed: return has_answer ? settled(State::kFailed) : stay(r);
        default: return stay(r);
    }
}

}  // namespace

RefundChange apply(const Refund& r, const RefundEvidence& e) {
    switch (e.kind) {
        case Kind::kApproved:
        case Kind::kRejected:
        case Kind::kCancelled:
        case Kind::kSettledDone:
        case Kind::kSettledFailed: return by_person(r, e.kind);
        case Kind::kSendStarted: return r.state == State::kApproved ? to(State::kSending) : stay(r);
        case Kind::kAccepted:
            // The result can beat this reply; then the state has moved on and stays. So does a doubt that only a person
            // can end: that a payout sent again was taken once is no news of its money.
            return r.state == State::kSending || (r.state == State::kUnknown && !r.attention) ? to(State::kPending)
                                                                                              : stay(r);
        case Kind::kRefused:
            // In `unknown` an earlier request of the same payout may have been taken: its refusal proves nothing.
            return r.state == State::kSending || r.state == State::kApproved ? to(State::kFailed) : stay(r);
        case Kind::kNotSent: return r.state == State::kSending ? to(State::kApproved) : stay(r);
        case Kind::kLost: return r.state == State::kSending ? to(State::kUnknown) : stay(r);
        case Kind::kTimedOut:
            return r.state == State::kSending || r.state == State::kPending ? to(State::kUnknown) : stay(r);
        case Kind::kSucceeded: return success(r, e);
        case Kind::kFailed: return failure(r, e);
        case Kind::kDoubtful: return is_under_way(r.state) ? noted(State::kUnknown, e.text) : stay(r);
        case Kind::kGaveUp:
            if (!is_under_way(r.state) || r.attention) return stay(r);
            return noted(State::kUnknown, "The provider never said whether this money went back." + std::string(kLook));
    }
    return stay(r);
}

bool is_open(RefundState state) {
    return state == State::kRequested || state == State::kApproved || is_under_way(state);
}

std::string_view to_string(RefundState state) {
    switch (state) {
        case State::kRequested: return "requested";
        case State::kApproved: return "approved";
        case State::kSending: return "sending";
        case State::kPending: return "pending";
        case State::kUnknown: return "unknown";
        case State::kDone: return "done";
        case State::kFailed: return "failed";
        case State::kRejected: return "rejected";
        case State::kCancelled: return "cancelled";
    }
    return "";
}

std::optional<RefundState> refund_state_from(std::string_view text) {
    for (const State state : kAllRefundStates) {
        if (to_string(state) == text) return state;
    }
    return std::nullopt;
}

std::string_view to_string(RefundWay way) {
    switch (way) {
        case RefundWay::kReversal: return "reversal";
        case RefundWay::kPayout: return "payout";
        case RefundWay::kByHand: return "by_hand";
    }
    return "";
}

std::optional<RefundWay> refund_way_from(std::string_view text) {
    for (const RefundWay way : {RefundWay::kReversal, RefundWay::kPayout, RefundWay::kByHand}) {
        if (to_string(way) == text) return way;
    }
    return std::nullopt;
}

std::string_view to_string(RefundEvidence::Kind kind) {
    switch (kind) {
        case Kind::kApproved: return "approved";
        case Kind::kRejected: return "rejected";
        case Kind::kCancelled: return "cancelled";
        case Kind::kSendStarted: return "send_started";
        case Kind::kAccepted: return "accepted";
        case Kind::kRefused: return "refused";
        case Kind::kNotSent: return "not_sent";
        case Kind::kLost: return "lost";
        case Kind::kTimedOut: return "timed_out";
        case Kind::kSucceeded: return "succeeded";
        case Kind::kFailed: return "failed";
        case Kind::kDoubtful: return "doubtful";
        case Kind::kGaveUp: return "gave_up";
        case Kind::kSettledDone: return "settled_done";
        case Kind::kSettledFailed: return "settled_failed";
    }
    return "";
}

}  // namespace clinicpro::payments
