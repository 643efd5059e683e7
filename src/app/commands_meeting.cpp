// clinicpro meetings: who makes the meetings of virtual visits: choosing, checking, connecting, falling back, moving.
#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "clinics/clinic.hpp"
#include "invoices/meeting_call.hpp"
#include "invoices/meeting_consent.hpp"
#include "invoices/meeting_fallback.hpp"
#include "invoices/meeting_keeper.hpp"
#include "invoices/meeting_sweep.hpp"
#include "jobs/queue.hpp"
#include "meetings/provider_fields.hpp"
#include "net/client.hpp"

namespace clinicpro::app {
namespace {

using invoices::MeetingSettings;

struct Options {
    std::string clinic, provider, host, appointment;
    std::vector<std::string> order;
    std::map<std::string, std::string> given;  // of `use`, by the setting's name
    bool none = false;
};

// "client_secret" is --client-secret.
std::string option_of(std::string_view setting) {
    std::string option = "--" + std::string(setting);
    std::replace(option.begin(), option.end(), '_', '-');
    return option;
}

std::string whose(const Options& o) {
    return o.clinic.empty() ? "every clinic without a choice of its own" : o.clinic;
}

// The clinic's own, or without --clinic the default of all.
using Body = std::function<Result<>(store::ClinicTx&, jobs::Context&)>;
Result<> change(Core& core, const Options& o, const Body& body) {
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

// A key file is named by its path; "env:", "file:" and "-" work as for every secret.
Result<Secret<>> read_file_secret(const std::string& option) {
    const bool named = option == "-" || option.starts_with("env:") || option.starts_with("file:");
    return read_secret(named ? option : "file:" + option);
}

Result<> use_provider(Core& core, const Options& o) {
    TRY(const meetings::Kind kind, meetings::kind_of_word(o.provider));
    meetings::Given plain;
    std::map<std::string, Secret<>> secrets;
    for (const auto& [name, value] : o.given) {
        const meetings::ProviderField* field = meetings::find_field(o.provider, name);
        if (field == nullptr || !field->is_secret()) {
            plain.emplace(name, value);  // compose refuses what this provider does not have
            continue;
        }
        TRY(Secret<> secret, field->type == meetings::ProviderField::Type::kFile ? read_file_secret(value) : read_secret(value));
        secrets.emplace(name, std::move(secret));
    }
    MeetingSettings settings(*core.vault, core.entropy);
    bool to_be_connected = false;
    TRY(change(core, o, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(const auto before, MeetingSettings::of_kind(tx, kind, tx.clinic()));
        auto composed = meetings::compose(o.provider, plain, secrets, before ? &before->settings : nullptr);
        if (!composed) {
            Error error = std::move(composed).error();
            if (o.given.contains(error.field)) error.message = option_of(error.field) + ": " + error.message;
            return std::unexpected(std::move(error));
        }
        TRY(settings.set_adapter(context, tx, *composed, Cli::actor()));
        to_be_connected = !settings.provider(tx, kind, tx.clinic()).has_value();
        return {};
    }));
    print("New meetings of " + whose(o) + " are made by " + o.provider + ".");
    const std::string clinic = o.clinic.empty() ? "" : " --clinic " + o.clinic;
    print(to_be_connected ? "Next: clinicpro meetings connect google" + clinic
                          : "Try it: clinicpro meetings check" + clinic);
    return {};
}

Result<> show_provider(Core& core, const Options& o) {
    MeetingSettings settings(*core.vault, core.entropy);
    return look(core, o, [&](store::ClinicTx& tx) -> Result<> {
        TRY(const auto choice, MeetingSettings::current(tx));
        if (!choice) {
            print("No provider was chosen. Choose one: clinicpro meetings use simple --base-url https://meet.example");
            return {};
        }
        print(std::string(meetings::word_of(choice->settings)) + "\t" + choice->settings.base_url +
              (choice->is_default && !o.clinic.empty() ? "\t(the default)" : ""));
        for (const auto& [name, value] : choice->settings.plain) print(name + "\t" + value);
        TRY(const auto secrets, settings.secrets_set(tx, *choice));
        for (const std::string& name : secrets) print(name + "\t(set)");
        TRY(const auto broken, invoices::meeting_connections::broken(tx, *choice));
        for (const auto& one : broken) {
            print("BROKEN since " + to_eat_words(one.since) + (one.account.empty() ? "" : ", " + one.account) + ": " + one.note);
        }
        if (choice->checked_at) {
            print("checked " + to_eat_words(*choice->checked_at) + ": " +
                  (choice->check_note.empty() ? "all was good" : choice->check_note));
        }
        TRY(const auto order, invoices::meeting_fallback::order(tx));
        std::string words;
        for (const meetings::Kind kind : order) words += " " + std::string(meetings::to_string(kind));
        print("falls back to" + (words.empty() ? " nobody" : words));
        TRY(const auto sweeps, invoices::meeting_sweeps::list(tx));
        for (const auto& one : sweeps) {
            if (!one.finished_at) continue;
            print("swept " + one.provider + " " + to_eat_words(*one.finished_at) + ": " + std::to_string(one.listed) + " seen, " +
                  std::to_string(one.removed) + " removed, " + std::to_string(one.strangers) + " unknown here" +
                  (one.note.empty() ? "" : ". " + one.note));
        }
        return {};
    });
}

Result<> list_providers(Core&, const Options&) {
    for (const auto word : meetings::kProviderWords) {
        print(std::string(word));
        for (const auto& field : meetings::provider_fields(word)) {
            print("  " + option_of(field.name) + "\t" + std::string(field.help));
        }
    }
    return {};
}

Result<invoices::MeetingCall> calling(Core& core, const Options& o, MeetingSettings& settings, net::Client& client) {
    ClinicId clinic = kSystem;
    if (!o.clinic.empty()) {
        TRY(look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
            clinic = tx.clinic();
            return {};
        }));
    }
    return invoices::MeetingCall{*core.database, *core.vault, settings, client, *core.ids, core.clock, clinic, Cli::actor()};
}

