// life.hpp: what stands between a callback and the disk, in one thread: the real store, vault, inbox, C2B method,
// ledger and worker. It lives until the power goes; the next life opens the same file.
#pragma once

#include <filesystem>

#include "tests/mpesa/fixture.hpp"
#include "tests/power/power_cut.hpp"

namespace clinicpro::testing::power {

// How many times the quick tier's number of cuts; POWER_TIMES=8 in the long one.
inline int times() {
    const char* wanted = std::getenv("POWER_TIMES");
    return wanted ? std::atoi(wanted) : 1;
}

// A folder that goes with the test.
class Folder {
public:
    Folder() {
        char name[] = "/tmp/clinicpro_power_XXXXXX";
        CHECK(mkdtemp(name) != nullptr);
        path = name;
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string path;
};

struct Payment {
    std::string receipt;
    int64_t shillings = 0;
    std::string account = mpesa::kAccount;
    std::string body() const {
        return R"({"TransactionType":"Pay Bill","TransID":")" + receipt +
               R"(","TransTime":"20261118101530","TransAmount":")" + std::to_string(shillings) +
               R"(.00","BusinessShortCode":"174379","BillRefNumber":")" + account +
               R"(","InvoiceNumber":"","OrgAccountBalance":"","ThirdPartyTransID":"","MSISDN":"2547 ***** 149","FirstName":"JANE"})";
    }
};
// The n-th payment of every history.
inline Payment payment(int n) {
    return {"UKP" + std::to_string(1'000'000 + n), 100 + n % 50};
}

// How many notices of each receipt stand in the inbox byte by byte as they were sent.
inline std::map<std::string, int> notices_of(store::Database& database, clinics::Vault& vault, ClinicId clinic) {
    std::map<std::string, int> found;
    must(database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, clinic);
        TRY(const crypto::DataKey* key, vault.key(tx));
        std::vector<std::string> sealed;
        TRY(tx.each("SELECT body FROM inbox WHERE clinic_id = $1",
                    [&](const store::Row& row) { sealed.push_back(row.string(0)); }));
        for (const std::string& one : sealed) {
            TRY(const Secret<> body, key->open(one, "inbox"));
            TRY(const auto told, daraja::read_c2b(body.reveal()));
            const Payment sent{told.receipt, told.amount.shillings(), told.bill_reference};
            if (sent.body() == body.reveal()) ++found[told.receipt];
        }
        return {};
    }));
    return found;
}

class Life {
public:
    // `number` orders lives in time. Throws what keeps the store from opening.
    Life(const std::string& file, int number)
        : clock_at(number), database(must(store::open({.url = "sqlite:" + file, .readers = 1, .in_caller = true}))) {
        must(store::migrate(*database));
        vault = must(clinics::Vault::open(*database, must(crypto::Keyring::parse(master())), entropy));
        links.emplace(vault->system());
        auth.emplace(*vault, entropy);
        methods.add(std::make_unique<mpesa::C2b>(mpesa::Parts{*vault, entropy, *links, *auth}, accounts));
        inbox.emplace(*database, *vault, entropy, ids, clock_at.clock, methods);
        worker.emplace(*database, client, ids, clock_at.clock);
        worker->drain_from(*inbox);
        worker->handle(std::string(payments::kSettledJob), std::make_unique<payments::Settler>());
    }
    // The clinic and its paybill; once.
    void found() {
        const auto clinic = must(clinics::create(*database, *vault, {.slug = "mlimani", .name = "Mlimani"}, now()));
        CHECK(clinic.id == kClinic);
        mpesa::Config config;
        config.environment = mpesa::Environment::kCustom;
        config.base_url = "http://127.0.0.1:9";
        config.shortcode = "174379";
        config.callback_base_url = "https://pay.clinic.example";
        config.consumer_key = Secret<>("key"), config.consumer_secret = Secret<>("secret"),
        config.passkey = Secret<>("pass");
        must(database->write([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, kClinic);
            return mpesa::config::save(tx, *vault, entropy, config, "test", now());
        }));
    }
    // True when Safaricom got its 200.
    bool take(const Payment& paid) {
        bool acknowledged = false;
        inbox->store({.clinic = kClinic,
                      .method = std::string(mpesa::kC2bMethod),
                      .subject = 1,
                      .body = paid.body(),
                      .peer = "196.201.212.69",
                      .peer_known = true},
                     [&](Result<> stored) { acknowledged = stored.has_value(); });
        return acknowledged;
    }
    // Until nothing is due, or the disk fails.
    Result<> work() {
        for (int steps = 0; steps < 10'000; ++steps) {
            TRY(const auto progress, worker->step());
            if (progress.taken == 0) return {};
        }
        return fail(Code::kInternal, "The worker does not come to rest.");
    }
    void read(store::Sql sql, const store::RowSink& sink) {
        must(database->read([&](store::Tx& tx) -> Result<> {
            TRY(tx.each(sql, sink));
            return {};
        }));
    }
    std::string words(store::Sql sql) {
        std::string all;
        read(sql, [&](const store::Row& row) { all += (all.empty() ? "" : ",") + row.string(0); });
        return all;
    }
    std::map<std::string, int> notices() { return notices_of(*database, *vault, kClinic); }
    // Shillings booked under each receipt; -1 when it is booked more than once.
    std::map<std::string, int64_t> booked() {
        std::map<std::string, int64_t> found;
        read("SELECT receipt, amount_received FROM transactions WHERE receipt IS NOT NULL", [&](const store::Row& row) {
            const bool fresh = !found.contains(row.string(0));
            found[row.string(0)] = fresh ? row.integer(1) / 100 : -1;
        });
        return found;
    }
    bool audit_is_whole() {
        bool whole = false;
        must(database->read([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, kClinic);
            TRY(const auto broken, clinics::audit::verify_chain(tx));
            whole = !broken;
            return {};
        }));
        return whole;
    }
    int64_t mpesa_cents() {
        int64_t cents = 0;
        read("SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM ledger WHERE debit = 'mpesa'",
             [&](const store::Row& row) { cents = row.integer(0); });
        return cents;
    }
    Instant now() const { return clock_at.clock.now(); }

    static constexpr ClinicId kClinic{1};

private:
    static Secret<> master() {
        static const std::string text = [] {
            payments::CountingEntropy fixed;
            return crypto::Keyring::make_master_key(fixed);
        }();
        return Secret<>(text);
    }
    struct At {  // an hour after the life before: no id is made twice
        explicit At(int life) { clock.pass(life * 1h); }
        SetClock clock;
    };
    At clock_at;
    payments::CountingEntropy entropy;
    ScriptedClient client;
    IdMaker ids{clock_at.clock, 1};
    std::unique_ptr<store::Database> database;
    std::unique_ptr<clinics::Vault> vault;
    std::optional<clinics::LinkSigner> links;
    std::optional<mpesa::Auth> auth;
    mpesa::FakeAccounts accounts;
    payments::Methods methods;
    std::optional<payments::Inbox> inbox;
    std::optional<jobs::Worker> worker;
};

}  // namespace clinicpro::testing::power
