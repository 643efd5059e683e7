// clinicpro mpesa: connects a clinic to Safaricom's Daraja API.
#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "mpesa/c2b.hpp"
#include "mpesa/callback.hpp"

namespace clinicpro::app {
namespace {

struct Options {
    std::string clinic, environment, base_url, kind, shortcode, store_number, callback_url, version, policy;
    std::string consumer_key, consumer_secret, passkey;
    std::string initiator_name, initiator_password, initiator_certificate, payout_shortcode;
    int queries_per_minute = 0;
    bool on = false, off = false;
};

Result<> set(Core& core, const Options& o) {
    mpesa::Config config;
    TRY(for_clinic(core, o.clinic, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        auto before = mpesa::config::load(tx, *core.vault, false);
        if (before) {
            config = *before;
        } else if (before.error().code != Code::kConfig) {
            return std::unexpected(before.error());
        } else {
            config = {};
        }
        if (!o.environment.empty()) {
            TRY(config.environment, mpesa::parse_environment(o.environment));
            if (config.environment != mpesa::Environment::kCustom) config.base_url.clear();
        }
        if (!o.base_url.empty()) config.base_url = o.base_url;
        if (!o.kind.empty()) {
            TRY(config.shortcode_kind, daraja::parse_shortcode_kind(o.kind));
            if (config.shortcode_kind == daraja::ShortcodeKind::kPaybill) config.store_number.clear();
        }
        if (!o.shortcode.empty()) config.shortcode = o.shortcode;
        if (!o.store_number.empty()) config.store_number = o.store_number;
        if (!o.callback_url.empty()) config.callback_base_url = o.callback_url;
        if (o.version == "v1" || o.version == "v2") {
            config.c2b_version = o.version == "v1" ? daraja::C2bVersion::kV1 : daraja::C2bVersion::kV2;
        }
        if (!o.policy.empty()) {
            TRY(config.validation_policy, mpesa::parse_validation_policy(o.policy));
        }
        if (o.queries_per_minute != 0) config.queries_per_minute = o.queries_per_minute;
        if (o.on || o.off) config.active = o.on;
        if (!o.consumer_key.empty()) {
            TRY(config.consumer_key, read_secret(o.consumer_key));
        }
        if (!o.consumer_secret.empty()) {
            TRY(config.consumer_secret, read_secret(o.consumer_secret));
        }
        if (!o.passkey.empty()) {
            TRY(config.passkey, read_secret(o.passkey));
        }
        if (!o.initiator_name.empty()) config.initiator_name = o.initiator_name;
        if (!o.payout_shortcode.empty()) config.payout_shortcode = o.payout_shortcode;
        if (!o.initiator_password.empty()) {
            TRY(config.initiator_password, read_secret(o.initiator_password));
        }
        if (!o.initiator_certificate.empty()) {
            TRY(const Secret<> pem, read_secret(o.initiator_certificate));
            config.initiator_certificate = pem.reveal();
        }
        return mpesa::config::save(tx, *core.vault, core.entropy, config, Cli::actor(), context.now());
    }));
    print("M-Pesa is set for " + o.clinic + ": " + std::string(to_string(config.environment)) + ", " +
          std::string(daraja::to_string(config.shortcode_kind)) + " " + config.shortcode + ".");
    return {};
}

Result<> show(Core& core, const Options& o) {
    return look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
        TRY(const mpesa::Config c, mpesa::config::load(tx, *core.vault, false));
        const auto is_set = [](const Secret<>& secret) { return secret.empty() ? "(missing)" : "(set)"; };
        print("environment        " + std::string(to_string(c.environment)));
        print("base url           " + c.endpoint().base_url);
        print("shortcode          " + c.shortcode + " (" + std::string(daraja::to_string(c.shortcode_kind)) + ")");
        if (!c.store_number.empty()) print("store number       " + c.store_number);
        print("callbacks          " + c.callback_base_url);
        print("c2b version        " + std::string(c.c2b_version == daraja::C2bVersion::kV1 ? "v1" : "v2"));
        print("validation         " + std::string(to_string(c.validation_policy)));
        print("status queries     " + std::to_string(c.queries_per_minute) + " a minute");
        print("active             " + std::string(c.active ? "yes" : "no"));
        print("consumer key       " + std::string(is_set(c.consumer_key)));
        print("consumer secret    " + std::string(is_set(c.consumer_secret)));
        print("passkey            " + std::string(is_set(c.passkey)));
        const bool refunds = !c.initiator_name.empty();
        print("refunds            " + (refunds ? "signed by " + c.initiator_name + ", password " + is_set(c.initiator_password)
                                               : std::string("by hand only: no initiator is set")));
        TRY(const auto urls, mpesa::registration(tx));
        print("c2b registration   " + (urls ? urls->state + " at " + to_iso(urls->at) + ": " + urls->response : "not asked yet"));
        return {};
    });
}

}  // namespace

