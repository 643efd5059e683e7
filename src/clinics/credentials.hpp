// credentials.hpp: a clinic's secrets by name (Daraja consumer secret, passkey, Zoom client secret ...), sealed at
// rest.
//
// A value can be set, used and removed, never shown: listings give names and dates. The name is part of what is sealed,
// so a value copied to another name or clinic in the database does not open (promise P-08). Tested by
// clinics/credentials_test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "clinics/vault.hpp"

namespace clinicpro::clinics {

class Credentials final {
public:
    explicit Credentials(Vault& vault) : vault_(vault) {}

    static constexpr size_t kNameMax = 64;
    static constexpr size_t kValueMax = 16 * 1024;  // a Google service account file is about 2.4 KB, a certificate 2 KB

    struct Listed {
        std::string name;
        Instant updated_at;
    };

    // Sets or replaces. Error kInvalid for a bad name, an empty or over-long value.
    Result<> put(store::ClinicTx& tx, std::string_view name, const Secret<>& value, Instant now);
    // Error kNotFound when it was never set, kInternal when the stored bytes were tampered with.
    Result<Secret<>> get(store::ClinicTx& tx, std::string_view name);
    Result<std::vector<Listed>> list(store::ClinicTx& tx);
    // Error kNotFound.
    Result<> remove(store::ClinicTx& tx, std::string_view name);

private:
    Vault& vault_;
};

}  // namespace clinicpro::clinics
