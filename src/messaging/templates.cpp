#include "messaging/templates.hpp"

#include "base/text.hpp"
#include "messaging/gsm7.hpp"
#include "messaging/template_words.hpp"

namespace clinicpro::messaging {
namespace {

constexpr std::string_view kNames[] = {"clinic", "amount", "receipt", "rest", "account", "paybill", "visit", "link"};

const WordsRow& row_of(Template which) {
    for (const WordsRow& row : words_rows()) {
        if (row.which == which) return row;
    }
    CHECK(false);
    return words_rows().front();
}

bool is_about_visit(Template which) {
    const std::string_view required = row_of(which).required;
    return required.starts_with("visit");
}

// "KES 1,500", with cents only when there are some: every character counts.
std::string shillings(Money money) {
    std::string text = money.to_display();
    if (text.ends_with(".00")) text.resize(text.size() - 3);
    return text;
}

// "Mon 23 Nov, 11:44 EAT" or "23/11, 11:44 EAT".
std::string when(Language language, Instant at) {
    if (language == Language::kSwahili) {
        const std::string stamp = to_eat_stamp(at);  // yyyyMMddHHmmss
        return stamp.substr(6, 2) + "/" + stamp.substr(4, 2) + ", " + stamp.substr(8, 2) + ":" + stamp.substr(10, 2) +
               " EAT";
    }
    std::string words = to_eat_words(at);  // "Mon 23 Nov 2026, 11:44"
    constexpr size_t kYear = 5;            // " 2026"
    const size_t comma = words.find(',');
    if (comma != std::string::npos && comma > kYear) words.erase(comma - kYear, kYear);
    return words + " EAT";
}

std::string value_of(std::string_view name, Language language, const Facts& facts) {
    if (name == "clinic") return facts.clinic;
    if (name == "amount") return facts.amount.is_zero() ? std::string() : shillings(facts.amount);
    if (name == "receipt") return facts.receipt;
    if (name == "rest") return facts.rest.is_zero() ? std::string() : shillings(facts.rest);
    if (name == "account") return facts.account;
    if (name == "paybill") return facts.paybill;
    if (name == "visit") return facts.visit ? when(language, *facts.visit) : std::string();
    return facts.link;
}

std::unexpected<Error> wrong_words(std::string sentence) {
    return fail(Code::kInvalid, std::move(sentence), "words");
}

std::string in_braces(const std::vector<std::string_view>& names) {
    std::string all;
    for (const std::string_view name : names) all += (all.empty() ? "{" : ", {") + std::string(name) + "}";
    return all;
}

// Walks the words: literal text, a placeholder, or a bracket. `place` may say that a placeholder is not known.
struct Walk {
    std::function<void(std::string_view)> literal;
    std::function<Result<>(std::string_view)> place;
    std::function<void(bool)> bracket;  // true: opens
};
Result<> walk(std::string_view words, const Walk& on) {
    bool open = false;
    for (size_t at = 0; at < words.size();) {
        const size_t next = words.find_first_of("{}[]", at);
        if (next != at) on.literal(words.substr(at, next - at));
        if (next == std::string_view::npos) break;
        at = next + 1;
        switch (words[next]) {
            case '{': {
                const size_t end = words.find_first_of("{}[]", at);
                if (end == std::string_view::npos || words[end] != '}') {
                    return wrong_words("A placeholder is not closed: write it like {visit}.");
                }
                TRY(on.place(words.substr(at, end - at)));
                at = end + 1;
                break;
            }
            case '[':
                if (open) return wrong_words("Brackets cannot stand inside brackets.");
                open = true;
                on.bracket(true);
                break;
            case ']':
                if (!open) return wrong_words("A bracket is closed that was not opened.");
                open = false;
                on.bracket(false);
                break;
            default: return wrong_words("A brace is closed that was not opened.");
        }
    }
    if (open) return wrong_words("A bracket is not closed.");
    return {};
}

Result<std::string> fill(std::string_view words, Language language, const Facts& facts) {
    std::string out, group;
    bool in_group = false, group_empty = false;
    const auto add = [&](std::string_view text) { (in_group ? group : out) += text; };
    TRY(walk(words, {.literal = add,
                     .place = [&](std::string_view name) -> Result<> {
                         const std::string value = value_of(name, language, facts);
                         group_empty = group_empty || value.empty();
                         add(value);
                         return {};
                     },
                     .bracket =
                         [&](bool opens) {
                             if (!opens && !group_empty) out += group;
                             in_group = opens;
                             group_empty = false;
                             group.clear();
                         }}));
    return out;
}

}  // namespace

std::string_view to_string(Template which) {
    return row_of(which).name;
}

std::optional<Template> template_from(std::string_view name) {
    for (const WordsRow& row : words_rows()) {
        if (row.name == name) return row.which;
    }
    return std::nullopt;
}

std::string_view to_string(Language language) {
    return language == Language::kSwahili ? "sw" : "en";
}

std::optional<Language> language_from(std::string_view code) {
    if (code == "en") return Language::kEnglish;
    if (code == "sw") return Language::kSwahili;
    return std::nullopt;
}

Facts sample_facts(bool longest) {
    Facts facts{.clinic = {},
                .amount = longest ? Money::from_cents(99'999'950) : Money::from_shillings(1500),
                .receipt = "TKN8A1B2C3",
                .rest = longest ? Money::from_cents(99'999'950) : Money::from_shillings(500),
                .account = "123456782",
                .paybill = "600123",
                .visit = *parse_iso(longest ? "2026-12-30T20:59:00Z" : "2026-11-23T08:44:00Z"),
                .link = "https://pay.clinic.co.ke/j/AAABkQz3Xy9-_Kq2LmNoPqRsTuVwXyZaBcDeFg"};
    if (longest) facts.link.resize(kLinkBudget, 'x');
    return facts;
}

std::string_view default_words(Template which, Language language) {
    const WordsRow& row = row_of(which);
    return language == Language::kSwahili ? row.swahili : row.english;
}

std::vector<std::string_view> required_placeholders(Template which) {
    std::vector<std::string_view> names;
    for (const std::string_view name : text::split(row_of(which).required, ' ')) {
        if (!name.empty()) names.push_back(name);
    }
    return names;
}

// Everything the default texts of either language use, what it must say, and the clinic's name.
std::vector<std::string_view> placeholders(Template which) {
    std::vector<std::string_view> names;
    for (const std::string_view name : kNames) {
        const std::string braced = "{" + std::string(name) + "}";
        if (name == "clinic" || row_of(which).english.find(braced) != std::string_view::npos) names.push_back(name);
    }
    return names;
}

Result<> check_words(Template which, std::string_view words) {
    if (text::trim(words).empty()) return wrong_words("Write the text, or remove it to use the program's own.");
    if (words.size() > kWordsMax) return wrong_words("The text is too long: use at most 1000 bytes.");
    if (!text::is_utf8(words)) return wrong_words("The text is not readable text (UTF-8).");
    const bool control = std::any_of(words.begin(), words.end(), [](char c) { return uint8_t(c) < 0x20 || c == 0x7F; });
    if (control) return wrong_words("The text must be one line without tabs or other control characters.");
    if (words.find("://") != words.npos || text::contains_ignoring_case(words, "www.")) {
        return wrong_words(
            "Write no address into the text: {link} puts in the patient's own link, and any other would bypass it.");
    }
    const auto known = placeholders(which);
    std::vector<std::string> used;
    bool in_group = false;
    TRY(walk(words, {.literal = [](std::string_view) {},
                     .place = [&](std::string_view name) -> Result<> {
                         if (std::ranges::find(known, name) == known.end()) {
                             return wrong_words("There is no placeholder {" + std::string(text::clip(name, 30)) +
                                                "} for this text; it may use " + in_braces(known) + ".");
                         }
                         if (!in_group) used.emplace_back(name);
                         return {};
                     },
                     .bracket = [&](bool opens) { in_group = opens; }}));
    for (const std::string_view name : required_placeholders(which)) {
        if (std::ranges::find(used, name) == used.end()) {
            return wrong_words("This text must say {" + std::string(name) + "}, outside of brackets.");
        }
    }
    // A bracket may fall away, and with it everything: a payment that is known before its receipt has none.
    TRY(const std::string least, fill(words, Language::kEnglish, {.amount = sample_facts(false).amount}));
    if (required_placeholders(which).empty() && text::trim(least).empty()) {
        return wrong_words("This text may come out empty: write some words, or {amount}, outside of brackets.");
    }
    TRY(const std::string longest, fill(words, Language::kEnglish, sample_facts(true)));
    if (sms_parts(longest) > kPartsMax) {
        return wrong_words("With the longest amounts and link this text needs " + std::to_string(sms_parts(longest)) +
                           " SMS; shorten it to 3" +
                           (gsm7_length(longest)
                                ? "."
                                : ", or write it without signs that cost more, such as ’ or é with a special accent."));
    }
    return {};
}

Result<std::string> render(Template which, std::string_view words, Language language, const Facts& facts, bool sms) {
    if (is_about_visit(which) && !facts.visit) {
        return fail(Code::kInvalid, "This message is about a visit, but no visit was given.", "visit");
    }
    for (const std::string_view name : required_placeholders(which)) {
        if (name == "link" && facts.link.empty()) {
            return fail(Code::kInvalid, "This message carries the patient's link, but no link was given.", "link");
        }
    }
    if (!sms) return fill(words, language, facts);
    Facts plain = facts;
    plain.clinic = to_gsm7(facts.clinic);
    TRY(std::string text, fill(words, language, plain));
    if (!plain.clinic.empty() && words.find("{clinic}") == words.npos) {
        std::string signed_text = plain.clinic + ": " + text;
        if (sms_parts(signed_text) <= sms_parts(text)) return signed_text;
    }
    return text;
}

Result<Preview> preview(Template which, std::string_view words, Language language, const std::string& clinic) {
    TRY(check_words(which, words));
    Facts usual = sample_facts(false), longest = sample_facts(true);
    usual.clinic = clinic;
    longest.clinic = clinic;
    Preview shown;
    TRY(shown.text, render(which, words, language, usual));
    TRY(const std::string most, render(which, words, language, longest));
    const auto septets = gsm7_length(shown.text);
    shown.encoding = septets ? "GSM-7" : "UCS-2";
    shown.characters = septets ? *septets : ucs2_length(shown.text);
    shown.parts = sms_parts(shown.text);
    shown.parts_longest = sms_parts(most);
    return shown;
}

std::string subject(Template which, Language language) {
    const WordsRow& row = row_of(which);
    return std::string(language == Language::kSwahili ? row.swahili_subject : row.english_subject);
}

}  // namespace clinicpro::messaging
