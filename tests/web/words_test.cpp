// Both catalogues have every message that the pages use, with the same placeholders; and no more.
#include "web/words.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace clinicpro::web {
namespace {

using messaging::Language;

std::set<std::string> placeholders(std::string_view words) {
    static const std::regex kOne(R"(\{[^}]*\})");
    const std::string text(words);
    std::set<std::string> found;
    for (std::sregex_iterator at(text.begin(), text.end(), kOne), end; at != end; ++at) found.insert(at->str());
    return found;
}

const Catalogue& catalogue(std::string_view language) {
    for (const Catalogue& each : embedded_catalogues()) {
        if (each.language == language) return each;
    }
    ADD_FAILURE() << language;
    return embedded_catalogues().front();
}

// Every text in quotes in src/web that looks like an id: "join.open.title", and "join." where the rest is put together.
std::set<std::string> used_in_source() {
    static const std::regex kId(R"re("([a-z_0-9]+\.[a-z_0-9.]*)")re");
    std::set<std::string> found;
    for (const auto& file : std::filesystem::directory_iterator(CLINICPRO_SOURCE_DIR "/src/web")) {
        if (file.path().extension() != ".cpp") continue;
        std::ifstream in(file.path());
        std::stringstream all;
        all << in.rdbuf();
        const std::string text = all.str();
        for (std::sregex_iterator at(text.begin(), text.end(), kId), end; at != end; ++at) found.insert((*at)[1]);
    }
    return found;
}

// All of src, with literals that are cut into lines put together.
std::string all_sentences() {
    std::string text;
    for (const auto& file : std::filesystem::recursive_directory_iterator(CLINICPRO_SOURCE_DIR "/src")) {
        if (file.path().extension() != ".cpp") continue;
        std::ifstream in(file.path());
        std::stringstream all;
        all << in.rdbuf();
        text += all.str();
    }
    std::string joined;
    for (size_t i = 0; i < text.size(); ++i) {
        size_t next = i + 1;
        if (text[i] == '"') {
            while (next < text.size() && std::isspace(static_cast<unsigned char>(text[next])) != 0) ++next;
        }
        if (text[i] == '"' && next > i + 1 && next < text.size() && text[next] == '"') {
            i = next;
        } else {
            joined += text[i];
        }
    }
    return joined;
}

TEST(words, english_and_swahili_have_the_same_messages_with_the_same_placeholders) {
    ASSERT_EQ(embedded_catalogues().size(), 2u);
    const Catalogue& en = catalogue("en");
    const Catalogue& sw = catalogue("sw");
    EXPECT_EQ(en.size(), sw.size());
    EXPECT_GT(en.size(), 30u);
    for (size_t i = 0; i < en.size(); ++i) {
        const auto [id, words] = en.at(i);
        const auto translated = sw.find(id);
        if (id.empty()) continue;  // the head
        ASSERT_TRUE(translated) << id;
        EXPECT_FALSE(words.empty() || translated->empty()) << id;
        EXPECT_EQ(placeholders(words), placeholders(*translated)) << id;
        EXPECT_EQ(std::string(words).find_first_of("<>"), std::string::npos) << id;
    }
}

TEST(words, what_the_source_names_is_in_the_catalogue_and_what_is_in_the_catalogue_is_used) {
    const Catalogue& en = catalogue("en");
    std::set<std::string> groups, ids;
    for (size_t i = 0; i < en.size(); ++i) {
        const std::string id(en.at(i).first);
        if (id.empty()) continue;
        ids.insert(id);
        groups.insert(id.substr(0, id.find('.')));
    }
    const auto used = used_in_source();
    for (const std::string& id : used) {
        // Other quoted words have dots too ("mpesa.stk"); only those of our groups are ids.
        if (!groups.contains(id.substr(0, id.find('.'))) || id.ends_with('.') || id.ends_with(".js") ||
            id.ends_with(".css"))
            continue;
        // A page may be named by the beginning that its messages share: "desk.in" has a title, a text and a button.
        const auto first = ids.lower_bound(id + ".");
        EXPECT_TRUE(ids.contains(id) || (first != ids.end() && first->starts_with(id + ".")))
            << "po/en.po lacks \"" << id << "\"";
    }
    const std::string sentences = all_sentences();
    for (const std::string& id : ids) {
        bool found = used.contains(id) || used.contains(id.substr(0, id.rfind('.')));
        // A sentence of a layer below stands under its own text (Words::said).
        if (id.find(' ') != std::string::npos) found = sentences.find(id) != std::string::npos;
        if (id.ends_with("_hint")) found = used.contains(id.substr(0, id.size() - 5));
        for (size_t dot = id.rfind('.'); dot != std::string::npos && !found;
             dot = dot == 0 ? std::string::npos : id.rfind('.', dot - 1)) {
            found = used.contains(id.substr(0, dot)) && dot > id.find('.');
        }
        // "join." + view + ".title": the source names the beginning; and a page by its group: plain_page(..,
        // "unknown").
        for (const std::string& part : used) found = found || (part.ends_with('.') && id.starts_with(part));
        for (const char* whole : {"bad_link.", "trouble.", "unknown."}) found = found || id.starts_with(whole);
        EXPECT_TRUE(found) << "nobody uses \"" << id << "\"";
    }
}

TEST(words, placeholders_are_filled_and_an_unknown_id_shows_itself) {
    const Words english(Language::kEnglish);
    EXPECT_EQ(
        english("join.unpaid.pay", {{"account", "123 456 789"}}),
        "This visit is not paid yet. Pay by M-Pesa with account number 123 456 789. This link then works by itself.");
    EXPECT_EQ(english("no.such"), "no.such");
    EXPECT_EQ(Words(Language::kSwahili)("unknown.title"), "Hakuna ukurasa hapa");
    EXPECT_EQ(english.code(), "en");
    EXPECT_FALSE(english.has("no.such"));
}

TEST(words, the_readers_language_is_asked_for_or_guessed) {
    EXPECT_EQ(page_language("sw", "en"), Language::kSwahili);
    EXPECT_EQ(page_language("", "sw-KE,en;q=0.5"), Language::kSwahili);
    EXPECT_EQ(page_language("en", "sw"), Language::kEnglish);
    EXPECT_EQ(page_language("", "fr,de"), Language::kEnglish);
    EXPECT_EQ(page_language("xx", ""), Language::kEnglish);
}

TEST(Words, nothing_said_is_nothing_and_not_the_head_of_a_catalogue) {
    for (const auto language : {messaging::Language::kEnglish, messaging::Language::kSwahili}) {
        EXPECT_EQ(Words(language).said(""), "");
    }
}

}  // namespace
}  // namespace clinicpro::web
