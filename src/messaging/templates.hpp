// templates.hpp: the texts patients read, in English and Swahili: the program's own, and a clinic's in their place.
//
// A text is words with {placeholders}; what stands in [brackets] is left out when a placeholder in it has nothing to
// say. Promises of the program's own texts: GSM-7 only, one SMS (160 characters) whenever the link is at most
// kLinkBudget long, never a diagnosis, a specialty or the patient's name (meetings.md 5.6). A clinic's text is checked
// before it is kept: known placeholders, the ones it is about, at most kPartsMax SMS, no address but the patient's own
// link. Times are East Africa Time, written as 24-hour figures in both languages: the Swahili way of counting hours
// ("saa tano") is six hours apart, so it is not used. Tested by messaging/templates_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/money.hpp"

namespace clinicpro::messaging {

enum class Template {
    kPaid,             // paid, no visit attached
    kPaidVirtual,      // paid, visit confirmed, here is the link
    kPaidOnsite,       // paid, visit confirmed, come
    kPartPaid,         // what is still due and how to pay it
    kOverpaid,         // the visit (if any) is confirmed; some money is left over
    kOverpaidVirtual,  // the same with a link, which takes the room
    kLate,             // paid, but the invoice or visit is no longer open
    kLinkReady,        // a visit that needs no payment now
    kVisitMoved,
    kVisitCancelled,
    kReminderDay,   // a day before
    kReminderHour,  // an hour before
    kRefunded,
};
inline constexpr Template kAllTemplates[] = {
    Template::kPaid,       Template::kPaidVirtual,     Template::kPaidOnsite,  Template::kPartPaid,
    Template::kOverpaid,   Template::kOverpaidVirtual, Template::kLate,        Template::kLinkReady,
    Template::kVisitMoved, Template::kVisitCancelled,  Template::kReminderDay, Template::kReminderHour,
    Template::kRefunded};
std::string_view to_string(Template which);  // "paid_virtual"
std::optional<Template> template_from(std::string_view name);

enum class Language { kEnglish, kSwahili };
inline constexpr Language kLanguages[] = {Language::kEnglish, Language::kSwahili};
std::string_view to_string(Language language);  // "en" | "sw"
std::optional<Language> language_from(std::string_view code);

inline constexpr size_t kLinkBudget = 72;  // https://host/j/token: what is left for it in the longest text that has one
inline constexpr size_t kWordsMax = 1000;  // bytes of a clinic's own text
inline constexpr size_t kPartsMax = 3;     // SMS a clinic's own text may cost at its longest

// What a text may say. Parts a template does not use are ignored.
struct Facts {
    std::string clinic;  // its name; put in front when the text does not say it and it still fits
    Money amount;        // received now, or given back
    std::string receipt;
    Money rest;           // still due (part_paid) or too much (overpaid)
    std::string account;  // for paying the rest
    std::string paybill;
    std::optional<Instant> visit;
    std::string link;  // the patient's own /j/ link
};
// Invented ones, for a preview; `longest` fills every place as far as it can be filled.
Facts sample_facts(bool longest);

// The program's own words.
std::string_view default_words(Template which, Language language);
// The placeholders a text of this kind may use, and those it must.
std::vector<std::string_view> placeholders(Template which);
std::vector<std::string_view> required_placeholders(Template which);
// Whether a clinic may use these words. Error kInvalid, a sentence.
Result<> check_words(Template which, std::string_view words);

// The text with its facts. `sms`: kept to GSM-7 where the facts are not, and signed with the clinic's name when that
// costs no further SMS; otherwise plain UTF-8. Error kInvalid when a fact that the text is about is missing.
Result<std::string> render(Template which, std::string_view words, Language language, const Facts& facts,
                           bool sms = true);
inline Result<std::string> render(Template which, Language language, const Facts& facts) {
    return render(which, default_words(which, language), language, facts);
}

struct Preview {
    std::string text;
    size_t characters = 0;
    std::string_view encoding;  // "GSM-7" | "UCS-2"
    size_t parts = 0;
    size_t parts_longest = 0;  // with the longest facts there can be
};
// Of words that check_words takes.
Result<Preview> preview(Template which, std::string_view words, Language language, const std::string& clinic);

// "Your visit is confirmed": the subject of a mail; says no more than that there is a visit or a payment.
std::string subject(Template which, Language language);

}  // namespace clinicpro::messaging
