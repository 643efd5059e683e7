// fixture.hpp: M-Pesa over a test world: two clinics under one Daraja app, a scripted Safaricom, and a worker that can
// be killed. After every test no secret and no whole phone number may stand in the log or in the database file (promise
// P-08).
#pragma once

#include "base/text.hpp"
#include "daraja/callbacks.hpp"
#include "mpesa/c2b.hpp"
#include "mpesa/callback.hpp"
#include "tests/payments/fixture.hpp"

namespace clinicpro::mpesa {

using payments::State;
using payments::Transaction;

inline constexpr std::string_view kPhone = "254708374149";
inline constexpr std::string_view kOtherPhone = "254712345678";
inline constexpr std::string_view kKey = "consumerkeyOfTheTestApp", kSecret = "consumersecretOfTheTestApp";
inline constexpr std::string_view kPasskey = "passkeypasskeypasskeypasskey0123456789";
inline const std::string kMerchant = "4c1e-47a9-9b0d-1f2e3d4c5b6a70112";
inline const std::string kCheckout =
    "ws_CO_18112026101502123708374149";  // ends with the phone number, as Safaricom's do
inline const std::string kReceipt = "UKI0000001";
inline const InvoiceId kInvoice{71};
inline const std::string kAccount = "123456782";
inline const Money kAmount = Money::from_shillings(500);

inline net::Response answer(int status, std::string body) {
    return {.status = status, .body = std::move(body)};
}
inline net::Response fault(int status, std::string code, std::string text) {
    return answer(status, R"({"requestId":"1-2-3","errorCode":")" + code + R"(","errorMessage":")" + text + R"("})");
}
inline net::Response accepted(std::string checkout = kCheckout, std::string merchant = kMerchant) {
    return answer(200, R"({"MerchantRequestID":")" + merchant + R"(","CheckoutRequestID":")" + checkout +
                           R"(","ResponseCode":"0","ResponseDescription":"Success","CustomerMessage":"Success"})");
}
inline net::Response told(std::string code, std::string checkout = kCheckout) {  // by a status query
    return answer(200, R"({"ResponseCode":"0","ResponseDescription":"x","MerchantRequestID":")" + kMerchant +
                           R"(","CheckoutRequestID":")" + checkout + R"(","ResultCode":")" + code +
                           R"(","ResultDesc":"x"})");
}
inline net::Response bad_token() {
    return fault(404, "404.001.03", "Invalid Access Token");
}

inline std::string callback_body(std::string code, std::string receipt = kReceipt, std::string amount = "500.00",
                                 std::string checkout = kCheckout, std::string merchant = kMerchant) {
    std::string body = R"({"Body":{"stkCallback":{"MerchantRequestID":")" + merchant + R"(","CheckoutRequestID":")" +
                       checkout + R"(","ResultCode":)" + code + R"(,"ResultDesc":"x")";
    if (code == "0") {
        body += R"(,"CallbackMetadata":{"Item":[{"Name":"Amount","Value":)" + amount +
                R"(},{"Name":"MpesaReceiptNumber","Value":")" + receipt +
                R"("},{"Name":"Balance"},{"Name":"TransactionDate","Value":20261118101530},)"
                R"({"Name":"PhoneNumber","Value":)" +
                std::string(kPhone) + "}]}";
    }
    return body + "}}}";
}

// An invoice per account number.
class FakeAccounts final : public payments::Accounts {
public:
    Result<std::optional<payments::AccountMatch>> look_up(store::ClinicTx&, std::string_view typed) override {
        if (trouble) return fail(Code::kInternal, "The invoices cannot be read.");
        const auto found = matches.find(std::string(typed));
        if (found == matches.end()) return std::nullopt;
        return found->second;
    }
    std::map<std::string, payments::AccountMatch> matches{{kAccount, {kInvoice, kAmount, true}}};
    bool trouble = false;
};

class MpesaTest : public payments::PaymentsTest {
protected:
    MpesaTest() {
        for (const ClinicId clinic : {mlimani, bahari}) configure(clinic, config());
        client.script = [this](const net::ClientRequest& request) { return daraja(request); };
        methods.add(std::make_unique<StkPush>(parts()));
        auto made = std::make_unique<C2b>(parts(), accounts);
        c2b = made.get();
        methods.add(std::move(made));
        restart();
    }
    ~MpesaTest() override { worker.reset(); }

