// payments_bench.cpp: how many payments a second are durable and fully applied, next to a route that does nothing.
//
// It seeds a database with open invoices for virtual visits, starts the real server on it, and posts C2B confirmations and STK
// callbacks from this process: same machine, same generator, same run. "Applied" means receipt, invoice paid, visit confirmed,
// meeting link made and notice queued, read back from the database. Figures end as lines name=value.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <unordered_set>

#include "app/core.hpp"
#include "bench/load.hpp"
#include "clinics/clinic.hpp"
#include "crypto/seal.hpp"
#include "invoices/appointment.hpp"
#include "invoices/invoice.hpp"
#include "invoices/meeting_settings.hpp"
#include "invoices/patient.hpp"
#include "jobs/queue.hpp"
#include "mpesa/c2b.hpp"
#include "mpesa/callback.hpp"
#include "mpesa/simulator.hpp"

namespace {

using namespace clinicpro;
namespace fs = std::filesystem;
using clock_type = std::chrono::steady_clock;

double seconds_since(clock_type::time_point start) {
    return std::chrono::duration<double>(clock_type::now() - start).count();
}

template <class T>
T must(Result<T> result) {
    if (!result) {
        std::fprintf(stderr, "payments_bench: %s %s\n", result.error().message.c_str(), result.error().detail.c_str());
        std::exit(1);
    }
    return *std::move(result);
}
void must(Result<> result) {
    if (!result) {
        std::fprintf(stderr, "payments_bench: %s %s\n", result.error().message.c_str(), result.error().detail.c_str());
        std::exit(1);
    }
}

struct Seeded {
    std::vector<mpesa::simulator::Post> c2b, stk;
};

// `count` invoices to be paid by C2B and as many by STK, each with a virtual visit of its own.
Seeded seed(app::Core& core, int count) {
    Seeded seeded;
    const Instant now = core.clock.now();
    const auto clinic = must(clinics::create(*core.database, *core.vault, {.slug = "bench", .name = "Bench Clinic"}, now));
    const auto parts = core.mpesa();
    must(core.database->write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, clinic.id);
        mpesa::Config config;
        config.environment = mpesa::Environment::kCustom;
        config.base_url = "http://127.0.0.1:9";
        config.shortcode = "600986";
        config.callback_base_url = "http://127.0.0.1:9";
        config.consumer_key = config.consumer_secret = config.passkey = Secret<>(std::string("bench"));
        TRY(mpesa::config::save(tx, *core.vault, core.entropy, config, "bench", now));
        jobs::QueueContext context(*core.ids, now);
        invoices::MeetingSettings meeting_settings(*core.vault, core.entropy);
        return meeting_settings.set_adapter(context, tx, {.kind = meetings::Kind::kSimple, .base_url = "https://meet.bench.example"}, "bench");
    }));
    std::unordered_set<std::string> receipts;  // no two alike: the second would be the first one's second notice
    const auto new_receipt = [&] {
        std::string receipt;
        do receipt = mpesa::simulator::make_receipt(now, core.entropy);
        while (!receipts.insert(receipt).second);
        return receipt;
    };
    constexpr int kBatch = 500;
    for (int done = 0; done < 2 * count; done += kBatch) {
        std::vector<mpesa::simulator::Post> made;
        must(core.database->write([&](store::Tx& raw) -> Result<> {
            made.clear();
            store::ClinicTx tx(raw, clinic.id);
            jobs::QueueContext context(*core.ids, now);
            for (int i = done; i < done + kBatch; ++i) {
                char phone[16];
                std::snprintf(phone, sizeof phone, "2547%08d", i);
                TRY(Msisdn msisdn, Msisdn::parse(phone));
                TRY(const auto patient, invoices::patients::create(context, tx, *core.vault, {.name = "Patient", .phone = msisdn, .actor = "bench"}));
                TRY(const auto visit, invoices::appointments::create(context, tx, {.patient = patient.id, .kind = invoices::AppointmentKind::kVirtual, .title = "Visit", .starts_at = now + 24h, .ends_at = now + 25h, .actor = "bench"}));
                TRY(const auto invoice, invoices::create(context, tx, core.entropy, {.patient = patient.id, .appointment = visit.id, .items = {{"Consultation", 1, Money::from_shillings(1000)}}, .actor = "bench"}));
                const mpesa::simulator::Payment payment{.amount = Money::from_shillings(1000), .payer = msisdn, .account = invoice.account, .receipt = new_receipt()};
                if (i < count) {
                    TRY(auto post, mpesa::simulator::c2b(tx, parts, payment, now));
                    made.push_back(std::move(post));
                } else {
                    TRY(auto post, mpesa::simulator::stk(context, tx, parts, invoice.id, payment));
                    made.push_back(std::move(post));
                }
            }
            return {};
        }));
        for (size_t k = 0; k < made.size(); ++k) {
            (done + int(k) < count ? seeded.c2b : seeded.stk).push_back(std::move(made[k]));
        }
        std::fprintf(stderr, "\rseeding %d of %d invoices", done + kBatch, 2 * count);
    }
    std::fprintf(stderr, "\n");
    return seeded;
}

