// c2b_payload.hpp: the flat, all-text body of validation and confirmation, in every shape seen (daraja.md 4.4, 4.6).
#pragma once

#include <string>
#include <string_view>

#include "base/money.hpp"
#include "sandbox/config.hpp"
#include "sandbox/dice.hpp"
#include "sandbox/handset.hpp"

namespace clinicpro::sandbox {

struct C2bFacts {
    std::string receipt;
    Instant at;
    Money amount;
    std::string receiver;
    bool till = false;
    std::string account;
    std::string balance;      // empty in a validation
    std::string third_party;  // what the validation answer gave
    std::string msisdn;       // already in the form to send
    const Customer* customer = nullptr;
};

// "plain" 254712345678; "masked" 2547 ***** 678; "hash" SHA-256 in hex; "masked_hash" the hash with a masked middle.
std::string msisdn_form(std::string_view phone, std::string_view form);
std::string c2b_body(const C2bFacts& facts, const Switches& switches, Dice& dice);
std::string mangled(std::string_view account);  // other case, spaces around

}  // namespace clinicpro::sandbox
