// settlement.hpp: what money does to an invoice and to the visit behind it.
//
// `decide` is pure: an invoice as it stands and an amount give how much it takes, what is left over and why. `settle`
// writes that: the ledger, the invoice, the visit, one audit entry, the message to the patient and the wish for a
// meeting, all in the caller's transaction. It stands on the hot path of every payment, so it writes each row once.
// Tested by invoices/settlement_test and payment_processor_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "invoices/appointment.hpp"
#include "invoices/invoice.hpp"
#include "payments/ledger.hpp"

namespace clinicpro::invoices {

// An invoice and its visit, as one SELECT gives them.
struct Target {
    InvoiceId invoice;
    InvoiceState state = InvoiceState::kOpen;
    Money due;
    Money paid;
    PatientId patient;
    AppointmentId appointment;  // 0: none
    AppointmentKind kind = AppointmentKind::kOnsite;
    AppointmentState visit = AppointmentState::kHeld;
    Instant starts_at = {};
};

struct Split {
    enum class Leftover { kNone, kTooMuch, kAlreadyPaid, kVoid, kVisitCancelled, kVisitReleased };
    Money to_invoice;
    Money rest;                 // to unallocated
    Leftover why = Leftover::kNone;
    InvoiceState state = InvoiceState::kOpen;  // of the invoice afterwards
    bool confirms = false;      // the visit, from held
};

// `by_person`: somebody chose this invoice knowing its state, so a visit that is gone does not stand in the way.
Split decide(const Target& target, Money amount, bool by_person = false);

// Error-free lookups: nothing when there is no such invoice in this clinic.
Result<std::optional<Target>> find_target(store::ClinicTx& tx, InvoiceId invoice);
Result<std::optional<Target>> find_target(store::ClinicTx& tx, std::string_view typed_account);

struct Settled {
    TransactionId transaction;
    std::string_view effect;  // makes the patient's message one message
    Money amount;             // what arrived, for the message
    std::string_view actor;   // for the audit
};
// Writes the invoice's and visit's side of `split` (not the ledger). kConflict when the invoice changed meanwhile.
Result<> settle(jobs::Context& context, store::ClinicTx& tx, const Target& target, const Split& split,
                const Settled& what);

inline constexpr std::string_view kCorrected = "invoice.corrected";
inline constexpr std::string_view kRefunded = "invoice.refunded";
struct TakenBack {
    TransactionId transaction;
    std::string_view action;  // for the audit: one of the two
    std::string why;
    std::string_view actor;
};
// Takes money off an invoice again. The visit stays as it is: a person decides. An invoice whose visit is off and all
// of whose money was refunded becomes void. kConflict when it changed meanwhile.
Result<> take_back(jobs::Context& context, store::ClinicTx& tx, const Target& target, Money amount,
                   const TakenBack& what);

}  // namespace clinicpro::invoices
