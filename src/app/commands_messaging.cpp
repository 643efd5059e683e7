// clinicpro messaging: how a clinic's messages reach its patients.
#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "clinics/clinic.hpp"
#include "invoices/message_texts.hpp"
#include "invoices/message_trial.hpp"
#include "jobs/queue.hpp"
#include "net/client.hpp"

namespace clinicpro::app {
namespace {

using invoices::MessageSettings;

struct Options {
    std::string clinic, environment, base_url, username, sender, api_key, quiet;
    std::string host, security, mail_username, mail_password, from, from_name;
    std::string to, channel = "sms", name, language = "en", words;
    int port = 0;
    std::vector<std::string> channels;
};

// The clinic's own settings, or without --clinic the default of all.
Result<> change(Core& core, const Options& o, const std::function<Result<>(store::ClinicTx&, jobs::Context&)>& body) {
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
    // Before the transaction, which may run more than once.
    Secret<> api_key, password;
    if (!o.api_key.empty()) {
        TRY(api_key, read_secret(o.api_key));
    }
    if (!o.mail_password.empty()) {
        TRY(password, read_secret(o.mail_password));
    }
    TRY(change(core, o, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(const auto before, MessageSettings::current(tx, *core.vault));
        messaging::Settings settings;
        if (before && before->owner == tx.clinic()) settings = before->settings;
        settings.sms = std::ranges::count(o.channels, "sms") > 0;
        settings.mail = std::ranges::count(o.channels, "mail") > 0;
        if ((settings.sms || settings.mail) && std::ranges::count(o.channels, "log") > 0) {
            return fail(Code::kInvalid, "Choose sms, mail or both; or log alone, when nothing is to be sent.",
                        "channels");
        }
        messaging::SmsAccount& sms = settings.sms_account;
        if (!o.environment.empty()) {
            sms.environment = *messaging::sms_environment_from(o.environment);
            if (sms.environment != messaging::SmsEnvironment::kCustom) sms.base_url.clear();
        }
        if (!o.base_url.empty()) sms.base_url = o.base_url;
        if (!o.username.empty()) sms.username = o.username;
        if (!o.sender.empty()) sms.sender_id = o.sender == "none" ? std::string() : o.sender;
        sms.api_key = api_key;
        messaging::MailAccount& mail = settings.mail_account;
        if (!o.host.empty()) mail.host = o.host;
        if (o.port != 0) mail.port = o.port;
        if (!o.security.empty()) mail.security = *messaging::mail_security_from(o.security);
        if (!o.mail_username.empty()) mail.username = o.mail_username == "none" ? std::string() : o.mail_username;
        if (!o.from.empty()) mail.from = o.from;
        if (!o.from_name.empty()) mail.from_name = o.from_name;
        mail.password = password;
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
        const auto tried = [](const std::string& what, const MessageSettings::Tried& trial) {
            if (trial.at) print(what + to_eat_words(*trial.at) + ": " + (trial.note.empty() ? "it works" : trial.note));
        };
        const std::string channels = s.sms ? (s.mail ? "sms and mail" : "sms") : (s.mail ? "mail" : "log");
        print("channels        " + channels + (own ? "" : " (the server's default)"));
        if (!s.sms_account.username.empty()) {
            print("sms address     " + s.sms_account.endpoint());
            print("sms user name   " + s.sms_account.username);
            print("sms sender id   " +
                  (s.sms_account.sender_id.empty() ? "(the provider's)" : s.sms_account.sender_id));
            print("sms api key     " + std::string(s.sms_account.api_key.empty() ? "(missing)" : "(set)"));
            if (own) {
                print("sms reports     " +
                      invoices::report_url(core.settings.public_url, *core.links, choice->owner, s.report_generation));
            }
        }
        tried("sms tried       ", choice->sms_tried);
        const messaging::MailAccount& mail = s.mail_account;
        if (!mail.host.empty()) {
            print("mail server     " + mail.host + ":" + std::to_string(mail.port) + " (" +
                  std::string(messaging::to_string(mail.security)) + ")");
            print("mail user name  " + (mail.username.empty() ? "(none)" : mail.username));
            print("mail password   " + std::string(mail.password.empty() ? "(missing)" : "(set)"));
            print("mail from       " + mail.from + (mail.from_name.empty() ? "" : " (" + mail.from_name + ")"));
        }
        tried("mail tried      ", choice->mail_tried);
        print("quiet hours     " +
              (s.quiet.from == s.quiet.until
                   ? std::string("none")
                   : messaging::minute_of_day(s.quiet.from) + "-" + messaging::minute_of_day(s.quiet.until) + " EAT"));
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

// Sends one message now, and says what the provider made of it.
Result<> test(Core& core, const Options& o) {
    std::optional<MessageSettings::Choice> choice;
    std::string name = "ClinicPro";
    TRY(look(core, o, [&](store::ClinicTx& tx) -> Result<> {
        TRY(choice, MessageSettings::current(tx, *core.vault));
        if (tx.clinic() == kSystem) return {};
        TRY(const clinics::Clinic clinic, clinics::find(tx.raw(), tx.clinic()));
        name = clinic.name;
        return {};
    }));
    if (!choice) return fail(Code::kConfig, "No channel is set up yet. Choose one with `clinicpro messaging use`.");
    const invoices::Trial trial{o.channel, o.to};
    const Instant now = core.clock.now();
    TRY(auto request, invoices::start_trial(*choice, trial, name, "trial_" + core.entropy.hex(8), now));
    net::CurlClient client;
    const auto outcome = net::wait_for(
        [&](std::function<void(net::Outcome)> done) { net::send(client, std::move(request), std::move(done)); });
    const auto result = invoices::read_trial(trial, outcome);
    TRY(change(core, o, [&](store::ClinicTx& tx, jobs::Context& context) {
        return MessageSettings::note_trial(tx, choice->owner, trial.channel, result.found(context.now()));
    }));
    if (!result.accepted) return fail(Code::kUnavailable, result.sentence);
    print(result.sentence);
    return {};
}

struct Which {
    messaging::Template which;
    messaging::Language language;
};

Result<Which> which_of(const Options& o) {
    const auto which = messaging::template_from(o.name);
    if (!which) {
        return fail(Code::kInvalid, "There is no message of this name; `clinicpro messaging text list` has them.",
                    "name");
    }
    return Which{*which, *messaging::language_from(o.language)};
}

Result<> list_texts(Core& core, const Options& o) {
    return look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
        TRY(const auto texts, invoices::message_texts::list(tx));
        for (const auto& one : texts) {
            print(std::string(messaging::to_string(one.which)) + "\t" +
                  std::string(messaging::to_string(one.language)) + "\t" + (one.is_own ? "own" : "default") + "\t" +
                  one.words);
        }
        return {};
    });
}

// What a patient would read, and what it costs.
Result<> show_text(Core& core, const Options& o) {
    TRY(const Which it, which_of(o));
    return look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
        std::string words = o.words;
        if (words.empty()) {
            TRY(words, invoices::message_texts::words(tx, it.which, it.language));
        }
        TRY(const clinics::Clinic clinic, clinics::find(tx.raw(), tx.clinic()));
        TRY(const auto shown, messaging::preview(it.which, words, it.language, clinic.name));
        print(shown.text);
        print(std::to_string(shown.characters) + " characters, " + std::string(shown.encoding) + ", " +
              std::to_string(shown.parts) + " SMS; at its longest " + std::to_string(shown.parts_longest) + ".");
        return {};
    });
}

Result<> set_text(Core& core, const Options& o) {
    TRY(const Which it, which_of(o));
    TRY(for_clinic(core, o.clinic, [&](store::ClinicTx& tx, jobs::Context& context) {
        return o.words.empty()
                   ? invoices::message_texts::reset(context, tx, it.which, it.language, Cli::actor())
                   : invoices::message_texts::set(context, tx, it.which, it.language, o.words, Cli::actor());
    }));
    return show_text(core, o);
}

}  // namespace

