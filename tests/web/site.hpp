// site.hpp: the whole web layer over a real SQLite file, two clinics, a clock the test holds, a worker it turns, and a
// Daraja that says what the test wants. Requests go through the router in process; server_test adds the socket.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <map>

#include "base/json.hpp"
#include "base/text.hpp"
#include "clinics/access.hpp"
#include "crypto/hash.hpp"
#include "invoices/invoice.hpp"
#include "invoices/meeting_keeper.hpp"
#include "invoices/notice_sender.hpp"
#include "invoices/payment_processor.hpp"
#include "invoices/reminder.hpp"
#include "invoices/refund.hpp"
#include "jobs/worker.hpp"
#include "messaging/log_channel.hpp"
#include "mpesa/c2b.hpp"
#include "mpesa/callback.hpp"
#include "mpesa/refund.hpp"
#include "net/mail.hpp"
#include "net/router.hpp"
#include "store/open.hpp"
#include "tests/store/migrated.hpp"
#include "web/routes.hpp"

namespace clinicpro::web::testing {

class ManualClock final : public Clock {
public:
    Instant now() const override { return Instant{at.load()}; }
    void pass(Duration time) { at += time.count(); }
    std::atomic<int64_t> at = parse_iso("2026-11-23T06:00:00Z")->micros;  // 09:00 in Nairobi
};

template <class T>
T must(Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().message << " | " << result.error().detail;
        std::abort();
    }
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// Answers OAuth and pushes as Daraja does; counts the pushes.
class FakeDaraja final : public net::Client {
public:
    void send(net::ClientRequest request, std::function<void(net::Outcome)> done) override {
        if (request.url.find("/oauth/v1/generate") != std::string::npos) {
            return done(net::Response::json(200, R"({"access_token":"token-1","expires_in":"3599"})"));
        }
        if (request.url.find("/mpesa/stkpush/v1/processrequest") != std::string::npos) {
            const std::string n = std::to_string(++pushes);
            last_push = request.body;
            return done(net::Response::json(
                200, R"({"MerchantRequestID":"29115-)" + n + R"(","CheckoutRequestID":"ws_CO_)" + n +
                         R"(","ResponseCode":"0","ResponseDescription":"Success. Request accepted for processing",)"
                         R"("CustomerMessage":"Success. Request accepted for processing"})"));
        }
        if (others) return done(others(request));
        done(net::NotSent{"this test has no such address"});
    }
    void send_mail(net::MailRequest request, std::function<void(net::Outcome)> done) override {
        done(mails ? mails(request) : net::NotSent{"this test has no mail server"});
    }
    std::function<net::Outcome(const net::ClientRequest&)> others;  // whoever else is called
    std::function<net::Outcome(const net::MailRequest&)> mails;
    std::atomic<int> pushes = 0;
    std::string last_push;
};

struct Reply {
    int status = 0;
    net::Headers headers;
    std::string body;
    std::shared_ptr<net::Stream> stream;  // of a response that goes on

    std::string_view header(std::string_view name) const { return net::find_header(headers, name); }
    // A member by its path, as text; "" when it is not there. Lists: "items.0.id".
    std::string operator[](std::string_view path) const {
        const auto document = json::Document::parse(body);
        if (!document) return "(not JSON: " + body + ")";
        json::View at = document->root();
        for (const auto part : text::split(path, '.')) {
            at = !part.empty() && part[0] >= '0' && part[0] <= '9' ? at.at(size_t(std::stoul(std::string(part))))
                                                                   : at[part];
        }
        return at.scalar_if_any().value_or("");
    }
    size_t count(std::string_view list) const {
        const auto document = json::Document::parse(body);
        return document ? document->root()[list].size() : 0;
    }
    // The body without what differs from request to request.
    std::string essence() const {
        const size_t at = body.find(",\"request_id\"");
        return std::to_string(status) + " " + (at == body.npos ? body : body.substr(0, at));
    }
};

class Site {
public:
    static constexpr ClinicId kMlimani{1};
    static constexpr ClinicId kPwani{2};

