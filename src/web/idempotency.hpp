// idempotency.hpp: the same Idempotency-Key, the same answer, one deed (promise P-05).
//
// The key's row, the deed and the stored answer stand in one transaction, so there is no moment in which one exists
// without the others. Of two requests at once the unique key lets one through; the other waits for its commit and
// repeats its answer. A request that fails stores nothing and may be repeated with the same key. Scope: one clinic.
// Tested by web/idempotency_test.
#pragma once

#include <optional>
#include <string>

#include "clinics/vault.hpp"
#include "net/http.hpp"
#include "store/tenant.hpp"
#include "web/call.hpp"

namespace clinicpro::web::idempotency {

inline constexpr std::string_view kHeader = "Idempotency-Key";
inline constexpr size_t kKeyMax = 128;
inline constexpr Duration kKeptFor = std::chrono::hours(24 * 7);  // longer than any client keeps trying

struct Key {
    std::string text;
    std::string fingerprint;  // of what was asked: operation, path, body
};

// Nothing when the route takes none or none was sent. Error kInvalid when a required one is missing or it is malformed.
Result<std::optional<Key>> read(const net::Request& request, const ApiRoute& route);

// First in the deed's transaction: the answer to repeat, or nothing when the key is now ours. Error kInvalid when the
// key was used for something else.
Result<std::optional<Answer>> claim(store::ClinicTx& tx, clinics::Vault& vault, const Key& key, Instant now);
// Last in it.
Result<> keep(store::ClinicTx& tx, clinics::Vault& vault, const Key& key, const Answer& answer);

}  // namespace clinicpro::web::idempotency
