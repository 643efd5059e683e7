// clinicpro refund, explain, report, export, statement: money that goes back, and what the books say.
#include <fstream>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "invoices/explain.hpp"
#include "invoices/export.hpp"
#include "invoices/refund.hpp"
#include "invoices/report.hpp"
#include "mpesa/refund.hpp"
#include "web/statement_intake.hpp"

namespace clinicpro::app {
namespace {

namespace sums = payments::day_sums;
using Kind = payments::RefundEvidence::Kind;

struct Options {
    std::string clinic, id, payment, unallocated, amount, way, phone, reason, reference, note, state, what, from, to;
    int limit = 50;
    bool failed = false, bodies = false, take_in = false;
};

std::string line_of(const payments::Refund& r) {
    std::string line = r.id.to_text() + "\t" + to_iso(r.created_at) + "\t" + r.amount.to_display() + "\t" +
                       std::string(to_string(r.way)) + "\t" + std::string(to_string(r.state)) + "\t" +
                       r.payment.to_text() + "\t" + r.reason;
    if (!r.reference.empty()) line += "\t" + r.reference;
    if (r.attention) line += "\t" + *r.attention;
    return line;
}

Result<> request(Core& core, const Options& o) {
    invoices::RefundWish wish{.reason = o.reason, .actor = Cli::actor()};
    if (!o.payment.empty()) {
        TRY(wish.payment, TransactionId::parse(o.payment));
    }
    if (!o.unallocated.empty()) {
        TRY(wish.unallocated, UnallocatedId::parse(o.unallocated));
    }
    if (o.payment.empty() == o.unallocated.empty()) {
        return fail(Code::kInvalid, "Name either --payment or --unallocated.");
    }
    if (!o.amount.empty()) {
        TRY(wish.amount, Money::parse(o.amount));
    }
    if (!o.way.empty()) wish.way = payments::refund_way_from(o.way);
    if (!o.phone.empty()) {
        TRY(wish.phone, Msisdn::parse(o.phone));
    }
    mpesa::RefundPayback payback(core.mpesa());
    std::string made;
    TRY(for_clinic(core, o.clinic, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(const auto asked, invoices::refund::ask(context, tx, *core.vault, payback, wish));
        made = asked.id.to_text() + ": " + asked.amount.to_display() + " by " + std::string(to_string(asked.way));
        return {};
    }));
    print("Asked for " + made + ". Somebody else has to approve it: clinicpro refund approve --clinic " + o.clinic);
    return {};
}

Result<> decide(Core& core, const Options& o, Kind kind) {
    TRY(const RefundId id, RefundId::parse(o.id));
    std::string now;
    TRY(for_clinic(core, o.clinic, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(const auto before, payments::refunds::find(tx, id));
        TRY(const auto after,
            payments::refunds::record(context, tx, before, {.kind = kind, .witness = Cli::actor(), .text = o.note}));
        now = to_string(after.state);
        return {};
    }));
    print("The refund is " + now + ".");
    return {};
}

Result<> settle(Core& core, const Options& o) {
    TRY(const RefundId id, RefundId::parse(o.id));
    invoices::refund::SettledByHand word{
        .done = !o.failed, .reference = o.reference, .note = o.note, .actor = Cli::actor()};
    if (!o.amount.empty()) {
        TRY(word.amount, Money::parse(o.amount));
    }
    TRY(for_clinic(core, o.clinic, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(invoices::refund::settle(context, tx, id, word));
        return {};
    }));
    print(word.done ? "Written down: the money went back." : "Written down: nothing went back.");
    return {};
}

Result<> list(Core& core, const Options& o) {
    return look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
        TRY(const auto found, payments::refunds::list(tx, {.limit = o.limit, .state = o.state}));
        for (const auto& one : found) print(line_of(one));
        if (found.empty()) print("Nothing here.");
        return {};
    });
}

Result<> show(Core& core, const Options& o) {
    TRY(const RefundId id, RefundId::parse(o.id));
    return look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
        TRY(const auto r, payments::refunds::find(tx, id));
        print(line_of(r));
        print("asked for by       " + r.requested_by);
        print("decided by         " + (r.decided_by.empty() ? "nobody yet" : r.decided_by));
        if (!r.payee_masked.empty()) print("payee              " + r.payee_masked);
        if (!r.result_text.empty()) print("result             " + r.result_text);
        return {};
    });
}

