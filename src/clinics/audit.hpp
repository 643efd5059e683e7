// audit.hpp: who did what, when: append-only, numbered without gaps and hash-chained per clinic (promise P-09).
//
// hash = SHA-256(hash before | clinic | seq | at | actor | action | subject | detail), every text with its length. An
// edited, removed or inserted row breaks the chain at a number that verify_chain names. A chain alone cannot show that
// its end was cut off or that all of it was written anew: keep a `head` outside the database now and then and give it
// to verify_chain. Tested by clinics/audit_test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "store/tenant.hpp"

namespace clinicpro::clinics::audit {

// Refers to the caller's text; lives for one call of append.
struct Entry {
    Instant at;
    std::string_view actor;          // "key_0c5...", "patient", "mpesa", "system"
    std::string_view action;         // "invoice.paid"
    std::string_view subject;        // "inv_0c5..."
    std::string_view detail = "{}";  // a small JSON object; no secret, no whole phone number
};
inline constexpr size_t kWordMax = 100;  // actor, action, subject
inline constexpr size_t kDetailMax = 2'000;
inline constexpr int kPageMax = 500;

struct Record {
    int64_t seq = 0;
    Instant at;
    std::string actor, action, subject, detail;
};

struct Head {
    int64_t seq = 0;   // 0: nothing was written yet
    std::string hash;  // 32 bytes
    friend bool operator==(const Head&, const Head&) = default;
};

// Adds one entry at the end; returns its number.
Result<int64_t> append(store::ClinicTx& tx, const Entry& entry);
Result<Head> head(store::ClinicTx& tx);
// Newest first; `before` is the smallest number already seen, or nothing for the newest page.
Result<std::vector<Record>> list(store::ClinicTx& tx, std::optional<int64_t> before = {}, int limit = kPageMax);

// The first number at which the chain is broken, or nothing when it is whole. With an `anchor` (a head written down
// earlier) the row of that number must still be there with that hash.
Result<std::optional<int64_t>> verify_chain(store::ClinicTx& tx, const std::optional<Head>& anchor = {});

}  // namespace clinicpro::clinics::audit
