// credentials.cpp: rows of `credentials`.
#include "clinics/credentials.hpp"

namespace clinicpro::clinics {
namespace {

std::string purpose_of(std::string_view name) {
    return "credential:" + std::string(name);
}

std::unexpected<Error> not_set(std::string_view name) {
    return fail(Code::kNotFound, "This clinic has no credential named " + std::string(name) + ". Set it first.",
                "name");
}

Result<> check_name(std::string_view name) {
    const bool clean = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    });
    if (name.empty() || name.size() > Credentials::kNameMax || !clean) {
        return fail(Code::kInvalid, "The name of a credential must be 1 to 64 small letters, digits, _, . and -.",
                    "name");
    }
    return {};
}

}  // namespace

Result<> Credentials::put(store::ClinicTx& tx, std::string_view name, const Secret<>& value, Instant now) {
    TRY(check_name(name));
    if (value.empty() || value.reveal().size() > kValueMax) {
        return fail(Code::kInvalid, "A credential must have between 1 and 16384 bytes.", "value");
    }
    TRY(const crypto::DataKey* key, vault_.key(tx));
    const std::string sealed = key->seal(value.reveal(), purpose_of(name), vault_.entropy());
    TRY(tx.execute(
        "INSERT INTO credentials (clinic_id, name, sealed, updated_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (clinic_id, name) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at",
        name, store::Blob{sealed}, now));
    return {};
}

Result<Secret<>> Credentials::get(store::ClinicTx& tx, std::string_view name) {
    TRY(check_name(name));
    TRY(const crypto::DataKey* key, vault_.key(tx));
    Result<Secret<>> value = not_set(name);
    TRY(tx.each(
        "SELECT sealed FROM credentials WHERE clinic_id = $1 AND name = $2",
        [&](const store::Row& row) { value = key->open(row.text(0), purpose_of(name)); }, name));
    return value;
}

Result<std::vector<Credentials::Listed>> Credentials::list(store::ClinicTx& tx) {
    std::vector<Listed> all;
    TRY(tx.each("SELECT name, updated_at FROM credentials WHERE clinic_id = $1 ORDER BY name",
                [&](const store::Row& row) { all.push_back({row.string(0), row.instant(1)}); }));
    return all;
}

Result<> Credentials::remove(store::ClinicTx& tx, std::string_view name) {
    TRY(check_name(name));
    TRY(const int64_t removed, tx.execute("DELETE FROM credentials WHERE clinic_id = $1 AND name = $2", name));
    if (removed == 0) return not_set(name);
    return {};
}

}  // namespace clinicpro::clinics
