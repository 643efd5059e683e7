// world.hpp: two clinics on a real database, a worker on a clock the test holds, and a channel that keeps what it sent.
#pragma once

#include <list>

#include <gtest/gtest.h>

#include "clinics/audit.hpp"
#include "clinics/clinic.hpp"
#include "invoices/join.hpp"
#include "invoices/meeting_fallback.hpp"
#include "invoices/meeting_keeper.hpp"
#include "invoices/meeting_sweep.hpp"
#include "invoices/notice_sender.hpp"
#include "invoices/patient.hpp"
#include "invoices/payment_processor.hpp"
#include "invoices/reminder.hpp"
#include "invoices/unallocated.hpp"
#include "jobs/worker.hpp"
#include "store/open.hpp"
#include "tests/store/engines.hpp"
#include "tests/store/migrated.hpp"

namespace clinicpro::invoices::testing {

class ManualClock final : public Clock {
public:
    Instant now() const override { return at; }
    Instant at = *parse_iso("2026-11-23T06:00:00Z");  // 09:00 in Nairobi
};

class KeptChannel final : public messaging::Channel {
public:
    std::string_view name() const override { return "kept"; }
    messaging::Step send(const messaging::Message& message) override {
        sent.push_back(message);
        if (exchange) return net::ClientRequest{.url = "https://sms.example/send", .body = message.body};
        return messaging::Delivery{messaging::Sent{"provider-" + std::to_string(sent.size())}};
    }
    messaging::Delivery absorb(const net::Outcome& outcome) override {
        if (const auto* response = std::get_if<net::Response>(&outcome)) {
            if (response->status == 201) return messaging::Sent{"sms-1"};
            return messaging::Refused{response->status >= 500 ? messaging::Refused::Why::kPassing
                                                              : messaging::Refused::Why::kRecipient,
                                      "The SMS provider said no."};
        }
        if (std::holds_alternative<net::NotSent>(outcome)) return messaging::Refused{messaging::Refused::Why::kPassing, "The SMS provider is away."};
        return messaging::Unknown{"no answer"};
    }
    std::vector<messaging::Message> sent;
    bool exchange = false;
};

// Answers what the test decides, at once.
class ScriptedClient final : public net::Client {
public:
    void send(net::ClientRequest request, std::function<void(net::Outcome)> done) override {
        requests.push_back(request);
        if (hold) {
            held.push_back(std::move(done));
            return;
        }
        net::Outcome outcome = net::Unknown{"no script"};
        if (serve) {
            outcome = serve(request);
        } else if (!script.empty()) {
            outcome = script.front();
            script.pop_front();
        }
        done(std::move(outcome));
    }
    void send_mail(net::MailRequest request, std::function<void(net::Outcome)> done) override {
        mails.push_back(std::move(request));
        net::Outcome outcome = net::Unknown{"no script"};
        if (!mail_script.empty()) {
            outcome = mail_script.front();
            mail_script.pop_front();
        }
        done(std::move(outcome));
    }
    std::list<net::Outcome> mail_script;
    std::vector<net::MailRequest> mails;
    std::list<net::Outcome> script;
    std::function<net::Outcome(const net::ClientRequest&)> serve;  // instead of a script
    std::vector<net::ClientRequest> requests;
    bool hold = false;
    std::vector<std::function<void(net::Outcome)>> held;
};

template <class T>
T must(Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().message << " | " << result.error().detail;
        std::abort();
    }
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

class World {
public:
    static constexpr ClinicId kMlimani{1};
    static constexpr ClinicId kPwani{2};

    // Runs `body(context, tx)` in one transaction of the clinic and gives its value; an error fails the test.
    template <class F>
    auto in(ClinicId clinic, F&& body) {
        return must(attempt(clinic, std::forward<F>(body)));
    }
    template <class F>
    auto attempt(ClinicId clinic, F&& body) {
        using R = decltype(body(std::declval<jobs::QueueContext&>(), std::declval<store::ClinicTx&>()));
        std::optional<R> out;
        const auto written = database->write([&](store::Tx& raw) -> Result<> {
            jobs::QueueContext context(ids, clock.now());
            store::ClinicTx tx(raw, clinic);
            out = body(context, tx);
            if (!*out) return std::unexpected(out->error());
            return {};
        });
        if (!written && out && out->has_value()) out = R(std::unexpected(written.error()));
        return *std::move(out);
    }

