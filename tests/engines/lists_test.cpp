// Every list that is read page by page or filtered by an id, with ids as large as real ones, on SQLite and on
// PostgreSQL: there a parameter that is first compared with a small number would become a 32-bit one, and the second
// page an error.
#include "clinics/clinic.hpp"
#include "invoices/invoice.hpp"
#include "invoices/notices.hpp"
#include "invoices/patient.hpp"
#include "invoices/refund_sources.hpp"
#include "invoices/unallocated.hpp"
#include "jobs/queue.hpp"
#include "payments/ledger.hpp"
#include "payments/refunds.hpp"
#include "tests/store/engines.hpp"
#include "webhooks/delivery.hpp"

namespace clinicpro {
namespace {

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

class ListsOnEngines : public ::testing::TestWithParam<const char*> {
protected:
    ListsOnEngines() {
        log::configure(log::Level::kWarn, false);
        must(store::migrate(*database));
        vault = must(clinics::Vault::open(
            *database, must(crypto::Keyring::parse(Secret<>(crypto::Keyring::make_master_key(entropy)))), entropy));
        clinic = must(clinics::create(*database, *vault, {"one", "One"}, clock.now())).id;
    }
    // What `list` says; "" when it can be read.
    template <class List>
    std::string asked(List list) {
        std::string trouble = "not asked";
        (void)database->read([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, clinic);
            const auto found = list(tx);
            trouble = found ? "" : found.error().message + " " + found.error().detail;
            return {};
        });
        return trouble;
    }

    testing::EngineUnderTest engine{GetParam()};
    crypto::SystemEntropy entropy;
    SystemClock clock;
    IdMaker ids{clock, 1};
    std::unique_ptr<store::Database> database = must(store::open({.url = engine.url(), .durable = false}));
    std::unique_ptr<clinics::Vault> vault;
    ClinicId clinic;
    const int64_t id = ids.next();
};

TEST_P(ListsOnEngines, are_read_from_and_filtered_by_any_id) {
    ASSERT_GT(id, int64_t(1) << 40);
    const auto before = [&](auto page) {
        page.before = id;
        return page;
    };
    EXPECT_EQ(asked([&](store::ClinicTx& tx) {
                  return payments::ledger::list(tx, {.before = id, .state = "paid", .invoice = InvoiceId{id}});
              }),
              "");
    EXPECT_EQ(asked([&](store::ClinicTx& tx) {
                  return payments::ledger::list(tx, {.before = id, .attention = true, .invoice = InvoiceId{id}});
              }),
              "");
    EXPECT_EQ(asked([&](store::ClinicTx& tx) {
                  return invoices::list(tx, {.before = id, .patient = PatientId{id}, .appointment = AppointmentId{id}});
              }),
              "");
    EXPECT_EQ(
        asked([&](store::ClinicTx& tx) {
            return invoices::notices::list(
                tx, *vault,
                {.before = id, .invoice = InvoiceId{id}, .patient = PatientId{id}, .appointment = AppointmentId{id}});
        }),
        "");
    EXPECT_EQ(asked([&](store::ClinicTx& tx) { return invoices::unallocated::list(tx, {.before = id}); }), "");
    EXPECT_EQ(asked([&](store::ClinicTx& tx) { return invoices::unallocated::list(tx, {.before = id, .state = ""}); }),
              "");
    EXPECT_EQ(
        asked([&](store::ClinicTx& tx) { return invoices::patients::list(tx, before(invoices::patients::Page{})); }),
        "");
    EXPECT_EQ(asked([&](store::ClinicTx& tx) { return payments::refunds::list(tx, {.before = id}); }), "");
    EXPECT_EQ(asked([&](store::ClinicTx& tx) { return payments::refunds::list(tx, {.before = id, .state = "open"}); }),
              "");
    EXPECT_EQ(asked([&](store::ClinicTx& tx) {
                  return payments::refunds::list(tx, {.before = id, .payment = TransactionId{id}});
              }),
              "");
    EXPECT_EQ(
        asked([&](store::ClinicTx& tx) { return webhooks::deliveries::list(tx, webhooks::EndpointId{id}, id, 10); }),
        "");
}

TEST_P(ListsOnEngines, money_that_is_chosen_for_a_refund_is_looked_for_by_any_id) {
    const payments::Refund refund{.id = RefundId{id}, .payment = TransactionId{id}};
    EXPECT_EQ(asked([&](store::ClinicTx& tx) -> Result<> {
                  jobs::QueueContext context(ids, clock.now());
                  return invoices::refund_sources::hold(context, tx, refund, UnallocatedId{id});
              }),
              "");
}

INSTANTIATE_TEST_SUITE_P(Engines, ListsOnEngines, ::testing::Values("sqlite", "postgres"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace clinicpro