Result<> explain(Core& core, const Options& o) {
    TRY(const TransactionId id, TransactionId::parse(o.payment));
    return look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
        TRY(const auto all, invoices::explain::payment(tx, *core.vault, id, o.bodies));
        for (const invoices::Happening& h : all) {
            print(to_iso(h.at) + "  " + h.who + ": " + h.sentence);
            if (!h.body.empty()) print("    " + h.body);
        }
        return {};
    });
}

Result<int64_t> day(const std::string& word, int64_t otherwise) {
    if (word.empty()) return otherwise;
    if (const auto at = parse_iso(word + "T00:00:00+03:00"); at && word.size() == 10) return sums::day_of(*at);
    return fail(Code::kInvalid, "Write a day as 2026-11-23.");
}

Result<> report(Core& core, const Options& o) {
    const Instant now = core.clock.now();
    TRY(const int64_t last, day(o.to, sums::day_of(now)));
    TRY(const int64_t first, day(o.from, last - 29));
    return look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
        TRY(const auto r, invoices::report::make(tx, first, last, now));
        print("collected          " + r.collected.to_display());
        for (const auto& [method, sum] : r.by_method) {
            print("  by " + method + "     " + sum.second.to_display() + " in " + std::to_string(sum.first) + " payments");
        }
        print("went back          " + r.refunded.to_display());
        print("fitted nowhere     " + r.unallocated.to_display() + ", assigned by people " + r.assigned.to_display());
        print("prompts paid       " + std::to_string(r.prompts_paid) + " of " + std::to_string(r.prompts));
        for (const auto& [outcome, n] : r.not_paid) print("  " + outcome + "     " + std::to_string(n));
        print("prompt to paid     half within " + std::to_string(r.prompt_to_paid.median) + " s, nine in ten within " +
              std::to_string(r.prompt_to_paid.p90) + " s");
        print("paid to link       half within " + std::to_string(r.paid_to_link.median) + " s, nine in ten within " +
              std::to_string(r.paid_to_link.p90) + " s");
        print("visits             " + std::to_string(r.visits_completed) + " completed, " +
              std::to_string(r.visits_not_completed) + " over and not completed, " + std::to_string(r.visits_to_come) +
              " to come, " + std::to_string(r.visits_cancelled) + " cancelled");
        print("open now           " + r.open_unallocated_amount.to_display() + " unallocated, " +
              r.open_refunds_amount.to_display() + " being refunded");
        return {};
    });
}

// Page by page, so that a large clinic does not fill memory.
Result<> write_table(Core& core, const Options& o) {
    invoices::exports::Wish wish{.what = *invoices::exports::what_from(o.what)};
    if (!o.from.empty()) {
        TRY(const int64_t first, day(o.from, 0));
        wish.from = sums::start_of(first);
    }
    if (!o.to.empty()) {
        TRY(const int64_t last, day(o.to, 0));
        wish.to = sums::start_of(last + 1);
    }
    do {
        TRY(look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
            TRY(const auto page, invoices::exports::page(tx, wish));
            std::cout << page.csv;
            wish.after = page.next;
            wish.with_header = false;
            return {};
        }));
    } while (wish.after != 0);
    std::cout.flush();
    return {};
}

Result<> compare(Core& core, const Options& o) {
    std::ifstream in(o.what, std::ios::binary);
    std::stringstream content;
    if (!in || !(content << in.rdbuf())) return fail(Code::kInvalid, "The file " + o.what + " is empty or cannot be read.");
    namespace book = invoices::statement;
    TRY(const auto read, book::parse(content.str()));
    return for_clinic(core, o.clinic, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(const auto compared, book::compare(tx, read));
        std::string lines;
        for (const book::Difference& d : compared.differences) {
            lines += d.receipt + "\t" + to_iso(d.at) + "\t" + std::string(to_string(d.kind)) + "\t" + d.sentence + "\n";
        }
        int64_t taken_in = 0;
        if (o.take_in) {
            TRY(taken_in, web::take_in(context, tx, *core.vault, read, compared, Cli::actor()));
        }
        print(lines + std::to_string(compared.matched) + " rows agree, " + std::to_string(compared.differences.size()) +
              " differ" + (taken_in > 0 ? ", " + std::to_string(taken_in) + " are taken in by the running server." : "."));
        return {};
    });
}

}  // namespace

