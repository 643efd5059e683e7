// pay_words.hpp: why a payment did not go through and what to do next, for the patient, for every result code of
// M-Pesa.
//
// The desk's sentences stand with the codes (daraja/codes.hpp); a patient is told the same in the second person and in
// two languages: "pay.why.<reason>" and "pay.then.<reason>" in po/. Tested by web/pay_words_test, code by code.
#pragma once

#include <string>
#include <string_view>

#include "payments/transaction.hpp"
#include "web/words.hpp"

namespace clinicpro::web {

// "pin", "funds", "cancelled" ...: the reason a code stands for; "other" for one that nobody knows, "not_sent" for
// none.
std::string_view reason_of(std::string_view result_code);
// Whether another prompt cannot end otherwise, so that the page offers the paybill instead.
bool is_hopeless(std::string_view result_code);

struct Why {
    std::string happened;
    std::string next;
};
Why why_failed(const payments::Transaction& failed, const Words& words);

}  // namespace clinicpro::web
