// clinic.hpp: a tenant: a small number people may say aloud, and a slug for addresses.
//
// A suspended clinic keeps its data and still receives what is on its way (money that moved is never refused); its own
// keys stop working (access.hpp). Tested by clinics/clinic_test.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/database.hpp"
#include "store/tenant.hpp"

namespace clinicpro::clinics {

class Vault;

struct Clinic {
    enum class Status { kActive, kSuspended };
    ClinicId id;
    std::string slug;
    std::string name;
    Status status = Status::kActive;
    Instant created_at;
    std::string colour = {};  // of its pages, as colour.hpp writes it; empty: none of its own
};
std::string_view to_string(Clinic::Status status);  // "active", "suspended"
Result<Clinic::Status> parse_status(std::string_view text);

struct NewClinic {
    std::string slug;  // 3 to 40 of a-z, 0-9 and -, with a letter, no - at the ends
    std::string name;  // 1 to 120 bytes of UTF-8
};
inline constexpr size_t kSlugMin = 3;
inline constexpr size_t kSlugMax = 40;
inline constexpr size_t kNameMax = 120;
inline constexpr int kClinicPageMax = 200;

Result<> check_slug(std::string_view slug);

// Makes a clinic with the next number and its own data key. `also` runs in the transaction that writes its row, for
// what must appear with it (an audit entry, a first API key); it may run more than once. Blocks; not from inside a
// transaction. Errors: kInvalid with the field; kConflict when the slug is taken.
using Also = std::function<Result<>(store::ClinicTx&, const Clinic&)>;
Result<Clinic> create(store::Database& database, Vault& vault, const NewClinic& wanted, Instant now,
                      const Also& also = {});

// Error kNotFound.
Result<Clinic> find(store::Tx& tx, ClinicId id);
// By slug or number: "mlimani" or "1".
Result<Clinic> find(store::Tx& tx, std::string_view slug_or_number);
// In order of number, after `after`.
Result<std::vector<Clinic>> list(store::Tx& tx, ClinicId after = {}, int limit = kClinicPageMax);
Result<> set_status(store::ClinicTx& tx, Clinic::Status status);
// kInvalid for a colour that Colour::parse refuses. Empty: the pages' own.
Result<> set_colour(store::ClinicTx& tx, std::string_view colour);

}  // namespace clinicpro::clinics
