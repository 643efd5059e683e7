// clinicpro messaging: how a clinic's messages reach its patients.
#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "invoices/message_settings.hpp"
#include "jobs/queue.hpp"

namespace clinicpro::app {
namespace {

using invoices::MessageSettings;

struct Options {
    std::string clinic, environment, base_url, username, sender, api_key, quiet;
    std::vector<std::string> channels;
};

// The clinic's own settings, or without --clinic the default of all.
Result<> change(Core& core, const Options& o,
                const std::function<Result<>(store::ClinicTx&, jobs::Context&)>& body) {
    if (!o.clinic.empty()) return for_clinic(core, o.clinic, body);
    return core.database->write([&](store::Tx& tx) -> Result<> {
        store::ClinicTx system(tx, kSystem);
        jobs::QueueContext context(*core.ids, core.clock.now());
        return body(system, context);
    });
}

Result<> look(Core& core, const Options& o, const std::function<Result<>(store::ClinicTx&)>& body) {
    if (!o.clinic.empty()) return look_at_clinic(core, o.clinic, body);
    return core.database->read([&](store::Tx& tx) -> Result<> {
        store::ClinicTx system(tx, kSystem);
        return body(system);
    });
}

std::string whose(const Options& o) {
    return o.clinic.empty() ? std::string("every clinic without a choice of its own") : o.clinic;
}

Result<> read_quiet(const std::string& text, messaging::QuietHours& quiet) {
    if (text == "none") {
        quiet = {0, 0};
        return {};
    }
    const size_t dash = text.find('-');
    const auto from = messaging::parse_minute_of_day(text.substr(0, dash));
    const auto until = dash == std::string::npos ? from : messaging::parse_minute_of_day(text.substr(dash + 1));
    if (dash == std::string::npos || !from || !until) {
        return fail(Code::kInvalid, "Quiet hours are written like 21:00-07:00, or none.", "quiet");
    }
    quiet = {*from, *until};
    return {};
}

Result<> use(Core& core, const Options& o) {
    std::optional<Secret<>> api_key;
    if (!o.api_key.empty()) {
        TRY(api_key, read_secret(o.api_key));  // before the transaction, which may run more than once
    }
    TRY(change(core, o, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(const auto before, MessageSettings::current(tx, *core.vault));
        messaging::Settings settings;
        if (before && before->owner == tx.clinic()) settings = before->settings;
        settings.sms = std::ranges::count(o.channels, "sms") > 0;
        if (settings.sms && std::ranges::count(o.channels, "log") > 0) {
            return fail(Code::kInvalid, "Choose sms, or log when nothing is to be sent; not both.", "channels");
        }
        messaging::SmsAccount& sms = settings.sms_account;
        if (!o.environment.empty()) {
            sms.environment = *messaging::sms_environment_from(o.environment);
            if (sms.environment != messaging::SmsEnvironment::kCustom) sms.base_url.clear();
        }
        if (!o.base_url.empty()) sms.base_url = o.base_url;
        if (!o.username.empty()) sms.username = o.username;
        if (!o.sender.empty()) sms.sender_id = o.sender == "none" ? std::string() : o.sender;
        sms.api_key = api_key.value_or(Secret<>());
        if (!o.quiet.empty()) TRY(read_quiet(o.quiet, settings.quiet));
        return MessageSettings::save(context, tx, *core.vault, settings, Cli::actor());
    }));
    std::string names;
    for (const std::string& one : o.channels) names += (names.empty() ? "" : " and ") + one;
    print("Messages of " + whose(o) + " go by " + names + ".");
    return {};
}

Result<> show(Core& core, const Options& o) {
    return look(core, o, [&](store::ClinicTx& tx) -> Result<> {
        TRY(const auto choice, MessageSettings::current(tx, *core.vault));
        if (!choice) {
            print("Nothing was chosen, so messages are written to the log. Choose: clinicpro messaging use sms ...");
            return {};
        }
        const messaging::Settings& s = choice->settings;
        const bool own = choice->owner == tx.clinic();
        print("channels        " + std::string(s.sms ? "sms" : "log") + (own ? "" : " (the server's default)"));
        if (!s.sms_account.username.empty()) {
            print("sms address     " + s.sms_account.endpoint());
            print("sms user name   " + s.sms_account.username);
            print("sms sender id   " + (s.sms_account.sender_id.empty() ? "(the provider's)" : s.sms_account.sender_id));
            print("sms api key     " + std::string(s.sms_account.api_key.empty() ? "(missing)" : "(set)"));
            if (own) {
                print("sms reports     " + invoices::report_url(core.settings.public_url, *core.links, choice->owner,
                                                                s.report_generation));
            }
        }
        print("quiet hours     " + (s.quiet.from == s.quiet.until
                                        ? std::string("none")
                                        : messaging::minute_of_day(s.quiet.from) + "-" +
                                              messaging::minute_of_day(s.quiet.until) + " EAT"));
        return {};
    });
}

Result<> forget(Core& core, const Options& o) {
    TRY(change(core, o, [&](store::ClinicTx& tx, jobs::Context& context) {
        return MessageSettings::clear(context, tx, Cli::actor());
    }));
    print("The messaging settings of " + whose(o) + " are gone.");
    return {};
}

Result<> rotate(Core& core, const Options& o) {
    TRY(change(core, o, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(MessageSettings::rotate_reports(tx, Cli::actor(), context.now()));
        return {};
    }));
    print("The new address of delivery reports is current; put it into the provider's dashboard:");
    return show(core, o);
}

}  // namespace

void add_messaging_commands(CLI::App& app, Cli& cli) {
    auto o = std::make_shared<Options>();
    auto* messaging = app.add_subcommand("messaging", "how messages reach the patients: SMS, or the log");
    messaging->require_subcommand(1);
    messaging->footer(
        "Example: clinicpro messaging use sms --clinic mlimani --username mlimani --api-key env:AT_KEY --sender MLIMANI\n"
        "         clinicpro messaging show --clinic mlimani        prints the address for the provider's delivery reports");
    const auto bind = [&cli, o](CLI::App* command, Result<> (*body)(Core&, const Options&)) {
        command->add_option("--clinic", o->clinic, "slug or number; left out: the default of all clinics");
        command->callback([&cli, o, body] {
            cli.action = [&cli, o, body]() -> Result<> {
                TRY(const auto core, cli.core());
                return body(*core, *o);
            };
        });
    };
    auto* choose = messaging->add_subcommand("use", "choose the channels; what is left out of the accounts stays");
    choose->add_option("channels", o->channels, "sms, or log")->required()->check(CLI::IsMember({"sms", "log"}));
    choose->add_option("--environment", o->environment, "of Africa's Talking: live, sandbox or custom")
        ->check(CLI::IsMember({"live", "sandbox", "custom"}));
    choose->add_option("--base-url", o->base_url, "of a custom environment, such as a simulator");
    choose->add_option("--username", o->username, "of the Africa's Talking application");
    choose->add_option("--api-key", o->api_key, "env:NAME, file:PATH, - or the value");
    choose->add_option("--sender", o->sender, "your transactional sender id; none: the provider's shared one");
    choose->add_option("--quiet", o->quiet, "hours in which what can wait waits: 21:00-07:00, or none");
    bind(choose, use);
    bind(messaging->add_subcommand("show", "the settings, without secrets"), show);
    bind(messaging->add_subcommand("clear", "back to the server's default"), forget);
    bind(messaging->add_subcommand("rotate-reports",
                                   "make a new address for delivery reports; the one before stays good until the next"),
         rotate);
}

}  // namespace clinicpro::app
