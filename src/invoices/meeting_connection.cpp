// meeting_connection.cpp: rows of `meeting_connections`.
#include "invoices/meeting_connection.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "clinics/audit.hpp"
#include "invoices/meeting_keeper.hpp"

namespace clinicpro::invoices::meeting_connections {
namespace {

constexpr char kMarkSign = '@';
constexpr std::string_view kGrant = "meeting.grant";
constexpr size_t kNoteMax = 500;

constexpr store::Sql kLoad =
    "SELECT sealed, expires_at, api_url, asked_until, broken_at, note FROM meeting_connections WHERE clinic_id = $1 "
    "AND provider = $2 AND account = $3 AND version = $4";
constexpr store::Sql kRow =
    "INSERT INTO meeting_connections (clinic_id, provider, account, version, expires_at, api_url, asked_until, note) "
    "VALUES ($1, $2, $3, $4, 0, '', 0, '') ON CONFLICT (clinic_id, provider, account) DO UPDATE SET "
    "version = excluded.version, sealed = NULL, expires_at = 0, api_url = '', asked_until = 0, broken_at = NULL, "
    "note = '' WHERE meeting_connections.version <> excluded.version";
constexpr store::Sql kKeep =
    "UPDATE meeting_connections SET sealed = $5, expires_at = $6, api_url = $7, asked_until = 0 WHERE clinic_id = $1 "
    "AND provider = $2 AND account = $3 AND version = $4";
constexpr store::Sql kFetching =
    "UPDATE meeting_connections SET asked_until = $5 WHERE clinic_id = $1 AND provider = $2 AND account = $3 "
    "AND version = $4";
constexpr store::Sql kBroke =
    "UPDATE meeting_connections SET broken_at = $5, note = $6, sealed = NULL, expires_at = 0, asked_until = 0 "
    "WHERE clinic_id = $1 AND provider = $2 AND account = $3 AND version = $4 AND broken_at IS NULL";
constexpr store::Sql kMended =
    "UPDATE meeting_connections SET broken_at = NULL, note = '' WHERE clinic_id = $1 AND provider = $2 "
    "AND account = $3 AND version = $4 AND broken_at IS NOT NULL";
constexpr store::Sql kBroken =
    "SELECT account, broken_at, note FROM meeting_connections WHERE clinic_id = $1 AND provider = $2 AND version = $3 "
    "AND broken_at IS NOT NULL ORDER BY account LIMIT $4";

Result<> row_for(store::ClinicTx& owner, const Connection& c) {
    TRY(owner.execute(kRow, c.provider, c.account, c.version));
    return {};
}

Result<> audit(jobs::Context& context, store::ClinicTx& owner, const Connection& c, std::string_view actor,
               std::string_view action, std::string_view note) {
    json::Writer detail;
    detail.begin_object().field("provider", c.provider).field("account", c.account);
    if (!note.empty()) detail.field("why", note);
    detail.end_object();
    TRY(clinics::audit::append(owner, {context.now(), actor, action, owner.clinic() == kSystem ? "default" : "clinic",
                                       detail.take()}));
    return {};
}

}  // namespace

Result<Connection> load(store::ClinicTx& tx, clinics::Vault& vault, const Provider& provider, std::string account) {
    Connection found{.owner = provider.owner,
                     .provider = std::string(meetings::to_string(provider.kind)),
                     .account = std::move(account),
                     .version = provider.version};
    if (provider.kind == meetings::Kind::kSimple) return found;
    store::ClinicTx owner(tx.raw(), provider.owner);
    std::string sealed;
    TRY(owner.each(
        kLoad,
        [&](const store::Row& row) {
            sealed = row.text(0);
            found.grant.expires_at = row.instant(1);
            found.grant.api_url = row.text(2);
            found.asked_until = row.instant(3);
            found.broken_at = row.maybe_instant(4);
            found.note = row.text(5);
        },
        found.provider, found.account, found.version));
    if (sealed.empty()) {
        found.grant = {};
        return found;
    }
    TRY(const crypto::DataKey* key, vault.key(owner));
    TRY(found.grant.token, key->open(sealed, kGrant));
    return found;
}

Result<> keep(store::ClinicTx& tx, clinics::Vault& vault, const Connection& c, const meetings::Grant& grant) {
    store::ClinicTx owner(tx.raw(), c.owner);
    TRY(row_for(owner, c));
    std::optional<std::string> sealed;
    if (!grant.token.empty()) {
        TRY(const crypto::DataKey* key, vault.key(owner));
        sealed = key->seal(grant.token.reveal(), kGrant, vault.entropy());
    }
    const std::optional<store::Blob> bytes = sealed ? std::optional(store::Blob{*sealed}) : std::nullopt;
    TRY(owner.execute(kKeep, c.provider, c.account, c.version, bytes, grant.expires_at, grant.api_url));
    return {};
}

Result<> fetching(store::ClinicTx& tx, const Connection& c, Instant until) {
    store::ClinicTx owner(tx.raw(), c.owner);
    TRY(row_for(owner, c));
    TRY(owner.execute(kFetching, c.provider, c.account, c.version, until));
    return {};
}

std::string mark_of(const meetings::Grant& grant) {
    return std::to_string(grant.expires_at.micros);
}

std::string marked(std::string_view step, const meetings::Grant& grant) {
    return std::string(step) + kMarkSign + mark_of(grant);
}

Unmarked unmarked(std::string_view step) {
    const size_t sign = step.find(kMarkSign);
    return sign == step.npos ? Unmarked{step, {}} : Unmarked{step.substr(0, sign), step.substr(sign + 1)};
}

Result<> broke(jobs::Context& context, store::ClinicTx& tx, const Connection& c, std::string_view note) {
    store::ClinicTx owner(tx.raw(), c.owner);
    TRY(row_for(owner, c));
    const std::string_view why = text::clip(note, kNoteMax);
    TRY(const int64_t rows, owner.execute(kBroke, c.provider, c.account, c.version, context.now(), why));
    if (rows == 0) return {};  // known already
    log::warn("meeting.connection_broken", {{"clinic", c.owner.value}, {"provider", c.provider}});
    return audit(context, owner, c, "system", "meeting.connection_broken", why);
}

Result<> mended(jobs::Context& context, store::ClinicTx& tx, const Connection& c, std::string_view actor) {
    store::ClinicTx owner(tx.raw(), c.owner);
    TRY(const int64_t rows, owner.execute(kMended, c.provider, c.account, c.version));
    if (rows == 0) return {};
    TRY(audit(context, owner, c, actor, "meeting.connection_mended", {}));
    return meeting_keeper::retry_failed(context, owner);
}

Result<std::vector<Broken>> broken(store::ClinicTx& tx, const MeetingSettings::Choice& choice) {
    store::ClinicTx owner(tx.raw(), choice.owner);
    std::vector<Broken> found;
    TRY(owner.each(
        kBroken,
        [&](const store::Row& row) { found.push_back({row.string(0), row.instant(1), row.string(2)}); },
        meetings::to_string(choice.settings.kind), choice.version, kListMax));
    return found;
}

}  // namespace clinicpro::invoices::meeting_connections