class Server {
public:
    Server(const std::string& program, const std::string& output) : output_(output) {
        start_ = clock_type::now();
        pid_ = ::fork();
        if (pid_ == 0) {
            if (std::freopen(output.c_str(), "w", stdout) == nullptr || std::freopen((output + ".log").c_str(), "w", stderr) == nullptr) std::_Exit(1);
            ::execl(program.c_str(), program.c_str(), "serve", nullptr);
            std::_Exit(127);
        }
        for (;;) {
            std::ifstream in(output_);
            std::string word, url;
            if (in >> word >> url && word == "ready") {
                port = uint16_t(std::stoi(url.substr(url.rfind(':') + 1)));
                break;
            }
            if (::waitpid(pid_, nullptr, WNOHANG) == pid_ || seconds_since(start_) > 20) {
                std::fprintf(stderr, "payments_bench: the server did not start; see %s.log\n", output.c_str());
                std::exit(1);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        seconds_to_ready = seconds_since(start_);
    }
    ~Server() {
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, nullptr, 0);
    }
    double peak_mib() const {
        std::ifstream in("/proc/" + std::to_string(pid_) + "/status");
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
        }
        return -1;
    }
    // Of all its threads, user and system: unlike a rate, hardly touched by what else the machine does.
    double cpu_seconds() const {
        std::ifstream in("/proc/" + std::to_string(pid_) + "/stat");
        std::string line;
        std::getline(in, line);
        std::istringstream fields(line.substr(line.rfind(')') + 1));
        std::string skipped;
        for (int i = 0; i < 11; ++i) fields >> skipped;
        double user = 0, system = 0;
        fields >> user >> system;
        return (user + system) / double(::sysconf(_SC_CLK_TCK));
    }
    uint16_t port = 0;
    double seconds_to_ready = 0;

private:
    std::string output_;
    pid_t pid_ = -1;
    clock_type::time_point start_;
};

int64_t count_applied(store::Database& database) {
    int64_t count = 0;
    must(database.read([&](store::Tx& tx) -> Result<> {
        TRY(tx.each("SELECT COUNT(*) FROM notices n JOIN appointments a ON a.clinic_id = n.clinic_id AND a.id = n.appointment_id "
                    "JOIN invoices i ON i.clinic_id = n.clinic_id AND i.id = n.invoice_id "
                    "JOIN meetings m ON m.clinic_id = a.clinic_id AND m.appointment_id = a.id "
                    "WHERE a.state = 'confirmed' AND i.state = 'paid' AND m.state = 'ready'",
                    [&](const store::Row& row) { count = row.integer(0); }));
        return {};
    }));
    return count;
}

// How many notices wait to be applied: cheap to ask while the clock runs.
int64_t waiting(store::Database& database) {
    int64_t count = 0;
    must(database.read([&](store::Tx& tx) -> Result<> {
        TRY(tx.each("SELECT COUNT(*) FROM inbox WHERE state IN ('new', 'parked')", [&](const store::Row& row) { count = row.integer(0); }));
        return {};
    }));
    return count;
}

void report(const char* name, double value, int decimals) { std::printf("%s=%.*f\n", name, decimals, value); }

bench::LoadResult noop(uint16_t port, int connections, double seconds) {
    const std::string request = bench::post("/noop", std::string(600, 'x'), port);
    const auto start = clock_type::now();
    return bench::run_load(port, connections, [&]() -> std::string_view {
        return seconds_since(start) < seconds ? std::string_view(request) : std::string_view();
    });
}

struct Rates {
    double applied = 0;  // payments a second
    double noop = 0;     // requests a second
};

