#include "messaging/templates.hpp"

#include "messaging/gsm7.hpp"

namespace clinicpro::messaging {
namespace {

struct Named {
    Template which;
    std::string_view name;
};
constexpr Named kNames[] = {{Template::kPaid, "paid"},
                            {Template::kPaidVirtual, "paid_virtual"},
                            {Template::kPaidOnsite, "paid_onsite"},
                            {Template::kPartPaid, "part_paid"},
                            {Template::kOverpaid, "overpaid"},
                            {Template::kLate, "late"},
                            {Template::kLinkReady, "link_ready"},
                            {Template::kVisitMoved, "visit_moved"},
                            {Template::kVisitCancelled, "visit_cancelled"}};

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

// The pieces every text is put together from, in one language.
struct Pieces {
    Language language;
    const Facts& facts;
    bool swahili() const { return language == Language::kSwahili; }
    std::string pick(std::string_view english, std::string_view swahili_text) const {
        return std::string(swahili() ? swahili_text : english);
    }

    std::string money() const { return shillings(facts.amount); }
    std::string rest() const { return shillings(facts.rest); }
    std::string visit() const { return facts.visit ? when(language, *facts.visit) : std::string(); }
    std::string receipt() const {
        return facts.receipt.empty() ? std::string() : pick(", receipt ", ", risiti ") + facts.receipt;
    }
    std::string join() const { return facts.link.empty() ? std::string() : pick(" Join: ", " Fungua: ") + facts.link; }
    std::string how_to_pay() const {
        if (facts.account.empty()) return ".";
        if (facts.paybill.empty()) return pick(", account ", ", akaunti ") + facts.account + ".";
        return ": M-Pesa paybill " + facts.paybill + pick(", account ", ", akaunti ") + facts.account + ".";
    }
};

std::string body(Template which, const Pieces& p) {
    switch (which) {
        case Template::kPaid:
            return p.pick("Paid ", "Umelipa ") + p.money() + p.receipt() + p.pick(". Thank you.", ". Asante.");
        case Template::kPaidVirtual:
            return p.pick("Paid ", "Umelipa ") + p.money() + p.receipt() + p.pick(". Online visit ", ". Miadi ") +
                   p.visit() + "." + p.join();
        case Template::kPaidOnsite:
            return p.pick("Paid ", "Umelipa ") + p.money() + p.receipt() +
                   p.pick(". See you at the clinic on ", ". Karibu kliniki ") + p.visit() + ".";
        case Template::kPartPaid:
            return p.pick("Received ", "Tumepokea ") + p.money() + p.receipt() + p.pick(". Still due ", ". Bado ") +
                   p.rest() + p.how_to_pay();
        case Template::kOverpaid:
            // With a link every character is spoken for, so the amount paid gives way to the visit.
            if (!p.facts.link.empty()) {
                return p.pick("Paid", "Umelipa") + p.receipt() + "; " + p.rest() + p.pick(" too much.", " imezidi.") +
                       p.pick(" Visit ", " Miadi ") + p.visit() + "." + p.join();
            }
            return p.pick("Received ", "Tumepokea ") + p.money() + p.receipt() + ". " + p.rest() +
                   p.pick(" too much: we will call you.", " imezidi: tutakupigia simu.") +
                   (p.facts.visit ? p.pick(" Visit ", " Miadi ") + p.visit() + "." : std::string());
        case Template::kLate:
            return p.pick("Received ", "Tumepokea ") + p.money() + p.receipt() +
                   p.pick(", but this bill or visit is closed. The clinic will contact you.",
                          ", lakini bili au miadi hii imefungwa. Kliniki itawasiliana nawe.");
        case Template::kLinkReady:
            return p.pick("Your online visit: ", "Miadi yako ya mtandaoni: ") + p.visit() + "." + p.join();
        case Template::kVisitMoved:
            return p.pick("Your visit has moved to ", "Miadi yako imehamishwa hadi ") + p.visit() + "." + p.join();
        case Template::kVisitCancelled:
            return p.pick("Your visit on ", "Miadi yako ya ") + p.visit() +
                   p.pick(" is cancelled. Please call the clinic for a new time.",
                          " imefutwa. Tafadhali piga simu kliniki upate muda mpya.");
    }
    CHECK(false);
    return {};
}

bool needs_visit(Template which) {
    switch (which) {
        case Template::kPaidVirtual:
        case Template::kPaidOnsite:
        case Template::kLinkReady:
        case Template::kVisitMoved:
        case Template::kVisitCancelled: return true;
        case Template::kPaid:
        case Template::kPartPaid:
        case Template::kOverpaid:  // with a link only
        case Template::kLate: return false;
    }
    return false;
}

}  // namespace

std::string_view to_string(Template which) {
    for (const Named& named : kNames) {
        if (named.which == which) return named.name;
    }
    CHECK(false);
    return {};
}

std::optional<Template> template_from(std::string_view name) {
    for (const Named& named : kNames) {
        if (named.name == name) return named.which;
    }
    return std::nullopt;
}

std::string_view to_string(Language language) { return language == Language::kSwahili ? "sw" : "en"; }

std::optional<Language> language_from(std::string_view code) {
    if (code == "en") return Language::kEnglish;
    if (code == "sw") return Language::kSwahili;
    return std::nullopt;
}

Result<std::string> render(Template which, Language language, const Facts& facts) {
    if ((needs_visit(which) || (which == Template::kOverpaid && !facts.link.empty())) && !facts.visit) {
        return fail(Code::kInvalid, "This message is about a visit, but no visit was given.", "visit");
    }
    if ((which == Template::kPaidVirtual || which == Template::kLinkReady) && facts.link.empty()) {
        return fail(Code::kInvalid, "This message carries the patient's link, but no link was given.", "link");
    }
    std::string text = to_gsm7(body(which, Pieces{language, facts}));
    if (!facts.clinic.empty()) {
        std::string signed_text = to_gsm7(facts.clinic) + ": " + text;
        if (gsm7_length(signed_text).value_or(kSmsMax + 1) <= kSmsMax) return signed_text;
    }
    return text;
}

}  // namespace clinicpro::messaging
