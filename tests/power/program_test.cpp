// The whole server in this process, on its real threads, behind a real socket: callbacks come over several connections
// while the power goes, again and again on one disk. Who got a 200 finds his money booked once.
#include <sqlite3.h>

#include <iostream>
#include <random>
#include <set>
#include <thread>

#include "app/wiring.hpp"
#include "invoices/invoice.hpp"
#include "invoices/patient.hpp"
#include "tests/net/raw_socket.hpp"
#include "tests/power/life.hpp"

namespace clinicpro::testing::power {
namespace {

class WholeProgram : public ::testing::Test {
protected:
    WholeProgram() {
        log::configure(log::Level::kOff, false);
        install();
        new_folder(folder.path);
        tamper({.checkpoint_pages = 200});
        payments::CountingEntropy entropy;
        settings.database = "sqlite:" + folder.path + "/program.db";
        settings.master_key = Secret<>(crypto::Keyring::make_master_key(entropy));
        settings.listen = "127.0.0.1:0";
        settings.public_url = "https://pay.example";
        settings.log_level = "off";
        settings.drain_seconds = 0;
        found();
    }
    ~WholeProgram() override { tamper({}); }

    // A clinic with a paybill and one large invoice.
    void found() {
        const auto core = must(app::open_core(settings, app::Schema::kBringUpToDate));
        const auto clinic = must(
            clinics::create(*core->database, *core->vault, {.slug = "mlimani", .name = "Mlimani"}, core->clock.now()));
        mpesa::Config config;
        config.environment = mpesa::Environment::kCustom;
        config.base_url = "http://127.0.0.1:9";
        config.shortcode = "174379";
        config.callback_base_url = "https://pay.example";
        config.consumer_key = Secret<>("key"), config.consumer_secret = Secret<>("secret"),
        config.passkey = Secret<>("pass");
        must(core->database->write([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, clinic.id);
            jobs::QueueContext context(*core->ids, core->clock.now());
            TRY(mpesa::config::save(tx, *core->vault, core->entropy, config, "test", core->clock.now()));
            TRY(const auto patient,
                invoices::patients::create(
                    context, tx, *core->vault,
                    {.name = "Achieng", .phone = must(Msisdn::parse("254708374149")), .actor = "test"}));
            TRY(const auto invoice,
                invoices::create(context, tx, core->entropy,
                                 {.patient = patient.id,
                                  .items = {{.description = "Care", .unit_price = Money::from_shillings(50'000'000)}},
                                  .actor = "test"}));
            account = invoice.account;
            return {};
        }));
        path = "/n/c/" + core->links->hex({clinics::Link::Purpose::kC2bCallback, clinic.id, 0, 1});
    }
    std::string request(Payment paid) const {
        paid.account = account;
        const std::string body = paid.body();
        return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
               body;
    }
    // Sends new payments, and now and then one of before, until somebody else says that it is over.
    void pay(uint16_t port, uint32_t seed) {
        std::mt19937 dice(seed);
        auto wire = net::testing::Wire::to(port);
        while (!is_cut()) {
            const int newest = next_payment;
            const int n = dice() % 5 == 0 && newest > 0 ? int(dice() % uint32_t(newest)) : next_payment++;
            if (!wire.send(request(payment(n)))) return;
            const std::string answer = wire.read_message();
            if (answer.starts_with("HTTP/1.1 200 ")) {
                const std::lock_guard lock(mutex);
                acknowledged.insert(n);
            } else if (answer.starts_with("HTTP/1.1 503 ")) {
                ++refused;
                EXPECT_NE(answer.find("Retry-After: "), std::string::npos);
            } else {
                ADD_FAILURE() << answer;
                return;
            }
        }
    }
    // False when the power went before it could serve.
    bool live(uint32_t seed) {
        const auto program = app::Program::start(settings);
        if (!program) {
            EXPECT_TRUE(is_cut()) << program.error().message << " " << program.error().detail;
            return false;
        }
        std::vector<std::thread> payers;
        for (uint32_t i = 0; i < 4; ++i) payers.emplace_back([&, i] { pay((*program)->port(), seed * 10 + i); });
        for (auto& payer : payers) payer.join();
        EXPECT_TRUE(is_cut());
        return true;
    }
    int64_t number(const char* sql) const {
        sqlite3* handle = nullptr;
        sqlite3_stmt* statement = nullptr;
        CHECK(sqlite3_open((folder.path + "/program.db").c_str(), &handle) == SQLITE_OK);
        sqlite3_busy_timeout(handle, 10'000);
        CHECK(sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr) == SQLITE_OK);
        CHECK(sqlite3_step(statement) == SQLITE_ROW);
        const int64_t found = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        sqlite3_close(handle);
        return found;
    }
    std::map<std::string, int> notices() const {
        const auto core = must(app::open_core(settings, app::Schema::kMustBeCurrent));
        return notices_of(*core->database, *core->vault, ClinicId{1});
    }
    // Without any more trouble: every payment is sent once more, and the worker comes to rest.
    void heal() {
        settings.drain_seconds = 30;  // a life that is cut needs none, and an orderly stop is asked for below
        const auto program = must(app::Program::start(settings));
        auto wire = net::testing::Wire::to(program->port());
        for (int n = 0; n < next_payment; ++n) {
            ASSERT_TRUE(wire.send(request(payment(n))));
            ASSERT_TRUE(wire.read_message().starts_with("HTTP/1.1 200 "));
        }
        const auto until = std::chrono::steady_clock::now() + 60s;
        const auto busy = [&] {
            return number("SELECT COUNT(*) FROM inbox WHERE state <> 'done'") +
                   number("SELECT COUNT(*) FROM jobs WHERE kind = 'payment.settled'");
        };
        while (busy() > 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(20ms);
        EXPECT_EQ(busy(), 0);
        EXPECT_TRUE(program->stop());
    }

    Folder folder;
    app::Settings settings;
    std::string path, account;
    std::mutex mutex;
    std::set<int> acknowledged;
    std::atomic<int> next_payment = 0, refused = 0;
};

TEST_F(WholeProgram, loses_nothing_acknowledged_over_many_power_cuts) {
    const int lives = 10 * times();
    std::mt19937 dice(4);
    std::map<std::string, int> cut_at_what;
    int served = 0;
    for (int life = 1; life <= lives; ++life) {
        cut_after(1 + int64_t(dice() % (life % 5 == 0 ? 40 : 1500)));
        served += live(uint32_t(life));
        ++cut_at_what[cut_at()];
        wake(uint32_t(life));
        ASSERT_EQ(number("SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0)
            << "life " << life;
        const auto there = notices();
        for (const int n : acknowledged)
            EXPECT_TRUE(there.contains(payment(n).receipt)) << "life " << life << ", payment " << n;
    }
    EXPECT_GT(served, lives / 2);
    EXPECT_GT(acknowledged.size(), size_t(lives) * 5);
    heal();
    EXPECT_EQ(number("SELECT COUNT(*) FROM transactions"), next_payment);
    EXPECT_EQ(number("SELECT COUNT(DISTINCT receipt) FROM transactions"), next_payment);
    int64_t shillings = 0;
    for (int n = 0; n < next_payment; ++n) shillings += payment(n).shillings;
    EXPECT_EQ(number("SELECT SUM(amount_received) FROM transactions"), shillings * 100);
    EXPECT_EQ(number("SELECT SUM(amount_paid) FROM invoices"), shillings * 100);
    std::cout << lives << " lives, " << acknowledged.size() << " of " << next_payment << " notices acknowledged, "
              << refused << " refused;";
    for (const auto& [where, times] : cut_at_what) std::cout << " " << times << " cuts at a " << where << ";";
    std::cout << "\n";
}

}  // namespace
}  // namespace clinicpro::testing::power
