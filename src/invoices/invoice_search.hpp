// invoice_search.hpp: invoices as a clinic's desk looks for them: by account number, reference, phone or patient's
// name, or by what is still due, newest first, in pages (as payment_search.hpp). Tested by invoices/desk_search_test.
#pragma once

#include <string>
#include <vector>

#include "clinics/vault.hpp"
#include "invoices/invoice.hpp"

namespace clinicpro::invoices {

struct FoundInvoice {
    Invoice invoice;
    std::string patient;
    std::string phone_masked;
    std::string what;  // its first line
};

namespace invoice_search {

enum class Show { kAll, kDue, kOverpaid, kVoid };
struct Query {
    std::string text = {};
    Show show = Show::kAll;
    int64_t before = 0;  // an id; 0: from the newest
    int limit = 50;      // 1..kPageMax
};
inline constexpr int kPageMax = 200;

Result<std::vector<FoundInvoice>> find(store::ClinicTx& tx, clinics::Vault& vault, const Query& query);
// One, with its names. kNotFound.
Result<FoundInvoice> describe(store::ClinicTx& tx, InvoiceId id);

}  // namespace invoice_search
}  // namespace clinicpro::invoices
