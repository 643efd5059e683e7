// commands.hpp: the command line: `clinicpro serve | migrate | clinic | key | user | mpesa | meetings | messaging | invoice |
// pay | simulate | inbox | refund | explain | report | export | statement | webhooks | events | listen | doctor | settings |
// version`. Each noun has a file; each command is one function that returns a Result.
//
// Results go to standard output, errors to standard error as one sentence, with the exit code of their kind (error.hpp).
// Tested by tests/cli_test.sh and the demo.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/core.hpp"

namespace CLI {
class App;
}

namespace clinicpro::app {

// What the chosen command will do, and the options every command shares.
struct Cli {
    std::string settings_file;
    std::function<Result<>()> action;

    Result<Settings> settings() const;
    Result<std::unique_ptr<Core>> core() const;
    // "cli:<user>", for the audit trail.
    static std::string actor();
};

void add_server_commands(CLI::App& app, Cli& cli);   // serve, migrate, settings, version
void add_clinic_commands(CLI::App& app, Cli& cli);   // clinic, key
void add_user_commands(CLI::App& app, Cli& cli);     // user
void add_mpesa_commands(CLI::App& app, Cli& cli);    // mpesa
void add_messaging_commands(CLI::App& app, Cli& cli);  // messaging
void add_meeting_commands(CLI::App& app, Cli& cli);  // meetings
void add_visit_commands(CLI::App& app, Cli& cli);    // invoice
void add_payment_commands(CLI::App& app, Cli& cli);  // pay, simulate, inbox
void add_doctor_command(CLI::App& app, Cli& cli);    // doctor
void add_webhook_commands(CLI::App& app, Cli& cli);  // webhooks, events, listen
void add_money_commands(CLI::App& app, Cli& cli);    // refund, explain, report, export, statement

int run(int argc, char** argv);

// Runs `body` for one clinic, named by slug or number, in one write transaction.
Result<> for_clinic(Core& core, const std::string& name,
                    const std::function<Result<>(store::ClinicTx&, jobs::Context&)>& body);
// The same on a snapshot.
Result<> look_at_clinic(Core& core, const std::string& name, const std::function<Result<>(store::ClinicTx&)>& body);

// A secret is given as "env:NAME", "file:PATH" or "-" (standard input), so that it stands in no process list; a value
// written out is taken too, for trying things.
Result<Secret<>> read_secret(const std::string& option);

void print(const std::string& line);  // one line on standard output

}  // namespace clinicpro::app
