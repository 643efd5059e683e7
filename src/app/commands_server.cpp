// clinicpro serve, migrate, settings, version.
#include <signal.h>

#include <cstdio>

#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "app/wiring.hpp"

namespace clinicpro::app {
namespace {

log::Level level_from(const std::string& name) {
    if (name == "debug") return log::Level::kDebug;
    if (name == "warn") return log::Level::kWarn;
    if (name == "error") return log::Level::kError;
    if (name == "off") return log::Level::kOff;
    return log::Level::kInfo;
}

Result<> serve(const Settings& settings) {
    // Blocked before any thread starts, so that only this one takes them.
    sigset_t stop_signals;
    sigemptyset(&stop_signals);
    sigaddset(&stop_signals, SIGTERM);
    sigaddset(&stop_signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
    signal(SIGPIPE, SIG_IGN);

    log::configure(level_from(settings.log_level), settings.log_format == "json");
    TRY(const auto program, Program::start(settings));
    std::printf("ready http://%s:%u\n", settings.listen_address().c_str(), unsigned(program->port()));
    std::fflush(stdout);
    int which = 0;
    sigwait(&stop_signals, &which);
    log::info("server.stopping", {{"signal", which}});
    if (!program->stop()) {
        log::warn("server.stopped_early", {{"what", "some requests were still running; their jobs go on at the next start"}});
    }
    return {};
}

}  // namespace

void add_server_commands(CLI::App& app, Cli& cli) {
    auto* serve_command = app.add_subcommand("serve", "run the server until it is told to stop (SIGTERM, Ctrl-C)");
    serve_command->footer("Example: CLINICPRO_MASTER_KEY_FILE=master.key clinicpro serve\n"
                          "Prints \"ready http://ADDRESS:PORT\" when it takes requests.");
    serve_command->callback([&cli] {
        cli.action = [&cli]() -> Result<> {
            TRY(const Settings settings, cli.settings());
            return serve(settings);
        };
    });

    auto* migrate = app.add_subcommand("migrate", "bring the database's schema up to date (serve does it too)");
    migrate->footer("Example: CLINICPRO_DATABASE=sqlite:/var/lib/clinicpro/clinicpro.db clinicpro migrate");
    migrate->callback([&cli] {
        cli.action = [&cli]() -> Result<> {
            TRY(const Settings settings, cli.settings());
            log::configure(log::Level::kWarn, false);
            TRY(const auto database, store::open({.url = settings.database}));
            TRY(const auto report, store::migrate(*database));
            print(report.before == report.after
                      ? "The database is up to date, at version " + std::to_string(report.after) + "."
                      : "The database went from version " + std::to_string(report.before) + " to " + std::to_string(report.after) + ".");
            return {};
        };
    });

    auto* settings_command = app.add_subcommand("settings", "print every setting, secrets hidden");
    settings_command->footer("Example: CLINICPRO_LISTEN=0.0.0.0:8080 clinicpro settings");
    settings_command->callback([&cli] {
        cli.action = [&cli]() -> Result<> {
            TRY(const Settings settings, cli.settings());
            std::printf("%s", settings.describe().c_str());
            return {};
        };
    });

    auto* version = app.add_subcommand("version", "print the program's version");
    version->footer("Example: clinicpro version");
    version->callback([&cli] {
        cli.action = []() -> Result<> {
            print("clinicpro " CLINICPRO_VERSION);
            return {};
        };
    });
}

}  // namespace clinicpro::app
