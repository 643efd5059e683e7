// access.cpp: the table of permissions, and rows of `api_keys`.
#include "clinics/access.hpp"

#include "base/text.hpp"
#include "crypto/hash.hpp"

namespace clinicpro::clinics {
namespace {

struct Allowed {
    Permission permission;
    bool by_operator, by_admin, by_cashier, by_reader;
};
// clang-format off
constexpr Allowed kTable[] = {
    //                            operator admin  cashier reader
    {Permission::kManageClinics,  true,    false, false,  false},
    {Permission::kConfigure,      true,    true,  false,  false},
    {Permission::kManageKeys,     true,    true,  false,  false},
    {Permission::kManageUsers,    true,    true,  false,  false},
    {Permission::kTakePayments,   true,    true,  true,   false},
    // Who runs the server has no business in a consultation.
    {Permission::kHostMeetings,   false,   true,  true,   false},
    {Permission::kManageInvoices, true,    true,  true,   false},
    {Permission::kAllocateMoney,  true,    true,  false,  false},
    {Permission::kRequestRefunds, true,    true,  true,   false},
    {Permission::kApproveRefunds, true,    true,  false,  false},
    {Permission::kRead,           true,    true,  true,   true},
    {Permission::kReadAudit,      true,    true,  false,  false},
};
// clang-format on

constexpr std::string_view kPrefix = "cpk_";
constexpr size_t kSecretBytes = 20;  // 160 bits, 40 hex digits
constexpr size_t kTextMax = 80;

std::unexpected<Error> unknown_key() {
    return fail(Code::kUnauthorised,
                "This API key is not known or was revoked. Ask the clinic's administrator for a new one.");
}

// The id inside "cpk_<id>_<secret>".
std::optional<KeyId> id_in(std::string_view text) {
    if (text.size() > kTextMax || !text.starts_with(kPrefix)) return std::nullopt;
    text.remove_prefix(kPrefix.size());
    const size_t end = text.find('_');
    if (end == text.npos || text.size() - end - 1 != 2 * kSecretBytes) return std::nullopt;
    auto id = KeyId::parse(std::string(KeyKind::kPrefix) + "_" + std::string(text.substr(0, end)));
    return id ? std::optional(*id) : std::nullopt;
}

}  // namespace

std::string_view to_string(Role role) {
    switch (role) {
        case Role::kOperator: return "operator";
        case Role::kAdmin: return "admin";
        case Role::kCashier: return "cashier";
        case Role::kReader: return "reader";
    }
    return "";
}

Result<Role> parse_role(std::string_view text) {
    for (const Role role : {Role::kOperator, Role::kAdmin, Role::kCashier, Role::kReader}) {
        if (text == to_string(role)) return role;
    }
    return fail(Code::kInvalid, "The role must be operator, admin, cashier or reader.", "role");
}

bool allows(Role role, Permission permission) {
    for (const Allowed& row : kTable) {
        if (row.permission != permission) continue;
        switch (role) {
            case Role::kOperator: return row.by_operator;
            case Role::kAdmin: return row.by_admin;
            case Role::kCashier: return row.by_cashier;
            case Role::kReader: return row.by_reader;
        }
    }
    return false;
}

Result<> require(const Principal& principal, Permission permission, ClinicId clinic) {
    if (principal.clinic != kSystem && principal.clinic != clinic) {
        return fail(Code::kNotFound, "There is no such clinic.", "clinic");
    }
    if (!allows(principal.role, permission)) {
        const std::string role(to_string(principal.role));
        return fail(Code::kForbidden,
                    principal.user ? "Your role here is " + role + ", which may not do this. Ask an administrator."
                                   : "A key with the role " + role + " may not do this. Use a key of another role.");
    }
    return {};
}

Result<IssuedKey> create_key(store::ClinicTx& tx, const NewKey& wanted, IdMaker& ids, crypto::Entropy& entropy,
                             Instant now) {
    if ((wanted.role == Role::kOperator) != (tx.clinic() == kSystem)) {
        return fail(Code::kInvalid,
                    "The role operator belongs to the whole server; a clinic's key is admin, cashier or reader.",
                    "role");
    }
    if (text::trim(wanted.label).empty() || wanted.label.size() > kLabelMax || !text::is_utf8(wanted.label)) {
        return fail(Code::kInvalid, "Give the key a label of 1 to 80 bytes that says who uses it.", "label");
    }
    int64_t live = 0;
    TRY(tx.each("SELECT count(*) FROM api_keys WHERE clinic_id = $1 AND revoked_at IS NULL",
                [&](const store::Row& row) { live = row.integer(0); }));
    if (live >= kKeysPerClinicMax) {
        return fail(Code::kTooMany, "This clinic has 200 live API keys. Revoke those that are not used.");
    }
    const KeyId id = ids.make<KeyId>();
    const std::string_view name = KeyKind::kPrefix;
    std::string text(kPrefix);
    text += id.to_text().substr(name.size() + 1);
    text += '_';
    text += entropy.hex(kSecretBytes);
    const std::string hash = crypto::sha256(text);
    TRY(tx.execute(
        "INSERT INTO api_keys (clinic_id, key_id, role, label, hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)", id,
        to_string(wanted.role), wanted.label, store::Blob{hash}, now));
    return IssuedKey{id, Secret<>(std::move(text))};
}

Result<Principal> verify_key(store::Tx& tx, std::string_view text) {
    const std::optional<KeyId> id = id_in(text);
    if (!id) return unknown_key();
    Principal principal{.key = *id};
    std::string hash(32, '\0');  // an unknown id is compared as well, with a digest nothing has
    bool live = false, suspended = false;
    std::string role;
    TRY(tx.each(
        "SELECT k.clinic_id, k.role, k.label, k.hash, k.revoked_at, c.status FROM api_keys k "
        "LEFT JOIN clinics c ON c.clinic_id = k.clinic_id WHERE k.key_id = $1",
        [&](const store::Row& row) {
            principal.clinic = ClinicId{row.integer(0)};
            role = row.string(1);
            principal.label = row.string(2);
            hash = row.string(3);
            live = row.is_null(4);
            suspended = row.text(5) == "suspended";
        },
        *id));
    if (!crypto::equal_in_constant_time(crypto::sha256(text), hash) || !live) return unknown_key();
    if (suspended) {
        return fail(Code::kForbidden, "This clinic is suspended. Ask the operator of the server.");
    }
    TRY(principal.role, parse_role(role));
    return principal;
}

Result<std::vector<KeyRecord>> list_keys(store::ClinicTx& tx) {
    std::vector<KeyRecord> all;
    Result<Role> role = Role::kReader;
    TRY(
        tx.each("SELECT key_id, role, label, created_at, revoked_at FROM api_keys WHERE clinic_id = $1 "
                "ORDER BY key_id DESC LIMIT 1000",
                [&](const store::Row& row) {
                    if (role) role = parse_role(row.text(1));
                    if (!role) return;
                    all.push_back({.id = row.id<KeyId>(0),
                                   .role = *role,
                                   .label = row.string(2),
                                   .created_at = row.instant(3),
                                   .revoked_at = row.maybe_instant(4)});
                }));
    TRY(role);
    return all;
}

Result<> revoke_key(store::ClinicTx& tx, KeyId id, Instant now) {
    TRY(const int64_t found, tx.execute("UPDATE api_keys SET revoked_at = coalesce(revoked_at, $3) "
                                        "WHERE clinic_id = $1 AND key_id = $2",
                                        id, now));
    if (found == 0) return fail(Code::kNotFound, "There is no such API key.", "key");
    return {};
}

}  // namespace clinicpro::clinics
