// vault.hpp: the data keys of all clinics, opened with the operator's master keys and kept in memory.
//
// A key is committed before anything can be sealed with it: `reserve` takes the next clinic number and stores its key
// in a transaction of its own, and only then may the clinic's row be written. So a key read inside any transaction,
// even one that is later undone and run again, is the lasting one, and the cache can never hold a key that was rolled
// back. Opening refuses a wrong master key at the start of the program (kConfig), not at the first payment (promise
// P-08). Tested by clinics/vault_test.
#pragma once

#include <memory>
#include <shared_mutex>
#include <unordered_map>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "crypto/entropy.hpp"
#include "crypto/seal.hpp"
#include "store/database.hpp"
#include "store/tenant.hpp"

namespace clinicpro::clinics {

class Vault final {
public:
    // Makes the system's key on the first start; afterwards opens every stored key or says which one does not open.
    // The schema must be up to date. `database` and `entropy` must outlive the vault.
    static Result<std::unique_ptr<Vault>> open(store::Database& database, crypto::Keyring keyring,
                                               crypto::Entropy& entropy);

    // The open key of a clinic, valid as long as the vault. Error kNotFound: no such clinic. Thread-safe; once a clinic
    // is known this is a look-up in memory and does not touch `tx`.
    Result<const crypto::DataKey*> key(store::Tx& tx, ClinicId clinic);
    Result<const crypto::DataKey*> key(store::ClinicTx& tx) { return key(tx.raw(), tx.clinic()); }

    // The same when it is open already, else nullptr: for threads that have no transaction.
    const crypto::DataKey* cached(ClinicId clinic) const;

    const crypto::DataKey& system() const { return *system_; }
    crypto::Entropy& entropy() { return entropy_; }

    // The next clinic number, with its key already durable. A number that is not used afterwards is skipped for good.
    // Blocks; not from inside a transaction.
    Result<ClinicId> reserve();

    // Wraps every data key that is not under the current master key anew; returns how many. What is sealed does not
    // change, and running programs need not restart. Older master keys may be dropped afterwards.
    Result<int> rewrap_all();

private:
    Vault(store::Database& database, crypto::Keyring keyring, crypto::Entropy& entropy);
    const crypto::DataKey* remember(crypto::DataKey key);

    store::Database& database_;
    const crypto::Keyring keyring_;
    crypto::Entropy& entropy_;
    mutable std::shared_mutex mutex_;
    std::unordered_map<int64_t, std::unique_ptr<const crypto::DataKey>> keys_;  // never removed: pointers stay valid
    const crypto::DataKey* system_ = nullptr;
};

}  // namespace clinicpro::clinics
