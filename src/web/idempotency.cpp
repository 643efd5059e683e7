#include "web/idempotency.hpp"

#include "crypto/hash.hpp"

namespace clinicpro::web::idempotency {
namespace {

constexpr std::string_view kPurpose = "idempotency";

Result<const crypto::DataKey*> data_key(store::ClinicTx& tx, clinics::Vault& vault) {
    if (tx.clinic() == kSystem) return &vault.system();
    return vault.key(tx);
}

}  // namespace

Result<std::optional<Key>> read(const net::Request& request, const ApiRoute& route) {
    if (route.repeat == Repeat::kPlain) return std::nullopt;
    const std::string_view word = request.header(kHeader);
    if (word.empty()) {
        if (route.repeat == Repeat::kKeyAccepted) return std::nullopt;
        return fail(
            Code::kInvalid,
            "Send an Idempotency-Key header with a new random value for each payment, and the same value again when "
            "you repeat a request, so that a patient is never asked twice.",
            std::string(kHeader));
    }
    const bool clean = std::all_of(word.begin(), word.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    if (!clean || word.size() > kKeyMax) {
        return fail(Code::kInvalid,
                    "An Idempotency-Key is 1 to 128 visible ASCII characters without spaces, such as a UUID.",
                    std::string(kHeader));
    }
    std::string asked(route.operation);
    // Not the first parameter: a clinic has a number and a slug, which say the same.
    for (size_t i = 1; i < request.params.size(); ++i) asked += '\n' + request.params[i];
    asked += "\n\n" + request.body;
    return Key{std::string(word), crypto::sha256(asked)};
}

Result<std::optional<Answer>> claim(store::ClinicTx& tx, clinics::Vault& vault, const Key& key, Instant now) {
    TRY(tx.execute("DELETE FROM idempotency WHERE clinic_id = $1 AND at < $2", now - kKeptFor));
    // PostgreSQL waits here for another transaction that holds the same key, then sees its row.
    TRY(const int64_t ours, tx.execute("INSERT INTO idempotency (clinic_id, idempotency_key, fingerprint, status, at) "
                                       "VALUES ($1, $2, $3, 0, $4) ON CONFLICT (clinic_id, idempotency_key) DO NOTHING",
                                       key.text, store::Blob{key.fingerprint}, now));
    if (ours == 1) return std::nullopt;
    std::string fingerprint, sealed;
    Answer answer;
    TRY(const int64_t rows,
        tx.each(
            "SELECT fingerprint, status, answer FROM idempotency WHERE clinic_id = $1 AND idempotency_key = $2",
            [&](const store::Row& row) {
                fingerprint = row.string(0);
                answer.status = int(row.integer(1));
                sealed = row.string(2);
            },
            key.text));
    if (rows == 0 || answer.status == 0) {
        return fail(Code::kBusy,
                    "The first request with this Idempotency-Key is still at work; repeat it in a moment.");
    }
    if (fingerprint != key.fingerprint) {
        return fail(Code::kInvalid,
                    "This Idempotency-Key was already used for a different request. Use a new key for a new request.",
                    std::string(kHeader));
    }
    TRY(const crypto::DataKey* opener, data_key(tx, vault));
    TRY(const Secret<> opened, opener->open(sealed, kPurpose));
    answer.json = opened.reveal();
    return answer;
}

Result<> keep(store::ClinicTx& tx, clinics::Vault& vault, const Key& key, const Answer& answer) {
    TRY(const crypto::DataKey* sealer, data_key(tx, vault));
    const std::string sealed = sealer->seal(answer.json, kPurpose, vault.entropy());
    TRY(tx.execute("UPDATE idempotency SET status = $3, answer = $4 WHERE clinic_id = $1 AND idempotency_key = $2",
                   key.text, answer.status, store::Blob{sealed}));
    return {};
}

}  // namespace clinicpro::web::idempotency
