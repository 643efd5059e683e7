#include "app/commands.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "clinics/clinic.hpp"
#include "jobs/queue.hpp"

namespace clinicpro::app {

Result<Settings> Cli::settings() const { return Settings::load(process_environment(), settings_file); }

Result<std::unique_ptr<Core>> Cli::core() const {
    TRY(const Settings loaded, settings());
    log::configure(log::Level::kWarn, loaded.log_format == "json");  // a command's own output is what people want to see
    return open_core(loaded, Schema::kMustBeCurrent);
}

std::string Cli::actor() {
    const char* user = std::getenv("SUDO_USER");
    if (user == nullptr) user = std::getenv("USER");
    return std::string("cli:") + (user != nullptr ? user : "unknown");
}

Result<> for_clinic(Core& core, const std::string& name,
                    const std::function<Result<>(store::ClinicTx&, jobs::Context&)>& body) {
    return core.database->write([&](store::Tx& tx) -> Result<> {
        TRY(const clinics::Clinic clinic, clinics::find(tx, name));
        store::ClinicTx own(tx, clinic.id);
        jobs::QueueContext context(*core.ids, core.clock.now());
        return body(own, context);
    });
}

Result<> look_at_clinic(Core& core, const std::string& name, const std::function<Result<>(store::ClinicTx&)>& body) {
    return core.database->read([&](store::Tx& tx) -> Result<> {
        TRY(const clinics::Clinic clinic, clinics::find(tx, name));
        store::ClinicTx own(tx, clinic.id);
        return body(own);
    });
}

Result<Secret<>> read_secret(const std::string& option) {
    if (option == "-") {
        std::string line;
        std::getline(std::cin, line);
        return Secret<>(std::string(text::trim(line)));
    }
    if (option.starts_with("env:")) {
        const char* value = std::getenv(option.c_str() + 4);
        if (value == nullptr) return fail(Code::kInvalid, "The environment has no variable " + option.substr(4) + ".");
        return Secret<>(std::string(value));
    }
    if (option.starts_with("file:")) {
        std::ifstream in(option.substr(5));
        std::stringstream content;
        if (!in || !(content << in.rdbuf())) return fail(Code::kInvalid, "The file " + option.substr(5) + " is empty or cannot be read.");
        return Secret<>(std::string(text::trim(content.str())));
    }
    return Secret<>(option);
}

void print(const std::string& line) { std::printf("%s\n", line.c_str()); }

namespace {

// "clinicpro clinic create"
std::string full_name(const CLI::App& command) {
    const CLI::App* parent = command.get_parent();
    return parent == nullptr ? command.get_name() : full_name(*parent) + " " + command.get_name();
}

// What is missing, in our own words. A word that is no command is named: CLI11 would only ask for "a subcommand".
int say_missing(const CLI::App& app, const CLI::RequiredError& error) {
    const CLI::App* command = &app;
    while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
    const std::string help = "`" + full_name(*command) + " --help`";
    const auto words = app.remaining(true);
    if (command->get_require_subcommand_min() == 0) {
        std::fprintf(stderr, "clinicpro: %s; %s explains it.\n", error.what(), help.c_str());
    } else if (words.empty()) {
        std::fprintf(stderr, "clinicpro: A command is missing; %s lists them.\n", help.c_str());
    } else {
        std::fprintf(stderr, "clinicpro: There is no command \"%s\"; %s lists those there are.\n", words.front().c_str(), help.c_str());
    }
    return exit_code(Code::kInvalid);
}

}  // namespace

int run(int argc, char** argv) {
    CLI::App app{"ClinicPro: M-Pesa payments and virtual visits for clinics"};
    app.name("clinicpro");
    app.require_subcommand(1);
    app.fallthrough();
    app.footer(
        "Settings come from CLINICPRO_... variables and, with --settings, a TOML file; `clinicpro settings` lists them.\n"
        "Start here: clinicpro key master > master.key && chmod 600 master.key\n"
        "            CLINICPRO_MASTER_KEY_FILE=master.key clinicpro serve");
    Cli cli;
    app.add_option("--settings", cli.settings_file, "TOML file with settings")->envname("");
    add_server_commands(app, cli);
    add_clinic_commands(app, cli);
    add_user_commands(app, cli);
    add_mpesa_commands(app, cli);
    add_messaging_commands(app, cli);
    add_meeting_commands(app, cli);
    add_visit_commands(app, cli);
    add_payment_commands(app, cli);
    add_webhook_commands(app, cli);
    add_doctor_command(app, cli);
    add_money_commands(app, cli);
    try {
        app.parse(argc, argv);
    } catch (const CLI::RequiredError& error) {
        return say_missing(app, error);
    } catch (const CLI::ParseError& error) {
        const int code = app.exit(error);
        return code == 0 ? 0 : exit_code(Code::kInvalid);
    }
    const Result<> result = cli.action();
    std::fflush(stdout);
    if (result) return 0;
    const Error& error = result.error();
    std::fprintf(stderr, "clinicpro: %s\n", error.message.c_str());
    if (!error.detail.empty()) std::fprintf(stderr, "  (%s)\n", error.detail.c_str());
    return exit_code(error.code);
}

}  // namespace clinicpro::app
