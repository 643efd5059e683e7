// Facts about the texts patients read: both languages, one SMS each, nothing outside GSM-7.
#include "messaging/templates.hpp"

#include <gtest/gtest.h>

#include "messaging/gsm7.hpp"

namespace clinicpro::messaging {
namespace {

constexpr Language kBoth[] = {Language::kEnglish, Language::kSwahili};

Facts usual() {
    Facts facts;
    facts.amount = Money::from_shillings(1500);
    facts.receipt = "TKN8A1B2C3";
    facts.rest = Money::from_shillings(1000);
    facts.account = "123456782";
    facts.paybill = "600123";
    facts.visit = *parse_iso("2026-11-23T08:44:00Z");
    facts.link = "https://pay.mlimani.co.ke/j/AAABkQz3Xy9-_Kq2LmNoPqRsTuV";
    return facts;
}

// The longest that may stand in each place.
Facts longest() {
    Facts facts = usual();
    facts.amount = Money::from_cents(99'999'950);  // KES 999,999.50: far above M-Pesa's KES 250,000
    facts.rest = Money::from_cents(99'999'950);
    facts.visit = *parse_iso("2026-12-30T20:59:00Z");
    facts.link = "https://" + std::string(kLinkBudget - 8, 'x');
    return facts;
}

TEST(templates, an_online_visit_is_confirmed_with_receipt_time_and_link) {
    EXPECT_EQ(*render(Template::kPaidVirtual, Language::kEnglish, usual()),
              "Paid KES 1,500, receipt TKN8A1B2C3. Online visit Mon 23 Nov, 11:44 EAT. "
              "Join: https://pay.mlimani.co.ke/j/AAABkQz3Xy9-_Kq2LmNoPqRsTuV");
    EXPECT_EQ(*render(Template::kPaidVirtual, Language::kSwahili, usual()),
              "Umelipa KES 1,500, risiti TKN8A1B2C3. Miadi 23/11, 11:44 EAT. "
              "Fungua: https://pay.mlimani.co.ke/j/AAABkQz3Xy9-_Kq2LmNoPqRsTuV");
}

TEST(templates, an_onsite_visit_is_confirmed_without_a_link) {
    EXPECT_EQ(*render(Template::kPaidOnsite, Language::kEnglish, usual()),
              "Paid KES 1,500, receipt TKN8A1B2C3. See you at the clinic on Mon 23 Nov, 11:44 EAT.");
}

TEST(templates, a_part_payment_says_what_is_due_and_how_to_pay_it) {
    EXPECT_EQ(*render(Template::kPartPaid, Language::kEnglish, usual()),
              "Received KES 1,500, receipt TKN8A1B2C3. Still due KES 1,000: M-Pesa paybill 600123, account 123456782.");
    Facts no_paybill = usual();
    no_paybill.paybill.clear();
    EXPECT_EQ(*render(Template::kPartPaid, Language::kSwahili, no_paybill),
              "Tumepokea KES 1,500, risiti TKN8A1B2C3. Bado KES 1,000, akaunti 123456782.");
}

TEST(templates, too_much_money_is_said_with_the_visit_it_still_confirms) {
    Facts facts = usual();
    EXPECT_EQ(*render(Template::kOverpaidVirtual, Language::kEnglish, facts),
              "Paid, receipt TKN8A1B2C3; KES 1,000 too much. Visit Mon 23 Nov, 11:44 EAT. "
              "Join: https://pay.mlimani.co.ke/j/AAABkQz3Xy9-_Kq2LmNoPqRsTuV");
    facts.link.clear();
    EXPECT_EQ(
        *render(Template::kOverpaid, Language::kEnglish, facts),
        "Received KES 1,500, receipt TKN8A1B2C3. KES 1,000 too much: we will call you. Visit Mon 23 Nov, 11:44 EAT.");
    facts.visit.reset();
    EXPECT_EQ(*render(Template::kOverpaid, Language::kSwahili, facts),
              "Tumepokea KES 1,500, risiti TKN8A1B2C3. KES 1,000 imezidi: tutakupigia simu.");
}

TEST(templates, a_payment_without_receipt_leaves_the_word_out) {
    Facts facts = usual();
    facts.receipt.clear();
    EXPECT_EQ(*render(Template::kPaid, Language::kEnglish, facts), "Paid KES 1,500. Thank you.");
}

TEST(templates, every_text_is_one_gsm7_sms_even_at_its_longest) {
    for (const Template which : kAllTemplates) {
        for (const Language language : kBoth) {
            const auto text = render(which, language, longest());
            ASSERT_TRUE(text) << text.error().message;
            const auto length = gsm7_length(*text);
            ASSERT_TRUE(length) << *text;
            EXPECT_LE(*length, kSmsMax) << *text;
        }
    }
}

TEST(templates, the_clinic_signs_when_its_name_fits_and_never_costs_a_second_sms) {
    Facts facts = usual();
    facts.clinic = "Mlimani’s";
    EXPECT_TRUE(render(Template::kPaid, Language::kEnglish, facts)->starts_with("Mlimani's: Paid KES 1,500"));
    facts.clinic = std::string(150, 'M');
    EXPECT_TRUE(render(Template::kPaid, Language::kEnglish, facts)->starts_with("Paid KES 1,500"));
    EXPECT_EQ(sms_parts(*render(Template::kPaidVirtual, Language::kEnglish, facts)), 1u);
}

TEST(templates, a_text_without_what_it_is_about_is_refused) {
    for (const Template which : {Template::kPaidVirtual, Template::kPaidOnsite, Template::kLinkReady,
                                 Template::kVisitMoved, Template::kVisitCancelled}) {
        Facts facts = usual();
        facts.visit.reset();
        const auto text = render(which, Language::kEnglish, facts);
        ASSERT_FALSE(text);
        EXPECT_EQ(text.error().field, "visit");
    }
    Facts facts = usual();
    facts.link.clear();
    EXPECT_EQ(render(Template::kPaidVirtual, Language::kEnglish, facts).error().field, "link");
    EXPECT_EQ(render(Template::kOverpaidVirtual, Language::kEnglish, facts).error().field, "link");
}

TEST(templates, names_and_languages_read_back) {
    for (const Template which : kAllTemplates) EXPECT_EQ(template_from(to_string(which)), which);
    EXPECT_EQ(template_from("nothing"), std::nullopt);
    for (const Language language : kBoth) EXPECT_EQ(language_from(to_string(language)), language);
    EXPECT_EQ(language_from("fr"), std::nullopt);
}

}  // namespace
}  // namespace clinicpro::messaging
