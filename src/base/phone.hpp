// phone.hpp: a Kenyan mobile number, kept whole in memory and masked everywhere else.
//
// Takes every common Kenyan spelling (daraja.md 7). Does not guess the operator: number portability
// breaks prefix rules, so Daraja decides. Tested by base/phone_test.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace clinicpro {

class Msisdn {
public:
    // 0712 345 678, 0112345678, 712345678, 254712345678, +254 (0)712-345678, 00254... Error kInvalid says how.
    static Result<Msisdn> parse(std::string_view text);

    const std::string& digits() const { return digits_; }  // 12 digits, "2547..." or "2541...". Never log this.
    std::string masked() const;                            // "2547*****678"

    // Whether Daraja's masked form could be this number: "2547 ***** 678", "25470****678", or all 12 digits.
    // Only the digits that are shown are compared. False for a hash. (daraja.md 4.6)
    bool fits_mask(std::string_view masked) const;

    friend auto operator<=>(const Msisdn&, const Msisdn&) = default;

private:
    explicit Msisdn(std::string digits) : digits_(std::move(digits)) {}
    std::string digits_;
};

}  // namespace clinicpro
