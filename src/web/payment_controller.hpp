// payment_controller.hpp: payments as the front desk sees them, and money that waits for a person.
//
// Starting a prompt needs an Idempotency-Key: the attempt, its job and the answer are one transaction, so a repeated
// click repeats the answer (promise P-05). Tested by web/payment_test and web/idempotency_test.
#pragma once

#include "web/call.hpp"

namespace clinicpro::web {

namespace payment {
// Asks a phone for what is due on an invoice, or for less. Nothing is asked when a prompt cannot mend it.
struct Prompt {
    InvoiceId invoice;
    std::optional<Money> amount;   // none: all that is due
    std::optional<Msisdn> phone;   // none: the patient's
    std::string actor;
};
Result<TransactionId> prompt(const Services& services, jobs::Context& context, store::ClinicTx& tx, const Prompt& wanted);

Result<Deed> start(const Call& call);  // for an invoice
Result<Answer> list(const Call& call, store::ClinicTx& tx);
Result<Answer> show(const Call& call, store::ClinicTx& tx);
Result<Deed> clear_attention(const Call& call);
}  // namespace payment

namespace unallocated {
Result<Answer> list(const Call& call, store::ClinicTx& tx);
Result<Answer> show(const Call& call, store::ClinicTx& tx);
Result<Deed> assign(const Call& call);
}  // namespace unallocated

}  // namespace clinicpro::web
