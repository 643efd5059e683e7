// fitness.hpp: how well money that came by itself fits a prompt that was sent.
//
// Pure: the two notices of one payment must meet, or it is booked twice; and two payments must not, or one patient's
// money pays another's bill (promise P-02). Tested by mpesa/fitness_test, and by c2b_test over the rows.
#pragma once

#include <optional>

#include "payments/transaction.hpp"

namespace clinicpro::mpesa {

// Whether a prompt may still be answered by money. One that certainly failed is left alone: the payer may well be
// paying by hand instead. If it was the prompt after all, its late callback meets the same receipt and books nothing.
bool waits_for_money(const payments::Transaction& prompt);

// In rising order. A ranking, not a gate: where the provider's clock is not known there is only ours, which may be wrong.
enum class Fitness {
    kSentAfter,  // it left when the money had moved already
    kWasOut,     // it was out when the money moved
    kFoundPaid,  // a query found it paid before that; only its receipt is missing
};
// `paid_at`: when the money moved, as M-Pesa says; it may not say.
Fitness fitness(const payments::Transaction& prompt, const std::optional<Instant>& paid_at);

}  // namespace clinicpro::mpesa
