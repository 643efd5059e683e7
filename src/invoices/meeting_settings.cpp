// meeting_settings.cpp: rows of `meeting_config`, and the adapters made from them.
#include "invoices/meeting_settings.hpp"

#include "base/json.hpp"
#include "clinics/audit.hpp"
#include "clinics/credentials.hpp"
#include "invoices/meeting_keeper.hpp"
#include "invoices/meeting_sweep.hpp"

namespace clinicpro::invoices {
namespace {

using meetings::Kind;

#define CONFIG_COLUMNS "SELECT clinic_id, provider, base_url, settings, version, is_current, checked_at, check_note "
// The clinic's own row comes before the default (clinic 0). An OR over both would be a table of its own for SQLite.
constexpr store::Sql kCurrent = CONFIG_COLUMNS
    "FROM meeting_config WHERE clinic_id = CASE WHEN EXISTS (SELECT 1 FROM meeting_config WHERE clinic_id = $1 AND "
    "is_current = 1) THEN $1 ELSE 0 END AND is_current = 1";
constexpr store::Sql kOfKind = CONFIG_COLUMNS
    "FROM meeting_config WHERE (clinic_id = $1 OR clinic_id = 0) AND provider = $2 AND ($3 < 0 OR clinic_id = $3) "
    "ORDER BY clinic_id DESC LIMIT 1";
#undef CONFIG_COLUMNS
constexpr store::Sql kStepDown = "UPDATE meeting_config SET is_current = 0 WHERE clinic_id = $1 AND is_current = 1";
constexpr store::Sql kChoose =
    "INSERT INTO meeting_config (clinic_id, provider, base_url, is_current, updated_at, settings, version) "
    "VALUES ($1, $2, $3, 1, $4, $5, $6) ON CONFLICT (clinic_id, provider) DO UPDATE SET base_url = excluded.base_url, "
    "is_current = 1, updated_at = excluded.updated_at, settings = excluded.settings, version = excluded.version, "
    "checked_at = NULL, check_note = ''";
constexpr store::Sql kTouch =
    "UPDATE meeting_config SET version = $3, updated_at = $4, checked_at = NULL, check_note = '' "
    "WHERE clinic_id = $1 AND provider = $2";
constexpr store::Sql kNoteCheck =
    "UPDATE meeting_config SET checked_at = $3, check_note = $4 WHERE clinic_id = $1 AND provider = $2";

std::map<std::string, std::string> read_plain(std::string_view json) {
    std::map<std::string, std::string> plain;
    const auto document = json::Document::parse(json);
    CHECK(document);  // only set_adapter writes it
    for (const auto name : document->root().keys()) {
        plain[std::string(name)] = document->root()[name].scalar_if_any().value_or("");
    }
    return plain;
}

std::string write_plain(const std::map<std::string, std::string>& plain) {
    json::Writer w;
    w.begin_object();
    for (const auto& [name, value] : plain) {
        if (!value.empty()) w.field(name, value);
    }
    return w.end_object().take();
}

MeetingSettings::Choice read(const store::Row& row) {
    const auto kind = meetings::parse_kind(row.text(1));
    CHECK(kind);  // only set_adapter writes it
    const ClinicId owner{row.integer(0)};
    return {.settings = {*kind, row.string(2), read_plain(row.text(3))},
            .is_default = owner == kSystem,
            .is_current = row.integer(5) != 0,
            .owner = owner,
            .version = row.integer(4),
            .checked_at = row.maybe_instant(6),
            .check_note = row.string(7)};
}

// Chosen before it was connected: everything is right but what only the user's consent brings.
bool is_to_be_connected(Kind kind, const Error& error) {
    return kind == Kind::kGoogleMeet && error.field == "refresh_token" && error.code == Code::kConfig;
}

}  // namespace

std::string credential_name(Kind kind, std::string_view secret) {
    switch (kind) {
        case Kind::kSimple: return "jitsi." + std::string(secret);
        case Kind::kGoogleMeet: return "google." + std::string(secret);
        case Kind::kZoom: return "zoom." + std::string(secret);
    }
    return {};
}

MeetingSettings::MeetingSettings(clinics::Vault& vault, crypto::Entropy& entropy, Factory factory)
    : vault_(vault),
      factory_(factory ? std::move(factory)
                       : [&entropy](store::ClinicTx&, const meetings::ProviderSettings& settings) {
                             return meetings::make_adapter(settings, entropy);
                         }) {}

Result<> MeetingSettings::set_adapter(jobs::Context& context, store::ClinicTx& tx,
                                      const meetings::ProviderSettings& settings, std::string_view actor) {
    clinics::Credentials credentials(vault_);
    meetings::ProviderSettings whole = settings;
    TRY(const auto before, of_kind(tx, settings.kind, tx.clinic()));
    if (before) {
        TRY(auto stored, with_secrets(tx, *before));
        whole.secrets.merge(stored.secrets);  // what is given stands
    }
    std::erase_if(whole.secrets, [](const auto& secret) { return secret.second.empty(); });
    if (auto tried = factory_(tx, whole); !tried && !is_to_be_connected(settings.kind, tried.error())) {
        return std::unexpected(std::move(tried).error());
    }
    for (const auto& [name, value] : settings.secrets) {
        const std::string stored_as = credential_name(settings.kind, name);
        if (!value.empty()) {
            TRY(credentials.put(tx, stored_as, value, context.now()));
        } else if (auto removed = credentials.remove(tx, stored_as);
                   !removed && removed.error().code != Code::kNotFound) {
            return removed;
        }
    }
    TRY(tx.execute(kStepDown));
    TRY(tx.execute(kChoose, meetings::to_string(settings.kind), settings.base_url, context.now(),
                   write_plain(settings.plain), context.ids().next()));
    tx.forget<std::optional<Choice>>();
    json::Writer detail;
    detail.begin_object().field("provider", meetings::to_string(settings.kind)).field("base_url", settings.base_url);
    for (const auto& [name, value] : settings.plain) {
        if (!value.empty() && name != "base_url" && name != "provider") detail.field(name, value);
    }
    detail.end_object();
    TRY(clinics::audit::append(tx, {context.now(), actor, "meeting.adapter_set",
                                    tx.clinic() == kSystem ? "default" : "clinic", detail.take()}));
    TRY(meeting_sweeps::hasten(context, tx));
    return meeting_keeper::retry_failed(context, tx);
}

Result<> MeetingSettings::set_secret(jobs::Context& context, store::ClinicTx& tx, Kind kind, std::string_view name,
                                     const Secret<>& value, std::string_view actor) {
    TRY(auto choice, of_kind(tx, kind, tx.clinic()));
    if (!choice) return fail(Code::kConflict, "This provider is not set up here any more. Choose it again first.");
    TRY(auto whole, with_secrets(tx, *choice));
    whole.secrets.insert_or_assign(std::string(name), value);
    TRY(factory_(tx, whole));
    TRY(clinics::Credentials(vault_).put(tx, credential_name(kind, name), value, context.now()));
    TRY(tx.execute(kTouch, meetings::to_string(kind), context.ids().next(), context.now()));
    tx.forget<std::optional<Choice>>();
    TRY(clinics::audit::append(
        tx, {context.now(), actor, "meeting.connected", tx.clinic() == kSystem ? "default" : "clinic",
             json::Writer().begin_object().field("provider", meetings::to_string(kind)).end_object().take()}));
    return meeting_keeper::retry_failed(context, tx);
}

Result<> MeetingSettings::clear_adapter(jobs::Context& context, store::ClinicTx& tx, std::string_view actor) {
    if (tx.clinic() == kSystem) {
        return fail(Code::kInvalid, "The default provider can be changed but not removed.", "clinic");
    }
    TRY(const int64_t rows, tx.execute(kStepDown));
    tx.forget<std::optional<Choice>>();
    if (rows == 0) return {};
    TRY(clinics::audit::append(tx, {context.now(), actor, "meeting.adapter_cleared", "clinic"}));
    return meeting_keeper::retry_failed(context, tx);
}

Result<std::optional<MeetingSettings::Choice>> MeetingSettings::current(store::ClinicTx& tx) {
    return tx.remember<std::optional<Choice>>([&]() -> Result<std::optional<Choice>> {
        std::optional<Choice> found;
        TRY(tx.each(kCurrent, [&](const store::Row& row) { found = read(row); }));
        return found;
    });
}

Result<std::optional<MeetingSettings::Choice>> MeetingSettings::of_kind(store::ClinicTx& tx, Kind kind, ClinicId owner) {
    std::optional<Choice> found;
    TRY(tx.each(kOfKind, [&](const store::Row& row) { found = read(row); }, meetings::to_string(kind), owner));
    return found;
}

Result<meetings::ProviderSettings> MeetingSettings::with_secrets(store::ClinicTx& tx, const Choice& choice) {
    clinics::Credentials credentials(vault_);
    store::ClinicTx owner(tx.raw(), choice.owner);
    meetings::ProviderSettings whole = choice.settings;
    TRY(const auto names, secrets_set(tx, choice));
    for (const std::string& name : names) {
        TRY(Secret<> value, credentials.get(owner, credential_name(choice.settings.kind, name)));
        whole.secrets.emplace(name, std::move(value));
    }
    return whole;
}

Result<std::vector<std::string>> MeetingSettings::secrets_set(store::ClinicTx& tx, const Choice& choice) {
    clinics::Credentials credentials(vault_);
    store::ClinicTx owner(tx.raw(), choice.owner);
    const std::string prefix = credential_name(choice.settings.kind, "");
    TRY(const auto listed, credentials.list(owner));
    std::vector<std::string> names;
    for (const auto& one : listed) {
        if (one.name.starts_with(prefix)) names.push_back(one.name.substr(prefix.size()));
    }
    return names;
}

Result<> MeetingSettings::note_check(store::ClinicTx& tx, const Choice& choice, Instant at, std::string_view note) {
    store::ClinicTx owner(tx.raw(), choice.owner);
    TRY(owner.execute(kNoteCheck, meetings::to_string(choice.settings.kind), at, note));
    owner.forget<std::optional<Choice>>();
    return {};
}

Result<Provider> MeetingSettings::provider(store::ClinicTx& tx) {
    TRY(const auto choice, current(tx));
    if (!choice) {
        return fail(Code::kConfig,
                    "No meeting provider is chosen for this clinic. Choose one in its settings, such as simple.",
                    "kind");
    }
    return provider(tx, *choice);
}

Result<Provider> MeetingSettings::provider(store::ClinicTx& tx, Kind kind, ClinicId owner) {
    TRY(const auto choice, of_kind(tx, kind, owner));
    if (!choice) {
        return fail(Code::kConfig,
                    "The meeting provider " + std::string(meetings::to_string(kind)) +
                        " made this meeting but is not set up for this clinic. Set it up again.",
                    "kind");
    }
    return provider(tx, *choice);
}

Result<Provider> MeetingSettings::provider(store::ClinicTx& tx, const Choice& choice) {
    const Kind kind = choice.settings.kind;
    const Key key{choice.owner, kind, choice.version};
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = adapters_.find(key); found != adapters_.end()) {
            return Provider{found->second, kind, choice.owner, choice.version};
        }
    }
    TRY(const auto whole, with_secrets(tx, choice));
    TRY(std::shared_ptr<const meetings::Adapter> adapter, factory_(tx, whole));
    const std::lock_guard lock(mutex_);
    // Those of earlier versions are not asked for any more.
    std::erase_if(adapters_, [&](const auto& entry) {
        return std::get<ClinicId>(entry.first) == choice.owner && std::get<Kind>(entry.first) == kind;
    });
    adapters_[key] = adapter;
    return Provider{std::move(adapter), kind, choice.owner, choice.version};
}

}  // namespace clinicpro::invoices