// Posts every callback and waits until all are applied; the clock runs from the first byte to the last row. In parts, each between
// two runs of the no-op route: this kind of machine changes its speed from one second to the next.
Rates measure(const char* name, store::Database& database, const Server& server, int connections,
              const std::vector<mpesa::simulator::Post>& posts) {
    constexpr size_t kParts = 5;
    constexpr double kNoopSeconds = 1;
    const uint16_t port = server.port;
    std::vector<std::string> requests;
    for (const auto& one : posts) requests.push_back(bench::post(one.path, one.body, port));
    const int64_t before = count_applied(database);
    int64_t answered = 0;
    double seconds = 0, cpu = 0, p50 = 0, p99 = 0;
    double noops = noop(port, connections, kNoopSeconds).rate();
    for (size_t part = 0; part < kParts; ++part) {
        size_t at = requests.size() * part / kParts;
        const size_t end = requests.size() * (part + 1) / kParts;
        const double cpu_before = server.cpu_seconds();
        const auto start = clock_type::now();
        const auto load = bench::run_load(port, connections, [&]() -> std::string_view {
            return at < end ? std::string_view(requests[at++]) : std::string_view();
        });
        while (waiting(database) > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        seconds += seconds_since(start);
        cpu += server.cpu_seconds() - cpu_before;
        answered += load.answered;
        p50 = std::max(p50, load.p50_ms);
        p99 = std::max(p99, load.p99_ms);
        noops += noop(port, connections, kNoopSeconds).rate();
    }
    const int64_t applied = count_applied(database) - before;
    std::printf("# %s: %zu sent, %lld acknowledged, %lld applied in %.2f s; acknowledged after p50 %.1f ms, p99 %.1f ms (of the slowest part)\n",
                name, posts.size(), (long long)answered, (long long)applied, seconds, p50, p99);
    if (answered != int64_t(posts.size()) || applied != int64_t(posts.size())) {
        std::fprintf(stderr, "payments_bench: %s: not every callback was acknowledged and applied\n", name);
        std::exit(1);
    }
    report((std::string(name) + "_server_cpu_microseconds_each").c_str(), cpu * 1e6 / double(applied), 0);
    return {double(applied) / seconds, noops / double(kParts + 1)};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: payments_bench SERVER_PROGRAM FOLDER INVOICES\n");
        return 64;
    }
    const std::string program = argv[1], folder = argv[2];
    const int count = std::max(500, std::atoi(argv[3]) / 500 * 500);
    constexpr int kConnections = 64;
    fs::remove_all(folder);
    fs::create_directories(folder);

    app::Settings settings;
    if (const char* url = std::getenv("BENCH_DATABASE")) {
        settings.database = url;
    } else {
        settings.database = "sqlite:" + folder + "/bench.db";
    }
    crypto::SystemEntropy entropy;
    settings.master_key = Secret<>(crypto::Keyring::make_master_key(entropy));
    std::printf("# database %s, %d connections, %d payments of each kind\n", settings.database.substr(0, settings.database.find(':')).c_str(),
                kConnections, count);

    auto core = must(app::open_core(settings, app::Schema::kBringUpToDate));
    const Seeded seeded = seed(*core, count);
    // Only readers stay here: the server is the one that writes.
    auto database = must(store::open({.url = settings.database, .readers = 1}));
    core.reset();

    ::setenv("CLINICPRO_DATABASE", settings.database.c_str(), 1);
    ::setenv("CLINICPRO_MASTER_KEY", settings.master_key.reveal().c_str(), 1);
    ::setenv("CLINICPRO_LISTEN", "127.0.0.1:0", 1);
    ::setenv("CLINICPRO_BENCHMARK_ROUTES", "true", 1);
    ::setenv("CLINICPRO_LOG_LEVEL", "warn", 1);
    Server server(program, folder + "/server");
    report("start_to_ready_seconds", server.seconds_to_ready, 3);

    const Rates c2b = measure("c2b", *database, server, kConnections, seeded.c2b);
    const Rates stk = measure("stk_callback", *database, server, kConnections, seeded.stk);

    report("noop_per_second", (c2b.noop + stk.noop) / 2, 0);
    report("c2b_applied_per_second", c2b.applied, 0);
    report("stk_callback_applied_per_second", stk.applied, 0);
    report("c2b_applied_ratio", c2b.applied / c2b.noop, 4);
    report("stk_callback_applied_ratio", stk.applied / stk.noop, 4);
    report("server_peak_mib", server.peak_mib(), 1);
    return 0;
}
