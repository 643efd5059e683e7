// ids.hpp: identifiers that look like Safaricom's (daraja.md 0.4, 2.2, 2.4, 5.1). Never repeated within one run.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "sandbox/dice.hpp"

namespace clinicpro::sandbox {

class Ids {
public:
    explicit Ids(Dice& dice) : dice_(dice) {}

    std::string request_id(std::string_view look);                // "new": four hex groups; "old": NNNNN-NNNNNNNN-N
    std::string checkout_id(Instant at, std::string_view phone);  // ws_CO_ddMMyyyyHHmmss + ms + last 9 digits
    std::string conversation_id(Instant at);                      // AG_yyyyMMdd_<20 hex>
    std::string receipt(Instant at);                              // year, month and day as one character each, then 7
    std::string token();                                          // 28 letters and digits

private:
    std::string fresh(std::string id);  // empty when it was used before

    Dice& dice_;
    std::set<std::string> used_;
};

}  // namespace clinicpro::sandbox
