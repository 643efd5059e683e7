// initiator.hpp: who signs a request that moves or inspects money: an API operator of the shortcode (daraja.md 5.2).
//
// Its password is good for 90 days and is locked by repeated failures (code 8006), so a wrong one must not be retried.
// Tested by daraja/transfers_test.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/log.hpp"
#include "daraja/environment.hpp"

namespace clinicpro::daraja {

struct Initiator {
    std::string name;
    Secret<> credential;  // from security_credential(); reusable for many calls
};

// base64(RSA PKCS#1 v1.5(password)) with the environment's certificate, taken from the portal. Its dates are not
// checked: every certificate in circulation has expired. Error kConfig when the PEM is unreadable or the password
// empty.
Result<Secret<>> security_credential(std::string_view certificate_pem, const Secret<>& password);

// Where the asynchronous answer goes. Both pass check_callback_url.
struct ResultUrls {
    std::string result_url;
    std::string timeout_url;
};

inline constexpr size_t kRemarksMin = 2;
inline constexpr size_t kRemarksMax = 100;

// The checks that every initiator request shares; errors kInvalid or kConfig name the field.
Result<> check_initiator(const Endpoint& endpoint, const Initiator& initiator, const ResultUrls& urls,
                         std::string_view remarks);

}  // namespace clinicpro::daraja