Result<> check_provider(Core& core, const Options& o) {
    MeetingSettings settings(*core.vault, core.entropy);
    net::CurlClient client;
    TRY(auto call, calling(core, o, settings, client));
    TRY(const auto findings, call.check(o.host));
    int problems = 0;
    for (const auto& one : findings) {
        problems += one.level == meetings::Finding::Level::kProblem;
        print(std::string(meetings::to_string(one.level)) + "\t" + one.sentence);
    }
    if (problems == 0) return {};
    return fail(Code::kConfig, problems == 1 ? "One problem stands in the way of meetings."
                                             : std::to_string(problems) + " problems stand in the way of meetings.");
}

Result<> connect(Core& core, const Options& o) {
    TRY(const meetings::Kind kind, meetings::kind_of_word(o.provider));
    if (kind != meetings::Kind::kGoogleMeet) {
        return fail(Code::kInvalid, "Only google is connected in a browser; the others need no consent.");
    }
    MeetingSettings settings(*core.vault, core.entropy);
    invoices::meeting_consents::Begun begun;
    TRY(change(core, o, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(begun, invoices::meeting_consents::begin(context, tx, *core.vault, settings, *core.links,
                                                     core.settings.public_url, Cli::actor()));
        return {};
    }));
    print("Open this within ten minutes, signed in to Google as the one who holds the meetings, and agree:");
    print(begun.url);
    print("The running server finishes it at " + begun.redirect_uri + ", which the OAuth client must allow as a redirect.");
    return {};
}

Result<> fall_back(Core& core, const Options& o) {
    std::vector<meetings::Kind> order;
    for (const std::string& word : o.order) {
        TRY(const meetings::Kind kind, meetings::kind_of_word(word));
        order.push_back(kind);
    }
    if (order.empty() && !o.none) return fail(Code::kInvalid, "Name the providers in order, or say --none.");
    TRY(change(core, o, [&](store::ClinicTx& tx, jobs::Context& context) {
        return invoices::meeting_fallback::set_order(context, tx, order, Cli::actor());
    }));
    print(order.empty() ? "Meetings of " + o.clinic + " are made by their provider alone."
                        : "What the provider of " + o.clinic + " cannot make is made by another, and the visit says so.");
    return {};
}

