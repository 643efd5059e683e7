// clinicpro user: the people who sign in at the desk, of a clinic or of the whole server.
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "app/commands.hpp"
#include "base/text.hpp"
#include "clinics/audit.hpp"
#include "clinics/invitation.hpp"
#include "clinics/session.hpp"
#include "clinics/two_step.hpp"
#include "crypto/password.hpp"

namespace clinicpro::app {
namespace {

using clinics::User;

struct Options {
    std::string clinic, name, full_name, role = "cashier", language = "en", password;
    bool of_server = false, quiet = false;
};

// Asks on the terminal, twice, without showing what is typed.
Result<Secret<>> ask_password() {
    if (::isatty(STDIN_FILENO) == 0) {
        return fail(Code::kInvalid,
                    "There is no terminal to ask for the password on. Give --password env:NAME, file:PATH "
                    "or - (standard input), or leave it out for a one-time link.");
    }
    termios shown{};
    CHECK(::tcgetattr(STDIN_FILENO, &shown) == 0);
    termios hidden = shown;
    hidden.c_lflag &= ~tcflag_t(ECHO);
    std::string lines[2];
    for (int i = 0; i < 2; ++i) {
        std::fprintf(stderr, i == 0 ? "New password: " : "Once more: ");
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
        std::getline(std::cin, lines[i]);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
        std::fprintf(stderr, "\n");
    }
    if (lines[0] != lines[1]) return fail(Code::kInvalid, "The two passwords differ. Run the command again.");
    return Secret<>(lines[0]);
}

Result<Secret<>> hash_of(const Options& o) {
    Secret<> password;
    if (o.password == "prompt") {
        TRY(password, ask_password());
    } else {
        TRY(password, read_secret(o.password));
    }
    TRY(clinics::users::check_password(password, text::lower(text::trim(o.name))));
    return Secret<>(crypto::hash_password(password));
}

using OnPeople = std::function<Result<>(Core&, store::ClinicTx&, const clinics::users::Doer&)>;

// In one write transaction of the clinic, or of the server itself.
Result<> on_people(const Cli& cli, const Options& o, const OnPeople& body) {
    if (o.of_server == !o.clinic.empty()) {
        return fail(Code::kInvalid, "Say whose people: --clinic SLUG, or --operator for the whole server.");
    }
    TRY(const auto core, cli.core());
    const clinics::users::Doer by{Cli::actor(), core->clock.now()};
    if (!o.of_server) {
        return for_clinic(*core, o.clinic, [&](store::ClinicTx& tx, jobs::Context&) { return body(*core, tx, by); });
    }
    return core->database->write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx system(raw, kSystem);
        return body(*core, system, by);
    });
}

Result<User> find(store::ClinicTx& tx, const std::string& typed) {
    TRY(const std::string name, clinics::users::read_name(typed));
    return clinics::users::find(tx, name);
}

void show_link(const Options& o, const Core& core, const Secret<>& token) {
    if (!o.quiet) print("Give this link to " + o.name + "; it works once, for three days, and is not shown again:");
    print(core.settings.public_url + "/desk/invitation/" + token.reveal());
}

Result<> create(const Cli& cli, const Options& o) {
    TRY(const clinics::Role role, clinics::parse_role(o.of_server ? "operator" : o.role));
    Secret<> hash, token;
    if (!o.password.empty()) {
        TRY(hash, hash_of(o));
    }
    const clinics::NewUser wanted{o.name, o.full_name.empty() ? o.name : o.full_name, role, o.language};
    return on_people(cli, o, [&](Core& core, store::ClinicTx& tx, const clinics::users::Doer& by) -> Result<> {
        TRY(const User made, clinics::users::create(tx, wanted, *core.ids, by));
        if (!hash.empty()) {
            TRY(clinics::users::set_password(tx, made.id, hash, by));
            print(made.name + " can sign in as " + std::string(to_string(role)) + " at " + core.settings.public_url +
                  "/desk");
            return {};
        }
        TRY(token, clinics::invitations::make(tx, made.id, core.entropy, by));
        show_link(o, core, token);
        return {};
    });
}

Result<> password(const Cli& cli, const Options& o) {
    Secret<> hash;
    if (!o.password.empty()) {
        TRY(hash, hash_of(o));
    }
    return on_people(cli, o, [&](Core& core, store::ClinicTx& tx, const clinics::users::Doer& by) -> Result<> {
        TRY(const User user, find(tx, o.name));
        if (!hash.empty()) {
            TRY(clinics::users::set_password(tx, user.id, hash, by));
            print("The password of " + user.name + " is set, and every session of theirs has ended.");
            return {};
        }
        TRY(const Secret<> token, clinics::invitations::make(tx, user.id, core.entropy, by));
        show_link(o, core, token);
        return {};
    });
}

