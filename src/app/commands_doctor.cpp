// clinicpro doctor: tries the server and a clinic's connections, and says what to do.
#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "clinics/clinic.hpp"
#include "net/client.hpp"
#include "web/doctor.hpp"

namespace clinicpro::app {
namespace {

int tell(const std::vector<web::Finding>& findings) {
    int problems = 0;
    for (const web::Finding& one : findings) {
        const char* mark = "ok     ";
        if (one.level == web::Finding::Level::kWarning) mark = "look   ";
        if (one.level == web::Finding::Level::kProblem) mark = "WRONG  ";
        problems += one.level == web::Finding::Level::kProblem;
        print(mark + one.about + std::string(one.about.size() < 14 ? 14 - one.about.size() : 1, ' ') + one.sentence +
              (one.command.empty() ? "" : " " + one.command));
    }
    return problems;
}

Result<> examine(Core& core, const std::string& clinic) {
    net::CurlClient client;
    invoices::MeetingSettings meetings(*core.vault, core.entropy);
    web::Doctor doctor({.database = *core.database,
                        .mpesa = core.mpesa(),
                        .meetings = meetings,
                        .client = client,
                        .ids = *core.ids,
                        .clock = core.clock,
                        .actor = Cli::actor(),
                        .public_url = core.settings.public_url,
                        .database_folder = core.settings.database_folder()});
    int problems = tell(doctor.server());
    if (!clinic.empty()) {
        ClinicId id;
        TRY(look_at_clinic(core, clinic, [&](store::ClinicTx& tx) -> Result<> {
            id = tx.clinic();
            return {};
        }));
        print("");
        print("Clinic " + clinic);
        problems += tell(doctor.clinic(id));
    }
    if (problems == 0) return {};
    return fail(Code::kConfig, problems == 1 ? "One thing must be put right." : std::to_string(problems) + " things must be put right.");
}

}  // namespace

void add_doctor_command(CLI::App& app, Cli& cli) {
    auto clinic = std::make_shared<std::string>();
    auto* doctor = app.add_subcommand("doctor", "try database, keys, Daraja and addresses for real, and say what to do");
    doctor->add_option("--clinic", *clinic, "slug or number; left out: the server only");
    doctor->footer("Example: clinicpro doctor --clinic mlimani");
    doctor->callback([&cli, clinic] {
        cli.action = [&cli, clinic]() -> Result<> {
            TRY(const auto core, cli.core());
            return examine(*core, *clinic);
        };
    });
}

}  // namespace clinicpro::app
