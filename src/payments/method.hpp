// method.hpp: the port that every way of paying implements.
//
// M-Pesa prompts and M-Pesa paybill payments are two methods; a card or a bank would be a third, in a folder of its
// own, and nothing here or beside it would change. A method turns its provider's notices into Evidence and may be able
// to start a payment.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/phone.hpp"
#include "jobs/job.hpp"
#include "payments/transaction.hpp"

namespace clinicpro::payments {

// One stored notice from a provider, opened.
struct Notice {
    InboxId id;
    ClinicId clinic;
    int64_t subject = 0;      // what its address named: a transaction, or the generation of a clinic's address
    std::string_view body;    // exactly as it came
    std::string peer;         // the address it came from
    bool peer_known = false;  // whether that address is one the provider publishes: a score, never a gate
    Instant received_at;
};

enum class Verdict {
    kApplied,   // it was understood; what it said is booked or already was
    kParked,    // it belongs to something we cannot see yet: try again later
    kRejected,  // it cannot be what it claims to be; kept, shown to a person, changes nothing
};
struct Handled {
    Verdict verdict = Verdict::kApplied;
    std::string note;  // one sentence for whoever reads the inbox
    TransactionId payment = {};  // which payment it was about, when its address did not say
};

struct Start {
    InvoiceId invoice;
    Money amount;
    Msisdn payer;
    std::string account;      // what the payer sees: the invoice's account number
    std::string description;  // a few words
    std::string actor;        // who asked, for the audit
};

class Method {
public:
    virtual ~Method() = default;
    virtual std::string_view name() const = 0;  // "mpesa.stk"
    virtual Result<Handled> take(jobs::Context& context, store::ClinicTx& tx, const Notice& notice) = 0;
    // Commits an attempt and the job that sends it. kInvalid for a method that only the payer can start.
    virtual Result<TransactionId> start(jobs::Context& context, store::ClinicTx& tx, const Start& start);
};

class Methods {
public:
    void add(std::unique_ptr<Method> method) { methods_.push_back(std::move(method)); }
    Method* find(std::string_view name) const;  // nullptr when there is none

private:
    std::vector<std::unique_ptr<Method>> methods_;
};

}  // namespace clinicpro::payments