void add_mpesa_commands(CLI::App& app, Cli& cli) {
    auto* mpesa = app.add_subcommand("mpesa", "connect a clinic to M-Pesa");
    mpesa->require_subcommand(1);
    mpesa->footer(
        "Example: clinicpro mpesa set --clinic mlimani --environment sandbox --shortcode 174379 \\\n"
        "           --consumer-key env:KEY --consumer-secret env:SECRET --passkey file:passkey.txt \\\n"
        "           --callback-url https://pay.mlimani.example");
    auto o = std::make_shared<Options>();
    const auto bind = [&cli, o](CLI::App* command, Result<> (*body)(Core&, const Options&)) {
        command->add_option("--clinic", o->clinic, "slug or number")->required();
        command->callback([&cli, o, body] {
            cli.action = [&cli, o, body]() -> Result<> {
                TRY(const auto core, cli.core());
                return body(*core, *o);
            };
        });
    };

    auto* change = mpesa->add_subcommand("set", "set or change the configuration; what is left out stays");
    change->add_option("--environment", o->environment, "sandbox, production or custom");
    change->add_option("--base-url", o->base_url, "of a custom environment, such as a simulator");
    change->add_option("--kind", o->kind, "paybill or till");
    change->add_option("--shortcode", o->shortcode, "the paybill or till number");
    change->add_option("--store-number", o->store_number, "a till's store or head-office number");
    change->add_option("--callback-url", o->callback_url, "where Safaricom reaches this server: https://host");
    change->add_option("--c2b-version", o->version, "v1 or v2, as the Daraja app has it")->check(CLI::IsMember({"v1", "v2"}));
    change->add_option("--validation", o->policy, "accept_all, known_account or exact_amount");
    change->add_option("--queries-per-minute", o->queries_per_minute, "budget of status queries of this Daraja app");
    change->add_option("--consumer-key", o->consumer_key, "env:NAME, file:PATH, - or the value");
    change->add_option("--consumer-secret", o->consumer_secret, "env:NAME, file:PATH, - or the value");
    change->add_option("--passkey", o->passkey, "env:NAME, file:PATH, - or the value");
    change->add_option("--initiator-name", o->initiator_name, "who signs refunds (API operator of the shortcode)");
    change->add_option("--initiator-password", o->initiator_password, "env:NAME, file:PATH, - or the value");
    change->add_option("--initiator-certificate", o->initiator_certificate, "file:PATH of the portal's certificate (PEM)");
    change->add_option("--payout-shortcode", o->payout_shortcode, "of B2C, when it is another one");
    auto* on = change->add_flag("--on", o->on, "take payments");
    change->add_flag("--off", o->off, "take no new payments")->excludes(on);
    bind(change, set);
    bind(mpesa->add_subcommand("show", "the configuration, without its secrets"), show);
    bind(mpesa->add_subcommand("register", "ask Safaricom to call this clinic's C2B addresses"),
         [](Core& core, const Options& options) -> Result<> {
             TRY(for_clinic(core, options.clinic, [&](store::ClinicTx& tx, jobs::Context& context) {
                 return mpesa::ask_registration(context, tx, *core.vault, Cli::actor());
             }));
             print("Asked. The running server sends it; see the answer with `clinicpro mpesa show --clinic " + options.clinic + "`.");
             return {};
         });
    bind(mpesa->add_subcommand("urls", "the C2B addresses to give Safaricom by hand"),
         [](Core& core, const Options& options) -> Result<> {
             return look_at_clinic(core, options.clinic, [&](store::ClinicTx& tx) -> Result<> {
                 TRY(const auto config, mpesa::config::load(tx, *core.vault, false));
                 print("validation    " + mpesa::callback::c2b_validation_url(config, *core.links, tx.clinic()));
                 print("confirmation  " + mpesa::callback::c2b_confirmation_url(config, *core.links, tx.clinic()));
                 return {};
             });
         });
    bind(mpesa->add_subcommand("rotate", "make new C2B addresses; the ones before stay good until the next rotation"),
         [](Core& core, const Options& options) -> Result<> {
             TRY(for_clinic(core, options.clinic, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
                 TRY(mpesa::config::rotate_callbacks(tx, Cli::actor(), context.now()));
                 return {};
             }));
             print("New addresses are current. Register them: clinicpro mpesa register --clinic " + options.clinic);
             return {};
         });
}

}  // namespace clinicpro::app