    // `line`: where the worker's requests go instead of to the FakeDaraja.
    explicit Site(PoolOptions pool_options = {}, std::string public_url = "https://pay.example",
                  net::Client* line = nullptr)
        : folder(make_folder()),
          database(must(store::open({.url = "sqlite:" + folder + "/test.db", .durable = false}))),
          ids((must(store::migrate(*database)), clock), 0),
          vault(must(clinics::Vault::open(
              *database, must(crypto::Keyring::parse(Secret<>(crypto::Keyring::make_master_key(entropy)))), entropy))),
          links(vault->system()),
          auth(*vault, entropy),
          parts{*vault, entropy, links, auth},
          payback(parts),
          meeting_settings(*vault, entropy),
          message_settings(*vault, channel),
          inbox(*database, *vault, entropy, ids, clock, methods),
          worker(*database, line != nullptr ? *line : daraja, ids, clock),
          services{.database = *database,
                   .vault = *vault,
                   .entropy = entropy,
                   .links = links,
                   .ids = ids,
                   .clock = clock,
                   .methods = methods,
                   .inbox = inbox,
                   .c2b = *add_methods(),
                   .mpesa = parts,
                   .payback = payback,
                   .meeting_settings = meeting_settings,
                   .client = daraja,
                   .public_url = std::move(public_url),
                   .wake = [this] { ++wakes; },
                   .is_ready = [this] { return ready.load(); }},
          pool(std::make_unique<Pool>(pool_options)) {
        log::configure(log::Level::kError, false);
        worker.drain_from(inbox);
        worker.handle(std::string(mpesa::kStkPushJob), std::make_unique<mpesa::StkSender>(parts));
        worker.handle(std::string(mpesa::kStkQueryJob), std::make_unique<mpesa::StkQuery>(parts));
        worker.handle(std::string(mpesa::kRegisterJob), std::make_unique<mpesa::UrlRegistrar>(parts));
        worker.handle(std::string(invoices::kRemindJob), std::make_unique<invoices::Reminder>());
        worker.handle(std::string(payments::kSettledJob), std::make_unique<invoices::PaymentProcessor>());
        worker.handle(std::string(payments::kRefundApprovedJob), std::make_unique<mpesa::RefundSender>(parts));
        worker.handle(std::string(mpesa::kRefundQueryJob), std::make_unique<mpesa::RefundQuery>(parts));
        worker.handle(std::string(payments::kRefundEndedJob), std::make_unique<invoices::RefundKeeper>());
        worker.handle(std::string(invoices::kReleaseJob), std::make_unique<invoices::HoldKeeper>());
        for (auto& [kind, handler] : invoices::meeting_keeper::handlers(meeting_settings, *vault)) {
            worker.handle(std::string(kind), std::move(handler));
        }
        worker.handle(
            std::string(invoices::kSendNoticeJob),
            std::make_unique<invoices::NoticeSender>(
                message_settings, *vault, links, invoices::NoticeSender::Options{.public_base_url = services.public_url}));
        router = std::make_unique<net::Router>(build_router(services, *pool, {.benchmark = true, .live = &live}));

        operator_key = make_key(kSystem, clinics::Role::kOperator);
        must(clinics::create(*database, *vault, {"mlimani", "Mlimani Clinic"}, clock.now()));
        must(clinics::create(*database, *vault, {"pwani", "Pwani Clinic"}, clock.now()));
        for (const ClinicId clinic : {kMlimani, kPwani}) {
            for (const auto role : {clinics::Role::kAdmin, clinics::Role::kCashier, clinics::Role::kReader}) {
                keys[{clinic, role}] = make_key(clinic, role);
            }
        }
        admin = keys[{kMlimani, clinics::Role::kAdmin}];
        cashier = keys[{kMlimani, clinics::Role::kCashier}];
        reader = keys[{kMlimani, clinics::Role::kReader}];
    }
    ~Site() {
        pool.reset();
        router.reset();
        database.reset();
        std::filesystem::remove_all(folder);
    }