Result<> move(Core& core, const Options& o) {
    TRY(const AppointmentId id, AppointmentId::parse(o.appointment));
    TRY(change(core, o, [&](store::ClinicTx& tx, jobs::Context& context) {
        return invoices::meeting_keeper::move(context, tx, id,
                                              o.host.empty() ? std::nullopt : std::optional(o.host), Cli::actor());
    }));
    print("The running server makes a new meeting and then takes the old one down. The patient's link stays the same.");
    return {};
}

constexpr const char* kExamples =
    "Example: clinicpro meetings use simple --clinic mlimani --base-url https://meet.mlimani.example\n"
    "         clinicpro meetings use google --clinic mlimani --service-account key.json --subject dr.asha@mlimani.example\n"
    "         clinicpro meetings use google --clinic mlimani --client-id ID --client-secret env:SECRET\n"
    "         clinicpro meetings connect google --clinic mlimani\n"
    "         clinicpro meetings use zoom --clinic mlimani --account-id A --client-id C --client-secret file:zoom.secret \\\n"
    "           --host dr.asha@mlimani.example\n"
    "         clinicpro meetings fallback simple --clinic mlimani";

}  // namespace

void add_meeting_commands(CLI::App& app, Cli& cli) {
    auto o = std::make_shared<Options>();
    const auto bind = [&cli, o](CLI::App* command, Result<> (*body)(Core&, const Options&)) {
        command->callback([&cli, o, body] {
            cli.action = [&cli, o, body]() -> Result<> {
                TRY(const auto core, cli.core());
                return body(*core, *o);
            };
        });
    };
    auto* meetings = app.add_subcommand("meetings", "who makes the meetings of virtual visits");
    meetings->require_subcommand(1);
    meetings->footer(kExamples);

    auto* use = meetings->add_subcommand("use", "choose the provider; without --clinic, the default of all clinics");
    use->add_option("provider", o->provider, "simple, jitsi, google or zoom")->required();
    use->add_option("--clinic", o->clinic, "slug or number");
    std::map<std::string, std::string> helps;
    for (const auto word : meetings::kProviderWords) {
        for (const auto& field : meetings::provider_fields(word)) {
            std::string& help = helps[std::string(field.name)];
            const std::string form = field.type == meetings::ProviderField::Type::kFile   ? " (path)"
                                     : field.type == meetings::ProviderField::Type::kSecret ? " (env:NAME, file:PATH or -)"
                                     : field.type == meetings::ProviderField::Type::kYesNo  ? " (yes or no)"
                                                                                            : "";
            help += (help.empty() ? "" : "; ") + std::string(word) + ": " + std::string(field.help) + form;
        }
    }
    for (const auto& [name, help] : helps) {
        use->add_option_function<std::string>(
            option_of(name), [o, setting = name](const std::string& value) { o->given[setting] = value; }, help);
    }
    bind(use, use_provider);
    auto* show = meetings->add_subcommand("show", "the provider in use, without its secrets");
    show->add_option("--clinic", o->clinic, "slug or number");
    bind(show, show_provider);
    bind(meetings->add_subcommand("list", "the providers there are, and their settings"), list_providers);
    auto* check = meetings->add_subcommand("check", "try it: token, permissions, host and plan");
    check->add_option("--clinic", o->clinic, "slug or number");
    check->add_option("--host", o->host, "try it for this practitioner");
    bind(check, check_provider);
    auto* consent = meetings->add_subcommand("connect", "the link where a user agrees that we make meetings");
    consent->add_option("provider", o->provider, "google")->required();
    consent->add_option("--clinic", o->clinic, "slug or number");
    bind(consent, connect);
    auto* fallback = meetings->add_subcommand("fallback", "who makes what the provider cannot make; nobody by itself");
    fallback->add_option("provider", o->order, "in order");
    fallback->add_option("--clinic", o->clinic, "slug or number")->required();
    fallback->add_flag("--none", o->none, "nobody any more");
    bind(fallback, fall_back);
    auto* mover = meetings->add_subcommand("move", "give a visit a new meeting by the provider chosen now");
    mover->add_option("appointment", o->appointment, "its id, apt_...")->required();
    mover->add_option("--clinic", o->clinic, "slug or number")->required();
    mover->add_option("--host", o->host, "the practitioner who holds it from now on");
    bind(mover, move);
}

}  // namespace clinicpro::app
