#include "mpesa/auth.hpp"

#include "base/text.hpp"
#include "daraja/oauth.hpp"

namespace clinicpro::mpesa {
namespace {

constexpr std::string_view kPurpose = "mpesa.token";
constexpr Duration kWaitForOther = 150ms;    // how often those who wait look again; a token takes about a second
constexpr Duration kClaimSlack = 5s;         // a claim outlives the request it covers by this
constexpr Duration kPauseAfterFailure = 2s;  // before the next one asks a token service that did not give one

}  // namespace

// Host, consumer key and secret together, as a fingerprint. With the secret, or a wrong one would live on the token that
// the right one got.
Result<std::string> Auth::row_name(store::ClinicTx&, const Config& config) {
    return text::to_hex(
        vault_.system().fingerprint(config.endpoint().base_url + "\n" + config.consumer_key.reveal() + "\n" +
                                        config.consumer_secret.reveal(),
                                    kPurpose));
}

Result<std::variant<Access, net::ClientRequest, Wait>> Auth::access(store::ClinicTx& tx, const Config& config,
                                                                    Instant now) {
    TRY(const std::string name, row_name(tx, config));
    store::ClinicTx system(tx.raw(), kSystem);
    std::string sealed;
    Instant expires_at;
    TRY(const int64_t rows, system.each(
                                "SELECT sealed, expires_at FROM mpesa_tokens WHERE clinic_id = $1 AND name = $2",
                                [&](const store::Row& row) {
                                    sealed = row.string(0);
                                    expires_at = row.instant(1);
                                },
                                name));
    if (!sealed.empty() && expires_at > now) {
        TRY(Secret<> token, vault_.system().open(sealed, kPurpose));
        std::string mark = text::to_hex(vault_.system().fingerprint(token.reveal(), kPurpose));
        return Access{std::move(token), std::move(mark)};
    }
    if (rows == 0) {
        TRY(
            system.execute("INSERT INTO mpesa_tokens (clinic_id, name, sealed, expires_at, refreshing_until, "
                           "query_free_at) VALUES ($1, $2, NULL, 0, 0, 0) ON CONFLICT (clinic_id, name) DO NOTHING",
                           name));
    }
    net::ClientRequest request = daraja::token_request(config.endpoint(), config.consumer_key, config.consumer_secret);
    TRY(const int64_t claimed,
        system.execute("UPDATE mpesa_tokens SET refreshing_until = $3 WHERE clinic_id = $1 AND name = $2 "
                       "AND refreshing_until <= $4",
                       name, now + request.timeout + kClaimSlack, now));
    if (claimed == 1) return request;
    return Wait{now + kWaitForOther};
}

Result<> Auth::absorb(store::ClinicTx& tx, const Config& config, const net::Outcome& outcome, Instant now) {
    TRY(const std::string name, row_name(tx, config));
    store::ClinicTx system(tx.raw(), kSystem);
    auto token = daraja::read_token(outcome);
    if (!token) {
        // The claim ends, so that the next one who needs a token asks again, but not all of them one after the other at
        // once: Safaricom's edge blocks bursts (daraja.md 0.4). The error goes to the caller.
        const Duration pause = token.error().code == Code::kUnavailable ? kPauseAfterFailure : Duration();
        TRY(system.execute("UPDATE mpesa_tokens SET refreshing_until = $3 WHERE clinic_id = $1 AND name = $2", name,
                           now + pause));
        return std::unexpected(std::move(token).error());
    }
    const std::string sealed = vault_.system().seal(token->value.reveal(), kPurpose, entropy_);
    // Renewed early; but a token that lives shorter than that is used for half its life, or it would be fetched for
    // ever.
    const Duration use = std::max(token->lifetime - daraja::kTokenRenewEarly, token->lifetime / 2);
    TRY(
        system.execute("UPDATE mpesa_tokens SET sealed = $3, expires_at = $4, refreshing_until = 0 "
                       "WHERE clinic_id = $1 AND name = $2",
                       name, store::Blob{sealed}, now + use));
    return {};
}

Result<> Auth::forget(store::ClinicTx& tx, const Config& config, std::string_view mark) {
    TRY(const std::string name, row_name(tx, config));
    store::ClinicTx system(tx.raw(), kSystem);
    std::string sealed;
    TRY(system.each(
        "SELECT sealed FROM mpesa_tokens WHERE clinic_id = $1 AND name = $2",
        [&](const store::Row& row) { sealed = row.string(0); }, name));
    if (sealed.empty()) return {};
    TRY(const Secret<> token, vault_.system().open(sealed, kPurpose));
    if (text::to_hex(vault_.system().fingerprint(token.reveal(), kPurpose)) != mark) return {};  // replaced already
    TRY(system.execute("UPDATE mpesa_tokens SET sealed = NULL, expires_at = 0 WHERE clinic_id = $1 AND name = $2",
                       name));
    return {};
}

Result<bool> Auth::was_accepted(store::ClinicTx& tx, const Config& config) {
    TRY(const std::string name, row_name(tx, config));
    store::ClinicTx system(tx.raw(), kSystem);
    TRY(const int64_t rows, system.each(
                                "SELECT 1 FROM mpesa_tokens WHERE clinic_id = $1 AND name = $2 AND sealed IS NOT NULL",
                                [](const store::Row&) {}, name));
    return rows > 0;
}

Result<std::optional<Wait>> Auth::take_query(store::ClinicTx& tx, const Config& config, Instant now) {
    TRY(const std::string name, row_name(tx, config));
    store::ClinicTx system(tx.raw(), kSystem);
    const Duration spacing = Duration(std::chrono::minutes(1)) / config.queries_per_minute;
    TRY(const int64_t taken,
        system.execute("UPDATE mpesa_tokens SET query_free_at = $3 WHERE clinic_id = $1 AND name = $2 "
                       "AND query_free_at <= $4",
                       name, now + spacing, now));
    if (taken == 1) return std::nullopt;
    Instant free_at = now;
    TRY(system.each(
        "SELECT query_free_at FROM mpesa_tokens WHERE clinic_id = $1 AND name = $2",
        [&](const store::Row& row) { free_at = row.instant(0); }, name));
    return Wait{std::max(free_at, now + kWaitForOther)};
}

}  // namespace clinicpro::mpesa