    void TearDown() override {
        const std::string bytes = disk_bytes();
        const std::lock_guard lock(log_mutex);
        for (const std::string_view secret :
             {kPhone, kPhone.substr(3), kOtherPhone, kOtherPhone.substr(3), kKey, kSecret, kPasskey,
              std::string_view("the-access-token"), std::string_view(kCheckout)}) {
            EXPECT_EQ(bytes.find(secret), std::string::npos) << secret << " stands in clear in the database file";
            EXPECT_EQ(logged.find(secret), std::string::npos) << secret << " stands in the log";
        }
        expect_whole_audit();
        EXPECT_EQ(balance("clearing"), 0);
    }

    static Config config() {
        Config c;
        c.environment = Environment::kCustom;
        c.base_url = "http://127.0.0.1:9999";
        c.shortcode = "174379";
        c.callback_base_url = "https://pay.clinic.example";
        c.queries_per_minute = 6000;
        c.consumer_key = Secret<>(std::string(kKey));
        c.consumer_secret = Secret<>(std::string(kSecret));
        c.passkey = Secret<>(std::string(kPasskey));
        return c;
    }
    void configure(ClinicId clinic, Config c) {
        must(in_clinic(clinic,
                       [&](store::ClinicTx& tx) { return config::save(tx, *vault, entropy, c, "test", clock.now()); }));
    }
    Parts parts() { return {*vault, entropy, links, auth}; }

    std::unique_ptr<jobs::Worker> make_worker() {
        auto made = std::make_unique<jobs::Worker>(*database, client, ids, clock);
        made->drain_from(box);
        made->handle(std::string(kStkPushJob), std::make_unique<StkSender>(parts()));
        made->handle(std::string(kStkQueryJob), std::make_unique<StkQuery>(parts()));
        made->handle(std::string(kRegisterJob), std::make_unique<UrlRegistrar>(parts()));
        made->handle(std::string(payments::kSettledJob), std::make_unique<payments::Settler>());
        return made;
    }
    // The process is killed: whatever it had in flight is never absorbed.
    void restart() { worker = make_worker(); }

    // Safaricom: the next scripted answer for the address, else a token for a token and silence for everything else.
    std::optional<net::Outcome> daraja(const net::ClientRequest& request) {
        const auto next = [&](std::deque<net::Outcome>& answers) -> std::optional<net::Outcome> {
            if (answers.empty()) return std::nullopt;
            net::Outcome one = answers.front();
            if (answers.size() > 1 || !repeat_last) answers.pop_front();
            return one;
        };
        if (request.url.find("/oauth/") != std::string::npos) {
            if (!token_answers.empty()) return next(token_answers);
            if (hold_tokens) return std::nullopt;
            return token(++tokens_given);
        }
        if (request.url.find("/stkpush/") != std::string::npos) {
            push_times.push_back(clock.now());
            return next(push_answers);
        }
        if (request.url.find("/stkpushquery/") != std::string::npos) {
            query_times.push_back(clock.now());
            return next(query_answers);
        }
        return next(register_answers);
    }
    static net::Response token(int number, std::string lifetime = "\"3599\"") {
        return answer(200, R"({"access_token":"the-access-token-)" + std::to_string(number) + R"(","expires_in":)" +
                               lifetime + "}");
    }

    // Steps until nothing is due now; returns when the next job is.
    std::optional<Instant> run() {
        for (;;) {
            const auto progress = must(worker->step());
            if (progress.taken == 0) return progress.next_due;
            if (++steps > 20'000) {
                throw std::runtime_error("a hot loop");
            }
        }
    }
    // Lets time pass, doing whatever falls due on the way.
    void pass(Duration d) {
        constexpr Duration kInboxLook = 10s;
        const Instant until = clock.now() + d;
        for (;;) {
            const auto due = run();
            if (clock.now() >= until) return;
            Instant next = std::min(until, clock.now() + kInboxLook);
            if (due) next = std::min(next, std::max(*due, clock.now() + 1us));
            clock.set(next);
        }
    }