    explicit World(MeetingSettings::Factory factory = {}, std::string engine = "sqlite")
        : engine_((log::configure(log::Level::kError, false), std::move(engine))),
          database(must(store::open(
              {.url = migrated_url(), .in_caller = true, .durable = engine_.engine() != "sqlite"}))),
          ids((must(store::migrate(*database)), clock), 0),
          vault(must(clinics::Vault::open(
              *database, must(crypto::Keyring::parse(Secret<>(crypto::Keyring::make_master_key(entropy)))), entropy))),
          signer(vault->system()),
          settings(*vault, entropy, std::move(factory)),
          message_settings(*vault, channel),
          worker(std::make_unique<jobs::Worker>(*database, client, ids, clock)) {
        must(clinics::create(*database, *vault, {"mlimani", "Mlimani"}, clock.now()));
        must(clinics::create(*database, *vault, {"pwani", "Pwani"}, clock.now()));
        register_handlers();
        in(kSystem, [&](auto& context, auto& tx) {
            return settings.set_adapter(context, tx, {meetings::Kind::kSimple, "https://meet.example"}, "test");
        });
    }
    ~World() {
        worker.reset();
        database.reset();
    }

    // Until nothing is due.
    void run() {
        for (int i = 0; i < 200; ++i) {
            const auto progress = must(worker->step());
            if (progress.taken == 0) return;
        }
        ADD_FAILURE() << "the worker does not come to rest";
    }
    void pass(Duration time) {
        clock.at = clock.at + time;
        run();
    }
    // A prompt that is on the payer's phone: what STK push leaves behind when it was accepted.
    TransactionId prompt(const Invoice& invoice, int64_t shillings) {
        const auto id = ids.make<TransactionId>();
        in(kMlimani, [&](auto& context, auto& tx) {
            return payments::ledger::insert(context, tx,
                                            {.id = id,
                                             .method = "mpesa.stk",
                                             .state = payments::State::kPending,
                                             .invoice = invoice.id,
                                             .amount_expected = Money::from_shillings(shillings),
                                             .account = invoice.account,
                                             .payer_masked = "2547*****678",
                                             .payer_mark = {},
                                             .payer_sealed = {},
                                             .actor = "test"});
        });
        return id;
    }
    void witness(TransactionId id, const payments::Evidence& evidence) {
        in(kMlimani, [&](auto& context, auto& tx) -> Result<> {
            TRY(const auto before, payments::ledger::find(tx, id));
            TRY(payments::ledger::record(context, tx, before, evidence));
            return {};
        });
        run();
    }
    payments::Transaction payment(TransactionId id) {
        return in(kMlimani, [&](auto&, auto& tx) { return payments::ledger::find(tx, id); });
    }
    // As after a crash: what was in memory is gone.
    void restart() {
        worker = std::make_unique<jobs::Worker>(*database, client, ids, clock);
        register_handlers();
    }

    PatientId patient(ClinicId clinic = kMlimani, std::string language = "en") {
        return in(clinic, [&](auto& context, auto& tx) {
                   return patients::create(context, tx, *vault,
                                           {"Achieng", *Msisdn::parse("0712345678"), language, "test"});
               }).id;
    }
    AppointmentId visit(PatientId who, AppointmentKind kind, ClinicId clinic = kMlimani, Duration ahead = 24h) {
        return in(clinic, [&](auto& context, auto& tx) {
                   return appointments::create(context, tx,
                                               {.patient = who,
                                                .kind = kind,
                                                .title = "Review",
                                                .starts_at = clock.at + ahead,
                                                .ends_at = clock.at + ahead + 30min,
                                                .actor = "test"});
               }).id;
    }
    Invoice invoice(PatientId who, AppointmentId visit = {}, std::string reference = {}, int64_t shillings = 1500,
                    ClinicId clinic = kMlimani) {
        return in(clinic, [&](auto& context, auto& tx) {
            return create(context, tx, entropy,
                          {.patient = who,
                           .appointment = visit,
                           .reference = reference,
                           .items = {{"Consultation", 1, Money::from_shillings(shillings)}},
                           .actor = "test"});
        });
    }
    // Money that came by paybill, with the account as typed; settled at once.
    TransactionId pay(std::string account, int64_t shillings, ClinicId clinic = kMlimani, InvoiceId known = {}) {
        TransactionId id = ids.make<TransactionId>();
        const std::string receipt = "R" + std::to_string(++receipts_);
        in(clinic, [&](auto& context, auto& tx) -> Result<> {
            // As mpesa::C2b does: a receipt that is booked is another witness of the same money.
            TRY(const auto booked, payments::ledger::by_receipt(tx, receipt));
            if (booked) {
                id = booked->id;
                TRY(payments::ledger::record(context, tx, *booked,
                                             {.kind = payments::Evidence::Kind::kSucceeded,
                                              .witness = payments::Witness::kC2b,
                                              .amount = Money::from_shillings(shillings),
                                              .receipt = receipt}));
                return {};
            }
            return payments::ledger::arrive(context, tx,
                                            {.id = id,
                                             .method = "mpesa.c2b",
                                             .invoice = known,
                                             .amount = Money::from_shillings(shillings),
                                             .account = std::move(account),
                                             .receipt = receipt,
                                             .payer_masked = "2547*****678"});
        });
        run();
        return id;
    }

