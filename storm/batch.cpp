#include "storm/batch.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>

#include "storm/seed.hpp"

namespace clinicpro::storm {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kProcessesMax = 64;
constexpr int64_t kHungSeconds = 300;  // a run takes a fraction of a second, a failure's shortening some seconds
constexpr int64_t kProgressSeconds = 15;
constexpr size_t kWhyMax = 400;

// Shared by the parent and its processes.
struct Board {
    std::atomic<uint64_t> next{0};
    std::atomic<uint64_t> ran{0}, failed{0};
    std::atomic<bool> stop{false};
    struct Slot {
        std::atomic<uint64_t> seed{0};
        std::atomic<int64_t> since{0};  // seconds
    } slots[kProcessesMax];
    std::atomic<int64_t> probes[size_t(Probe::kCount)];
    struct Catch {
        std::atomic<uint64_t> seed;  // 0: not caught
        std::atomic<bool> alike;
        char why[kWhyMax];
    } caught[size_t(Plant::kCount)];
};

int64_t now_seconds() {
    return std::chrono::duration_cast<std::chrono::seconds>(Steady::now().time_since_epoch()).count();
}

Board* g_board = nullptr;
int g_slot = 0;

// Only calls that a signal handler may make.
void on_crash(int signal) {
    char line[96];
    const int size = std::snprintf(line, sizeof line, "\nstorm: seed %llu stopped the program (signal %d)\n",
                                   static_cast<unsigned long long>(g_board->slots[g_slot].seed.load()), signal);
    if (::write(STDOUT_FILENO, line, size_t(size)) < 0) ::_exit(4);
    ::_exit(3);
}

void say(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

void begin_seed(uint64_t seed) {
    g_board->slots[g_slot].seed = seed;
    g_board->slots[g_slot].since = now_seconds();
}

// One process: takes seeds until there are no more.
void run_seeds(const Workshop& workshop, const Batch& batch, Steady::time_point end) {
    while (!g_board->stop) {
        const uint64_t seed = batch.first + g_board->next++;
        if (batch.minutes > 0 ? Steady::now() >= end : seed > batch.last) break;
        begin_seed(seed);
        const RunOptions options{.seed = seed, .plant = batch.plant};
        const Report report = judge(workshop, options, false);
        ++g_board->ran;
        if (report.ok()) continue;
        ++g_board->failed;
        if (batch.minutes <= 0 && g_board->stop.exchange(true)) break;
        say(explain(workshop, options, report));
    }
    for (size_t i = 0; i < size_t(Probe::kCount); ++i) g_board->probes[i] += probe_counts()[i];
}

// One process: takes plants until there are no more, and looks for the first seed that catches each.
void hunt(const Workshop& workshop, const Batch& batch) {
    for (uint64_t k = ++g_board->next; k < uint64_t(Plant::kCount); k = ++g_board->next) {
        Board::Catch& caught = g_board->caught[k];
        for (uint64_t seed = batch.first; seed <= batch.last && !g_board->stop; ++seed) {
            begin_seed(seed);
            const RunOptions options{.seed = seed, .plant = Plant(k)};
            const Report first = run(workshop, options);
            ++g_board->ran;
            if (first.ok()) continue;
            const Report again = run(workshop, options);
            caught.alike = first.hash == again.hash && first.broken == again.broken;
            std::snprintf(caught.why, kWhyMax, "%s", first.broken.front().c_str());
            caught.seed = seed;
            break;
        }
    }
}

// Forks, watches, collects. `work` runs in each process.
void in_processes(const Batch& batch, const std::string& folder, std::string_view unit,
                  const std::function<void(const Workshop&)>& work) {
    // Waiting for a signal instead of polling; the processes get them back unblocked.
    sigset_t watched, before;
    sigemptyset(&watched);
    for (const int one : {SIGCHLD, SIGINT, SIGTERM}) sigaddset(&watched, one);
    sigprocmask(SIG_BLOCK, &watched, &before);
    std::fflush(stdout);
    std::map<pid_t, int> alive;
    const auto began = now_seconds();
    for (int slot = 0; slot < batch.processes; ++slot) {
        g_board->slots[slot].since = began;
        const pid_t pid = ::fork();
        if (pid < 0) break;
        if (pid > 0) {
            alive[pid] = slot;
            continue;
        }
        sigprocmask(SIG_SETMASK, &before, nullptr);
        g_slot = slot;
        for (const int one : {SIGABRT, SIGSEGV, SIGFPE, SIGBUS, SIGILL}) ::signal(one, on_crash);
        int code = 0;
        if (const auto workshop = Workshop::create(folder + "/" + std::to_string(slot))) {
            work(**workshop);
        } else {
            say("storm: " + workshop.error().message + "\n");
            code = 1;
        }
        std::fflush(stdout);
        ::_exit(code);
    }
    if (alive.empty()) {
        say("storm: no process could be started\n");
        ++g_board->failed;
    }
    int64_t told = began;
    while (!alive.empty()) {
        const timespec patience{1, 0};
        const int signal = ::sigtimedwait(&watched, nullptr, &patience);
        if (signal == SIGINT || signal == SIGTERM) {
            g_board->stop = true;
            ++g_board->failed;
            say("storm: stopped; each process finishes its seed\n");
        }
        int status = 0;
        for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
            if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
                ++g_board->failed;
                if (batch.minutes <= 0) g_board->stop = true;
                say("storm: the process with seed " + std::to_string(g_board->slots[alive[pid]].seed) +
                    " ended badly\n");
            }
            alive.erase(pid);
        }
        const int64_t now = now_seconds();
        for (const auto& [pid, slot] : alive) {
            if (now - g_board->slots[slot].since <= kHungSeconds) continue;
            say("storm: seed " + std::to_string(g_board->slots[slot].seed) + " does not come to an end\n");
            ::kill(pid, SIGKILL);
        }
        if (now - told >= kProgressSeconds && !alive.empty()) {
            told = now;
            char line[160];
            const uint64_t ran = g_board->ran;
            std::snprintf(line, sizeof line, "  %lld s: %llu %s (%.1f a second), %llu failed\n",
                          static_cast<long long>(now - began), static_cast<unsigned long long>(ran),
                          std::string(unit).c_str(), double(ran) / double(now - began),
                          static_cast<unsigned long long>(g_board->failed.load()));
            say(line);
        }
    }
    sigprocmask(SIG_SETMASK, &before, nullptr);
}

