#include "invoices/notices.hpp"

#include "base/log.hpp"
#include "invoices/appointment.hpp"
#include "invoices/patient.hpp"

namespace clinicpro::invoices {
namespace {

constexpr std::string_view kSealedBody = "notice.body";
constexpr std::string_view kStep = "send";
constexpr Duration kWaitLeast = 10s;
constexpr Duration kWaitMost = 20min;

constexpr store::Sql kInsert =
    "INSERT INTO notices (clinic_id, id, effect_key, template, patient_id, invoice_id, appointment_id, transaction_id, "
    "amount, rest, channel, state, provider_id, note, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 'queued', '', '', $11) ON CONFLICT DO NOTHING";
// Everything a text may need, in one look.
constexpr store::Sql kLoad =
    "SELECT n.state, n.template, n.amount, n.rest, p.phone_sealed, p.language, a.id, a.kind, a.starts_at, "
    "a.link_generation, i.account, t.receipt, c.name, a.state "
    "FROM notices n JOIN patients p ON p.clinic_id = n.clinic_id AND p.id = n.patient_id "
    "LEFT JOIN appointments a ON a.clinic_id = n.clinic_id AND a.id = n.appointment_id "
    "LEFT JOIN invoices i ON i.clinic_id = n.clinic_id AND i.id = n.invoice_id "
    "LEFT JOIN transactions t ON t.clinic_id = n.clinic_id AND t.id = n.transaction_id "
    "LEFT JOIN clinics c ON c.clinic_id = n.clinic_id WHERE n.clinic_id = $1 AND n.id = $2";
constexpr store::Sql kSent =
    "UPDATE notices SET state = 'sent', channel = $3, body_sealed = $4, provider_id = $5, note = '', sent_at = $6 "
    "WHERE clinic_id = $1 AND id = $2 AND state = 'queued'";
constexpr store::Sql kSentLater =
    "UPDATE notices SET state = 'sent', provider_id = $3, note = '', sent_at = $4 "
    "WHERE clinic_id = $1 AND id = $2 AND state = 'queued'";
constexpr store::Sql kHanded =
    "UPDATE notices SET channel = $3, body_sealed = $4 WHERE clinic_id = $1 AND id = $2 AND state = 'queued'";
constexpr store::Sql kNote =
    "UPDATE notices SET state = $3, note = $4 WHERE clinic_id = $1 AND id = $2 AND state = 'queued'";
constexpr store::Sql kList =
    "SELECT id, template, patient_id, invoice_id, appointment_id, channel, state, body_sealed, note, created_at, "
    "sent_at "
    "FROM notices WHERE clinic_id = $1 AND ($2 = 0 OR id < $2) AND ($3 = '' OR state = $3) "
    "AND ($4 = 0 OR invoice_id = $4) AND ($5 = 0 OR patient_id = $5) "
    "AND ($6 = 0 OR appointment_id = $6) ORDER BY id DESC LIMIT $7";
constexpr store::Sql kRequeue =
    "UPDATE notices SET state = 'queued' WHERE clinic_id = $1 AND id = $2 AND state = 'failed'";

template <class T>
std::optional<int64_t> or_null(T id) {
    return id ? std::optional(id.value) : std::nullopt;
}

struct Loaded {
    std::string state, which, phone_sealed, language;
    Money amount, rest;
    AppointmentId appointment;
    bool is_virtual = false;
    bool visit_stands = false;
    Instant starts_at;
    int64_t link_generation = 0;
    std::string account, receipt, clinic;
};

Loaded read(const store::Row& row) {
    Loaded n;
    n.state = row.text(0);
    n.which = row.text(1);
    n.amount = row.money(2);
    n.rest = row.money(3);
    n.phone_sealed = row.text(4);
    n.language = row.text(5);
    n.appointment = row.id<AppointmentId>(6);
    n.is_virtual = row.text(7) == "virtual";
    n.starts_at = row.instant(8);
    n.link_generation = row.integer(9);
    n.account = row.text(10);
    n.receipt = row.text(11);
    n.clinic = row.text(12);
    n.visit_stands = row.text(13) == "confirmed";
    return n;
}

}  // namespace

namespace notices {

Result<> queue(jobs::Context& context, store::ClinicTx& tx, const NewNotice& wanted) {
    const auto id = context.ids().make<NoticeId>();
    TRY(const int64_t rows,
        tx.execute(kInsert, id, wanted.effect_key, messaging::to_string(wanted.which), wanted.patient,
                   or_null(wanted.invoice), or_null(wanted.appointment), or_null(wanted.transaction), wanted.amount,
                   wanted.rest, context.now()));
    if (rows == 0) return {};  // this effect already has its message
    return context.enqueue(tx, {tx.clinic(), std::string(kSendNoticeJob), id.value, context.now()});
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
            found.push_back({row.id<NoticeId>(0), row.string(1), row.id<PatientId>(2), row.id<InvoiceId>(3),
                             row.id<AppointmentId>(4), row.string(5), row.string(6), std::move(body), row.string(8),
                             row.instant(9), row.maybe_instant(10)});
        },
        page.before, page.state, page.invoice, page.patient, page.appointment,
        std::clamp(page.limit, 1, kPageMax)));
    return found;
}

