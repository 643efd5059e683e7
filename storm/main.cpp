// clinicpro-storm: replays what a seed decides, one seed or many, and says which promise broke. See docs/promises.md.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "storm/run.hpp"

namespace {

using namespace clinicpro;
using namespace clinicpro::storm;

constexpr uint64_t kRerunEvery = 20;      // 5 % of the seeds are run twice
constexpr uint64_t kProbesNeeded = 600;   // a batch this large must reach every probe

volatile sig_atomic_t current_seed = 0;

void on_abort(int) {
    char line[96];
    const int size = std::snprintf(line, sizeof line, "\nstorm: seed %ld stopped the program\n", long(current_seed));
    if (::fwrite(line, 1, size_t(size), stderr) == 0) std::_Exit(4);
    std::fflush(stdout);
    std::_Exit(3);
}

struct Command {
    uint64_t first = 1, last = 600;
    double minutes = 0;
    bool trace = false;
    bool quiet = false;
    bool probes = false;
    int mutate = 0;
};

int usage(const char* what) {
    std::fprintf(stderr,
                 "storm: %s\n"
                 "clinicpro-storm [--seed N | --seeds A..B] [--minutes M] [--trace] [--mutate K|all] [--list-probes] [--list-plants]\n",
                 what);
    return 2;
}

uint64_t number(const char* text) { return std::strtoull(text, nullptr, 10); }

void show_failure(const Workshop& workshop, const RunOptions& options, const Report& report) {
    std::printf("seed %llu FAILS", static_cast<unsigned long long>(options.seed));
    if (options.plant != Plant::kNone) std::printf(" with plant %d", int(options.plant));
    std::printf("\n");
    for (const auto& sentence : report.broken) std::printf("  %s\n", sentence.c_str());
    std::printf("%s\n", to_text(draw_swarm(options.seed)).c_str());
    const int64_t events = shorten(workshop, options, report.events);
    RunOptions shorter = options;
    shorter.events_max = events;
    const Report last = run(workshop, shorter);
    std::printf("fewest events that fail: %lld of %lld; its last lines:\n", static_cast<long long>(events),
                static_cast<long long>(report.events));
    for (const auto& line : last.last) std::printf("  %s\n", line.c_str());
    for (const auto& sentence : last.broken) std::printf("  %s\n", sentence.c_str());
    std::printf("replay: clinicpro-storm --seed %llu --trace\n", static_cast<unsigned long long>(options.seed));
}

bool one_seed(const Workshop& workshop, uint64_t seed, const Command& command) {
    current_seed = sig_atomic_t(seed);
    RunOptions options{.seed = seed, .plant = Plant(command.mutate), .print = command.trace};
    Report report = run(workshop, options);
    if (seed % kRerunEvery == 7 || command.first == command.last) {
        options.print = false;
        const Report again = run(workshop, options);
        if (again.hash != report.hash) report.broken.push_back("P-10 the same seed made another history");
    }
    if (draw_swarm(seed).apart) {
        if (const auto difference = interference(workshop, options)) {
            report.broken.push_back("P-07 a clinic's history depends on another clinic:\n  " + *difference);
        }
    }
    if (report.ok()) return true;
    if (!command.quiet) show_failure(workshop, options, report);
    return false;
}

int list_probes(bool missing_only) {
    int missing = 0;
    for (size_t i = 0; i < size_t(Probe::kCount); ++i) {
        missing += probe_counts()[i] == 0;
        if (!missing_only || probe_counts()[i] == 0) {
            std::printf("%10lld  %s\n", static_cast<long long>(probe_counts()[i]), std::string(kProbeTexts[i]).c_str());
        }
    }
    return missing;
}

// Every planted bug must be found within the batch.
int mutate_all(const Workshop& workshop, Command command) {
    int missed = 0;
    command.quiet = true;
    for (int k = 1; k < int(Plant::kCount); ++k) {
        command.mutate = k;
        uint64_t found = 0;
        for (uint64_t seed = command.first; seed <= command.last && found == 0; ++seed) {
            current_seed = sig_atomic_t(seed);
            if (!run(workshop, {.seed = seed, .plant = Plant(k)}).ok()) found = seed;
        }
        std::string why = "NOT FOUND";
        if (found != 0) {
            const Report once = run(workshop, {.seed = found, .plant = Plant(k)});
            const Report twice = run(workshop, {.seed = found, .plant = Plant(k)});
            why = "seed " + std::to_string(found) + (once.hash == twice.hash && once.broken == twice.broken ? ", twice alike" : ", NOT ALIKE") +
                  ": " + once.broken.front();
            if (once.hash != twice.hash) ++missed;
        } else {
            ++missed;
        }
        std::printf("plant %2d  %s\n          %s\n", k, std::string(to_text(Plant(k))).c_str(), why.c_str());
        std::fflush(stdout);
    }
    return missed;
}

}  // namespace

int main(int argc, char** argv) {
    Command command;
    bool all_plants = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const char* const value = i + 1 < argc ? argv[i + 1] : nullptr;
        if (word == "--trace") {
            command.trace = true;
        } else if (word == "--list-probes") {
            command.probes = true;
        } else if (word == "--list-plants") {
            for (int k = 1; k < int(Plant::kCount); ++k) std::printf("%2d  %s\n", k, std::string(to_text(Plant(k))).c_str());
            return 0;
        } else if (value == nullptr) {
            return usage((std::string(word) + " is not known, or wants a value").c_str());
        } else if (word == "--seed") {
            command.first = command.last = number(argv[++i]);
        } else if (word == "--seeds") {
            const char* const dots = std::strstr(argv[++i], "..");
            if (dots == nullptr) return usage("--seeds wants A..B");
            command.first = number(argv[i]);
            command.last = number(dots + 2);
        } else if (word == "--minutes") {
            command.minutes = std::strtod(argv[++i], nullptr);
        } else if (word == "--mutate") {
            all_plants = std::string_view(argv[++i]) == "all";
            command.mutate = all_plants ? 0 : int(number(argv[i]));
            if (!all_plants && (command.mutate < 1 || command.mutate >= int(Plant::kCount))) return usage("there is no such plant");
        } else {
            return usage((std::string(word) + " is not known").c_str());
        }
    }
    std::signal(SIGABRT, on_abort);
    std::signal(SIGSEGV, on_abort);
    const crypto::SystemEntropy starts_libsodium;
    auto workshop = Workshop::create();
    if (!workshop) {
        std::fprintf(stderr, "storm: %s\n", workshop.error().message.c_str());
        return 1;
    }
    if (all_plants) return mutate_all(**workshop, command) == 0 ? 0 : 1;

    const auto began = std::chrono::steady_clock::now();
    const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(); };
    uint64_t ran = 0, failed = 0;
    for (uint64_t seed = command.first;; ++seed) {
        const bool more = command.minutes > 0 ? seconds() < command.minutes * 60 : seed <= command.last;
        if (!more) break;
        ++ran;
        if (!one_seed(**workshop, seed, command)) {
            ++failed;
            if (command.minutes <= 0) break;
        }
    }
    std::printf("%llu seeds in %.1f s (%.1f a second), %llu failed\n", static_cast<unsigned long long>(ran), seconds(),
                double(ran) / seconds(), static_cast<unsigned long long>(failed));
    int missing = 0;
    if (command.probes) missing = list_probes(false);
    if (ran >= kProbesNeeded && command.mutate == 0) {
        missing = command.probes ? missing : list_probes(true);
        if (missing > 0) std::printf("%d situations were never reached\n", missing);
    }
    return failed > 0 || (ran >= kProbesNeeded && missing > 0) ? 1 : 0;
}
