// explain_words.hpp: rows of the books as sentences that a person reads. Tested by refunds/books_test.
#pragma once

#include <string>
#include <string_view>

#include "base/money.hpp"

namespace clinicpro::invoices::explain {

// An audit entry: its action ("payment.paid") and its detail, a small JSON object.
std::string words_of_action(std::string_view action, std::string_view detail);
// A notice of the inbox.
std::string words_of_notice(std::string_view method, std::string_view state, std::string_view note);
// A line of the ledger.
std::string words_of_line(std::string_view debit, std::string_view credit, Money amount, std::string_view note);

}  // namespace clinicpro::invoices::explain
