#include "invoices/meeting_settings.hpp"

#include "base/json.hpp"
#include "clinics/audit.hpp"
#include "invoices/meeting_keeper.hpp"

namespace clinicpro::invoices {
namespace {

// The clinic's own row (clinic_id above 0) comes before the default.
constexpr store::Sql kCurrent =
    "SELECT clinic_id, provider, base_url FROM meeting_config WHERE (clinic_id = $1 OR clinic_id = 0) AND is_current = "
    "1 "
    "ORDER BY clinic_id DESC LIMIT 1";
constexpr store::Sql kOfKind =
    "SELECT clinic_id, provider, base_url FROM meeting_config WHERE (clinic_id = $1 OR clinic_id = 0) AND provider = "
    "$2 "
    "ORDER BY clinic_id DESC LIMIT 1";
constexpr store::Sql kStepDown = "UPDATE meeting_config SET is_current = 0 WHERE clinic_id = $1 AND is_current = 1";
constexpr store::Sql kChoose =
    "INSERT INTO meeting_config (clinic_id, provider, base_url, is_current, updated_at) VALUES ($1, $2, $3, 1, $4) "
    "ON CONFLICT (clinic_id, provider) DO UPDATE SET base_url = excluded.base_url, is_current = 1, "
    "updated_at = excluded.updated_at";

MeetingSettings::Choice read(const store::Row& row) {
    const auto kind = meetings::parse_kind(row.text(1));
    CHECK(kind);  // only set_adapter writes it
    return {{*kind, row.string(2)}, row.integer(0) == kSystem.value};
}

}  // namespace

MeetingSettings::MeetingSettings(crypto::Entropy& entropy, Factory factory)
    : factory_(factory ? std::move(factory)
                       : [&entropy](store::ClinicTx&, const meetings::ProviderSettings& settings) {
                             return meetings::make_adapter(settings, entropy);
                         }) {}

Result<> MeetingSettings::set_adapter(jobs::Context& context, store::ClinicTx& tx,
                                      const meetings::ProviderSettings& settings, std::string_view actor) {
    forget(tx.clinic());  // credentials may have changed with it
    TRY(made(tx, settings));
    TRY(tx.execute(kStepDown));
    TRY(tx.execute(kChoose, meetings::to_string(settings.kind), settings.base_url, context.now()));
    json::Writer detail;
    detail.begin_object().field("provider", meetings::to_string(settings.kind)).field("base_url", settings.base_url);
    detail.end_object();
    TRY(clinics::audit::append(tx, {context.now(), actor, "meeting.adapter_set",
                                    tx.clinic() == kSystem ? "default" : "clinic", detail.take()}));
    return tx.clinic() == kSystem ? Result<>() : meeting_keeper::retry_failed(context, tx);
}

Result<> MeetingSettings::clear_adapter(jobs::Context& context, store::ClinicTx& tx, std::string_view actor) {
    if (tx.clinic() == kSystem) {
        return fail(Code::kInvalid, "The default provider can be changed but not removed.", "clinic");
    }
    TRY(const int64_t rows, tx.execute(kStepDown));
    if (rows == 0) return {};
    TRY(clinics::audit::append(tx, {context.now(), actor, "meeting.adapter_cleared", "clinic"}));
    return {};
}

Result<std::optional<MeetingSettings::Choice>> MeetingSettings::current(store::ClinicTx& tx) {
    std::optional<Choice> found;
    TRY(tx.each(kCurrent, [&](const store::Row& row) { found = read(row); }));
    return found;
}

Result<std::shared_ptr<const meetings::Adapter>> MeetingSettings::adapter(store::ClinicTx& tx) {
    TRY(const auto choice, current(tx));
    if (!choice) {
        return fail(Code::kConfig,
                    "No meeting provider is chosen for this clinic. Choose one in its settings, such as simple.",
                    "kind");
    }
    return made(tx, choice->settings);
}

Result<std::shared_ptr<const meetings::Adapter>> MeetingSettings::adapter(store::ClinicTx& tx, meetings::Kind kind) {
    std::optional<Choice> found;
    TRY(tx.each(kOfKind, [&](const store::Row& row) { found = read(row); }, meetings::to_string(kind)));
    if (!found) {
        return fail(Code::kConfig,
                    "The meeting provider " + std::string(meetings::to_string(kind)) +
                        " made this meeting but is not set up for this clinic. Set it up again.",
                    "kind");
    }
    return made(tx, found->settings);
}

Result<std::shared_ptr<const meetings::Adapter>> MeetingSettings::made(store::ClinicTx& tx,
                                                                       const meetings::ProviderSettings& settings) {
    const Key key{tx.clinic(), settings.kind, settings.base_url};
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = adapters_.find(key); found != adapters_.end()) return found->second;
    }
    TRY(std::shared_ptr<const meetings::Adapter> adapter, factory_(tx, settings));
    const std::lock_guard lock(mutex_);
    adapters_[key] = adapter;
    return adapter;
}

void MeetingSettings::forget(ClinicId clinic) {
    const std::lock_guard lock(mutex_);
    std::erase_if(adapters_, [&](const auto& entry) {
        return clinic == kSystem || std::get<ClinicId>(entry.first) == clinic;
    });
}

}  // namespace clinicpro::invoices
