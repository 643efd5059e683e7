// message_trial.hpp: a person tries a channel: one message to an address they name, and what became of it in a
// sentence.
//
// It stands outside the queue: the message is not stored and not repeated. Tested by invoices/message_trial_test.
#pragma once

#include "invoices/message_settings.hpp"

namespace clinicpro::invoices {

struct Trial {
    std::string channel;  // "sms" | "mail"
    std::string to;       // a phone number or a mail address
};

struct TrialResult {
    bool accepted = false;
    std::string sentence;
    // What it says of the account. An address refused for itself says that it is well; a time-out says nothing.
    enum class Account { kWell, kWrong, kUnknown } account = Account::kUnknown;

    // For MessageSettings::note_trial.
    std::optional<MessageSettings::Tried> found(Instant at) const;
};

// What to send. Error kInvalid or kConfig, a sentence. `clinic_name` stands in the text.
Result<net::AnyRequest> start_trial(const MessageSettings::Choice& choice, const Trial& trial,
                                    const std::string& clinic_name, std::string key, Instant now);
TrialResult read_trial(const Trial& trial, const net::Outcome& outcome);

}  // namespace clinicpro::invoices
