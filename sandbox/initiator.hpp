// initiator.hpp: who may move or inspect a merchant's money (daraja.md 5.2): a name, and a password encrypted with the
// environment's certificate. Wrong ones end in 2001, repeated ones lock it (8006). Tested by sandbox/transfers_test.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sandbox/config.hpp"

namespace clinicpro::sandbox {

class Initiators {
public:
    // For whoever plays against us: PEM.
    static std::string_view certificate();
    // The ResultCode that refuses this signature, or empty when it is good. Counts the failures.
    std::string refusal(const Merchant& merchant, std::string_view name, std::string_view credential);

private:
    std::map<std::string, int> failures_;  // by shortcode, since the last good one
};

}  // namespace clinicpro::sandbox
