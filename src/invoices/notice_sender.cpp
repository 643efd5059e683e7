#include "invoices/notice_sender.hpp"

#include "base/log.hpp"
#include "invoices/appointment.hpp"
#include "invoices/message_texts.hpp"
#include "invoices/notice_rows.hpp"
#include "invoices/patient.hpp"
#include "messaging/gsm7.hpp"

namespace clinicpro::invoices {
namespace {

constexpr Duration kWaitLeast = 10s;
constexpr Duration kWaitMost = 20min;
constexpr std::string_view kStopped = "the program stopped before the answer came";

// Everything a text may need, in one look.
constexpr store::Sql kLoad =
    "SELECT n.state, n.template, n.amount, n.rest, n.channel, n.unknowns, p.phone_sealed, p.language, a.id, a.kind, "
    "a.starts_at, a.link_generation, a.state, i.account, t.receipt, c.name, a.ends_at, a.revision, n.receipt, "
    "n.created_at, p.email_sealed, n.body_sealed "
    "FROM notices n JOIN patients p ON p.clinic_id = n.clinic_id AND p.id = n.patient_id "
    "LEFT JOIN appointments a ON a.clinic_id = n.clinic_id AND a.id = n.appointment_id "
    "LEFT JOIN invoices i ON i.clinic_id = n.clinic_id AND i.id = n.invoice_id "
    "LEFT JOIN transactions t ON t.clinic_id = n.clinic_id AND t.id = n.transaction_id "
    "LEFT JOIN clinics c ON c.clinic_id = n.clinic_id WHERE n.clinic_id = $1 AND n.id = $2";
// Durable before the request leaves: who carries it, by whose account, and what it says.
constexpr store::Sql kHanded =
    "UPDATE notices SET channel = $3, account = $4, body_sealed = $5, parts = $6 "
    "WHERE clinic_id = $1 AND id = $2 AND state = 'queued'";
// Carried inside this transaction, by a channel that asks nobody: both at once.
constexpr store::Sql kCarried =
    "UPDATE notices SET channel = $3, account = $4, body_sealed = $5, parts = $6, state = 'sent', note = '', "
    "sent_at = $7 WHERE clinic_id = $1 AND id = $2 AND state = 'queued'";
constexpr store::Sql kSent =
    "UPDATE notices SET state = 'sent', provider_id = $3, note = '', sent_at = $4 "
    "WHERE clinic_id = $1 AND id = $2 AND state = 'queued' RETURNING account";
constexpr store::Sql kNote =
    "UPDATE notices SET state = $3, note = $4 WHERE clinic_id = $1 AND id = $2 AND state = 'queued'";
constexpr store::Sql kUnknown =
    "UPDATE notices SET unknowns = unknowns + 1 WHERE clinic_id = $1 AND id = $2 AND state = 'queued' "
    "RETURNING unknowns";

using messaging::Template;

bool answers_payment(Template which) {
    switch (which) {
        case Template::kPaid:
        case Template::kPaidVirtual:
        case Template::kPaidOnsite:
        case Template::kPartPaid:
        case Template::kOverpaid:
        case Template::kOverpaidVirtual:
        case Template::kLate: return true;
        default: return false;
    }
}

// What such a message says when the visit it confirmed does not stand any more: the money came, nothing else.
Template without_visit(Template which) {
    return which == Template::kPaidVirtual || which == Template::kPaidOnsite ? Template::kPaid : which;
}

// Messages that are wrong, not only late, once the visit does not stand.
bool needs_standing_visit(Template which) {
    return which == Template::kLinkReady || which == Template::kVisitMoved || which == Template::kReminderDay ||
           which == Template::kReminderHour;
}

// Sent, and nobody outside gave it a number that a report could name later.
bool is_carried(const messaging::Step& step) {
    const auto* delivery = std::get_if<messaging::Delivery>(&step);
    const auto* sent = delivery ? std::get_if<messaging::Sent>(delivery) : nullptr;
    return sent && sent->provider_id.empty();
}

}  // namespace

std::optional<Instant> held_until(Template which, std::optional<Instant> visit, Instant wanted_at, Instant now,
                                  const messaging::QuietHours& quiet) {
    if (which == Template::kReminderHour) return std::nullopt;
    const auto end = quiet.ends_after(now);
    if (!end || (visit && *visit - *end < 1h)) return std::nullopt;
    if (answers_payment(which) && now - wanted_at < NoticeSender::kAtThePhone) return std::nullopt;
    return end;
}

struct NoticeSender::Loaded {
    std::string state, which, channel, phone_sealed, language;
    Money amount, rest;
    int64_t unknowns = 0;
    AppointmentId appointment;
    bool is_virtual = false;
    bool visit_stands = false;
    Instant starts_at;
    int64_t link_generation = 0;
    std::string account, receipt, clinic;
    Instant ends_at;
    int64_t revision = 0;
    Instant created_at;
    std::string email_sealed;
    std::string body_sealed;  // what it said when it last left, or empty