void open_board() {
    void* const memory = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    g_board = new (memory) Board();
}

}  // namespace

Totals run_batch(const Batch& batch) {
    open_board();
    const auto began = Steady::now();
    const auto end =
        began + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(batch.minutes * 60));
    const WorkFolder folder;
    in_processes(batch, folder.path(), "seeds", [&](const Workshop& workshop) { run_seeds(workshop, batch, end); });
    Totals totals{.ran = g_board->ran, .failed = g_board->failed};
    totals.longest = batch.first + totals.ran - 1;
    totals.seconds = std::chrono::duration<double>(Steady::now() - began).count();
    for (size_t i = 0; i < size_t(Probe::kCount); ++i) totals.probes[i] = g_board->probes[i];
    return totals;
}

int run_plants(const Batch& batch) {
    open_board();
    const auto began = now_seconds();
    const WorkFolder folder;
    in_processes(batch, folder.path(), "planted runs", [&](const Workshop& workshop) { hunt(workshop, batch); });
    int missed = int(g_board->failed);
    for (int k = 1; k < int(Plant::kCount); ++k) {
        const Board::Catch& caught = g_board->caught[k];
        const uint64_t seed = caught.seed;
        const bool good = seed != 0 && caught.alike;
        missed += !good;
        std::string line = "plant " + std::string(k < 10 ? " " : "") + std::to_string(k) +
                           (good ? "  caught" : "  MISSED") + "  " + std::string(to_text(Plant(k))) +
                           "\n                  ";
        if (seed == 0) {
            line += "no seed of " + std::to_string(batch.first) + ".." + std::to_string(batch.last) + " catches it\n";
        } else {
            line += "seed " + std::to_string(seed) + ", after " + std::to_string(seed - batch.first + 1) +
                    " seeds, replayed " + (caught.alike ? "alike" : "OTHERWISE") + ": " + caught.why + "\n";
        }
        say(line);
    }
    say(std::to_string(int(Plant::kCount) - 1 - missed) + " of " + std::to_string(int(Plant::kCount) - 1) +
        " plants caught in " + std::to_string(now_seconds() - began) + " s, " + std::to_string(uint64_t(g_board->ran)) +
        " runs\n");
    return missed;
}

}  // namespace clinicpro::storm
