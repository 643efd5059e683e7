// payment_processor.hpp: gives every shilling that arrived a place: its invoice, or a person's list.
//
// Handles "payment.settled" (subject: the transaction). What is to do is read from the data, received minus allocated,
// so running twice changes nothing. Money for a paid, void, cancelled or released matter never vanishes and never
// confirms anything by itself: it becomes unallocated with a reason and a next step (promises P-03, P-04). Tested by
// invoices/payment_processor_test, and as a property by invoices/conservation_test.
#pragma once

#include "invoices/settlement.hpp"

namespace clinicpro::invoices {

class PaymentProcessor final : public jobs::Handler {
public:
    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
};

}  // namespace clinicpro::invoices
