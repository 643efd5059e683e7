// throttle.cpp: rows of `sign_in_failures`.
#include "clinics/throttle.hpp"

#include <algorithm>

namespace clinicpro::clinics::throttle {
namespace {

std::string_view purpose_of(Kind kind) {
    switch (kind) {
        case Kind::kPassword: return "sign_in.password";
        case Kind::kCode: return "sign_in.code";
        case Kind::kAddress: return "sign_in.address";
    }
    return "";
}

Duration wait_after(Kind kind, int64_t attempts) {
    const int64_t over = attempts - (kind == Kind::kAddress ? kFreeForAddress : kFreeForAccount);
    if (over < 0) return Duration(0);
    return std::min(kWaitMax, Duration(kWaitFirst) * (int64_t(1) << std::min<int64_t>(over, 10)));
}

}  // namespace

Result<std::string> mark_of(store::ClinicTx& tx, Vault& vault, Kind kind, std::string_view name) {
    TRY(const crypto::DataKey* key, vault.key(tx));
    return key->fingerprint(name, purpose_of(kind));
}

Result<> take(store::ClinicTx& tx, Kind kind, std::string_view mark, Instant now) {
    const bool is_address = kind == Kind::kAddress;
    int64_t attempts = 0;
    // One statement counts and looks, so two attempts at once cannot both be the last free one. `at` is the last
    // attempt of an account, and the begin of an address's hour.
    TRY(tx.each(
        "INSERT INTO sign_in_failures (clinic_id, mark, failures, blocked_until, at) VALUES ($1, $2, 1, 0, $3) "
        "ON CONFLICT (clinic_id, mark) DO UPDATE SET "
        "at = CASE WHEN $5 = 0 OR sign_in_failures.at < $4 THEN excluded.at ELSE sign_in_failures.at END, "
        "failures = CASE WHEN sign_in_failures.at < $4 THEN 1 ELSE sign_in_failures.failures + 1 END "
        "WHERE sign_in_failures.blocked_until <= $3 RETURNING failures",
        [&](const store::Row& row) { attempts = row.integer(0); }, store::Blob{mark}, now,
        now - (is_address ? kAddressHour : kAccountMemory), is_address));
    if (attempts == 0) {
        Instant until;
        TRY(tx.each(
            "SELECT blocked_until FROM sign_in_failures WHERE clinic_id = $1 AND mark = $2",
            [&](const store::Row& row) { until = row.instant(0); }, store::Blob{mark}));
        const int64_t minutes = std::max<int64_t>(1, (until - now + 59s) / 60s);
        return fail(Code::kTooMany, "There were too many attempts. Try again in " + std::to_string(minutes) +
                                        (minutes == 1 ? " minute." : " minutes."));
    }
    TRY(tx.execute("UPDATE sign_in_failures SET blocked_until = $3 WHERE clinic_id = $1 AND mark = $2",
                   store::Blob{mark}, now + wait_after(kind, attempts)));
    return {};
}

Result<bool> is_blocked(store::ClinicTx& tx, std::string_view mark, Instant now) {
    bool blocked = false;
    TRY(tx.each(
        "SELECT blocked_until FROM sign_in_failures WHERE clinic_id = $1 AND mark = $2",
        [&](const store::Row& row) { blocked = row.instant(0) > now; }, store::Blob{mark}));
    return blocked;
}

Result<> give_back(store::ClinicTx& tx, Kind kind, std::string_view mark) {
    if (kind == Kind::kAddress) {
        TRY(
            tx.execute("UPDATE sign_in_failures SET failures = failures - 1, "
                       "blocked_until = CASE WHEN failures <= $3 THEN 0 ELSE blocked_until END "
                       "WHERE clinic_id = $1 AND mark = $2 AND failures > 0",
                       store::Blob{mark}, kFreeForAddress));
        return {};
    }
    TRY(tx.execute("DELETE FROM sign_in_failures WHERE clinic_id = $1 AND mark = $2", store::Blob{mark}));
    return {};
}

Result<> sweep(store::Tx& tx, Instant now) {
    TRY(
        tx.execute("DELETE FROM sign_in_failures WHERE at < $1 AND blocked_until < $2 AND mark IN "
                   "(SELECT mark FROM sign_in_failures WHERE at < $1 LIMIT 500)",
                   now - kAccountMemory, now));
    return {};
}

}  // namespace clinicpro::clinics::throttle
