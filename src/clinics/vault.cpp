// vault.cpp: see vault.hpp for why a key is committed before its clinic.
#include "clinics/vault.hpp"

namespace clinicpro::clinics {
namespace {

struct Wrapped {
    ClinicId clinic;
    std::string bytes;
};

Result<std::vector<Wrapped>> read_all(store::Tx& tx) {
    std::vector<Wrapped> all;
    TRY(tx.each("SELECT clinic_id, wrapped FROM clinic_keys ORDER BY clinic_id",
                [&](const store::Row& row) { all.push_back({ClinicId{row.integer(0)}, row.string(1)}); }));
    return all;
}

Result<std::vector<Wrapped>> read_committed(store::Database& database) {
    std::vector<Wrapped> all;
    TRY(database.read([&](store::Tx& tx) -> Result<> {
        TRY(all, read_all(tx));
        return {};
    }));
    return all;
}

}  // namespace

Vault::Vault(store::Database& database, crypto::Keyring keyring, crypto::Entropy& entropy)
    : database_(database), keyring_(std::move(keyring)), entropy_(entropy) {}

Result<std::unique_ptr<Vault>> Vault::open(store::Database& database, crypto::Keyring keyring,
                                           crypto::Entropy& entropy) {
    std::unique_ptr<Vault> vault(new Vault(database, std::move(keyring), entropy));
    TRY(std::vector<Wrapped> all, read_committed(database));
    if (all.empty()) {
        const std::string wrapped = vault->keyring_.wrap_new(kSystem, entropy);
        TRY(database.write([&](store::Tx& tx) -> Result<> {
            TRY(tx.execute("INSERT INTO clinic_keys (clinic_id, wrapped) VALUES (0, $1) ON CONFLICT DO NOTHING",
                           store::Blob{wrapped}));
            return {};
        }));
        // Read again: another instance that started at the same time may have been first.
        TRY(all, read_committed(database));
    }
    if (all.empty() || all.front().clinic != kSystem) {
        return fail(Code::kConfig, "The database has lost its system key. Restore it from a backup.");
    }
    for (const Wrapped& wrapped : all) {
        TRY(crypto::DataKey key, vault->keyring_.unwrap(wrapped.clinic, wrapped.bytes));
        const crypto::DataKey* kept = vault->remember(std::move(key));
        if (wrapped.clinic == kSystem) vault->system_ = kept;
    }
    return vault;
}

Result<const crypto::DataKey*> Vault::key(store::Tx& tx, ClinicId clinic) {
    if (const crypto::DataKey* known = cached(clinic)) return known;
    std::string wrapped;
    TRY(tx.each(
        "SELECT k.wrapped FROM clinics c JOIN clinic_keys k ON k.clinic_id = c.clinic_id WHERE c.clinic_id = $1",
        [&](const store::Row& row) { wrapped = row.string(0); }, clinic));
    if (wrapped.empty()) return fail(Code::kNotFound, "There is no such clinic.", "clinic");
    TRY(crypto::DataKey key, keyring_.unwrap(clinic, wrapped));
    return remember(std::move(key));
}

const crypto::DataKey* Vault::cached(ClinicId clinic) const {
    const std::shared_lock lock(mutex_);
    const auto found = keys_.find(clinic.value);
    return found == keys_.end() ? nullptr : found->second.get();
}

const crypto::DataKey* Vault::remember(crypto::DataKey key) {
    const int64_t clinic = key.clinic().value;
    const std::unique_lock lock(mutex_);
    auto& kept = keys_[clinic];
    if (!kept) kept = std::make_unique<const crypto::DataKey>(std::move(key));
    return kept.get();
}

Result<ClinicId> Vault::reserve() {
    ClinicId clinic;
    TRY(database_.write([&](store::Tx& tx) -> Result<> {
        clinic = {};
        TRY(tx.each("UPDATE clinic_numbers SET last = last + 1 WHERE one = 1 RETURNING last",
                    [&](const store::Row& row) { clinic = ClinicId{row.integer(0)}; }));
        if (clinic.value <= 0)
            return fail(Code::kInternal, "The database has lost its clinic counter. Restore it from a backup.");
        if (clinic.value > kClinicMax) return fail(Code::kTooMany, "There is no clinic number left on this server.");
        const std::string wrapped = keyring_.wrap_new(clinic, entropy_);
        TRY(tx.execute("INSERT INTO clinic_keys (clinic_id, wrapped) VALUES ($1, $2)", clinic, store::Blob{wrapped}));
        return {};
    }));
    return clinic;
}

Result<int> Vault::rewrap_all() {
    int count = 0;
    TRY(database_.write([&](store::Tx& tx) -> Result<> {
        count = 0;
        TRY(const std::vector<Wrapped> all, read_all(tx));
        for (const Wrapped& old : all) {
            TRY(const std::string fresh, keyring_.rewrap(old.clinic, old.bytes, entropy_));
            if (fresh.empty()) continue;
            // Only over what was read: another instance may be rotating as well.
            TRY(const int64_t changed,
                tx.execute("UPDATE clinic_keys SET wrapped = $2 WHERE clinic_id = $1 AND wrapped = $3", old.clinic,
                           store::Blob{fresh}, store::Blob{old.bytes}));
            count += int(changed);
        }
        return {};
    }));
    return count;
}

}  // namespace clinicpro::clinics
