// desk_visits.cpp: the visits of a day, and one visit: confirmed, moved, cancelled, its link copied.
#include <charconv>

#include "base/text.hpp"
#include "clinics/audit.hpp"
#include "invoices/day.hpp"
#include "invoices/notices.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_parts.hpp"

namespace clinicpro::web::front_desk {
namespace {

using clinics::Permission;
using invoices::AgendaEntry;
using invoices::AppointmentKind;
using invoices::AppointmentState;

bool is_over(AppointmentState state) {
    return state == AppointmentState::kCancelled || state == AppointmentState::kReleased ||
           state == AppointmentState::kCompleted;
}

std::string join_url(const Call& call, const AgendaEntry& one) {
    return call.services.public_url + "/j/" +
           call.services.links.short_form(
               invoices::appointments::join_link(call.clinic.id, one.visit.id, one.visit.link_generation));
}

Html meeting_badge(const Words& w, const AgendaEntry& one) {
    if (one.visit.kind != AppointmentKind::kVirtual || one.visit.state != AppointmentState::kConfirmed) return {};
    if (one.meeting == "ready") return badge("good", w("desk.link_ready"), "video");
    return badge(one.meeting == "failed" ? "bad" : "warn",
                 w(one.meeting == "failed" ? "desk.link_failed" : "desk.link_making"), "video");
}

Html row(const Call& call, const AgendaEntry& one) {
    const Words& w = call.words;
    Html due;
    if (one.invoice) {
        due = el("a", at("href", call.path("/invoices/" + one.invoice.to_text())),
                 one.still_due.is_positive() ? one.still_due.to_display() : w("desk.invoice.paid"));
    }
    return el("tr",
              cell(w("desk.time"), el("span", at("class", "number"),
                                      clock_value(one.visit.starts_at) + "–" + clock_value(one.visit.ends_at))),
              cell(w("desk.patient"),
                   together(el("a", at("href", call.path("/visits/" + one.visit.id.to_text())), one.patient),
                            el("span", at("class", "soft small"), " ", one.phone_masked))),
              cell(w("desk.visit_kind"), w("desk.kind." + std::string(to_string(one.visit.kind)))),
              cell(w("desk.still_due"), due, "money"),
              cell(w("desk.state"),
                   el("span", at("class", "row tight"), state_badge(w, one.visit.state), meeting_badge(w, one))));
}

Html one_button(const Call& call, const AgendaEntry& one, std::string_view deed, std::string_view icon_name,
                std::string_view classes = "button second") {
    return post_form(call, call.path("/visits/" + one.visit.id.to_text() + "/" + std::string(deed)),
                     button(call.words("desk.do." + std::string(deed)), icon_name, classes));
}

Html actions(const Call& call, const AgendaEntry& one) {
    const Words& w = call.words;
    const AppointmentState state = one.visit.state;
    const std::string base = call.path("/visits/" + one.visit.id.to_text());
    Html all;
    if (state == AppointmentState::kHeld || state == AppointmentState::kReleased)
        all += one_button(call, one, "confirm", "calendar-check");
    if (state == AppointmentState::kConfirmed) all += one_button(call, one, "complete", "check");
    if (!is_over(state)) {
        const auto length = (one.visit.ends_at - one.visit.starts_at) / 60s;
        Html fields =
            field(call, {.name = "day", .label = "desk.day", .type = "date", .value = day_value(one.visit.starts_at)});
        fields += field(
            call, {.name = "time", .label = "desk.time", .type = "time", .value = clock_value(one.visit.starts_at)});
        fields += field(call, {.name = "minutes",
                               .label = "desk.minutes",
                               .type = "number",
                               .value = std::to_string(length),
                               .inputmode = "numeric",
                               .max = 4});
        fields += button(w("desk.do.move"), "calendar");
        all += folded(w("desk.move"), "calendar", post_form(call, base + "/move", fields, "stack"));
        all += folded(w("desk.cancel"), "x",
                      together(el("p", w("desk.cancel_text")), one_button(call, one, "cancel", "x", "button danger")));
    }
    if (state == AppointmentState::kHeld) all += one_button(call, one, "release", "x");
    return all.empty() ? all : el("div", at("class", "row actions"), all);
}

using Change = Result<invoices::Appointment> (*)(jobs::Context&, store::ClinicTx&, AppointmentId, std::string_view);
Result<Done> change(const Call& call, jobs::Context& context, store::ClinicTx& tx, Change make, std::string_view done) {
    TRY(const AppointmentId id, AppointmentId::parse(call.param(0)));
    TRY(make(context, tx, id, call.actor()));
    return Done{call.path("/visits/" + id.to_text() + "?done=" + std::string(done))};
}

}  // namespace

Result<Shown> visits(const Call& call, store::ClinicTx& tx) {
    const Words& w = call.words;
    const auto asked = read_day(call.query("day"), "day");
    const Instant day = invoices::appointments::day_of(asked ? *asked : call.now()).from;
    TRY(const auto entries, invoices::day::agenda(tx, invoices::appointments::day_of(day)));
    Html rows;
    for (const AgendaEntry& one : entries) rows += row(call, one);
    const auto link = [&](Instant to, std::string_view words, std::string_view icon_name) {
        return el("a", at("class", "button quiet"), at("href", call.path("/visits?day=" + day_value(to))),
                  icon(icon_name), w(words));
    };
    Html head;
    if (call.may(Permission::kManageInvoices)) {
        head =
            el("a", at("class", "button"), at("href", call.path("/invoices/new")), icon("plus"), w("desk.new_invoice"));
    }
    Html main = heading(day_words(w, day), head);
    main += el("form", at("method", "get"), at("action", call.path("/visits")), at("class", "filters"),
               el("div", at("class", "field"), el("label", at("for", "f-day"), w("desk.day")),
                  el("input", at("id", "f-day"), at("name", "day"), at("type", "date"), at("value", day_value(day)))),
               button(w("desk.show_day"), "calendar"), link(day - 24h, "desk.day_before", "arrow-left"),
               link(day + 24h, "desk.day_after", "arrow-right"));
    Html list = entries.empty() ? nothing(w("desk.no_visits"), "calendar")
                                : table({w("desk.time"), w("desk.patient"), w("desk.visit_kind"),
                                         "#" + w("desk.still_due"), w("desk.state")},
                                        rows);
    main += el("div", at("class", "card flush"), at("id", "live-list"), flag("data-live"), list);
    return Shown{.title = w("desk.tab.visits"), .main = main, .tab = "visits"};
}

Result<Shown> visit(const Call& call, store::ClinicTx& tx) {
    TRY(const AppointmentId id, AppointmentId::parse(call.param(0)));
    TRY(const AgendaEntry one, invoices::day::entry(tx, id));
    const Words& w = call.words;
    Html facts = fact(w("desk.when"), day_words(w, one.visit.starts_at) + ", " + clock_value(one.visit.starts_at) +
                                          "–" + clock_value(one.visit.ends_at));
    facts += fact(w("desk.visit_kind"), w("desk.kind." + std::string(to_string(one.visit.kind))));
    facts += fact(w("desk.phone"), one.phone_masked);
    if (!one.visit.title.empty()) facts += fact(w("desk.what"), one.visit.title);
    if (one.invoice) {
        facts += fact(w("desk.invoice"), el("a", at("href", call.path("/invoices/" + one.invoice.to_text())),
                                            w("desk.invoice." + std::string(to_string(one.invoice_state)))));
        facts += fact(w("desk.still_due"), amount(one.still_due));
    }
    Html link;
    if (one.visit.kind == AppointmentKind::kVirtual && !is_over(one.visit.state)) {
        link = el("p", meeting_badge(w, one));
        if (!one.meeting_note.empty()) link += el("p", at("class", "soft"), w.said(one.meeting_note));
        link +=
            el("div", at("class", "field"), el("label", at("for", "f-link"), w("desk.patient_link")),
               el("input", at("id", "f-link"), at("class", "copy"), flag("readonly"), at("value", join_url(call, one))),
               el("p", at("class", "hint"), w("desk.patient_link_hint")));
        if (one.visit.state == AppointmentState::kConfirmed && call.may(Permission::kManageInvoices)) {
            link += one_button(call, one, "link", "send");
        }
        link = el("section", at("class", "card stack tight"), el("h2", w("desk.link")), link);
    }
    Html main = heading(one.patient, state_badge(w, one.visit.state));
    if (call.may(Permission::kManageInvoices)) main += actions(call, one);
    main += el("div", at("class", "halves"),
               el("section", at("class", "card"), at("id", "live-facts"), flag("data-live"),
                  el("dl", at("class", "facts"), facts)),
               link);
    return Shown{.title = one.patient, .main = main, .tab = "visits"};
}

Result<Done> confirm_visit(const Call& c, jobs::Context& x, store::ClinicTx& tx) {
    return change(c, x, tx, invoices::appointments::confirm, "confirmed");
}
Result<Done> complete_visit(const Call& c, jobs::Context& x, store::ClinicTx& tx) {
    return change(c, x, tx, invoices::appointments::complete, "completed");
}
Result<Done> cancel_visit(const Call& c, jobs::Context& x, store::ClinicTx& tx) {
    return change(c, x, tx, invoices::appointments::cancel, "cancelled");
}
Result<Done> release_visit(const Call& c, jobs::Context& x, store::ClinicTx& tx) {
    return change(c, x, tx, invoices::appointments::release, "released");
}

Result<Done> move_visit(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(const AppointmentId id, AppointmentId::parse(call.param(0)));
    TRY(invoices::appointments::find(tx, id));
    TRY(const Instant starts, read_time(call.form["day"], call.form["time"], "day"));
    int minutes = 0;
    const std::string_view length = call.form["minutes"];
    std::from_chars(length.data(), length.data() + length.size(), minutes);
    if (minutes < 5 || minutes > 24 * 60)
        return fail(Code::kInvalid, "The length is a number of minutes, from 5 to 1440.", "minutes");
    auto moved = invoices::appointments::reschedule(context, tx, id, starts, starts + std::chrono::minutes(minutes),
                                                    call.actor());
    if (!moved) {
        Error error = std::move(moved).error();
        if (error.field == "starts_at" || error.field == "ends_at") error.field = "day";
        return std::unexpected(std::move(error));
    }
    return Done{call.path("/visits/" + id.to_text() + "?done=moved")};
}

// Once a minute at most: pressed twice, it is one message.
Result<Done> send_link(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(const AppointmentId id, AppointmentId::parse(call.param(0)));
    TRY(const auto found, invoices::appointments::find(tx, id));
    if (found.kind != AppointmentKind::kVirtual || found.state != AppointmentState::kConfirmed) {
        return fail(Code::kConflict, "Only a confirmed visit by video has a link to send.");
    }
    const std::string minute = std::to_string(context.now().micros / Duration(1min).count());
    TRY(invoices::notices::queue(context, tx,
                                 {.effect_key = "link_again:" + std::to_string(id.value) + ":" + minute,
                                  .which = messaging::Template::kLinkReady,
                                  .patient = found.patient,
                                  .appointment = id}));
    const std::string subject = id.to_text(), actor = call.actor();
    TRY(clinics::audit::append(
        tx, {.at = context.now(), .actor = actor, .action = "appointment.link_sent", .subject = subject}));
    return Done{call.path("/visits/" + id.to_text() + "?done=link_sent")};
}

}  // namespace clinicpro::web::front_desk