    Result<TransactionId> try_start(ClinicId clinic, InvoiceId invoice = kInvoice, std::string_view phone = kPhone,
                                    Money amount = kAmount) {
        return with(clinic, [&](jobs::Context& context, store::ClinicTx& tx) -> Result<TransactionId> {
            return methods.find(kStkMethod)
                ->start(context, tx,
                        {.invoice = invoice,
                         .amount = amount,
                         .payer = must(Msisdn::parse(phone)),
                         .account = kAccount,
                         .description = "Visit",
                         .actor = "key_1"});
        });
    }
    // Starts an attempt and runs what is due now.
    TransactionId start(ClinicId clinic, InvoiceId invoice = kInvoice, std::string_view phone = kPhone,
                        Money amount = kAmount) {
        const TransactionId id = must(try_start(clinic, invoice, phone, amount));
        run();
        return id;
    }
    TransactionId start_accepted(ClinicId clinic) {
        push_answers = {accepted()};
        const TransactionId id = start(clinic);
        EXPECT_EQ(find(clinic, id).state, State::kPending);
        return id;
    }

    void deliver(ClinicId clinic, std::string_view method, int64_t subject, std::string body) {
        bool stored = false;
        box.store({.clinic = clinic,
                   .method = std::string(method),
                   .subject = subject,
                   .body = std::move(body),
                   .peer = "196.201.212.69",
                   .peer_known = true},
                  [&](Result<> result) { stored = result.has_value(); });
        ASSERT_TRUE(stored);
        run();
    }
    void call_back(ClinicId clinic, TransactionId id, std::string body) {
        deliver(clinic, kStkMethod, id.value, std::move(body));
    }
    struct Confirmation {
        std::string receipt = kReceipt;
        std::string account = kAccount;
        std::string amount = "500.00";
        std::string msisdn = "2547 ***** 149";
        std::string shortcode = "174379";
        std::string paid_at = "20261118101530";  // EAT
        std::string body() const {
            return R"({"TransactionType":"Pay Bill","TransID":")" + receipt +
                   R"(","TransTime":")" + paid_at + R"(","TransAmount":")" + amount + R"(","BusinessShortCode":")" +
                   shortcode + R"(","BillRefNumber":")" + account +
                   R"(","InvoiceNumber":"","OrgAccountBalance":"49197.00","ThirdPartyTransID":"","MSISDN":")" + msisdn +
                   R"(","FirstName":"JANE"})";
        }
    };
    void confirm(ClinicId clinic, Confirmation c, int generation = 1) {
        deliver(clinic, kC2bMethod, generation, c.body());
    }

    std::vector<Transaction> transactions(ClinicId clinic) {
        auto all = must(in_clinic(clinic, [](store::ClinicTx& tx) { return payments::ledger::list(tx, {}); }));
        std::ranges::reverse(all);
        return all;
    }
    std::string inbox_states() { return words("SELECT state FROM inbox ORDER BY id"); }
    int64_t booked() { return -balance("mpesa"); }
    int pushes() const { return client.count("/stkpush/"); }
    int queries() const { return client.count("/stkpushquery/"); }
    int tokens() const { return client.count("/oauth/"); }
    std::vector<int64_t> seconds_of(const std::vector<Instant>& times) const {
        std::vector<int64_t> all;
        for (const Instant at : times) all.push_back((at - testing::kMorning) / 1s);
        return all;
    }

    clinics::LinkSigner links{vault->system()};
    Auth auth{*vault, entropy};
    FakeAccounts accounts;
    payments::Methods methods;
    C2b* c2b = nullptr;
    payments::Inbox box{*database, *vault, entropy, ids, clock, methods};
    std::unique_ptr<jobs::Worker> worker;
    std::deque<net::Outcome> token_answers, push_answers, query_answers, register_answers;
    bool repeat_last = false;  // the last scripted answer of each kind is given for ever
    bool hold_tokens = false;
    int tokens_given = 0;
    int steps = 0;
    std::vector<Instant> push_times, query_times;
};

}  // namespace clinicpro::mpesa
