// pay_html.hpp: the pay page and the receipt as HTML. Pure: a view and words in, markup out. Tested by
// web/pay_page_test and by a browser.
#pragma once

#include <string>

#include "web/html.hpp"
#include "web/pay_view.hpp"
#include "web/words.hpp"

namespace clinicpro::web {

// Where the page's own addresses lead; each already says the language.
struct PayAddresses {
    std::string page;  // GET: the page; POST: ask for a prompt
    std::string now;   // the live part alone
    std::string live;  // the same, followed
    std::string receipt;
    std::string join;  // the visit's own link; empty: none
};

// What was wrong with the form just sent.
struct PayProblem {
    std::string sentence;   // empty: nothing
    bool of_phone = false;  // it stands at the phone number, else above the form
    std::string phone;      // what was typed
};

// The part that changes by itself: amount, progress, form. Its root says how things stand: data-step, data-say (for a
// screen reader, when it changes) and data-final.
Html pay_live(const PayView& view, const Words& words, const PayAddresses& addresses, std::string_view once,
              const PayProblem& problem = {});
// The whole of <main>.
Html pay_main(const PayView& view, const Words& words, const PayAddresses& addresses, std::string_view once,
              const PayProblem& problem = {});
// The line above it all, and the document's title.
std::string pay_title(const PayView& view, const Words& words);

Html receipt_main(const PayView& view, const Words& words, const PayAddresses& addresses);

// "0712 *** 678": as people say their own number.
std::string phone_shown(std::string_view masked);

}  // namespace clinicpro::web
