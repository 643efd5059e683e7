// ledger.hpp: transactions as rows, and every movement of money as a balanced line.
//
// `record` is the only way a transaction changes: it writes the change, the ledger line, the audit entry and the
// `payment.settled` job in the caller's transaction. Promise P-02: a receipt is booked once per clinic; a second
// witness under the same receipt is linked by `duplicate_of` and books nothing.
// Accounts: "mpesa" (money at the provider) -> "clearing" -> "invoice" | "unallocated", and back out by refunds to
// "mpesa" or "by_hand". Clearing always returns to zero. Tested by payments/ledger_test.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "clinics/vault.hpp"
#include "jobs/job.hpp"
#include "payments/transaction.hpp"

namespace clinicpro::payments {

inline constexpr std::string_view kSettledJob = "payment.settled";  // subject: the transaction

inline constexpr std::string_view kPayerPurpose = "payer";          // of the payer's phone: fingerprint and seal

namespace ledger {

struct NewTransaction {
    TransactionId id;
    std::string method;
    State state = State::kCreated;
    InvoiceId invoice;
    Money amount_expected;
    std::string account;
    std::string payer_masked;
    std::string payer_mark;    // fingerprint of the phone; empty: none
    std::string payer_sealed;  // empty: none
    std::string actor;         // for the audit
};
// Error kConflict when a prompt for this invoice and phone is still open.
Result<> insert(jobs::Context& context, store::ClinicTx& tx, const NewTransaction& made);

// Money that arrived by itself: inserted as paid. kConflict when the receipt is already booked; look with by_receipt
// first.
struct Arrival {
    TransactionId id;
    std::string method;
    InvoiceId invoice;
    Money amount;
    std::string account;
    std::string receipt;
    std::string payer_masked;
    std::string attention;  // empty: none
    Witness witness = Witness::kC2b;
};
Result<> arrive(jobs::Context& context, store::ClinicTx& tx, const Arrival& arrival);

Result<Transaction> find(store::ClinicTx& tx, TransactionId id);                               // kNotFound
Result<std::optional<Transaction>> by_receipt(store::ClinicTx& tx, std::string_view receipt);  // the booked one
Result<std::vector<Transaction>> of_invoice(store::ClinicTx& tx, InvoiceId invoice);           // oldest first

// Prompts of the clinic, younger than kLateWord, that asked this amount and whose money or receipt may still come:
// open, paid without a receipt, expired, or failed and younger than kLateSuccess. Newest first, at most kWaitingMax.
Result<std::vector<Transaction>> waiting_for(jobs::Context& context, store::ClinicTx& tx, Money amount);
inline constexpr Duration kLateWord = 24h;       // as long as the inbox keeps trying a notice
inline constexpr Duration kLateSuccess = 45min;  // longer than anybody asks after a prompt
inline constexpr int kWaitingMax = 50;           // each is compared with a payer: a phone number is opened for that

// Applies evidence to the transaction and writes what follows. Returns the transaction as it is now.
Result<Transaction> record(jobs::Context& context, store::ClinicTx& tx, const Transaction& before,
                           const Evidence& evidence);

// What the provider calls this attempt, replacing what was known before: `mark` for finding it (a fingerprint),
// `sealed` for using it.
Result<> set_provider(store::ClinicTx& tx, TransactionId id, std::string_view mark, std::string_view sealed);
Result<std::string> provider_sealed(store::ClinicTx& tx, TransactionId id);  // empty when not known
Result<std::string> payer_sealed(store::ClinicTx& tx, TransactionId id);     // empty when not known

// Moves received money out of clearing to where it belongs and counts it as allocated. `attached`: the payment names this
// invoice already.
enum class Destination { kInvoice, kUnallocated };
Result<> allocate(jobs::Context& context, store::ClinicTx& tx, TransactionId id, InvoiceId invoice, Money amount,
                  Destination destination, std::string_view note, bool attached = false);
// Moves money from unallocated to an invoice, when a person matched it.
Result<> reassign(jobs::Context& context, store::ClinicTx& tx, TransactionId id, InvoiceId invoice, Money amount,
                  std::string_view note);

// Money that went back to the payer leaves the place it had: by the provider it came from ("mpesa"), or paid out of the
// clinic's own pocket ("by_hand"). What the payment received and gave out stays as it was: a refund is a line of its own.
enum class Exit { kProvider, kByHand };
Result<> give_back(jobs::Context& context, store::ClinicTx& tx, TransactionId id, InvoiceId invoice, Money amount,
                   Destination source, Exit exit, std::string_view note);

struct Page {
    int limit = 50;          // 1..200
    int64_t before = 0;      // an id; 0: from the newest
    std::string state = {};  // empty: any
    bool attention = false;  // only those a person should look at
    InvoiceId invoice = {};  // 0: any
};
Result<std::vector<Transaction>> list(store::ClinicTx& tx, const Page& page);
// Puts the payment on the list of those a person should look at; `sentence` says why.
Result<> raise_attention(jobs::Context& context, store::ClinicTx& tx, TransactionId id, std::string_view sentence);
Result<> clear_attention(jobs::Context& context, store::ClinicTx& tx, TransactionId id, std::string_view actor);

}  // namespace ledger
}  // namespace clinicpro::payments
