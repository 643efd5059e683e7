#include "web/patient_controller.hpp"

#include "invoices/appointment.hpp"
#include "invoices/meeting_keeper.hpp"
#include "invoices/presence.hpp"
#include "invoices/patient.hpp"
#include "web/body.hpp"
#include "web/views.hpp"

namespace clinicpro::web {

namespace patient {
namespace {

Result<std::optional<messaging::MailAddress>> email_if_any(const json::View& view) {
    TRY(const std::string text, body::text_if_any(view, messaging::MailAddress::kMax));
    if (text.empty()) return std::nullopt;
    TRY(auto address, messaging::MailAddress::parse(text));
    return address;
}

}  // namespace

Result<Deed> create(const Call& call) {
    TRY(const auto document, body::parse(call.request.body, {"name", "phone", "email", "language"}));
    const json::View root = document.root();
    TRY(const std::string name, body::text(root["name"], invoices::patients::kNameMax));
    TRY(const Msisdn phone, body::phone(root["phone"]));
    TRY(std::string language, body::text_if_any(root["language"], 2));
    if (language.empty()) language = "en";
    if (language != "en" && language != "sw") {
        return fail(Code::kInvalid, "\"language\" must be en or sw.", "language");
    }
    TRY(const auto email, email_if_any(root["email"]));
    return Deed([wanted = invoices::NewPatient{name, phone, language, call.actor(), email}, &vault = call.services.vault](
                    jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(const auto made, invoices::patients::create(context, tx, vault, wanted));
        return view::one(201, made);
    });
}

// A number or address that messages could not reach; "" for email forgets it.
Result<Deed> correct(const Call& call) {
    TRY(const PatientId id, PatientId::parse(call.param(0)));
    TRY(const auto document, body::parse(call.request.body, {"phone", "email", "language"}));
    const json::View root = document.root();
    invoices::Contact contact{.actor = call.actor()};
    if (!root["phone"].is_missing_or_null()) {
        TRY(contact.phone, body::phone(root["phone"]));
    }
    TRY(contact.email, email_if_any(root["email"]));
    contact.forget_email = !root["email"].is_missing_or_null() && !contact.email;
    TRY(contact.language, body::text_if_any(root["language"], 2));
    return Deed([id, contact, &vault = call.services.vault](jobs::Context& context,
                                                            store::ClinicTx& tx) -> Result<Answer> {
        TRY(const auto now, invoices::patients::correct(context, tx, vault, id, contact));
        return view::one(200, now);
    });
}

Result<Answer> list(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {"before", "limit"}));
    invoices::patients::Page page;
    TRY(page.limit, query::limit(call.request, 50, invoices::patients::kPageMax));
    TRY(const auto before, query::id<PatientId>(call.request, "before"));
    page.before = before.value;
    TRY(const auto found, invoices::patients::list(tx, page));
    return view::page(found, page.limit);
}

Result<Answer> search(const Call& call, store::ClinicTx& tx) {
    TRY(const auto document, body::parse(call.request.body, {"phone"}));
    TRY(const Msisdn phone, body::phone(document.root()["phone"]));
    TRY(const auto found, invoices::patients::by_phone(tx, call.services.vault, phone));
    return view::page(found, std::nullopt, [](json::Writer& w, const invoices::Patient& one) { view::write(w, one); });
}

Result<Answer> show(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    TRY(const PatientId id, PatientId::parse(call.param(0)));
    TRY(const auto found, invoices::patients::find(tx, id));
    return view::one(200, found);
}

}  // namespace patient

