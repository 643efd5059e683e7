// refund.hpp: what giving money back means to a clinic: who may ask for what, and what its end does to invoices.
//
// `ask` checks the wish against the payment and holds the money. When the refund ends ("refund.ended", subject: the
// refund), RefundKeeper books it out of where it stood, takes it off its invoice and tells the patient; or, when nothing
// went back, frees what was held. A confirmed visit stays as it is: the clinic decides. What is to do is read from the
// data, so running twice changes nothing. Tested by refunds/reversal_test and payout_test.
#pragma once

#include <optional>
#include <string>

#include "base/phone.hpp"
#include "clinics/vault.hpp"
#include "payments/refunds.hpp"

namespace clinicpro::invoices {

struct RefundWish {
    TransactionId payment;      // either this ...
    UnallocatedId unallocated;  // ... or this
    std::optional<Money> amount = {};                 // left out: all that can go back
    std::optional<payments::RefundWay> way = {};      // left out: a reversal for the whole, else a payout
    std::optional<Msisdn> phone = {};                 // of a payout; left out: the phone that paid, when it is known
    std::string reason;
    std::string actor;
};

namespace refund {

inline constexpr std::string_view kPayeePurpose = "refund.payee";

// Errors are sentences: kConflict when the payment has nothing (so much) to give back, kInvalid for a way that cannot
// work, kConfig when the clinic's M-Pesa set-up lacks the initiator.
Result<payments::Refund> ask(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault,
                             payments::Payback& payback, const RefundWish& wish);

struct SettledByHand {
    bool done = true;                 // false: it did not go back
    std::optional<Money> amount = {};  // left out: all of it
    std::string reference;            // receipt or voucher; needed when done
    std::string note;
    std::string actor;
};
// A person says how it ended.
Result<payments::Refund> settle(jobs::Context& context, store::ClinicTx& tx, RefundId id, const SettledByHand& word);

}  // namespace refund

class RefundKeeper final : public jobs::Handler {
public:
    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
};

}  // namespace clinicpro::invoices
