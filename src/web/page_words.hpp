// page_words.hpp: what the patients' pages say, in English and Swahili. Pure. Tested by web/pages_test.
#pragma once

#include <string>
#include <string_view>

#include "invoices/join.hpp"
#include "messaging/templates.hpp"

namespace clinicpro::web {

struct PageWords {
    std::string title;
    std::string text;    // one or two plain sentences
    std::string button;  // empty: nothing to press
};

// `?lang=` first, then the first language of Accept-Language that we have, then English.
messaging::Language page_language(std::string_view lang, std::string_view accept_language);

PageWords words_for(const invoices::JoinPage& page, messaging::Language language);
PageWords words_for_bad_link(messaging::Language language);
PageWords words_for_trouble(messaging::Language language);  // the database cannot be reached: come back
PageWords words_for_unknown_page(messaging::Language language);
PageWords words_for_passcode(messaging::Language language);  // the meeting asks for a code

}  // namespace clinicpro::web
