// access.hpp: who may do what: API keys, roles, and one visible table of permissions, for keys and people alike.
//
// A key is shown once, when it is made; the database holds its SHA-256 only (its 160 random bits need no slow hash). An
// operator's key belongs to clinic 0 and may act for every clinic; any other key acts for its own clinic and is told
// "not found" about everything else (promise P-07). Tested by clinics/access_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "crypto/entropy.hpp"
#include "store/tenant.hpp"

namespace clinicpro::clinics {

enum class Role { kOperator, kAdmin, kCashier, kReader };
std::string_view to_string(Role role);  // "operator", "admin", "cashier", "reader"
Result<Role> parse_role(std::string_view text);

enum class Permission {
    kManageClinics,   // make, suspend, list clinics
    kConfigure,       // credentials, M-Pesa and meeting settings
    kManageKeys,      // make and revoke API keys of the clinic
    kManageUsers,     // invite, disable and change the people of the clinic
    kTakePayments,    // start a payment
    kHostMeetings,    // enter a virtual visit as its host
    kManageInvoices,  // make, change and void invoices and appointments
    kAllocateMoney,   // decide where money that fits nowhere belongs
    kRequestRefunds,  // ask for money to be given back, and take that back
    kApproveRefunds,  // approve or reject what somebody else asked for; say how a refund in doubt ended
    kRead,            // see invoices, payments, appointments
    kReadAudit,       // see the audit trail
};
bool allows(Role role, Permission permission);

struct Principal {
    ClinicId clinic;
    Role role = Role::kReader;
    KeyId key;         // of a program, or
    UserId user = {};  // of a person who is signed in
    std::string label;

    std::string actor() const { return user ? user.to_text() : key.to_text(); }  // for the audit trail
};

// Whether `principal` may do this for that clinic. Another clinic is kNotFound, as if it were not there; a missing
// permission is kForbidden.
Result<> require(const Principal& principal, Permission permission, ClinicId clinic);

struct NewKey {
    Role role = Role::kReader;
    std::string label;  // 1 to 80 bytes: who or what uses it
};
struct IssuedKey {
    KeyId id;
    Secret<> text;  // "cpk_<id>_<secret>": the only time it can be seen
};
struct KeyRecord {
    KeyId id;
    Role role = Role::kReader;
    std::string label;
    Instant created_at;
    std::optional<Instant> revoked_at;
};
inline constexpr size_t kLabelMax = 80;
inline constexpr int kKeysPerClinicMax = 200;  // live keys; a page shows them all

// Role operator exactly for clinic 0. Error kInvalid with the field; kTooMany.
Result<IssuedKey> create_key(store::ClinicTx& tx, const NewKey& wanted, IdMaker& ids, crypto::Entropy& entropy,
                             Instant now);
// Error kUnauthorised, with the same sentence for unknown, wrong and revoked; kForbidden when the clinic is suspended.
Result<Principal> verify_key(store::Tx& tx, std::string_view text);
// Newest first, revoked ones included.
Result<std::vector<KeyRecord>> list_keys(store::ClinicTx& tx);
// Error kNotFound. Revoking twice changes nothing.
Result<> revoke_key(store::ClinicTx& tx, KeyId id, Instant now);

}  // namespace clinicpro::clinics
