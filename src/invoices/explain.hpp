// explain.hpp: one payment from the first click to the last message: everything that is known about it, in order.
//
// It gathers the audit trail, what came in and went out over the wire, the lines of the ledger, refunds, unallocated
// money, the meeting and the messages, each with its time and who did it, as sentences. Bodies are opened only when
// `with_bodies`; secrets are never in them and phone numbers are masked. Tested by refunds/books_test.
#pragma once

#include <string>
#include <vector>

#include "clinics/vault.hpp"
#include "invoices/explain_words.hpp"
#include "payments/transaction.hpp"
#include "store/tenant.hpp"

namespace clinicpro::invoices {

struct Happening {
    Instant at;
    int rank = 0;  // order of what happened at one moment: heard, decided, asked, booked, told
    std::string who;
    std::string kind;  // "wire", "payment", "refund", "ledger", "invoice", "visit", "meeting", "message"
    Phrases phrases;
    std::string sentence = {};  // the phrases in English
    std::string body = {};      // of the wire: as it came, when it may be seen
    bool body_hidden = false;
    size_t order = 0;  // among those of one moment and one rank, as they were written down
};

namespace explain {
Result<std::vector<Happening>> payment(store::ClinicTx& tx, clinics::Vault& vault, TransactionId id, bool with_bodies);
}  // namespace explain
}  // namespace clinicpro::invoices
