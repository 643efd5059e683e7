// user.hpp: people who work with a clinic's desk; operators of the whole server stand under clinic 0.
//
// A person signs in with a name that is one in the clinic: an e-mail address or a short name, kept in lower case. Here
// are the rows and the rules for names and passwords; hashes come from outside, because making one takes a tenth of a
// second that no transaction should wait for. Ending a person's access, and every new password, ends all sessions.
// Every change leaves an audit entry. Tested by clinics/user_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clinics/access.hpp"

namespace clinicpro::clinics {

struct User {
    UserId id;
    ClinicId clinic;
    std::string name;       // "achieng@mlimani.ke" or "achieng"
    std::string full_name;  // "Achieng Odhiambo"
    Role role = Role::kReader;
    std::string language = "en";  // "en" | "sw"
    bool has_password = false;
    bool has_totp = false;
    Instant created_at;
    std::optional<Instant> signed_in_at;
    std::optional<Instant> disabled_at;
};

struct NewUser {
    std::string name;
    std::string full_name;
    Role role = Role::kReader;
    std::string language = "en";
};

namespace users {

inline constexpr size_t kNameMin = 2;
inline constexpr size_t kNameMax = 120;
inline constexpr size_t kFullNameMax = 80;
inline constexpr size_t kPasswordMin = 10;   // characters; no rule about kinds of characters (NIST SP 800-63B 3.1.1.2)
inline constexpr size_t kPasswordMax = 256;  // bytes; Argon2 would take more, nobody types more
inline constexpr int kUsersPerClinicMax = 500;  // a page shows them all

// As it is stored: trimmed, lower case. Error kInvalid, field "name".
Result<std::string> read_name(std::string_view typed);
// Error kInvalid, field "password": too short, too long, too common, or the person's own name.
Result<> check_password(const Secret<>& password, std::string_view user_name);

struct Doer {  // who changes something, and when
    std::string actor;
    Instant now;
};

// Role operator exactly for clinic 0. Errors kInvalid with the field; kConflict when the name is taken; kTooMany.
Result<User> create(store::ClinicTx& tx, const NewUser& wanted, IdMaker& ids, const Doer& by);
Result<User> find(store::ClinicTx& tx, UserId id);              // kNotFound
Result<User> find(store::ClinicTx& tx, std::string_view name);  // kNotFound; the name as stored
// By name, disabled ones included.
Result<std::vector<User>> list(store::ClinicTx& tx);

// The stored hash, empty when there is none: for comparing outside the transaction.
Result<Secret<>> password_hash(store::ClinicTx& tx, UserId id);
// `hash` is from crypto::hash_password. Ends the person's sessions and invitation.
Result<> set_password(store::ClinicTx& tx, UserId id, const Secret<>& hash, const Doer& by);
// The same password hashed at a new cost: changes nothing for the person.
Result<> refresh_password(store::ClinicTx& tx, UserId id, const Secret<>& old_hash, const Secret<>& new_hash);

// Doing it twice changes nothing. The last admin (or operator) who can sign in stays: kConflict.
Result<> disable(store::ClinicTx& tx, UserId id, const Doer& by);
Result<> enable(store::ClinicTx& tx, UserId id, const Doer& by);
Result<> set_role(store::ClinicTx& tx, UserId id, Role role, const Doer& by);
Result<> set_language(store::ClinicTx& tx, UserId id, std::string_view language);

}  // namespace users
}  // namespace clinicpro::clinics