    // --- requests
    net::Request request(std::string method, std::string target, std::string body = {}, std::string key = {},
                         net::Headers headers = {}) const {
        net::Request made;
        made.method = std::move(method);
        const size_t question = target.find('?');
        made.path = target.substr(0, question);
        if (question != target.npos) made.query = target.substr(question + 1);
        made.headers = std::move(headers);
        if (!body.empty() && made.header("Content-Type").empty())
            made.headers.emplace_back("Content-Type", "application/json");
        if (!key.empty()) made.headers.emplace_back("Authorization", "Bearer " + key);
        made.body = std::move(body);
        made.peer = "127.0.0.1";
        made.id = "req-1";
        return made;
    }
    Reply send(net::Request made) const {
        const auto promise = std::make_shared<std::promise<Reply>>();
        auto answer = promise->get_future();
        router->dispatch(std::move(made), [promise](net::Response response) {
            promise->set_value({response.status, std::move(response.headers), std::move(response.body),
                                std::move(response.stream)});
        });
        if (answer.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
            ADD_FAILURE() << "no answer";
            std::abort();
        }
        return answer.get();
    }
    Reply ask(std::string method, std::string target, std::string body = {}, std::string key = {},
              net::Headers headers = {}) const {
        return send(request(std::move(method), std::move(target), std::move(body), std::move(key), std::move(headers)));
    }
    // Under /v1/clinics/mlimani, as its admin.
    Reply get(const std::string& path) const { return ask("GET", "/v1/clinics/mlimani" + path, {}, admin); }
    Reply post(const std::string& path, std::string body = {}, net::Headers headers = {}) const {
        return ask("POST", "/v1/clinics/mlimani" + path, std::move(body), admin, std::move(headers));
    }
    // As that clinic's admin, and it must work.
    std::string make(ClinicId clinic, const std::string& path, std::string body, net::Headers headers = {}) {
        const Reply made = ask("POST", "/v1/clinics/" + std::to_string(clinic.value) + path, std::move(body),
                               keys[{clinic, clinics::Role::kAdmin}], std::move(headers));
        EXPECT_TRUE(made.status == 201 || made.status == 202) << path << ": " << made.body;
        return made["id"];
    }

