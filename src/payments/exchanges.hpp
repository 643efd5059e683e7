// exchanges.hpp: what we asked a provider about one payment or refund and what it answered, kept for whoever has to
// explain it.
//
// Sealed with the clinic's key; secrets are never part of it; bodies are cut at kBodyMax. How many there are is bounded by
// the ladders that ask: about forty for a payment that nobody ever decides. Tested by payments/exchanges_test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "clinics/vault.hpp"
#include "jobs/job.hpp"
#include "net/http.hpp"

namespace clinicpro::payments::exchanges {

inline constexpr size_t kBodyMax = 4096;  // Daraja's requests and answers are under 1.5 KB

// `step`: what was asked, such as "prompt", "status query", "reversal".
Result<> keep(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, int64_t subject, std::string_view step,
              const net::ClientRequest& request);
Result<> keep(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, int64_t subject, std::string_view step,
              const net::Outcome& outcome);

struct Exchange {
    int64_t id = 0;
    bool out = false;     // we asked; else: it answered
    std::string step;
    std::string summary;  // "POST /mpesa/stkpush/v1/processrequest", "200", "no answer: timed out"
    Secret<> body;
    Instant at;
};
Result<std::vector<Exchange>> list(store::ClinicTx& tx, clinics::Vault& vault, int64_t subject);  // oldest first

}  // namespace clinicpro::payments::exchanges