namespace appointment {
namespace {

using invoices::Appointment;
namespace appointments = invoices::appointments;

std::optional<std::string> text_or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

void write(json::Writer& w, const Services& services, ClinicId clinic, const Appointment& a,
           const std::optional<invoices::meeting_keeper::Listed>& meeting, const invoices::presence::Presence& held) {
    std::optional<std::string> join_url;
    if (a.kind == invoices::AppointmentKind::kVirtual) {
        join_url = services.public_url + "/j/" +
                   services.links.short_form(appointments::join_link(clinic, a.id, a.link_generation));
    }
    w.begin_object().field("id", a.id.to_text()).field("patient_id", a.patient.to_text());
    w.field("kind", to_string(a.kind)).field("state", to_string(a.state)).field("title", a.title);
    w.field("starts_at", to_iso(a.starts_at)).field("ends_at", to_iso(a.ends_at));
    w.field("hold_until", view::time_or_null(a.hold_until)).field("host", a.host).field("join_url", join_url);
    w.field("next_reminder_at", view::time_or_null(a.remind_at));
    w.key("meeting");
    if (meeting) {
        w.begin_object().field("state", meeting->state).field("provider", meeting->provider);
        w.field("has_link", meeting->has_link).field("note", meeting->note).field("host", meeting->host);
        w.field("in_progress", held.in_progress).field("started_at", view::time_or_null(held.started_at));
        w.field("ended_at", view::time_or_null(held.ended_at));
        w.field("fell_back_from", text_or_null(meeting->fell_back_from));
        w.field("fell_back_why", text_or_null(meeting->fell_back_why)).end_object();
    } else {
        w.null();
    }
    w.field("created_at", to_iso(a.created_at)).field("updated_at", to_iso(a.updated_at)).end_object();
}

Result<Answer> shown(const Services& services, store::ClinicTx& tx, const Appointment& a, int status) {
    TRY(const auto meeting, invoices::meeting_keeper::of_visit(tx, a.id));
    TRY(const auto held, invoices::presence::of_visit(tx, a.id, services.clock.now()));
    json::Writer w;
    write(w, services, tx.clinic(), a, meeting, held);
    return Answer{status, w.take()};
}

using Change = Result<Appointment> (*)(jobs::Context&, store::ClinicTx&, AppointmentId, std::string_view);

// The changes that need nothing but the visit.
Result<Deed> change(const Call& call, Change act) {
    TRY(const AppointmentId id, AppointmentId::parse(call.param(0)));
    TRY(body::parse(call.request.body, {}));
    return Deed([id, act, &services = call.services, actor = call.actor()](jobs::Context& context,
                                                                           store::ClinicTx& tx) -> Result<Answer> {
        TRY(appointments::find(tx, id));
        TRY(const Appointment now, act(context, tx, id, actor));
        return shown(services, tx, now, 200);
    });
}

Result<appointments::Window> window_of(const Call& call) {
    const net::Request& request = call.request;
    TRY(query::only(request, {"day", "from", "until", "state", "limit"}));
    const std::string day = request.query_value("day");
    TRY(const auto from, query::time(request, "from"));
    TRY(const auto until, query::time(request, "until"));
    appointments::Window window = appointments::day_of(call.services.clock.now());
    if (!day.empty()) {
        const auto noon = parse_iso(day + "T12:00:00+03:00");
        if (!noon || from || until) {
            return fail(Code::kInvalid, "Give a day such as 2026-11-23, or from and until, or neither for today.",
                        "day");
        }
        window = appointments::day_of(*noon);
    } else if (from || until) {
        if (!from || !until || *until <= *from) {
            return fail(Code::kInvalid, "Give both from and until, with from before until.", "from");
        }
        window.from = *from;
        window.until = *until;
    }
    TRY(window.limit, query::limit(request, appointments::kPageMax, appointments::kPageMax));
    const std::string state = request.query_value("state");
    if (!state.empty()) {
        window.state = invoices::appointment_state_from(state);
        if (!window.state) {
            return fail(Code::kInvalid,
                        "The query parameter state must be held, confirmed, completed, cancelled or released.",
                        "state");
        }
    }
    return window;
}

}  // namespace

Result<Answer> shown(const Services& services, store::ClinicTx& tx, AppointmentId id) {
    TRY(const Appointment visit, appointments::find(tx, id));
    return shown(services, tx, visit, 200);
}

Result<Deed> create(const Call& call) {
    TRY(const auto document,
        body::parse(call.request.body, {"patient_id", "kind", "title", "starts_at", "ends_at", "hold_until", "host"}));
    const json::View root = document.root();
    invoices::NewAppointment wanted{.actor = call.actor()};
    TRY(wanted.patient, body::id<PatientId>(root["patient_id"]));
    TRY(const std::string kind, body::text(root["kind"], 20));
    const auto known = invoices::appointment_kind_from(kind);
    if (!known) return fail(Code::kInvalid, "\"kind\" must be virtual or onsite.", "kind");
    wanted.kind = *known;
    TRY(wanted.title, body::text_if_any(root["title"], appointments::kTitleMax));
    TRY(wanted.starts_at, body::time(root["starts_at"]));
    TRY(wanted.ends_at, body::time(root["ends_at"]));
    TRY(wanted.hold_until, body::time_if_any(root["hold_until"]));
    TRY(wanted.host, body::text_if_any(root["host"], appointments::kHostMax));
    return Deed([wanted, &services = call.services](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        const auto made = appointments::create(context, tx, wanted);
        if (!made) return std::unexpected(body::as_sent(made.error()));
        return shown(services, tx, *made, 201);
    });
}

Result<Answer> list(const Call& call, store::ClinicTx& tx) {
    TRY(const auto window, window_of(call));
    TRY(const auto found, appointments::list(tx, window));
    json::Writer w;
    w.begin_object().key("items").begin_array();
    for (const Appointment& one : found) {
        TRY(const auto meeting, invoices::meeting_keeper::of_visit(tx, one.id));
        TRY(const auto held, invoices::presence::of_visit(tx, one.id, call.services.clock.now()));
        write(w, call.services, tx.clinic(), one, meeting, held);
    }
    w.end_array().key("next").null().end_object();
    return Answer{200, w.take()};
}

Result<Answer> show(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    TRY(const AppointmentId id, AppointmentId::parse(call.param(0)));
    TRY(const Appointment found, appointments::find(tx, id));
    return shown(call.services, tx, found, 200);
}

Result<Deed> confirm(const Call& call) {
    return change(call, appointments::confirm);
}
Result<Deed> complete(const Call& call) {
    return change(call, appointments::complete);
}
Result<Deed> cancel(const Call& call) {
    return change(call, appointments::cancel);
}
Result<Deed> release(const Call& call) {
    return change(call, appointments::release);
}
Result<Deed> revoke_link(const Call& call) {
    return change(call, appointments::revoke_link);
}

Result<Deed> reschedule(const Call& call) {
    TRY(const AppointmentId id, AppointmentId::parse(call.param(0)));
    TRY(const auto document, body::parse(call.request.body, {"starts_at", "ends_at"}));
    TRY(const Instant starts_at, body::time(document.root()["starts_at"]));
    TRY(const Instant ends_at, body::time(document.root()["ends_at"]));
    return Deed([id, starts_at, ends_at, &services = call.services, actor = call.actor()](
                    jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(appointments::find(tx, id));
        TRY(const Appointment now, appointments::reschedule(context, tx, id, starts_at, ends_at, actor));
        return shown(services, tx, now, 200);
    });
}

}  // namespace appointment
}  // namespace clinicpro::web
