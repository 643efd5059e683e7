// account_number.hpp: the number a payer types, in a form that survives typing.
//
// Digits only, so it can be typed on any phone: 8 random digits and a Damm check digit, which catches every wrong digit
// and every swapped neighbour (rivals.md: money is matched by hand because references do not survive). 9 digits fit
// Daraja's AccountReference of 12. A clinic's own reference ("INV-123456") is compared in canonical form. Pure. Tested
// by invoices/account_number_test.
#pragma once

#include <string>
#include <string_view>

#include "crypto/entropy.hpp"

namespace clinicpro::invoices::account_number {

inline constexpr size_t kDigits = 9;
inline constexpr size_t kCanonicalMax = 20;  // a paybill customer can type 20 characters (daraja.md 4.2)

// A new random number. Never starts with 0: spreadsheets drop leading zeros.
std::string make(crypto::Entropy& entropy);
bool is_valid(std::string_view digits);          // exactly kDigits digits with the right check digit
std::string shown(std::string_view digits);      // "123456782" -> "123 456 782"

// Upper case, letters and digits only, O -> 0, I and L -> 1: "inv-123456", "INV 123456" and "lNV-12345 6" agree.
// Anything longer than kCanonicalMax gives kCanonicalMax + 1 characters, which no invoice has.
std::string canonical(std::string_view typed);

// Nine digits that cannot be one of our numbers: somebody mistyped one.
bool looks_mistyped(std::string_view typed);

// How many single changes (wrong, missing, extra, swapped neighbours) lie between two canonical texts; `most + 1` when
// more than `most`.
int distance(std::string_view a, std::string_view b, int most);

}  // namespace clinicpro::invoices::account_number
