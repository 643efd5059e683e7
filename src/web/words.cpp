#include "web/words.hpp"

#include <cstring>

#include "base/error.hpp"
#include "base/text.hpp"

namespace clinicpro::web {
namespace {

// The .mo head: magic, revision, number of messages, offset of the ids' table, offset of the words' table; a table
// holds length and offset of each text (GNU gettext manual, "The Format of GNU MO Files").
constexpr uint32_t kMagic = 0x950412de;

uint32_t number_at(std::string_view bytes, size_t offset) {
    CHECK(offset + 4 <= bytes.size());
    uint32_t number = 0;
    std::memcpy(&number, bytes.data() + offset, 4);
    return number;
}

std::string_view text_at(std::string_view bytes, size_t table, size_t index) {
    const size_t length = number_at(bytes, table + index * 8);
    const size_t offset = number_at(bytes, table + index * 8 + 4);
    CHECK(offset + length <= bytes.size());
    return bytes.substr(offset, length);
}

}  // namespace

size_t Catalogue::size() const {
    CHECK(number_at(bytes, 0) == kMagic);
    return number_at(bytes, 8);
}

std::pair<std::string_view, std::string_view> Catalogue::at(size_t index) const {
    CHECK(index < size());
    return {text_at(bytes, number_at(bytes, 12), index), text_at(bytes, number_at(bytes, 16), index)};
}

std::optional<std::string_view> Catalogue::find(std::string_view id) const {
    size_t low = 0, high = size();
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const auto [here, words] = at(middle);
        if (here == id) return words;
        if (here < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return std::nullopt;
}

Words::Words(messaging::Language language) : language_(language), catalogue_(nullptr) {
    for (const Catalogue& each : embedded_catalogues()) {
        if (each.language == messaging::to_string(language)) catalogue_ = &each;
    }
    CHECK(catalogue_ != nullptr);
}

std::string Words::said(std::string_view sentence) const {
    if (sentence.empty()) return {};  // under which a catalogue keeps its own head
    return std::string(catalogue_->find(sentence).value_or(sentence));
}

std::string Words::operator()(std::string_view id, std::initializer_list<Filled> filled) const {
    std::string_view rest = catalogue_->find(id).value_or(id);
    std::string out;
    for (size_t open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
        const size_t close = rest.find('}', open);
        if (close == std::string_view::npos) break;
        out += rest.substr(0, open);
        const std::string_view name = rest.substr(open + 1, close - open - 1);
        for (const Filled& each : filled) {
            if (each.name == name) out += each.value;
        }
        rest.remove_prefix(close + 1);
    }
    return out.append(rest);
}

messaging::Language page_language(std::string_view lang, std::string_view accept_language) {
    if (const auto asked = messaging::language_from(lang)) return *asked;
    for (const std::string_view item : text::split(accept_language, ',')) {
        const std::string_view tag = text::trim(item.substr(0, item.find(';')));
        if (const auto known = messaging::language_from(text::lower(tag.substr(0, tag.find('-'))))) return *known;
    }
    return messaging::Language::kEnglish;
}

}  // namespace clinicpro::web
