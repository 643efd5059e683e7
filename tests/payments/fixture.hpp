// fixture.hpp: a test world with two clinics, a vault, and a handler that shares out money as the invoices layer does.
#pragma once

#include "clinics/audit.hpp"
#include "clinics/clinic.hpp"
#include "clinics/vault.hpp"
#include "crypto/hash.hpp"
#include "payments/inbox.hpp"
#include "payments/ledger.hpp"
#include "tests/jobs/world.hpp"

namespace clinicpro::payments {

// The same bytes in every run.
class CountingEntropy final : public crypto::Entropy {
public:
    std::string bytes(size_t count) override {
        const std::lock_guard lock(mutex_);
        std::string out;
        while (out.size() < count) out += crypto::sha256("test entropy " + std::to_string(next_++));
        out.resize(count);
        return out;
    }

private:
    std::mutex mutex_;
    int64_t next_ = 0;
};

// Gives received money to the transaction's invoice, or to unallocated, and takes back what was booked too much.
class Settler final : public jobs::Handler {
public:
    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override {
        TRY(const Transaction t, ledger::find(tx, TransactionId{job.subject}));
        settled.push_back(t.id);
        const auto to = t.invoice ? ledger::Destination::kInvoice : ledger::Destination::kUnallocated;
        TRY(ledger::allocate(context, tx, t.id, t.invoice, t.amount_received - t.amount_allocated, to, ""));
        return jobs::Next{jobs::Done{}};
    }
    std::vector<TransactionId> settled;
};

class PaymentsTest : public testing::World {
protected:
    explicit PaymentsTest(bool in_caller = true) : World(in_caller) {
        const std::string master = crypto::Keyring::make_master_key(entropy);
        vault = must(clinics::Vault::open(*database, must(crypto::Keyring::parse(Secret<>(master))), entropy));
        mlimani = must(clinics::create(*database, *vault, {.slug = "mlimani", .name = "Mlimani"}, clock.now())).id;
        bahari = must(clinics::create(*database, *vault, {.slug = "bahari", .name = "Bahari"}, clock.now())).id;
    }
    ~PaymentsTest() override { vault.reset(); }

    template <class F>
    auto with(ClinicId clinic, F body) {
        return in_clinic(clinic, [&](store::ClinicTx& tx) {
            jobs::QueueContext context(ids, clock.now());
            return body(context, tx);
        });
    }
    Transaction find(ClinicId clinic, TransactionId id) {
        return must(in_clinic(clinic, [&](store::ClinicTx& tx) { return ledger::find(tx, id); }));
    }
    Transaction record(ClinicId clinic, TransactionId id, const Evidence& e) {
        return must(with(clinic, [&](jobs::Context& context, store::ClinicTx& tx) -> Result<Transaction> {
            TRY(const Transaction t, ledger::find(tx, id));
            return ledger::record(context, tx, t, e);
        }));
    }
    // What stands on an account over all clinics: arrived minus left.
    int64_t balance(const std::string& account) {
        int64_t cents = 0;
        must(database->read([&](store::Tx& tx) -> Result<> {
            TRY(tx.each(
                "SELECT CAST(COALESCE(SUM(CASE WHEN credit = $1 THEN amount WHEN debit = $1 THEN -amount ELSE 0 END), "
                "0) "
                "AS BIGINT) FROM ledger",
                [&](const store::Row& row) { cents = row.integer(0); }, account));
            return {};
        }));
        return cents;
    }
    void expect_whole_audit() {
        for (const ClinicId clinic : {mlimani, bahari}) {
            const auto broken =
                must(in_clinic(clinic, [&](store::ClinicTx& tx) { return clinics::audit::verify_chain(tx); }));
            EXPECT_FALSE(broken) << "the audit chain is broken at " << *broken;
        }
    }

    CountingEntropy entropy;
    std::unique_ptr<clinics::Vault> vault;
    ClinicId mlimani, bahari;
};

}  // namespace clinicpro::payments
