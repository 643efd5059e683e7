// pay_view.hpp: where an invoice stands for the one who pays it, and what the page lets them do.
//
// `step_of` is pure. Promise P-05 shows here as "no second prompt while one is open or its fate is unknown": a prompt
// that M-Pesa gave no clear word about holds the next one back until somebody or something knows. Tested by
// web/pay_view_test.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "clinics/link.hpp"
#include "invoices/appointment.hpp"
#include "invoices/invoice.hpp"
#include "payments/ledger.hpp"

namespace clinicpro::web {

enum class PayStep {
    kOwed,      // nothing is under way: the form
    kSending,   // the prompt is on its way to the phone
    kWaiting,   // the phone shows it
    kChecking,  // M-Pesa is being asked what became of it
    kUnclear,   // nobody ever said; a person of the clinic looks
    kFailed,    // no money moved: why, and the form again
    kPaid,      // in full
    kVoid,      // the clinic cancelled the invoice
    kOff,       // its visit does not take place
    kByHand,    // the clinic sends no prompts; the paybill, if there is one, still works
};
std::string_view to_string(PayStep step);  // "by_hand"

inline constexpr PayStep kAllPaySteps[] = {PayStep::kOwed,    PayStep::kSending, PayStep::kWaiting, PayStep::kChecking,
                                           PayStep::kUnclear, PayStep::kFailed,  PayStep::kPaid,    PayStep::kVoid,
                                           PayStep::kOff,     PayStep::kByHand};

// What decides the step.
struct PayFacts {
    invoices::InvoiceState invoice = invoices::InvoiceState::kOpen;
    bool visit_is_off = false;
    bool prompts = true;                          // the clinic is active and M-Pesa is set up
    std::vector<payments::Transaction> attempts;  // of the invoice, oldest first
    Instant now;
};
struct PayState {
    PayStep step = PayStep::kOwed;
    std::optional<size_t> prompt;     // the attempt the step is about
    std::optional<Instant> again_at;  // kFailed: M-Pesa refuses another prompt before this
};
PayState step_of(const PayFacts& facts);

struct PayView {
    PayStep step = PayStep::kOwed;
    invoices::Invoice invoice;
    std::vector<invoices::Item> items;
    std::string clinic;     // its name
    std::string colour;     // of its pages
    std::string phone;      // the patient's, masked
    std::string shortcode;  // empty: no M-Pesa
    bool is_till = false;
    Money ask;                                    // what the next prompt asks for
    std::optional<payments::Transaction> prompt;  // the one the step is about
    std::optional<Instant> again_at;
    std::vector<payments::Transaction> received;  // money, oldest first
    size_t prompts_today = 0;                     // within 24 hours
    TransactionId newest;                         // of all attempts; 0: none
    std::optional<invoices::Appointment> visit;
    bool has_link = false;  // its meeting is ready

    bool can_prompt() const { return step == PayStep::kOwed || step == PayStep::kFailed; }
    // Whether anything may still change by itself.
    bool is_live() const;
};
// Error kNotFound when the link is not one to an invoice of this clinic.
Result<PayView> pay_view(store::ClinicTx& tx, const clinics::Link& link, Instant now);

// The address of the page that pays this invoice. It never changes and needs no row.
std::string pay_url(std::string_view public_url, const clinics::LinkSigner& links, ClinicId clinic, InvoiceId invoice);

}  // namespace clinicpro::web
