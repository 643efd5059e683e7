// clinicpro pay, simulate, inbox: take a payment, play one, and look at what providers sent.
#include <chrono>
#include <thread>

#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "clinics/clinic.hpp"
#include "invoices/invoice.hpp"
#include "invoices/patient.hpp"
#include "mpesa/simulator.hpp"
#include "net/client.hpp"
#include "payments/inbox.hpp"

namespace clinicpro::app {
namespace {

struct Options {
    std::string clinic, invoice, amount, phone, result_code = "0", server, state, id;
    int limit = 20;
    bool wait = false;
};

std::string sentence(const payments::Transaction& t) {
    switch (t.state) {
        case payments::State::kCreated:
        case payments::State::kSending: return "The prompt is being sent to " + t.payer_masked + ".";
        case payments::State::kPending: return "The prompt is on its way to " + t.payer_masked + "; waiting for the PIN.";
        case payments::State::kUnknown: return t.result_text;
        case payments::State::kPaid: return "Paid " + t.amount_received.to_display() + ", receipt " + t.receipt.value_or("") + ".";
        case payments::State::kPaidWithoutReceipt: return "Paid " + t.amount_received.to_display() + "; the receipt number follows.";
        case payments::State::kFailed: return "Not paid. " + t.result_text;
        case payments::State::kExpired: return t.attention.value_or("No answer came.");
    }
    return {};
}

Result<> pay(Core& core, const Options& o) {
    TRY(const Money asked, o.amount.empty() ? Result<Money>(Money()) : Money::parse(o.amount));
    mpesa::StkPush method(core.mpesa());
    TransactionId id;
    TRY(for_clinic(core, o.clinic, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(const invoices::Invoice invoice, invoices::find_typed(tx, o.invoice));
        if (invoice.still_due().is_zero()) {
            return fail(Code::kConflict, "Nothing is due on this invoice, so nothing was asked.");
        }
        TRY(Msisdn phone, o.phone.empty() ? invoices::patients::phone(tx, *core.vault, invoice.patient) : Msisdn::parse(o.phone));
        TRY(id, method.start(context, tx,
                             {.invoice = invoice.id,
                              .amount = o.amount.empty() ? invoice.still_due() : asked,
                              .payer = std::move(phone),
                              .account = invoice.account,
                              .description = "Clinic visit",
                              .actor = Cli::actor()}));
        return {};
    }));
    print("Payment " + id.to_text() + " is asked for. The running server sends the prompt.");
    if (!o.wait) return {};
    payments::State last = payments::State::kCreated;
    for (;;) {
        payments::Transaction t;
        TRY(look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
            TRY(t, payments::ledger::find(tx, id));
            return {};
        }));
        if (t.state != last) print(sentence(t));
        last = t.state;
        if (t.state == payments::State::kPaid || t.state == payments::State::kPaidWithoutReceipt) return {};
        if (!is_open(t.state)) return fail(Code::kConflict, "The invoice is still open.");
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
}

// Posts what Safaricom would post to the running server.
Result<> simulate(Core& core, const Options& o, bool stk) {
    TRY(const Money amount, Money::parse(o.amount));
    TRY(const Msisdn phone, Msisdn::parse(o.phone));
    mpesa::simulator::Post post;
    TRY(for_clinic(core, o.clinic, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        if (stk) {
            TRY(const invoices::Invoice invoice, invoices::find_typed(tx, o.invoice));
            TRY(post, mpesa::simulator::stk(context, tx, core.mpesa(), invoice.id, {amount, phone, invoice.account, o.result_code}));
        } else {
            TRY(post, mpesa::simulator::c2b(tx, core.mpesa(), {amount, phone, o.invoice}, context.now()));
        }
        return {};
    }));
    const std::string server = o.server.empty() ? "http://" + core.settings.listen : o.server;
    net::CurlClient client;
    const net::Outcome outcome = net::send_and_wait(
        client, {.url = server + post.path, .headers = {{"Content-Type", "application/json;charset=UTF-8"}}, .body = post.body});
    if (const auto* answer = std::get_if<net::Response>(&outcome)) {
        if (answer->status == 200) {
            print("The server at " + server + " took the callback.");
            return {};
        }
        return fail(Code::kUnavailable, "The server answered " + std::to_string(answer->status) + " to the callback.", {}, answer->body);
    }
    return fail(Code::kUnavailable, "No server answers at " + server + ". Start it with `clinicpro serve`, or name it with --server.");
}

