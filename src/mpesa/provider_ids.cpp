#include "mpesa/provider_ids.hpp"

namespace clinicpro::mpesa {
namespace {
constexpr std::string_view kPurpose = "mpesa.provider_ids";
}

Result<> save_provider_ids(store::ClinicTx& tx, clinics::Vault& vault, TransactionId id, const ProviderIds& ids) {
    TRY(const crypto::DataKey* key, vault.key(tx));
    const std::string mark = key->fingerprint(ids.checkout_request_id, kPurpose);
    const std::string sealed = key->seal(ids.merchant_request_id + "\n" + ids.checkout_request_id, kPurpose, vault.entropy());
    return payments::ledger::set_provider(tx, id, mark, sealed);
}

Result<ProviderIds> load_provider_ids(store::ClinicTx& tx, clinics::Vault& vault, TransactionId id) {
    TRY(const std::string sealed, payments::ledger::provider_sealed(tx, id));
    if (sealed.empty()) return ProviderIds{};
    TRY(const crypto::DataKey* key, vault.key(tx));
    TRY(const Secret<> plain, key->open(sealed, kPurpose));
    const std::string& both = plain.reveal();
    const size_t cut = both.find('\n');
    CHECK(cut != std::string::npos);
    return ProviderIds{both.substr(0, cut), both.substr(cut + 1)};
}

}  // namespace clinicpro::mpesa