    static Loaded read(const store::Row& row) {
        Loaded n;
        n.state = row.text(0);
        n.which = row.text(1);
        n.amount = row.money(2);
        n.rest = row.money(3);
        n.channel = row.text(4);
        n.unknowns = row.integer(5);
        n.phone_sealed = row.text(6);
        n.language = row.text(7);
        n.appointment = row.id<AppointmentId>(8);
        n.is_virtual = row.text(9) == "virtual";
        n.starts_at = row.instant(10);
        n.link_generation = row.integer(11);
        n.visit_stands = row.text(12) == "confirmed";
        n.account = row.text(13);
        n.receipt = row.text(14);
        n.clinic = row.text(15);
        n.ends_at = row.instant(16);
        n.revision = row.integer(17);
        if (!row.text(18).empty()) n.receipt = row.text(18);
        n.created_at = row.instant(19);
        n.email_sealed = row.text(20);
        n.body_sealed = row.is_null(21) ? "" : row.string(21);
        return n;
    }
};

NoticeSender::NoticeSender(MessageSettings& settings, clinics::Vault& vault, const clinics::LinkSigner& signer,
                           Options options)
    : settings_(settings), vault_(vault), signer_(signer), options_(std::move(options)) {}

Result<jobs::Plan> NoticeSender::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) {
    std::optional<Loaded> loaded;
    TRY(tx.each(kLoad, [&](const store::Row& row) { loaded = Loaded::read(row); }, job.subject));
    if (!loaded) return jobs::Next{jobs::Dead{"There is no such message."}};
    if (loaded->state != "queued") return jobs::Next{jobs::Done{}};
    if (!job.interrupted_step.empty() && loaded->unknowns >= kUnknownMax) {
        TRY(jobs::Next next, unknown(context, tx, job, kStopped));
        return next;
    }
    if (!job.interrupted_step.empty()) TRY(tx.execute(kUnknown, job.subject));

    TRY(const auto choice, settings_.current(tx));
    const auto which = messaging::template_from(loaded->which);
    CHECK(which);  // only our own rows hold these words
    const auto visit = loaded->appointment ? std::optional(loaded->starts_at) : std::nullopt;
    const auto wait =
        choice ? held_until(*which, visit, loaded->created_at, context.now(), choice->settings.quiet) : std::nullopt;
    if (wait) {
        const std::string why = "It waits for the end of the quiet hours.";
        TRY(tx.execute(kNote, job.subject, "queued", why));
        return jobs::Next{jobs::Again{.at = *wait, .progress = true, .why = why}};
    }
    const bool fresh = loaded->channel.empty();
    if (fresh) loaded->channel = settings_.first_channel(choice);
    const auto channel = settings_.channel(choice, loaded->channel, context.now());
    if (!channel) {
        TRY(jobs::Next next, give_up(tx, job, channel.error().message));
        return next;
    }
    const auto message = message_of(context, tx, job, *loaded, choice);
    if (!message) {
        const Error& error = message.error();
        if (error.code == Code::kInvalid) {
            TRY(jobs::Next next, drop(tx, job, error.message));
            return next;
        }
        if (error.code != Code::kConfig) return std::unexpected(error);
        TRY(jobs::Next next, give_up(tx, job, error.message));
        return next;
    }
    const bool copies = fresh && loaded->channel == "sms" && choice->settings.mail && !message->email.empty();
    if (copies && *which != Template::kReminderHour) TRY(notices::queue_mail_copy(context, tx, NoticeId{job.subject}));
    TRY(const crypto::DataKey* key, vault_.key(tx));
    const std::string sealed = key->seal(message->body, notices::kSealedBody, vault_.entropy());
    const size_t parts = loaded->channel == "sms" ? messaging::sms_parts(message->body) : 0;
    const ClinicId account = choice ? choice->owner : kSystem;
    messaging::Step step = (*channel)->send(*message);
    if (is_carried(step)) {
        TRY(tx.execute(kCarried, job.subject, loaded->channel, account, store::Blob{sealed}, int64_t(parts),
                       context.now()));
        return jobs::Next{jobs::Done{}};
    }
    TRY(tx.execute(kHanded, job.subject, loaded->channel, account, store::Blob{sealed}, int64_t(parts)));
    if (auto* request = std::get_if<net::ClientRequest>(&step)) {
        return jobs::Send{loaded->channel, std::move(*request)};
    }
    if (auto* mail = std::get_if<net::MailRequest>(&step)) return jobs::Send{loaded->channel, std::move(*mail)};
    TRY(jobs::Next next, finish(context, tx, job, std::get<messaging::Delivery>(step)));
    return next;
}

