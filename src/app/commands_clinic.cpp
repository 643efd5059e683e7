// clinicpro clinic, clinicpro key: tenants, and the keys with which programs and people reach the API.
#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "clinics/access.hpp"
#include "clinics/audit.hpp"
#include "clinics/clinic.hpp"

namespace clinicpro::app {
namespace {

std::string line_of(const clinics::Clinic& clinic) {
    return std::to_string(clinic.id.value) + "\t" + clinic.slug + "\t" + std::string(to_string(clinic.status)) + "\t" + clinic.name;
}

Result<> set_status(const Cli& cli, const std::string& name, clinics::Clinic::Status status) {
    TRY(const auto core, cli.core());
    TRY(for_clinic(*core, name, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(clinics::set_status(tx, status));
        TRY(clinics::audit::append(tx, {.at = context.now(),
                                        .actor = Cli::actor(),
                                        .action = status == clinics::Clinic::Status::kActive ? "clinic.activated" : "clinic.suspended",
                                        .subject = name}));
        return {};
    }));
    print(name + " is now " + std::string(to_string(status)) + ".");
    return {};
}

}  // namespace

void add_clinic_commands(CLI::App& app, Cli& cli) {
    auto* clinic = app.add_subcommand("clinic", "clinics that share this server");
    clinic->require_subcommand(1);
    clinic->footer("Example: clinicpro clinic create mlimani --name \"Mlimani Clinic\"");

    struct Options {
        std::string slug, name, clinic_name, colour, role = "reader", label, id;
        bool operator_key = false, quiet = false;
    };
    auto o = std::make_shared<Options>();

    auto* create = clinic->add_subcommand("create", "make a clinic");
    create->add_option("slug", o->slug, "short name for addresses: a-z, 0-9 and -")->required();
    create->add_option("--name", o->name, "the clinic's full name")->required();
    create->callback([&cli, o] {
        cli.action = [&cli, o]() -> Result<> {
            TRY(const auto core, cli.core());
            const Instant now = core->clock.now();
            TRY(const clinics::Clinic made,
                clinics::create(*core->database, *core->vault, {.slug = o->slug, .name = o->name}, now,
                                [&](store::ClinicTx& tx, const clinics::Clinic& c) -> Result<> {
                                    TRY(clinics::audit::append(tx, {.at = now, .actor = Cli::actor(), .action = "clinic.created", .subject = c.slug}));
                                    return {};
                                }));
            print("Clinic " + std::to_string(made.id.value) + " (" + made.slug + ") is ready: " + made.name + ".");
            return {};
        };
    });

    clinic->add_subcommand("list", "all clinics: number, slug, status, name")->callback([&cli] {
        cli.action = [&cli]() -> Result<> {
            TRY(const auto core, cli.core());
            return core->database->read([&](store::Tx& tx) -> Result<> {
                ClinicId after;
                for (;;) {
                    TRY(const auto page, clinics::list(tx, after));
                    for (const auto& one : page) print(line_of(one));
                    if (int(page.size()) < clinics::kClinicPageMax) return {};
                    after = page.back().id;
                }
            });
        };
    });

    for (const bool active : {true, false}) {
        auto* change = clinic->add_subcommand(active ? "activate" : "suspend",
                                              active ? "let a clinic's keys work again"
                                                     : "stop a clinic's keys; money on its way is still booked");
        change->add_option("clinic", o->clinic_name, "slug or number")->required();
        change->callback([&cli, o, active] {
            cli.action = [&cli, o, active] {
                return set_status(cli, o->clinic_name, active ? clinics::Clinic::Status::kActive : clinics::Clinic::Status::kSuspended);
            };
        });
    }

    auto* colour = clinic->add_subcommand("colour", "the colour of a clinic's pages; left out: the pages' own");
    colour->add_option("clinic", o->clinic_name, "slug or number")->required();
    colour->add_option("colour", o->colour, "dark enough for white text, such as #0b6150");
    colour->footer("Example: clinicpro clinic colour mlimani '#5b2a86'");
    colour->callback([&cli, o] {
        cli.action = [&cli, o]() -> Result<> {
            TRY(const auto core, cli.core());
            TRY(for_clinic(*core, o->clinic_name, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
                TRY(clinics::set_colour(tx, o->colour));
                TRY(clinics::audit::append(tx, {.at = context.now(), .actor = Cli::actor(), .action = "clinic.colour_changed", .subject = "clinic"}));
                return {};
            }));
            print("The pages of " + o->clinic_name + (o->colour.empty() ? " wear their own colour." : " are " + o->colour + " now."));
            return {};
        };
    });

    auto* key = app.add_subcommand("key", "API keys, and the master key");
    key->require_subcommand(1);
    key->footer("Example: clinicpro key create --clinic mlimani --role cashier --label reception");

    key->add_subcommand("master", "print a new master key; keep it outside the database")->callback([&cli] {
        cli.action = []() -> Result<> {
            crypto::SystemEntropy entropy;
            print(crypto::Keyring::make_master_key(entropy));
            return {};
        };
    });
    key->add_subcommand("rotate", "wrap all data keys with the first master key of the ring")->callback([&cli] {
        cli.action = [&cli]() -> Result<> {
            TRY(const auto core, cli.core());
            TRY(const int rewrapped, core->vault->rewrap_all());
            print(std::to_string(rewrapped) + " data keys are now under the current master key.");
            return {};
        };
    });

    auto* make = key->add_subcommand("create", "make an API key; it is shown once");
    auto* of_clinic = make->add_option("--clinic", o->clinic_name, "slug or number");
    make->add_flag("--operator", o->operator_key, "for the whole server")->excludes(of_clinic);
    make->add_option("--role", o->role, "admin, cashier or reader")->capture_default_str();
    make->add_option("--label", o->label, "who or what uses it")->required();
    make->add_flag("--quiet", o->quiet, "print the key alone");
    make->callback([&cli, o] {
        cli.action = [&cli, o]() -> Result<> {
            if (!o->operator_key && o->clinic_name.empty()) {
                return fail(Code::kInvalid, "Say whose key it is: --clinic SLUG, or --operator for the whole server.");
            }
            TRY(const clinics::Role role, clinics::parse_role(o->operator_key ? "operator" : o->role));
            TRY(const auto core, cli.core());
            std::optional<clinics::IssuedKey> made;
            const auto make_key = [&](store::ClinicTx& tx, Instant now) -> Result<> {
                TRY(made, clinics::create_key(tx, {.role = role, .label = o->label}, *core->ids, core->entropy, now));
                TRY(clinics::audit::append(tx, {.at = now, .actor = Cli::actor(), .action = "key.created", .subject = made->id.to_text()}));
                return {};
            };
            if (o->operator_key) {
                TRY(core->database->write([&](store::Tx& tx) -> Result<> {
                    store::ClinicTx system(tx, kSystem);
                    return make_key(system, core->clock.now());
                }));
            } else {
                TRY(for_clinic(*core, o->clinic_name, [&](store::ClinicTx& tx, jobs::Context& context) { return make_key(tx, context.now()); }));
            }
            if (!o->quiet) print("Keep this key safe; it is not shown again:");
            print(made->text.reveal());
            return {};
        };
    });

    const auto on_keys = [&cli, o](const std::function<Result<>(Core&, store::ClinicTx&)>& body) -> Result<> {
        TRY(const auto core, cli.core());
        if (o->clinic_name.empty()) {
            return core->database->write([&](store::Tx& tx) -> Result<> {
                store::ClinicTx system(tx, kSystem);
                return body(*core, system);
            });
        }
        return for_clinic(*core, o->clinic_name, [&](store::ClinicTx& tx, jobs::Context&) { return body(*core, tx); });
    };
    auto* list = key->add_subcommand("list", "a clinic's keys, or the operator's");
    list->add_option("--clinic", o->clinic_name, "slug or number; left out: the operator's");
    list->callback([&cli, on_keys] {
        cli.action = [on_keys] {
            return on_keys([](Core&, store::ClinicTx& tx) -> Result<> {
                TRY(const auto keys, clinics::list_keys(tx));
                for (const auto& one : keys) {
                    print(one.id.to_text() + "\t" + std::string(to_string(one.role)) + "\t" +
                          (one.revoked_at ? "revoked " + to_iso(*one.revoked_at) : "live") + "\t" + one.label);
                }
                return {};
            });
        };
    });
    auto* revoke = key->add_subcommand("revoke", "stop a key for good");
    revoke->add_option("key", o->id, "its id, key_...")->required();
    revoke->add_option("--clinic", o->clinic_name, "slug or number; left out: an operator's key");
    revoke->callback([&cli, o, on_keys] {
        cli.action = [o, on_keys] {
            return on_keys([o](Core& core, store::ClinicTx& tx) -> Result<> {
                TRY(const KeyId id, KeyId::parse(o->id));
                TRY(clinics::revoke_key(tx, id, core.clock.now()));
                TRY(clinics::audit::append(tx, {.at = core.clock.now(), .actor = Cli::actor(), .action = "key.revoked", .subject = o->id}));
                print(o->id + " does not work any more.");
                return {};
            });
        };
    });
}

}  // namespace clinicpro::app
