// unallocated.hpp: money that arrived and fits nowhere yet: visible, with a reason and a next step, until a person
// decides.
//
// While a row is open its invoice is the one the money came in for (if any); once it is allocated, the one it went to.
// A row is withdrawn when the provider took its word back (correction.hpp); a refund holds a row, and takes it when
// the money is gone (refund_sources.hpp). Promise P-04.
// Tested by invoices/unallocated_test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "invoices/invoice.hpp"
#include "payments/ledger.hpp"

namespace clinicpro::invoices {

struct Unallocated {
    UnallocatedId id;
    TransactionId transaction;
    Money amount;
    std::string reason;      // a sentence: why it fits nowhere
    std::string suggestion;  // a sentence: what to do next
    std::string state;       // "open" | "allocated" | "withdrawn" | "refunding" | "refunded"
    InvoiceId invoice;
    std::string resolved_by;
    Instant created_at;
    std::optional<Instant> resolved_at;
    std::string receipt, account, payer_masked;  // of the payment
    RefundId refund;                             // that holds or took it
};

namespace unallocated {

inline constexpr int kPageMax = 200;
inline constexpr int kSuggestFrom = 2'000;  // the newest invoices a suggestion looks through: about 1 ms
inline constexpr int kSuggestDistance = 2;  // typing mistakes forgiven when suggesting; more would guess

struct NewUnallocated {
    TransactionId transaction;
    Money amount;
    std::string_view reason;
    std::string_view suggestion;
    InvoiceId meant_for = {};
};
// Books the money from clearing to unallocated and shows it.
Result<> put(jobs::Context& context, store::ClinicTx& tx, const NewUnallocated& made);

struct Page {
    int limit = 50;            // 1..kPageMax
    int64_t before = 0;        // an id; 0: from the newest
    std::string state = "open";  // empty: any
};
Result<std::vector<Unallocated>> list(store::ClinicTx& tx, const Page& page);
Result<Unallocated> find(store::ClinicTx& tx, UnallocatedId id);  // kNotFound

struct Assigned {
    Money to_invoice;
    Money rest;  // more than the invoice was due: stays open under a row of its own
};
// Gives the money to an invoice, as if it had been paid there. kConflict when it was already decided about, or the
// invoice can take nothing.
Result<Assigned> assign(jobs::Context& context, store::ClinicTx& tx, UnallocatedId id, InvoiceId invoice,
                        std::string_view actor);

// A sentence that names the open invoice the payer probably meant, or says what to do when there is none.
Result<std::string> suggest(store::ClinicTx& tx, std::string_view typed, Money amount);

}  // namespace unallocated
}  // namespace clinicpro::invoices
