// link.hpp: signed, unguessable links with no table behind them.
//
// A token is 28 bytes: clinic (3) | subject (8) | generation (1) | MAC (16), the MAC keyed by a key derived from the
// system's data key and taken over the purpose as well, so a payment link cannot be used as a join link. 128 bits of
// MAC meet ASVS 5.0 11.5.1. Verifying is pure CPU, so a forged callback costs no database work. Two spellings: hex (56)
// for Daraja's callback URLs, because hex never spells a word Daraja forbids there (daraja.md 2.1), and base64url (38)
// for messages to patients. Only the canonical spelling is accepted. Revoke by raising the generation of the subject:
// the holder of the subject compares it. Tested by clinics/link_test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "crypto/seal.hpp"

namespace clinicpro::clinics {

struct Link {
    enum class Purpose : uint8_t {  // signed: never renumber
        kStkCallback = 1,
        kC2bCallback = 2,
        kJoin = 3,
        kPay = 4,
        kDeliveryReport = 5,
        kZoomEvents = 6,
        kConnect = 7,
        kRefund = 8
    };
    Purpose purpose = Purpose::kStkCallback;
    ClinicId clinic;
    int64_t subject = 0;     // the row it leads to; not negative
    uint8_t generation = 0;  // modulo 256

    friend bool operator==(const Link&, const Link&) = default;
};

class LinkSigner final {
public:
    static constexpr size_t kHexSize = 56;
    static constexpr size_t kShortSize = 38;

    explicit LinkSigner(const crypto::DataKey& system);  // Vault::system()

    std::string hex(const Link& link) const;
    std::string short_form(const Link& link) const;
    // Nothing when the text is not a token of ours for this purpose.
    std::optional<Link> verify_hex(Link::Purpose purpose, std::string_view text) const;
    std::optional<Link> verify_short(Link::Purpose purpose, std::string_view text) const;

private:
    std::string sign(const Link& link) const;
    std::optional<Link> verify(Link::Purpose purpose, std::string_view bytes) const;
    Secret<> key_;
};

}  // namespace clinicpro::clinics
