// c2b.hpp: the patient pays the paybill or till directly.
//
// A confirmation means money has moved: it is booked whatever its account number says, and what fits nowhere stands as
// unallocated. The same money may also arrive as an STK callback, before or after; the receipt tells (daraja.md 4.4).
// Validation is answered from local reads within a second; M-Pesa waits about eight. Tested by mpesa/c2b_test.
#pragma once

#include "daraja/c2b.hpp"
#include "mpesa/stk_push.hpp"
#include "payments/accounts.hpp"

namespace clinicpro::mpesa {

inline constexpr std::string_view kC2bMethod = "mpesa.c2b";
inline constexpr std::string_view kRegisterJob = "mpesa.c2b.register";  // subject: 0

class C2b final : public payments::Method {
public:
    C2b(Parts parts, payments::Accounts& accounts) : parts_(parts), accounts_(accounts) {}
    std::string_view name() const override { return kC2bMethod; }
    Result<payments::Handled> take(jobs::Context& context, store::ClinicTx& tx,
                                   const payments::Notice& notice) override;

    // The answer to a validation request, as JSON. Never fails: what cannot be decided is accepted, because a refused
    // payment cannot be undone by us and an accepted one can always be allocated by a person.
    std::string validate(store::ClinicTx& tx, std::string_view body);

private:
    // The prompt this money most likely answers, if there is one: of its invoice, or of its payer when it came without
    // an account number, as all of a till's do. Without this a till's prompt would be booked twice, or beside its
    // invoice.
    Result<std::optional<payments::Transaction>> prompt_of_invoice(store::ClinicTx& tx, InvoiceId invoice,
                                                                   const daraja::C2bPayment& paid);
    // Several invoices may have been prompted on one phone: those it may answer, the likeliest first. `certain`: a
    // choice between them can be made.
    struct Fitting {
        std::vector<payments::Transaction> prompts;
        bool certain = true;
    };
    Result<Fitting> prompts_of_payer(jobs::Context& context, store::ClinicTx& tx, const daraja::C2bPayment& paid);
    Result<daraja::PayerMatch> payer_match(store::ClinicTx& tx, TransactionId id, std::string_view msisdn_field);
    Parts parts_;
    payments::Accounts& accounts_;
};

// Registers the clinic's two addresses with Safaricom.
class UrlRegistrar final : public jobs::Handler {
public:
    explicit UrlRegistrar(Parts parts) : parts_(parts) {}
    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
    Result<jobs::Next> absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job, std::string_view step,
                              const net::Outcome& outcome) override;

private:
    Parts parts_;
};

struct Registration {
    std::string state;  // asked, registered, already_registered, failed
    std::string response;
    std::string version;
    int generation = 0;
    Instant at;
};
// Asks for a registration; the runner does it. kConfig without a usable configuration.
Result<> ask_registration(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, std::string_view actor);
Result<std::optional<Registration>> registration(store::ClinicTx& tx);

}  // namespace clinicpro::mpesa
