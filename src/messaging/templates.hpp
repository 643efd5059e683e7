// templates.hpp: the texts patients read, in English and Swahili.
//
// Promises: GSM-7 only, one SMS (160 characters) for every text whose link is at most kLinkBudget long, never a
// diagnosis, a specialty or the patient's name (meetings.md 5.6). Times are East Africa Time, written as 24-hour
// figures in both languages: the Swahili way of counting hours ("saa tano") is six hours apart, so it is not used.
// Tested by messaging/templates_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/money.hpp"

namespace clinicpro::messaging {

enum class Template {
    kPaid,            // paid, no visit attached
    kPaidVirtual,     // paid, visit confirmed, here is the link
    kPaidOnsite,      // paid, visit confirmed, come
    kPartPaid,        // what is still due and how to pay it
    kOverpaid,        // the visit (if any) is confirmed; some money is left over
    kLate,            // paid, but the invoice or visit is no longer open
    kLinkReady,       // a visit that needs no payment now
    kVisitMoved,
    kVisitCancelled,
};
inline constexpr Template kAllTemplates[] = {Template::kPaid,     Template::kPaidVirtual, Template::kPaidOnsite,
                                             Template::kPartPaid, Template::kOverpaid,    Template::kLate,
                                             Template::kLinkReady, Template::kVisitMoved, Template::kVisitCancelled};
std::string_view to_string(Template which);  // "paid_virtual"
std::optional<Template> template_from(std::string_view name);

enum class Language { kEnglish, kSwahili };
std::string_view to_string(Language language);  // "en" | "sw"
std::optional<Language> language_from(std::string_view code);

inline constexpr size_t kLinkBudget = 72;  // https://host/j/token: what is left for it in the longest text that has one

// What a text may say. Parts a template does not use are ignored; empty ones leave out their words.
struct Facts {
    std::string clinic;   // its name; put in front when it still fits the SMS
    Money amount;         // received now
    std::string receipt;
    Money rest;           // still due (part_paid) or too much (overpaid)
    std::string account;  // for paying the rest
    std::string paybill;
    std::optional<Instant> visit;
    std::string link;     // the patient's own /j/ link
};

// Error kInvalid when a template lacks what it is about: its visit or its link.
Result<std::string> render(Template which, Language language, const Facts& facts);

}  // namespace clinicpro::messaging
