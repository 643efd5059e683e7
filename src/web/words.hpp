// words.hpp: what pages say, in the reader's language.
//
// The words stand in po/en.po and po/sw.po, gettext catalogues that a translator edits with any editor for them; a
// message's id says where it stands ("pay.button"), so English can be improved without losing its translation. Compiled
// by msgfmt at build time and embedded. Both languages have every message with the same {placeholders}: web/words_test.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "messaging/templates.hpp"

namespace clinicpro::web {

// The compiled form of a catalogue: GNU gettext's .mo, little-endian, sorted by id.
struct Catalogue {
    std::string_view language;
    std::string_view bytes;

    size_t size() const;
    std::pair<std::string_view, std::string_view> at(size_t index) const;  // id and words
    std::optional<std::string_view> find(std::string_view id) const;
};
std::span<const Catalogue> embedded_catalogues();

// What stands for {name} in a message.
struct Filled {
    std::string_view name;
    std::string_view value;
};

class Words {
public:
    explicit Words(messaging::Language language);

    messaging::Language language() const { return language_; }
    std::string_view code() const { return messaging::to_string(language_); }  // "en", "sw"
    // The message under this id; the id itself when there is none, which words_test does not let happen.
    std::string operator()(std::string_view id, std::initializer_list<Filled> filled = {}) const;
    // A sentence that a layer below wrote in English: its translation, when the catalogue has it under its own text.
    std::string said(std::string_view sentence) const;
    bool has(std::string_view id) const { return catalogue_->find(id).has_value(); }

private:
    messaging::Language language_;
    const Catalogue* catalogue_;
};

// `?lang=` first, then the first language of Accept-Language that we have, then English.
messaging::Language page_language(std::string_view lang, std::string_view accept_language);

}  // namespace clinicpro::web
