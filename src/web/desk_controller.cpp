#include "web/desk_controller.hpp"

#include "web/body.hpp"
#include "web/views.hpp"

namespace clinicpro::web::desk {
namespace {

constexpr int kPageMax = 200;

Result<> audit(jobs::Context& context, store::ClinicTx& tx, std::string_view actor, std::string_view action,
               const std::string& subject) {
    TRY(clinics::audit::append(tx, {.at = context.now(), .actor = actor, .action = action, .subject = subject}));
    return {};
}

}  // namespace

Result<Answer> list_notices(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {"invoice", "appointment", "patient", "state", "before", "limit"}));
    invoices::notices::Page page;
    TRY(page.limit, query::limit(call.request, 50, invoices::notices::kPageMax));
    TRY(const auto before, query::id<NoticeId>(call.request, "before"));
    page.before = before.value;
    TRY(page.invoice, query::id<InvoiceId>(call.request, "invoice"));
    TRY(page.patient, query::id<PatientId>(call.request, "patient"));
    TRY(const auto appointment, query::id<AppointmentId>(call.request, "appointment"));
    page.appointment = appointment;
    page.state = call.request.query_value("state");
    if (!page.state.empty() && page.state != "queued" && page.state != "sent" && page.state != "failed" &&
        page.state != "dropped") {
        return fail(Code::kInvalid, "The query parameter state must be queued, sent, failed or dropped.", "state");
    }
    TRY(const auto found, invoices::notices::list(tx, call.services.vault, page));
    return view::page(found, page.limit);
}

Result<Deed> retry_notice(const Call& call) {
    TRY(const NoticeId id, NoticeId::parse(call.param(0)));
    TRY(const auto document, body::parse(call.request.body, {"channel"}));
    TRY(const std::string channel, body::text_if_any(document.root()["channel"], 10));
    if (!channel.empty() && channel != "sms" && channel != "mail" && channel != "log") {
        return fail(Code::kInvalid, "\"channel\" must be sms, mail or log, or left out for the one it had.", "channel");
    }
    return Deed([id, channel, actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(invoices::notices::retry(context, tx, id, channel));
        TRY(audit(context, tx, actor, "notice.retried", id.to_text()));
        return Answer{204, {}};
    });
}

Result<Answer> list_inbox(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {"state", "limit"}));
    TRY(const int limit, query::limit(call.request, 50, kPageMax));
    const std::string state = call.request.query_value("state");
    if (!state.empty() && state != "new" && state != "parked" && state != "done" && state != "rejected") {
        return fail(Code::kInvalid, "The query parameter state must be new, parked, done or rejected.", "state");
    }
    TRY(const auto found, payments::Inbox::list(tx, state, limit));
    return view::page(found, std::nullopt,
                      [](json::Writer& w, const payments::Inbox::Listed& one) { view::write(w, one); });
}

Result<Deed> retry_inbox(const Call& call) {
    TRY(const InboxId id, InboxId::parse(call.param(0)));
    TRY(body::parse(call.request.body, {}));
    return Deed([id, actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(payments::Inbox::retry(tx, id, context.now()));
        TRY(audit(context, tx, actor, "inbox.retried", id.to_text()));
        return Answer{204, {}};
    });
}

Result<Answer> list_jobs(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {"dead", "limit"}));
    TRY(const int limit, query::limit(call.request, 50, kPageMax));
    TRY(const bool dead, query::flag(call.request, "dead"));
    TRY(const auto found, jobs::queue::list(tx, dead, limit));
    return view::page(found, std::nullopt,
                      [](json::Writer& w, const jobs::queue::Listed& one) { view::write(w, one); });
}

Result<Deed> revive_job(const Call& call) {
    TRY(const JobId id, JobId::parse(call.param(0)));
    TRY(body::parse(call.request.body, {}));
    return Deed([id, actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(jobs::queue::revive(tx, id, context.now()));
        TRY(audit(context, tx, actor, "job.revived", id.to_text()));
        return Answer{204, {}};
    });
}

}  // namespace clinicpro::web::desk
