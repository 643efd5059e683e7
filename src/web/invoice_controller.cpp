#include "web/invoice_controller.hpp"

#include "invoices/invoice.hpp"
#include "web/body.hpp"
#include "web/pay_view.hpp"
#include "web/views.hpp"

namespace clinicpro::web::invoice {
namespace {

std::string url_of(const Services& services, ClinicId clinic, const invoices::Invoice& invoice) {
    return pay_url(services.public_url, services.links, clinic, invoice.id);
}

Result<Answer> shown(const Services& services, store::ClinicTx& tx, const invoices::Invoice& invoice, int status) {
    TRY(const auto items, invoices::items(tx, invoice.id));
    json::Writer w;
    view::write(w, invoice, url_of(services, tx.clinic(), invoice), &items);
    return Answer{status, w.take()};
}

Result<std::vector<invoices::Item>> read_items(const json::View& list) {
    if (list.kind() != json::Kind::kArray || list.size() == 0 || list.size() > invoices::kItemsMax) {
        return fail(Code::kInvalid, "\"items\" must be a list of 1 to 100 items.", "items");
    }
    std::vector<invoices::Item> items;
    for (size_t i = 0; i < list.size(); ++i) {
        const json::View one = list.at(i);
        TRY(body::only(one, {"description", "quantity", "unit_price_cents"}));
        invoices::Item item;
        TRY(item.description, body::text(one["description"], invoices::kDescriptionMax));
        if (!one["quantity"].is_missing_or_null()) {
            TRY(item.quantity, body::whole(one["quantity"], 1, invoices::kQuantityMax));
        }
        TRY(item.unit_price, body::amount(one["unit_price_cents"], true));
        items.push_back(std::move(item));
    }
    return items;
}

}  // namespace

Result<Deed> create(const Call& call) {
    TRY(const auto document, body::parse(call.request.body, {"patient_id", "appointment_id", "reference", "items",
                                                             "amount_cents", "description"}));
    const json::View root = document.root();
    invoices::NewInvoice wanted{.actor = call.actor()};
    TRY(wanted.patient, body::id<PatientId>(root["patient_id"]));
    TRY(wanted.appointment, body::id_if_any<AppointmentId>(root["appointment_id"]));
    TRY(wanted.reference, body::text_if_any(root["reference"], invoices::kReferenceMax));
    if (root["items"].is_missing_or_null()) {
        // The short form: one line.
        invoices::Item item;
        TRY(item.unit_price, body::amount(root["amount_cents"]));
        TRY(item.description, body::text_if_any(root["description"], invoices::kDescriptionMax));
        if (item.description.empty()) item.description = "Consultation";
        wanted.items.push_back(std::move(item));
    } else {
        if (root["amount_cents"].exists() || root["description"].exists()) {
            return fail(Code::kInvalid,
                        "Send either \"items\" or \"amount_cents\", not both: the items make the amount.",
                        "amount_cents");
        }
        TRY(wanted.items, read_items(root["items"]));
    }
    return Deed([wanted, &services = call.services](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        const auto made = invoices::create(context, tx, services.entropy, wanted);
        if (!made) return std::unexpected(body::as_sent(made.error()));
        return shown(services, tx, *made, 201);
    });
}

Result<Answer> list(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {"reference", "state", "patient", "appointment", "before", "limit"}));
    const auto write_one = [&](json::Writer& w, const invoices::Invoice& each) {
        view::write(w, each, url_of(call.services, tx.clinic(), each));
    };
    const std::string reference = call.request.query_value("reference");
    if (!reference.empty()) {
        std::vector<invoices::Invoice> found;
        auto one = invoices::find_typed(tx, reference);
        if (one) {
            found.push_back(*std::move(one));
        } else if (one.error().code != Code::kNotFound) {
            return std::unexpected(std::move(one).error());
        }
        return view::page(found, std::nullopt, write_one);
    }
    invoices::InvoicePage page;
    TRY(page.limit, query::limit(call.request, 50, invoices::kInvoicePageMax));
    TRY(const auto before, query::id<InvoiceId>(call.request, "before"));
    page.before = before.value;
    TRY(page.patient, query::id<PatientId>(call.request, "patient"));
    TRY(page.appointment, query::id<AppointmentId>(call.request, "appointment"));
    const std::string state = call.request.query_value("state");
    if (!state.empty()) {
        page.state = invoices::invoice_state_from(state);
        if (!page.state) {
            return fail(Code::kInvalid, "The query parameter state must be open, part_paid, paid, overpaid or void.",
                        "state");
        }
    }
    TRY(const auto found, invoices::list(tx, page));
    std::optional<std::string> next;
    if (int(found.size()) == page.limit) next = found.back().id.to_text();
    return view::page(found, next, write_one);
}

Result<Answer> show(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    TRY(const InvoiceId id, InvoiceId::parse(call.param(0)));
    TRY(const auto found, invoices::find(tx, id));
    return shown(call.services, tx, found, 200);
}

Result<Deed> void_one(const Call& call) {
    TRY(const InvoiceId id, InvoiceId::parse(call.param(0)));
    TRY(body::parse(call.request.body, {}));
    return Deed([id, actor = call.actor(), &services = call.services](jobs::Context& context,
                                                                      store::ClinicTx& tx) -> Result<Answer> {
        TRY(invoices::find(tx, id));
        TRY(const auto now, invoices::void_invoice(context, tx, id, actor));
        return shown(services, tx, now, 200);
    });
}

}  // namespace clinicpro::web::invoice