// kInvalid: nothing true is left to say. kConfig: a person must repair something first.
Result<messaging::Message> NoticeSender::message_of(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                                    Loaded& notice,
                                                    const std::optional<MessageSettings::Choice>& choice) {
    TRY(const crypto::DataKey* key, vault_.key(tx));
    const auto phone = patients::open_phone(*key, notice.phone_sealed);
    if (!phone) {
        log::failure("notice.phone_unreadable", phone.error(), {{"clinic", tx.clinic().value}});
        return fail(Code::kConfig, "The patient's phone number cannot be opened.");
    }
    Template which = *messaging::template_from(notice.which);
    const auto language = messaging::language_from(notice.language);
    CHECK(language);
    if (notice.appointment && !notice.visit_stands) {
        if (needs_standing_visit(which)) {
            return fail(Code::kInvalid, "The visit does not stand any more, so there is nothing to say.");
        }
        which = without_visit(which);
    }
    if (which == Template::kReminderHour && context.now() >= notice.starts_at) {
        return fail(Code::kInvalid, "The visit had begun before this reminder went out.");
    }
    messaging::Facts facts{.clinic = notice.clinic,
                           .amount = notice.amount,
                           .receipt = notice.receipt,
                           .rest = notice.rest,
                           .account = notice.account};
    if (notice.appointment) facts.visit = notice.starts_at;
    if (notice.appointment && notice.is_virtual && notice.visit_stands) {
        facts.link =
            options_.public_base_url + "/j/" +
            signer_.short_form(appointments::join_link(tx.clinic(), notice.appointment, notice.link_generation));
    }
    if (which == Template::kOverpaid && !facts.link.empty()) which = Template::kOverpaidVirtual;
    if (which == Template::kPartPaid && options_.paybill) {
        TRY(facts.paybill, options_.paybill(tx));
    }
    TRY(const std::string words, message_texts::words(tx, which, *language));
    const bool mail = notice.channel == "mail";
    TRY(std::string body, messaging::render(which, words, *language, facts, !mail));
    if (!notice.body_sealed.empty()) {
        // What left once may have arrived. Where only the receipt is new, it is said as it was: two texts look like two
        // payments.
        const auto told = key->open(notice.body_sealed, notices::kSealedBody);
        facts.receipt.clear();
        const auto as_before = messaging::render(which, words, *language, facts, !mail);
        if (told && as_before && told->reveal() == *as_before) body = *as_before;
    }
    messaging::Message message{.clinic = tx.clinic(),
                               .to = *phone,
                               .body = std::move(body),
                               .template_name = notice.which,
                               .key = NoticeId{job.subject}.to_text(),
                               .clinic_name = notice.clinic,
                               .subject = messaging::subject(which, *language),
                               .link = facts.link};
    if (!notice.email_sealed.empty()) {
        const auto email = patients::open_email(*key, notice.email_sealed);
        if (!email) return fail(Code::kConfig, "The patient's mail address cannot be opened.");
        message.email = email->text();
    }
    if (mail) message.invite = invite_of(context, notice, message, choice);
    return message;
}

