#include "web/payment_controller.hpp"

#include "clinics/audit.hpp"
#include "invoices/patient.hpp"
#include "mpesa/stk_push.hpp"
#include "web/body.hpp"
#include "web/pay_view.hpp"
#include "web/views.hpp"

namespace clinicpro::web {

namespace payment {
namespace {

constexpr int kPageMax = 200;  // ledger::Page

Result<Answer> shown(store::ClinicTx& tx, TransactionId id, int status) {
    TRY(const auto found, payments::ledger::find(tx, id));
    return view::one(status, found);
}

// Refuses what a prompt cannot mend, and says how much to ask for.
Result<Money> amount_to_ask(store::ClinicTx& tx, const invoices::Invoice& invoice, const std::optional<Money>& wanted) {
    if (invoice.state == invoices::InvoiceState::kVoid) {
        return fail(Code::kConflict, "This invoice is void, so nothing can be paid on it. Make a new invoice.");
    }
    const Money due = invoice.still_due();
    if (due.is_zero()) return fail(Code::kConflict, "This invoice is paid in full; nothing is due on it.");
    invoices::InvoiceAccounts accounts;
    TRY(const auto match, accounts.look_up(tx, invoice.account));
    if (match && !match->payable) {
        return fail(Code::kConflict, "The visit of this invoice was cancelled. Make a new visit and invoice first.");
    }
    if (wanted && *wanted > due) {
        return fail(Code::kInvalid, "Only " + due.to_display() + " is still due on this invoice; ask for that or less.",
                    "amount_cents");
    }
    return wanted.value_or(due);
}

}  // namespace

Result<TransactionId> prompt(const Services& services, jobs::Context& context, store::ClinicTx& tx, const Prompt& wanted) {
    payments::Method* const method = services.methods.find(mpesa::kStkMethod);
    if (method == nullptr) return fail(Code::kConfig, "M-Pesa prompts are not installed on this server.");
    TRY(const auto invoice, invoices::find(tx, wanted.invoice));
    TRY(const Money asked, amount_to_ask(tx, invoice, wanted.amount));
    std::optional<Msisdn> payer = wanted.phone;
    if (!payer) {
        TRY(payer, invoices::patients::phone(tx, services.vault, invoice.patient));
    }
    return method->start(context, tx, {.invoice = invoice.id,
                                       .amount = asked,
                                       .payer = *payer,
                                       .account = invoice.account,
                                       .description = "Clinic visit",
                                       .actor = wanted.actor});
}

Result<Deed> start(const Call& call) {
    TRY(const InvoiceId id, InvoiceId::parse(call.param(0)));
    TRY(const auto document, body::parse(call.request.body, {"phone", "amount_cents"}));
    const json::View root = document.root();
    std::optional<Money> amount;
    std::optional<Msisdn> phone;
    if (!root["amount_cents"].is_missing_or_null()) {
        TRY(amount, body::amount(root["amount_cents"]));
    }
    if (!root["phone"].is_missing_or_null()) {
        TRY(phone, body::phone(root["phone"]));
    }
    return Deed([wanted = Prompt{id, amount, phone, call.actor()}, &services = call.services](
                    jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(const TransactionId made, prompt(services, context, tx, wanted));
        return shown(tx, made, 202);
    });
}

Result<Answer> list(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {"state", "attention", "invoice", "before", "limit"}));
    payments::ledger::Page page;
    TRY(page.limit, query::limit(call.request, 50, kPageMax));
    TRY(const auto before, query::id<TransactionId>(call.request, "before"));
    page.before = before.value;
    TRY(page.invoice, query::id<InvoiceId>(call.request, "invoice"));
    TRY(page.attention, query::flag(call.request, "attention"));
    page.state = call.request.query_value("state");
    const bool known =
        page.state.empty() || std::any_of(std::begin(payments::kAllStates), std::end(payments::kAllStates),
                                          [&](auto state) { return to_string(state) == page.state; });
    if (!known) {
        return fail(
            Code::kInvalid,
            "The query parameter state must be created, sending, pending, unknown, paid, paid_without_receipt, failed "
            "or expired.",
            "state");
    }
    TRY(const auto found, payments::ledger::list(tx, page));
    return view::page(found, page.limit);
}

Result<Answer> show(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    TRY(const TransactionId id, TransactionId::parse(call.param(0)));
    return shown(tx, id, 200);
}

Result<Deed> clear_attention(const Call& call) {
    TRY(const TransactionId id, TransactionId::parse(call.param(0)));
    TRY(body::parse(call.request.body, {}));
    return Deed([id, actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(payments::ledger::find(tx, id));
        TRY(payments::ledger::clear_attention(context, tx, id, actor));
        return shown(tx, id, 200);
    });
}

}  // namespace payment

namespace unallocated {

Result<Answer> list(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {"state", "before", "limit"}));
    invoices::unallocated::Page page;
    TRY(page.limit, query::limit(call.request, 50, invoices::unallocated::kPageMax));
    TRY(const auto before, query::id<UnallocatedId>(call.request, "before"));
    page.before = before.value;
    const std::string state = call.request.query_value("state");
    if (state == "any") {
        page.state.clear();
    } else if (state == "allocated" || state == "withdrawn" || state == "refunding" || state == "refunded") {
        page.state = state;
    } else if (!state.empty() && state != "open") {
        return fail(Code::kInvalid, "The query parameter state must be open, allocated, withdrawn, refunding, refunded or any.",
                    "state");
    }
    TRY(const auto found, invoices::unallocated::list(tx, page));
    return view::page(found, page.limit);
}

Result<Answer> show(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    TRY(const UnallocatedId id, UnallocatedId::parse(call.param(0)));
    TRY(const auto found, invoices::unallocated::find(tx, id));
    return view::one(200, found);
}

Result<Deed> assign(const Call& call) {
    TRY(const UnallocatedId id, UnallocatedId::parse(call.param(0)));
    TRY(const auto document, body::parse(call.request.body, {"invoice_id"}));
    TRY(const InvoiceId invoice, body::id<InvoiceId>(document.root()["invoice_id"]));
    return Deed([id, invoice, actor = call.actor(), &services = call.services](jobs::Context& context,
                                                                               store::ClinicTx& tx) -> Result<Answer> {
        TRY(invoices::unallocated::find(tx, id));
        TRY(invoices::find(tx, invoice));
        TRY(const auto assigned, invoices::unallocated::assign(context, tx, id, invoice, actor));
        TRY(const auto now, invoices::find(tx, invoice));
        json::Writer w;
        w.begin_object()
            .field("to_invoice_cents", assigned.to_invoice.cents())
            .field("rest_cents", assigned.rest.cents());
        w.key("invoice");
        view::write(w, now, pay_url(services.public_url, services.links, tx.clinic(), now.id));
        return Answer{200, w.end_object().take()};
    });
}

}  // namespace unallocated
}  // namespace clinicpro::web
