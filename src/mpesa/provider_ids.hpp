// provider_ids.hpp: what Daraja calls a prompt. A CheckoutRequestID contains the payer's phone number (daraja.md 2.2), so it
// is stored sealed, and found by fingerprint. Tested by mpesa/stk_test.
#pragma once

#include <string>

#include "payments/ledger.hpp"

namespace clinicpro::mpesa {

struct ProviderIds {
    std::string merchant_request_id;
    std::string checkout_request_id;

    bool known() const { return !checkout_request_id.empty(); }
    friend bool operator==(const ProviderIds&, const ProviderIds&) = default;
};

Result<> save_provider_ids(store::ClinicTx& tx, clinics::Vault& vault, TransactionId id, const ProviderIds& ids);
// Empty ids when Daraja's answer was never seen.
Result<ProviderIds> load_provider_ids(store::ClinicTx& tx, clinics::Vault& vault, TransactionId id);

}  // namespace clinicpro::mpesa
