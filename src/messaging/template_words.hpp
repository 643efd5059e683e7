// template_words.hpp: the table of texts, one row a template: its name, what it must say, its words and its subjects.
#pragma once

#include <span>
#include <string_view>

#include "messaging/templates.hpp"

namespace clinicpro::messaging {

struct WordsRow {
    Template which;
    std::string_view name;
    std::string_view required;  // placeholders, separated by spaces
    std::string_view english, swahili;
    std::string_view english_subject, swahili_subject;
};
std::span<const WordsRow> words_rows();

}  // namespace clinicpro::messaging
