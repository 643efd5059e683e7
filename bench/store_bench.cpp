// store_bench.cpp: how many bodies a second an engine makes durable, and how long the slowest waited.
//
// store_bench [URL] [seconds] [in flight]: each body writes four rows (a payment's: a transaction, a ledger entry, a
// job and an update of the invoice). Not part of ctest; docs/numbers.md quotes it.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <vector>

#include "store/open.hpp"

using namespace clinicpro;
using clinicpro::store::Tx;
using Steady = std::chrono::steady_clock;

namespace {

Result<> pay(Tx& tx, int64_t id, int64_t clinic) {
    TRY(tx.execute("INSERT INTO bench_payments (clinic_id, id, amount, state, receipt) VALUES ($1, $2, $3, 'paid', $4)",
                   clinic, id, 150'000, "SJ" + std::to_string(id)));
    TRY(tx.execute("INSERT INTO bench_ledger (clinic_id, id, payment, amount) VALUES ($1, $2, $3, $4)", clinic, id, id,
                   150'000));
    TRY(tx.execute("INSERT INTO bench_jobs (id, clinic_id, kind, run_at) VALUES ($1, $2, 'payment.settled', $3)", id,
                   clinic, id));
    TRY(tx.execute("UPDATE bench_totals SET amount = amount + $2 WHERE id = $1", id % 1000, 150'000));
    return {};
}

constexpr const char* kSchema =
    "DROP TABLE IF EXISTS bench_ledger; DROP TABLE IF EXISTS bench_payments; DROP TABLE IF EXISTS bench_jobs; "
    "DROP TABLE IF EXISTS bench_totals; "
    "CREATE TABLE bench_payments (clinic_id BIGINT, id BIGINT, amount BIGINT, state TEXT, receipt TEXT, "
    "PRIMARY KEY (clinic_id, id), UNIQUE (clinic_id, receipt)); "
    "CREATE TABLE bench_ledger (clinic_id BIGINT, id BIGINT, payment BIGINT, amount BIGINT, PRIMARY KEY (clinic_id, "
    "id), "
    "FOREIGN KEY (clinic_id, payment) REFERENCES bench_payments (clinic_id, id)); "
    "CREATE TABLE bench_jobs (id BIGINT PRIMARY KEY, clinic_id BIGINT, kind TEXT, run_at BIGINT); "
    "CREATE INDEX bench_jobs_due ON bench_jobs (run_at, id); "
    "CREATE TABLE bench_totals (id BIGINT PRIMARY KEY, amount BIGINT NOT NULL);";

double fsync_millis(const std::string& folder) {
    const std::string path = folder + "/clinicpro-fsync";
    const int file = ::open(path.c_str(), O_CREAT | O_RDWR, 0600);
    const std::string page(4096, 'x');
    const auto start = Steady::now();
    constexpr int kTimes = 50;
    for (int i = 0; i < kTimes; ++i) {
        if (::write(file, page.data(), page.size()) < 0 || ::fdatasync(file) != 0) return -1;
    }
    const std::chrono::duration<double, std::milli> took = Steady::now() - start;
    ::close(file);
    ::unlink(path.c_str());
    return took.count() / kTimes;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string folder = std::filesystem::temp_directory_path() / ("store_bench-" + std::to_string(::getpid()));
    store::OpenOptions options;
    options.url = argc > 1 && argv[1][0] ? argv[1] : "sqlite:" + folder + "/bench.db";
    const int seconds = argc > 2 ? std::atoi(argv[2]) : 5;
    const int in_flight_max = argc > 3 ? std::atoi(argv[3]) : 512;
    std::filesystem::create_directories(folder);
    auto opened = store::open(options);
    if (!opened) {
        std::fprintf(stderr, "%s %s\n", opened.error().message.c_str(), opened.error().detail.c_str());
        return 1;
    }
    auto& db = **opened;
    auto ready = db.write([](Tx& tx) -> Result<> {
        TRY(tx.script(kSchema));
        for (int id = 0; id < 1000; ++id) TRY(tx.execute("INSERT INTO bench_totals (id, amount) VALUES ($1, 0)", id));
        return {};
    });
    if (!ready) {
        std::fprintf(stderr, "%s\n", ready.error().detail.c_str());
        return 1;
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::vector<double> waits;
    waits.reserve(4'000'000);
    int in_flight = 0;
    int64_t failures = 0;
    const auto before = db.statistic();
    const auto start = Steady::now();
    for (int64_t id = 1; Steady::now() - start < std::chrono::seconds(seconds); ++id) {
        {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return in_flight < in_flight_max; });
            ++in_flight;
        }
        db.submit([id](Tx& tx) { return pay(tx, id, 1 + id % 50); },
                  [&, sent = Steady::now()](Result<> result) {
                      const std::chrono::duration<double, std::milli> took = Steady::now() - sent;
                      std::lock_guard lock(mutex);
                      waits.push_back(took.count());
                      failures += result ? 0 : 1;
                      --in_flight;
                      changed.notify_one();
                  });
    }
    {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return in_flight == 0; });
    }
    const std::chrono::duration<double> took = Steady::now() - start;
    const auto after = db.statistic();
    std::sort(waits.begin(), waits.end());
    const auto percentile = [&](double p) { return waits[size_t(double(waits.size() - 1) * p)]; };
    std::printf("%s: %.0f bodies/s (4 rows each, %d in flight), %.1f bodies/group, %lld failed, %lld reruns\n",
                std::string(db.engine()).c_str(), double(waits.size()) / took.count(), in_flight_max,
                double(after.bodies - before.bodies) / double(after.groups - before.groups), (long long)failures,
                (long long)(after.reruns - before.reruns));
    std::printf("wait ms: p50 %.2f  p95 %.2f  p99 %.2f  p99.9 %.2f  max %.2f; fdatasync %.2f ms\n", percentile(0.5),
                percentile(0.95), percentile(0.99), percentile(0.999), waits.back(), fsync_millis(folder));
    opened->reset();
    std::filesystem::remove_all(folder);
    return failures == 0 ? 0 : 1;
}
