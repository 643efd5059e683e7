#include "storm/seed.hpp"

namespace clinicpro::storm {
namespace {

constexpr uint64_t kAgainEvery = 20;  // 5 % of the seeds are run twice

std::string indented(const auto& lines) {
    std::string out;
    for (const auto& line : lines) out += "  " + line + "\n";
    return out;
}

}  // namespace

Report judge(const Workshop& workshop, const RunOptions& options, bool always_again) {
    Report report = run(workshop, options);
    RunOptions quiet = options;
    quiet.print = false;
    if (always_again || options.seed % kAgainEvery == 7) {
        const Report again = run(workshop, quiet);
        if (again.hash != report.hash) report.broken.push_back("P-10 the same seed made another history");
    }
    if (report.ok() && draw_swarm(options.seed).apart && options.plant == Plant::kNone) {
        if (const auto difference = interference(workshop, quiet)) {
            report.broken.push_back("P-07 a clinic's history depends on another clinic:\n    " + *difference);
        }
    }
    return report;
}

std::string explain(const Workshop& workshop, RunOptions options, const Report& report) {
    const std::string seed = std::to_string(options.seed);
    const std::string plant = options.plant == Plant::kNone ? "" : " --mutate " + std::to_string(int(options.plant));
    std::string out =
        "\nseed " + seed + plant + " FAILS\n" + indented(report.broken) + to_text(draw_swarm(options.seed)) + "\n";
    options.print = false;
    const int64_t events = shorten(workshop, options, report.events);
    options.events_max = events;
    const Report shortest = run(workshop, options);
    out += "fewest events that fail: " + std::to_string(events) + " of " + std::to_string(report.events) +
           "; the last lines:\n";
    out += indented(shortest.last) + indented(shortest.broken);
    return out + "replay: ./dev storm --seed " + seed + plant + " --trace\n";
}

}  // namespace clinicpro::storm
