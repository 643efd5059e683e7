// codes.hpp: what a ResultCode means, and what the people at the desk do about it. Codes are classified
// here and nowhere else.
//
// Codes are text: SFC_IC0003 is one of them (daraja.md 2.5). Descriptions from Safaricom vary by a full stop and are
// never looked at. A code we do not know settles nothing. Tested by daraja/codes_test, row by row of table 2.5.
#pragma once

#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace clinicpro::daraja {

enum class ResultClass {
    kPaid,
    kCancelled,  // by the person, or the prompt ran out on the handset (1032 is sent for both)
    kNoAnswer,   // phone not reached, or no answer in time
    kWrongPin,
    kInsufficientFunds,
    kLimit,     // an M-Pesa amount or balance limit
    kRepeated,  // same amount, same customer, within two minutes
    kBusy,      // another session is open on the phone, or M-Pesa is overloaded
    kExpired,
    kBlocked,        // the customer's or initiator's credential is locked
    kConfiguration,  // shortcode, transaction type, texts: the operator must act
    kStillProcessing,
    kUnknown,  // not in our table: not settled
};
std::string_view to_string(ResultClass result_class);  // "paid", "wrong_pin", ...

struct ResultMeaning {
    ResultClass result_class = ResultClass::kUnknown;
    bool final = false;     // M-Pesa will not complete *this* request (or, for 0, has completed it)
    bool disputed = false;  // 1037: sources disagree whether a payment can still follow; query before a new push
    bool new_push_makes_sense = false;
    Duration wait{};            // before a new push, or before asking again when still processing or unknown
    std::string_view sentence;  // for the receptionist and the patient: what happened, what to do next
    bool is_paid() const { return result_class == ResultClass::kPaid; }
};

// Never fails; an unknown code is {kUnknown, final = false}. Meanings are those of STK push; initiator APIs share them
// except where the comment at result.hpp says otherwise.
const ResultMeaning& meaning_of(std::string_view result_code);

// Every code in the table, for documentation pages and tests.
std::vector<std::string_view> known_result_codes();

}  // namespace clinicpro::daraja
