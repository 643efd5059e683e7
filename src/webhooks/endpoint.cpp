// endpoint.cpp: rows of webhook_endpoints, and the signature (see endpoint.hpp).
#include "webhooks/endpoint.hpp"

#include "base/text.hpp"
#include "crypto/hash.hpp"

namespace clinicpro::webhooks {
namespace {

constexpr std::string_view kPurpose = "webhook.secret";
constexpr std::string_view kSecretPrefix = "whsec_";
constexpr size_t kSecretBytesLeast = 24, kSecretBytesMost = 64;  // Standard Webhooks

#define COLUMNS "id, url, label, types, state, cursor_seq, old_until, created_at "

Endpoint read(const store::Row& row) {
    return {.id = row.id<EndpointId>(0),
            .url = row.string(1),
            .label = row.string(2),
            .types = row.string(3),
            .state = row.string(4),
            .cursor = row.integer(5),
            .old_until = row.maybe_instant(6),
            .created_at = row.instant(7)};
}

Result<std::string> check_url(std::string_view url) {
    const auto bad = [] {
        return fail(Code::kInvalid,
                    "The address must look like https://app.clinic.example/hooks; plain http is allowed only to this machine.", "url");
    };
    if (url.size() > kUrlMax || !text::is_utf8(url)) return bad();
    const bool secure = url.starts_with("https://");
    if (!secure && !url.starts_with("http://")) return bad();
    const std::string_view rest = url.substr(secure ? 8 : 7);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
    const std::string_view host = authority.substr(0, authority.starts_with('[') ? authority.find(']') + 1 : authority.find(':'));
    if (host.empty() || authority.find('@') != authority.npos || url.find('#') != url.npos) return bad();
    for (const char c : url) {
        if (uint8_t(c) <= 0x20 || c == 0x7F || c == '\\' || c == '"') return bad();
    }
    if (!secure && host != "127.0.0.1" && host != "localhost" && host != "[::1]") return bad();
    return std::string(url);
}

}  // namespace

namespace endpoints {

Result<Made> create(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, const NewEndpoint& wanted) {
    TRY(const std::string url, check_url(wanted.url));
    TRY(const std::string types, check_types(wanted.types));
    int64_t standing = 0;
    TRY(tx.each("SELECT COUNT(*) FROM webhook_endpoints WHERE clinic_id = $1", [&](const store::Row& row) { standing = row.integer(0); }));
    if (standing >= kEndpointsMax) {
        return fail(Code::kTooMany, "This clinic has 20 webhook addresses. Remove one that is not used.");
    }
    TRY(const clinics::audit::Head head, clinics::audit::head(tx));
    TRY(const crypto::DataKey* key, vault.key(tx));
    Made made{.endpoint = {.id = context.ids().make<EndpointId>(),
                           .url = url,
                           .label = wanted.label,
                           .types = types,
                           .state = "active",
                           .cursor = head.seq,
                           .old_until = {},
                           .created_at = context.now()},
              .secret = make_secret(vault.entropy())};
    const std::string sealed = key->seal(made.secret.reveal(), kPurpose, vault.entropy());
    TRY(tx.execute("INSERT INTO webhook_endpoints (clinic_id, id, url, label, types, secret_sealed, old_until, "
                   "state, cursor_seq, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, NULL, 'active', $7, $8, $8)",
                   made.endpoint.id, url, wanted.label, types, store::Blob{sealed}, head.seq, context.now()));
    return made;
}

Result<std::vector<Endpoint>> list(store::ClinicTx& tx) {
    std::vector<Endpoint> all;
    TRY(tx.each("SELECT " COLUMNS "FROM webhook_endpoints WHERE clinic_id = $1 ORDER BY id",
                [&](const store::Row& row) { all.push_back(read(row)); }));
    return all;
}

Result<Endpoint> find(store::ClinicTx& tx, EndpointId id) {
    std::optional<Endpoint> found;
    TRY(tx.each("SELECT " COLUMNS "FROM webhook_endpoints WHERE clinic_id = $1 AND id = $2",
                [&](const store::Row& row) { found = read(row); }, id));
    if (!found) return fail(Code::kNotFound, "There is no such webhook.", "webhook");
    return *std::move(found);
}

Result<Made> rotate(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, EndpointId id) {
    TRY(Endpoint endpoint, find(tx, id));
    TRY(const crypto::DataKey* key, vault.key(tx));
    Secret<> secret = make_secret(vault.entropy());
    const std::string sealed = key->seal(secret.reveal(), kPurpose, vault.entropy());
    endpoint.old_until = context.now() + kOldSecretFor;
    TRY(tx.execute("DELETE FROM webhook_old_secrets WHERE clinic_id = $1 AND endpoint_id = $2 AND signs_until <= $3", id, context.now()));
    int64_t old = 0, number = 0;
    TRY(tx.each("SELECT COUNT(*), MAX(number) FROM webhook_old_secrets WHERE clinic_id = $1 AND endpoint_id = $2",
                [&](const store::Row& row) {
                    old = row.integer(0);
                    number = row.is_null(1) ? 1 : row.integer(1) + 1;
                },
                id));
    if (old >= kOldSecretsMax) {
        return fail(Code::kTooMany,
                    "This secret was changed 8 times within a day, and each of them still signs. Wait until the first day is over, or add "
                    "the address anew.");
    }
    TRY(tx.execute("INSERT INTO webhook_old_secrets (clinic_id, endpoint_id, number, secret_sealed, signs_until) "
                   "SELECT clinic_id, id, $3, secret_sealed, $4 FROM webhook_endpoints WHERE clinic_id = $1 AND id = $2",
                   id, number, *endpoint.old_until));
    TRY(tx.execute("UPDATE webhook_endpoints SET old_until = $3, secret_sealed = $4, updated_at = $5 WHERE clinic_id = $1 AND id = $2", id,
                   endpoint.old_until, store::Blob{sealed}, context.now()));
    return Made{std::move(endpoint), std::move(secret)};
}

Result<> set_state(jobs::Context& context, store::ClinicTx& tx, EndpointId id, std::string_view state) {
    TRY(const Endpoint before, find(tx, id));
    if (state != "active" && state != "stopped") return fail(Code::kInvalid, "The state must be active or stopped.", "state");
    TRY(const clinics::audit::Head head, clinics::audit::head(tx));
    const int64_t cursor = std::max(before.cursor, head.seq - kMissedMax);
    TRY(tx.execute("UPDATE webhook_endpoints SET state = $3, cursor_seq = $4, updated_at = $5 WHERE clinic_id = $1 AND id = $2", id, state,
                   cursor, context.now()));
    return {};
}

Result<> remove(store::ClinicTx& tx, EndpointId id) {
    TRY(find(tx, id));
    TRY(tx.execute("DELETE FROM webhook_deliveries WHERE clinic_id = $1 AND endpoint_id = $2", id));
    TRY(tx.execute("DELETE FROM webhook_old_secrets WHERE clinic_id = $1 AND endpoint_id = $2", id));
    TRY(tx.execute("DELETE FROM webhook_endpoints WHERE clinic_id = $1 AND id = $2", id));
    return {};
}

Result<std::vector<Secret<>>> secrets(store::ClinicTx& tx, clinics::Vault& vault, EndpointId id, Instant now) {
    std::vector<std::string> sealed;
    const auto take = [&](const store::Row& row) { sealed.push_back(row.string(0)); };
    TRY(tx.each("SELECT secret_sealed FROM webhook_endpoints WHERE clinic_id = $1 AND id = $2", take, id));
    TRY(tx.each("SELECT secret_sealed FROM webhook_old_secrets WHERE clinic_id = $1 AND endpoint_id = $2 AND signs_until > $3 "
                "ORDER BY number DESC",
                take, id, now));
    TRY(const crypto::DataKey* key, vault.key(tx));
    std::vector<Secret<>> all;
    for (const std::string& one : sealed) {
        TRY(Secret<> secret, key->open(one, kPurpose));
        all.push_back(std::move(secret));
    }
    return all;
}

}  // namespace endpoints

Secret<> make_secret(crypto::Entropy& entropy) {
    return Secret<>(std::string(kSecretPrefix) + text::to_base64(entropy.bytes(kSecretBytes)));
}

Result<> check_secret(const Secret<>& secret) {
    const std::string_view text = secret.reveal();
    const auto bytes = text.starts_with(kSecretPrefix) ? text::from_base64(text.substr(kSecretPrefix.size())) : std::nullopt;
    if (bytes && bytes->size() >= kSecretBytesLeast && bytes->size() <= kSecretBytesMost) return {};
    return fail(Code::kInvalid, "A webhook secret is whsec_ followed by 24 to 64 bytes in base64.", "secret");
}

std::string sign(const std::vector<Secret<>>& secrets, std::string_view id, int64_t seconds, std::string_view body) {
    const std::string signed_text = std::string(id) + "." + std::to_string(seconds) + "." + std::string(body);
    std::string header;
    for (const Secret<>& secret : secrets) {
        const auto bytes = text::from_base64(std::string_view(secret.reveal()).substr(kSecretPrefix.size()));
        CHECK(bytes);  // we made it
        header += (header.empty() ? "v1," : " v1,") + text::to_base64(crypto::hmac_sha256(Secret<>(*bytes), signed_text));
    }
    return header;
}

}  // namespace clinicpro::webhooks
