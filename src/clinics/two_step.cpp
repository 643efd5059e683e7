// two_step.cpp: users.totp_* and rows of `recovery_codes`.
#include "clinics/two_step.hpp"

#include "base/text.hpp"
#include "clinics/audit.hpp"
#include "crypto/totp.hpp"

namespace clinicpro::clinics::two_step {
namespace {

constexpr size_t kCodeLetters = 12;  // 60 bits
constexpr size_t kTypedMax = 64;

std::string purpose_of(UserId id) {
    return "totp:" + id.to_text();
}

struct Stored {
    std::string sealed;
    bool is_on = false;
    int64_t step = 0;
};

Result<Stored> read(store::ClinicTx& tx, UserId id) {
    Stored stored;
    bool there = false;
    TRY(tx.each(
        "SELECT totp_sealed, totp_since, totp_step FROM users WHERE clinic_id = $1 AND id = $2",
        [&](const store::Row& row) {
            stored = {row.string(0), !row.is_null(1), row.integer(2)};
            there = true;
        },
        id));
    if (!there) return fail(Code::kNotFound, "There is no such person in this clinic.", "user");
    return stored;
}

Result<Secret<>> open(store::ClinicTx& tx, Vault& vault, UserId id, const Stored& stored) {
    TRY(const crypto::DataKey* key, vault.key(tx));
    return key->open(stored.sealed, purpose_of(id));
}

// A step is used by whoever writes it first.
Result<bool> use_step(store::ClinicTx& tx, UserId id, int64_t step) {
    TRY(const int64_t won,
        tx.execute("UPDATE users SET totp_step = $3 WHERE clinic_id = $1 AND id = $2 AND totp_step < $3", id, step));
    return won == 1;
}

// As it is typed: any case, with or without dashes; o, i and l for the digits they look like.
std::string canonical(std::string_view typed) {
    std::string out;
    for (char c : text::lower(typed.substr(0, kTypedMax))) {
        if (c == ' ' || c == '-') continue;
        if (c == 'o') c = '0';
        if (c == 'i' || c == 'l') c = '1';
        out += c;
    }
    return out;
}

Result<std::string> mark_of(store::ClinicTx& tx, Vault& vault, UserId id, std::string_view code) {
    TRY(const crypto::DataKey* key, vault.key(tx));
    return key->fingerprint(code, "recovery:" + id.to_text());
}

Result<std::vector<Secret<>>> make_codes(store::ClinicTx& tx, Vault& vault, UserId id) {
    constexpr std::string_view kLetters = "0123456789abcdefghjkmnpqrstvwxyz";
    TRY(tx.execute("DELETE FROM recovery_codes WHERE clinic_id = $1 AND user_id = $2", id));
    std::vector<Secret<>> all;
    for (int i = 0; i < kRecoveryCodes; ++i) {
        std::string code, shown;
        for (const char c : vault.entropy().bytes(kCodeLetters)) {
            if (!code.empty() && code.size() % 4 == 0) shown += '-';
            code += kLetters[uint8_t(c) & 31u];
            shown += code.back();
        }
        TRY(const std::string mark, mark_of(tx, vault, id, code));
        TRY(tx.execute("INSERT INTO recovery_codes (clinic_id, user_id, mark) VALUES ($1, $2, $3)", id,
                       store::Blob{mark}));
        all.emplace_back(std::move(shown));
    }
    return all;
}

std::unexpected<Error> is_off() {
    return fail(Code::kConflict, "The second step is not being set up. Start again.", "code");
}

Result<> note(store::ClinicTx& tx, UserId id, const users::Doer& by, std::string_view action) {
    TRY(audit::append(tx, {.at = by.now, .actor = by.actor, .action = action, .subject = id.to_text()}));
    return {};
}

}  // namespace

Result<Secret<>> enrol(store::ClinicTx& tx, Vault& vault, UserId id) {
    TRY(const Stored stored, read(tx, id));
    if (stored.is_on) return fail(Code::kConflict, "The second step is on already. Turn it off first.");
    Secret<> secret(vault.entropy().bytes(crypto::kTotpSecretBytes));
    TRY(const crypto::DataKey* key, vault.key(tx));
    const std::string sealed = key->seal(secret.reveal(), purpose_of(id), vault.entropy());
    TRY(tx.execute(
        "UPDATE users SET totp_sealed = $3, totp_step = 0 WHERE clinic_id = $1 AND id = $2 AND totp_since IS NULL", id,
        store::Blob{sealed}));
    return secret;
}

Result<Secret<>> waiting(store::ClinicTx& tx, Vault& vault, UserId id) {
    TRY(const Stored stored, read(tx, id));
    if (stored.is_on || stored.sealed.empty()) return is_off();
    return open(tx, vault, id, stored);
}

Result<std::vector<Secret<>>> confirm(store::ClinicTx& tx, Vault& vault, UserId id, std::string_view code,
                                      const users::Doer& by) {
    TRY(const Secret<> secret, waiting(tx, vault, id));
    const auto step = crypto::totp_match(secret, code, by.now, 0);
    if (!step) {
        return fail(Code::kInvalid,
                    "This is not the code that the app shows now. Type the newest six digits; if they are "
                    "refused again, check that the phone's clock sets itself.",
                    "code");
    }
    TRY(const int64_t changed,
        tx.execute("UPDATE users SET totp_since = $3, totp_step = $4 WHERE clinic_id = $1 AND id = $2 "
                   "AND totp_since IS NULL",
                   id, by.now, *step));
    if (changed == 0) return is_off();
    TRY(note(tx, id, by, "user.two_step_on"));
    return make_codes(tx, vault, id);
}

Result<bool> accept(store::ClinicTx& tx, Vault& vault, UserId id, std::string_view typed, Instant now) {
    TRY(const Stored stored, read(tx, id));
    if (!stored.is_on) return false;
    TRY(const Secret<> secret, open(tx, vault, id, stored));
    if (const auto step = crypto::totp_match(secret, typed, now, stored.step)) return use_step(tx, id, *step);
    const std::string code = canonical(typed);
    if (code.size() != kCodeLetters) return false;
    TRY(const std::string mark, mark_of(tx, vault, id, code));
    TRY(const int64_t used, tx.execute("UPDATE recovery_codes SET used_at = $4 WHERE clinic_id = $1 AND user_id = $2 "
                                       "AND mark = $3 AND used_at IS NULL",
                                       id, store::Blob{mark}, now));
    if (used == 0) return false;
    const std::string actor = id.to_text();
    TRY(note(tx, id, {actor, now}, "user.recovery_code_used"));
    return true;
}

Result<std::vector<Secret<>>> renew_codes(store::ClinicTx& tx, Vault& vault, UserId id, const users::Doer& by) {
    TRY(const Stored stored, read(tx, id));
    if (!stored.is_on) return fail(Code::kConflict, "Turn the second step on first.");
    TRY(note(tx, id, by, "user.recovery_codes_renewed"));
    return make_codes(tx, vault, id);
}

Result<int> codes_left(store::ClinicTx& tx, UserId id) {
    int64_t left = 0;
    TRY(tx.each(
        "SELECT count(*) FROM recovery_codes WHERE clinic_id = $1 AND user_id = $2 AND used_at IS NULL",
        [&](const store::Row& row) { left = row.integer(0); }, id));
    return int(left);
}

Result<> turn_off(store::ClinicTx& tx, UserId id, const users::Doer& by) {
    TRY(const Stored stored, read(tx, id));
    TRY(tx.execute(
        "UPDATE users SET totp_sealed = NULL, totp_since = NULL, totp_step = 0 WHERE clinic_id = $1 AND id = $2", id));
    TRY(tx.execute("DELETE FROM recovery_codes WHERE clinic_id = $1 AND user_id = $2", id));
    if (!stored.is_on) return {};
    return note(tx, id, by, "user.two_step_off");
}

}  // namespace clinicpro::clinics::two_step
