// message_texts.hpp: a clinic's own wording of the messages, in place of the program's.
//
// A text is checked before it is kept, and looked up at the moment of sending. Tested by invoices/message_texts_test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jobs/job.hpp"
#include "messaging/templates.hpp"

namespace clinicpro::invoices::message_texts {

struct Text {
    messaging::Template which = messaging::Template::kPaid;
    messaging::Language language = messaging::Language::kEnglish;
    std::string words;
    bool is_own = false;  // the clinic's, not the program's
};

// Every text in every language, as it is used now.
Result<std::vector<Text>> list(store::ClinicTx& tx);
Result<std::string> words(store::ClinicTx& tx, messaging::Template which, messaging::Language language);
// Error kInvalid, a sentence, when the words cannot be used; nothing changes then.
Result<> set(jobs::Context& context, store::ClinicTx& tx, messaging::Template which, messaging::Language language,
             std::string_view words, std::string_view actor);
// Back to the program's own. No error when it was in use already.
Result<> reset(jobs::Context& context, store::ClinicTx& tx, messaging::Template which, messaging::Language language,
               std::string_view actor);

}  // namespace clinicpro::invoices::message_texts
