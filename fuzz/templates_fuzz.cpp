// What a clinic writes in place of the program's own texts, and what strangers are called: a wording that is taken can
// be rendered, its placeholders are all filled and nothing that fills one is read as a placeholder; no name adds a line
// to a mail or to a calendar.
//
// Input: the wording, then after a line break the clinic's name.
#include <algorithm>
#include <cstdint>

#include "base/text.hpp"
#include "messaging/calendar_invite.hpp"
#include "messaging/gsm7.hpp"
#include "messaging/mime.hpp"
#include "messaging/templates.hpp"

namespace {

using namespace clinicpro;
using namespace clinicpro::messaging;

// As a wording: any byte, and the bytes that a walk over it looks for.
constexpr std::string_view kHostile = "{link}[x]{";

void render_all(Template which, std::string_view words, const std::string& clinic) {
    for (const Language language : kLanguages) {
        for (const bool longest : {false, true}) {
            Facts facts = sample_facts(longest);
            facts.clinic = clinic;
            facts.account = kHostile;
            if (!longest) facts.receipt.clear();
            const auto mail = render(which, words, language, facts, false);
            CHECK(mail && !text::trim(*mail).empty());
            // A value's braces come out as they are, and nothing else has any: what is left is the wording's.
            CHECK(words.find("{account}") != words.npos || clinic.find_first_of("{}") != clinic.npos ||
                  mail->find_first_of("{}") == mail->npos);
            for (const auto name : required_placeholders(which)) {
                if (name == "link") CHECK(mail->find(facts.link) != mail->npos);
            }
            const auto sms = render(which, words, language, facts, true);
            CHECK(sms.has_value() && (gsm7_length(*sms) || !gsm7_length(words)));
        }
        const auto shown = preview(which, words, language, clinic);
        CHECK(shown && shown->parts > 0 && shown->characters >= 1);
        CHECK((shown->encoding == "GSM-7") == gsm7_length(shown->text).has_value());
    }
    // The longest facts with a clinic's name that adds nothing are within what was promised to cost at most.
    CHECK(sms_parts(*render(which, words, Language::kEnglish, sample_facts(true))) <= kPartsMax);
}

// Folded lines put together again: RFC 5322 and RFC 5545 fold alike.
std::string unfolded(std::string text) {
    for (size_t at = text.find("\r\n "); at != std::string::npos; at = text.find("\r\n ", at)) text.erase(at, 3);
    return text;
}

void mail_and_calendar(std::string_view given) {
    CHECK(unfolded(mime::encoded_words(given) + mime::mailbox(given, "a@b.example")).find_first_of("\r\n") ==
          std::string::npos);
    const std::string name(given);
    const auto written = [](const std::string& summary, const std::string& organizer) {
        return unfolded(write_ics({.method = Invite::Method::kRequest,
                                   .uid = "apt_1@clinic.example",
                                   .stamp = {},
                                   .starts_at = {},
                                   .ends_at = {3'600'000'000},
                                   .summary = summary,
                                   .location = "At " + summary,  // an empty one has no line
                                   .url = "https://clinic.example/j/1",
                                   .organizer_name = organizer,
                                   .organizer = "desk@clinic.example",
                                   .attendee = "asha@clinic.example"}));
    };
    const auto lines = [](const std::string& text) { return std::ranges::count(text, '\n'); };
    CHECK(lines(written(name, name)) == lines(written("x", "x")));
    const std::string body = mime::quoted_printable(given) + mime::base64_lines(given);
    CHECK(std::ranges::all_of(body, [](char c) { return c == '\r' || c == '\n' || (c >= 32 && c < 127); }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view given(reinterpret_cast<const char*>(data), size);
    const std::string_view words = given.substr(0, given.find('\n'));
    const std::string clinic(given.substr(std::min(given.size(), words.size() + 1)));
    for (const Template which : kAllTemplates) {
        const auto taken = check_words(which, words);
        if (taken)
            render_all(which, words, clinic);
        else
            CHECK(!taken.error().message.empty());
    }
    CHECK(gsm7_length(to_gsm7(given)).has_value());
    mail_and_calendar(given);
    return 0;
}
