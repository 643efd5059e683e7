// redact.hpp: what people may see of what providers and we said to each other.
//
// Secrets (passwords, credentials, tokens) are taken out before anything is kept; phone numbers stay in what is kept,
// sealed, and are masked when it is shown. Tested by payments/exchanges_test.
#pragma once

#include <string>
#include <string_view>

namespace clinicpro::payments {

// The values of JSON members that are secrets, replaced by "[hidden]". What is not JSON is cut the same way.
std::string without_secrets(std::string_view body);

// Phone numbers in every form Daraja writes them: whole, inside a CheckoutRequestID, or as a SHA-256 that can be turned
// back (daraja.md 2.2, 4.6).
std::string with_masked_phones(std::string_view text);

}  // namespace clinicpro::payments
