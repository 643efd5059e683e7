// books_bench.cpp: how long a report, an explanation and an export take over a clinic with many payments.
//
// books_bench [URL] [payments]: books that many payments of 90 days through the ledger (prompts and paybill by turns),
// then times each question, the median of nine. Not part of ctest; docs/numbers.md quotes it.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "clinics/clinic.hpp"
#include "crypto/seal.hpp"
#include "invoices/explain.hpp"
#include "invoices/export.hpp"
#include "invoices/payment_processor.hpp"
#include "invoices/report.hpp"
#include "jobs/queue.hpp"
#include "payments/ledger.hpp"
#include "store/open.hpp"

using namespace clinicpro;
using Steady = std::chrono::steady_clock;

namespace {

class SetClock final : public Clock {
public:
    Instant now() const override { return at; }
    Instant at = *parse_iso("2026-09-01T06:00:00Z");
};

// Settles at once, as the worker does.
class InlineContext final : public jobs::Context {
public:
    InlineContext(IdMaker& ids, Instant now) : ids_(ids), now_(now) {}
    Instant now() const override { return now_; }
    IdMaker& ids() override { return ids_; }
    Result<> enqueue(store::ClinicTx& tx, jobs::NewJob job) override {
        if (job.kind != payments::kSettledJob) return {};
        invoices::PaymentProcessor processor;
        TRY(processor.plan(*this, tx, {.clinic = tx.clinic(), .kind = job.kind, .subject = job.subject}));
        return {};
    }

private:
    IdMaker& ids_;
    const Instant now_;
};

template <class T>
T must(Result<T> result) {
    if (!result) {
        std::fprintf(stderr, "%s %s\n", result.error().message.c_str(), result.error().detail.c_str());
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

Result<TransactionId> pay(InlineContext& context, store::ClinicTx& tx, int number) {
    const auto id = context.ids().make<TransactionId>();
    const std::string receipt = "UB" + std::to_string(10'000'000 + number);
    const Money amount = Money::from_shillings(100 + number % 5000);
    using Kind = payments::Evidence::Kind;
    if (number % 3 == 0) {
        TRY(payments::ledger::arrive(context, tx, {.id = id, .method = "mpesa.c2b", .amount = amount,
                                                   .account = "nobody", .receipt = receipt, .payer_masked = "2547*****678"}));
        return id;
    }
    TRY(payments::ledger::insert(context, tx, {.id = id, .method = "mpesa.stk", .amount_expected = amount,
                                               .account = "nobody", .payer_masked = "2547*****678", .actor = "bench"}));
    const bool paid = number % 7 != 0;
    for (const payments::Evidence& e :
         {payments::Evidence{.kind = Kind::kSendStarted, .witness = payments::Witness::kPushReply},
          payments::Evidence{.kind = Kind::kAccepted, .witness = payments::Witness::kPushReply},
          payments::Evidence{.kind = paid ? Kind::kSucceeded : Kind::kFailed,
                             .witness = payments::Witness::kCallback,
                             .amount = paid ? std::optional(amount) : std::nullopt,
                             .receipt = paid ? receipt : std::string(),
                             .code = paid ? "0" : "1032"}}) {
        TRY(const auto before, payments::ledger::find(tx, id));
        TRY(payments::ledger::record(context, tx, before, e));
    }
    return id;
}

template <class F>
void time_it(const char* what, store::Database& database, F body) {
    std::vector<double> took;
    for (int i = 0; i < 9; ++i) {
        const auto start = Steady::now();
        must(database.read([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, ClinicId{1});
            TRY(body(tx));
            return {};
        }));
        took.push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
    }
    std::sort(took.begin(), took.end());
    std::printf("%-32s %8.2f ms (slowest %.2f)\n", what, took[took.size() / 2], took.back());
}

}  // namespace

int main(int argc, char** argv) {
    const std::string folder = std::filesystem::temp_directory_path() / ("books_bench-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const std::string url = argc > 1 ? argv[1] : "sqlite:" + folder + "/bench.db";
    const int wanted = argc > 2 ? std::atoi(argv[2]) : 100'000;
    log::configure(log::Level::kError, false);
    {
        const auto database = must(store::open({.url = url, .durable = false}));
        must(store::migrate(*database));
        crypto::SystemEntropy entropy;
        SetClock clock;
        IdMaker ids(clock, 0);
        const auto vault = must(clinics::Vault::open(
            *database, must(crypto::Keyring::parse(Secret<>(crypto::Keyring::make_master_key(entropy)))), entropy));
        must(clinics::create(*database, *vault, {.slug = "bench", .name = "Bench"}, clock.now()));
        const Instant first = clock.at;
        const Duration apart = Duration(24h) * 90 / wanted;
        TransactionId middle;
        for (int done = 0; done < wanted;) {
            must(database->write([&](store::Tx& raw) -> Result<> {
                store::ClinicTx tx(raw, ClinicId{1});
                for (int i = 0; i < 500 && done < wanted; ++i, ++done) {
                    clock.at = first + apart * done;
                    InlineContext context(ids, clock.at);
                    TRY(const TransactionId id, pay(context, tx, done));
                    if (done == wanted / 2) middle = id;
                }
                return {};
            }));
        }
        std::printf("%d payments on %s\n", wanted, std::string(database->engine()).c_str());
        const int64_t from = payments::day_sums::day_of(first), to = from + 89;
        time_it("report of 90 days", *database,
                [&](store::ClinicTx& tx) { return invoices::report::make(tx, from, to, clock.at); });
        time_it("explain one payment", *database,
                [&](store::ClinicTx& tx) { return invoices::explain::payment(tx, *vault, middle, true); });
        time_it("export of 10,000 payments", *database,
                [&](store::ClinicTx& tx) { return invoices::exports::page(tx, {}); });
        time_it("newest 50 payments", *database, [&](store::ClinicTx& tx) { return payments::ledger::list(tx, {}); });
    }
    std::filesystem::remove_all(folder);
    return 0;
}