Result<> retry(jobs::Context& context, store::ClinicTx& tx, NoticeId id) {
    TRY(const int64_t rows, tx.execute(kRequeue, id));
    if (rows != 1) {
        TRY(const int64_t there, tx.execute("SELECT 1 FROM notices WHERE clinic_id = $1 AND id = $2", id));
        if (there == 0) return fail(Code::kNotFound, "There is no message under this id.");
        return fail(Code::kConflict, "Only a message that failed can be sent again.");
    }
    return context.enqueue(tx, {tx.clinic(), std::string(kSendNoticeJob), id.value, context.now()});
}

}  // namespace notices

NoticeSender::NoticeSender(messaging::Channel& channel, clinics::Vault& vault, const clinics::LinkSigner& signer,
                           Options options)
    : channel_(channel), vault_(vault), signer_(signer), options_(std::move(options)) {}

Result<jobs::Plan> NoticeSender::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) {
    std::optional<Loaded> loaded;
    TRY(tx.each(kLoad, [&](const store::Row& row) { loaded = read(row); }, job.subject));
    if (!loaded) return jobs::Next{jobs::Dead{"There is no such message."}};
    if (loaded->state != "queued") return jobs::Next{jobs::Done{}};

    const auto which = messaging::template_from(loaded->which);
    const auto language = messaging::language_from(loaded->language);
    CHECK(which && language);  // only our own rows hold these words
    TRY(const crypto::DataKey* key, vault_.key(tx));
    const auto phone = patients::open_phone(*key, loaded->phone_sealed);
    if (!phone) {
        log::failure("notice.phone_unreadable", phone.error(), {{"clinic", tx.clinic().value}});
        TRY(jobs::Next next, give_up(tx, job, "The patient's phone number cannot be opened."));
        return next;
    }

    messaging::Facts facts{.clinic = std::move(loaded->clinic),
                           .amount = loaded->amount,
                           .receipt = std::move(loaded->receipt),
                           .rest = loaded->rest,
                           .account = std::move(loaded->account)};
    if (loaded->appointment) {
        facts.visit = loaded->starts_at;
        if (loaded->is_virtual && loaded->visit_stands) {
            facts.link = options_.public_base_url + "/j/" +
                         signer_.short_form(
                             appointments::join_link(tx.clinic(), loaded->appointment, loaded->link_generation));
        }
    }
    if (*which == messaging::Template::kPartPaid && options_.paybill) {
        TRY(facts.paybill, options_.paybill(tx));
    }
    const auto body = messaging::render(*which, *language, facts);
    if (!body) {
        // Such as a link for a visit that was cancelled before its message left: nothing true is left to say.
        TRY(jobs::Next next, give_up(tx, job, body.error().message));
        return next;
    }
    const std::string sealed = key->seal(*body, kSealedBody, vault_.entropy());
    messaging::Step step = channel_.send(
        {tx.clinic(), *phone, *body, std::move(loaded->which), NoticeId{job.subject}.to_text()});
    if (auto* request = std::get_if<net::ClientRequest>(&step)) {
        TRY(tx.execute(kHanded, job.subject, channel_.name(), store::Blob{sealed}));
        return jobs::Send{std::string(kStep), std::move(*request)};
    }
    TRY(jobs::Next next, finish(context, tx, job, std::get<messaging::Delivery>(step), sealed));
    return next;
}

Result<jobs::Next> NoticeSender::absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                        std::string_view step, const net::Outcome& outcome) {
    return finish(context, tx, job, channel_.absorb(outcome), {});
}

Result<jobs::Next> NoticeSender::finish(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                        const messaging::Delivery& delivery, std::string_view body_sealed) {
    if (const auto* sent = std::get_if<messaging::Sent>(&delivery)) {
        if (body_sealed.empty()) {
            TRY(tx.execute(kSentLater, job.subject, sent->provider_id, context.now()));
        } else {
            TRY(tx.execute(kSent, job.subject, channel_.name(), store::Blob{body_sealed}, sent->provider_id,
                           context.now()));
        }
        return jobs::Done{};
    }
    const auto* refused = std::get_if<messaging::Refused>(&delivery);
    const std::string why = refused ? refused->sentence
                                    : "It is not known whether this message arrived: " +
                                          std::get<messaging::Unknown>(delivery).reason;
    const int tries_max = refused ? kAttemptsMax : kUnknownMax;
    if ((refused && !refused->retryable) || job.attempt >= tries_max) return give_up(tx, job, why);
    TRY(tx.execute(kNote, job.subject, "queued", why));
    const int jitter = int(uint64_t(job.id.value) % 1000);
    return jobs::Again{.at = context.now() + jobs::back_off(job.attempt, kWaitLeast, kWaitMost, jitter), .why = why};
}

Result<jobs::Next> NoticeSender::give_up(store::ClinicTx& tx, const jobs::Job& job, std::string_view why) {
    TRY(tx.execute(kNote, job.subject, "failed", why));
    log::warn("notice.failed", {{"clinic", tx.clinic().value}, {"notice", NoticeId{job.subject}.to_text()}});
    return jobs::Done{};
}

}  // namespace clinicpro::invoices