    // --- the two clinics' things
    std::string patient(ClinicId clinic = kMlimani) {
        return make(clinic, "/patients", R"({"name":"Achieng Odhiambo","phone":"0712 345 678"})");
    }
    std::string visit(const std::string& patient, const std::string& kind = "virtual", ClinicId clinic = kMlimani) {
        return make(clinic, "/appointments",
                    R"({"patient_id":")" + patient + R"(","kind":")" + kind +
                        R"(","starts_at":"2026-11-23T10:00:00+03:00","ends_at":"2026-11-23T10:30:00+03:00"})");
    }
    std::string invoice(const std::string& patient, const std::string& visit = {}, ClinicId clinic = kMlimani) {
        return make(clinic, "/invoices",
                    R"({"patient_id":")" + patient + R"(",)" +
                        (visit.empty() ? "" : R"("appointment_id":")" + visit + R"(",)") + R"("amount_cents":150000})");
    }
    std::string prompt(const std::string& invoice, ClinicId clinic = kMlimani) {
        return make(clinic, "/invoices/" + invoice + "/payments", "{}",
                    {{"Idempotency-Key", "prompt-" + std::to_string(++prompts_)}});
    }
    void configure(ClinicId clinic = kMlimani) {
        const Reply done = ask("PUT", "/v1/clinics/" + std::to_string(clinic.value) + "/mpesa", kMpesa,
                               keys[{clinic, clinics::Role::kAdmin}]);
        ASSERT_EQ(done.status, 200) << done.body;
        const Reply meetings =
            ask("PUT", "/v1/clinics/" + std::to_string(clinic.value) + "/meeting-provider",
                R"({"provider":"simple","base_url":"https://meet.example"})", keys[{clinic, clinics::Role::kAdmin}]);
        ASSERT_EQ(meetings.status, 200) << meetings.body;
    }
    static constexpr const char* kMpesa =
        R"({"environment":"custom","base_url":"http://127.0.0.1:9","shortcode":"600986","callback_base_url":"https://pay.example",)"
        R"("consumer_key":"ck","consumer_secret":"cs","passkey":"pk"})";

    std::string confirmation_path(ClinicId clinic = kMlimani) const {
        return "/n/c/" + links.hex({clinics::Link::Purpose::kC2bCallback, clinic, 0, 1});
    }
    static std::string c2b(const std::string& receipt, const std::string& account,
                           const std::string& amount = "1500.00") {
        return R"({"TransactionType":"Pay Bill","TransID":")" + receipt +
               R"(","TransTime":"20261123090000","TransAmount":")" + amount +
               R"(","BusinessShortCode":"600986","BillRefNumber":")" + account +
               R"(","InvoiceNumber":"","OrgAccountBalance":"","ThirdPartyTransID":"","MSISDN":"2547 ***** 678","FirstName":"A"})";
    }
    static std::string stk_paid(int n, const std::string& receipt) {
        return R"({"Body":{"stkCallback":{"MerchantRequestID":"29115-)" + std::to_string(n) +
               R"(","CheckoutRequestID":"ws_CO_)" + std::to_string(n) +
               R"(","ResultCode":0,"ResultDesc":"The service request is processed successfully.","CallbackMetadata":{"Item":[)"
               R"({"Name":"Amount","Value":1500.00},{"Name":"MpesaReceiptNumber","Value":")" +
               receipt +
               R"("},{"Name":"TransactionDate","Value":20261123090000},{"Name":"PhoneNumber","Value":254712345678}]}}}})";
    }

    // The worker, until nothing is due.
    void run() {
        for (int i = 0; i < 200; ++i) {
            if (must(worker.step()).taken == 0) return;
        }
        ADD_FAILURE() << "the worker does not come to rest";
    }

    // --- the database itself
    std::string make_key(ClinicId clinic, clinics::Role role) {
        std::string text;
        must(database->write([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, clinic);
            TRY(const auto made, clinics::create_key(tx, {role, "test"}, ids, entropy, clock.now()));
            text = made.text.reveal();
            return {};
        }));
        return text;
    }
    int64_t count(const std::string& sql) const {
        int64_t value = 0;
        query(sql, [&](sqlite3_stmt* row) { value = sqlite3_column_int64(row, 0); });
        return value;
    }
    void query(const std::string& sql, const std::function<void(sqlite3_stmt*)>& sink) const {
        sqlite3* handle = nullptr;
        sqlite3_stmt* statement = nullptr;
        CHECK(sqlite3_open_v2((folder + "/test.db").c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
        sqlite3_busy_timeout(handle, 10'000);
        const int prepared = sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr);
        if (prepared != SQLITE_OK) ADD_FAILURE() << sqlite3_errmsg(handle) << ": " << sql;
        CHECK(prepared == SQLITE_OK);
        while (sqlite3_step(statement) == SQLITE_ROW) sink(statement);
        sqlite3_finalize(statement);
        sqlite3_close(handle);
    }
    // Every row of every table.
    std::string snapshot() const {
        std::vector<std::string> tables;
        query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", [&](sqlite3_stmt* row) {
            tables.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(row, 0)));
        });
        std::string all;
        for (const auto& table : tables) {
            all += "\n# " + table + "\n";
            query("SELECT * FROM " + table, [&](sqlite3_stmt* row) {
                for (int i = 0; i < sqlite3_column_count(row); ++i) {
                    const void* bytes = sqlite3_column_blob(row, i);
                    all += '|';
                    if (bytes != nullptr)
                        all.append(static_cast<const char*>(bytes), size_t(sqlite3_column_bytes(row, i)));
                }
                all += '\n';
            });
        }
        return crypto::sha256(all);
    }

    std::string folder;
    ManualClock clock;
    crypto::SystemEntropy entropy;
    std::unique_ptr<store::Database> database;
    IdMaker ids;
    std::unique_ptr<clinics::Vault> vault;
    clinics::LinkSigner links;
    mpesa::Auth auth;
    mpesa::Parts parts;
    mpesa::RefundPayback payback;
    invoices::InvoiceAccounts accounts;
    invoices::MeetingSettings meeting_settings;
    messaging::LogChannel channel;
    invoices::MessageSettings message_settings;
    payments::Methods methods;
    payments::Inbox inbox;
    FakeDaraja daraja;
    jobs::Worker worker;
    std::atomic<int> wakes = 0;
    std::atomic<bool> ready = true;
    Services services;
    Live live{*database, {.own_thread = false}};  // look() by the test
    std::unique_ptr<Pool> pool;
    std::unique_ptr<net::Router> router;
    std::string operator_key, admin, cashier, reader;
    std::map<std::pair<ClinicId, clinics::Role>, std::string> keys;

private:
    static std::string make_folder() {
        static std::atomic<int> counter = 0;
        const auto folder = std::filesystem::temp_directory_path() /
                            ("clinicpro-web-" + std::to_string(::getpid()) + "-" + std::to_string(++counter));
        std::filesystem::create_directories(folder);
        clinicpro::testing::MigratedFile::lay(folder / "test.db");
        return folder.string();
    }
    mpesa::C2b* add_methods() {
        methods.add(std::make_unique<mpesa::StkPush>(parts));
        auto c2b = std::make_unique<mpesa::C2b>(parts, accounts);
        mpesa::C2b* const kept = c2b.get();
        methods.add(std::move(c2b));
        for (const auto news : mpesa::kAllRefundNews) methods.add(std::make_unique<mpesa::RefundNotices>(news));
        return kept;
    }
    int prompts_ = 0;
};

class SiteTest : public ::testing::Test, protected Site {};

}  // namespace clinicpro::web::testing
