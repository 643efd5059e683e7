#include "web/page_words.hpp"

#include "base/text.hpp"
#include "invoices/account_number.hpp"

namespace clinicpro::web {

using invoices::JoinView;
using messaging::Language;

namespace {

// Times as in messages: 24-hour figures in East Africa Time for both languages (messaging/templates.hpp).
std::string when(Instant at) {
    return to_eat_words(at) + " EAT";
}

PageWords english(const invoices::JoinPage& page) {
    const std::string clinic = page.clinic;
    switch (page.view) {
        case JoinView::kUnpaid:
            return {"Not paid yet",
                    "Your visit on " + when(page.starts_at) + " is not paid yet. " +
                        (page.account.empty() ? "Ask the clinic how to pay."
                                              : "Pay by M-Pesa with account number " +
                                                    invoices::account_number::shown(page.account) + ".") +
                        " This link then works by itself.",
                    {}};
        case JoinView::kOnsite:
            return {"Come to the clinic",
                    "Your visit is at the clinic on " + when(page.starts_at) + ". There is nothing to join online.",
                    {}};
        case JoinView::kTooEarly:
            return {"You are early",
                    "Your visit starts on " + when(page.starts_at) + ". The door opens on " + when(page.opens_at) +
                        ". Keep this link and come back then.",
                    {}};
        case JoinView::kBeingMade:
            return {"Almost ready", "Your meeting is being prepared. This page looks again every 10 seconds.", {}};
        case JoinView::kOpen:
            return {"Your visit is ready", "Your visit: " + when(page.starts_at) + ". Press the button to enter.",
                    "Join the visit"};
        case JoinView::kEnded:
            return {"This visit is over",
                    "Your visit was on " + when(page.starts_at) + ". Ask the clinic if you need another one.",
                    {}};
        case JoinView::kCancelled:
            return {"This visit is cancelled",
                    "Your visit on " + when(page.starts_at) + " does not take place. Ask the clinic for a new time.",
                    {}};
    }
    return {};
}

PageWords swahili(const invoices::JoinPage& page) {
    switch (page.view) {
        case JoinView::kUnpaid:
            return {"Bado haijalipwa",
                    "Miadi yako ya " + when(page.starts_at) + " bado haijalipwa. " +
                        (page.account.empty() ? "Uliza kliniki jinsi ya kulipa."
                                              : "Lipa kwa M-Pesa, nambari ya akaunti " +
                                                    invoices::account_number::shown(page.account) + ".") +
                        " Kisha kiungo hiki kitafanya kazi chenyewe.",
                    {}};
        case JoinView::kOnsite:
            return {"Njoo kliniki",
                    "Miadi yako iko kliniki, " + when(page.starts_at) + ". Hakuna mkutano wa mtandaoni.",
                    {}};
        case JoinView::kTooEarly:
            return {"Umefika mapema",
                    "Miadi yako inaanza " + when(page.starts_at) + ". Mlango utafunguliwa " + when(page.opens_at) +
                        ". Hifadhi kiungo hiki urudi wakati huo.",
                    {}};
        case JoinView::kBeingMade:
            return {"Karibu tayari", "Mkutano wako unaandaliwa. Ukurasa huu huangalia tena kila sekunde 10.", {}};
        case JoinView::kOpen:
            return {"Miadi yako iko tayari", "Miadi yako: " + when(page.starts_at) + ". Bonyeza kitufe kuingia.",
                    "Ingia kwenye miadi"};
        case JoinView::kEnded:
            return {"Miadi hii imekwisha",
                    "Miadi yako ilikuwa " + when(page.starts_at) + ". Uliza kliniki ukihitaji nyingine.",
                    {}};
        case JoinView::kCancelled:
            return {"Miadi hii imeghairiwa",
                    "Miadi yako ya " + when(page.starts_at) + " haitafanyika. Uliza kliniki wakati mwingine.",
                    {}};
    }
    return {};
}

}  // namespace

Language page_language(std::string_view lang, std::string_view accept_language) {
    if (const auto asked = messaging::language_from(lang)) return *asked;
    for (const std::string_view item : text::split(accept_language, ',')) {
        const std::string_view tag = text::trim(item.substr(0, item.find(';')));
        if (const auto known = messaging::language_from(text::lower(tag.substr(0, tag.find('-'))))) return *known;
    }
    return Language::kEnglish;
}

PageWords words_for(const invoices::JoinPage& page, Language language) {
    return language == Language::kSwahili ? swahili(page) : english(page);
}

PageWords words_for_bad_link(Language language) {
    if (language == Language::kSwahili) {
        return {"Kiungo hiki hakifanyi kazi",
                "Fungua kiungo kizima kutoka kwa ujumbe wako, au uliza kliniki kiungo kipya.",
                {}};
    }
    return {"This link does not work", "Open the whole link from your message, or ask the clinic for a new one.", {}};
}

PageWords words_for_trouble(Language language) {
    if (language == Language::kSwahili) {
        return {
            "Jaribu tena", "Hatuwezi kuangalia miadi yako kwa sasa. Fungua kiungo hiki tena baada ya dakika moja.", {}};
    }
    return {"Try again", "We cannot look up your visit right now. Open this link again in a minute.", {}};
}

PageWords words_for_unknown_page(Language language) {
    if (language == Language::kSwahili) {
        return {"Hakuna ukurasa hapa", "Angalia kama anwani imeandikwa vizuri.", {}};
    }
    return {"There is no page here", "Check the address for spelling.", {}};
}

PageWords words_for_passcode(Language language) {
    if (language == Language::kSwahili)
        return {"Nambari ya siri ya mkutano", "Mkutano ukiuliza, andika nambari hii:", "Ingia"};
    return {"The meeting's passcode", "If the meeting asks for a passcode, enter this one:", "Enter the meeting"};
}

}  // namespace clinicpro::web
