// clinicpro-storm: replays what a seed decides, one seed or many, and says which promise broke. See docs/promises.md.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "storm/batch.hpp"
#include "storm/seed.hpp"

namespace {

using namespace clinicpro;
using namespace clinicpro::storm;

constexpr uint64_t kProbesNeeded = 600;  // a batch this large must reach every probe

constexpr std::string_view kUsage =
    "./dev storm [--seed N | --seeds A..B] [--minutes M] [--trace] [--mutate K|all] [--processes P] [--probes] "
    "[--plants]\n"
    "  --seed N       one seed, twice, to see that it is the same history\n"
    "  --seeds A..B   a batch; the first failure ends it (default 1..600)\n"
    "  --minutes M    from --seeds' A on until the time is over; failures are counted\n"
    "  --trace        with --seed: every event and log line\n"
    "  --mutate K     plants bug K; all: each in turn, and every one must be caught within the batch\n"
    "  --processes P  as many as the machine has cores, unless said otherwise\n"
    "  --probes       the table of rare situations, whatever the size of the batch\n"
    "  --plants       lists the bugs that can be planted\n";

struct Command {
    Batch batch;
    bool one = false;
    bool trace = false;
    bool probes = false;
    bool list_plants = false;
    bool all_plants = false;
};

Result<uint64_t> number(std::string_view text, std::string_view option) {
    uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9' || value > UINT64_MAX / 100)
            return fail(Code::kInvalid, std::string(option) + " wants a whole number.");
        value = value * 10 + uint64_t(c - '0');
    }
    if (text.empty() || value == 0) return fail(Code::kInvalid, std::string(option) + " wants a number above zero.");
    return value;
}

Result<Command> read(std::span<char* const> words) {
    Command command;
    command.batch.processes = int(std::clamp<unsigned>(std::thread::hardware_concurrency(), 1, 64));
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (word == "--trace") {
            command.trace = true;
            continue;
        }
        if (word == "--probes") {
            command.probes = true;
            continue;
        }
        if (word == "--plants") {
            command.list_plants = true;
            continue;
        }
        if (i + 1 == words.size())
            return fail(Code::kInvalid, "\"" + std::string(word) + "\" is not an option, or wants a value.");
        const std::string_view value = words[++i];
        if (word == "--seed") {
            TRY(command.batch.first, number(value, word));
            command.batch.last = command.batch.first;
            command.one = true;
        } else if (word == "--seeds") {
            const size_t dots = value.find("..");
            if (dots == std::string_view::npos) return fail(Code::kInvalid, "--seeds wants A..B, such as 1..600.");
            TRY(command.batch.first, number(value.substr(0, dots), word));
            TRY(command.batch.last, number(value.substr(dots + 2), word));
        } else if (word == "--minutes") {
            command.batch.minutes = std::strtod(words[i], nullptr);
            if (!(command.batch.minutes > 0)) return fail(Code::kInvalid, "--minutes wants a number above zero.");
        } else if (word == "--processes") {
            TRY(const uint64_t wanted, number(value, word));
            command.batch.processes = int(std::min<uint64_t>(wanted, 64));
        } else if (word == "--mutate") {
            command.all_plants = value == "all";
            if (command.all_plants) continue;
            TRY(const uint64_t plant, number(value, word));
            if (plant >= uint64_t(Plant::kCount))
                return fail(Code::kInvalid, "There is no such plant; --plants lists them.");
            command.batch.plant = Plant(plant);
        } else {
            return fail(Code::kInvalid, "\"" + std::string(word) + "\" is not an option.");
        }
    }
    return command;
}

int one_seed(const Command& command) {
    const WorkFolder folder;
    const auto workshop = Workshop::create(folder.path() + "/0");
    if (!workshop) {
        std::fprintf(stderr, "storm: %s\n", workshop.error().message.c_str());
        return 1;
    }
    const RunOptions options{.seed = command.batch.first, .plant = command.batch.plant, .print = command.trace};
    const Report report = judge(**workshop, options, true);
    if (!report.ok()) {
        std::fputs(explain(**workshop, options, report).c_str(), stdout);
        return 1;
    }
    std::printf("seed %llu: %lld events, every promise held, twice alike\n",
                static_cast<unsigned long long>(options.seed), static_cast<long long>(report.events));
    return 0;
}

int batch(const Command& command) {
    const Totals totals = run_batch(command.batch);
    int missing = 0;
    const bool must_reach = totals.ran >= kProbesNeeded && command.batch.plant == Plant::kNone;
    if (must_reach || command.probes) {
        std::printf("%10s  situation\n", "times");
        for (size_t i = 0; i < size_t(Probe::kCount); ++i) {
            missing += totals.probes[i] == 0;
            std::printf("%10lld  %s%s\n", static_cast<long long>(totals.probes[i]), std::string(kProbeTexts[i]).c_str(),
                        totals.probes[i] == 0 ? "  NEVER REACHED" : "");
        }
    }
    if (must_reach && missing > 0)
        std::printf("%d situations were never reached: the batch proves less than it should\n", missing);
    std::printf("%llu seeds in %.1f s (%.1f a second, %d processes), %llu failed\n",
                static_cast<unsigned long long>(totals.ran), totals.seconds, double(totals.ran) / totals.seconds,
                command.batch.processes, static_cast<unsigned long long>(totals.failed));
    return totals.failed > 0 || (must_reach && missing > 0) ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto command = read(std::span(argv + 1, size_t(argc - 1)));
    if (!command) {
        std::fprintf(stderr, "storm: %s\n%s", command.error().message.c_str(), std::string(kUsage).c_str());
        return 2;
    }
    const crypto::SystemEntropy starts_libsodium;
    if (command->list_plants) {
        for (int k = 1; k < int(Plant::kCount); ++k)
            std::printf("%2d  %s\n", k, std::string(to_text(Plant(k))).c_str());
        return 0;
    }
    if (command->all_plants) return run_plants(command->batch) == 0 ? 0 : 1;
    return command->one && command->batch.minutes <= 0 ? one_seed(*command) : batch(*command);
}
