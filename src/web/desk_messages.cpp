// desk_messages.cpp: what was sent to patients, and what failed, with a button to send it again.
#include "clinics/audit.hpp"
#include "invoices/notices.hpp"
#include "invoices/patient.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_parts.hpp"

namespace clinicpro::web::front_desk {
namespace {

constexpr int kPage = 30;

Html entry(const Call& call, const invoices::Notice& one, const std::string& patient) {
    const Words& w = call.words;
    const std::string_view tone = one.state == "failed" ? "bad" : one.state == "sent" ? "good" : "";
    Html out =
        el("div", at("class", "row between"), el("strong", patient),
           el("span", at("class", "row"), badge(tone, w("desk.message." + one.state)), when(call, one.created_at)));
    if (!one.body.empty()) out += el("p", at("class", "message"), one.body);
    if (!one.note.empty()) out += el("p", at("class", "soft small"), w.said(one.note));
    if (one.state == "failed" && call.may(clinics::Permission::kManageInvoices)) {
        out += post_form(call, call.path("/messages/" + one.id.to_text() + "/resend"),
                         button(w("desk.resend"), "refresh-cw", "button second"));
    }
    return el("li", at("class", "card stack tight"), out);
}

}  // namespace

Result<Shown> messages(const Call& call, store::ClinicTx& tx) {
    const bool all = call.query("show") == "all";
    invoices::notices::Page page{.limit = kPage};
    if (!all) page.state = "failed";
    if (const auto before = NoticeId::parse(call.query("before"))) page.before = before->value;
    TRY(const auto found, invoices::notices::list(tx, call.services.vault, page));
    const Words& w = call.words;
    Html entries;
    for (const auto& one : found) {
        TRY(const auto patient, invoices::patients::find(tx, one.patient));
        entries += entry(call, one, patient.name);
    }
    Html main = heading(w("desk.tab.messages"), el("a", at("href", call.path(all ? "/messages" : "/messages?show=all")),
                                                   w(all ? "desk.messages_failed" : "desk.messages_all")));
    main += found.empty() ? el("div", at("class", "card"),
                               nothing(w(all ? "desk.messages_none" : "desk.messages_no_failed"), "circle-check"))
                          : el("ul", at("class", "cards"), at("id", "live-list"),
                               page.before == 0 ? flag("data-live") : flag("data-live", false), entries);
    std::optional<std::string> next;
    if (int(found.size()) == kPage) next = found.back().id.to_text();
    main += pager(call, call.path(all ? "/messages?show=all&" : "/messages?"), next);
    return Shown{.title = w("desk.tab.messages"), .main = main, .tab = "messages"};
}

Result<Done> resend_message(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(const NoticeId id, NoticeId::parse(call.param(0)));
    TRY(invoices::notices::retry(context, tx, id));
    const std::string subject = id.to_text(), actor = call.actor();
    TRY(clinics::audit::append(tx,
                               {.at = context.now(), .actor = actor, .action = "notice.retried", .subject = subject}));
    return Done{call.path("/messages?done=resent")};
}

}  // namespace clinicpro::web::front_desk