std::string line_of(const User& user) {
    std::string state = user.disabled_at ? "disabled" : user.has_password ? "live" : "invited";
    return user.name + "\t" + std::string(to_string(user.role)) + "\t" + state + "\t" +
           (user.has_totp ? "two steps" : "password") + "\t" +
           (user.signed_in_at ? to_iso(*user.signed_in_at) : "never") + "\t" + user.full_name;
}

}  // namespace

void add_user_commands(CLI::App& app, Cli& cli) {
    auto* user = app.add_subcommand("user", "people who sign in at the desk");
    user->require_subcommand(1);
    user->footer(
        "Example: clinicpro user create achieng --clinic mlimani --role admin --full-name \"Achieng Odhiambo\"");
    auto o = std::make_shared<Options>();

    const auto command = [&](const std::string& name, const std::string& help, bool of_one, auto run) {
        auto* made = user->add_subcommand(name, help);
        if (of_one) made->add_option("name", o->name, "e-mail address or short name to sign in with")->required();
        auto* clinic = made->add_option("--clinic", o->clinic, "slug or number");
        made->add_flag("--operator", o->of_server, "of the whole server")->excludes(clinic);
        made->footer("Example: clinicpro user " + name + (of_one ? " achieng" : "") + " --clinic mlimani");
        made->callback([&cli, o, run] { cli.action = [&cli, o, run] { return run(cli, *o); }; });
        return made;
    };
    const auto with_password = [&](CLI::App* made) {
        made->add_option("--password", o->password,
                         "prompt, env:NAME, file:PATH or - (standard input); left out: a one-time link is printed");
        made->add_flag("--quiet", o->quiet, "print the link alone");
    };
    auto* make = command("create", "add a person", true, create);
    make->add_option("--full-name", o->full_name, "as colleagues know them");
    make->add_option("--role", o->role, "admin, cashier or reader")->capture_default_str();
    make->add_option("--language", o->language, "en or sw")->capture_default_str();
    with_password(make);
    with_password(command("password", "set a new password, or print a one-time link to choose one", true, password));

    command("list", "name, role, state, second step, last sign-in, full name", false,
            [](const Cli& c, const Options& of) {
                return on_people(c, of, [](Core&, store::ClinicTx& tx, const clinics::users::Doer&) -> Result<> {
                    TRY(const auto all, clinics::users::list(tx));
                    for (const User& one : all) print(line_of(one));
                    return {};
                });
            });
    command("disable", "let a person in no more, and end every session", true, [](const Cli& c, const Options& of) {
        return on_people(c, of, [&](Core&, store::ClinicTx& tx, const clinics::users::Doer& by) -> Result<> {
            TRY(const User one, find(tx, of.name));
            TRY(clinics::users::disable(tx, one.id, by));
            print(one.name + " cannot sign in any more.");
            return {};
        });
    });
    command("enable", "let a disabled person in again", true, [](const Cli& c, const Options& of) {
        return on_people(c, of, [&](Core&, store::ClinicTx& tx, const clinics::users::Doer& by) -> Result<> {
            TRY(const User one, find(tx, of.name));
            TRY(clinics::users::enable(tx, one.id, by));
            print(one.name + " can sign in again.");
            return {};
        });
    });
    auto* role = command("role", "change what a person may do", true, [](const Cli& c, const Options& of) {
        return on_people(c, of, [&](Core&, store::ClinicTx& tx, const clinics::users::Doer& by) -> Result<> {
            TRY(const clinics::Role wanted, clinics::parse_role(of.role));
            TRY(const User one, find(tx, of.name));
            TRY(clinics::users::set_role(tx, one.id, wanted, by));
            print(one.name + " is now " + of.role + ".");
            return {};
        });
    });
    role->add_option("--role", o->role, "admin, cashier or reader")->required();
    command("sign-out", "end every session of a person", true, [](const Cli& c, const Options& of) {
        return on_people(c, of, [&](Core&, store::ClinicTx& tx, const clinics::users::Doer& by) -> Result<> {
            TRY(const User one, find(tx, of.name));
            TRY(clinics::sessions::end_all(tx, one.id));
            const std::string subject = one.id.to_text();
            TRY(clinics::audit::append(
                tx, {.at = by.now, .actor = by.actor, .action = "user.sessions_ended", .subject = subject}));
            print(one.name + " is signed out everywhere.");
            return {};
        });
    });
    command("totp-off", "turn the second step off, for somebody whose phone is lost", true,
            [](const Cli& c, const Options& of) {
                return on_people(c, of, [&](Core&, store::ClinicTx& tx, const clinics::users::Doer& by) -> Result<> {
                    TRY(const User one, find(tx, of.name));
                    TRY(clinics::two_step::turn_off(tx, one.id, by));
                    print(one.name + " signs in with the password alone, until they set up the second step anew.");
                    return {};
                });
            });
}

}  // namespace clinicpro::app