    Invoice now(InvoiceId id, ClinicId clinic = kMlimani) {
        return in(clinic, [&](auto&, auto& tx) { return find(tx, id); });
    }
    Appointment now(AppointmentId id, ClinicId clinic = kMlimani) {
        return in(clinic, [&](auto&, auto& tx) { return appointments::find(tx, id); });
    }
    std::vector<Unallocated> open_money(ClinicId clinic = kMlimani) {
        return in(clinic, [&](auto&, auto& tx) { return unallocated::list(tx, {}); });
    }
    std::vector<Notice> notices_of(ClinicId clinic = kMlimani) {
        return in(clinic, [&](auto&, auto& tx) { return notices::list(tx, *vault, {}); });
    }
    int64_t number(store::Sql sql, ClinicId clinic = kMlimani) {
        return in(clinic, [&](auto&, auto& tx) -> Result<int64_t> {
            int64_t value = 0;
            TRY(tx.each(sql, [&](const store::Row& row) { value = row.integer(0); }));
            return value;
        });
    }
    int64_t meetings(ClinicId clinic = kMlimani) {
        return number("SELECT COUNT(*) FROM meetings WHERE clinic_id = $1 AND state <> 'cancelled'", clinic);
    }
    // What stands on an account of the ledger.
    Money balance(std::string_view account, ClinicId clinic = kMlimani) {
        return in(clinic, [&](auto&, auto& tx) -> Result<Money> {
            Money value;
            TRY(tx.each("SELECT COALESCE(CAST(SUM(CASE WHEN credit = $2 THEN amount ELSE -amount END) AS BIGINT), 0) "
                        "FROM ledger WHERE clinic_id = $1 AND (credit = $2 OR debit = $2)",
                        [&](const store::Row& row) { value = row.money(0); }, account));
            return value;
        });
    }
    // Every cent that arrived has exactly one place.
    void expect_conserved(ClinicId clinic = kMlimani) {
        EXPECT_EQ(balance("clearing", clinic), Money());
        const int64_t on_invoices =
            number("SELECT COALESCE(SUM(amount_paid), 0) FROM invoices WHERE clinic_id = $1", clinic);
        const int64_t open =
            number("SELECT COALESCE(SUM(amount), 0) FROM unallocated WHERE clinic_id = $1 AND state = 'open'", clinic);
        const int64_t received =
            number("SELECT COALESCE(SUM(amount_received), 0) FROM transactions WHERE clinic_id = $1", clinic);
        EXPECT_EQ(on_invoices + open, received);
        EXPECT_EQ(balance("invoice", clinic).cents(), on_invoices);
        EXPECT_EQ(balance("unallocated", clinic).cents(), open);
        EXPECT_EQ(
            number("SELECT COUNT(*) FROM transactions WHERE clinic_id = $1 AND amount_received <> amount_allocated",
                   clinic),
            0);
        EXPECT_EQ(number("SELECT COUNT(*) FROM invoices WHERE clinic_id = $1 AND amount_paid > amount_due", clinic), 0);
    }

    void register_handlers() {
        worker->handle(std::string(payments::kSettledJob), std::make_unique<PaymentProcessor>());
        worker->handle(std::string(kRemindJob), std::make_unique<Reminder>());
        for (auto& [kind, handler] : meeting_keeper::handlers(settings, *vault)) {
            worker->handle(std::string(kind), std::move(handler));
        }
        worker->handle(std::string(kReleaseJob), std::make_unique<HoldKeeper>());
        worker->handle(std::string(kSendNoticeJob),
                       std::make_unique<NoticeSender>(
                           message_settings, *vault, signer,
                           NoticeSender::Options{.public_base_url = "https://pay.example",
                                                 .paybill = [](store::ClinicTx&) { return std::string("600123"); }}));
    }

private:
    std::string migrated_url() const {
        if (engine_.engine() == "sqlite") clinicpro::testing::MigratedFile::lay(engine_.file());
        return engine_.url();
    }

    clinicpro::testing::EngineUnderTest engine_;
    int receipts_ = 0;

public:
    ManualClock clock;
    crypto::SystemEntropy entropy;
    std::unique_ptr<store::Database> database;
    IdMaker ids;
    std::unique_ptr<clinics::Vault> vault;
    clinics::LinkSigner signer;
    MeetingSettings settings;
    KeptChannel channel;
    MessageSettings message_settings;
    ScriptedClient client;
    std::unique_ptr<jobs::Worker> worker;
};

}  // namespace clinicpro::invoices::testing
