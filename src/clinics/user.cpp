// user.cpp: rows of `users`.
#include "clinics/user.hpp"

#include "base/text.hpp"
#include "clinics/audit.hpp"
#include "clinics/invitation.hpp"
#include "clinics/session.hpp"

namespace clinicpro::clinics::users {
namespace {

std::unexpected<Error> no_such_user() {
    return fail(Code::kNotFound, "There is no such person in this clinic.", "user");
}

Result<> note(store::ClinicTx& tx, UserId id, const Doer& by, std::string_view action, std::string_view detail = "{}") {
    TRY(audit::append(tx,
                      {.at = by.now, .actor = by.actor, .action = action, .subject = id.to_text(), .detail = detail}));
    return {};
}

Result<User> read(const store::Row& row, ClinicId clinic) {
    TRY(const Role role, parse_role(row.text(3)));
    return User{.id = row.id<UserId>(0),
                .clinic = clinic,
                .name = row.string(1),
                .full_name = row.string(2),
                .role = role,
                .language = row.string(4),
                .has_password = row.integer(5) != 0,
                .has_totp = !row.is_null(6),
                .created_at = row.instant(7),
                .signed_in_at = row.maybe_instant(8),
                .disabled_at = row.maybe_instant(9)};
}

// An admin locked out by accident would need the operator; a last operator, the machine's owner.
Result<> keep_one_in_charge(store::ClinicTx& tx, UserId without) {
    const std::string_view role = tx.clinic() == kSystem ? "operator" : "admin";
    int64_t others = 0, is_one = 0;
    TRY(tx.each(
        "SELECT CAST(SUM(CASE WHEN id <> $2 THEN 1 ELSE 0 END) AS BIGINT), "
        "CAST(SUM(CASE WHEN id = $2 THEN 1 ELSE 0 END) AS BIGINT) FROM users "
        "WHERE clinic_id = $1 AND role = $3 AND disabled_at IS NULL",
        [&](const store::Row& row) {
            others = row.integer(0);
            is_one = row.integer(1);
        },
        without, role));
    if (is_one == 0 || others > 0) return {};
    return fail(Code::kConflict,
                "This is the last " + std::string(role) + " who can sign in. Give somebody else that role first.",
                "user");
}

}  // namespace

Result<User> create(store::ClinicTx& tx, const NewUser& wanted, IdMaker& ids, const Doer& by) {
    if ((wanted.role == Role::kOperator) != (tx.clinic() == kSystem)) {
        return fail(Code::kInvalid,
                    "The role operator belongs to the whole server; a clinic's people are admin, cashier or reader.",
                    "role");
    }
    TRY(const std::string name, read_name(wanted.name));
    const std::string_view full_name = text::trim(wanted.full_name);
    if (full_name.empty() || full_name.size() > kFullNameMax || !text::is_utf8(full_name)) {
        return fail(Code::kInvalid, "Give the person's full name, 1 to 80 bytes.", "full_name");
    }
    if (wanted.language != "en" && wanted.language != "sw") {
        return fail(Code::kInvalid, "The language must be en or sw.", "language");
    }
    int64_t there = 0, taken = 0;
    TRY(tx.each(
        "SELECT count(*), CAST(COALESCE(SUM(CASE WHEN name = $2 THEN 1 ELSE 0 END), 0) AS BIGINT) FROM users "
        "WHERE clinic_id = $1",
        [&](const store::Row& row) {
            there = row.integer(0);
            taken = row.integer(1);
        },
        name));
    if (there >= kUsersPerClinicMax) return fail(Code::kTooMany, "A clinic can have 500 people. Ask the operator.");
    const auto is_taken = [] {
        return fail(Code::kConflict, "Somebody in this clinic has that name already.", "name");
    };
    if (taken > 0) return is_taken();
    const UserId id = ids.make<UserId>();
    TRY(const int64_t made,
        tx.execute(
            "INSERT INTO users (clinic_id, id, name, full_name, role, language, password, totp_step, created_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, '', 0, $7) ON CONFLICT DO NOTHING",
            id, name, full_name, to_string(wanted.role), wanted.language, by.now));
    if (made == 0) return is_taken();  // another instance was quicker
    TRY(note(tx, id, by, "user.created", R"({"role":")" + std::string(to_string(wanted.role)) + "\"}"));
    return find(tx, id);
}

