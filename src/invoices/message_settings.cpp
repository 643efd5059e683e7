#include "invoices/message_settings.hpp"

#include "base/json.hpp"
#include "clinics/audit.hpp"
#include "clinics/credentials.hpp"

namespace clinicpro::invoices {
namespace {

constexpr std::string_view kSms = "sms";
constexpr std::string_view kMail = "mail";
constexpr std::string_view kSmsApiKey = "messaging.sms_api_key";
constexpr std::string_view kMailPassword = "messaging.mail_password";

// The clinic's own row comes before the default (clinic 0; meeting_settings.cpp).
constexpr store::Sql kCurrent =
    "SELECT clinic_id, sms, sms_environment, sms_base_url, sms_username, sms_sender, quiet_from, quiet_until, "
    "report_generation, mail, mail_host, mail_port, mail_security, mail_username, mail_from, mail_from_name, "
    "sms_tried_at, sms_trial_note, mail_tried_at, mail_trial_note "
    "FROM messaging_config WHERE clinic_id = CASE WHEN EXISTS (SELECT 1 FROM messaging_config WHERE clinic_id = $1) "
    "THEN $1 ELSE 0 END";
constexpr store::Sql kSave =
    "INSERT INTO messaging_config (clinic_id, sms, mail, sms_environment, sms_base_url, sms_username, sms_sender, "
    "mail_host, mail_port, mail_security, mail_username, mail_from, mail_from_name, quiet_from, quiet_until, "
    "report_generation, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $16) "
    "ON CONFLICT (clinic_id) DO UPDATE SET sms = excluded.sms, mail = excluded.mail, mail_host = excluded.mail_host, "
    "mail_port = excluded.mail_port, mail_security = excluded.mail_security, mail_username = excluded.mail_username, "
    "mail_from = excluded.mail_from, mail_from_name = excluded.mail_from_name, sms_environment = "
    "excluded.sms_environment, "
    "sms_base_url = excluded.sms_base_url, sms_username = excluded.sms_username, sms_sender = excluded.sms_sender, "
    "quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until, updated_at = excluded.updated_at";
constexpr store::Sql kNoteSms =
    "UPDATE messaging_config SET sms_tried_at = $2, sms_trial_note = $3 WHERE clinic_id = $1";
constexpr store::Sql kNoteMail =
    "UPDATE messaging_config SET mail_tried_at = $2, mail_trial_note = $3 WHERE clinic_id = $1";
constexpr store::Sql kRotate =
    "UPDATE messaging_config SET report_generation = report_generation + 1, updated_at = $2 WHERE clinic_id = $1 "
    "RETURNING report_generation";

// Empty when it is not set: then the settings have a problem that can be named and repaired.
Result<Secret<>> credential(store::ClinicTx& tx, clinics::Vault& vault, std::string_view name) {
    auto found = clinics::Credentials(vault).get(tx, name);
    if (!found && found.error().code == Code::kNotFound) return Secret<>();
    return found;
}

// An empty value takes the stored one; a new one is sealed.
Result<> keep_or_put(store::ClinicTx& tx, clinics::Vault& vault, std::string_view name, Secret<>& value, Instant now) {
    if (value.empty()) {
        TRY(value, credential(tx, vault, name));
        return {};
    }
    return clinics::Credentials(vault).put(tx, name, value, now);
}

// What was found of another account says nothing of this one.
Result<> forget_trials(store::ClinicTx& tx, const std::optional<MessageSettings::Choice>& before,
                       const messaging::Settings& now) {
    if (!before || before->owner != tx.clinic()) return {};
    if (before->settings.sms_account != now.sms_account) {
        TRY(MessageSettings::note_trial(tx, tx.clinic(), kSms, MessageSettings::Tried{}));
    }
    if (before->settings.mail_account != now.mail_account) {
        TRY(MessageSettings::note_trial(tx, tx.clinic(), kMail, MessageSettings::Tried{}));
    }
    return {};
}

}  // namespace

Result<std::optional<MessageSettings::Choice>> MessageSettings::current(store::ClinicTx& tx, clinics::Vault& vault) {
    std::optional<Choice> found;
    TRY(tx.each(kCurrent, [&](const store::Row& row) {
        found.emplace();
        messaging::Settings& s = found->settings;
        found->owner = ClinicId{row.integer(0)};
        s.sms = row.integer(1) != 0;
        s.sms_account.environment = *messaging::sms_environment_from(row.text(2));
        s.sms_account.base_url = row.string(3);
        s.sms_account.username = row.string(4);
        s.sms_account.sender_id = row.string(5);
        s.quiet = {int(row.integer(6)), int(row.integer(7))};
        s.report_generation = int(row.integer(8));
        s.mail = row.integer(9) != 0;
        s.mail_account.host = row.string(10);
        s.mail_account.port = int(row.integer(11));
        s.mail_account.security = *messaging::mail_security_from(row.text(12));
        s.mail_account.username = row.string(13);
        s.mail_account.from = row.string(14);
        s.mail_account.from_name = row.string(15);
        found->sms_tried = {row.maybe_instant(16), row.string(17)};
        found->mail_tried = {row.maybe_instant(18), row.string(19)};
    }));
    if (!found) return found;
    store::ClinicTx owner(tx.raw(), found->owner);
    TRY(found->settings.sms_account.api_key, credential(owner, vault, kSmsApiKey));
    if (!found->settings.mail_account.username.empty()) {
        TRY(found->settings.mail_account.password, credential(owner, vault, kMailPassword));
    }
    return found;
}

Result<> MessageSettings::save(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault,
                               messaging::Settings settings, std::string_view actor) {
    const messaging::SmsAccount& sms = settings.sms_account;
    const messaging::MailAccount& mail = settings.mail_account;
    TRY(const auto before, current(tx, vault));
    TRY(keep_or_put(tx, vault, kSmsApiKey, settings.sms_account.api_key, context.now()));
    TRY(keep_or_put(tx, vault, kMailPassword, settings.mail_account.password, context.now()));
    TRY(messaging::validate(settings));
    TRY(tx.execute(kSave, settings.sms, settings.mail, to_string(sms.environment), sms.base_url, sms.username,
                   sms.sender_id, mail.host, mail.port, messaging::to_string(mail.security), mail.username, mail.from,
                   mail.from_name, settings.quiet.from, settings.quiet.until, context.now()));
    tx.forget<std::optional<Choice>>();
    TRY(forget_trials(tx, before, settings));
    json::Writer detail;
    detail.begin_object().field("sms", settings.sms).field("sender_id", sms.sender_id);
    detail.field("mail", settings.mail).field("mail_host", mail.host);
    detail.field("quiet_from", messaging::minute_of_day(settings.quiet.from));
    detail.field("quiet_until", messaging::minute_of_day(settings.quiet.until)).end_object();
    TRY(clinics::audit::append(tx, {context.now(), actor, "messaging.configured",
                                    tx.clinic() == kSystem ? "default" : "clinic", detail.take()}));
    return {};
}

Result<> MessageSettings::note_trial(store::ClinicTx& tx, ClinicId owner, std::string_view channel,
                                     const std::optional<Tried>& tried) {
    if (!tried || owner != tx.clinic()) return {};
    TRY(tx.execute(channel == kMail ? kNoteMail : kNoteSms, tried->at, tried->note));
    tx.forget<std::optional<Choice>>();
    return {};
}

Result<> MessageSettings::clear(jobs::Context& context, store::ClinicTx& tx, std::string_view actor) {
    TRY(const int64_t rows, tx.execute("DELETE FROM messaging_config WHERE clinic_id = $1"));
    if (rows == 0) return {};
    tx.forget<std::optional<Choice>>();
    TRY(tx.execute("DELETE FROM credentials WHERE clinic_id = $1 AND name LIKE 'messaging.%'"));
    TRY(clinics::audit::append(
        tx, {context.now(), actor, "messaging.cleared", tx.clinic() == kSystem ? "default" : "clinic"}));
    return {};
}

Result<int> MessageSettings::rotate_reports(store::ClinicTx& tx, std::string_view actor, Instant now) {
    int generation = 0;
    TRY(tx.each(kRotate, [&](const store::Row& row) { generation = int(row.integer(0)); }, now));
    if (generation == 0) {
        return fail(Code::kNotFound, "There are no messaging settings here yet. Set them first.");
    }
    tx.forget<std::optional<Choice>>();
    TRY(clinics::audit::append(tx, {now, actor, "messaging.reports_rotated", "messaging"}));
    return generation;
}

Result<std::shared_ptr<messaging::Channel>> MessageSettings::channel(const std::optional<Choice>& choice,
                                                                     std::string_view name, Instant now) {
    if (name == kMail) {
        if (!choice || !choice->settings.mail) {
            return fail(Code::kConfig,
                        "Mail is not switched on for this clinic. Switch it on in its messaging "
                        "settings, then send this again.");
        }
        return std::make_shared<messaging::MailSmtp>(choice->settings.mail_account, now);
    }
    if (name == kSms) {
        if (!choice || !choice->settings.sms) {
            return fail(Code::kConfig,
                        "SMS is not switched on for this clinic. Switch it on in its messaging "
                        "settings, then send this again.");
        }
        return std::make_shared<messaging::SmsAfricasTalking>(choice->settings.sms_account);
    }
    if (name != otherwise_.name()) {
        return fail(Code::kConfig, "This program has no channel \"" + std::string(name) + "\".");
    }
    return std::shared_ptr<messaging::Channel>(std::shared_ptr<void>(), &otherwise_);  // not ours to delete
}

std::string_view MessageSettings::first_channel(const std::optional<Choice>& choice) const {
    if (choice && choice->settings.sms) return kSms;
    return choice && choice->settings.mail ? kMail : otherwise_.name();
}

messaging::Delivery MessageSettings::read_answer(std::string_view channel, const net::Outcome& outcome) {
    if (channel == kSms) return messaging::SmsAfricasTalking::read_answer(outcome);
    if (channel == kMail) return messaging::MailSmtp::read_answer(outcome);
    return otherwise_.absorb(outcome);
}

std::string report_url(std::string_view public_url, const clinics::LinkSigner& links, ClinicId account,
                       int generation) {
    return std::string(public_url) + std::string(kReportPath) +
           links.hex({clinics::Link::Purpose::kDeliveryReport, account, 0, uint8_t(generation)});
}

}  // namespace clinicpro::invoices
