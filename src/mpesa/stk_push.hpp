// stk_push.hpp: asks a patient's phone for money, once.
//
// Promise P-05: one attempt, at most one prompt. The attempt and its unguessable callback address are committed before
// the call; a push whose fate is unknown is never sent again: it waits for its callback, then for a status query, and
// at last for a person. Tested by mpesa/stk_test and the demo.
#pragma once

#include "clinics/link.hpp"
#include "mpesa/auth.hpp"
#include "payments/ledger.hpp"
#include "payments/method.hpp"

namespace clinicpro::mpesa {

inline constexpr std::string_view kStkMethod = "mpesa.stk";
inline constexpr std::string_view kStkPushJob = "mpesa.stk.push";    // subject: the transaction
inline constexpr std::string_view kStkQueryJob = "mpesa.stk.query";  // subject: the transaction

// How long until the first status query, then between them (daraja.md 3: first after 10-15 s, then 15, 25, 30 s ...).
Duration query_delay(int asked);

// Whether a failed attempt may yet turn out paid: only a query said so, or its code is disputed (1037).
bool is_doubted_failure(const payments::Transaction& t);
// Whether that is so fresh that no other prompt may follow yet.
bool is_doubted(const payments::Transaction& t, Instant now);

// What the parts of M-Pesa share; made once in app/wiring.
struct Parts {
    clinics::Vault& vault;
    crypto::Entropy& entropy;
    const clinics::LinkSigner& links;
    Auth& auth;
};

class StkPush final : public payments::Method {
public:
    explicit StkPush(Parts parts) : parts_(parts) {}
    std::string_view name() const override { return kStkMethod; }
    // Error kInvalid for an amount Daraja would refuse, kConfig without a configuration, kConflict while a prompt is
    // open.
    Result<TransactionId> start(jobs::Context& context, store::ClinicTx& tx, const payments::Start& start) override;
    Result<payments::Handled> take(jobs::Context& context, store::ClinicTx& tx,
                                   const payments::Notice& notice) override;

private:
    Parts parts_;
};

// Sends the prompt.
class StkSender final : public jobs::Handler {
public:
    explicit StkSender(Parts parts) : parts_(parts) {}
    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
    Result<jobs::Next> absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job, std::string_view step,
                              const net::Outcome& outcome) override;

private:
    Result<jobs::Next> absorb_push(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                   std::string_view token_mark, const net::Outcome& outcome);
    Parts parts_;
};

// Asks what became of a prompt whose callback does not come.
class StkQuery final : public jobs::Handler {
public:
    explicit StkQuery(Parts parts) : parts_(parts) {}
    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
    Result<jobs::Next> absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job, std::string_view step,
                              const net::Outcome& outcome) override;

private:
    Parts parts_;
};

}  // namespace clinicpro::mpesa