#define USER_COLUMNS                                                                                      \
    "SELECT id, name, full_name, role, language, CASE WHEN password = '' THEN 0 ELSE 1 END, totp_since, " \
    "created_at, signed_in_at, disabled_at FROM users WHERE clinic_id = $1 "

Result<User> find(store::ClinicTx& tx, UserId id) {
    Result<User> found = no_such_user();
    TRY(tx.each(USER_COLUMNS "AND id = $2", [&](const store::Row& row) { found = read(row, tx.clinic()); }, id));
    return found;
}

Result<User> find(store::ClinicTx& tx, std::string_view name) {
    Result<User> found = no_such_user();
    TRY(tx.each(USER_COLUMNS "AND name = $2", [&](const store::Row& row) { found = read(row, tx.clinic()); }, name));
    return found;
}

Result<std::vector<User>> list(store::ClinicTx& tx) {
    std::vector<User> all;
    Result<> whole;
    TRY(tx.each(USER_COLUMNS "ORDER BY name LIMIT 500", [&](const store::Row& row) {
        auto user = read(row, tx.clinic());
        if (user)
            all.push_back(*std::move(user));
        else
            whole = std::unexpected(user.error());
    }));
    TRY(whole);
    return all;
}

#undef USER_COLUMNS

Result<Secret<>> password_hash(store::ClinicTx& tx, UserId id) {
    Result<Secret<>> hash = no_such_user();
    TRY(tx.each(
        "SELECT password FROM users WHERE clinic_id = $1 AND id = $2",
        [&](const store::Row& row) { hash = Secret<>(row.string(0)); }, id));
    return hash;
}

Result<> set_password(store::ClinicTx& tx, UserId id, const Secret<>& hash, const Doer& by) {
    TRY(const int64_t found,
        tx.execute("UPDATE users SET password = $3 WHERE clinic_id = $1 AND id = $2", id, hash.reveal()));
    if (found == 0) return no_such_user();
    TRY(sessions::end_all(tx, id));
    TRY(invitations::withdraw(tx, id));
    return note(tx, id, by, "user.password_set");
}

Result<> refresh_password(store::ClinicTx& tx, UserId id, const Secret<>& old_hash, const Secret<>& new_hash) {
    TRY(tx.execute("UPDATE users SET password = $3 WHERE clinic_id = $1 AND id = $2 AND password = $4", id,
                   new_hash.reveal(), old_hash.reveal()));
    return {};
}

Result<> disable(store::ClinicTx& tx, UserId id, const Doer& by) {
    TRY(const User user, find(tx, id));
    if (user.disabled_at) return {};
    TRY(keep_one_in_charge(tx, id));
    TRY(tx.execute("UPDATE users SET disabled_at = $3 WHERE clinic_id = $1 AND id = $2", id, by.now));
    TRY(sessions::end_all(tx, id));
    TRY(invitations::withdraw(tx, id));
    return note(tx, id, by, "user.disabled");
}

Result<> enable(store::ClinicTx& tx, UserId id, const Doer& by) {
    TRY(const User user, find(tx, id));
    if (!user.disabled_at) return {};
    TRY(tx.execute("UPDATE users SET disabled_at = NULL WHERE clinic_id = $1 AND id = $2", id));
    return note(tx, id, by, "user.enabled");
}

Result<> set_role(store::ClinicTx& tx, UserId id, Role role, const Doer& by) {
    TRY(const User user, find(tx, id));
    if (user.role == role) return {};
    if ((role == Role::kOperator) != (tx.clinic() == kSystem)) {
        return fail(Code::kInvalid, "The role must be admin, cashier or reader.", "role");
    }
    TRY(keep_one_in_charge(tx, id));
    TRY(tx.execute("UPDATE users SET role = $3 WHERE clinic_id = $1 AND id = $2", id, to_string(role)));
    return note(
        tx, id, by, "user.role_changed",
        R"({"from":")" + std::string(to_string(user.role)) + R"(","to":")" + std::string(to_string(role)) + "\"}");
}

Result<> set_language(store::ClinicTx& tx, UserId id, std::string_view language) {
    if (language != "en" && language != "sw") return fail(Code::kInvalid, "The language must be en or sw.", "language");
    TRY(const int64_t found,
        tx.execute("UPDATE users SET language = $3 WHERE clinic_id = $1 AND id = $2", id, language));
    if (found == 0) return no_such_user();
    return {};
}

}  // namespace clinicpro::clinics::users
