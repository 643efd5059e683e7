#include "mpesa/fitness.hpp"

#include "mpesa/stk_push.hpp"

namespace clinicpro::mpesa {

using payments::State;

bool waits_for_money(const payments::Transaction& t) {
    return t.method == kStkMethod && t.state != State::kCreated &&
           (is_open(t.state) || t.state == State::kPaidWithoutReceipt || t.state == State::kExpired ||
            is_doubted_failure(t));
}

Fitness fitness(const payments::Transaction& t, const std::optional<Instant>& paid_at) {
    constexpr Duration kStampRounding = 1s;
    constexpr Duration kClocksApart = 10s;
    const bool lacks_receipt = t.state == State::kPaidWithoutReceipt;
    if (!paid_at) return lacks_receipt ? Fitness::kFoundPaid : Fitness::kWasOut;
    const auto& sent_at = t.provider_sent_at ? t.provider_sent_at : t.sent_at;
    if (sent_at && *sent_at > *paid_at + kStampRounding) return Fitness::kSentAfter;
    const bool known_paid = lacks_receipt && t.settled_at && *paid_at <= *t.settled_at + kClocksApart;
    return known_paid ? Fitness::kFoundPaid : Fitness::kWasOut;
}

}  // namespace clinicpro::mpesa