void add_money_commands(CLI::App& app, Cli& cli) {
    auto o = std::make_shared<Options>();
    const auto bind = [&cli, o](CLI::App* command, std::function<Result<>(Core&, const Options&)> body) {
        command->add_option("--clinic", o->clinic, "slug or number")->required();
        command->callback([&cli, o, body = std::move(body)] {
            cli.action = [&cli, o, body]() -> Result<> {
                TRY(const auto core, cli.core());
                return body(*core, *o);
            };
        });
        return command;
    };

    auto* refund = app.add_subcommand("refund", "give money back: one person asks, another approves");
    refund->require_subcommand(1);
    refund->footer(
        "Example: clinicpro refund request --clinic mlimani --payment pay_0c5t7v2k9m1qa --reason \"Visit cancelled\"");
    auto* ask = bind(refund->add_subcommand("request", "ask for it; the money is held"), request);
    ask->add_option("--payment", o->payment, "its id, pay_...");
    ask->add_option("--unallocated", o->unallocated, "or of unallocated money, una_...");
    ask->add_option("--amount", o->amount, "shillings; left out: all that can go back");
    ask->add_option("--way", o->way, "reversal, payout or by_hand")->check(CLI::IsMember({"reversal", "payout", "by_hand"}));
    ask->add_option("--phone", o->phone, "of a payout; left out: the phone that paid");
    ask->add_option("--reason", o->reason, "whoever approves it reads this")->required();
    bind(refund->add_subcommand("list", "newest first"), list)
        ->add_option("--state", o->state, "open, done, failed ...; left out: all");
    const auto named = [&](const char* name, const char* help, std::function<Result<>(Core&, const Options&)> body) {
        auto* command = bind(refund->add_subcommand(name, help), std::move(body));
        command->add_option("refund", o->id, "its id, ref_...")->required();
        return command;
    };
    named("show", "one refund", show);
    named("approve", "agree; never the one who asked",
          [](Core& core, const Options& options) { return decide(core, options, Kind::kApproved); });
    named("reject", "do not agree", [](Core& core, const Options& options) { return decide(core, options, Kind::kRejected); })
        ->add_option("--note", o->note, "why");
    named("cancel", "take the wish back", [](Core& core, const Options& options) { return decide(core, options, Kind::kCancelled); });
    auto* end = named("settle", "say how it ended, with a proof", settle);
    end->add_option("--reference", o->reference, "the receipt or voucher number");
    end->add_option("--note", o->note, "how you know")->required();
    end->add_option("--amount", o->amount, "shillings that went back; left out: all of it");
    end->add_flag("--failed", o->failed, "nothing went back");

    auto* story = bind(app.add_subcommand("explain", "everything that is known about one payment, in order"), explain);
    story->add_option("payment", o->payment, "its id, pay_...")->required();
    story->add_flag("--bodies", o->bodies, "with what went over the wire; phones are masked");
    story->footer("Example: clinicpro explain pay_0c5t7v2k9m1qa --clinic mlimani");

    auto* sum = bind(app.add_subcommand("report", "a range of days, added up"), report);
    sum->add_option("--from", o->from, "first day, such as 2026-11-01; left out: 30 days");
    sum->add_option("--to", o->to, "last day; left out: today");
    sum->footer("Example: clinicpro report --clinic mlimani --from 2026-11-01 --to 2026-11-30");

    auto* table = bind(app.add_subcommand("export", "a table as CSV, on standard output"), write_table);
    table->add_option("what", o->what, "payments, invoices or ledger")
        ->required()
        ->check(CLI::IsMember({"payments", "invoices", "ledger"}));
    table->add_option("--from", o->from, "first day, such as 2026-11-01");
    table->add_option("--to", o->to, "last day");
    auto* book = bind(app.add_subcommand("statement", "compare an M-Pesa statement (the portal's CSV) with the books"), compare);
    book->add_option("file", o->what, "the exported CSV")->required();
    book->add_flag("--take-in", o->take_in, "take in what stands in the statement alone");
    book->footer("Example: clinicpro statement statement.csv --clinic mlimani");
    table->footer("Example: clinicpro export payments --clinic mlimani --from 2026-11-01 > payments.csv");
}

}  // namespace clinicpro::app