void add_messaging_commands(CLI::App& app, Cli& cli) {
    auto o = std::make_shared<Options>();
    auto* messaging = app.add_subcommand("messaging", "how messages reach the patients: SMS, mail, or the log");
    messaging->require_subcommand(1);
    messaging->footer(
        "Example: clinicpro messaging use sms --clinic mlimani --username mlimani --api-key env:AT_KEY --sender "
        "MLIMANI\n"
        "         clinicpro messaging use sms mail --clinic mlimani --mail-host smtp.mlimani.example --mail-port 587 "
        "\\\n"
        "           --mail-username visits --mail-password file:mail.txt --from visits@mlimani.example\n"
        "         clinicpro messaging test --clinic mlimani --to 0712345678\n"
        "         clinicpro messaging text preview paid_virtual --clinic mlimani --language sw\n"
        "         clinicpro messaging show --clinic mlimani        prints the address for the provider's delivery "
        "reports");
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
    choose->add_option("channels", o->channels, "sms, mail or both; or log")
        ->required()
        ->check(CLI::IsMember({"sms", "mail", "log"}));
    choose->add_option("--environment", o->environment, "of Africa's Talking: live, sandbox or custom")
        ->check(CLI::IsMember({"live", "sandbox", "custom"}));
    choose->add_option("--base-url", o->base_url, "of a custom environment, such as a simulator");
    choose->add_option("--username", o->username, "of the Africa's Talking application");
    choose->add_option("--api-key", o->api_key, "env:NAME, file:PATH, - or the value");
    choose->add_option("--sender", o->sender, "your transactional sender id; none: the provider's shared one");
    choose->add_option("--quiet", o->quiet, "hours in which what can wait waits: 21:00-07:00, or none");
    choose->add_option("--mail-host", o->host, "of the clinic's mail server");
    choose->add_option("--mail-port", o->port, "587 for starttls, 465 for tls")->check(CLI::Range(1, 65535));
    choose->add_option("--mail-security", o->security, "starttls, tls, or none (only to this machine)")
        ->check(CLI::IsMember({"starttls", "tls", "none"}));
    choose->add_option("--mail-username", o->mail_username, "none: the server asks for no name");
    choose->add_option("--mail-password", o->mail_password, "env:NAME, file:PATH, - or the value");
    choose->add_option("--from", o->from, "the address that mails come from");
    choose->add_option("--from-name", o->from_name, "the name beside it; left out: the clinic's");
    bind(choose, use);
    auto* trial = messaging->add_subcommand("test", "send one message now, and say what became of it");
    trial->add_option("--to", o->to, "a phone number, or a mail address")->required();
    trial->add_option("--by", o->channel, "sms or mail")->check(CLI::IsMember({"sms", "mail"}))->capture_default_str();
    bind(trial, test);
    auto* texts = messaging->add_subcommand("text", "the wording of the messages");
    texts->require_subcommand(1);
    texts->footer(
        "Example: clinicpro messaging text set reminder_day --clinic mlimani --language en \\\n"
        "           --words \"Tomorrow we see you: {visit}.[ Join: {link}]\"");
    const auto text = [&](const char* command, const char* help, Result<> (*body)(Core&, const Options&), bool words) {
        auto* made = texts->add_subcommand(command, help);
        made->add_option("--clinic", o->clinic, "slug or number")->required();
        if (body != list_texts) {
            made->add_option("name", o->name, "such as paid_virtual")->required();
            made->add_option("--language", o->language, "en or sw")
                ->check(CLI::IsMember({"en", "sw"}))
                ->capture_default_str();
        }
        if (words) {
            made->add_option("--words", o->words,
                             "the text with its {placeholders}; [brackets] go when they are empty");
        }
        made->callback([&cli, o, body] {
            cli.action = [&cli, o, body]() -> Result<> {
                TRY(const auto core, cli.core());
                return body(*core, *o);
            };
        });
    };
    text("list", "every text as it is used now", list_texts, false);
    text("preview", "what a patient reads, in characters and SMS; nothing is kept", show_text, true);
    text("set", "use these words; without --words, the program's own again", set_text, true);
    bind(messaging->add_subcommand("show", "the settings, without secrets"), show);
    bind(messaging->add_subcommand("clear", "back to the server's default"), forget);
    bind(messaging->add_subcommand("rotate-reports",
                                   "make a new address for delivery reports; the one before stays good until the next"),
         rotate);
}

}  // namespace clinicpro::app
