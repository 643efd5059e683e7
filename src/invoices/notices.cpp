#include "invoices/notices.hpp"

#include "base/log.hpp"
#include "invoices/notice_rows.hpp"

namespace clinicpro::invoices {
namespace {

constexpr store::Sql kInsert =
    "INSERT INTO notices (clinic_id, id, effect_key, template, patient_id, invoice_id, appointment_id, transaction_id, "
    "amount, rest, channel, state, provider_id, note, created_at, receipt) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 'queued', '', '', $11, $12) ON CONFLICT DO NOTHING";
constexpr store::Sql kMailCopy =
    "INSERT INTO notices (clinic_id, id, effect_key, template, patient_id, invoice_id, appointment_id, transaction_id, "
    "amount, rest, channel, state, provider_id, note, created_at, receipt) "
    "SELECT clinic_id, CAST($3 AS BIGINT), effect_key || '#mail', template, patient_id, invoice_id, appointment_id, "
    "transaction_id, "
    "amount, rest, 'mail', 'queued', '', '', CAST($4 AS BIGINT), receipt FROM notices WHERE clinic_id = $1 AND id = $2 "
    "ON CONFLICT DO NOTHING";
// Only what no channel has seen yet: a message on its way is no longer ours to take back.
constexpr store::Sql kDropOutdated =
    "UPDATE notices SET state = 'dropped', note = $3 WHERE clinic_id = $1 AND appointment_id = $2 AND "
    "appointment_id IS NOT NULL AND state = 'queued' AND body_sealed IS NULL AND template IN ('link_ready', "
    "'visit_moved', 'reminder_day', 'reminder_hour')";
constexpr store::Sql kList =
    "SELECT id, template, patient_id, invoice_id, appointment_id, channel, state, body_sealed, note, delivery, parts, "
    "created_at, sent_at "
    "FROM notices WHERE clinic_id = $1 AND (CAST($2 AS BIGINT) = 0 OR id < $2) AND ($3 = '' OR state = $3) "
    "AND (CAST($4 AS BIGINT) = 0 OR invoice_id = $4) AND (CAST($5 AS BIGINT) = 0 OR patient_id = $5) "
    "AND (CAST($6 AS BIGINT) = 0 OR appointment_id = $6) ORDER BY id DESC LIMIT $7";
constexpr store::Sql kRequeue =
    "UPDATE notices SET state = 'queued', provider_id = '', delivery = '', unknowns = 0, "
    "channel = CASE WHEN $3 = '' THEN channel ELSE $3 END WHERE clinic_id = $1 AND id = $2 AND state = 'failed'";

// Over all clinics: the server's own account carries messages of many.
constexpr store::Sql kReported =
    "SELECT clinic_id, id, delivery FROM notices WHERE account = $1 AND provider_id = $2 "
    "AND provider_id <> '' AND (clinic_id = $1 OR $1 = 0)";
constexpr store::Sql kDelivery =
    "UPDATE notices SET delivery = $3, note = $4, state = $5 WHERE clinic_id = $1 AND id = $2 AND delivery = $6 "
    "AND state IN ('sent', 'failed')";
constexpr store::Sql kKeepEarly =
    "INSERT INTO sms_reports (clinic_id, provider_id, delivery, note, at) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (clinic_id, provider_id) DO UPDATE SET delivery = excluded.delivery, note = excluded.note, "
    "at = excluded.at WHERE sms_reports.delivery NOT IN ('delivered', 'failed')";
constexpr store::Sql kForgetEarly = "DELETE FROM sms_reports WHERE clinic_id = $1 AND at < $2";
constexpr store::Sql kEarly =
    "DELETE FROM sms_reports WHERE clinic_id = $1 AND provider_id = $2 RETURNING delivery, note, at";
constexpr Duration kEarlyKept = 24h;  // the answer that names a message comes within minutes

template <class T>
std::optional<int64_t> or_null(T id) {
    return id ? std::optional(id.value) : std::nullopt;
}

}  // namespace

namespace notices {

Result<> queue(jobs::Context& context, store::ClinicTx& tx, const NewNotice& wanted) {
    const auto id = context.ids().make<NoticeId>();
    TRY(const int64_t rows,
        tx.execute(kInsert, id, wanted.effect_key, messaging::to_string(wanted.which), wanted.patient,
                   or_null(wanted.invoice), or_null(wanted.appointment), or_null(wanted.transaction), wanted.amount,
                   wanted.rest, context.now(), wanted.receipt));
    if (rows == 0) return {};  // this effect already has its message
    return context.enqueue(tx, {tx.clinic(), std::string(kSendNoticeJob), id.value, context.now()});
}

Result<> queue_refunded(jobs::Context& context, store::ClinicTx& tx, const Refunded& refund) {
    return queue(context, tx,
                 {.effect_key = "refunded:" + refund.effect,
                  .which = messaging::Template::kRefunded,
                  .patient = refund.patient,
                  .invoice = refund.invoice,
                  .transaction = refund.transaction,
                  .amount = refund.amount,
                  .receipt = refund.receipt});
}

Result<> queue_mail_copy(jobs::Context& context, store::ClinicTx& tx, NoticeId id) {
    const auto copy = context.ids().make<NoticeId>();
    TRY(const int64_t rows, tx.execute(kMailCopy, id, copy, context.now()));
    if (rows == 0) return {};
    return context.enqueue(tx, {tx.clinic(), std::string(kSendNoticeJob), copy.value, context.now()});
}

Result<> drop_outdated(store::ClinicTx& tx, AppointmentId visit, std::string_view why) {
    TRY(tx.execute(kDropOutdated, visit, why));
    return {};
}

Result<std::vector<Notice>> list(store::ClinicTx& tx, clinics::Vault& vault, const Page& page) {
    TRY(const crypto::DataKey* key, vault.key(tx));
    std::vector<Notice> found;
    TRY(tx.each(
        kList,
        [&](const store::Row& row) {
            std::string body;
            if (!row.is_null(7)) {
                const auto opened = key->open(row.text(7), kSealedBody);
                body = opened ? opened->reveal() : "(this text cannot be opened)";
            }
            found.push_back({.id = row.id<NoticeId>(0),
                             .which = row.string(1),
                             .patient = row.id<PatientId>(2),
                             .invoice = row.id<InvoiceId>(3),
                             .appointment = row.id<AppointmentId>(4),
                             .channel = row.string(5),
                             .state = row.string(6),
                             .body = std::move(body),
                             .note = row.string(8),
                             .delivery = row.string(9),
                             .parts = int(row.integer(10)),
                             .created_at = row.instant(11),
                             .sent_at = row.maybe_instant(12)});
        },
        page.before, page.state, page.invoice, page.patient, page.appointment, std::clamp(page.limit, 1, kPageMax)));
    return found;
}

Result<> retry(jobs::Context& context, store::ClinicTx& tx, NoticeId id, std::string_view channel) {
    TRY(const int64_t rows, tx.execute(kRequeue, id, channel));
    if (rows != 1) {
        TRY(const int64_t there, tx.execute("SELECT 1 FROM notices WHERE clinic_id = $1 AND id = $2", id));
        if (there == 0) return fail(Code::kNotFound, "There is no message under this id.");
        return fail(Code::kConflict, "Only a message that failed can be sent again.");
    }
    return context.enqueue(tx, {tx.clinic(), std::string(kSendNoticeJob), id.value, context.now()});
}

Result<> report(store::Tx& tx, ClinicId account, const messaging::DeliveryReport& report, Instant now) {
    struct Known {
        ClinicId clinic;
        NoticeId id;
        std::string delivery;
    };
    std::optional<Known> known;
    TRY(tx.each(
        kReported,
        [&](const store::Row& row) { known = {ClinicId{row.integer(0)}, row.id<NoticeId>(1), row.string(2)}; }, account,
        report.provider_id));
    store::ClinicTx own(tx, known ? known->clinic : account);
    if (!known) {
        TRY(own.execute(kForgetEarly, now - kEarlyKept));
        TRY(own.execute(kKeepEarly, report.provider_id, messaging::to_string(report.handset), report.sentence, now));
        return {};
    }
    if (!messaging::may_follow(messaging::handset_from(known->delivery), report.handset)) return {};
    using messaging::Handset;
    const bool lost = report.handset == Handset::kFailed || report.handset == Handset::kUndelivered;
    TRY(own.execute(kDelivery, known->id, messaging::to_string(report.handset), report.sentence,
                    lost ? "failed" : "sent", known->delivery));
    return {};
}

Result<> take_early_report(store::ClinicTx& tx, ClinicId account, std::string_view provider_id) {
    std::optional<messaging::DeliveryReport> early;
    Instant at;
    store::ClinicTx owner(tx.raw(), account);
    TRY(owner.each(
        kEarly,
        [&](const store::Row& row) {
            early = {std::string(provider_id), *messaging::handset_from(row.text(0)), row.string(1)};
            at = row.instant(2);
        },
        provider_id));
    if (!early) return {};
    return report(tx.raw(), account, *early, at);
}

}  // namespace notices
}  // namespace clinicpro::invoices
