// Every result code of M-Pesa is a sentence and a next step for the patient, in both languages.
#include "web/pay_words.hpp"

#include <gtest/gtest.h>

#include <set>

#include "daraja/codes.hpp"

namespace clinicpro::web {
namespace {

TEST(pay_words, every_code_of_the_table_has_a_sentence_and_a_next_step_in_both_languages) {
    std::set<std::string> reasons;
    auto codes = daraja::known_result_codes();
    codes.push_back("");       // it never left
    codes.push_back("77777");  // nobody knows it
    for (const auto code : codes) {
        const std::string reason(reason_of(code));
        reasons.insert(reason);
        if (code == "0") continue;  // paid: no failure
        EXPECT_EQ(reason == "other", code == "77777") << code;
        for (const auto language : {messaging::Language::kEnglish, messaging::Language::kSwahili}) {
            const Words words(language);
            EXPECT_TRUE(words.has("pay.why." + reason)) << code << " " << reason;
            EXPECT_TRUE(words.has("pay.then." + reason)) << code << " " << reason;
            payments::Transaction failed;
            failed.result_code = code;
            const Why why = why_failed(failed, words);
            EXPECT_TRUE(why.happened.ends_with('.') && why.next.ends_with('.')) << code;
        }
    }
    EXPECT_GE(reasons.size(), 17u);
}

TEST(pay_words, a_prompt_that_cannot_end_otherwise_is_not_offered_again) {
    for (const auto code : daraja::known_result_codes()) {
        const auto& meaning = daraja::meaning_of(code);
        if (is_hopeless(code)) {
            EXPECT_FALSE(meaning.new_push_makes_sense) << code;
        }
        if (meaning.result_class == daraja::ResultClass::kConfiguration && !meaning.new_push_makes_sense) {
            EXPECT_TRUE(is_hopeless(code)) << code;
        }
    }
    EXPECT_TRUE(is_hopeless("SFC_IC0003"));
    EXPECT_TRUE(is_hopeless("8"));
    EXPECT_FALSE(is_hopeless("8006"));  // another phone may pay
}

TEST(pay_words, a_code_that_m_pesa_doubts_never_says_that_no_money_left) {
    const Words words(messaging::Language::kEnglish);
    for (const auto code : daraja::known_result_codes()) {
        const auto& meaning = daraja::meaning_of(code);
        if (meaning.final) continue;
        payments::Transaction failed;
        failed.result_code = code;
        EXPECT_EQ(why_failed(failed, words).next.find("No money left"), std::string::npos) << code;
    }
}

}  // namespace
}  // namespace clinicpro::web
