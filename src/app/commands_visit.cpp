// clinicpro invoice: what patients owe.
#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "invoices/appointment.hpp"
#include "invoices/invoice.hpp"
#include "invoices/patient.hpp"
#include "web/pay_view.hpp"
#include "jobs/queue.hpp"

namespace clinicpro::app {
namespace {

struct Options {
    std::string clinic, host;
    std::string reference, patient, phone, email, language = "en", virtual_at, onsite_at, amount, what = "Consultation", state;
    int minutes = 30, limit = 20;
    bool quiet = false;
};

std::string line_of(const invoices::Invoice& one) {
    return one.id.to_text() + "\t" + one.account + "\t" + (one.reference.empty() ? "-" : one.reference) + "\t" +
           std::string(to_string(one.state)) + "\tdue " + one.amount_due.to_display() + "\tpaid " + one.amount_paid.to_display();
}

Result<> create_invoice(Core& core, const Options& o) {
    TRY(const Money amount, Money::parse(o.amount));
    TRY(const Msisdn phone, Msisdn::parse(o.phone));
    std::optional<messaging::MailAddress> email;
    if (!o.email.empty()) {
        TRY(email, messaging::MailAddress::parse(o.email));
    }
    std::optional<invoices::Invoice> made;
    std::string page;
    TRY(for_clinic(core, o.clinic, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        const std::string actor = Cli::actor();
        TRY(const auto patient, invoices::patients::create(
            context, tx, *core.vault, {.name = o.patient, .phone = phone, .language = o.language, .actor = actor, .email = email}));
        invoices::NewInvoice wanted{.patient = patient.id, .reference = o.reference, .items = {{o.what, 1, amount}}, .actor = actor};
        const std::string& at = o.virtual_at.empty() ? o.onsite_at : o.virtual_at;
        if (!at.empty()) {
            TRY(const Instant starts_at, parse_iso(at));
            TRY(const auto visit, invoices::appointments::create(
                context, tx,
                {.patient = patient.id,
                 .kind = o.virtual_at.empty() ? invoices::AppointmentKind::kOnsite : invoices::AppointmentKind::kVirtual,
                 .title = o.what,
                 .starts_at = starts_at,
                 .ends_at = starts_at + std::chrono::minutes(o.minutes),
                 .actor = actor,
                 .host = o.host}));
            wanted.appointment = visit.id;
        }
        TRY(made, invoices::create(context, tx, core.entropy, wanted));
        page = web::pay_url(core.settings.public_url, *core.links, tx.clinic(), made->id);
        return {};
    }));
    if (o.quiet) {
        print(made->account);
    } else {
        print("Invoice " + made->id.to_text() + " is open: " + made->amount_due.to_display() + ", account number " + made->account + ".");
        print("The patient pays at " + page);
    }
    return {};
}

Result<> show_invoice(Core& core, const Options& o) {
    return look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
        TRY(const auto one, invoices::find_typed(tx, o.reference));
        print(line_of(one));
        print("  " + web::pay_url(core.settings.public_url, *core.links, tx.clinic(), one.id));
        TRY(const auto items, invoices::items(tx, one.id));
        for (const auto& item : items) {
            print("  " + std::to_string(item.quantity) + " x " + item.description + " at " + item.unit_price.to_display());
        }
        if (one.appointment) {
            TRY(const auto visit, invoices::appointments::find(tx, one.appointment));
            print("  " + std::string(to_string(visit.kind)) + " visit, " + std::string(to_string(visit.state)) + ", " + to_eat_words(visit.starts_at));
        }
        return {};
    });
}

Result<> list_invoices(Core& core, const Options& o) {
    return look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
        invoices::InvoicePage page{.limit = o.limit};
        if (!o.state.empty()) page.state = invoices::invoice_state_from(o.state);
        TRY(const auto found, invoices::list(tx, page));
        for (const auto& one : found) print(line_of(one));
        if (found.empty()) print("Nothing here.");
        return {};
    });
}

}  // namespace

void add_visit_commands(CLI::App& app, Cli& cli) {
    auto o = std::make_shared<Options>();
    const auto bind = [&cli, o](CLI::App* command, Result<> (*body)(Core&, const Options&)) {
        command->callback([&cli, o, body] {
            cli.action = [&cli, o, body]() -> Result<> {
                TRY(const auto core, cli.core());
                return body(*core, *o);
            };
        });
    };

    auto* invoice = app.add_subcommand("invoice", "what patients owe");
    invoice->require_subcommand(1);
    invoice->footer("Example: clinicpro invoice create --clinic mlimani --patient \"Asha M\" --phone 0712345678 \\\n"
                    "           --amount 1000 --reference INV-123456 --virtual 2026-12-01T14:30:00+03:00");
    auto* create = invoice->add_subcommand("create", "a patient, a visit if wanted, and the invoice for it");
    create->add_option("--clinic", o->clinic, "slug or number")->required();
    create->add_option("--patient", o->patient, "the patient's name")->required();
    create->add_option("--phone", o->phone, "the patient's phone")->required();
    create->add_option("--email", o->email, "the patient's mail address, if any");
    create->add_option("--amount", o->amount, "shillings")->required();
    create->add_option("--for", o->what, "what it is for, as the invoice shows it")->capture_default_str();
    create->add_option("--reference", o->reference, "the clinic's own number, such as INV-123456");
    create->add_option("--language", o->language, "en or sw")->check(CLI::IsMember({"en", "sw"}))->capture_default_str();
    auto* by_link = create->add_option("--virtual", o->virtual_at, "a virtual visit at this time");
    create->add_option("--host", o->host, "virtual: the meeting provider's user who holds it, such as an e-mail address");
    create->add_option("--onsite", o->onsite_at, "an onsite visit at this time")->excludes(by_link);
    create->add_option("--minutes", o->minutes, "length of the visit")->check(CLI::Range(5, 600))->capture_default_str();
    create->add_flag("--quiet", o->quiet, "print the account number alone");
    bind(create, create_invoice);
    auto* look = invoice->add_subcommand("show", "one invoice");
    look->add_option("--clinic", o->clinic, "slug or number")->required();
    look->add_option("invoice", o->reference, "reference or account number")->required();
    bind(look, show_invoice);
    auto* list = invoice->add_subcommand("list", "newest first");
    list->add_option("--clinic", o->clinic, "slug or number")->required();
    list->add_option("--state", o->state, "open, part_paid, paid, overpaid or void")->check(CLI::IsMember({"open", "part_paid", "paid", "overpaid", "void"}));
    list->add_option("--limit", o->limit, "how many")->check(CLI::Range(1, 200))->capture_default_str();
    bind(list, list_invoices);
}

}  // namespace clinicpro::app
