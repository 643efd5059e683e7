// explain_words.hpp: rows of the books as sentences that a person reads.
//
// A sentence is made of phrases, so that a page can say it in another language: the English pattern of a phrase is the
// key of its translation. Tested by refunds/books_test and web/desk_explain_test.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/money.hpp"

namespace clinicpro::invoices {

struct Phrase {
    std::string pattern;                                           // "Received: {amount}."
    std::vector<std::pair<std::string, std::string>> filled = {};  // {name}, and what stands for it
};
using Phrases = std::vector<Phrase>;

}  // namespace clinicpro::invoices

namespace clinicpro::invoices::explain {

std::string in_english(const Phrases& phrases);

// An audit entry: its action ("payment.paid") and its detail, a small JSON object.
Phrases words_of_action(std::string_view action, std::string_view detail);
// A notice of the inbox.
Phrases words_of_notice(std::string_view method, std::string_view state, std::string_view note);
// A line of the ledger.
Phrases words_of_line(std::string_view debit, std::string_view credit, Money amount, std::string_view note);

}  // namespace clinicpro::invoices::explain
