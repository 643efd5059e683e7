// Facts about a clinic's own wording: what it may say, what it costs, and how it is seen before it is used.
#include <gtest/gtest.h>

#include "messaging/gsm7.hpp"
#include "messaging/templates.hpp"

namespace clinicpro::messaging {
namespace {

std::string why(Template which, std::string_view words) {
    const auto checked = check_words(which, words);
    return checked ? "" : checked.error().message;
}

TEST(words, the_program_s_own_pass_their_own_check_and_cost_one_sms_at_their_longest) {
    for (const Template which : kAllTemplates) {
        for (const Language language : kLanguages) {
            const auto words = default_words(which, language);
            EXPECT_EQ(why(which, words), "") << words;
            const auto shown = preview(which, words, language, "Mlimani Clinic");
            ASSERT_TRUE(shown) << words;
            EXPECT_EQ(shown->encoding, "GSM-7");
            EXPECT_EQ(shown->parts_longest, 1u) << words;
            EXPECT_FALSE(subject(which, language).empty());
        }
    }
}

TEST(words, a_clinic_s_own_are_filled_in) {
    Facts facts = sample_facts(false);
    facts.clinic = "Mlimani";
    EXPECT_EQ(
        *render(Template::kReminderDay, "{clinic} expects you: {visit}.[ Join: {link}]", Language::kEnglish, facts),
        "Mlimani expects you: Mon 23 Nov, 11:44 EAT. Join: " + facts.link);
    facts.link.clear();
    EXPECT_EQ(*render(Template::kReminderDay, "See you {visit}.[ Join: {link}]", Language::kEnglish, facts),
              "Mlimani: See you Mon 23 Nov, 11:44 EAT.");
}

TEST(words, what_is_wrong_is_one_sentence) {
    EXPECT_NE(why(Template::kPaid, "Hello {patient}").find("There is no placeholder {patient}"), std::string::npos);
    EXPECT_NE(why(Template::kPaid, "Hello {link}").find("it may use {clinic}, {amount}, {receipt}."),
              std::string::npos);
    EXPECT_NE(why(Template::kPaidVirtual, "Paid. Visit {visit}.").find("must say {link}"), std::string::npos);
    EXPECT_NE(why(Template::kPaidVirtual, "Paid. Visit {visit}.[ {link}]").find("outside of brackets"),
              std::string::npos);
    EXPECT_NE(why(Template::kPaid, "Pay at https://evil.example").find("Write no address"), std::string::npos);
    EXPECT_NE(why(Template::kPaid, "See WWW.evil.example").find("Write no address"), std::string::npos);
    EXPECT_NE(why(Template::kPaid, "a {clinic").find("not closed"), std::string::npos);
    EXPECT_NE(why(Template::kPaid, "a } b").find("not opened"), std::string::npos);
    EXPECT_NE(why(Template::kPaid, "[a [b]]").find("inside brackets"), std::string::npos);
    EXPECT_NE(why(Template::kPaid, "[a").find("not closed"), std::string::npos);
    EXPECT_NE(why(Template::kPaid, "two\nlines").find("one line"), std::string::npos);
    EXPECT_NE(why(Template::kPaid, "  ").find("Write the text"), std::string::npos);
    EXPECT_NE(why(Template::kPaid, "\xFF").find("UTF-8"), std::string::npos);
    EXPECT_NE(why(Template::kPaid, "[{receipt}]").find("may come out empty"), std::string::npos);
    EXPECT_NE(why(Template::kLate, " {clinic} ").find("may come out empty"), std::string::npos);
    EXPECT_EQ(why(Template::kPaid, "{amount}"), "");
    EXPECT_NE(why(Template::kPaid, std::string(500, 'a')).find("needs 4 SMS"), std::string::npos);
    EXPECT_NE(why(Template::kPaid, std::string(1001, 'a')).find("1000 bytes"), std::string::npos);
    for (const Template which : kAllTemplates) EXPECT_TRUE(why(which, "{").ends_with('.'));
}

TEST(words, a_curly_quote_doubles_the_cost_and_the_preview_says_so) {
    const auto plain =
        preview(Template::kPaid, "It's paid: {amount}, and we are very glad to see you at our clinic soon.",
                Language::kEnglish, "");
    const auto curly =
        preview(Template::kPaid, "It’s paid: {amount}, and we are very glad to see you at our clinic soon.",
                Language::kEnglish, "");
    EXPECT_EQ(plain->encoding, "GSM-7");
    EXPECT_EQ(plain->parts, 1u);
    EXPECT_EQ(curly->encoding, "UCS-2");
    EXPECT_EQ(curly->parts, 2u);
    EXPECT_EQ(curly->characters, plain->characters);
}

TEST(words, a_mail_is_not_squeezed_into_gsm) {
    Facts facts = sample_facts(false);
    facts.clinic = "St. Mary’s";
    EXPECT_EQ(*render(Template::kPaid, "{clinic}: {amount}", Language::kEnglish, facts, false),
              "St. Mary’s: KES 1,500");
    EXPECT_EQ(*render(Template::kPaid, "{clinic}: {amount}", Language::kEnglish, facts, true), "St. Mary's: KES 1,500");
}

TEST(words, no_text_names_the_patient_or_a_reason) {
    for (const Template which : kAllTemplates) {
        for (const auto name : placeholders(which)) EXPECT_TRUE(name != "patient" && name != "title" && name != "name");
    }
}

}  // namespace
}  // namespace clinicpro::messaging
