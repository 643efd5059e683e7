// invoice.hpp: what a patient owes and under which numbers it can be paid: open -> part_paid -> paid | overpaid, or
// void.
//
// An invoice answers to its generated account number and, if the clinic gave one, to its own reference, both in
// canonical spelling and each unique in the clinic (table invoice_accounts). Only settlement.hpp moves money on it.
// "overpaid" is paid in full while more money for it waits as unallocated; amount_paid never passes amount_due. Tested
// by invoices/invoice_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/entropy.hpp"
#include "jobs/job.hpp"
#include "payments/accounts.hpp"

namespace clinicpro::invoices {

enum class InvoiceState { kOpen, kPartPaid, kPaid, kOverpaid, kVoid };
std::string_view to_string(InvoiceState state);  // "open", "part_paid", "paid", "overpaid", "void"
std::optional<InvoiceState> invoice_state_from(std::string_view text);

struct Item {
    std::string description;
    int64_t quantity = 1;
    Money unit_price;
};

struct Invoice {
    InvoiceId id;
    std::string reference;  // the clinic's own, as it wrote it; may be empty
    std::string account;    // nine digits
    PatientId patient;
    AppointmentId appointment;  // 0: none
    Money amount_due;
    Money amount_paid;
    InvoiceState state = InvoiceState::kOpen;
    Instant created_at;
    Instant updated_at;

    Money still_due() const { return state == InvoiceState::kVoid ? Money() : amount_due - amount_paid; }
};

struct NewInvoice {
    PatientId patient;
    AppointmentId appointment = {};
    std::string reference = {};
    std::vector<Item> items;
    std::string actor;
};

inline constexpr size_t kItemsMax = 100;
inline constexpr size_t kDescriptionMax = 200;
inline constexpr int64_t kQuantityMax = 10'000;
inline constexpr size_t kReferenceMax = 30;  // as written; at most account_number::kCanonicalMax letters and digits
inline constexpr Money kInvoiceMax = Money::from_shillings(100'000'000);
inline constexpr int kInvoicePageMax = 200;

// Errors: kInvalid with `field` ("items[2].quantity"); kConflict when the reference is taken or the visit already has
// an unpaid invoice.
Result<Invoice> create(jobs::Context& context, store::ClinicTx& tx, crypto::Entropy& entropy, const NewInvoice& wanted);
Result<Invoice> find(store::ClinicTx& tx, InvoiceId id);                     // kNotFound
// By account number or reference, as typed. kNotFound.
Result<Invoice> find_typed(store::ClinicTx& tx, std::string_view typed);
Result<std::vector<Item>> items(store::ClinicTx& tx, InvoiceId id);          // in order
// Others who lock the same invoice wait until this transaction ends (SQLite lets one write at a time anyway). kNotFound.
Result<> lock(store::ClinicTx& tx, InvoiceId id);
// Only while nothing is paid. kConflict otherwise.
Result<Invoice> void_invoice(jobs::Context& context, store::ClinicTx& tx, InvoiceId id, std::string_view actor);

struct InvoicePage {
    int limit = 50;             // 1..kInvoicePageMax
    int64_t before = 0;         // an id; 0: from the newest
    std::optional<InvoiceState> state = {};
    PatientId patient = {};     // 0: any
    AppointmentId appointment = {};  // 0: any
};
Result<std::vector<Invoice>> list(store::ClinicTx& tx, const InvoicePage& page);

// Tells a payment method what a typed account number means.
class InvoiceAccounts final : public payments::Accounts {
public:
    Result<std::optional<payments::AccountMatch>> look_up(store::ClinicTx& tx, std::string_view typed) override;
};

}  // namespace clinicpro::invoices
