// desk_invoice_form.cpp: patient, visit and invoice in one short form.
//
// Somebody with the same phone and the same name is the same patient, so a second visit makes no second person.
#include <charconv>

#include "base/text.hpp"
#include "invoices/patient.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_parts.hpp"

namespace clinicpro::web::front_desk {
namespace {

// Names of fields that the layers below use for the same thing.
Error as_typed(Error error) {
    if (error.field == "starts_at" || error.field == "ends_at") error.field = "day";
    if (error.field.starts_with("items[0].")) {
        error.field = error.field.ends_with("description") ? "what" : "amount";
    }
    return error;
}

std::unexpected<Error> renamed(Error error) {
    return std::unexpected(as_typed(std::move(error)));
}

Result<PatientId> patient_of(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    auto phone = Msisdn::parse(call.form["phone"]);
    if (!phone) return fail(Code::kInvalid, phone.error().message, "phone");
    TRY(const auto known, invoices::patients::by_phone(tx, call.services.vault, *phone));
    for (const auto& one : known) {
        if (text::equal_ignoring_case(one.name, call.form["patient"])) return one.id;
    }
    auto made = invoices::patients::create(context, tx, call.services.vault,
                                           {.name = std::string(call.form["patient"]),
                                            .phone = *phone,
                                            .language = call.form["language"] == "sw" ? "sw" : "en",
                                            .actor = call.actor()});
    if (!made) {
        Error error = std::move(made).error();
        if (error.field == "name") error.field = "patient";
        return std::unexpected(std::move(error));
    }
    return made->id;
}

// Nothing when the invoice is for no visit.
Result<AppointmentId> visit_of(const Call& call, jobs::Context& context, store::ClinicTx& tx, PatientId patient) {
    const auto kind = invoices::appointment_kind_from(call.form["kind"]);
    if (!kind) return AppointmentId{};
    TRY(const Instant starts, read_time(call.form["day"], call.form["time"], "day"));
    int minutes = 0;
    const std::string_view length = call.form["minutes"];
    const auto parsed = std::from_chars(length.data(), length.data() + length.size(), minutes);
    if (parsed.ec != std::errc() || parsed.ptr != length.data() + length.size() || minutes < 5 || minutes > 24 * 60) {
        return fail(Code::kInvalid, "The length is a number of minutes, from 5 to 1440.", "minutes");
    }
    auto made = invoices::appointments::create(
        context, tx,
        {.patient = patient,
         .kind = *kind,
         .title = std::string(text::clip(call.form["what"], invoices::appointments::kTitleMax)),
         .starts_at = starts,
         .ends_at = starts + std::chrono::minutes(minutes),
         .hold_until = {},
         .actor = call.actor()});
    if (!made) return renamed(std::move(made).error());
    return made->id;
}

}  // namespace

Result<Shown> new_invoice(const Call& call, store::ClinicTx&) {
    const Words& w = call.words;
    Html who = field(call, {.name = "patient", .label = "desk.patient_name", .max = invoices::patients::kNameMax});
    who += field(call, {.name = "phone", .label = "desk.patient_phone", .type = "tel", .inputmode = "tel", .max = 20});
    who += choice(call, "language", "desk.patient_language", {{"en", "English"}, {"sw", "Kiswahili"}}, "en");
    Html what = field(
        call,
        {.name = "what", .label = "desk.what_for", .value = w("desk.consultation"), .max = invoices::kDescriptionMax});
    what += field(call, {.name = "amount", .label = "desk.amount_kes", .inputmode = "decimal", .max = 16});
    what += field(
        call, {.name = "reference", .label = "desk.own_reference", .required = false, .max = invoices::kReferenceMax});
    Html visit =
        choice(call, "kind", "desk.visit_kind",
               {{"onsite", w("desk.kind.onsite")}, {"virtual", w("desk.kind.virtual")}, {"none", w("desk.kind.none")}},
               "onsite");
    visit += field(
        call, {.name = "day", .label = "desk.day", .type = "date", .value = day_value(call.now()), .required = false});
    visit += field(call, {.name = "time",
                          .label = "desk.time",
                          .type = "time",
                          .value = clock_value(call.now() + 1h).substr(0, 2) + ":00",
                          .required = false});
    visit += field(call, {.name = "minutes",
                          .label = "desk.minutes",
                          .type = "number",
                          .value = "30",
                          .inputmode = "numeric",
                          .required = false,
                          .max = 4});
    const auto group = [](const std::string& title, const Html& fields) {
        return el("fieldset", at("class", "card stack"), el("legend", title), fields);
    };
    Html form = el("div", at("class", "thirds"), group(w("desk.group.who"), who), group(w("desk.group.what"), what),
                   group(w("desk.group.visit"), visit));
    form += el("p", at("class", "row"), button(w("desk.make_invoice"), "check"),
               el("a", at("class", "button quiet"), at("href", call.path("/invoices")), w("desk.back")));
    Html main = heading(w("desk.new_invoice"));
    main += post_form(call, call.path("/invoices/new"), form, "stack");
    return Shown{.title = w("desk.new_invoice"), .main = main, .tab = "invoices"};
}

Result<Done> make_invoice(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    const auto price = Money::parse(call.form["amount"]);
    if (!price) return fail(Code::kInvalid, price.error().message, "amount");
    TRY(const PatientId patient, patient_of(call, context, tx));
    TRY(const AppointmentId visit, visit_of(call, context, tx, patient));
    auto made = invoices::create(
        context, tx, call.services.entropy,
        {.patient = patient,
         .appointment = visit,
         .reference = std::string(call.form["reference"]),
         .items = {{.description = std::string(call.form["what"]), .quantity = 1, .unit_price = *price}},
         .actor = call.actor()});
    if (!made) return renamed(std::move(made).error());
    return Done{call.path("/invoices/" + made->id.to_text() + "?done=invoiced")};
}

}  // namespace clinicpro::web::front_desk