std::optional<messaging::Invite> NoticeSender::invite_of(jobs::Context& context, const Loaded& notice,
                                                         const messaging::Message& message,
                                                         const std::optional<MessageSettings::Choice>& choice) const {
    const Template which = *messaging::template_from(notice.which);
    const bool cancels = which == Template::kVisitCancelled;
    const bool tells = which == Template::kPaidVirtual || which == Template::kPaidOnsite ||
                       which == Template::kOverpaid || which == Template::kLinkReady || which == Template::kVisitMoved;
    if (!notice.appointment || !choice || !(cancels || (tells && notice.visit_stands))) return std::nullopt;
    const bool swahili = messaging::language_from(notice.language) == messaging::Language::kSwahili;
    const std::string_view what =
        notice.is_virtual ? (swahili ? "Miadi ya mtandaoni" : "Online visit") : (swahili ? "Miadi" : "Visit");
    const std::string& url = options_.public_base_url;
    const size_t host = url.find("://") + 3;
    return messaging::Invite{
        .method = cancels ? messaging::Invite::Method::kCancel : messaging::Invite::Method::kRequest,
        .uid = notice.appointment.to_text() + "@" + url.substr(host, url.find_first_of(":/", host) - host),
        .sequence = notice.revision,
        .stamp = context.now(),
        .starts_at = notice.starts_at,
        .ends_at = notice.ends_at,
        .summary = std::string(what) + ", " + notice.clinic,
        .location = notice.is_virtual ? message.link : notice.clinic,
        .url = message.link,
        .organizer_name = notice.clinic,
        .organizer = choice->settings.mail_account.from,
        .attendee = message.email};
}

Result<jobs::Next> NoticeSender::absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                        std::string_view step, const net::Outcome& outcome) {
    return finish(context, tx, job, settings_.read_answer(step, outcome));
}

Result<jobs::Next> NoticeSender::finish(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                        const messaging::Delivery& delivery) {
    if (const auto* done = std::get_if<messaging::Sent>(&delivery)) return sent(context, tx, job, *done);
    if (const auto* open = std::get_if<messaging::Unknown>(&delivery)) return unknown(context, tx, job, open->reason);
    const auto& refused = std::get<messaging::Refused>(delivery);
    if (refused.why == messaging::Refused::Why::kAccount) {
        // One account refused is every message refused: somebody should hear of it before the patients call.
        log::warn("notice.account_refused", {{"clinic", tx.clinic().value}, {"reason", refused.sentence}});
    }
    if (refused.why != messaging::Refused::Why::kPassing || job.attempt >= kAttemptsMax) {
        return give_up(tx, job, refused.sentence);
    }
    return later(context, tx, job, refused.sentence);
}

Result<jobs::Next> NoticeSender::sent(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                      const messaging::Sent& sent) {
    std::optional<ClinicId> account;
    TRY(tx.each(
        kSent, [&](const store::Row& row) { account = ClinicId{row.integer(0)}; }, job.subject, sent.provider_id,
        context.now()));
    if (account && !sent.provider_id.empty()) TRY(notices::take_early_report(tx, *account, sent.provider_id));
    return jobs::Done{};
}

Result<jobs::Next> NoticeSender::unknown(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                         std::string_view reason) {
    int64_t unknowns = 0;
    TRY(tx.each(kUnknown, [&](const store::Row& row) { unknowns = row.integer(0); }, job.subject));
    std::string why = "It is not known whether this message arrived: " + std::string(reason);
    if (unknowns > kUnknownMax) return give_up(tx, job, why);
    return later(context, tx, job, std::move(why));
}

Result<jobs::Next> NoticeSender::later(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                       std::string why) {
    TRY(tx.execute(kNote, job.subject, "queued", why));
    const int jitter = int(uint64_t(job.id.value) % 1000);
    return jobs::Again{.at = context.now() + jobs::back_off(job.attempt, kWaitLeast, kWaitMost, jitter),
                       .why = std::move(why)};
}

Result<jobs::Next> NoticeSender::give_up(store::ClinicTx& tx, const jobs::Job& job, std::string_view why) {
    TRY(tx.execute(kNote, job.subject, "failed", why));
    log::warn("notice.failed", {{"clinic", tx.clinic().value}, {"notice", NoticeId{job.subject}.to_text()}});
    return jobs::Done{};
}

Result<jobs::Next> NoticeSender::drop(store::ClinicTx& tx, const jobs::Job& job, std::string_view why) {
    TRY(tx.execute(kNote, job.subject, "dropped", why));
    return jobs::Done{};
}

}  // namespace clinicpro::invoices