Result<> list_inbox(Core& core, const Options& o) {
    return look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
        TRY(const auto notices, payments::Inbox::list(tx, o.state, o.limit));
        for (const auto& one : notices) {
            print(one.id.to_text() + "\t" + to_iso(one.received_at) + "\t" + one.method + "\t" + one.state + "\t" + one.peer +
                  (one.peer_known ? "" : " (not an address Safaricom publishes)") + "\t" + one.note);
        }
        if (notices.empty()) print("Nothing here.");
        return {};
    });
}

}  // namespace

void add_payment_commands(CLI::App& app, Cli& cli) {
    auto o = std::make_shared<Options>();

    auto* ask = app.add_subcommand("pay", "ask a phone to pay an invoice (M-Pesa prompt)");
    ask->add_option("--clinic", o->clinic, "slug or number")->required();
    ask->add_option("--invoice", o->invoice, "reference or account number")->required();
    ask->add_option("--amount", o->amount, "shillings; left out: what is due");
    ask->add_option("--phone", o->phone, "left out: the patient's");
    ask->add_flag("--wait", o->wait, "follow it until it is decided");
    ask->footer("Example: clinicpro pay --clinic mlimani --invoice INV-123456 --phone 0712345678 --wait");
    ask->callback([&cli, o] {
        cli.action = [&cli, o]() -> Result<> {
            TRY(const auto core, cli.core());
            return pay(*core, *o);
        };
    });

    auto* play = app.add_subcommand("simulate", "post a faithful callback to a running server; never in production");
    play->require_subcommand(1);
    play->footer("Example: clinicpro simulate stk --invoice INV-123456 --clinic 1 --amount 1000 --phone 254712345678");
    for (const bool stk : {true, false}) {
        auto* one = play->add_subcommand(stk ? "stk" : "c2b", stk ? "the callback of a prompt" : "the confirmation of a paybill payment");
        one->add_option("--clinic", o->clinic, "slug or number")->required();
        one->add_option("--invoice", o->invoice, stk ? "reference or account number" : "what the payer types as account number")->required();
        one->add_option("--amount", o->amount, "shillings")->required();
        one->add_option("--phone", o->phone, "the payer's")->required();
        one->add_option("--server", o->server, "the running server; left out: the listen setting");
        if (stk) one->add_option("--result-code", o->result_code, "0 is paid; 1032 cancelled, 1037 no answer, 1 no money, 2001 wrong PIN");
        one->callback([&cli, o, stk] {
            cli.action = [&cli, o, stk]() -> Result<> {
                TRY(const auto core, cli.core());
                return simulate(*core, *o, stk);
            };
        });
    }

    auto* inbox = app.add_subcommand("inbox", "what providers sent, as it came");
    inbox->require_subcommand(1);
    inbox->footer("Example: clinicpro inbox list --clinic mlimani --state rejected");
    auto* list = inbox->add_subcommand("list", "newest first");
    list->add_option("--clinic", o->clinic, "slug or number")->required();
    list->add_option("--state", o->state, "new, parked, done or rejected")->check(CLI::IsMember({"new", "parked", "done", "rejected"}));
    list->add_option("--limit", o->limit, "how many")->check(CLI::Range(1, 500))->capture_default_str();
    list->callback([&cli, o] {
        cli.action = [&cli, o]() -> Result<> {
            TRY(const auto core, cli.core());
            return list_inbox(*core, *o);
        };
    });
    for (const bool retry : {true, false}) {
        auto* one = inbox->add_subcommand(retry ? "retry" : "show", retry ? "try a parked or rejected notice again"
                                                                          : "the bytes as they came; they may name a phone");
        one->add_option("--clinic", o->clinic, "slug or number")->required();
        one->add_option("notice", o->id, "its id, inb_...")->required();
        one->callback([&cli, o, retry] {
            cli.action = [&cli, o, retry]() -> Result<> {
                TRY(const auto core, cli.core());
                TRY(const InboxId id, InboxId::parse(o->id));
                if (retry) {
                    TRY(for_clinic(*core, o->clinic, [&](store::ClinicTx& tx, jobs::Context& context) {
                        return payments::Inbox::retry(tx, id, context.now());
                    }));
                    print("It will be tried again now.");
                    return {};
                }
                return look_at_clinic(*core, o->clinic, [&](store::ClinicTx& tx) -> Result<> {
                    TRY(const Secret<> body, payments::Inbox::open(tx, *core->vault, id));
                    print(body.reveal());
                    return {};
                });
            };
        });
    }
}

}  // namespace clinicpro::app
